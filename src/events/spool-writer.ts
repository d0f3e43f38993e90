/**
 * The writing side of the spool. States: `writing` (frames go to the newest file; one sync serves all that wait) → `failing` (a write
 * or sync failed: what waits is rejected, new frames are refused) → `writing`, when a timer has cut off what the failed write left and
 * a probe in a new file went through. A file is never synced again after a failed sync, since the system may have dropped the
 * bytes and would report success.
 */
import { PurpgateError } from '../errors.js';
import type { Logger } from '../telemetry.js';
import type { CreateFile, Segment, Segments, SpoolFile } from './segments.js';

const BATCH_BYTES = 4 << 20;
const PROBE = Buffer.alloc(64 << 10);
const PROBE_EVERY_MS = 1_000;

interface Waiting {
  readonly frame: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: PurpgateError) => void;
}

export interface SpoolWriterOptions {
  readonly segments: Segments;
  readonly segmentBytes: number;
  readonly createFile: CreateFile;
  readonly logger: Logger;
  /** Deletes files that are read. */
  readonly makeRoom: () => Promise<void>;
  /** Called after frames became durable. */
  readonly onWritten: (bytes: number) => void;
}

export const refused = (message: string, cause?: unknown): PurpgateError =>
  new PurpgateError('interaction_log_full', { message, cause });

export class SpoolWriter {
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #active: Segment | null = null;
  #writing: Promise<void> | null = null;
  #failure: unknown = null;
  #probe: NodeJS.Timeout | undefined;

  constructor(private readonly options: SpoolWriterOptions) {}

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get isFailing(): boolean {
    return this.#failure !== null;
  }

  /** Resolves when the frame is durable. */
  append(frame: Buffer): Promise<void> {
    if (this.isFailing) return Promise.reject(refused('the spool cannot be written to', this.#failure));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ frame, resolve, reject });
      this.#waitingBytes += frame.length;
      this.#writing ??= this.#writeAll();
    });
  }

  /** Closes the newest file if it holds at least `leastBytes`, so that it can be deleted; the next frame begins a new one. */
  seal(leastBytes: number): void {
    const active = this.#active;
    if (this.#writing !== null || active === null || active.end < leastBytes) return;
    this.#active = null;
    // All of it is synced; a failed close loses nothing.
    active.file?.close().catch(() => undefined);
    active.file = null;
  }

  async close(): Promise<void> {
    clearTimeout(this.#probe);
    await this.#writing;
    // When this fails too, a rejected record may be found at the next start, and is shipped then.
    if (this.isFailing) await this.#cutActive().catch(() => undefined);
    this.seal(0);
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch();
      const bytes = Buffer.concat(batch.map(({ frame }) => frame));
      try {
        const { segment, file } = await this.#segmentFor(bytes.length);
        await writeFully(file, bytes, segment.end);
        await file.datasync();
        segment.end += bytes.length;
      } catch (thrown) {
        this.#fail(thrown, batch);
        break;
      }
      this.#waitingBytes -= bytes.length;
      this.options.onWritten(bytes.length);
      for (const { resolve } of batch) resolve();
    }
    this.#writing = null;
  }

  #takeBatch(): Waiting[] {
    const limit = Math.min(BATCH_BYTES, this.options.segmentBytes);
    let count = 0;
    let bytes = 0;
    for (const { frame } of this.#waiting) {
      if (count > 0 && bytes + frame.length > limit) break;
      bytes += frame.length;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #segmentFor(bytes: number): Promise<{ segment: Segment; file: SpoolFile }> {
    const { segments, segmentBytes, createFile } = this.options;
    if (this.#active?.file && (this.#active.end === 0 || this.#active.end + bytes <= segmentBytes))
      return { segment: this.#active, file: this.#active.file };
    await this.#leave(this.#active);
    const segment = await segments.add(createFile);
    this.#active = segment;
    return { segment, file: segment.file };
  }

  async #leave(segment: Segment | null): Promise<void> {
    this.#active = null;
    const file = segment?.file;
    if (segment && file) {
      segment.file = null;
      await file.close();
    }
  }

  #fail(thrown: unknown, batch: readonly Waiting[]): void {
    this.#failure = thrown;
    this.options.logger.error(
      { error: thrown },
      'the spool cannot be written to; requests that must be logged are refused',
    );
    const error = refused('the record could not be written to the spool', thrown);
    for (const { reject } of [...batch, ...this.#waiting]) reject(error);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#probeLater();
  }

  #probeLater(): void {
    this.#probe = setTimeout(() => {
      this.#writing = this.#recover().finally(() => {
        this.#writing = null;
      });
    }, PROBE_EVERY_MS);
    this.#probe.unref();
  }

  async #recover(): Promise<void> {
    try {
      await this.#cutActive();
      await this.options.makeRoom();
      const segment = await this.options.segments.add(this.options.createFile);
      this.#active = segment;
      await writeFully(segment.file, PROBE, 0);
      await segment.file.datasync();
      await segment.file.truncate(0);
      this.#failure = null;
      this.options.logger.info('the spool can be written to again');
    } catch {
      // Still failing, as was logged when it began.
      this.#probeLater();
    }
  }

  /** Cuts what the failed write left: a record that was rejected must not come back. Cutting needs no space. */
  async #cutActive(): Promise<void> {
    const segment = this.#active;
    if (!segment?.file) return;
    await segment.file.truncate(segment.end);
    await segment.file.datasync();
    await this.#leave(segment);
    if (segment.end === 0) await this.options.segments.discard(segment);
  }
}

async function writeFully(file: SpoolFile, bytes: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length)
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
}
