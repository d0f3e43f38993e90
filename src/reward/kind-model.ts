/**
 * The learned part of `kind.ts`: for each of its three questions a sum of weights of the request's words, added to what the rules say
 * (trainer/kind-learning.ts). The file is text, so that it can be read why a request was taken for what.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../config.js';
import { PurpgateError } from '../errors.js';
import { featuresOf } from './kind-features.js';

/** Logits, by question. */
export interface KindLogits {
  readonly harm: number;
  readonly code: number;
  readonly security: number;
}

export interface KindModel {
  readonly bias: KindLogits;
  readonly weights: ReadonlyMap<string, KindLogits>;
}

/** First line of the file: what each column is. */
const HEADER = 'feature\tharm\tcode\tsecurity';
/** Stands for the feature that every request has. */
const BIAS = '<bias>';

export function formatKindModel({ bias, weights }: KindModel): string {
  const line = (feature: string, { harm, code, security }: KindLogits): string =>
    [feature, ...[harm, code, security].map((weight) => String(Math.round(100 * weight) / 100 + 0))].join('\t');
  const rows = [...weights].sort(([a], [b]) => (a < b ? -1 : 1));
  return `${[HEADER, line(BIAS, bias), ...rows.map(([feature, logits]) => line(feature, logits))].join('\n')}\n`;
}

/** @throws PurpgateError `internal_error` when the text is no model. */
export function parseKindModel(text: string): KindModel {
  const [header, ...lines] = text.trimEnd().split('\n');
  const rows = lines.map((line) => {
    const [feature = '', ...values] = line.split('\t');
    const [harm = NaN, code = NaN, security = NaN] = values.map(Number);
    return [feature, { harm, code, security }] as const;
  });
  const weights = new Map(rows);
  const bias = weights.get(BIAS);
  weights.delete(BIAS);
  const isSound = rows.every(([, { harm, code, security }]) => Number.isFinite(harm + code + security));
  if (header !== HEADER || bias === undefined || !isSound)
    throw new PurpgateError('internal_error', { message: 'models/kind/weights.tsv is no model of kinds' });
  return { bias, weights };
}

/** Without the bias, which counts once however many turns a prompt has. */
export function weighWords({ weights }: KindModel, text: string): KindLogits {
  const sum = { harm: 0, code: 0, security: 0 };
  for (const feature of featuresOf(text)) {
    const logits = weights.get(feature);
    if (logits === undefined) continue;
    sum.harm += logits.harm;
    sum.code += logits.code;
    sum.security += logits.security;
  }
  return sum;
}

let shipped: KindModel | undefined;

/** Read once, when it is first asked for. */
export function shippedKindModel(): KindModel {
  shipped ??= parseKindModel(readFileSync(join(packageRoot, 'models', 'kind', 'weights.tsv'), 'utf8'));
  return shipped;
}
