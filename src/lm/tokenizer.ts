/**
 * Byte-level BPE tokenizers of Hugging Face folders (Qwen2, Llama 3, GPT-2). Encoding is @huggingface/tokenizers; decoding is a table
 * from id to bytes, so that a stream can be decoded token by token and never shows half of a character.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer as HubTokenizerClass } from '@huggingface/tokenizers';
import { PurpgateError } from '../errors.js';
import { byteLevelBytes } from './byte-level.js';

interface HubTokenizer {
  encode(text: string, options: { readonly add_special_tokens: boolean }): { readonly ids: number[] };
  token_to_id(token: string): number | undefined;
  get_vocab(withAddedTokens: boolean): ReadonlyMap<string, number>;
  get_added_tokens_decoder(): ReadonlyMap<number, { readonly content: string; readonly special: boolean }>;
}

// The types of the package import each other without file endings, which Node's resolution does not find.
const Hub = HubTokenizerClass as unknown as new (definition: object, config: object) => HubTokenizer;

/** Decodes one stream of token ids. Special tokens are dropped; bytes that are no UTF-8 become U+FFFD. */
export interface TokenDecoder {
  /** Text that is complete now; empty while a character is still open. */
  push(id: number): string;
  /** What was still open. */
  end(): string;
}

export interface Tokenizer {
  /**
   * Ids of a text, with nothing added around it. Names of special tokens become those tokens: text that others wrote goes through
   * `encodeChat` instead. `decode(encode(text)) === text` for well-formed text, unless the folder asks for Unicode normalisation.
   */
  encode(text: string): number[];
  /** Text of ids, special tokens included. */
  decode(ids: readonly number[]): string;
  createDecoder(): TokenDecoder;
  /** UTF-8 bytes of a token, or part of a character's; of a special token, those of its name. */
  bytesOf(id: number): Uint8Array;
  /** What the folder puts in front of every text, such as `<|begin_of_text|>`; empty for most. */
  readonly beginIds: readonly number[];
  readonly specialIds: ReadonlySet<number>;
  idOf(token: string): number | undefined;
  /** Names such as `<|im_end|>`, the longest first. */
  readonly specialTokens: readonly string[];
  /** One more than the highest id. */
  readonly vocabularySize: number;
  /** Bytes of the longest token: n bytes of text are at least n / longestToken tokens. */
  readonly longestToken: number;
}

/** @throws PurpgateError `model_unusable` when the folder has no usable tokenizer.json. */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  return readTokenizer(folder, (definition) => {
    if (!usesByteLevel(definition))
      throw new PurpgateError('model_unusable', { message: `${folder}/tokenizer.json is not byte-level BPE` });
    return createTokenizer(new Hub(definition, { clean_up_tokenization_spaces: false }));
  });
}

/** Text to ids alone, for tokenizers of any kind. */
export interface Encoder {
  /** Without the tokens that the model wants around a text. */
  readonly encode: (text: string) => number[];
  /** Those tokens, such as `[CLS]` and `[SEP]`, in their order. */
  readonly around: readonly number[];
}

/** @throws PurpgateError `model_unusable` when the folder has no usable tokenizer.json. */
export async function loadEncoder(folder: string): Promise<Encoder> {
  return readTokenizer(folder, (definition) => {
    const hub = new Hub(definition, {});
    return {
      encode: (text) => hub.encode(text, { add_special_tokens: false }).ids,
      around: hub.encode('', { add_special_tokens: true }).ids,
    };
  });
}

async function readTokenizer<Made>(folder: string, make: (definition: Record<string, unknown>) => Made): Promise<Made> {
  const definition = await readJson(folder, 'tokenizer.json');
  if (definition === null) throw new PurpgateError('model_unusable', { message: `${folder} has no tokenizer.json` });
  try {
    return make(definition);
  } catch (thrown) {
    if (thrown instanceof PurpgateError) throw thrown;
    throw new PurpgateError('model_unusable', { message: `${folder}/tokenizer.json cannot be used`, cause: thrown });
  }
}

/** A JSON object of a model folder; null where the file does not exist. @throws PurpgateError `model_unusable`. */
export async function readJson(folder: string, name: string): Promise<Record<string, unknown> | null> {
  let text: string;
  try {
    text = await readFile(join(folder, name), 'utf8');
  } catch (thrown) {
    if (isRecord(thrown) && thrown['code'] === 'ENOENT') return null;
    throw new PurpgateError('model_unusable', { message: `cannot read ${name} in ${folder}`, cause: thrown });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch (thrown) {
    throw new PurpgateError('model_unusable', { message: `${name} in ${folder} is not JSON`, cause: thrown });
  }
  throw new PurpgateError('model_unusable', { message: `${name} in ${folder} is not a JSON object` });
}

/** Ids that end a generation: generation_config.json, else config.json, else the `eos_token` of tokenizer_config.json. */
export async function readStopIds(folder: string, tokenizer: Tokenizer): Promise<ReadonlySet<number>> {
  for (const name of ['generation_config.json', 'config.json']) {
    const given = (await readJson(folder, name))?.['eos_token_id'];
    const ids = (Array.isArray(given) ? given : [given]).filter((id): id is number => Number.isInteger(id));
    if (ids.length > 0) return new Set(ids);
  }
  const token = tokenText((await readJson(folder, 'tokenizer_config.json'))?.['eos_token']);
  const id = token === null ? undefined : tokenizer.idOf(token);
  if (id === undefined) throw new PurpgateError('model_unusable', { message: `${folder} names no end-of-text token` });
  return new Set([id]);
}

/** The text of a special token as tokenizer_config.json writes it: a string, or an object with `content`. */
export function tokenText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return isRecord(value) && typeof value['content'] === 'string' ? value['content'] : null;
}

function createTokenizer(hub: HubTokenizer): Tokenizer {
  const bytesOfId: (Uint8Array | undefined)[] = [];
  for (const [token, id] of hub.get_vocab(false)) bytesOfId[id] = byteLevelBytes(token);
  const special: { readonly id: number; readonly content: string }[] = [];
  for (const [id, added] of hub.get_added_tokens_decoder()) {
    bytesOfId[id] = new TextEncoder().encode(added.content);
    if (added.special) special.push({ id, content: added.content });
  }
  const specialIds = new Set(special.map(({ id }) => id));
  const bytesOf = (id: number) => bytesOfId[id] ?? new Uint8Array();
  const decoder = (hidden: ReadonlySet<number>): TokenDecoder => {
    // A byte-order mark in the middle of a text is a character like any other.
    const text = new TextDecoder('utf-8', { ignoreBOM: true });
    return {
      push: (id) => (hidden.has(id) ? '' : text.decode(bytesOf(id), { stream: true })),
      end: () => text.decode(),
    };
  };
  return {
    encode: (text) => (text === '' ? [] : hub.encode(text, { add_special_tokens: false }).ids),
    decode: (ids) => {
      const stream = decoder(new Set());
      return ids.map((id) => stream.push(id)).join('') + stream.end();
    },
    createDecoder: () => decoder(specialIds),
    bytesOf,
    beginIds: hub.encode('', { add_special_tokens: true }).ids,
    specialIds,
    idOf: (token) => hub.token_to_id(token),
    specialTokens: special.map(({ content }) => content).sort((a, b) => b.length - a.length),
    vocabularySize: bytesOfId.length,
    longestToken: bytesOfId.reduce((longest, bytes) => Math.max(longest, bytes?.length ?? 0), 1),
  };
}

function usesByteLevel(definition: Record<string, unknown>): boolean {
  const decoder = definition['decoder'];
  if (!isRecord(decoder)) return false;
  const parts: unknown[] = Array.isArray(decoder['decoders']) ? decoder['decoders'] : [decoder];
  return parts.some((part) => isRecord(part) && part['type'] === 'ByteLevel');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
