/** A context-free grammar in text files: sections `# name` of alternatives, one a line. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/config.js';
import type { Chooser } from '../random.js';

const FOLDER = join(packageRoot, 'trainer', 'data', 'guard');

function readSections(): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>();
  for (const name of readdirSync(FOLDER)
    .sort()
    .filter((file) => file.endsWith('.txt'))) {
    let current: string[] = [];
    for (const line of readFileSync(join(FOLDER, name), 'utf8').split('\n')) {
      const text = line.trim();
      if (text.startsWith('# ')) {
        current = sections.get(text.slice(2)) ?? [];
        sections.set(text.slice(2), current);
      } else if (text !== '') current.push(text);
    }
  }
  return sections;
}

const sections = readSections();

export const sectionNames: readonly string[] = [...sections.keys()];

/**
 * `$name` becomes an alternative of that section, `{a|b}` one of those in braces, `\n` a line break, `¦` a bar; what was put in is expanded too.
 * @throws RangeError for a section that no file has.
 */
export function expand(chooser: Chooser, template: string): string {
  let text = template;
  for (let depth = 0; /\$[a-z]|\{[^{}]*\|[^{}]*\}/.test(text); depth += 1) {
    if (depth > 20) throw new RangeError(`a section names itself: ${template}`);
    text = text
      .replace(/\{([^{}]*\|[^{}]*)\}/g, (_, choices: string) => chooser.pick(choices.split('|')))
      .replace(/\$([a-z]+(?:-[a-z]+)*)/g, (_, name: string) => {
        const lines = sections.get(name);
        if (lines === undefined) throw new RangeError(`no section ${name} for: ${template}`);
        return chooser.pick(lines);
      });
  }
  return text.replaceAll('\\n', '\n').replaceAll('¦', '|').replace(/ {2,}/g, ' ').trim();
}
