/** Takes secrets and personal data out of what is kept, before it reaches any disk. */
import { createHmac } from 'node:crypto';
import type { RecordedAnswer } from '../events/interaction.js';
import { findPersonalData } from '../text/personal-data.js';
import { disjointSpans, findSecrets, replaceSpans } from '../text/secrets.js';
import type { Json, JsonObject } from '../types.js';

/** Hexadecimal digits of a mark: 48 bits tell the secrets of one installation apart. */
const DIGITS = 12;

/**
 * Replaces each secret and each piece of personal data in every string by `[REDACTED <kind> <length> <hash>]`, and counts them: token ids of a
 * redacted text would spell it out. The hash is keyed (HMAC-SHA-256), so that equal texts can be matched and none can be guessed.
 */
export class Redactor {
  count = 0;

  constructor(private readonly key: Uint8Array) {}

  string(text: string): string {
    return this.replace(this.replace(text, findSecrets), findPersonalData);
  }

  answer(answer: RecordedAnswer): RecordedAnswer {
    return {
      reasoning: this.string(answer.reasoning),
      content: this.string(answer.content),
      tool_calls: answer.tool_calls.map((call) => ({
        ...call,
        id: this.string(call.id),
        name: this.string(call.name),
        arguments: this.string(call.arguments),
      })),
      finish: answer.finish,
    };
  }

  object(value: JsonObject): JsonObject {
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [
        this.string(name),
        item === undefined ? undefined : this.json(item),
      ]),
    );
  }

  json(value: Json): Json {
    if (typeof value === 'string') return this.string(value);
    if (value === null || typeof value !== 'object') return value;
    return isArray(value) ? value.map((item) => this.json(item)) : this.object(value);
  }

  private replace(text: string, find: Find): string {
    return replaceSpans(text, findThroughEscapes(text, find), (kind, taken) => {
      this.count += 1;
      const hash = createHmac('sha256', this.key).update(taken).digest('hex').slice(0, DIGITS);
      return `[REDACTED ${kind} ${taken.length} ${hash}]`;
    });
  }
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

/** Array.isArray does not narrow readonly arrays. */
function isArray(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}
