/** Texts of a folder, such as the packages that the project depends on: what tools return to agents all day, and means no harm. */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { PurpgateError } from '../src/errors.js';

/** Every file so many is read, in the order of their paths. */
const EVERY: Readonly<Record<string, number>> = { '.md': 1, '.js': 40, '.ts': 40, '.json': 20, '.yml': 1, '.yaml': 1 };
/** Characters of a part, and parts of a file that are read. */
const PART = 3000;
const PARTS = 3;
const SHORTEST = 200;

/** The same folder gives the same texts. @throws PurpgateError `setting_invalid` when it cannot be read. */
export async function readDocuments(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new PurpgateError('setting_invalid', { publicMessage: `--documents: ${folder} cannot be read`, cause });
  });
  const files = Object.entries(EVERY).flatMap(([ending, every]) =>
    entries
      .filter((name) => extname(name) === ending)
      .sort()
      .filter((_, at) => at % every === 0),
  );
  const texts: string[] = [];
  for (const file of files) {
    // A folder may bear such a name too.
    const content = await readFile(join(folder, file), 'utf8').catch(() => '');
    for (let part = 0; part < PARTS; part += 1) {
      const text = content.slice(part * PART, (part + 1) * PART);
      if (text.length >= SHORTEST) texts.push(text);
    }
  }
  return texts;
}
