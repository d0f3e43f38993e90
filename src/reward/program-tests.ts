/** Finds the examples of a task for a whole program: what it reads from standard input, and what it must print. */
import { linesOf } from '../guard/source-lines.js';

export interface ProgramCase {
  readonly input: string;
  /** Never blank: a program that prints nothing would pass. */
  readonly output: string;
}

/** `Input: nums = [2, 7]` is what a function gets, unless the task speaks of standard input. */
const READS_INPUT =
  /\bstandard input\b|\bstd(?:in|out)\b|\bstandard output\b|\binput\(\)|\breads? (?:\w+ ){0,6}from (?:the )?(?:console|input|keyboard)\b/i;
/** `Input`, `**Sample Input 1:**`, `-----Example Output-----`, `Output: 7`. */
const HEADING =
  /^[\s#*_>-]*(?:(?:sample|example)\s*)?(?:#?\d+\s*)?(input|output)(?:\s*#?\d+)?\s*(?:(?:[*_-]*:[*_-]*)[ \t]*(\S.*)?|[\s*_-]*)$/i;
/** What ends an example. */
const OTHER_HEADING =
  /^[\s#*_>-]*(?:(?:explanation|notes?|constraints?|hints?|scoring)\b(?:[\s*_-]*$|[\s\d*_-]*:)|(?:sample|example)s?(?:\s*#?\d+)?[\s:*_-]*$)/i;
const FENCE = /^\s*(?:`{3,}|~{3,})/;
const MOST_CASES = 50;

/** The examples in a task that speaks of standard input; empty where it does not. */
export function programCasesIn(text: string): ProgramCase[] {
  if (!READS_INPUT.test(text)) return [];
  const cases: ProgramCase[] = [];
  let input: string[] | null = null;
  let open: string[] | null = null;
  let isFenced = false;
  let output: string[] | null = null;
  const close = (): void => {
    if (input !== null && output !== null) cases.push(...caseOf(input.join('\n'), output.join('\n')));
    if (output !== null) input = null;
    output = open = null;
  };
  for (const raw of linesOf(text)) {
    const line = raw.replace(/[\r\n]+$/, '');
    if (FENCE.test(line)) {
      // The end of its fence ends an example's text.
      if (isFenced && open !== null && open.length > 0) {
        if (open === output) close();
        open = null;
      }
      isFenced = !isFenced;
      continue;
    }
    const [, part, rest] = HEADING.exec(line) ?? [];
    if (part?.toLowerCase() === 'input') {
      close();
      input = open = rest === undefined ? [] : [rest];
    } else if (part !== undefined) {
      output = open = rest === undefined ? [] : [rest];
    } else if (!isFenced && (OTHER_HEADING.test(line) || (line.trim() === '' && hasText(open)))) {
      // Empty lines within an example are only told where it is fenced.
      if (open === output) close();
      open = null;
    } else open?.push(line);
  }
  close();
  return cases.slice(0, MOST_CASES);
}

const hasText = (lines: readonly string[] | null): boolean => lines?.some((line) => line.trim() !== '') === true;

/** One case, or none where the output says nothing. */
export function caseOf(input: string, output: string): ProgramCase[] {
  return output.trim() === '' ? [] : [{ input: `${input.replace(/^\n+|\s+$/g, '')}\n`, output }];
}
