/**
 * JSON text as a model may write it. What JSON.parse reads is wider: here blanks are bounded, so that a model cannot go on with them for ever,
 * numbers have a bounded length, and `\u` escapes spell whole characters.
 */
import {
  bytes,
  choice,
  EMPTY,
  literal,
  NOTHING,
  oneOf,
  openRule,
  optional,
  repeat,
  sequence,
  type Grammar,
  type Rule,
} from './grammar.js';

const MOST_INTEGER_DIGITS = 18;
const MOST_FRACTION_DIGITS = 20;
const DEEPEST_INDENT = 24;

const QUOTE = literal('"');
const DIGIT = bytes([0x30, 0x39]);
const HEX = oneOf('0123456789abcdefABCDEF');
const TAIL = bytes([0x80, 0xbf]);

/** UTF-8 of the characters above U+007F (Unicode 16, table 3-7). */
export const WIDE_CHARACTER = choice(
  sequence(bytes([0xc2, 0xdf]), TAIL),
  sequence(bytes([0xe0, 0xe0]), bytes([0xa0, 0xbf]), TAIL),
  sequence(bytes([0xe1, 0xec], [0xee, 0xef]), TAIL, TAIL),
  sequence(bytes([0xed, 0xed]), bytes([0x80, 0x9f]), TAIL),
  sequence(bytes([0xf0, 0xf0]), bytes([0x90, 0xbf]), TAIL, TAIL),
  sequence(bytes([0xf1, 0xf3]), TAIL, TAIL, TAIL),
  sequence(bytes([0xf4, 0xf4]), bytes([0x80, 0x8f]), TAIL, TAIL),
);

const ESCAPE = sequence(
  literal('\\'),
  choice(
    oneOf('"\\/bfnrt'),
    sequence(
      literal('u'),
      choice(
        sequence(oneOf('0123456789abcefABCEF'), HEX, HEX, HEX),
        sequence(oneOf('dD'), oneOf('01234567'), HEX, HEX),
        sequence(oneOf('dD'), oneOf('89abAB'), HEX, HEX, literal('\\u'), oneOf('dD'), oneOf('cdefCDEF'), HEX, HEX),
      ),
    ),
  ),
);

/** What stands for itself in a string, of ASCII. */
const PLAIN_CHARACTER = bytes([0x20, 0x21], [0x23, 0x5b], [0x5d, 0x7f]);
const CHARACTER = choice(PLAIN_CHARACTER, WIDE_CHARACTER, ESCAPE);

/** A string of so many characters, counted as code points. */
export function stringOf(least: number, most: number): Grammar {
  return sequence(QUOTE, repeat(CHARACTER, least, most), QUOTE);
}

export const STRING = stringOf(0, Infinity);

/**
 * A string that is none of `names`, for the names of further members of an object: a name that came twice would replace a value that the
 * schema vouches for. It has no escapes, since they spell a name in another way, and where a name has characters above U+007F, it has none.
 */
export function stringExcept(names: readonly string[]): Grammar {
  if (names.length === 0) return STRING;
  const isAscii = names.every((name) => Buffer.byteLength(name) === name.length);
  const wide = isAscii ? [WIDE_CHARACTER] : [];
  const rest = sequence(repeat(choice(PLAIN_CHARACTER, ...wide), 0, Infinity), QUOTE);
  const after = (beginning: string, continued: readonly string[]): Grammar => {
    const at = beginning.length;
    const nextCharacters = new Set(continued.filter(({ length }) => length > at).map((name) => name.charAt(at)));
    const others = PLAIN_BYTES.filter((byte) => !nextCharacters.has(String.fromCharCode(byte)));
    const options = [
      ...Array.from(nextCharacters, (character) => {
        const longer = beginning + character;
        const matching = continued.filter((name) => name.startsWith(longer));
        return isPlain(character) ? sequence(literal(character), after(longer, matching)) : NOTHING;
      }),
      sequence(bytes(...others.map((byte) => [byte, byte] as const)), rest),
      ...wide.map((character) => sequence(character, rest)),
    ];
    return choice(...options, ...(continued.includes(beginning) ? [] : [QUOTE]));
  };
  return sequence(QUOTE, after('', names));
}

const PLAIN_BYTES = Array.from({ length: 128 }, (_, byte) => byte).filter((byte) => isPlain(String.fromCharCode(byte)));

function isPlain(character: string): boolean {
  return character >= ' ' && character <= '\x7F' && character !== '"' && character !== '\\';
}

const SIGN = optional(literal('-'));
export const INTEGER = sequence(
  SIGN,
  choice(literal('0'), sequence(bytes([0x31, 0x39]), repeat(DIGIT, 0, MOST_INTEGER_DIGITS - 1))),
);
/** Two digits of exponent keep every number finite. */
export const NUMBER = sequence(
  INTEGER,
  optional(sequence(literal('.'), repeat(DIGIT, 1, MOST_FRACTION_DIGITS))),
  optional(sequence(oneOf('eE'), optional(oneOf('+-')), repeat(DIGIT, 1, 2))),
);
export const BOOLEAN = choice(literal('true'), literal('false'));
export const NULL = literal('null');

/** Between the parts of an object or array: nothing, a blank, or a new line with its indent. */
const GAP = choice(EMPTY, literal(' '), sequence(literal('\n'), repeat(literal(' '), 0, DEEPEST_INDENT)));
const COMMA = sequence(literal(','), GAP);

export function member(name: Grammar, value: Grammar): Grammar {
  return sequence(name, literal(':'), optional(literal(' ')), value);
}

interface Element {
  readonly grammar: Grammar;
  readonly isRequired: boolean;
}

/** Elements in order, then any number, within bounds, of further ones; with the commas between them. */
export interface ListParts {
  readonly elements: readonly Element[];
  readonly further: { readonly grammar: Grammar; readonly least: number; readonly most: number };
}

export function objectOf(parts: ListParts): Grammar {
  return sequence(literal('{'), listOf(parts, { close: literal('}'), skip: 'one' }));
}

export function arrayOf(parts: ListParts): Grammar {
  return sequence(literal('['), listOf(parts, { close: literal(']'), skip: 'rest' }));
}

interface ListForm {
  readonly close: Grammar;
  /** What an element that is left out takes with it: members have names, items have places. */
  readonly skip: 'one' | 'rest';
}

function listOf({ elements, further }: ListParts, { close, skip }: ListForm): Grammar {
  const { grammar, least, most } = further;
  const end = sequence(GAP, close);
  // From the last element on: what may come where something stands before it, and where nothing does.
  let later = sequence(repeat(sequence(COMMA, grammar), least, most), end);
  const some = sequence(GAP, grammar, repeat(sequence(COMMA, grammar), Math.max(0, least - 1), most - 1), end);
  let first = choice(...(most > 0 ? [some] : []), ...(least === 0 ? [close] : []));
  for (const { grammar: element, isRequired } of elements.toReversed()) {
    const [withoutAny, without] = skip === 'one' ? [first, later] : [close, end];
    first = choice(sequence(GAP, element, later), ...(isRequired ? [] : [withoutAny]));
    later = choice(sequence(COMMA, element, later), ...(isRequired ? [] : [without]));
  }
  return first;
}

const anyValue: Rule = openRule();
/** Any JSON value. */
export const VALUE: Grammar = anyValue;
export const OBJECT = objectOf({
  elements: [],
  further: { grammar: member(STRING, VALUE), least: 0, most: Infinity },
});
export const ARRAY = arrayOf({ elements: [], further: { grammar: VALUE, least: 0, most: Infinity } });
anyValue.body = choice(OBJECT, ARRAY, STRING, NUMBER, BOOLEAN, NULL);
