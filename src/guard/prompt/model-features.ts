/**
 * What the shipped prompt model sees of a text: a bag of features, each a bucket of a table of weights (the hashing trick: Weinberger et al.,
 * 2009). A feature is a word, its beginning, a pair of words, or which classes of the lexicon stand together in a sentence.
 */
import { wordPairs } from '../../text/word-pairs.js';
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
  let open: string[] = [];
  let count = 0;
  for (const sentence of sentences) {
    const words = sentence.split(/\s+/).length;
    if (count > 0 && count + words > size) {
      windows.push(open);
      // What was said last belongs to what follows as well.
      open = overlap(open, size - step);
      count = open.reduce((sum, kept) => sum + kept.split(/\s+/).length, 0);
    }
    open.push(sentence);
    count += words;
  }
  if (open.length > 0) windows.push(open);
  return windows;
}

function overlap(sentences: readonly string[], words: number): string[] {
  const kept: string[] = [];
  let left = words;
  for (const sentence of [...sentences].reverse()) {
    left -= sentence.split(/\s+/).length;
    if (left < 0) break;
    kept.unshift(sentence);
  }
  return kept;
}

/** Sentences and lines, none longer than a short window. */
function sentencesOf(text: string): string[] {
  return text.split(/(?<=[.!?])\s+|\n+/).flatMap((sentence) => {
    const words = sentence.trim().split(/\s+/);
    if (words[0] === '') return [];
    const parts: string[] = [];
    for (let from = 0; from < words.length; from += SHORT.words)
      parts.push(words.slice(from, from + SHORT.words).join(' '));
    return parts;
  });
}

/** @param window sentences, as `windowsOf` gives them. */
export function featuresOf(window: readonly string[], { role, guarded }: Surroundings): Int32Array {
  const buckets = new Set<number>();
  const add = (feature: string): void => {
    buckets.add(bucketOf(feature));
    // Tools have weights of their own beside the common ones (Daumé, 2007): what a user may order, a tool may not.
    if (role === 'tool') buckets.add(bucketOf(`tool ${feature}`));
  };
  let asked = 0;
  const words: string[] = [];
  for (const sentence of window) {
    const own = wordsOf(sentence.toLowerCase());
    for (const word of own) if (guarded.has(stemOf(word))) asked += 1;
    words.push(...own.map(formOf), '.');
    const classes = [...countClasses(own).keys()].sort();
    for (const [at, name] of classes.entries()) {
      add(`#${name}`);
      for (const other of classes.slice(at + 1)) add(`#${name} #${other}`);
    }
  }
  for (const feature of wordPairs(words)) add(feature);
  // One feature among hundreds would be drowned.
  for (let copy = 0; copy < Math.min(2, asked) * GUARDED_COPIES; copy += 1) add(`@guarded ${copy}`);
  return Int32Array.from(buckets);
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

/** FNV-1a over UTF-16 code units (Fowler, Noll, Vo), folded to the table's size. */
function bucketOf(feature: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < feature.length; at += 1) hash = Math.imul(hash ^ feature.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 15)) & (BUCKETS - 1);
}
