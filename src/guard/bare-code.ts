/**
 * Code that stands in prose without a fence. A line can be told by its first words, so that prose need not wait; a wrong guess costs
 * only the delay of a line, since what turns out harmless is released as it was.
 */
import { detectLanguage } from '../text/languages.js';
import { plainSpaces } from './source-lines.js';

/** A longer line is no code that a person would write, and a stream need not hold it to know. */
const LONGEST_LINE = 16_384;

const STATEMENT_WORDS = new Set(
  (
    'import from def class async with for while if elif else try except finally return raise assert global nonlocal lambda del pass ' +
    'print exec eval await yield match case ' +
    // Of languages with braces.
    'const let var function export func package public private protected static abstract final void typedef struct namespace using template ' +
    'interface type enum int char unsigned size_t long float double echo'
  ).split(' '),
);
/** Languages with braces that can be told by one line. */
const WITH_BRACES: ReadonlySet<string> = new Set(['javascript', 'typescript', 'java', 'go', 'php', 'c', 'cpp']);
/** A line of the C preprocessor, a tag and a variable of PHP, and what may still become one. */
const SIGNED = /^\s*(?:#\s*(?:include|define|ifdef|ifndef|pragma)\b|<\?(?:php|=)|\$[A-Za-z_]\w*\s*(?:[=[-]|\.=|\?\?))/;
const MAY_BE_SIGNED = /^\s*(?:#\s*[a-z]{0,7}|<(?:\?(?:p|ph)?)?|\$(?:[A-Za-z_]\w{0,60}\s*[.?]?\??)?)$/;
/** Indentation, a prompt of the interactive interpreter, and the first word with the character behind it. */
const BEGINNING = /^([ \t]*)((?:>>> ?)?)([A-Za-z_@][\w.]{0,120})?/;

export type CodeStart = 'code' | 'prose' | 'undecided';

/** Length of the quote marks and the `+` of a patch before a line; prompts of the interactive interpreter are none. */
export function marginOf(line: string): number {
  const quotes = /^(?:(?!>>> )[ \t]*>)*/.exec(line)?.[0].length ?? 0;
  return quotes + (/^[ \t]?\+(?=[ \t\w@])/.exec(line.slice(quotes))?.[0].length ?? 0);
}

export function withoutMargin(line: string): string {
  const plain = plainSpaces(line);
  return plain.slice(marginOf(plain));
}

/** What an unfinished line may be; once it is not `undecided`, more of the line does not change it. */
export function codeStart(whole: string): CodeStart {
  if (whole.length > LONGEST_LINE) return 'prose';
  // More of the line may make it a prompt, or a margin.
  const plain = plainSpaces(whole);
  if (/^[ \t>]*\+?$/.test(plain)) return 'undecided';
  const line = plain.slice(marginOf(plain));
  const [matched = '', , prompt = '', word] = BEGINNING.exec(line) ?? [];
  const rest = line.slice(matched.length);
  if (word === undefined && SIGNED.test(line)) return 'code';
  if (word === undefined && MAY_BE_SIGNED.test(line)) return 'undecided';
  if (word === undefined)
    return rest === '' || /^>{1,3} ?$/.test(rest) ? 'undecided' : prompt !== '' ? 'code' : 'prose';
  if (prompt !== '' || word.startsWith('@')) return 'code';
  if (rest === '') return 'undecided';
  if (STATEMENT_WORDS.has(word)) return 'code';
  if (rest.startsWith('(') || rest.startsWith('[')) return 'code';
  const operator = rest.trimStart();
  if (operator === '' || /^[-+*/%|&^]{1,2}$/.test(operator)) return 'undecided';
  return /^(?:[-+*/%|&^]{0,2}|:)=/.test(operator) ? 'code' : operator === ':' ? 'undecided' : 'prose';
}

/** Opens a block in braces, in one language or another. */
const OPENING =
  /^(?:(?:public|private|protected|static|abstract|final|export|default) )*(?:class|interface|enum|struct|namespace|trait) \w+[^;()]*\{$/;

const STATEMENTS: readonly RegExp[] = [
  /^(?:async )?def \w+ *\(/,
  /^class \w+ *[(:]/,
  /^from [\w.]+ import \S/,
  /^import \w[\w.]*(?: as \w+)?(?:, *\w[\w.]*(?: as \w+)?)*;?(?: *#.*)?$/,
  /^(?:async )?(?:for\b.* in |with\b|while\b|if\b|elif\b|match\b|case\b).*:(?: *#.*| +\S.*)?$/,
  /^(?:else|try|finally|except\b.*):(?: *#.*| +\S.*)?$/,
  /^(?:return|raise|assert|del|global|nonlocal|yield|await|pass)\b/,
  /^@\w[\w.]*(?:\(.*)?$/,
  /^\w[\w.]*(?:\[.*\])? *(?:[-+*/%|&^]{0,2}=)[^=]/,
  /^\w+(?:\.\w+)*\(/,
];

/** A line of code; its language is null where the line leaves that open, as `class A {` does. */
export interface CodeLine {
  readonly language: string | null;
}

/** What a whole line reads like a statement of; null for prose. Where it is none, `codeStart` of the line is `code`. */
export function codeLine(line: string): CodeLine | null {
  if (codeStart(`${line}\n`) !== 'code') return null;
  const statement = withoutMargin(line).trimStart();
  const detected = detectLanguage(statement);
  if (detected !== null && WITH_BRACES.has(detected)) return { language: detected };
  if (OPENING.test(statement)) return { language: null };
  const isPython = statement.startsWith('>>>') || STATEMENTS.some((pattern) => pattern.test(statement));
  return isPython ? { language: 'python' } : null;
}
