/** The vocabulary as a tree of bytes, so that tokens that begin alike are checked together. */
import type { Tokenizer } from '../tokenizer.js';
import type { Automaton, State } from './automaton.js';

export type Vocabulary = Pick<Tokenizer, 'vocabularySize' | 'bytesOf' | 'specialIds'>;

/** One bit per token id. */
export type TokenSet = Uint32Array;

export class TokenTrie {
  /** Nodes depth first, each before what continues it: its last byte, its depth, and where its subtree ends. */
  readonly #byte: number[] = [];
  readonly #depth: number[] = [];
  readonly #end: number[] = [];
  /** Ids of the tokens that end at a node: several where the vocabulary spells a text twice. */
  readonly #ids: (readonly number[])[] = [];
  readonly #words: number;
  /** Whether every text can be written, byte by byte if need be; else a state could be left without any token. */
  readonly isTotal: boolean;

  /** Special tokens, and those that end an answer, are left out: they are no text, whatever their name. */
  constructor({ vocabularySize, bytesOf, specialIds }: Vocabulary, stopIds: ReadonlySet<number>) {
    this.#words = Math.ceil(vocabularySize / 32);
    const ids = new Map<string, number[]>();
    for (let id = 0; id < vocabularySize; id++) {
      const text = Buffer.from(bytesOf(id)).toString('latin1');
      if (text === '' || specialIds.has(id) || stopIds.has(id)) continue;
      const alike = ids.get(text);
      if (alike === undefined) ids.set(text, [id]);
      else alike.push(id);
    }
    this.isTotal = USED_BYTES.every((byte) => ids.has(String.fromCharCode(byte)));
    this.#build(ids);
  }

  /** The tokens that the grammar allows in whole. */
  allowed(automaton: Automaton, state: State): TokenSet {
    const allowed = new Uint32Array(this.#words);
    const states = [state];
    for (let node = 0; node < this.#byte.length; ) {
      const depth = this.#depth[node] ?? 0;
      const before = states[depth];
      const after = before === undefined ? null : automaton.step(before, this.#byte[node] ?? 0);
      if (after === null) {
        node = this.#end[node] ?? Infinity;
        continue;
      }
      states[depth + 1] = after;
      for (const id of this.#ids[node] ?? []) allowed[id >>> 5] = (allowed[id >>> 5] ?? 0) | (1 << (id & 31));
      node += 1;
    }
    return allowed;
  }

  #build(ids: ReadonlyMap<string, readonly number[]>): void {
    const path: number[] = [];
    let previous = '';
    const closeTo = (depth: number) => {
      for (const node of path.splice(depth)) this.#end[node] = this.#byte.length;
    };
    for (const text of [...ids.keys()].sort()) {
      let common = 0;
      while (common < previous.length && text.charCodeAt(common) === previous.charCodeAt(common)) common += 1;
      closeTo(common);
      for (let depth = common; depth < text.length; depth++) {
        path.push(this.#byte.length);
        this.#byte.push(text.charCodeAt(depth));
        this.#depth.push(depth);
        this.#ids.push(depth === text.length - 1 ? (ids.get(text) ?? NO_IDS) : NO_IDS);
      }
      previous = text;
    }
    closeTo(0);
  }
}

const NO_IDS: readonly number[] = [];

/** What occurs in JSON texts: UTF-8, and of the control characters the line feed alone. */
const USED_BYTES = Array.from({ length: 256 }, (_, byte) => byte).filter(
  (byte) => byte === 10 || (byte >= 32 && byte < 128) || (byte >= 128 && byte < 192) || (byte >= 194 && byte <= 244),
);
