/**
 * Files of weights, named by their digest. A file is there when its marker is: content by temporary name, sync and rename, then the
 * marker the same way. So a reader never sees half of one, and a crash leaves only what the next write replaces.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UNFINISHED, syncFolder, writeDurably } from '../db/durable.js';
import { PurpgateError } from '../errors.js';

export interface Artifact {
  /** Hex, over the content. */
  readonly sha256: string;
  readonly bytes: number;
  readonly path: string;
}

export interface ArtifactStore {
  /** Stores the content durably; the same content again changes nothing. */
  write(content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<Artifact>;
  /**
   * The artifact, after its content was read and found to have the digest.
   * @throws PurpgateError `artifact_corrupt`, also when it was never stored whole.
   */
  verify(sha256: string): Promise<Artifact>;
}

/** A store in `folder`, made when missing. */
export function createArtifactStore(folder: string): ArtifactStore {
  const pathOf = (sha256: string): string => join(folder, `${sha256}.bin`);
  const markerOf = (sha256: string): string => join(folder, `${sha256}.json`);
  return {
    write: async (content) => {
      await mkdir(folder, { recursive: true });
      const fresh = join(folder, `${randomUUID()}${UNFINISHED}`);
      try {
        const { sha256, bytes } = await writeSynced(fresh, content);
        await rename(fresh, pathOf(sha256));
        await syncFolder(folder);
        await writeDurably(markerOf(sha256), JSON.stringify({ sha256, bytes }));
        return { sha256, bytes, path: pathOf(sha256) };
      } catch (thrown) {
        await rm(fresh, { force: true });
        throw thrown;
      }
    },
    verify: async (sha256) => {
      const bytes = await readMarker(markerOf(sha256), sha256);
      const found = await digest(pathOf(sha256));
      if (found.bytes !== bytes || found.sha256 !== sha256) throw corrupt(sha256, 'its content has another digest');
      return { sha256, bytes, path: pathOf(sha256) };
    },
  };
}

function corrupt(sha256: string, reason: string, cause?: unknown): PurpgateError {
  return new PurpgateError('artifact_corrupt', { message: `artifact ${sha256}: ${reason}`, cause });
}

async function writeSynced(
  path: string,
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(path, 'wx', 0o644);
  try {
    for await (const part of content) {
      hash.update(part);
      bytes += part.length;
      await file.writeFile(part);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), bytes };
}

async function readMarker(path: string, sha256: string): Promise<number> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (value !== null && typeof value === 'object' && 'bytes' in value) return Number(value.bytes);
  } catch (thrown) {
    throw corrupt(sha256, 'it was not stored whole', thrown);
  }
  throw corrupt(sha256, 'its marker is unreadable');
}

async function digest(path: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const part of createReadStream(path) as AsyncIterable<Buffer>) {
      hash.update(part);
      bytes += part.length;
    }
  } catch (thrown) {
    throw corrupt(path, 'it cannot be read', thrown);
  }
  return { sha256: hash.digest('hex'), bytes };
}
