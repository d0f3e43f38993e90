/**
 * What the shipped prompt model sees of a text: a bag of features, each a bucket of a table of weights (the hashing trick: Weinberger et al.,
 * 2009). A feature is a word, its beginning, a pair of words, or which classes of the lexicon stand together in a sentence.
 */
import { STEM_LENGTH } from '../../text/word-pairs.js';
import type { Message } from '../../types.js';
import { countClasses, wordsOf } from './terms.js';

/** Rows of the table of weights. */
export const BUCKETS = 2 ** 18;
/** Changes whenever a text gets other features: a model is good for the features it was trained with alone. */
export const FEATURES_VERSION = 1;
/** Words of a window, long and short: a whole persona must fit into one, and one sentence must weigh something in the other. */
const LONG = { words: 256, step: 192 };
const SHORT = { words: 40, step: 24 };

const GUARDED_COPIES = 8;

/** What stands before a message in its conversation, as far as it bears on it. */
export interface Surroundings {
  readonly role: Message['role'];
  /** Stems of the words that the system message tells to keep secret or to stay away from. */
  readonly guarded: ReadonlySet<string>;
}

export type Scale = 'long' | 'short';

/** The windows of a reading, in its order; a text that fits into a short window has one. */
export function windowsOf(text: string, scale: Scale): string[][] {
  const { words: size, step } = scale === 'long' ? LONG : SHORT;
  const sentences = sentencesOf(text);
  const windows: string[][] = [];
  let first = 0;
  let count = 0;
  for (const [at, { words }] of sentences.entries()) {
    if (count > 0 && count + words > size) {
      windows.push(sentences.slice(first, at).map(({ text }) => text));
      // What was said last belongs to what follows as well.
      ({ first, count } = overlap(sentences, { first, end: at, words: size - step }));
    }
    count += words;
  }
  if (first < sentences.length) windows.push(sentences.slice(first).map(({ text }) => text));
  return windows;
}

interface Counted {
  readonly text: string;
  readonly words: number;
}

/** The last sentences before `end`, not before `first`, that have so many words at most. */
function overlap(
  sentences: readonly Counted[],
  { first, end, words }: { readonly first: number; readonly end: number; readonly words: number },
): { first: number; count: number } {
  let [from, count] = [end, 0];
  while (from > first && count + (sentences[from - 1]?.words ?? 0) <= words) {
    from -= 1;
    count += sentences[from]?.words ?? 0;
  }
  return { first: from, count };
}

/** Sentences and lines, none longer than a short window. */
function sentencesOf(text: string): Counted[] {
  return text.split(/(?<=[.!?])\s+|\n+/).flatMap((sentence) => {
    const words = sentence.trim().split(/\s+/);
    if (words[0] === '') return [];
    const parts: Counted[] = [];
    for (let from = 0; from < words.length; from += SHORT.words) {
      const part = words.slice(from, from + SHORT.words);
      parts.push({ text: part.join(' '), words: part.length });
    }
    return parts;
  });
}

/** What a sentence gives to every window that it stands in. */
interface Sentence {
  /** Its words in lower case, and a full stop. */
  readonly words: readonly string[];
  /** Stems of its words. */
  readonly stems: readonly string[];
  /** The classes of the lexicon that stand in it, and their pairs. */
  readonly classes: readonly string[];
}

/** Sentences of one text by their characters: windows overlap. */
export type Sentences = Map<string, Sentence>;

function read(text: string): Sentence {
  const words = wordsOf(text.toLowerCase());
  const classes = [...countClasses(words).keys()].sort();
  return {
    words: [...words.map(formOf), '.'],
    stems: words.map(stemOf),
    classes: classes.flatMap((name, at) => [`#${name}`, ...classes.slice(at + 1).map((other) => `#${name} #${other}`)]),
  };
}

/**
 * @param window sentences, as `windowsOf` gives them.
 * @param sentences those that are read already; what is read here is added.
 */
export function featuresOf(
  window: readonly string[],
  { role, guarded }: Surroundings,
  sentences: Sentences = new Map(),
): Int32Array {
  const buckets = new Set<number>();
  // Tools have weights of their own beside the common ones (Daumé, 2007): what a user may order, a tool may not.
  const spaces = role === 'tool' ? [NOTHING_HASHED, hashOn(NOTHING_HASHED, 'tool ')] : [NOTHING_HASHED];
  const add = (feature: string): void => {
    for (const space of spaces) buckets.add(bucketOf(hashOn(space, feature)));
  };
  let asked = 0;
  const words: string[] = [];
  for (const text of window) {
    let sentence = sentences.get(text);
    if (sentence === undefined) sentences.set(text, (sentence = read(text)));
    for (const feature of sentence.classes) add(feature);
    if (guarded.size > 0) for (const stem of sentence.stems) if (guarded.has(stem)) asked += 1;
    words.push(...sentence.words);
  }
  for (const space of spaces) addWordPairs(buckets, words, space);
  // One feature among hundreds would be drowned.
  for (let copy = 0; copy < Math.min(2, asked) * GUARDED_COPIES; copy += 1) add(`@guarded ${copy}`);
  return Int32Array.from(buckets);
}

/** The buckets of `wordPairs`, hashed piece by piece: its strings would be most of the work. */
function addWordPairs(buckets: Set<number>, words: readonly string[], space: number): void {
  let beforeLast = hashOn(space, '^ _ ');
  let [pair, skip] = [hashOn(space, '^ '), beforeLast];
  for (let at = 0; at <= words.length; at += 1) {
    const word = words[at] ?? '$';
    const whole = hashOn(space, word);
    buckets.add(bucketOf(whole));
    if (word.length > STEM_LENGTH) buckets.add(bucketOf(hashOn(hashOn(space, word, STEM_LENGTH), '*')));
    buckets.add(bucketOf(hashOn(pair, word)));
    buckets.add(bucketOf(hashOn(beforeLast, word)));
    beforeLast = skip;
    pair = hashOn(whole, ' ');
    skip = hashOn(pair, '_ ');
  }
}

/** Words of the sentences of a system message that forbid or keep secret, cut to their stems. */
export function guardedWords(system: string): ReadonlySet<string> {
  const guarded = new Set<string>();
  for (const sentence of system.split(/(?<=[.!?])\s+|\n+/))
    if (FORBIDS.test(sentence))
      for (const word of wordsOf(sentence.toLowerCase()))
        if (word.length > 3 && !COMMON.has(word)) guarded.add(stemOf(word));
  return guarded;
}

const FORBIDS =
  /\b(?:passwords?|passcode|(?:secret|access) (?:key|code)|code word|confidential|private|personal|avoids?|(?:reveal|share|disclose|discuss|talk|give)\w*|not allowed)\b/i;
const COMMON = new Set(
  'that this with your from they them their about have will what when where which should would could must never only avoid dont always user users person anyone anybody reveal under circumstances question questions answer answers any other tell give write please without discuss talk topic topics instructions share sharing discuss discussing change changed related anything rules rule permanent confidential sensitive data code source third party systems system secrets commit into content company team tools tool files file using work with related unless request requests asked rather being first following'.split(
    ' ',
  ),
);

function stemOf(word: string): string {
  return word.slice(0, 5);
}

function formOf(word: string): string {
  if (/^\p{N}/u.test(word)) return '<number>';
  return word;
}

/** FNV-1a over UTF-16 code units (Fowler, Noll, Vo): its state before the first one. */
const NOTHING_HASHED = 0x811c9dc5;

/** The state after the first `length` code units of `text` as well. */
function hashOn(state: number, text: string, length = text.length): number {
  let hash = state;
  for (let at = 0; at < length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}

/** A hash, folded to the table's size. */
function bucketOf(hash: number): number {
  return (hash ^ (hash >>> 15)) & (BUCKETS - 1);
}
