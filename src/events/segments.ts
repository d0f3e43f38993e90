/** The files of the spool: `<sequence>.log`, written one after the other and deleted whole. */
import { open, mkdir, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UNFINISHED, syncFolder } from '../db/durable.js';
import type { Logger } from '../telemetry.js';
import { wholeFrames } from './frames.js';

/** What the spool needs of an open file; a FileHandle is one. */
export interface SpoolFile {
  write(bytes: Buffer, offset: number, length: number, position: number): Promise<{ bytesWritten: number }>;
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/** Makes a file that was not there. */
export type CreateFile = (path: string) => Promise<SpoolFile>;

export const createFile: CreateFile = (path) => open(path, 'wx', 0o600);

export interface Segment {
  readonly sequence: number;
  readonly path: string;
  /** Bytes that are durable; a reader looks no further. */
  end: number;
  /** A frame in it could not be read: it is kept for a look when everything else is shipped. */
  damaged: boolean;
  /** Null when nothing more will be written to it. */
  file: SpoolFile | null;
}

const pathOf = (folder: string, sequence: number): string => join(folder, `${String(sequence).padStart(12, '0')}.log`);

/** The segments in order. The newest may be written to; the others never change. */
export class Segments {
  /** Oldest first. */
  readonly list: Segment[] = [];
  #nextSequence = 1;

  private constructor(readonly folder: string) {}

  /** Opens the folder, made when missing. A torn frame at the end of the newest file is cut: it was never acknowledged. */
  static async open(folder: string, logger: Logger): Promise<Segments> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const segments = new Segments(folder);
    const names = (await readdir(folder)).sort();
    for (const name of names.filter((one) => one.endsWith(UNFINISHED))) await rm(join(folder, name), { force: true });
    for (const name of names.filter((one) => /^\d{12}\.log$/.test(one))) {
      const path = join(folder, name);
      const { size } = await stat(path);
      segments.list.push({ sequence: Number.parseInt(name, 10), path, end: size, damaged: false, file: null });
    }
    const newest = segments.list.at(-1);
    if (newest !== undefined) await cutTornEnd(newest, logger);
    segments.skipTo((newest?.sequence ?? 0) + 1);
    return segments;
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.list.reduce((sum, { end }) => sum + end, 0);
  }

  /** New files get numbers from here on, so that a number is never used twice. */
  skipTo(sequence: number): void {
    this.#nextSequence = Math.max(this.#nextSequence, sequence);
  }

  /** Adds an empty segment whose name is durable. */
  async add(create: CreateFile): Promise<Segment & { file: SpoolFile }> {
    const sequence = this.#nextSequence++;
    const path = pathOf(this.folder, sequence);
    const file = await create(path);
    try {
      await syncFolder(this.folder);
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
    const segment = { sequence, path, end: 0, damaged: false, file };
    this.list.push(segment);
    return segment;
  }

  /** Forgets an empty segment that cannot be used. */
  async discard(segment: Segment): Promise<void> {
    const place = this.list.indexOf(segment);
    if (place >= 0) this.list.splice(place, 1);
    await rm(segment.path, { force: true });
  }

  /** Deletes the oldest segment; a damaged one is renamed and no longer counted. */
  async dropOldest(): Promise<void> {
    const segment = this.list.shift();
    if (segment === undefined) return;
    if (segment.damaged) await rename(segment.path, `${segment.path}.damaged`);
    else await rm(segment.path, { force: true });
  }
}

async function cutTornEnd(segment: Segment, logger: Logger): Promise<void> {
  const end = wholeFrames(await readFile(segment.path));
  if (end === segment.end) return;
  logger.warn({ bytes: segment.end - end }, 'the end of the spool was torn by a crash and is cut');
  const file = await open(segment.path, 'r+');
  try {
    await file.truncate(end);
    // Or the end would be back after a power failure, when this is no longer the newest file.
    await file.datasync();
  } finally {
    await file.close();
  }
  segment.end = end;
}
