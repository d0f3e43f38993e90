/** Matching of qualified names against the patterns of rules and models. */

/**
 * `os.system` is that very name; `*.execute` a member of that name, of whatever (and not the built-in `exec`); `/run_?cmd/` a regular expression on
 * the last part.
 */
export class NameMatcher<Entry> {
  private readonly exact = new Map<string, Entry[]>();
  private readonly endings = new Map<string, { ending: string; entry: Entry }[]>();
  private readonly expressions: { pattern: RegExp; entry: Entry }[] = [];

  constructor(patterns: Iterable<readonly [pattern: string, entry: Entry]>) {
    for (const [pattern, entry] of patterns) {
      if (pattern.startsWith('/')) this.expressions.push({ pattern: new RegExp(pattern.slice(1, -1), 'i'), entry });
      else if (pattern.startsWith('*.')) push(this.endings, lastName(pattern), { ending: pattern.slice(1), entry });
      else push(this.exact, pattern, entry);
    }
  }

  /** @param written the callee as it stands in the source, where its qualified name is not known. */
  match(path: string | undefined, written: string): readonly Entry[] {
    const name = lastName(path ?? written);
    const found: Entry[] = path === undefined ? [] : [...(this.exact.get(path) ?? [])];
    for (const { ending, entry } of this.endings.get(name) ?? [])
      if (path?.endsWith(ending) === true || written.endsWith(ending)) found.push(entry);
    for (const { pattern, entry } of this.expressions) if (pattern.test(name)) found.push(entry);
    return found;
  }
}

export function lastName(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

function push<Key, Item>(map: Map<Key, Item[]>, key: Key, item: Item): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [item]);
  else list.push(item);
}
