/**
 * Learns a linear model over words: for each question a logistic regression. What is known of a text already is a fixed offset, so that only its
 * error is learned (boosting: Friedman, Hastie, Tibshirani, 2000).
 *
 * Shapes, in names: N texts, F features.
 */
import { featuresOf } from '../src/reward/kind-features.js';
import { type Weights, weightsOf, type WordWeights } from '../src/reward/word-weights.js';
import { regress, type Regression, type Target } from './logistic.js';

/** What is to be learned of a text for one question. */
export type Wanted = Pick<Target, 'wanted' | 'offset' | 'weight'>;

export interface WordLearning<Question extends string> {
  readonly questions: readonly Question[];
  readonly texts_N: readonly string[];
  /** Null where the question is not asked of the text of this index. */
  readonly wanted: (question: Question, n: number) => Wanted | null;
  readonly seed: number;
  readonly epochs: number;
  /** Of the weights of a text's features, per text. */
  readonly decay: number;
  /** Features of fewer texts, and weights closer to zero, are left out: they say more about a data set than about a language. */
  readonly leastTexts: number;
  readonly leastWeight: number;
}

/** The same texts and seed give the same model. */
export function learnWordWeights<Question extends string>(learning: WordLearning<Question>): WordWeights<Question> {
  const { questions, texts_N, seed, epochs, decay, leastTexts, leastWeight } = learning;
  const { names_F, texts_F, features_N } = intern(texts_N);
  const targetsOf = (question: Question): Target[] =>
    features_N.flatMap((features, n): Target[] => {
      const wanted = learning.wanted(question, n);
      return wanted === null ? [] : [{ ...wanted, features, scale: 1 }];
    });
  const options = { features: names_F.length, seed, epochs, decay, rate: 0.1, initialSquares: 0.1 };
  const learned = new Map(
    questions.map((question): [Question, Regression] => [question, regress(targetsOf(question), options)]),
  );
  const kept = (question: Question, f: number): number => {
    const weight = learned.get(question)?.weights[f] ?? 0;
    return Math.abs(weight) < leastWeight ? 0 : weight;
  };
  const rows = names_F.flatMap((name, f): [string, Weights<Question>][] => {
    if ((texts_F[f] ?? 0) < leastTexts) return [];
    const weights = weightsOf(questions, (question) => kept(question, f));
    return questions.every((question) => weights[question] === 0) ? [] : [[name, weights]];
  });
  return { bias: weightsOf(questions, (question) => learned.get(question)?.bias ?? 0), weights: new Map(rows) };
}

interface Features {
  readonly names_F: readonly string[];
  /** Texts that have the feature. */
  readonly texts_F: readonly number[];
  /** Indices into F of each text. */
  readonly features_N: readonly Int32Array[];
}

function intern(texts_N: readonly string[]): Features {
  const indices = new Map<string, number>();
  const texts_F: number[] = [];
  const features_N = texts_N.map((text) =>
    Int32Array.from(featuresOf(text), (feature) => {
      const index = indices.get(feature) ?? indices.size;
      indices.set(feature, index);
      texts_F[index] = (texts_F[index] ?? 0) + 1;
      return index;
    }),
  );
  return { names_F: [...indices.keys()], texts_F, features_N };
}
