/** Finds how much of a growing JavaScript text is made of complete top-level statements, without parsing it anew each time. */

/** What may go on with the statement before it, though it begins a line: also an unfinished `else`, `catch`, `finally` or `while`. */
const CONTINUES =
  /^(?:(?:else|catch|finally|while|of|in|instanceof|as|satisfies)\b|(?:e|el|els|c|ca|cat|catc|f|fi|fin|fina|final|finall|w|wh|whi|whil)$|[.?:,;)\]}+\-*/%&|^=<>`([])/;

/** A slash behind one of these begins a regular expression. */
const BEFORE_EXPRESSION =
  /(?:^|[(,=:[!&|?{;+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield))\s*$/;
const REGULAR_EXPRESSION = /\/(?![*/])(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//y;
const TOKENS = /\\[\s\S]|\/\/|\/\*|\*\/|\$\{|[/'"`()[\]{}]/g;
const PAIRS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

interface Lexer {
  /** Brackets, templates and comments that are open, the innermost last. */
  readonly open: string[];
  /** Once a line cannot be read for certain, as JSX text with an apostrophe, nothing after it counts as complete. */
  isLost: boolean;
}

/**
 * Offset of the line where the last top-level statement begins: all before it is complete. A line counts as a beginning when no bracket,
 * template or comment is open before it and it cannot go on with what stands there. Where that cannot be told, the offset stays too early.
 */
export function completeJavaScriptEnd(code: string): number {
  const lexer: Lexer = { open: [], isLost: false };
  let complete = 0;
  let offset = 0;
  let isHeld = false;
  for (const line of code.split(/(?<=\n)/)) {
    const text = line.trim();
    if (lexer.isLost) return complete;
    if (lexer.open.length === 0 && text !== '' && !/^\/[/*]/.test(text)) {
      if (!isHeld && !CONTINUES.test(text)) complete = offset;
      // An operator, a decorator or a bare keyword at a line's end goes on in the next one.
      isHeld =
        /[=+\-*/%&|^<>?:,.(!~]$|=>$|^@|\b(?:else|do|try|extends|return|export|default|const|let|var|async|await)$/.test(
          text.replace(/\s*\/\/.*$/, ''),
        );
    }
    readLine(line, lexer);
    offset += line.length;
  }
  return lexer.isLost ? Math.min(complete, offset) : complete;
}

function readLine(line: string, lexer: Lexer): void {
  const { open } = lexer;
  let quote: string | null = null;
  TOKENS.lastIndex = 0;
  for (let match = TOKENS.exec(line); match !== null; match = TOKENS.exec(line)) {
    const [token] = match;
    const innermost = open.at(-1);
    if (innermost === '/*') {
      if (token === '*/') open.pop();
    } else if (quote !== null) {
      if (token === quote) quote = null;
    } else if (innermost === '`') {
      if (token === '`') open.pop();
      else if (token === '${') open.push('{');
    } else if (token === '//') return;
    else if (token === '/*') open.push(token);
    else if (token === "'" || token === '"') quote = token;
    else if (token === '/') readSlash(line, match.index, lexer);
    else if (token === '`' || token === '(' || token === '[' || token === '{') open.push(token);
    else if (token === '${') open.push('{');
    else if (PAIRS[token] !== undefined && open.pop() !== PAIRS[token]) lexer.isLost = true;
  }
  if (quote !== null) lexer.isLost = true;
}

/** A regular expression is skipped; what may be one or a division is not understood once brackets or quotes are in it. */
function readSlash(line: string, index: number, lexer: Lexer): void {
  REGULAR_EXPRESSION.lastIndex = index;
  const found = REGULAR_EXPRESSION.exec(line)?.[0];
  if (found === undefined) return;
  if (BEFORE_EXPRESSION.test(line.slice(Math.max(0, index - 40), index))) TOKENS.lastIndex = index + found.length;
  else if (/[)}]\s*$/.test(line.slice(0, index)) && /['"`()[\]{}]/.test(found)) lexer.isLost = true;
}
