/** Phrasings beyond those that stand beside a task: text files of lines, under `# <id of the task>`. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/config.js';

const FOLDER = join(packageRoot, 'trainer', 'data', 'phrasings');

function readAll(): ReadonlyMap<string, readonly string[]> {
  const phrasings = new Map<string, string[]>();
  for (const name of readdirSync(FOLDER).sort()) {
    let current: string[] = [];
    for (const line of readFileSync(join(FOLDER, name), 'utf8').split('\n')) {
      const text = line.trim();
      if (text.startsWith('# ')) {
        current = phrasings.get(text.slice(2)) ?? [];
        phrasings.set(text.slice(2), current);
      } else if (text !== '') current.push(text);
    }
  }
  return phrasings;
}

const more = readAll();

/** The ids that the files speak of: each is to be a task. */
export const phrasedIds: readonly string[] = [...more.keys()];

/** The phrasings of a task; those of the table come first, so that more of them change no side of the others. */
export function withMore(id: string, phrasings: readonly string[]): readonly string[] {
  return [...phrasings, ...(more.get(id) ?? [])];
}

export function morePhrasings<Entry extends { readonly id: string; readonly phrasings: readonly string[] }>(
  entry: Entry,
): Entry {
  return { ...entry, phrasings: withMore(entry.id, entry.phrasings) };
}
