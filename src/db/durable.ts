/** Files that survive a crash: their content and their names are on the disk when the promise resolves. */
import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Syncs a folder's entries: without it a new, renamed or removed name may come back or vanish when the power fails. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Ending of files that are not whole yet; what a crash leaves of them may be deleted. */
export const UNFINISHED = '.new';

/**
 * Puts a whole file in place by a temporary name, sync and rename: a reader, also after a crash, finds the old content or the new,
 * and of several writers at once one prevails. The owner alone may read the file.
 */
export async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  const fresh = `${path}.${randomUUID()}${UNFINISHED}`;
  try {
    const file = await open(fresh, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
  } catch (thrown) {
    await rm(fresh, { force: true });
    throw thrown;
  }
  await syncFolder(dirname(path));
}
