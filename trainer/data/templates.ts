/** Context-free grammars in text files: sections `# name` of alternatives, one a line. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/config.js';
import type { Chooser } from './random.js';

export interface Templates {
  readonly names: readonly string[];
  /** Alternatives of a section as they are written. @throws RangeError for a section that no file has. */
  linesOf(name: string): readonly string[];
  /**
   * `$name` becomes an alternative of that section, `{a|b}` one of those in braces, `\n` a line break, `¦` a bar; what was put in is expanded too.
   * @throws RangeError for a section that no file has.
   */
  expand(chooser: Chooser, template: string): string;
}

/** @param folder below trainer/data, with one file or several that end in .txt. */
export function readTemplates(folder: string): Templates {
  const sections = readSections(join(packageRoot, 'trainer', 'data', folder));
  const linesOf = (name: string): readonly string[] => {
    const lines = sections.get(name);
    if (lines === undefined) throw new RangeError(`no section ${name} in trainer/data/${folder}`);
    return lines;
  };
  return {
    names: [...sections.keys()],
    linesOf,
    expand(chooser, template) {
      let text = template;
      for (let depth = 0; isTemplate(text); depth += 1) {
        if (depth > 20) throw new RangeError(`a section names itself: ${template}`);
        text = text
          .replace(/\{([^{}]*\|[^{}]*)\}/g, (_, choices: string) => chooser.pick(choices.split('|')))
          .replace(/\$([a-z]+(?:-[a-z]+)*)/g, (_, name: string) => chooser.pick(linesOf(name)));
      }
      return text.replaceAll('\\n', '\n').replaceAll('¦', '|').replace(/ {2,}/g, ' ').trim();
    },
  };
}

/** Whether there is anything to choose in it. */
export const isTemplate = (text: string): boolean => /\$[a-z]|\{[^{}]*\|[^{}]*\}/.test(text);

function readSections(folder: string): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>();
  for (const name of readdirSync(folder)
    .sort()
    .filter((file) => file.endsWith('.txt'))) {
    let current: string[] = [];
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
      const text = line.trim();
      if (text.startsWith('# ')) {
        current = sections.get(text.slice(2)) ?? [];
        sections.set(text.slice(2), current);
      } else if (text !== '') current.push(text);
    }
  }
  return sections;
}
