/** From samples to token sequences with loss weights. */
import { encodeChat, type ChatTemplate } from '../../src/lm/chat-template.js';
import type { Tokenizer } from '../../src/lm/tokenizer.js';
import type { TrainingSequence } from '../../src/lm/training-batch.js';
import { composeAnalysisAnswer } from '../../src/text/analysis-answer.js';
import type { Message, Tool } from '../../src/types.js';
import type { Sample } from './sample.js';

export interface Codec {
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
  /** Id of the token that ends a turn. */
  readonly endOfTurn: number;
}

export interface EncodedSample {
  readonly ids: readonly number[];
  /** How many of the ids are the prompt. */
  readonly promptLength: number;
}

interface Prompt {
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
}

export function encodeSample(codec: Codec, sample: Sample): EncodedSample {
  return encodeTurn(codec, sample, composeAnalysisAnswer(sample.analysis, sample.answer));
}

/** The prompt as it is served, then `completion` and the end of the turn. */
export function encodeTurn(codec: Codec, { messages, tools }: Prompt, completion: string): EncodedSample {
  const prompt = encodeChat(codec, messages, { tools, addGenerationPrompt: true });
  return { ids: [...prompt, ...codec.tokenizer.encode(completion), codec.endOfTurn], promptLength: prompt.length };
}

/** Weights 1 on the answer and `promptWeight` on the prompt, over all samples a mean: the weights of a batch add up to 1. */
export function weighted(samples: readonly EncodedSample[], promptWeight: number): TrainingSequence[] {
  const sum = samples.reduce(
    (total, { ids, promptLength }) => total + ids.length - promptLength + promptWeight * (promptLength - 1),
    0,
  );
  return samples.map(({ ids, promptLength }) => ({
    ids,
    weights: ids.map((_, at) => (at < promptLength ? promptWeight : 1) / sum),
  }));
}
