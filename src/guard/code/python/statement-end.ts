/** Finds how much of a growing Python text is made of complete top-level statements, without parsing it anew each time. */

/** Clauses that go on with the statement before them. */
const CONTINUATIONS = ['else', 'elif', 'except', 'finally'];

const indentation = (line: string): number => /^[ \t\f]*/.exec(line)?.[0].length ?? 0;

/** Brackets that stay open and the triple quote that stays open at a line's end. */
interface Lexer {
  depth: number;
  quote: string | null;
  isContinued: boolean;
}

const TOKENS = /\\[\s\S]|'''|"""|['"#()[\]{}]/g;

function readLine(line: string, lexer: Lexer): void {
  let single: string | null = null;
  lexer.isContinued = false;
  for (const { 0: token, index } of line.matchAll(TOKENS)) {
    const open = lexer.quote ?? single;
    if (open !== null) {
      if (token !== open && !(open.length === 1 && token === open.repeat(3))) continue;
      lexer.quote = null;
      single = null;
    } else if (token === '#') return;
    else if (token === "'''" || token === '"""') lexer.quote = token;
    else if (token === "'" || token === '"') single = token;
    else if ('([{'.includes(token)) lexer.depth += 1;
    else if (')]}'.includes(token)) lexer.depth = Math.max(0, lexer.depth - 1);
    else if (token.startsWith('\\') && line.slice(index + 1).trim() === '') lexer.isContinued = true;
  }
  // A single-quoted string that ends in a backslash goes on too.
  if (single !== null && /\\\r?\n?$/.test(line)) lexer.isContinued = true;
}

/**
 * Offset of the line where the last top-level statement begins: all before it is complete. A statement counts as begun once its first
 * line cannot be the `else`, `elif`, `except` or `finally` of the one before it. Code that is indented as a whole counts from the indentation of its first statement.
 */
export function completePythonEnd(code: string): number {
  const lexer: Lexer = { depth: 0, quote: null, isContinued: false };
  let base: number | null = null;
  let complete = 0;
  let decorated = false;
  let offset = 0;
  for (const line of code.split(/(?<=\n)/)) {
    const inside = lexer.depth > 0 || lexer.quote !== null || lexer.isContinued;
    const text = line.trim();
    if (!inside && text !== '' && !text.startsWith('#')) {
      base ??= indentation(line);
      if (indentation(line) <= base) {
        const word = /^\w*/.exec(text)?.[0] ?? '';
        const isCut = offset + line.length === code.length && text === word;
        const continues = CONTINUATIONS.some((clause) => clause === word || (isCut && clause.startsWith(word)));
        if (!continues && !decorated) complete = offset;
        if (!continues) decorated = text.startsWith('@');
      }
    }
    readLine(line, lexer);
    offset += line.length;
  }
  return complete;
}
