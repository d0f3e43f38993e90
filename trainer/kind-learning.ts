/**
 * Learns what the rules of `kind.ts` miss: for each of its questions a logistic regression over the words of a request, with the logit of the
 * rules as a fixed offset, so that only their error is learned (boosting: Friedman, Hastie, Tibshirani, 2000). AdaGrad (Duchi, Hazan, Singer,
 * 2011) on one request after the other.
 *
 * Shapes, in names: N requests, F features.
 */
import type { SampleKind } from '../src/events/interaction.js';
import { ruleLogits, sigmoid, weighSigns } from '../src/reward/kind.js';
import { featuresOf } from '../src/reward/kind-features.js';
import type { KindLogits, KindModel } from '../src/reward/kind-model.js';
import { shuffled } from './data/random.js';

export interface KindExample {
  /** As `wording` gives it. */
  readonly text: string;
  /** `harmless`: anything but malicious; whether it asks for code is left to the rules. */
  readonly kind: SampleKind | 'harmless';
  /** How much it weighs; 1 is the rule. */
  readonly weight: number;
}

const EPOCHS = 6;
const RATE = 0.1;
/** Squared gradients that a feature starts with: rare ones do not jump at once. */
const INITIAL_SQUARES = 0.1;
const DECAY = 1e-3;
/** Features of fewer requests, and weights closer to zero, are left out: they say more about a data set than about a language. */
const LEAST_REQUESTS = 4;
const LEAST_WEIGHT = 0.2;

type Question = keyof KindLogits;

/** What a question is to answer for an example: null where the question is not asked. */
const TARGETS: Readonly<Record<Question, (example: KindExample, rules: KindLogits) => number | null>> = {
  harm: ({ kind }) => Number(kind === 'malicious'),
  code: ({ kind }, rules) => {
    if (kind === 'malicious') return null;
    return Number(kind === 'harmless' ? rules.code > 0 : kind === 'code');
  },
  security: ({ kind }, rules) => {
    if (kind === 'malicious' || kind === 'code') return null;
    if (kind === 'harmless') return rules.code > 0 ? null : Number(rules.security > 0);
    return Number(kind === 'security_question');
  },
};

/** The same examples and seed give the same model. */
export function learnKinds(examples: readonly KindExample[], seed: number): KindModel {
  const table = intern(examples);
  const rules_N = examples.map(({ text }) => ruleLogits(weighSigns(text)));
  const learned = {
    harm: regress(table, targetsOf('harm', examples, rules_N), seed),
    code: regress(table, targetsOf('code', examples, rules_N), seed),
    security: regress(table, targetsOf('security', examples, rules_N), seed),
  };
  const kept = (question: Question, f: number): number => {
    const weight = learned[question].weights_F[f] ?? 0;
    return Math.abs(weight) < LEAST_WEIGHT ? 0 : weight;
  };
  const rows = table.names_F.flatMap((name, f): [string, KindLogits][] => {
    if ((table.requests_F[f] ?? 0) < LEAST_REQUESTS) return [];
    const logits = { harm: kept('harm', f), code: kept('code', f), security: kept('security', f) };
    return logits.harm === 0 && logits.code === 0 && logits.security === 0 ? [] : [[name, logits]];
  });
  const bias = { harm: learned.harm.bias, code: learned.code.bias, security: learned.security.bias };
  return { bias, weights: new Map(rows) };
}

interface Features {
  readonly names_F: readonly string[];
  /** Requests that have the feature. */
  readonly requests_F: readonly number[];
  /** Indices into F of each request. */
  readonly features_N: readonly Int32Array[];
}

function intern(examples: readonly KindExample[]): Features {
  const indices = new Map<string, number>();
  const requests_F: number[] = [];
  const features_N = examples.map(({ text }) =>
    Int32Array.from(featuresOf(text), (feature) => {
      const index = indices.get(feature) ?? indices.size;
      indices.set(feature, index);
      requests_F[index] = (requests_F[index] ?? 0) + 1;
      return index;
    }),
  );
  return { names_F: [...indices.keys()], requests_F, features_N };
}

interface Target {
  /** Index into N. */
  readonly request: number;
  readonly wanted: number;
  readonly offset: number;
  readonly weight: number;
}

function targetsOf(
  question: Question,
  examples: readonly KindExample[],
  rules_N: readonly KindLogits[],
): readonly Target[] {
  return examples.flatMap((example, request): Target[] => {
    const rules = rules_N[request];
    const wanted = rules === undefined ? null : TARGETS[question](example, rules);
    if (wanted === null || rules === undefined) return [];
    return [{ request, wanted, offset: rules[question], weight: example.weight }];
  });
}

function regress({ names_F, features_N }: Features, targets: readonly Target[], seed: number) {
  const weights_F = new Float64Array(names_F.length);
  const squares_F = new Float64Array(names_F.length).fill(INITIAL_SQUARES);
  let bias = 0;
  let biasSquares = INITIAL_SQUARES;
  for (let epoch = 0; epoch < EPOCHS; epoch += 1)
    for (const { request, wanted, offset, weight } of shuffled(targets, seed + epoch)) {
      const features = features_N[request] ?? new Int32Array();
      let logit = offset + bias;
      for (const f of features) logit += weights_F[f] ?? 0;
      const slope = weight * (sigmoid(logit) - wanted);
      biasSquares += slope * slope;
      bias -= (RATE * slope) / Math.sqrt(biasSquares);
      for (const f of features) {
        const value = weights_F[f] ?? 0;
        const gradient = slope + DECAY * value;
        const squares = (squares_F[f] ?? 0) + gradient * gradient;
        squares_F[f] = squares;
        weights_F[f] = value - (RATE * gradient) / Math.sqrt(squares);
      }
    }
  return { weights_F, bias };
}
