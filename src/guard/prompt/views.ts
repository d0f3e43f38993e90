/** Other readings of a text: what it says when an encoding or a disguise of its letters is undone. */
import { normalise } from '../../text/normalise.js';

interface View {
  readonly text: string;
  /** What was undone, in order, such as `confusables`, `base64`. Empty for the text as sent. */
  readonly changes: readonly string[];
}

/** Characters of a slice. */
const SLICE = 16_384;

/** A text in parts that are read at one go, with a turn of the event loop between them. They overlap, so that no sentence is read only in halves. */
export function slicesOf(text: string): string[] {
  const slices: string[] = [];
  for (let from = 0; from < text.length; from += SLICE)
    slices.push(text.slice(Math.max(0, from - SLICE / 16), from + SLICE));
  return slices;
}

const DEEPEST = 2;
/** Decoded parts of one text that are read; more are not an attempt to communicate. */
const MOST_PARTS = 32;

/** The normalised text first, then its other readings; decoded parts are decoded again, to a depth of 2. Linear in the input. */
export function viewsOf(text: string): View[] {
  const { text: plain, changes } = normalise(text);
  const views: View[] = [{ text: plain, changes }];
  const letters = undoLetters(plain);
  if (letters !== null) views.push({ text: letters.text, changes: [...changes, letters.change] });
  let level: View[] = [views[0] ?? { text: plain, changes }];
  for (let depth = 0; depth < DEEPEST; depth += 1) {
    level = level.flatMap((view) => decodings(view)).slice(0, MOST_PARTS);
    views.push(...level);
  }
  return views;
}

function decodings({ text, changes }: View): View[] {
  return DECODERS.flatMap(({ change, decode }) =>
    decode(text).map((decoded) => {
      const inner = normalise(decoded);
      return { text: inner.text, changes: [...changes, change, ...inner.changes] };
    }),
  );
}

const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
  '|': 'i',
};

/** `1gn0re` and `i g n o r e` read as words. Null when there is nothing of the kind. */
function undoLetters(text: string): { text: string; change: string } | null {
  const joined = text.replace(/(?<![A-Za-z])[A-Za-z](?:[ ._*-][A-Za-z]){3,}(?![A-Za-z])/g, (run) =>
    run.replace(/[ ._*-]/g, ''),
  );
  if (joined !== text) return { text: joined, change: 'spaced-letters' };
  const leet = text.replace(/(?<![A-Za-z0-9@$!|+/=_-])[A-Za-z0-9@$!|]{3,20}(?![A-Za-z0-9@$!|+/=_-])/g, (word) =>
    /[A-Za-z]/.test(word) && /[0134579@$|]|![A-Za-z]/.test(word) && /^[A-Za-z0134579@$!|]+$/.test(word)
      ? unleet(word)
      : word,
  );
  return leet === text ? null : { text: leet, change: 'leetspeak' };
}

function unleet(word: string): string {
  return Array.from(word, (character) => LEET[character] ?? character).join('');
}

interface Decoder {
  readonly change: string;
  readonly decode: (text: string) => string[];
}

const DECODERS: readonly Decoder[] = [
  {
    change: 'base64',
    decode: (text) => parts(text, /[A-Za-z0-9+/_-]{16,}={0,2}/g, (run) => Buffer.from(run, 'base64')),
  },
  { change: 'hex', decode: (text) => parts(text, /(?:(?:0x|\\x)?[0-9a-fA-F]{2}[ ,:]?){8,}/g, fromHex) },
  { change: 'url', decode: urlDecoded },
  { change: 'rot13', decode: rotated },
];

function parts(text: string, pattern: RegExp, decode: (run: string) => Buffer): string[] {
  const decoded: string[] = [];
  for (const [run] of text.matchAll(pattern)) {
    if (decoded.length >= MOST_PARTS) break;
    const readable = decode(run).toString('utf8');
    if (isReadable(readable)) decoded.push(readable);
  }
  return decoded;
}

function fromHex(run: string): Buffer {
  return Buffer.from(run.replace(/0x|\\x|[^0-9a-fA-F]/g, ''), 'hex');
}

function urlDecoded(text: string): string[] {
  if (!/(?:%[0-9a-fA-F]{2}.{0,3}){4}/s.test(text)) return [];
  const decoded = text.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => fromHex(run).toString('utf8'));
  return decoded === text ? [] : [decoded];
}

/** Rotated text is told by its words: almost none of English's most frequent ones, and many of them once it is turned back. */
function rotated(text: string): string[] {
  if (frequentWords(text) > 0.05) return [];
  const turned = text.replace(/[A-Za-z]/g, (letter) => {
    const first = letter < 'a' ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - first + 13) % 26) + first);
  });
  return frequentWords(turned) > 0.15 ? [turned] : [];
}

const FREQUENT = /\b(?:the|a|an|to|of|and|in|is|for|how|you|your|that|with|on|me|it|are|all|from|what|can|this|i)\b/gi;

function frequentWords(text: string): number {
  const sample = text.slice(0, 4000);
  const words = sample.match(/[A-Za-z]+/g)?.length ?? 0;
  return words < 3 ? 0 : (sample.match(FREQUENT)?.length ?? 0) / words;
}

/** Mostly letters and spaces: bytes that happen to decode are not. */
function isReadable(text: string): boolean {
  if (text.length < 6 || text.includes('\uFFFD')) return false;
  const sample = text.slice(0, 2000);
  const ordinary = sample.replace(/[^\p{L} ,.'?!\n]/gu, '').length;
  return ordinary / sample.length > 0.85 && / /.test(sample);
}
