/** Patterns of file names, as in .gitignore: `*` and `?` stay within a folder, `**` spans folders. */
import { posix } from 'node:path';

/** PATH_MAX of Linux. */
const LONGEST_PATH = 4096;

/**
 * Whether a path is meant by a pattern. A pattern that begins with `/` is about the whole path, any other about its end from some folder on:
 * `tests/**` means `/home/me/project/tests/a.py`, too. `..` in the path is resolved first, and `\` counts as `/`. Time is at most the product of the
 * two lengths.
 */
export function matchesGlob(path: string, pattern: string): boolean {
  if (path.length > LONGEST_PATH) return false;
  const names = posix.normalize(path.replaceAll('\\', '/')).split('/').filter(isPart);
  const parts = pattern.split('/').filter(isPart);
  // A path that leaves the folder it is told from may be anything.
  return !names.includes('..') && matches(names, pattern.startsWith('/') ? parts : ['**', ...parts], matchesName);
}

const isPart = (name: string): boolean => name !== '' && name !== '.';

function matchesName(name: string, pattern: string): boolean {
  return matches(Array.from(name), Array.from(pattern.replaceAll('**', '*')).map(asSpan), (character, wanted) =>
    wanted === '?' ? true : character === wanted,
  );
}

const asSpan = (character: string): string => (character === '*' ? '**' : character);

/** Whether all items fit the patterns in their order, where `**` fits any number of them. */
function matches(
  items: readonly string[],
  patterns: readonly string[],
  fits: (item: string, pattern: string) => boolean,
): boolean {
  // reached[n]: the first n items fit the patterns so far.
  let reached: readonly boolean[] = [true, ...items.map(() => false)];
  for (const pattern of patterns) {
    const before = reached;
    let any = false;
    reached =
      pattern === '**'
        ? before.map((one) => (any ||= one))
        : [false, ...items.map((item, at) => before[at] === true && fits(item, pattern))];
  }
  return reached.at(-1) === true;
}
