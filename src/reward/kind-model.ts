/** The learned part of `kind.ts`: logits for each of its three questions, added to what the rules say (trainer/kind-learning.ts). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../config.js';
import { featuresOf } from './kind-features.js';
import { formatWordWeights, parseWordWeights, weighFeatures, type Weights, type WordWeights } from './word-weights.js';

const QUESTIONS = ['harm', 'code', 'security'] as const;

/** Logits, by question. */
export type KindLogits = Weights<(typeof QUESTIONS)[number]>;
export type KindModel = WordWeights<keyof KindLogits>;

export const formatKindModel = (model: KindModel): string => formatWordWeights(QUESTIONS, model);

/** @throws PurpgateError `internal_error` when the text is no model. */
export const parseKindModel = (text: string): KindModel =>
  parseWordWeights(QUESTIONS, { name: 'models/kind/weights.tsv', text });

/** Without the bias, which counts once however many turns a prompt has. */
export const weighWords = (model: KindModel, text: string): KindLogits =>
  weighFeatures(QUESTIONS, model, featuresOf(text));

let shipped: KindModel | undefined;

/** Read once, when it is first asked for. */
export function shippedKindModel(): KindModel {
  shipped ??= parseKindModel(readFileSync(join(packageRoot, 'models', 'kind', 'weights.tsv'), 'utf8'));
  return shipped;
}
