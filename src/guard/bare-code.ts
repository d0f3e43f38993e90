/**
 * Python that stands in prose without a fence. A line can be told by its first words, so that prose need not wait; a wrong guess costs
 * only the delay of a line, since what turns out harmless is released as it was.
 */
import { linesOf, plainSpaces } from './source-lines.js';

/** A longer line is no code that a person would write, and a stream need not hold it to know. */
const LONGEST_LINE = 16_384;

const STATEMENT_WORDS = new Set(
  (
    'import from def class async with for while if elif else try except finally return raise assert global nonlocal lambda del pass ' +
    'print exec eval await yield match case'
  ).split(' '),
);
/** Indentation, a prompt of the interactive interpreter, and the first word with the character behind it. */
const BEGINNING = /^([ \t]*)((?:>>> ?)?)([A-Za-z_@][\w.]{0,120})?/;

export type CodeStart = 'code' | 'prose' | 'undecided';

/** Length of the quote marks and the `+` of a patch before a line; prompts of the interactive interpreter are none. */
export function marginOf(line: string): number {
  const quotes = /^(?:(?!>>> )[ \t]*>)*/.exec(line)?.[0].length ?? 0;
  return quotes + (/^[ \t]?\+(?=[ \t\w@])/.exec(line.slice(quotes))?.[0].length ?? 0);
}

function withoutMargin(line: string): string {
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
  if (word === undefined)
    return rest === '' || /^>{1,3} ?$/.test(rest) ? 'undecided' : prompt !== '' ? 'code' : 'prose';
  if (prompt !== '' || word.startsWith('@')) return 'code';
  if (rest === '') return 'undecided';
  if (STATEMENT_WORDS.has(word)) return 'code';
  if (rest.startsWith('(') || rest.startsWith('[')) return 'code';
  const operator = rest.trimStart();
  if (operator === '' || /^[-+*/%|&^]{1,2}$/.test(operator)) return 'undecided';
  return /^[-+*/%|&^]{0,2}=/.test(operator) ? 'code' : 'prose';
}

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

/** Whether a whole line reads like a Python statement. Implies that `codeStart` of it is `code`. */
export function isCodeLine(line: string): boolean {
  if (codeStart(`${line}\n`) !== 'code') return false;
  const statement = withoutMargin(line).trimStart();
  return statement.startsWith('>>>') || STATEMENTS.some((pattern) => pattern.test(statement));
}

/** Lines that a bracket or a string may stay open; then it was a stray bracket, and not code. */
const LONGEST_OPEN = 100;

/** Follows a run of code lines, and tells which line still belongs to it. */
export class CodeRun {
  private depth = 0;
  private quote: '"""' | "'''" | null = null;
  private openLines = 0;

  private readonly indentation: number;

  constructor(firstLine: string) {
    this.indentation = indentationOf(withoutMargin(firstLine));
    this.add(firstLine);
  }

  /** Whether a line (so far) cannot belong to the run, whatever its rest may be. */
  isEndedBy(whole: string): boolean {
    const line = withoutMargin(whole);
    if (this.isOpen() || line.trim() === '') return false;
    return indentationOf(line) <= this.indentation && !/^\s*[)\]}#'".>+-]/.test(line) && codeStart(whole) === 'prose';
  }

  /** Whether a whole line belongs to the run. */
  includes(whole: string): boolean {
    const line = withoutMargin(whole);
    if (this.isOpen() || line.trim() === '') return true;
    return indentationOf(line) > this.indentation || /^\s*(?:[)\]}#'"]|\.\.\. ?|\.\w)/.test(line) || isCodeLine(whole);
  }

  add(whole: string): void {
    const line = withoutMargin(whole);
    for (let at = 0; at < line.length; ) at = this.step(line, at);
    this.openLines = this.depth > 0 || this.quote !== null ? this.openLines + 1 : 0;
  }

  private isOpen(): boolean {
    return this.openLines > 0 && this.openLines < LONGEST_OPEN;
  }

  /** Reads one lexical unit and gives the place behind it. */
  private step(line: string, at: number): number {
    if (this.quote !== null) {
      const end = line.indexOf(this.quote, at);
      if (end < 0) return line.length;
      this.quote = null;
      return end + 3;
    }
    const character = line.charAt(at);
    if (character === '#') return line.length;
    if (character === '"' || character === "'") {
      const triple = character === '"' ? '"""' : "'''";
      if (line.startsWith(triple, at)) {
        this.quote = triple;
        return at + 3;
      }
      return endOfString(line, at);
    }
    if ('([{'.includes(character)) this.depth += 1;
    if (')]}'.includes(character)) this.depth = Math.max(0, this.depth - 1);
    return at + 1;
  }
}

function indentationOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** The runs of code in a whole text. */
export function codeRuns(text: string): string[] {
  const runs: string[][] = [];
  let run: CodeRun | null = null;
  for (const raw of linesOf(text)) {
    const line = raw.replace(/[\r\n]+$/, '');
    if (run?.includes(line)) {
      run.add(line);
      runs.at(-1)?.push(raw);
    } else if (isCodeLine(line)) {
      run = new CodeRun(line);
      runs.push([raw]);
    } else run = null;
  }
  return runs.map((lines) => lines.join(''));
}

/** Behind the closing quote of a one-line string, or the line's end: such a string does not go on in the next line. */
function endOfString(line: string, start: number): number {
  for (let at = start + 1; at < line.length; at += 1) {
    if (line[at] === '\\') at += 1;
    else if (line[at] === line[start]) return at + 1;
  }
  return line.length;
}
