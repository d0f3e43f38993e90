/**
 * Finds and redacts credentials: known token formats, private keys, passwords in connection strings and in assignments.
 *
 * What a stream relies on (`secret-hold.ts`): apart from private keys, a finding lies within one word (no white space), and it depends
 * only on that word, the character behind it and at most SECRET_CONTEXT characters before it.
 */
import { SECRET_FORMATS, type SecretFormat } from './secret-formats.js';

export interface SecretSpan {
  readonly kind: string;
  /** [start, end) in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
}

interface Redacted {
  readonly text: string;
  /** In the order of the text; `length` is that of the text taken out. */
  readonly redactions: readonly { readonly kind: string; readonly length: number }[];
}

/** How far before a word the name of an assignment may begin. */
export const SECRET_CONTEXT = 128;

/** Spans in order, disjoint. Linear in the length of `text`. */
export function findSecrets(text: string): SecretSpan[] {
  const found: SecretSpan[] = [];
  // A secret that ends where another begins is seen once that is out of the way.
  for (let rest = text; ; ) {
    const more = [...privateKeys(rest), ...knownFormats(rest), ...connectionPasswords(rest), ...assignedSecrets(rest)];
    if (more.length === 0) break;
    found.push(...more);
    rest = masked(rest, more);
  }
  return disjointSpans(found);
}

/** In order; of those that overlap one span is made, of the kind that begins first. */
export function disjointSpans(spans: readonly SecretSpan[]): SecretSpan[] {
  const disjoint: SecretSpan[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = disjoint.at(-1);
    if (last === undefined || span.start >= last.end) disjoint.push(span);
    else if (span.end > last.end) disjoint[disjoint.length - 1] = { ...last, end: span.end };
  }
  return disjoint;
}

/** Of the same length, with nothing that a secret may hold. */
function masked(text: string, spans: readonly SecretSpan[]): string {
  const parts: string[] = [];
  let from = 0;
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    if (end <= from) continue;
    parts.push(text.slice(from, Math.max(from, start)), '['.repeat(end - Math.max(from, start)));
    from = end;
  }
  parts.push(text.slice(from));
  return parts.join('');
}

/** What stands in place of a secret. */
export function redactionMark(kind: string): string {
  return `[REDACTED ${kind}]`;
}

/** Replaces each secret by `[REDACTED <kind>]`. Idempotent. */
export function redactSecrets(text: string): Redacted {
  const spans = findSecrets(text);
  return {
    text: replaceSpans(text, spans, redactionMark),
    redactions: spans.map(({ kind, start, end }) => ({ kind, length: end - start })),
  };
}

/** `mark` is given the kind of a span and its text. Spans are in order and disjoint. */
export function replaceSpans(
  text: string,
  spans: readonly SecretSpan[],
  mark: (kind: string, taken: string) => string,
): string {
  if (spans.length === 0) return text;
  const parts: string[] = [];
  let from = 0;
  for (const { kind, start, end } of spans) {
    parts.push(text.slice(from, start), mark(kind, text.slice(start, end)));
    from = end;
  }
  parts.push(text.slice(from));
  return parts.join('');
}

const escapeLiteral = (literal: string): string => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Formats by prefix; several formats may share one. */
const FORMATS_BY_PREFIX = new Map<string, SecretFormat[]>();
for (const format of SECRET_FORMATS)
  FORMATS_BY_PREFIX.set(format.prefix, [...(FORMATS_BY_PREFIX.get(format.prefix) ?? []), format]);

// Longer prefixes first, so that `sk-proj-` is not read as `sk-`.
const PREFIXES = new RegExp(
  [...FORMATS_BY_PREFIX.keys()]
    .sort((a, b) => b.length - a.length)
    .map(escapeLiteral)
    .join('|'),
  'g',
);

/** Prefixes that follow upon other text of the same word, such as `<bot id>:AA…`; that of Azure is the middle of a secret. */
const MAY_FOLLOW_A_WORD = /^(?:[^A-Za-z0-9]|8Q~)/;

function* knownFormats(text: string): Generator<SecretSpan> {
  for (const { 0: prefix, index } of text.matchAll(PREFIXES)) {
    const before = text[index - 1] ?? ' ';
    if (/[A-Za-z0-9]/.test(before) && !MAY_FOLLOW_A_WORD.test(prefix)) continue;
    for (const { kind, body } of FORMATS_BY_PREFIX.get(prefix) ?? []) {
      body.lastIndex = index + prefix.length;
      const match = body.exec(text);
      if (match === null || !looksRandom(match[0])) continue;
      const start = kind === 'telegram-bot-token' ? startOfDigits(text, index) : index;
      if (kind === 'telegram-bot-token' && (index - start < 8 || /[A-Za-z0-9]/.test(text[start - 1] ?? ' '))) continue;
      yield { kind, start, end: index + prefix.length + match[0].length };
    }
  }
}

function startOfDigits(text: string, end: number): number {
  let start = end;
  while (start > 0 && end - start < 10 && /\d/.test(text[start - 1] ?? '')) start -= 1;
  return start;
}

/** Placeholders such as `xxxxxxxx`, `EXAMPLE` and `your-token-here` have few different characters or say so. */
function looksRandom(body: string): boolean {
  return (
    new Set(body).size >= Math.min(8, body.length / 2) &&
    (body.length < 20 || /\d/.test(body) || mixesCases(body)) &&
    !/EXAMPLE|example|xxxx|XXXX|placeholder/.test(body)
  );
}

/** Random letters change case at every second place, words joined as in `camelCase` rarely. Some issuers draw letters alone. */
function mixesCases(body: string): boolean {
  return (body.match(/[a-z](?=[A-Z])|[A-Z](?=[a-z])/g)?.length ?? 0) >= body.length / 3;
}

const KEY_HEADER = /-----BEGIN (?:[A-Z0-9]{2,10} ){0,2}PRIVATE KEY(?: BLOCK)?-----/g;
/** Line breaks as such, escaped, or as a program joins them. */
const KEY_SEPARATOR = /(?:[\s"'+,;>|]|\\[nr]){0,200}/y;
const KEY_LINE =
  /(?:Proc-Type: ?4,ENCRYPTED|DEK-Info: ?[A-Z0-9-]{3,20},[A-F0-9]{8,64}|(?:Version|Comment): [^\n]{0,80}|[A-Za-z0-9+/=]{1,2000})/y;
const KEY_FOOTER = /-----END (?:[A-Z0-9]{2,10} ){0,2}PRIVATE KEY(?: BLOCK)?-----/y;
/** Longest private key that is looked for: an armoured RSA-16384 key has some 13,000 characters. */
const MAX_PRIVATE_KEY = 16_384;
/** How far behind the place where a key seems to end its reader looks. */
const KEY_LOOKAHEAD = 512;
/** Base64 characters below which a key header is talked about, and no key shown. */
const LEAST_KEY_MATERIAL = 40;

interface KeySpan extends SecretSpan {
  /** Whether text that is still to come could change the end of the key, or make one of it. */
  readonly open: boolean;
  readonly material: number;
}

function* keySpans(text: string): Generator<KeySpan> {
  for (const match of text.matchAll(KEY_HEADER)) yield readKey(text, match.index, match.index + match[0].length);
}

function* privateKeys(text: string): Generator<SecretSpan> {
  for (const { kind, start, end, material } of keySpans(text))
    if (material >= LEAST_KEY_MATERIAL) yield { kind, start, end };
}

/** Reads key lines up to the footer, or as far as the text looks like a key. */
function readKey(text: string, start: number, from: number): KeySpan {
  const limit = start + MAX_PRIVATE_KEY;
  const span = { kind: 'private-key', start };
  let at = from;
  let end = from;
  let material = 0;
  while (at < limit) {
    const next = at + matchLength(KEY_SEPARATOR, text, at);
    const footer = matchLength(KEY_FOOTER, text, next);
    if (footer > 0) return { ...span, end: next + footer, material, open: false };
    const line = matchLength(KEY_LINE, text, next);
    at = next + line;
    if (line >= 24) {
      material += line;
      end = at;
    } else if (line === 0 || !(text.slice(next, at).includes(':') || isFollowedByFooter(text, at))) {
      // Prose behind a header has short words; of a key only the last line may be short, and then its footer follows.
      return { ...span, end, material, open: text.length - at < KEY_LOOKAHEAD };
    }
  }
  return { ...span, end, material, open: false };
}

function isFollowedByFooter(text: string, at: number): boolean {
  return matchLength(KEY_FOOTER, text, at + matchLength(KEY_SEPARATOR, text, at)) > 0;
}

/**
 * Where the part of `text` begins that cannot be judged before more text arrives because it may be inside a private key; its length
 * when there is none.
 */
export function openKeyStart(text: string): number {
  const header = /-----BEGIN(?: [A-Z0-9 ]{0,32}-{0,5})?$/.exec(text.slice(-64));
  const starts = [...keySpans(text)].filter((span) => span.open).map((span) => span.start);
  return Math.min(header === null ? text.length : Math.max(0, text.length - 64) + header.index, ...starts);
}

/** Whether the last word of `text`, as far as it lies in its last `length` characters, may be the beginning of a secret. */
export function mayGrowSecret(text: string, length: number): boolean {
  const word = /\S*$/.exec(text.slice(text.length - length))?.[0] ?? '';
  if (openKeyStart(text) < text.length) return true;
  if (word === '') return false;
  return (
    (word.match(PREFIXES)?.length ?? 0) > 0 ||
    /:\/\/[^\s:/@"'`<>]{0,100}:[^\s/@"'`<>]{0,200}$/.test(text) ||
    OPEN_ASSIGNMENT.test(text.slice(-SECRET_CONTEXT - 400))
  );
}

function matchLength(sticky: RegExp, text: string, at: number): number {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0].length ?? 0;
}

/** `scheme://user:password@host`: the password alone is the secret. */
const CREDENTIALS_IN_URL = /:\/\/([^\s:/@"'`<>]{0,100}):([^\s/@"'`<>]{3,200})@(?=[A-Za-z0-9[{$])/y;

function* connectionPasswords(text: string): Generator<SecretSpan> {
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at + 3)) {
    CREDENTIALS_IN_URL.lastIndex = at;
    const match = CREDENTIALS_IN_URL.exec(text);
    if (match === null || !/[A-Za-z0-9]/.test(text[at - 1] ?? '')) continue;
    const [, user = '', password = ''] = match;
    if (PLACEHOLDER.test(password) || password === user || COMMON_DEFAULTS.test(password)) continue;
    const start = at + 3 + user.length + 1;
    yield { kind: 'connection-password', start, end: start + password.length };
  }
}

const COMMON_DEFAULTS = /^(?:pw|pass|admin|root|postgres|guest|user|token|minio|\d{1,6})$/i;

/** Last part of a name that holds a secret; what comes before it in the same name does not matter. */
const SECRET_NAME =
  /(?:passw(?:or)?d|passphrase|pwd|secret|secret[_-]?key|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?key|encryption[_-]?key|token|credentials?|authorization)(?![A-Za-z0-9_])/gi;
const ASSIGNMENT = /["'`\]]{0,2}[ \t]{0,4}(?::=|=>|=|:)(?!=)[ \t]{0,4}(?:(?:Bearer|Basic|Token)[ \t])?/y;
/** An assignment whose value has begun and not ended. */
const OPEN_ASSIGNMENT = new RegExp(
  `${SECRET_NAME.source}${ASSIGNMENT.source}[frbu]{0,2}["'\`]?[^\\s"'\`]{0,400}$`,
  'i',
);
const QUOTED_VALUE = /[frbu]{0,2}(["'`])(?:(?:Bearer|Basic|Token) )?([^\s"'`]{10,400})\1/y;
const BARE_VALUE = /([A-Za-z0-9_+/=!@#$%^&*~.-]{12,400})(?=[\s,;"'`]|$)/y;

function* assignedSecrets(text: string): Generator<SecretSpan> {
  for (const name of text.matchAll(SECRET_NAME)) {
    // Our own mark ends in names such as `github-token`.
    if (/\[REDACTED [a-z-]*$/.test(text.slice(Math.max(0, name.index - 48), name.index))) continue;
    const operatorAt = name.index + name[0].length;
    const operator = matchLength(ASSIGNMENT, text, operatorAt);
    if (operator === 0) continue;
    const valueAt = operatorAt + operator;
    QUOTED_VALUE.lastIndex = valueAt;
    BARE_VALUE.lastIndex = valueAt;
    const quoted = QUOTED_VALUE.exec(text)?.[2];
    const value = quoted ?? BARE_VALUE.exec(text)?.[1];
    if (value === undefined || !isLikelySecret(value, quoted === undefined ? 'bare' : 'quoted')) continue;
    const start = text.indexOf(value, valueAt);
    yield { kind: 'assigned-secret', start, end: start + value.length };
  }
}

const PLACEHOLDER =
  /[<{[*$%]|\.{3}|x{4}|your|example|sample|dummy|change[_-]?me|placeholder|test|foo|bar|1234|abcd|passw|secret|token|insert|replace|redacted|environ|getenv|process\.|config\.|settings\./i;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Passwords mix kinds of characters and rarely repeat them; identifiers, paths, dates and model names do not. */
function isLikelySecret(value: string, form: 'quoted' | 'bare'): boolean {
  if (PLACEHOLDER.test(value) || UUID.test(value) || /^https?:|^[./~]|^\d+$/.test(value)) return false;
  const digits = value.replace(/[^0-9]/g, '').length;
  if (digits === 0 || digits === value.length || !/[A-Za-z]/.test(value)) return false;
  // Words joined by hyphens, underscores or dots, with a number somewhere, are names.
  if (/^[A-Za-z]+(?:\d{1,4}[a-z]{0,2})?(?:[-_.](?:[A-Za-z]+\d{0,4}|\d{1,8}(?:[a-z]\d?)?))+$/.test(value)) return false;
  if (form === 'bare' && (digits < 2 || /[.(]/.test(value))) return false;
  return entropy(value) >= (form === 'bare' ? 3.5 : 3.1);
}

/** Shannon entropy in bits per character. */
function entropy(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}
