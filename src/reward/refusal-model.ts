/**
 * The learned part of `refusal-label.ts`: of one sentence of an answer, the logits that it declines what was asked, or a part of it, and that it
 * gives something of what was asked (trainer/refusal-learning.ts). What neither does stands around: reasons, warnings, courtesy, offers.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../config.js';
import { featuresOf } from './kind-features.js';
import { formatWordWeights, parseWordWeights, weighFeatures, type Weights, type WordWeights } from './word-weights.js';

/** Logit of `declines` from which a sentence counts as a refusal without a word of the rules in it. */
export const SURE_REFUSAL = 1.5;

const QUESTIONS = ['declines', 'gives'] as const;

/** Logits, by question. */
export type RefusalLogits = Weights<(typeof QUESTIONS)[number]>;
export type RefusalModel = WordWeights<keyof RefusalLogits>;

export const formatRefusalModel = (model: RefusalModel): string => formatWordWeights(QUESTIONS, model);

/** @throws PurpgateError `internal_error` when the text is no model. */
export const parseRefusalModel = (text: string): RefusalModel =>
  parseWordWeights(QUESTIONS, { name: 'models/refusal/weights.tsv', text });

export function weighSentence(model: RefusalModel, sentence: string): RefusalLogits {
  const { declines, gives } = weighFeatures(QUESTIONS, model, featuresOf(sentence));
  return { declines: model.bias.declines + declines, gives: model.bias.gives + gives };
}

let shipped: RefusalModel | undefined;

/** Read once, when it is first asked for. */
export function shippedRefusalModel(): RefusalModel {
  shipped ??= parseRefusalModel(readFileSync(join(packageRoot, 'models', 'refusal', 'weights.tsv'), 'utf8'));
  return shipped;
}
