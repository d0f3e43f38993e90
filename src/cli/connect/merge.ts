/** Puts our settings into the text of a configuration file that may hold other settings, which stay. */
import { parse, parseDocument, stringify } from 'yaml';
import type { Json, JsonObject } from '../../types.js';
import type { Configuration } from './clients.js';

type Content = Configuration['files'][number]['content'];

/** @throws Error when the present text cannot be read; it is then better left alone. */
export function mergeInto(present: string, content: Content): string {
  switch (content.format) {
    case 'json':
      // What JSON5 and JSONC allow beyond JSON would be lost, so such a file is refused, not rewritten.
      return `${JSON.stringify(merge(present.trim() === '' ? {} : asObject(JSON.parse(present)), content.value), null, 2)}\n`;
    case 'yaml': {
      const { errors } = parseDocument(present);
      if (errors[0] !== undefined) throw errors[0];
      const value: unknown = parse(present);
      return stringify(merge(value === null || value === undefined ? {} : asObject(value), content.value));
    }
    case 'toml':
      return mergeToml(present, content);
  }
}

/** Ours win; lists of named things are joined by name. */
function merge(present: JsonObject, ours: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...present };
  for (const [name, value] of Object.entries(ours)) {
    const old = merged[name];
    if (isObject(old) && isObject(value)) merged[name] = merge(old, value);
    else if (Array.isArray(old) && Array.isArray(value)) {
      const added = value as readonly Json[];
      const names = new Set(added.map(nameOf));
      merged[name] = [...(old as readonly Json[]).filter((item) => !names.has(nameOf(item))), ...added];
    } else merged[name] = value;
  }
  return merged;
}

function nameOf(item: Json): Json {
  return isObject(item) ? (item['name'] ?? item['id'] ?? null) : item;
}

/** Tables that the file already has under our names, and root keys that we set, give way; the rest stays as it is written. */
function mergeToml(present: string, { root, tables }: Extract<Content, { format: 'toml' }>): string {
  const ours = new Set([...tables.matchAll(/^\[.*\]$/gm)].map(([header]) => header));
  const kept: string[] = [];
  let table: string | null = null;
  for (const line of present.split('\n')) {
    const header = /^\s*(\[.*\])\s*(?:#.*)?$/.exec(line)?.[1];
    if (header !== undefined) table = header;
    const key = table === null ? /^\s*"?([\w-]+)"?\s*=/.exec(line)?.[1] : undefined;
    if (table !== null && ours.has(table)) continue;
    if (key !== undefined && Object.hasOwn(root, key)) continue;
    kept.push(line);
  }
  const settings = Object.entries(root).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return `${[settings.join('\n'), kept.join('\n').trim(), tables].filter((part) => part !== '').join('\n\n')}\n`;
}

function asObject(value: unknown): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new Error('it holds no table of settings');
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
