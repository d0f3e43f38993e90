/** Finds the tests that a prompt brings along: assertions in Python or JavaScript, sessions of Python's interpreter, and examples for programs. */
import { asSource, linesOf } from '../guard/source-lines.js';
import { extractCodeBlocks } from '../text/fences.js';
import { caseOf, programCasesIn, type ProgramCase } from './program-tests.js';
import type { PromptTurn } from './prompt.js';

interface Example {
  readonly source: string;
  /** What the interpreter shows; empty where it shows nothing. */
  readonly want: string;
}

/** What an answer's code must pass. It comes from a client: untrusted code that is run in the sandbox alone. */
export interface PromptTests {
  /** Whole Python programs with assertions at their top level or in functions called `test…`. */
  readonly scripts: readonly string[];
  /** Sessions of the interpreter, example by example. */
  readonly sessions: readonly (readonly Example[])[];
  /** Whole JavaScript programs with assertions; absent where there are none. */
  readonly javascript?: readonly string[];
  /** Examples for a whole program in either language; absent where there are none. */
  readonly programs?: readonly ProgramCase[];
}

/** An assertion that calls something, at the top level: what stands deeper belongs to a program, unless that is a test. */
const ASSERTION = /^assert\b.*\w\(/m;
const TEST_FUNCTION = /^def test\w*\(\s*\)[^\n]*:[ \t]*(?:#.*)?\n(?:[ \t]+.*\n|\s*\n)*?[ \t]+assert\b.*\w\(/m;
const BARE_ASSERTION = /^[ \t]*(?:(?:[-*+•]|\d{1,3}[.)])[ \t]+)?`?(assert\b.*\w\(.*?)`?[ \t]*$/;
/** `assert.equal(f(1), 2)`, `console.assert(f(1) === 2)`, `assert(f(1) === 2)`: what no Python is. */
const JAVASCRIPT = /^(?:console\.assert\(.*\w\(|assert\.\w+\(.*\w\(|assert\(.*\w\(.*(?:===|!==|;\s*$))/;
/** In what is known to be JavaScript, also within functions. */
const JAVASCRIPT_TEST = /(?:^|[\s;{(])(?:console\.)?assert(?:\.\w+)*\(.*\w\(/m;
const BARE_JAVASCRIPT = /^[ \t]*(?:(?:[-*+•]|\d{1,3}[.)])[ \t]+)?`?((?:console\.)?assert(?:\.\w+)*\(.*\);?)`?[ \t]*$/;
const PROMPT_SIGN = /^[ \t]*>>> ?/;
const CONTINUED = /^[ \t]*\.\.\. ?/;
/** Characters of a prompt that are read. */
const LONGEST = 100_000;

/** The tests in the user's last turn; null where there are none. */
export function testsIn(prompt: readonly PromptTurn[]): PromptTests | null {
  const text = (prompt.findLast(({ role }) => role === 'user')?.text ?? '').slice(0, LONGEST);
  const scripts: string[] = [];
  const sessions: Example[][] = [];
  const javascript: string[] = [];
  let from = 0;
  const prose: string[] = [];
  for (const block of extractCodeBlocks(text)) {
    prose.push(text.slice(from, block.start));
    from = block.end;
    const isLabelled = block.language === 'javascript';
    const mayBe = block.language === null || block.language === 'text';
    if (isLabelled ? JAVASCRIPT_TEST.test(block.code) : mayBe && isJavascript(block.code)) {
      javascript.push(block.code);
      continue;
    }
    if (block.language !== null && block.language !== 'python' && block.language !== 'text') continue;
    const raw = text.slice(block.start, block.end);
    if (hasSession(raw)) sessions.push(examplesOf(raw));
    else {
      const source = asSource(block.code);
      if (ASSERTION.test(source) || TEST_FUNCTION.test(source)) scripts.push(source);
    }
  }
  prose.push(text.slice(from));
  const outside = prose.join('\n');
  const bareOfJavascript = bareAssertions(outside, BARE_JAVASCRIPT).filter((line) => JAVASCRIPT.test(line));
  if (bareOfJavascript.length > 0) javascript.push(bareOfJavascript.join('\n'));
  const bare = bareAssertions(outside, BARE_ASSERTION).filter((line) => !JAVASCRIPT.test(line));
  if (bare.length > 0) scripts.push(bare.join('\n'));
  if (hasSession(outside)) sessions.push(examplesOf(outside));
  return testsOf({ scripts, sessions, javascript, programs: programCasesIn(text) });
}

/** Tests that are given beside the prompt, each a script, a session or an example for a program; null where there is nothing in them. */
export function testsFrom(given: readonly (string | ProgramCase)[]): PromptTests | null {
  const texts = given.filter((test) => typeof test === 'string');
  const isSession = (text: string): boolean => hasSession(text);
  const scripts = texts.filter((text) => text.trim() !== '' && !isSession(text));
  return testsOf({
    scripts: scripts.filter((text) => !isJavascript(text)),
    sessions: texts.filter(isSession).map(examplesOf),
    javascript: scripts.filter(isJavascript),
    programs: given.flatMap((test) => (typeof test === 'string' ? [] : caseOf(test.input, test.output))),
  });
}

/** A line that no Python has decides for the whole. */
const isJavascript = (text: string): boolean =>
  linesOf(text).some((line) => JAVASCRIPT.test(line.trim().replace(/^await\s+/, '')));

function testsOf({ scripts, sessions, javascript = [], programs = [] }: PromptTests): PromptTests | null {
  const asked = sessions.filter((examples) => examples.some(({ source, want }) => want !== '' && source.includes('(')));
  if (scripts.length + asked.length + javascript.length + programs.length === 0) return null;
  return {
    ...{ scripts, sessions: asked },
    ...(javascript.length > 0 && { javascript }),
    ...(programs.length > 0 && { programs }),
  };
}

function hasSession(text: string): boolean {
  return linesOf(text).some((line) => PROMPT_SIGN.test(line) && line.includes('('));
}

/** Single lines, since prose has no brackets to trust; an assertion over several lines is read in fences. */
function bareAssertions(text: string, pattern: RegExp): string[] {
  return linesOf(text).flatMap((line) => {
    const found = pattern.exec(line.replace(/[\r\n]+$/, ''))?.[1];
    return found === undefined ? [] : [found];
  });
}

/** An example reaches to the next one, or to an empty line, or to the end of a doc string or of a fence. */
function examplesOf(text: string): Example[] {
  const examples: { source: string; want: string }[] = [];
  let isOpen = false;
  for (const raw of linesOf(text)) {
    const line = raw.replace(/[\r\n]+$/, '');
    const last = examples.at(-1);
    if (PROMPT_SIGN.test(line)) {
      examples.push({ source: line.replace(PROMPT_SIGN, ''), want: '' });
      isOpen = true;
    } else if (!isOpen || last === undefined) continue;
    else if (CONTINUED.test(line) && last.want === '') last.source += `\n${line.replace(CONTINUED, '')}`;
    else if (/^\s*(?:$|"""|'''|`{3}|~{3})/.test(line)) isOpen = false;
    else last.want += `${line.trim()}\n`;
  }
  return examples;
}
