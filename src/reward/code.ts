/**
 * Finds the code in an answer: in fences of its content, between them, and in arguments of tool calls. What a label says and what the text
 * looks like are both heard, so that neither a wrong label nor none takes code out of an oracle's sight.
 */
import type { RecordedAnswer } from '../events/interaction.js';
import { codeRuns } from '../guard/code-run.js';
import { embeddedCode } from '../guard/embedded-code.js';
import { asSource } from '../guard/source-lines.js';
import { detectLanguage, extractCodeBlocks, languageOfPath, type CodeBlock } from '../text/fences.js';
import { stringLeaves } from '../text/partial-json.js';

/**
 * How much a failure to parse means. `named`: the text claims to be code of its language, so it must parse. `seen`: it only looks so, and
 * code that does not parse is not judged. `prose`: text between fences, which is code only if it parses.
 */
type Trust = 'named' | 'seen' | 'prose';

export interface CodeUnit {
  readonly code: string;
  /** Languages that it may be in, the likeliest first; the first that parses is the one. */
  readonly languages: readonly string[];
  readonly trust: Trust;
  /** Where the code stands in the answer's content; null in a tool call or where it does not stand there character by character. */
  readonly start: number | null;
}

/** Not programs: nothing in them is run. */
const DATA: ReadonlySet<string> = new Set(['text', 'json', 'yaml', 'toml', 'ini', 'css', 'xml', 'markdown']);
const PATH_KEY = /^(?:file_?path|path|file_?name|file|target_?file|notebook_path)$/i;
/** What is taken out of a file, or looked for in it: not written by this answer. */
const REMOVED_KEY = /^(?:old|search|find|pattern|query)/i;
const WHOLE_FILE_KEY = /^(?:content|contents|file_?text|code|source)$/i;
/** Lines of shell that only install or start something by name: no quoting, no pipe, no address. */
const SETUP_LINE =
  /^(?:[$>] )?(?:(?:sudo )?(?:pip3?|pipx|uv|poetry|npm|pnpm|yarn|apt|apt-get|brew|cargo|go|conda) |python3? |node |cd |mkdir |export [A-Z_]+=|source |flask |pytest|#)[\w ./@=<>+~^[\],:-]*$/;
const CODE_CHARACTERS = /[(){};=<>]|^[ \t]*(?:import|from|def|class|return)\b/m;
const HOLLOW_LINE = /^(?:#(?!include|define|!).*|\/\/.*|pass|\.\.\.|)$/;

/** `supported`: languages that the scanner reads. */
export function findCode(answer: RecordedAnswer, supported: readonly string[]): CodeUnit[] {
  const blocks = extractCodeBlocks(answer.content);
  return [
    ...blocks.flatMap((block) => blockUnits(block, answer.content, supported)),
    ...proseUnits(answer.content, blocks, supported),
    ...answer.tool_calls.flatMap((call) => argumentUnits(call.arguments, supported)),
  ].filter(({ code }) => !isHollow(code));
}

function blockUnits(block: CodeBlock, content: string, supported: readonly string[]): CodeUnit[] {
  const { code, language } = block;
  const raw = content.slice(block.start, block.end);
  const start = raw === code ? block.start : null;
  // A session of the interpreter shows output between its lines, which is no code. Its prompts stand only in the raw text: taking the
  // indentation off takes them for quote marks.
  if (/^\s*>>> /.test(raw)) return [{ code: asSource(code), languages: ['python'], trust: 'seen', start: null }];
  if (language !== null && supported.includes(language))
    return [{ code, languages: [language], trust: 'named', start }];
  const carried = carriedUnits(code, language, supported);
  const whole = carried.find((unit) => unit.code === code);
  if (whole !== undefined) {
    const trust = block.info === '' ? 'named' : 'seen';
    return [...carried.filter((unit) => unit !== whole), { ...whole, trust, start }];
  }
  if (!isProgram(code, language)) return carried;
  // Where neither label nor looks say what it is, it is Python if it parses as such: JavaScript would have been seen.
  const languages = language === null ? [...supported.filter((name) => name === 'python'), 'unknown'] : [language];
  return [...carried, { code, languages, trust: 'seen', start }];
}

/** Code that a text of another kind carries: here-documents in shell, added lines of a patch, fences in Markdown. */
function carriedUnits(text: string, language: string | null, supported: readonly string[]): CodeUnit[] {
  const scannable = (name: string | null): string | null => (name !== null && supported.includes(name) ? name : null);
  const carried = embeddedCode(text, language, scannable);
  // Too much to judge: a language that no oracle reads, so the sample is not scored rather than passed.
  if (carried === null) return [{ code: text, languages: ['unknown'], trust: 'seen', start: null }];
  return carried.map(({ code, language: found }) => ({ code, languages: [found], trust: 'seen', start: null }));
}

/** Whether something in it would be run, so far as label and looks tell. */
function isProgram(code: string, language: string | null): boolean {
  if (language === null || language === 'bash' || language === 'powershell') {
    const lines = code.split('\n').map((line) => line.trim());
    if (lines.every((line) => line === '' || SETUP_LINE.test(line))) return false;
  }
  if (language !== null) return !DATA.has(language);
  const seen = detectLanguage(code);
  return seen === null ? CODE_CHARACTERS.test(code) : !DATA.has(seen);
}

/** Runs of code outside all fences; inline code is a mention and no program. */
function proseUnits(content: string, blocks: readonly CodeBlock[], supported: readonly string[]): CodeUnit[] {
  const pieces: string[] = [];
  let from = 0;
  for (const { start, end } of blocks) {
    pieces.push(content.slice(from, start));
    from = end;
  }
  pieces.push(content.slice(from));
  return (
    pieces
      // Inline code is a mention, not an answer.
      .flatMap((piece) => codeRuns(piece.replace(/`[^`\n]*`/g, '')))
      .map(({ code, language }) => {
        const seen = language ?? detectLanguage(code);
        // What is none of these is code only if it parses as Python.
        const languages = [seen !== null && supported.includes(seen) ? seen : 'python'];
        return { code: asSource(`${code.trimEnd()}\n`), languages, trust: 'prose', start: null };
      })
  );
}

function argumentUnits(json: string, supported: readonly string[]): CodeUnit[] {
  const leaves = stringLeaves(json).map(({ path, value }) => ({ key: path.findLast(isName) ?? '', value }));
  const path = leaves.find(({ key }) => PATH_KEY.test(key))?.value;
  const language = path === undefined ? null : languageOfPath(path);
  return leaves
    .filter(({ key }) => !PATH_KEY.test(key) && !REMOVED_KEY.test(key))
    .flatMap(({ key, value }) => {
      if (language === null || !supported.includes(language)) return textUnits(value, language, supported);
      const trust = WHOLE_FILE_KEY.test(key) ? 'named' : 'seen';
      return [{ code: asSource(value), languages: [language], trust, start: null }];
    });
}

function textUnits(text: string, language: string | null, supported: readonly string[]): CodeUnit[] {
  const carried = carriedUnits(text, language, supported);
  const seen = language ?? detectLanguage(text);
  if (seen === null || DATA.has(seen) || carried.some(({ code }) => code === asSource(text))) return carried;
  return [...carried, { code: text, languages: [seen], trust: 'seen', start: null }];
}

function isName(part: string | number): part is string {
  return typeof part === 'string';
}

/** Whether nothing would run: blank, comments, doc strings, `pass` or `...`. Such a block delivers no code, whatever its label. */
function isHollow(code: string): boolean {
  let closing: string | null = null;
  for (const raw of code.split('\n')) {
    const line: string = raw.trim();
    if (closing !== null) {
      if (line.endsWith(closing)) closing = null;
      else if (line.includes(closing)) return false;
      continue;
    }
    const quote = /^[rbuRBU]{0,2}("""|''')/.exec(line)?.[1];
    if (quote === undefined) {
      if (!HOLLOW_LINE.test(line)) return false;
      continue;
    }
    const body: string = line.slice(line.indexOf(quote) + 3);
    if (!body.includes(quote)) closing = quote;
    else if (body.indexOf(quote) !== body.length - 3) return false;
  }
  return true;
}
