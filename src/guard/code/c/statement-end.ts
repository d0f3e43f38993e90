/** Finds how much of a growing C or C++ text is made of complete top-level declarations, without parsing it anew each time. */

const TOKENS = /\\[\s\S]|\/\/|\/\*|\*\/|["'()[\]{};]/g;
const PAIRS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

interface Lexer {
  /** Brackets and comments that are open, the innermost last. */
  readonly open: string[];
  /** Once a line cannot be read for certain, nothing after it counts as complete. */
  isLost: boolean;
  /** Whether the last token outside of comments ends a declaration. */
  isEnded: boolean;
}

/** Offset behind the last line that ends a declaration outside of all brackets. Where that cannot be told, it stays too early. */
export function completeCEnd(code: string): number {
  const lexer: Lexer = { open: [], isLost: false, isEnded: true };
  let complete = 0;
  let offset = 0;
  let isDirective = false;
  for (const line of code.split(/(?<=\n)/)) {
    const isGoingOn: boolean = isDirective;
    isDirective = (isGoingOn || /^\s*#/.test(line)) && /\\\r?\n$/.test(line);
    if (!isGoingOn && !/^\s*#/.test(line)) readLine(line, lexer);
    if (lexer.isLost) return complete;
    offset += line.length;
    if (lexer.open.length === 0 && lexer.isEnded && !isDirective && line.endsWith('\n')) complete = offset;
  }
  return complete;
}

function readLine(line: string, lexer: Lexer): void {
  const { open } = lexer;
  let quote: string | null = null;
  let end = 0;
  TOKENS.lastIndex = 0;
  const note = (text: string): void => {
    if (open.at(-1) !== '/*' && quote === null && text.trim() !== '') lexer.isEnded = false;
  };
  for (let match = TOKENS.exec(line); match !== null; match = TOKENS.exec(line)) {
    const [token] = match;
    note(line.slice(end, match.index));
    end = match.index + token.length;
    if (open.at(-1) === '/*') {
      if (token === '*/') open.pop();
    } else if (quote !== null) {
      if (token === quote) quote = null;
    } else if (token === '//') return;
    else if (token === '/*') open.push(token);
    else if (token === '"' || token === "'") {
      // A quote within a number, as in 1'000, opens nothing.
      if (token === '"' || !/\d$/.test(line.slice(0, match.index))) quote = token;
    } else if (token === ';') lexer.isEnded = true;
    else if (PAIRS[token] !== undefined) {
      if (open.pop() !== PAIRS[token]) lexer.isLost = true;
      lexer.isEnded = token === '}';
    } else if (/[([{]/.test(token)) {
      open.push(token);
      lexer.isEnded = false;
    }
  }
  note(line.slice(end));
  if (quote !== null && !/\\\r?\n$/.test(line)) lexer.isLost = true;
}
