/** Files as a patch leaves them: unified diffs and the `*** Begin Patch` form of coding agents. */
import { languageOfPath, PythonEvidence } from '../text/fences.js';
import type { CodePart } from './embedded-code.js';
import { linesOf } from './source-lines.js';

export function isPatch(text: string): boolean {
  return /^(?:diff --git |@@ |@@$|\+\+\+ \S|\*\*\* (?:Begin Patch|Add File:|Update File:))/m.test(text);
}

interface PatchedFile {
  readonly path: string | null;
  readonly lines: string[];
  /** Numbers, from 1, of the lines that the patch adds. */
  readonly added: Set<number>;
  removes: boolean;
  /** What `@@ … @@` says that the next lines stand in. */
  heading: string | null;
}

const newFile = (path: string | null): PatchedFile => ({
  path,
  lines: [],
  added: new Set(),
  removes: false,
  heading: null,
});

/** By file, and at the end what else there is. What stood there before is context: a finding that touches no added line is none of the patch's. */
export function patchedCode(patch: string): CodePart[] {
  const files: PatchedFile[] = [newFile(null)];
  const rest = new PythonEvidence();
  const unpatched: string[] = [];
  for (const raw of linesOf(patch)) {
    const line = raw.replace(/[\r\n]+$/, '');
    const file = files.at(-1);
    if (file === undefined) break;
    const path = /^(?:\+\+\+ (?:b\/)?|\*\*\* (?:Add|Update) File: )(\S.*)$/.exec(line)?.[1];
    if (path !== undefined || line.startsWith('diff --git ')) files.push(newFile(path?.trim() ?? null));
    else if (line.startsWith('@@')) file.heading = line.replace(/^@@(?: -[\d,]+ \+[\d,]+ @@)? ?/, '');
    else if (/^--- \S/.test(line)) continue;
    else if (line.startsWith('-')) file.removes = true;
    else {
      if (!line.startsWith('+')) unpatched.push(raw);
      if (line.startsWith('+') || line.startsWith(' ')) addLine(file, line);
      else if (line === '') file.lines.push('');
      else rest.add(line);
    }
  }
  const parts = files
    .filter(({ lines }) => lines.some((line) => line.trim() !== ''))
    .map(({ lines, path, added, removes }) => ({
      code: `${lines.join('\n')}\n`,
      language: path === null ? null : languageOfPath(path),
      ...(path === null ? {} : { paths: [path] }),
      // A patch of nothing but context is a listing.
      ...(added.size > 0 || removes ? { changed: added } : {}),
    }));
  // Code that only stands among lines of a patch.
  return rest.weight >= 2 ? [...parts, { code: unpatched.join(''), language: null }] : parts;
}

function addLine(file: PatchedFile, line: string): void {
  const { heading } = file;
  file.heading = null;
  if (heading !== null && heading !== '' && /^.[ \t]/.test(line)) file.lines.push(heading);
  file.lines.push(line.slice(1));
  if (line.startsWith('+')) file.added.add(file.lines.length);
}
