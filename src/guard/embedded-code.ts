/** Finds the code in a text of unknown kind: a patch, a shell script with here-documents, Markdown, a file of some language. */
import { Dedenter, detectLanguage, extractCodeBlocks, languageOfPath } from '../text/fences.js';

export interface EmbeddedCode {
  readonly code: string;
  readonly language: string;
}

/** Text in these is searched for code; text in another language is that language. */
const CARRIERS: ReadonlySet<string | null> = new Set([null, 'markdown', 'text', 'bash', 'html']);

/**
 * Everything in `text` that is code of a language that `scannable` gives back, in order.
 * `language` is what a label or a path says; content overrules it where it clearly shows a scannable language.
 */
export function embeddedCode(
  text: string,
  language: string | null,
  scannable: (language: string | null) => string | null,
): EmbeddedCode[] {
  const known = scannable(language);
  if (known !== null) return [{ code: asSource(text), language: known }];
  const detected = detectLanguage(text);
  const parts: CodePart[] = [];
  if (language === 'diff' || detected === 'diff') parts.push(...addedCode(text));
  else if (CARRIERS.has(language))
    parts.push(...extractCodeBlocks(text), ...hereDocuments(text), ...inlineScripts(text));
  // Where parts were found, the whole is their carrier, unless it reads as code itself.
  parts.push({ code: text, language: detected });
  return parts.flatMap((part) => {
    const partLanguage = scannable(part.language) ?? scannable(detectLanguage(part.code));
    return partLanguage === null ? [] : [{ code: asSource(part.code), language: partLanguage }];
  });
}

interface CodePart {
  readonly code: string;
  readonly language: string | null;
}

/** Without common indentation and without the prompts of the interactive interpreter. Lines keep their number. */
export function asSource(code: string): string {
  const dedenter = new Dedenter();
  return code
    .split(/(?<=\n)/)
    .map((line) => withoutPrompt(dedenter.line(line)))
    .join('');
}

export function withoutPrompt(line: string): string {
  return line.replace(/^(?:>>>|\.\.\.)(?: |(?=\r?\n?$))/, '');
}

interface PatchedFile {
  readonly lines: string[];
  readonly language: string | null;
}

/** The code that a patch adds, by file: unified diffs and the `*** Begin Patch` form of coding agents. */
function addedCode(patch: string): CodePart[] {
  const parts: PatchedFile[] = [];
  let current: PatchedFile = { lines: [], language: null };
  for (const line of patch.split('\n')) {
    const path = /^(?:\+\+\+ (?:b\/)?|\*\*\* (?:Add|Update) File: )(\S.*)$/.exec(line)?.[1];
    if (path !== undefined || line.startsWith('diff --git ')) {
      current = { lines: [], language: path === undefined ? null : languageOfPath(path.trim()) };
      parts.push(current);
    } else if (line.startsWith('+')) {
      if (parts.length === 0) parts.push(current);
      current.lines.push(line.slice(1));
    }
  }
  return parts.map(({ lines, language }) => ({ code: `${lines.join('\n')}\n`, language }));
}

/** `python3 - <<'EOF' … EOF` and `cat > app.py <<EOF … EOF`. */
function hereDocuments(script: string): CodePart[] {
  const parts: CodePart[] = [];
  if (!script.includes('<<')) return parts;
  const lines = script.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const delimiter = /<<-?\s?(["']?)(\w{1,40})\1/.exec(line.slice(0, 1000))?.[2];
    if (delimiter === undefined) continue;
    let stop = at + 1;
    while (stop < lines.length && lines[stop]?.trim() !== delimiter) stop += 1;
    const path = />{1,2}\s?(["']?)([^\s"'<>|]{1,300})\1/.exec(line.slice(0, 1000))?.[2];
    const language = /\bpython[\d.]*\b/.test(line.slice(0, 1000))
      ? 'python'
      : path === undefined
        ? null
        : languageOfPath(path);
    parts.push({ code: lines.slice(at + 1, stop).join('\n'), language });
    at = stop;
  }
  return parts;
}

/** `python -c '…'`. */
function inlineScripts(script: string): CodePart[] {
  const parts: CodePart[] = [];
  for (const match of script.matchAll(/\bpython[\d.]{0,5} (?:-\w{1,10} )?-c (["'])/g)) {
    const start = match.index + match[0].length;
    const end = script.indexOf(match[1] ?? '"', start);
    parts.push({ code: script.slice(start, end < 0 ? undefined : end), language: 'python' });
  }
  return parts;
}
