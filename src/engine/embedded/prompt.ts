/** From what a request is made of to the ids that the model reads. */
import { PurpgateError } from '../../errors.js';
import { encodeChat, encodeText } from '../../lm/chat-template.js';
import type { Tokenizer } from '../../lm/tokenizer.js';
import type { TextPrompt } from '../../types.js';
import type { Model } from './model.js';
import type { PromptMessage } from './protocol.js';

type PromptModel = Pick<Model, 'config' | 'template' | 'tokenizer'>;

/** Tokens by which Qwen's models are told to fill in what stands between two texts, in their order around these. */
const FILL_IN = ['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>'] as const;
/** With those, names of tokens that tokenizers of code models do not call special and that are no part of any text either. */
const CODE_MARKERS = [...FILL_IN, '<|fim_pad|>', '<|repo_name|>', '<|file_sep|>'];

/** @throws PurpgateError `context_length_exceeded` when the prompt leaves no room for a token, `unsupported_parameter` for a suffix. */
export function encodePrompt(model: PromptModel, prompt: PromptMessage): number[] {
  const { maxPositions } = model.config;
  // Encoding takes seconds for megabytes, and everybody waits meanwhile: what cannot fit whatever its tokens are is refused before.
  const least = leastTokens(model.tokenizer, prompt);
  if (least >= maxPositions) throw tooLong(maxPositions, `at least ${least}`);
  const promptIds = encode(model, prompt);
  if (promptIds.length >= maxPositions) throw tooLong(maxPositions, String(promptIds.length));
  return promptIds;
}

/** The prompt's length; of one that cannot fit whatever its tokens are, a lower bound, which does not fit either. */
export function countPrompt(model: PromptModel, prompt: PromptMessage): number {
  const least = leastTokens(model.tokenizer, prompt);
  return least >= model.config.maxPositions ? least : encode(model, prompt).length;
}

/** Tokens that end a completion of text: behind any of them the model would begin another text. */
export function textEndIds(tokenizer: Tokenizer): ReadonlySet<number> {
  return new Set([...tokenizer.specialIds, ...CODE_MARKERS.flatMap((name) => tokenizer.idOf(name) ?? [])]);
}

function leastTokens({ longestToken }: Tokenizer, { messages, textPrompt }: PromptMessage): number {
  const texts = textPrompt === null ? messages.map(({ content }) => content) : textsOf(textPrompt);
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return Math.max(texts.length, Math.ceil(bytes / longestToken));
}

function textsOf({ prefix, suffix }: TextPrompt): string[] {
  return suffix === null ? [prefix] : [prefix, suffix];
}

function encode({ template, tokenizer }: PromptModel, { messages, tools, textPrompt }: PromptMessage): number[] {
  if (textPrompt !== null) return encodeTextPrompt(tokenizer, textPrompt);
  const offered = template.supportsTools ? tools : [];
  return encodeChat({ template, tokenizer }, messages, { tools: offered, addGenerationPrompt: true });
}

function encodeTextPrompt(tokenizer: Tokenizer, { prefix, suffix }: TextPrompt): number[] {
  const idsOf = (text: string) => encodeText(tokenizer, text, [...tokenizer.specialTokens, ...CODE_MARKERS]);
  if (suffix === null) {
    const ids = [...tokenizer.beginIds, ...idsOf(prefix)];
    if (ids.length > 0) return ids;
    throw new PurpgateError('invalid_request', { publicMessage: 'prompt: must not be empty', param: 'prompt' });
  }
  const [before, after, middle] = FILL_IN.map((name) => tokenizer.idOf(name));
  if (before === undefined || after === undefined || middle === undefined)
    throw new PurpgateError('unsupported_parameter', {
      publicMessage: 'suffix: this model cannot fill in the middle; it has no tokens for that.',
      param: 'suffix',
    });
  return [...tokenizer.beginIds, before, ...idsOf(prefix), after, ...idsOf(suffix), middle];
}

/** In OpenAI's words, which clients match to compact their conversation. */
function tooLong(limit: number, tokens: string): PurpgateError {
  return new PurpgateError('context_length_exceeded', {
    publicMessage: `This model's maximum context length is ${limit} tokens. However, your messages resulted in ${tokens} tokens. Please reduce the length of the messages.`,
    param: 'messages',
  });
}
