/** Finds the code in a text of unknown kind: a patch, a script, JSON, Markdown, a file of some language, and text inside of these. */
import { detectLanguage, extractCodeBlocks, PythonEvidence } from '../text/fences.js';
import { stringLeaves } from '../text/partial-json.js';
import { codeRuns } from './code-run.js';
import { codeInLeaves } from './json-code.js';
import { isPatch, patchedCode } from './patched-code.js';
import { codeInScript } from './shell-words.js';
import { asSource } from './source-lines.js';

/** Text that may be code. `language`: what a label or a path says. */
export interface CodePart {
  readonly code: string;
  readonly language: string | null;
  /** Of all files that it may be written to, where that is known. */
  readonly paths?: readonly string[];
  /** Lines, from 1, that are new; the others are context. Absent: all are. */
  readonly changed?: ReadonlySet<number>;
}

export interface EmbeddedCode extends CodePart {
  readonly language: string;
}

type Scannable = (language: string | null) => string | null;

/** Labels that say nothing about the language of what is inside. */
export const VAGUE_LABELS: ReadonlySet<string | null> = new Set([null, 'text', 'diff', 'json', 'markdown']);
/** Weight of signs for Python from which code under another language's label is looked at. */
export const SUSPICIOUS = 3;

/** A patch in a here-document of a command in JSON is three levels. */
const DEEPEST = 4;

/** What is searched and found in a text is bounded: characters for each of its own, with some that every text has, and pieces. */
const SEARCHED_PER_CHARACTER = 8;
const SEARCHED_AT_LEAST = 65_536;
const MOST_UNITS = 256;

/**
 * Everything in `text` that is code of a language that `scannable` gives back, in order and once; null when it is too much to judge.
 * `language` is what a label or a path says; content overrules it where it clearly shows a scannable language.
 */
export function embeddedCode(text: string, language: string | null, scannable: Scannable): EmbeddedCode[] | null {
  return codeInParts([{ code: text, language }], scannable);
}

export function codeInParts(parts: readonly CodePart[], scannable: Scannable): EmbeddedCode[] | null {
  const found = new Map<string, EmbeddedCode>();
  const searched = new Set<string>();
  let budget = parts.reduce((sum, { code }) => sum + code.length, 0) * SEARCHED_PER_CHARACTER + SEARCHED_AT_LEAST;
  let level = parts;
  for (let depth = 0; depth <= DEEPEST; depth += 1) {
    const next: CodePart[] = [];
    for (const part of level) {
      const known = placed(part);
      if (searched.has(known)) continue;
      searched.add(known);
      budget -= part.code.length;
      if (budget < 0) return null;
      for (const unit of asUnits(part, scannable)) {
        const key = `${unit.language}\n${placed(unit)}`;
        if (!found.has(key)) found.set(key, unit);
      }
      if (depth < DEEPEST) for (const inner of partsOf(part, scannable(part.language))) next.push(inner);
    }
    level = next;
  }
  return found.size > MOST_UNITS ? null : [...found.values()];
}

/** The same code is judged for each of its files: what a policy lets pass in one, it may not in another. */
function placed({ code, paths = [] }: CodePart): string {
  return `${paths.join('\n')}\n\n${code}`;
}

/** The part in its language, and in Python too where it is labelled as something else and reads like that. */
function asUnits(part: CodePart, scannable: Scannable): EmbeddedCode[] {
  const code = asSource(part.code);
  const known = scannable(part.language);
  const units = known === null ? [] : [{ ...part, code, language: known }];
  if (known === 'python' || (!VAGUE_LABELS.has(part.language) && !isSuspicious(code))) return units;
  const seen = scannable(known === null ? detectLanguage(code) : 'python');
  return seen === null ? units : [...units, { ...part, code, language: seen }];
}

/** Whether code that is said to be in another language holds a function of Python, or an import and its use. */
function isSuspicious(code: string): boolean {
  const evidence = new PythonEvidence();
  for (const line of code.split('\n')) evidence.add(line);
  return evidence.weight >= SUSPICIOUS;
}

/** `known`: the language that it is scanned in. */
function partsOf({ code, language, changed, paths = [] }: CodePart, known: string | null): CodePart[] {
  // Lines of a patch cannot be told apart any more in what is cut out of it.
  if (changed !== undefined) return [];
  let parts = [...codeInLiterals(code), ...encodedText(code)];
  if (isPatch(code) || language === 'diff') parts = [...parts, ...patchedCode(code).map((part) => within(part, paths))];
  if (known === 'python' || (known !== null && !isSuspicious(code))) return parts;
  if (/^\s*[{[]/.test(code)) parts = [...parts, ...codeInLeaves(stringLeaves(code))];
  parts = [...parts, ...extractCodeBlocks(code), ...codeInScript(code)];
  // Runs in a patch would hold its context as if it were new; what of it is no patch came with its parts.
  for (const { code: run } of isPatch(code) ? [] : codeRuns(withoutEntities(code))) {
    const begin = run.search(BEGINS_PYTHON);
    parts.push({ code: run, language });
    if (begin > 0) parts.push({ code: run.slice(begin), language });
  }
  return parts;
}

/** A tool may write a patch to the file that it names itself. */
function within(part: CodePart, paths: readonly string[]): CodePart {
  return part.paths === undefined ? part : { ...part, paths: [...part.paths, ...paths] };
}

/** A run may begin with a call of the language around it. */
const BEGINS_PYTHON = /^[ \t]*(?:import \w|from [\w.]+ import |(?:async )?def \w+ *\(|class \w+ *[(:]|@\w)/m;

/** Programs that write programs: long string literals that are a value or an argument; a docstring is neither. */
function codeInLiterals(code: string): CodePart[] {
  const parts: CodePart[] = [];
  const literal = /(?<before>[=(,[+]\s{0,80}|:[ \t]{1,80})?(?<![A-Za-z])[A-Za-z]{0,2}(?<quote>"""|''')/g;
  for (let match = literal.exec(code); match !== null; match = literal.exec(code)) {
    const end = code.indexOf(match.groups?.['quote'] ?? '"""', literal.lastIndex);
    // One that never ends hides the rest from the scanner.
    if (end < 0 || match.groups?.['before'] !== undefined)
      parts.push({ code: code.slice(literal.lastIndex, end < 0 ? undefined : end), language: null });
    if (end < 0) break;
    literal.lastIndex = end + 3;
  }
  return parts;
}

/** Base64 that is text. */
function encodedText(code: string): CodePart[] {
  const parts: CodePart[] = [];
  for (const [encoded] of code.matchAll(/[A-Za-z0-9+/]{40,}(?:\r?\n[A-Za-z0-9+/]+)*={0,2}/g)) {
    if (!isText(decode(encoded.slice(0, 40)))) continue;
    const text = decode(encoded);
    if (isText(text)) parts.push({ code: text, language: null });
  }
  return parts;
}

function decode(encoded: string): string {
  return Buffer.from(encoded, 'base64').toString('utf8');
}

function isText(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- control characters are what text has none of
  return !/[\u0000-\u0008\u000E-\u001F\u007F]|\uFFFD(?!$)/.test(text);
}

const ENTITIES: Readonly<Record<string, string>> = {
  quot: '"',
  apos: "'",
  '#39': "'",
  '#34': '"',
  lt: '<',
  gt: '>',
  amp: '&',
};

function withoutEntities(text: string): string {
  return text.replace(/&(quot|apos|#39|#34|lt|gt|amp);/g, (entity, name: string) => ENTITIES[name] ?? entity);
}
