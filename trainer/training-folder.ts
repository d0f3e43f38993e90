/** The folder of a training: held by one process at a time, its files replaced whole, its failures told in words. */
import { appendFile, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PurpgateError } from '../src/errors.js';
import { lockDataFolder } from '../src/instance-lock.js';

/** What the system says when a folder cannot be written, and not when purpgate is wrong. */
const FOLDER_FAILURES = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EACCES', 'EPERM', 'EROFS', 'EIO', 'ENOTDIR', 'EEXIST']);
const RUN_FILE = 'training-run.json';

/**
 * Runs `work` while the folder, made when it is missing, belongs to this process alone.
 * @throws PurpgateError `data_folder_in_use` or `data_folder_unusable`, also where a write fails in the middle.
 */
export async function holdFolder<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  try {
    const lock = await lockDataFolder(folder, '--out');
    try {
      return await work();
    } finally {
      await lock.release();
    }
  } catch (thrown) {
    throw explained(folder, thrown);
  }
}

function explained(folder: string, thrown: unknown): unknown {
  if (!(thrown instanceof Error && 'code' in thrown && FOLDER_FAILURES.has(String(thrown.code)))) return thrown;
  return new PurpgateError('data_folder_unusable', {
    publicMessage: `--out: the folder ${folder} cannot be written to (${thrown.message}). Make room or choose another one; what was saved before is kept, and --resume goes on from there.`,
    cause: thrown,
  });
}

export async function hasRun(folder: string): Promise<boolean> {
  return (await readRun(folder)) !== null;
}

/** @throws PurpgateError `setting_invalid` unless the folder holds the run that `identity` names. */
export async function requireRun(folder: string, identity: object): Promise<void> {
  const found = await readRun(folder);
  if (found !== JSON.stringify(identity))
    throw new PurpgateError('setting_invalid', {
      publicMessage:
        found === null
          ? `--resume: the folder ${folder} holds no run`
          : `--out: the folder ${folder} holds another run; give the options that it was started with, or another folder`,
    });
}

/** Forgets an earlier run in the folder: first that there is one, then its files. */
export async function forgetRun(folder: string, files: readonly string[]): Promise<void> {
  for (const file of [RUN_FILE, ...files]) await rm(join(folder, file), { force: true });
}

/** From here on the run can be resumed. */
export async function recordRun(folder: string, identity: object): Promise<void> {
  await writeWhole(join(folder, RUN_FILE), JSON.stringify(identity));
}

async function readRun(folder: string): Promise<string | null> {
  return readIfThere(join(folder, RUN_FILE));
}

/** A reader, and a process that was killed, see the old text or the new one. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = `${file}.tmp-${process.pid}`;
  try {
    const handle = await open(temporary, 'w');
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
}

/** Null where there is no such file. One that cannot be read is there: who took it for missing would begin anew and delete. */
async function readIfThere(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch((thrown: unknown) => {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return null;
    throw thrown;
  });
}

export async function appendLine(file: string, value: object): Promise<void> {
  await appendFile(file, `${JSON.stringify(value)}\n`);
}

/** The objects of a file of JSON lines, empty where there is none. A line that a killed process left unfinished is not one. */
export async function readLines(file: string): Promise<readonly unknown[]> {
  const text = (await readIfThere(file)) ?? '';
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}

/** Replaces a file of JSON lines. */
export async function writeLines(file: string, values: readonly unknown[]): Promise<void> {
  await writeWhole(file, values.map((value) => `${JSON.stringify(value)}\n`).join(''));
}
