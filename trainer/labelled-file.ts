/** Files of prompts whose label is known: JSON lines with a field `text`, and perhaps the `system` message it was sent under. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { PurpgateError } from '../src/errors.js';

interface LabelledRow {
  readonly text: string;
  /** Empty where the line has none. */
  readonly system: string;
}

export interface LabelledFile {
  /** Its name without folder and ending. */
  readonly name: string;
  readonly rows: readonly LabelledRow[];
}

/** @throws PurpgateError `setting_invalid` for a file that cannot be used, saying which line is wrong. */
export async function readLabelledFile(file: string): Promise<LabelledFile> {
  const refuse = (reason: string, cause?: unknown): PurpgateError =>
    new PurpgateError('setting_invalid', { publicMessage: `${file}: ${reason}`, cause });
  const content = await readFile(file, 'utf8').catch((thrown: unknown) => {
    throw refuse('cannot be read', thrown);
  });
  const rows = content.split('\n').flatMap((line, index): LabelledRow[] => {
    if (line.trim() === '') return [];
    const row = rowOf(line);
    if (row === null) throw refuse(`line ${index + 1} is no JSON object with a field text`);
    return [row];
  });
  return { name: basename(file).replace(/\.\w+$/, ''), rows };
}

function rowOf(line: string): LabelledRow | null {
  try {
    const row: unknown = JSON.parse(line);
    if (typeof row !== 'object' || row === null || !('text' in row) || typeof row.text !== 'string') return null;
    return { text: row.text, system: 'system' in row && typeof row.system === 'string' ? row.system : '' };
  } catch {
    return null;
  }
}
