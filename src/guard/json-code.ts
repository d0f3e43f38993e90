/** Code in the strings of JSON: arguments of tools, notebooks, files given line by line. */
import { languageOfPath } from '../text/fences.js';
import type { StringLeaf } from '../text/partial-json.js';
import type { CodePart } from './embedded-code.js';

/** Names of values that say which file the others are about. */
const PATH_NAMES = new Set(
  'path file filename file_name filepath file_path filePath target_file targetFile relative_path absolute_path notebook_path uri dest destination'.split(
    ' ',
  ),
);
/** Names of values that quote code which is there already: to scan it would deny the edit that repairs it. */
const EXISTING_NAMES = new Set('old_string oldString old_str old_text oldText old search find'.split(' '));

/** Each string by itself, and together those that stand in like places: lines of a file, cells of a notebook, edits of a list. */
export function codeInLeaves(leaves: readonly StringLeaf[]): CodePart[] {
  const languages = languagesByPlace(leaves);
  return [...leaves.filter(isWhole), ...joinedLeaves(leaves)]
    .filter(({ path }) => !EXISTING_NAMES.has(path.findLast((key) => typeof key === 'string') ?? ''))
    .map(({ path, value }) => ({ code: value, language: languageAt(path, languages) }));
}

/** A line of a list is judged with the others. */
function isWhole({ path, value }: StringLeaf): boolean {
  return value.includes('\n') || !path.some((key) => typeof key === 'number');
}

function joinedLeaves(leaves: readonly StringLeaf[]): StringLeaf[] {
  const groups = new Map<string, { path: StringLeaf['path']; values: string[] }>();
  for (const { path, value } of leaves) {
    if (!path.some((key) => typeof key === 'number')) continue;
    const shape = JSON.stringify(path.map((key) => (typeof key === 'number' ? 0 : key)));
    const group = groups.get(shape) ?? { path: path.filter((key) => typeof key === 'string'), values: [] };
    group.values.push(value.endsWith('\n') ? value : `${value}\n`);
    groups.set(shape, group);
  }
  return [...groups.values()].map(({ path, values }) => ({ path, value: values.join(''), complete: true }));
}

/** Language by the place (path of the object) whose file name tells it. */
function languagesByPlace(leaves: readonly StringLeaf[]): Map<string, string> {
  const languages = new Map<string, string>();
  for (const { path, value } of leaves) {
    const name = path.at(-1);
    const language = typeof name === 'string' && PATH_NAMES.has(name) ? languageOfPath(value.trim()) : null;
    if (language !== null) languages.set(JSON.stringify(path.slice(0, -1)), language);
  }
  return languages;
}

/** The nearest object around `path` that names a file. */
function languageAt(path: StringLeaf['path'], languages: ReadonlyMap<string, string>): string | null {
  if (languages.size === 0) return null;
  for (let length = path.length; length >= 0; length -= 1) {
    const language = languages.get(JSON.stringify(path.slice(0, length)));
    if (language !== undefined) return language;
  }
  return null;
}
