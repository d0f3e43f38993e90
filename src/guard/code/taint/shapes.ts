/**
 * Where in a string (or argument vector) outside data does harm. Each shape takes what reached a sink and answers with the level of
 * the worst data at a harmful position, or `none`.
 */
import { higherLevel, type Level, type Part, type Value, WORDS } from './value.js';

interface ShapeInput {
  readonly value: Value;
  /** Level of data that is dangerous to this rule; `unknown` where the file does not show what the value is. */
  readonly level: (value: Value) => Level;
  /** Positions of a list or tuple in order; null for anything else. */
  readonly items: (value: Value) => readonly Value[] | null;
}

type Shape = (input: ShapeInput) => Level;

const isHole = (part: Part): part is Value => typeof part !== 'string';
const worst = (levels: readonly Level[]): Level => levels.reduce(higherLevel, 'none');

/** The string with a NUL for each hole. */
const skeleton = (parts: readonly Part[]): string => parts.map((part) => (isHole(part) ? '\0' : part)).join('');

/** Anything counts; but a value that is merely not known counts only as a part of a string that is. */
function any({ value, level }: ShapeInput): Level {
  if (value.text !== undefined) return worst(value.text.filter(isHole).map(level));
  const found = level(value);
  return found === 'unknown' ? 'none' : found;
}

/** Only data that is put into a longer string. */
const composed: Shape = (input) => {
  const { text } = input.value;
  return text?.some((part) => typeof part === 'string' && part.trim() !== '') ? any(input) : 'none';
};

/** A command line that is cut into arguments at its spaces: as a string, or by `split()`. */
const words: Shape = (input) => {
  const { text, type } = input.value;
  if (type === WORDS) return any(input);
  return text?.some((part) => typeof part === 'string' && /\s/.test(part.trim())) ? any(input) : 'none';
};

/** Data that came straight from a source, whole. */
const direct: Shape = (input) => (input.value.flows.some((flow) => flow.direct) ? any(input) : 'none');

const SQL =
  /\b(select\b[\s\S]*\bfrom|select\s+[\w*\0@]|insert\s+(or\s+\w+\s+)?into|insert\s+ignore|update\b[\s\S]*\bset\b|delete\s+from|replace\s+into|merge\s+into|(create|drop|alter|truncate|grant|revoke)\s+(or\s+replace\s+)?(temp(orary)?\s+)?(table|database|schema|index|view|user|role|all|\0)|where\b[\s\S]*(=|\blike\b|\bin\b|<|>)|order\s+by|union\s+(all\s+)?select|call\s+\w|exec(ute)?\s+\w+|pragma\s|match\s*\(|set\s+\w+\s*=)/i;

/** What stands before a hole that is a table, a column or a direction, which no driver can bind. */
const BEFORE_IDENTIFIER =
  /(\b(from|into|update|table|join|database|schema|index|view|on|by|user|role|select|distinct|column|add|exists|pragma|using|asc|desc|references|if|constraint|trigger|as|returning|grant|revoke|to)\s*[`"[]?|[\w.`\]]|[`[])$/i;
const AFTER_IDENTIFIER = /^[\w(`\]]|^\s*(=|\(|like\b|in\b|is\b)/i;
/** A whole clause may follow here. */
const BEFORE_CLAUSE = /(\)|\w)\s+$|;\s*$|^\s*$/;
const BEFORE_VALUE =
  /\b(limit|offset|and|or|like|ilike|then|else|when|values|in|between|is|not|having|rlike|regexp|glob|escape|interval|any|all|top)\s+$/i;
const QUOTED = /(['%]|[=(,<>]\s*"|\b(like|values)\s*\(?\s*")$/i;

function sqlHole(before: string, after: string, level: Level): { level: Level; isQuoted: boolean } {
  const isQuoted = QUOTED.test(before) || /^%?'/.test(after);
  const isIdentifier =
    !isQuoted &&
    !BEFORE_VALUE.test(before) &&
    (BEFORE_IDENTIFIER.test(before) || AFTER_IDENTIFIER.test(after) || BEFORE_CLAUSE.test(before));
  if (!isIdentifier) return { level, isQuoted };
  // Table names that come from the program's own callers are common and mostly constant.
  if (level === 'parameter' || level === 'local') return { level: 'unknown', isQuoted };
  return { level: level === 'unknown' ? 'none' : level, isQuoted };
}

function sqlHoles(text: readonly Part[], level: (value: Value) => Level): { level: Level; isQuoted: boolean }[] {
  return text.flatMap((part, index) => {
    const found = isHole(part) ? level(part) : 'none';
    if (found === 'none') return [];
    const before = text[index - 1];
    const after = text[index + 1];
    return [sqlHole(typeof before === 'string' ? before : '', typeof after === 'string' ? after : '', found)];
  });
}

/** A string with SQL in it; only its holes count. */
function sqlText({ value: { text }, level }: ShapeInput): Level {
  if (text === undefined || !SQL.test(skeleton(text))) return 'none';
  return worst(sqlHoles(text, level).map((hole) => hole.level));
}

/** What a database runs: a string with SQL in it, or all that a request holds. */
function sql(input: ShapeInput): Level {
  if (input.value.text !== undefined) return sqlText(input);
  const found = input.level(input.value);
  return found === 'remote' || found === 'local' ? found : 'none';
}

const STATEMENT =
  /^\s*\(*\s*(select\b[\s\S]*\bfrom\b|insert\s+(or\s+\w+\s+|ignore\s+)?into\b|update\b[\s\S]*\bset\b|delete\s+from\b|replace\s+into\b|with\b[\s\S]*\bselect\b)/i;

/** A whole SQL statement, handed to a function of which only its name is known. */
function sqlStatement({ value: { text }, level }: ShapeInput): Level {
  if (text === undefined || !STATEMENT.test(skeleton(text))) return 'none';
  const holes = sqlHoles(text, level).filter((hole) => hole.level !== 'unknown' || hole.isQuoted);
  return worst(holes.map((hole) => hole.level));
}

const SHELL = /(^|[/\\])((ba|z|k|da|c)?sh|cmd(\.exe)?|powershell(\.exe)?|pwsh)$/i;

/** An argument vector: the program itself, or the script after `sh -c`. */
function argv(input: ShapeInput): Level {
  const { value, level } = input;
  const items = input.items(value);
  if (items === null) return level(value) === 'remote' ? 'remote' : 'none';
  const [program, ...rest] = items;
  if (program === undefined) return 'none';
  const name = program.options?.[0]?.constant ?? program.constant;
  if (typeof name === 'string' && SHELL.test(name)) return worst(rest.map((item) => any({ ...input, value: item })));
  return any({ ...input, value: program }) === 'remote' ? 'remote' : 'none';
}

/** A command line for a shell; a list counts by its program, as `subprocess` treats it. */
const shell: Shape = (input) => (input.items(input.value) === null ? any(input) : argv(input));

/** A file's path. Functions that open the very path they are given are everywhere; what counts is a name put below a folder. */
function path({ value, level }: ShapeInput): Level {
  const { text } = value;
  if (text === undefined) return level(value) === 'remote' ? 'remote' : 'none';
  const found = worst(text.filter(isHole).map(level));
  if (found === 'remote') return found;
  const [first] = text;
  const belowFolder = first !== undefined && (!isHole(first) || level(first) === 'none' || level(first) === 'unknown');
  const rooted = belowFolder && (!isHole(first) ? /[/\\]/.test(first) : true);
  return rooted && found !== 'unknown' ? found : 'none';
}

const FIXED_HOST = /^[a-z][a-z\d+.-]*:\/\/[^/?#\0@\\]+[/?#]/i;

/** A URL whose host an outsider chooses. */
function url({ value, level }: ShapeInput): Level {
  const { text } = value;
  if (text === undefined) {
    const found = level(value);
    return found === 'unknown' ? 'none' : found;
  }
  const [first] = text;
  if (first === undefined || FIXED_HOST.test(skeleton(text)) || (!isHole(first) && /^[/?#]/.test(first))) return 'none';
  if (isHole(first)) {
    const found = level(first);
    return found === 'unknown' ? 'none' : found;
  }
  const host = text.find(isHole);
  const found = host === undefined ? 'none' : level(host);
  return found === 'unknown' ? 'none' : found;
}

/** A tag of HTML; Python's `<Thing at 0x…>` is none. */
const TAG =
  /<\/?(!doctype|html|head|body|title|div|span|p|a|b|i|u|em|strong|small|h[1-6]|ul|ol|li|dl|dt|dd|table|thead|tbody|tr|td|th|form|input|button|select|option|textarea|label|img|script|style|link|meta|iframe|svg|br|hr|pre|code|center|font|section|article|header|footer|nav|main|video|audio|object|embed|abbr|blockquote)(\s|>|\/>|\0)|&(nbsp|lt|gt|quot);/i;

/** A string of HTML with data in it. */
function markup({ value, level }: ShapeInput): Level {
  const { text } = value;
  if (text === undefined || !TAG.test(skeleton(text))) return 'none';
  return worst(text.filter(isHole).map(level));
}

/** HTML that repeats a request. */
const page: Shape = (input) => (markup(input) === 'remote' ? 'remote' : 'none');

/** What a handler answers with: HTML, or any text that repeats the request. */
function html(input: ShapeInput): Level {
  const { value, level } = input;
  const { text } = value;
  const tagged = markup(input);
  if (tagged !== 'none') return tagged;
  if (text !== undefined && /^\s*[[{]/.test(skeleton(text))) return 'none';
  if (!value.flows.some((flow) => flow.direct && flow.level === 'remote')) return 'none';
  const found = text === undefined ? level(value) : worst(text.filter(isHole).map(level));
  return found === 'remote' ? found : 'none';
}

/** Data as such, not its place in a string. What a file holds that a caller names is not the caller's. */
function data({ value, level }: ShapeInput): Level {
  const found = level(value);
  if (found === 'remote') return found;
  return found !== 'unknown' && value.flows.some((flow) => flow.direct) ? found : 'none';
}

/** Anywhere in the value, however deep. */
function inside({ value, level }: ShapeInput): Level {
  const found = level(value);
  return found === 'unknown' ? 'none' : found;
}

/** Straight from a request. */
const request: Shape = (input) =>
  input.value.flows.some((flow) => flow.direct && flow.level === 'remote') && inside(input) === 'remote'
    ? 'remote'
    : 'none';

const COMMAND_LINE = /^\s*[\w./~\0-]+\s+[\w./~\0-]/;
/** Other languages that are `executed`: statements about a database rather than its rows, and Python. */
const NO_COMMAND =
  /^\s*(set\s+(session|transaction|global|local|names|client_encoding|search_path|role)\b|use\s+[\w\0`"[]+\s*;?\s*$|(grant|revoke)\s+\w|fetch\s+(forward|backward|next|prior|first|last|all|\d|\0)|close\s+[\w\0"]+\s*;?\s*$|(attach|detach)\s+database\b|(create|alter|drop)\s+[a-z]|declare\s|savepoint\s|release\s+savepoint\b|rollback\s+to\b|(async\s+)?def\s+[\w\0]+\s*\(|class\s+[\w\0]+\s*[(:]|from\s+[\w.\0]+\s+import\s|import\s+[\w.\0]+\s*($|\n)|lambda\b|return\s)/i;

/** A string that reads as a command line, for functions that only by their name run commands. */
function command(input: ShapeInput): Level {
  const { text } = input.value;
  if (text === undefined) return 'none';
  const line = skeleton(text);
  return COMMAND_LINE.test(line) && !SQL.test(line) && !NO_COMMAND.test(line) ? any(input) : 'none';
}

const containing =
  (pattern: RegExp): Shape =>
  (input) =>
    input.value.text !== undefined && pattern.test(skeleton(input.value.text)) ? inside(input) : 'none';

const ldap = containing(/\(\s*[&|!]?\s*\(?\s*[\w-]+\s*[~<>]?=/);
const ldapName = containing(/\b(cn|uid|ou|dc|dn|o|mail|sn)=/i);
const xpath = containing(/\/\/|\[\s*@|\[\s*[\w.()]+\s*=/);

export const SHAPES = {
  any,
  composed,
  words,
  direct,
  sql,
  'sql-text': sqlText,
  'sql-statement': sqlStatement,
  argv,
  shell,
  command,
  path,
  url,
  markup,
  page,
  html,
  data,
  inside,
  request,
  ldap,
  'ldap-name': ldapName,
  xpath,
} as const satisfies Record<string, Shape>;
export type ShapeName = keyof typeof SHAPES;
