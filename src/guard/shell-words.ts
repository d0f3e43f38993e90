/** Reads what a shell script writes to files or hands to interpreters: here-documents and quoted words. Not a shell: nothing is run or expanded. */
import { languageOfPath } from '../text/fences.js';
import type { CodePart } from './embedded-code.js';
import { linesOf } from './source-lines.js';

/** Programs whose quoted arguments are, or become, text of a file or a program. */
const WRITES = /\b(?:echo|printf|tee|cat|python[\d.]*|bash|sh|zsh|ssh|docker|kubectl)\b/;
/** A shorter word is no code. */
const LEAST_LENGTH = 8;
/** Only this much of a line is read for what it opens. */
const LONGEST_HEAD = 1000;

export function codeInScript(script: string): CodePart[] {
  const { parts, rest } = hereDocuments(script);
  return WRITES.test(rest) ? [...parts, ...quotedArguments(rest)] : parts;
}

/** `python3 - <<'EOF' … EOF` and `cat > app.py <<EOF … EOF`; `rest` is the script without their bodies. */
function hereDocuments(script: string): { parts: CodePart[]; rest: string } {
  if (!script.includes('<<')) return { parts: [], rest: script };
  const parts: CodePart[] = [];
  const rest: string[] = [];
  const lines = linesOf(script);
  for (let at = 0; at < lines.length; at += 1) {
    const head = (lines[at] ?? '').slice(0, LONGEST_HEAD);
    rest.push(lines[at] ?? '');
    const path = />{1,2}\s?(["']?)([^\s"'<>|]{1,300})\1/.exec(head)?.[2] ?? /\btee (?:-a )?(\S{1,300})/.exec(head)?.[1];
    const named = path === undefined ? null : languageOfPath(path);
    const language = /\bpython[\d.]*\b/.test(head) ? 'python' : named;
    for (const [, , delimiter] of head.matchAll(/(?<!<)<<(?!<)-?[ \t]*(["']?|\\)([\w.-]{1,40})\1?/g)) {
      let stop = at + 1;
      while (stop < lines.length && lines[stop]?.trim() !== delimiter) stop += 1;
      parts.push({ code: lines.slice(at + 1, stop).join(''), language });
      at = stop;
    }
  }
  return { parts, rest: rest.join('') };
}

/** Every quoted word, alone and all of a script together, as `printf '%s\n' 'line' 'line'` joins them. */
function quotedArguments(script: string): CodePart[] {
  const parts: CodePart[] = [];
  const all: string[] = [];
  let before = '';
  let runsPython = false;
  for (const { text, kind } of words(script)) {
    if (kind === 'operator') runsPython = false;
    else if (/(?:^|\/)python[\d.]*$/.test(text)) runsPython = true;
    else if (kind === 'quoted' && text.length >= LEAST_LENGTH) {
      const language = runsPython && /^-[A-Za-z]*c$/.test(before) ? 'python' : null;
      parts.push({ code: text, language });
      // `echo -e` and `printf` read escapes, others do not.
      if (text.includes('\\n')) parts.push({ code: fromAnsi(text), language });
      all.push(text);
    }
    before = text;
  }
  if (all.length > 1) parts.push({ code: `${all.join('\n')}\n`, language: null });
  return parts;
}

interface Word {
  readonly text: string;
  readonly kind: 'bare' | 'quoted' | 'operator';
}

/** `$'…'`, `'…'`, `"…"`, an escaped character, or bare characters. */
const PIECE =
  /\$'([^'\\]*(?:\\[\s\S][^'\\]*)*)(?:'|$)|'([^']*)(?:'|$)|"([^"\\]*(?:\\[\s\S][^"\\]*)*)(?:"|$)|\\([\s\S])|([^\s'"\\|&;()<>]+)/y;

/** Adjacent pieces are one word, as in a shell. */
function* words(script: string): Generator<Word> {
  for (let at = 0; at < script.length; ) {
    if (script[at] === '#') {
      const end = script.indexOf('\n', at);
      at = end < 0 ? script.length : end;
      continue;
    }
    const start = at;
    const pieces: string[] = [];
    let isQuoted = false;
    for (;;) {
      PIECE.lastIndex = at;
      const match = PIECE.exec(script);
      if (match === null) break;
      const [whole, ansi, single, double, escaped, bare = ''] = match;
      isQuoted ||= (ansi ?? single ?? double) !== undefined;
      const unescaped = double?.replace(/\\(["\\$`\n])/g, '$1');
      pieces.push(ansi === undefined ? (single ?? unescaped ?? escaped ?? bare) : fromAnsi(ansi));
      at += whole.length;
    }
    if (at > start) yield { text: pieces.join(''), kind: isQuoted ? 'quoted' : 'bare' };
    else {
      if (/[|&;()\n]/.test(script.charAt(at))) yield { text: script.charAt(at), kind: 'operator' };
      at += 1;
    }
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

function fromAnsi(text: string): string {
  return text.replace(/\\([ntr"'\\])/g, (_, character: string) => ESCAPES[character] ?? character);
}
