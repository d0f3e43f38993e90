/**
 * Names with an open vocabulary. A model that sees a closed list of nouns memorises them and never learns to copy, so a good part of
 * the names are blends of two words or random letters: then every token occurs in the position of a name.
 */
import { ADJECTIVES, FIELDS, HELD_OUT_NOUNS, NOUNS, VERBS } from './words.js';
import type { Chooser } from './random.js';

/** Whether a slot is filled from the words of training or from those kept for evaluation. */
export type Side = 'train' | 'held-out';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const KEYWORDS = new Set(
  'and as assert async await break class continue def del elif else except false finally for from global if import in is lambda none nonlocal not or pass raise return true try while with yield match case type list dict set str int len open print sum min max id all any map next hash input range sorted zip filter iter bytes object'.split(
    ' ',
  ),
);
const HELD_OUT = new Set(HELD_OUT_NOUNS);

function randomLetters(chooser: Chooser): string {
  const length = 3 + chooser.below(5);
  return Array.from({ length }, () => LETTERS.charAt(chooser.below(LETTERS.length))).join('');
}

/** The beginning of one word and the end of another, such as `clibine` of clinic and turbine. */
function blend(chooser: Chooser): string {
  const head = chooser.pick(NOUNS);
  const tail = chooser.pick(chooser.chance(0.5) ? NOUNS : VERBS);
  return head.slice(0, 1 + chooser.below(head.length)) + tail.slice(chooser.below(tail.length - 1));
}

function usable(word: string): boolean {
  return word.length > 1 && !KEYWORDS.has(word) && !HELD_OUT.has(word);
}

/** Two or three tokens of a vocabulary: blends alone would leave the rare ones, and so the names they occur in, unlearned. */
function piecedTogether(chooser: Chooser): string {
  const count = chooser.chance(0.7) ? 2 : 3;
  return Array.from({ length: count }, () => chooser.pick(chooser.wordPieces)).join('');
}

/** A word that is in no list. */
export function openWord(chooser: Chooser): string {
  for (;;) {
    const isPieced = chooser.wordPieces.length > 0 && chooser.chance(0.6);
    const make = isPieced ? piecedTogether : chooser.chance(0.6) ? blend : randomLetters;
    const word = make(chooser);
    if (usable(word)) return word;
  }
}

/** One noun: what a table, a file or a record is about. */
export function noun(chooser: Chooser, side: Side): string {
  if (side === 'held-out') return chooser.pick(HELD_OUT_NOUNS);
  return chooser.chance(0.7) ? chooser.pick(NOUNS) : openWord(chooser);
}

/** A column or a key. */
export function field(chooser: Chooser): string {
  return chooser.chance(0.85) ? chooser.pick(FIELDS) : openWord(chooser);
}

function part(chooser: Chooser, side: Side): string {
  if (side === 'held-out') return chooser.pick(HELD_OUT_NOUNS);
  return chooser.weighted<() => string>([
    [() => chooser.pick(NOUNS), 45],
    [() => openWord(chooser), 35],
    [() => chooser.pick(ADJECTIVES), 8],
    [() => chooser.pick(FIELDS), 12],
  ])();
}

/** Name of a function, such as `find_order`, `readCliBox` or `xqvtr`. */
export function functionName(chooser: Chooser, side: Side): string {
  const shape = chooser.below(21);
  const verb = chooser.pick(VERBS);
  const first = part(chooser, side);
  const second = part(chooser, side);
  if (shape < 10) return `${verb}_${first}`;
  if (shape < 13) return `${verb}_${second}_${first}`;
  if (shape < 15) return `${verb}_${first}_by_${chooser.pick(FIELDS)}`;
  if (shape < 17) return usable(first) || side === 'held-out' ? first : `${first}_${second}`;
  if (shape < 18) return `${first}_${second}`;
  if (shape < 20) return `${verb}${capital(first)}`;
  return `${verb}_${first}_${chooser.pick(['v2', 'item', 'entry', 'data', 'now', 'list', '2', 'all'])}`;
}

/** What frames ask for where a request has no signature of its own. */
export function nameSlots(chooser: Chooser, side: Side): { readonly f: string; readonly sig: string } {
  const f = functionName(chooser, side);
  return { f, sig: `${f}()` };
}

/** Modules and classes that solutions import: an argument of that name would hide them. */
const IMPORTED = new Set('date time json csv math string html random copy secrets logging socket operator'.split(' '));

/** Name of an argument, other than those of `taken`. */
export function argumentName(chooser: Chooser, taken: ReadonlySet<string>): string {
  for (;;) {
    const word = chooser.chance(0.25)
      ? `${chooser.pick(ADJECTIVES)}_${chooser.pick(FIELDS)}`
      : chooser.chance(0.5)
        ? chooser.pick(FIELDS)
        : part(chooser, 'train');
    if (usable(word) && !taken.has(word) && !IMPORTED.has(word)) return word;
  }
}

export function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
