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

interface File {
  readonly language: string | null;
  readonly paths: readonly string[];
}

/** Each string by itself, and together those that stand in like places: lines of a file, cells of a notebook, edits of a list. */
export function codeInLeaves(leaves: readonly StringLeaf[]): CodePart[] {
  const files = filesByPlace(leaves);
  return [...leaves.filter(isWhole), ...joinedLeaves(leaves)]
    .filter(({ path }) => !EXISTING_NAMES.has(path.findLast((key) => typeof key === 'string') ?? ''))
    .map(({ path, value }) => ({ code: value, ...(fileAt(path, files) ?? { language: null }) }));
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

/** Language and names of files by the place (path of the object) that a file name stands at. */
function filesByPlace(leaves: readonly StringLeaf[]): Map<string, File> {
  const files = new Map<string, File>();
  for (const { path, value } of leaves) {
    const name = path.at(-1);
    if (typeof name !== 'string' || !PATH_NAMES.has(name)) continue;
    const place = JSON.stringify(path.slice(0, -1));
    const known = files.get(place);
    const file = value.trim();
    files.set(place, {
      language: languageOfPath(file) ?? known?.language ?? null,
      paths: [...(known?.paths ?? []), file],
    });
  }
  return files;
}

/** Of the nearest object around `path` that names a file. */
function fileAt(path: StringLeaf['path'], files: ReadonlyMap<string, File>): File | null {
  if (files.size === 0) return null;
  for (let length = path.length; length >= 0; length -= 1) {
    const file = files.get(JSON.stringify(path.slice(0, length)));
    if (file?.language != null) return file;
  }
  return null;
}
