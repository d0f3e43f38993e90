/**
 * Linear models over words: for each of their questions a sum of weights of a text's words. Their files are text, so that it can be read why a
 * text was taken for what.
 */
import { PurpgateError } from '../errors.js';

/** A number for each question; of a text, a logit. */
export type Weights<Question extends string> = Readonly<Record<Question, number>>;

export interface WordWeights<Question extends string> {
  readonly bias: Weights<Question>;
  /** By feature, as `featuresOf` gives them (kind-features.ts). */
  readonly weights: ReadonlyMap<string, Weights<Question>>;
}

/** Stands for the feature that every text has. */
const BIAS = '<bias>';

/** Tab-separated: a line that names the questions, then one per feature, rounded to hundredths. */
export function formatWordWeights<Question extends string>(
  questions: readonly Question[],
  { bias, weights }: WordWeights<Question>,
): string {
  const line = (feature: string, of: Weights<Question>): string =>
    [feature, ...questions.map((question) => String(Math.round(100 * of[question]) / 100 + 0))].join('\t');
  const rows = [...weights].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = [['feature', ...questions].join('\t'), line(BIAS, bias), ...rows.map(([name, of]) => line(name, of))];
  return `${lines.join('\n')}\n`;
}

/** @throws PurpgateError `internal_error` when the text is no model with these questions; `name` is said in it. */
export function parseWordWeights<Question extends string>(
  questions: readonly Question[],
  { name, text }: { readonly name: string; readonly text: string },
): WordWeights<Question> {
  const [header, ...lines] = text.trimEnd().split('\n');
  const rows = lines.map((line) => {
    const [feature = '', ...values] = line.split('\t');
    return [feature, weightsOf(questions, (_, at) => Number(values[at] ?? NaN))] as const;
  });
  const weights = new Map(rows);
  const bias = weights.get(BIAS);
  weights.delete(BIAS);
  const isSound = rows.every(([, of]) => questions.every((question) => Number.isFinite(of[question])));
  if (header !== ['feature', ...questions].join('\t') || bias === undefined || !isSound)
    throw new PurpgateError('internal_error', { message: `${name} is no model of ${questions.join(', ')}` });
  return { bias, weights };
}

/** Without the bias, which counts once however many texts there are. */
export function weighFeatures<Question extends string>(
  questions: readonly Question[],
  { weights }: WordWeights<Question>,
  features: Iterable<string>,
): Weights<Question> {
  const sums = questions.map(() => 0);
  for (const feature of features) {
    const of = weights.get(feature);
    if (of === undefined) continue;
    for (const [at, question] of questions.entries()) sums[at] = (sums[at] ?? 0) + of[question];
  }
  return weightsOf(questions, (_, at) => sums[at] ?? 0);
}

export function weightsOf<Question extends string>(
  questions: readonly Question[],
  value: (question: Question, at: number) => number,
): Weights<Question> {
  return Object.fromEntries(questions.map((question, at) => [question, value(question, at)])) as Record<
    Question,
    number
  >;
}
