/** Undoes disguises of text that a person would read straight through, before rules look at it. */

/** Cyrillic, Greek, Armenian and other letters by the Latin letter they look like (from Unicode's confusables, letters only). */
const LOOKALIKES: Readonly<Record<string, string>> = {
  a: 'аαɑᴀ',
  b: 'Ьʙᖯ',
  c: 'сϲᴄ',
  d: 'ԁᴅ',
  e: 'еєҽᴇε',
  f: 'ẝꞙ',
  g: 'ɡցɢ',
  h: 'һհʜ',
  i: 'іıɩɪι',
  j: 'јϳᴊ',
  k: 'ᴋκк',
  l: 'ӏʟ',
  m: 'ᴍм',
  n: 'ոռɴη',
  o: 'оοօᴏ',
  p: 'рρᴘ',
  q: 'ԛգ',
  r: 'гᴦʀ',
  s: 'ѕꜱ',
  t: 'ᴛτт',
  u: 'υսᴜ',
  v: 'ѵνᴠ',
  w: 'ѡԝᴡω',
  x: 'хҳ',
  y: 'уүʏγ',
  z: 'ᴢ',
  A: 'АΑᎪ',
  B: 'ВΒᏴ',
  C: 'СϹᏟ',
  D: 'Ꭰ',
  E: 'ЕΕᎬ',
  F: 'Ϝ',
  G: 'Ԍ',
  H: 'НΗᎻ',
  I: 'ІΙӀ',
  J: 'ЈᎫ',
  K: 'КΚᏦ',
  L: 'Ꮮ',
  M: 'МΜᎷ',
  N: 'Ν',
  O: 'ОΟՕ',
  P: 'РΡᏢ',
  S: 'ЅՏᏚ',
  T: 'ТΤᎢ',
  V: 'ѴᏙ',
  W: 'ԜᎳ',
  X: 'ХΧ',
  Y: 'ҮΥ',
  Z: 'ΖᏃ',
};

const LATIN_BY_LOOKALIKE: ReadonlyMap<string, string> = new Map(
  Object.entries(LOOKALIKES).flatMap(([latin, others]) => Array.from(others, (other) => [other, latin] as const)),
);

interface Normalised {
  readonly text: string;
  /** Which disguises were undone, each at most once: `tag-characters`, `variation-selectors`, `zero-width`, `bidi`, `compatibility`,
   * `combining-marks`, `letter-symbols`, `confusables`. */
  readonly changes: readonly string[];
}

/** Idempotent; linear in the length of `text`. Plain ASCII comes back as it is. */
export function normalise(text: string): Normalised {
  if (isPlain(text)) return { text, changes: [] };
  const changes: string[] = [];
  let current = text;
  const apply = (change: string, next: string): void => {
    if (next !== current && !changes.includes(change)) changes.push(change);
    current = next;
  };
  apply('tag-characters', current.replace(/[\u{E0000}-\u{E007F}]/gu, tagToAscii));
  apply('variation-selectors', current.replace(/(?:[\uFE00-\uFE0F]|[\u{E0100}-\u{E01EF}]){2,}/gu, selectorsToText));
  // One selector behind an emoji is ordinary spelling, and no disguise.
  current = current.replace(/(?:[\uFE00-\uFE0F]|[\u{E0100}-\u{E01EF}])/gu, '');
  apply(
    'zero-width',
    current.replace(
      /(?:[\u00AD\u115F\u1160\u200B-\u200D\u2060-\u2065\u3164\uFEFF\uFFA0]|[\u034F\u17B4\u17B5\u180B-\u180F])/g,
      '',
    ),
  );
  apply('bidi', current.replace(/[\u061C\u200E\u200F\u202A-\u202E\u2066-\u206F]/g, ''));
  apply('compatibility', current.normalize('NFKC'));
  apply('combining-marks', current.replace(/[\u0300-\u036F\u0489\u20D0-\u20F0]/g, ''));
  apply(
    'letter-symbols',
    current.replace(/[\u{1F130}-\u{1F149}\u{1F150}-\u{1F169}\u{1F170}-\u{1F189}\u{1F1E6}-\u{1F1FF}]/gu, symbolToLetter),
  );
  apply('confusables', undisguiseWords(current));
  return { text: current, changes };
}

function isPlain(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- ASCII as a whole is meant
  return /^[\u0000-\u007F]*$/.test(text);
}

/** Tag characters mirror ASCII and are drawn by nothing: text hidden in them is read by models all the same. */
function tagToAscii(character: string): string {
  const code = (character.codePointAt(0) ?? 0) - 0xe0000;
  return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '';
}

/** A run of variation selectors can carry bytes: VS1-16 are 0-15, VS17-256 are 16-255. */
function selectorsToText(run: string): string {
  const bytes = Array.from(run, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code >= 0xe0100 ? code - 0xe0100 + 16 : code - 0xfe00;
  });
  return bytes.every((byte) => byte >= 0x20 && byte < 0x7f) ? String.fromCharCode(...bytes) : '';
}

/** Squared, circled and regional-indicator capitals. */
function symbolToLetter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const first = [0x1f1e6, 0x1f170, 0x1f150, 0x1f130].find((start) => code >= start) ?? code;
  return String.fromCharCode(0x41 + (code - first));
}

const WORDS = /[\p{L}\p{M}]+/gu;
const ASCII_LETTER = /[A-Za-z]/;

/**
 * Replaces lookalikes in words that mix them with ASCII letters, and in words of nothing else unless the text has other words that are
 * really written in such a script: in a Russian sentence, a word of lookalikes is a Russian word.
 */
function undisguiseWords(text: string): string {
  const words = text.match(WORDS) ?? [];
  const hasForeignWord = words.some((word) => !ASCII_LETTER.test(word) && !/^[A-Za-z]+$/.test(toLatin(word)));
  return text.replace(WORDS, (word) => (ASCII_LETTER.test(word) || !hasForeignWord ? toLatin(word) : word));
}

function toLatin(word: string): string {
  return Array.from(word, (letter) => LATIN_BY_LOOKALIKE.get(letter) ?? letter).join('');
}
