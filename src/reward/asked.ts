/**
 * What the last turn of the user asks code to be: which function by which name. Conservative: a name counts only where the wording tells that
 * it is the function to be written; what is called, passed or shown beside it is none.
 */
import { codeRuns } from '../guard/code-run.js';
import { extractCodeBlocks } from '../text/fences.js';
import type { PromptTurn } from './prompt.js';
import { BUILTINS } from './python-builtins.js';

export interface AskedCode {
  /** The answer must define one of these; empty where no name is told. */
  readonly names: readonly string[];
  /** Probably the function's name: the answer must at least contain one. */
  readonly likely: readonly string[];
  /** Whether a function is asked for, by whatever name. */
  readonly form: 'function' | 'any';
  /** Whether an empty body may be what is wanted. */
  readonly body: 'needed' | 'optional';
  /** Identifiers in code that the conversation shows: an answer may rely on them. */
  readonly shown: ReadonlySet<string>;
}

const NAME = '[A-Za-z_]\\w*';
const MAKE =
  'writ(?:e|ing)|create|implement|define|make|build|develop|code|program|need|want|complete|finish|draft|add|have|lacks?|missing';
const THING = 'function|method|helper|routine';
/** What may be a file as well. */
const OTHER_THING = 'tool|script|program|utility|stub|snippet';
/** Words that may stand between asking and the name. */
const BETWEEN = `(?:(?:me|us|out|of|to|for|have|is|are|how|down|a|an|the|one|more|my|our|body|python3?|${THING}|${OTHER_THING}|def|simple|small|short|little|clean|new|async|named|called|with|by|name|please),?:?\\s+){0,8}`;
const QUOTE = '[`"\']';
/** A verb that makes the function an ingredient rather than the order. */
const USE =
  /\b(?:us(?:e|es|ing)|calls?|calling|called by|invok\w+|via|from|existing|imports?|replac\w+|instead|without|avoid\w*|than|inside|tests? (?:for|of)|after|before|takes?|taking|pass(?:es|ing)?|wrap\w*|decorat\w+|given|document\w*|explain\w*)\b/i;
/** What is asked about is there already. */
const QUESTION = /\b(?:why|my (?:function|method))\b/i;
const OWN = /\b(?:my|our)\b/i;
const ORDER = new RegExp(`\\b(?:${MAKE})\\b`, 'i');
/** What follows `called` or `named` and is no name. */
const NO_NAME =
  /^(?:a|an|the|it|by|when|whenever|if|from|after|before|once|twice|on|in|into|at|for|with|within|without|inside|every|each|only|as|through|via|again|later|first|recursively|repeatedly|directly|periodically|automatically|concurrently|to|and|or|per|many|multiple|several|something|anything|whatever|like|accordingly|appropriately|properly|parameters?|arguments?|back|during|until|while|using|upon|per)$/i;
const WORD_LIKE_FUNCTION =
  /^(?:that|which|who|to|for|in|with|taking|and|should|must|will|returning|is|has|name|definition|body|called|named)$/i;

/** Name in group 1; where it is not quoted, what is around it must tell that it is a name. */
const ORDERS: readonly RegExp[] = [
  new RegExp(`\\b(?:${THING}|def)s?,?\\s+(?:called|named|with the name)\\s+${QUOTE}?(${NAME})`, 'gi'),
  new RegExp(`\\b(?:${THING})\\s+(?:${QUOTE}(${NAME})(?:${QUOTE}|\\()|(${NAME})(?=\\s?\\())`, 'gi'),
  new RegExp(`\\b(?:${MAKE})\\s+${BETWEEN}(?:${QUOTE}(${NAME})|([A-Za-z]\\w*_\\w+))\\([^)\\n]*\\)`, 'gi'),
];
/** The sentence is an order by itself. */
const NAMINGS: readonly RegExp[] = [
  new RegExp(
    `\\b(?:call|(?:re)?name)\\s+(?:it|(?:the|this|that)\\s+(?:${THING}))\\s+(?:to\\s+)?${QUOTE}?(${NAME})${QUOTE}?(?:\\s+instead)?(?=\\s*(?:[.,:;!)]|$))`,
    'gim',
  ),
  new RegExp(`\\bname of the function\\s*(?:is|:|should be|must be)\\s*${QUOTE}?(${NAME})`, 'gi'),
];
/** Names that look like one of code. */
const CODE_NAME = '[A-Za-z]\\w*_\\w+|[a-z]+[A-Z]\\w*';
/** The orders with a large or a small first letter, where the case of the rest matters. */
const MAKE_OR_CAPITAL = MAKE.replace(
  /(^|\|)([a-z])/g,
  (_match, bar: string, letter: string) => `${bar}[${letter.toUpperCase()}${letter}]`,
);
/** In `an is_alive check` the name says what kind of check. */
const NOT_A_MODIFIER =
  '(?=[^\\w\\s]|\\s*$|\\s+(?:that|which|to|for|in|into|from|and|so|it|should|must|with|using|here|is|instead|please|of)\\b)';
const LIKELY: readonly RegExp[] = [
  new RegExp(`\\bFunction: ${QUOTE}?(${NAME})`, 'g'),
  new RegExp(`\\bfunction\\s+(?:is|should be|must be)\\s+(?:called|named)\\s+${QUOTE}?(${NAME})`, 'gi'),
  new RegExp(`\\b(?:${OTHER_THING}),?\\s+(?:called|named|with the name)\\s+${QUOTE}?(${NAME})`, 'gi'),
  new RegExp(
    `\\b(?:[Gg]ive|[Pp]ut|[Ss]how|[Ll]et there be|[Ll]ook(?:ing)? for|[Pp]rovide|[Tt]here is|${THING}|${OTHER_THING}|${MAKE_OR_CAPITAL})\\s+${BETWEEN}${QUOTE}?(${CODE_NAME})\\b${NOT_A_MODIFIER}`,
    'g',
  ),
  new RegExp(
    `(?:^|\\b(?:${MAKE})\\s+${BETWEEN})\`(${NAME})(?:\\([^)]*\\))?\`,?\\s+(?:which|that|so that|it|to|and|should|must|is still empty)\\b`,
    'gim',
  ),
  new RegExp(`(?:^|\\b[Aa]n?\\s+)(${CODE_NAME})(?:\\([^)]*\\))?(?:,?\\s+(?:which|that|should|must)\\b|:)`, 'gm'),
];
const FUNCTION_FORM = new RegExp(
  `\\b(?:${MAKE})\\s+(?:(?:me|us)\\s+)?(?:a|an|the|one|this)\\s+(?:(?:python3?|simple|small|short|clean|little|single|helper|secure|safe|pure|recursive|async|utility|generic)\\s+){0,3}function\\b`,
  'i',
);
const MAY_BE_EMPTY =
  /\b(?:stubs?|skeletons?|placeholders?|abstract|interfaces?|protocols?|signatures?|boilerplate|scaffold\w*|no-?op|(?:does|do|doing) nothing|empty (?:function|method|body|class)|templates?|not implemented|NotImplementedError|pass statement)\b/i;
const IMPLEMENT = /\b(?:implement|fill|complete|finish|body)\b/i;
const DEFINITION = /^[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*\(/gm;
/** Characters of a turn that are read. */
const LONGEST = 20_000;

export function askedCode(prompt: readonly PromptTurn[]): AskedCode {
  const turn = (prompt.findLast(({ role }) => role === 'user')?.text ?? '').slice(0, LONGEST);
  const { prose, code } = parts(turn);
  const empty = emptyDefinition(code);
  // The body alone is an answer, too.
  const isBody = /\bbody\b/i.test(prose);
  const ordered = [
    ...ORDERS.flatMap((pattern) => found(prose, pattern).filter(({ before }) => isOrder(before))),
    ...NAMINGS.flatMap((pattern) => found(prose, pattern)),
  ].map(({ name }) => name);
  const names = isBody ? [] : distinct([...ordered, ...(empty === null ? [] : [empty])]);
  const likely = LIKELY.flatMap((pattern) =>
    found(prose, pattern).filter(({ before }) => !USE.test(before) && !QUESTION.test(before)),
  );
  return {
    names,
    likely: isBody ? [] : distinct(likely.map(({ name }) => name)),
    form: FUNCTION_FORM.test(prose) && !isBody ? 'function' : 'any',
    body: MAY_BE_EMPTY.test(prose) && !IMPLEMENT.test(prose) ? 'optional' : 'needed',
    shown: new Set(prompt.flatMap(({ text }) => shownNames(text.slice(0, LONGEST)))),
  };
}

interface FoundName {
  readonly name: string;
  /** Its sentence up to it. */
  readonly before: string;
}

function found(text: string, pattern: RegExp): FoundName[] {
  return [...text.matchAll(pattern)].flatMap((match) => {
    const name = match[1] ?? match[2];
    if (name === undefined || BUILTINS.has(name) || NO_NAME.test(name) || WORD_LIKE_FUNCTION.test(name)) return [];
    const end = match.index + match[0].lastIndexOf(name);
    // A qualified name is one of a library.
    if (/^\w*(?:\.\w|::|\/)/.test(text.slice(end + name.length)) || /[./]$/.test(text.slice(0, end))) return [];
    const before = text.slice(Math.max(0, end - 200), end);
    return [{ name, before: before.split(/[.!?]\s|\n/).at(-1) ?? '' }];
  });
}

/** Whether the function is what is asked for: nothing that uses it stands between the order and its name. */
function isOrder(before: string): boolean {
  const order = ORDER.exec(before);
  return order !== null && !USE.test(before) && !OWN.test(before);
}

/** The turn's prose, with code between it taken out, and that code. */
function parts(text: string): { prose: string; code: string } {
  const prose: string[] = [];
  const code: string[] = [];
  let from = 0;
  for (const block of extractCodeBlocks(text)) {
    prose.push(text.slice(from, block.start));
    code.push(block.code);
    from = block.end;
  }
  prose.push(text.slice(from));
  const outside = prose.join('\n');
  return { prose: outside, code: [...code, ...codeRuns(outside).map(({ code: run }) => run)].join('\n') };
}

/** The one function of the prompt's code that has no body yet. */
function emptyDefinition(code: string): string | null {
  const definitions = [...code.matchAll(DEFINITION)];
  const name = definitions[0]?.[1];
  if (name === undefined || new Set(definitions.map((match) => match[1])).size !== 1) return null;
  const bare = code.replace(/("""|''')[\s\S]*?(?:\1|$)/g, '').replace(/#.*$/gm, '');
  const isEmpty = bare
    .split('\n')
    .every((line) =>
      /^\s*(?:|`+\w*|pass|\.\.\.|(?:import|from)\s.*|(?:async\s+)?def\s[^\n]*:\s*(?:pass|\.\.\.)?|def\s.*\(.*\))\s*$/.test(
        line,
      ),
    );
  return isEmpty ? name : null;
}

function shownNames(text: string): string[] {
  const { code, prose } = parts(text);
  const inline = Array.from(prose.matchAll(/`([^`\n]+)`/g), ([, inside]) => inside ?? '');
  // In prose only what nobody takes for a word.
  const mentioned = prose.match(/\b(?:[A-Za-z]\w*_\w+|[A-Za-z]+[a-z][A-Z]\w*)\b/g) ?? [];
  return [...mentioned, ...[code, ...inline].flatMap((piece) => piece.match(/[A-Za-z_]\w*/g) ?? [])];
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}
