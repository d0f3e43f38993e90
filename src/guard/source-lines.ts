/** Code as a scanner should read it, line by line: without what a page, a terminal, a listing or a patch puts around it. */
import { Dedenter } from '../text/fences.js';

/** A line, with its line break if it has one; `\r` alone is one, too. */
const LINES = /[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g;

export function linesOf(text: string): string[] {
  return text.match(LINES) ?? [];
}

/** Characters that are drawn as a space, or as nothing, and that editors turn into ASCII or drop when code is copied. */
export function plainSpaces(line: string): string {
  // eslint-disable-next-line no-control-regex -- ASCII as a whole is meant
  return /^[\u0000-\u007F]*$/.test(line)
    ? line
    : line
        .replace(/[\u00A0\u2000-\u200A\u202F\u205F\u3000]/g, ' ')
        .replace(/(?:[\u00AD\u200B-\u200F\u2060-\u2064\uFEFF]|[\u202A-\u202E\u2066-\u2069])/g, '');
}

/** What stands before every line of a listing: its number, or the `+` of a patch. */
const MARGINS = {
  none: null,
  number: /^[ \t]*\d{1,6}(?: ?[|│→:] ?|\t| {2})/,
  patch: /^[ \t]*(?:> ?)*\+/,
} as const;

const PROMPT = /^(?:(?:>>>|\.\.\.)(?: |(?=\n?$))|In \[\d{1,5}\]: ?|[ \t]{0,9}\.\.\.: ?)/;

interface SourceLine {
  /** Without the indentation of the whole. */
  readonly code: string;
  /** Where it stands in the block: without the block's own margin only. */
  readonly placed: string;
}

export class SourceLines {
  private readonly dedenter = new Dedenter();
  private readonly base: Dedenter;
  private margin: keyof typeof MARGINS | null = null;

  /** `column`: characters that belong to the block and stand before each of its lines. */
  constructor(column = 0) {
    this.base = new Dedenter(column);
  }

  /** Takes one line with its line break, and gives it with `\n`. */
  line(raw: string): SourceLine {
    const text = this.withoutMargin(plainSpaces(raw).replace(/\r\n?$/, '\n'));
    return { code: withoutPrompt(this.dedenter.line(text)), placed: withoutPrompt(this.base.line(text)) };
  }

  private withoutMargin(line: string): string {
    if (this.margin === null) {
      if (line.trim() === '') return line;
      this.margin = MARGINS.number.test(line) ? 'number' : MARGINS.patch.test(line) ? 'patch' : 'none';
    }
    const margin = MARGINS[this.margin];
    if (margin === null) return line;
    // What a patch takes away is not in the code.
    if (this.margin === 'patch' && line.startsWith('-')) return '\n';
    return line.replace(margin, '');
  }
}

function withoutPrompt(line: string): string {
  return line.replace(PROMPT, '');
}

/** All of a text. Lines keep their number. */
export function asSource(text: string): string {
  const source = new SourceLines();
  return linesOf(text)
    .map((line) => source.line(line).code)
    .join('');
}
