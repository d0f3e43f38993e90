/** Trains byte-level BPE and writes it as a Hugging Face tokenizer.json. */
import { PurpgateError } from '../errors.js';
import { CHARACTER_OF_BYTE } from './byte-level.js';

/**
 * Splits text before merges. `_`, backticks and other punctuation stay apart from letters, so that a part of an identifier has the
 * same tokens wherever it stands; digits stand alone; a line break keeps its indentation.
 */
const PRE_TOKENS = ' (?=[A-Za-z]+[_(])| ?[A-Za-z]+|[0-9]| ?[^\\sA-Za-z0-9]+|\\n *|\\s+';

export interface BytePairs {
  /** Tokens in id order: special tokens, 256 bytes, merges. Bytes are spelled as GPT-2 does. */
  readonly tokens: readonly string[];
  readonly merges: readonly (readonly [left: string, right: string])[];
  readonly specialTokens: readonly string[];
}

export interface BytePairOptions {
  /** Tokens in all. Fewer come out when the texts have too few pairs. */
  readonly vocabulary: number;
  readonly specialTokens: readonly string[];
}

interface Word {
  /** Ids of its tokens so far. */
  readonly ids: number[];
  readonly count: number;
}

/**
 * Greedy pair merging by frequency; among equals the pair with the lower ids wins, so the result follows from the texts alone.
 * @throws PurpgateError `internal_error` when the vocabulary has no room for the bytes.
 */
export function trainBytePairs(texts: Iterable<string>, { vocabulary, specialTokens }: BytePairOptions): BytePairs {
  const firstByte = specialTokens.length;
  const tokens = [...specialTokens, ...CHARACTER_OF_BYTE];
  if (vocabulary < tokens.length)
    throw new PurpgateError('internal_error', { message: `a byte-level vocabulary needs ${tokens.length} tokens` });
  const words = countWords(texts, firstByte);
  const pairs = new PairTable(words, vocabulary);
  const merges: [string, string][] = [];
  while (tokens.length < vocabulary) {
    const best = pairs.best();
    if (best === null) break;
    const [left, right] = best;
    const names = [tokens[left] ?? '', tokens[right] ?? ''] as const;
    merges.push([...names]);
    pairs.merge(left, right, tokens.length);
    tokens.push(names.join(''));
  }
  return { tokens, merges, specialTokens };
}

function countWords(texts: Iterable<string>, firstByte: number): Word[] {
  const counts = new Map<string, number>();
  const pattern = new RegExp(PRE_TOKENS, 'gu');
  for (const text of texts) for (const [word] of text.matchAll(pattern)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const encoder = new TextEncoder();
  return [...counts].map(([word, count]) => ({
    ids: Array.from(encoder.encode(word), (byte) => firstByte + byte),
    count,
  }));
}

/** Counts of neighbouring ids, kept up to date while pairs are merged. A pair is one number: left * size + right. */
class PairTable {
  private readonly counts = new Map<number, number>();
  /** Words that may hold a pair; a word that lost it stays listed. */
  private readonly places = new Map<number, Set<Word>>();

  constructor(
    words: readonly Word[],
    private readonly size: number,
  ) {
    for (const word of words) this.add(word, 1);
  }

  private add(word: Word, sign: 1 | -1): void {
    for (let at = 0; at + 1 < word.ids.length; at += 1) {
      const pair = (word.ids[at] ?? 0) * this.size + (word.ids[at + 1] ?? 0);
      this.counts.set(pair, (this.counts.get(pair) ?? 0) + sign * word.count);
      if (sign === -1) continue;
      const places = this.places.get(pair);
      if (places === undefined) this.places.set(pair, new Set([word]));
      else places.add(word);
    }
  }

  /** The most frequent pair that occurs at least twice. */
  best(): readonly [left: number, right: number] | null {
    let best = -1;
    let most = 1;
    for (const [pair, count] of this.counts)
      if (count > most || (count === most && best >= 0 && pair < best)) {
        best = pair;
        most = count;
      }
    return best < 0 ? null : [Math.floor(best / this.size), best % this.size];
  }

  merge(left: number, right: number, id: number): void {
    const pair = left * this.size + right;
    for (const word of this.places.get(pair) ?? []) {
      this.add(word, -1);
      for (let at = 0; at + 1 < word.ids.length; at += 1)
        if (word.ids[at] === left && word.ids[at + 1] === right) word.ids.splice(at, 2, id);
      this.add(word, 1);
    }
    this.counts.delete(pair);
    this.places.delete(pair);
  }
}

/** The tokenizer.json of trained pairs, as the `tokenizers` library writes it. */
export function tokenizerDefinition({ tokens, merges, specialTokens }: BytePairs): Record<string, unknown> {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: PRE_TOKENS }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
}
