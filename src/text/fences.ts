/**
 * Fenced code blocks of Markdown as models really write them: ``` and ~~~, with attributes, CRLF, in lists and quotes, after words on
 * the same line, and never closed. One line at a time, so that a stream and a finished text are read by the same functions.
 */
import { canonicalLanguage } from './languages.js';

export { canonicalLanguage, detectLanguage, languageOfPath, PythonEvidence } from './languages.js';

export interface CodeBlock {
  /** Canonical lower-case name from the info string; null when it names none that we know. */
  readonly language: string | null;
  readonly info: string;
  /** Without the indentation that the block as a whole has. Equal to `text.slice(start, end)` when it has none. */
  readonly code: string;
  /** [start, end) of the code's lines in the text, UTF-16; the fence lines are outside. */
  readonly start: number;
  readonly end: number;
  readonly closed: boolean;
}

export interface FenceOpening {
  readonly marker: '`' | '~';
  /** How many markers opened it; the closing fence has at least as many. */
  readonly length: number;
  readonly info: string;
  readonly language: string | null;
  /** Where the run of markers begins in the line. */
  readonly column: number;
}

/** Indentation, quote marks and list markers that may stand before a fence. Alternatives start differently, so it is linear. */
const CONTAINER = /^(?:[ \t]|>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))*/;

/** Length of what may stand before a fence on its line. */
function containerLength(line: string): number {
  return CONTAINER.exec(line)?.[0].length ?? 0;
}

/** A longer line opens no block, so that a stream need not hold a line for ever to know. */
const LONGEST_FENCE_LINE = 1000;

/** Reads a line (without its line break) as an opening fence; null when it is none. */
export function openingFence(line: string): FenceOpening | null {
  if (line.length > LONGEST_FENCE_LINE) return null;
  const column = containerLength(line);
  const marker = line[column];
  if (marker === '`' || marker === '~') {
    const length = runLength(line, column);
    const info = line.slice(column + length).trim();
    // Backticks in the info string make it inline code.
    if (length >= 3 && !(marker === '`' && info.includes('`')))
      return { marker, length, info, language: languageOfInfo(info), column };
  }
  return openingAfterWords(line);
}

/**
 * From where on an unfinished line must be held because the rest of it may make it an opening fence; its length when nothing can.
 * For every line that `openingFence` accepts, each beginning of it is held from the fence's column or before.
 */
export function mayOpenFenceFrom(line: string): number {
  if (line.length > LONGEST_FENCE_LINE) return line.length;
  const column = containerLength(line);
  const rest = line.slice(column);
  // An unfinished list marker, or nothing yet but what may stand before a fence.
  if (/^(?:[-*+]|\d{1,9}[.)]?)?$/.test(rest)) return 0;
  const marker = rest[0];
  if (marker === '`' || marker === '~') {
    const length = runLength(rest, 0);
    if (length === rest.length || (length >= 3 && !(marker === '`' && rest.includes('`', length)))) return column;
  }
  return mayOpenAfterWordsFrom(line);
}

function mayOpenAfterWordsFrom(line: string): number {
  const last = line.lastIndexOf('`');
  if (last < 0) return line.length;
  const column = runStart(line, last);
  if (last === line.length - 1) return column;
  if (last + 1 - column < 3) return line.length;
  const info = line.slice(last + 1).trimStart();
  // The name may still grow, or it is a language.
  return (/^[{.]*[^\s,{}:=]*$/.test(info) && info.length < 32) || languageOfInfo(info) !== null ? column : line.length;
}

function runStart(line: string, end: number): number {
  let start = end;
  while (start > 0 && line[start - 1] === line[end]) start -= 1;
  return start;
}

/** `Here it is: ```python`: not Markdown, but models write it. Only a known language makes it an opening. */
function openingAfterWords(line: string): FenceOpening | null {
  const last = line.lastIndexOf('`');
  if (last < 2 || line[last - 1] !== '`' || line[last - 2] !== '`') return null;
  const column = runStart(line, last);
  const info = line.slice(last + 1).trim();
  const language = languageOfInfo(info);
  const opensInlineCode = line.slice(0, column).split('```').length % 2 === 0;
  return language === null || opensInlineCode
    ? null
    : { marker: '`', length: last + 1 - column, info, language, column };
}

/** Whether a line (without its line break) ends the block that `opening` began. */
export function isClosingFence(line: string, opening: FenceOpening): boolean {
  let column = 0;
  while (line[column] === ' ' || line[column] === '\t' || line[column] === '>') column += 1;
  if (line[column] !== opening.marker) return false;
  const length = runLength(line, column);
  return length >= opening.length && line.slice(column + length).trim() === '';
}

function runLength(line: string, start: number): number {
  let end = start;
  while (end < line.length && line[end] === line[start]) end += 1;
  return end - start;
}

/** `python title="x"`, `{.python .numberLines}`, `python{1,3}`, `python:main.py` and `lang-python` are all python. */
function languageOfInfo(info: string): string | null {
  const name = /^[{.\s]*([^\s,{}:=]+)/.exec(info)?.[1];
  return name === undefined ? null : canonicalLanguage(name);
}

/**
 * Takes the indentation of a block's first line that has text off every line. Python's first statement stands at the base of the
 * block, so this is known as soon as that line is, which a stream needs. Where a later line has less, the first was no measure, and
 * from then on only so much is taken off.
 */
export class Dedenter {
  /** `width`: the indentation, where it is known beforehand. */
  constructor(private width: number | null = null) {}

  /** `line` with or without its line break. Quote marks of a quoted block count as indentation. */
  line(line: string): string {
    if (line.trim() === '') return line.slice(Math.min(this.width ?? 0, indentation(line)));
    this.width = Math.min(this.width ?? Infinity, indentation(line));
    return line.slice(this.width);
  }
}

function indentation(line: string): number {
  // A prompt of the interactive interpreter is no quote mark.
  return /^(?:(?!>>> )> ?)*[ \t]*/.exec(line)?.[0].length ?? 0;
}

/** All fenced blocks in order. A block that is never closed reaches to the end of the text. */
export function extractCodeBlocks(text: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let opening: FenceOpening | null = null;
  let start = 0;
  let code: string[] = [];
  let dedenter = new Dedenter();
  const finish = (fence: FenceOpening, end: number, closed: boolean): void => {
    blocks.push({ language: fence.language, info: fence.info, code: code.join(''), start, end, closed });
    opening = null;
  };
  // A carriage return alone ends a line of Markdown, too.
  for (const { 0: whole, index: lineStart } of text.matchAll(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g)) {
    const next = lineStart + whole.length;
    const line = whole.replace(/[\r\n]+$/, '');
    if (opening === null) {
      opening = openingFence(line);
      start = next;
      code = [];
      dedenter = new Dedenter();
    } else if (isClosingFence(line, opening)) finish(opening, lineStart, true);
    else code.push(dedenter.line(whole));
  }
  if (opening !== null) finish(opening, text.length, false);
  return blocks;
}
