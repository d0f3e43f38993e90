/** Takes secrets and personal data out of a text. */
import { findPersonalData } from './personal-data.js';
import { disjointSpans, findSecrets, replaceSpans } from './secrets.js';

/** What stands for a piece that is taken out, given its kind and its text. */
export type Mark = (kind: string, taken: string) => string;

/** The text with a mark in the place of each secret and each piece of personal data. */
export function redact(text: string, mark: Mark): string {
  const replace = (of: string, find: Find): string => replaceSpans(of, findThroughEscapes(of, find), mark);
  return replace(replace(text, findSecrets), findPersonalData);
}

type Spans = Parameters<typeof replaceSpans>[1];
type Find = (text: string) => Spans;

/** A file in the arguments of a tool is one string within another; what a tool prints of such is one deeper. */
const DEEPEST = 3;

/** Also what can only be told once JSON's escapes are undone: `\\n` ends a line there, and `\\"` a value. */
function findThroughEscapes(text: string, find: Find): Spans {
  const all = [...find(text)];
  let offsets: readonly number[] | null = null;
  let current = text;
  for (let depth = 0; depth < DEEPEST; depth += 1) {
    const undone = unescaped(current, offsets);
    if (undone === null) break;
    ({ text: current, offsets } = undone);
    for (const { kind, start, end } of find(current))
      all.push({ kind, start: offsets[start] ?? 0, end: offsets[end] ?? text.length });
  }
  return disjointSpans(all);
}

const ESCAPE = /\\(?:(["'\\/])|([nrtbf])|u([0-9a-fA-F]{4}))/g;

/** Null where nothing is escaped. `offsets` says of each character, and of the end, where it stands in the first text. */
function unescaped(
  text: string,
  before: readonly number[] | null,
): { readonly text: string; readonly offsets: readonly number[] } | null {
  const parts: string[] = [];
  const offsets: number[] = [];
  let from = 0;
  const keep = (end: number): void => {
    parts.push(text.slice(from, end));
    for (let at = from; at < end; at += 1) offsets.push(before?.[at] ?? at);
  };
  for (const { 0: escape, 1: itself, 2: control, 3: code, index } of text.matchAll(ESCAPE)) {
    keep(index);
    parts.push(itself ?? (control === undefined ? String.fromCharCode(Number.parseInt(code ?? '', 16)) : '\n'));
    offsets.push(before?.[index] ?? index);
    from = index + escape.length;
  }
  if (from === 0) return null;
  keep(text.length);
  offsets.push(before?.[text.length] ?? text.length);
  return { text: parts.join(''), offsets };
}
