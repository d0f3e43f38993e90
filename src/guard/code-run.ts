/** A run of code lines without a fence, and which line still belongs to it. */
import { type CodeLine, codeLine, codeStart, withoutMargin } from './bare-code.js';
import { linesOf } from './source-lines.js';

/** Lines that a bracket or a string may stay open; then it was a stray bracket, and not code. */
const LONGEST_OPEN = 100;

interface Syntax {
  /** What begins a comment to the line's end. */
  readonly comment: readonly string[];
  /** Quotes of texts over several lines, each with what ends it. */
  readonly quotes: readonly (readonly [begin: string, end: string])[];
  /** Beginnings of a line that goes on with what stands before it. */
  readonly goesOn: RegExp;
  /** The same, where a prompt or a mark of a patch may stand. */
  readonly mayGoOn: RegExp;
}

const PYTHON: Syntax = {
  comment: ['#'],
  quotes: [
    ['"""', '"""'],
    ["'''", "'''"],
  ],
  goesOn: /^\s*(?:[)\]}#'"]|\.\.\. ?|\.\w)/,
  mayGoOn: /^\s*[)\]}#'".>+-]/,
};

/** Languages whose blocks stand in braces. */
const BRACES: Syntax = {
  comment: ['//'],
  quotes: [
    ['/*', '*/'],
    ['`', '`'],
  ],
  goesOn: /^\s*(?:[)\]}{#'"`]|\/[/*]|\.\w|(?:else|catch|finally|case|default|while)\b)|[;{}(,]$/,
  mayGoOn: /^\s*[)\]}{#'"`./>+-]/,
};

export class CodeRun {
  private depth = 0;
  /** What ends the text or comment that is open. */
  private end: string | null = null;
  private openLines = 0;
  private readonly indentation: number;
  private readonly syntax: Syntax;

  /** @param first what the first line reads like, by which the run is known */
  constructor({ language }: CodeLine, firstLine: string) {
    this.indentation = indentationOf(withoutMargin(firstLine));
    this.syntax = language === 'python' ? PYTHON : BRACES;
    this.add(firstLine);
  }

  /** Whether a line (so far) cannot belong to the run, whatever its rest may be. */
  isEndedBy(whole: string): boolean {
    const line = withoutMargin(whole);
    if (this.isOpen() || line.trim() === '') return false;
    return indentationOf(line) <= this.indentation && !this.syntax.mayGoOn.test(line) && codeStart(whole) === 'prose';
  }

  /** Whether a whole line belongs to the run. */
  includes(whole: string): boolean {
    const line = withoutMargin(whole);
    if (this.isOpen() || line.trim() === '') return true;
    if (indentationOf(line) > this.indentation || this.syntax.goesOn.test(line)) return true;
    const read = codeLine(whole);
    // A call or an assignment reads like Python in any language; what is clearly of another one begins another run.
    return read !== null && (this.syntax === BRACES || read.language === 'python');
  }

  add(whole: string): void {
    const line = withoutMargin(whole);
    for (let at = 0; at < line.length; ) at = this.step(line, at);
    this.openLines = this.depth > 0 || this.end !== null ? this.openLines + 1 : 0;
  }

  private isOpen(): boolean {
    return this.openLines > 0 && this.openLines < LONGEST_OPEN;
  }

  /** Reads one lexical unit and gives the place behind it. */
  private step(line: string, at: number): number {
    if (this.end !== null) {
      const { end } = this;
      const found = line.indexOf(end, at);
      if (found < 0) return line.length;
      this.end = null;
      return found + end.length;
    }
    const { comment, quotes } = this.syntax;
    const quote = quotes.find(([begin]) => line.startsWith(begin, at));
    if (quote !== undefined) {
      this.end = quote[1];
      return at + quote[0].length;
    }
    if (comment.some((begin) => line.startsWith(begin, at))) return line.length;
    const character = line.charAt(at);
    if (character === '"' || character === "'") return endOfString(line, at);
    if ('([{'.includes(character)) this.depth += 1;
    if (')]}'.includes(character)) this.depth = Math.max(0, this.depth - 1);
    return at + 1;
  }
}

function indentationOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** Behind the closing quote of a one-line string, or the line's end: such a string does not go on in the next line. */
function endOfString(line: string, start: number): number {
  for (let at = start + 1; at < line.length; at += 1) {
    if (line[at] === '\\') at += 1;
    else if (line[at] === line[start]) return at + 1;
  }
  return line.length;
}

/** Code without a fence, and what its first line says of its language. */
export interface BareCode extends CodeLine {
  readonly code: string;
}

/** The runs of code in a whole text. */
export function codeRuns(text: string): BareCode[] {
  const runs: { readonly language: string | null; readonly lines: string[] }[] = [];
  let run: CodeRun | null = null;
  for (const raw of linesOf(text)) {
    const line = raw.replace(/[\r\n]+$/, '');
    if (run?.includes(line)) {
      run.add(line);
      runs.at(-1)?.lines.push(raw);
      continue;
    }
    const read = codeLine(line);
    run = read === null ? null : new CodeRun(read, line);
    if (read !== null) runs.push({ language: read.language, lines: [raw] });
  }
  return runs.map(({ language, lines }) => ({ language, code: lines.join('') }));
}
