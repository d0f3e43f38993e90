/**
 * The spool: every record is durable on this machine before its request is answered, whatever the event log behind it does.
 * docs/events.md says what is promised.
 */
import type { Logger, Metrics } from '../telemetry.js';
import type { LogRecord, Topic } from './event-log.js';
import { encodeFrame } from './frames.js';
import { createFile, Segments, type CreateFile } from './segments.js';
import { SpoolReader, type SpoolBatch } from './spool-reader.js';
import { SpoolWriter, refused } from './spool-writer.js';

export type { SpoolBatch, SpooledRecord } from './spool-reader.js';

export interface Spool {
  /**
   * Resolves when the record is on the disk (fdatasync), in the order of the calls.
   * @throws PurpgateError `interaction_log_full`: the size is used up, or the disk refuses; the record is not in the spool.
   */
  append(topic: Topic, record: LogRecord): Promise<void>;
  /** Whether no request that must be logged should be started. Some room is left then for those that run. */
  isFull(): boolean;
  /** What is not yet shipped: bytes, and the age of the oldest record in milliseconds (null when there is none). */
  readonly pending: { readonly bytes: number; readonly oldestMs: number | null };
  /** The next records for the one reader, the same until they are acknowledged; null when there is nothing. */
  read(): Promise<SpoolBatch | null>;
  /** The records are durable elsewhere. They come again only after a crash of a machine whose disk was full. */
  acknowledge(batch: SpoolBatch): Promise<void>;
  /** Resolves when there may be something to read, or when the signal aborts. */
  whenReadable(signal: AbortSignal): Promise<void>;
  /** Idempotent; waits for running appends. */
  close(): Promise<void>;
}

export interface SpoolOptions {
  readonly folder: string;
  /** Size on disk; it may be exceeded by one file of at most 64 MiB while acknowledged records wait for their deletion. */
  readonly maxBytes: number;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly createFile?: CreateFile;
}

const SEGMENT_BYTES = 64 << 20;
/** Share of the size at which no new request is started. */
const FULL_AT = 0.9;
const METRICS_EVERY_MS = 1_000;

/** Opens the spool, of which there is one per folder: the data folder's lock sees to that. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const segments = await Segments.open(options.folder, options.logger);
  const reader = await SpoolReader.open({ segments, metrics: options.metrics, logger: options.logger });
  return new SegmentSpool(options, { segments, reader, oldestAt: await reader.nextWrittenAt() });
}

interface Opened {
  readonly segments: Segments;
  readonly reader: SpoolReader;
  /** When the oldest unshipped record was written. */
  oldestAt: number | null;
}

class SegmentSpool implements Spool {
  readonly #writer: SpoolWriter;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  readonly #segmentBytes: number;
  #wake: (() => void) | null = null;
  #closed: Promise<void> | null = null;

  constructor(
    private readonly options: SpoolOptions,
    private readonly opened: Opened,
  ) {
    this.#now = options.now ?? Date.now;
    // Small enough that deleting one file makes room in a small spool.
    this.#segmentBytes = Math.min(SEGMENT_BYTES, Math.ceil(options.maxBytes / 8));
    this.#writer = new SpoolWriter({
      segments: opened.segments,
      segmentBytes: this.#segmentBytes,
      createFile: options.createFile ?? createFile,
      logger: options.logger,
      makeRoom: () => opened.reader.dropRead(),
      onWritten: () => this.#wake?.(),
    });
    this.#timer = setInterval(() => {
      this.#measure();
    }, METRICS_EVERY_MS);
    this.#timer.unref();
    this.#measure();
  }

  async append(topic: Topic, record: LogRecord): Promise<void> {
    if (this.#closed !== null) throw refused('the spool is closed');
    const writtenAt = this.#now();
    const frame = encodeFrame(JSON.stringify({ topic, ...record }), writtenAt);
    if (this.#bytes() + frame.length > this.options.maxBytes) throw refused('the spool has reached its size');
    await this.#writer.append(frame);
    this.opened.oldestAt ??= writtenAt;
  }

  isFull(): boolean {
    return this.#closed !== null || this.#writer.isFailing || this.#bytes() > FULL_AT * this.options.maxBytes;
  }

  get pending(): { bytes: number; oldestMs: number | null } {
    const bytes = this.opened.reader.pendingBytes;
    const { oldestAt } = this.opened;
    return { bytes, oldestMs: bytes === 0 || oldestAt === null ? null : Math.max(0, this.#now() - oldestAt) };
  }

  read(): Promise<SpoolBatch | null> {
    return this.opened.reader.read();
  }

  async acknowledge(batch: SpoolBatch): Promise<void> {
    const { reader } = this.opened;
    await reader.acknowledge(batch);
    this.opened.oldestAt = null;
    const next = await reader.nextWrittenAt();
    if (next !== null) this.opened.oldestAt = next;
    // All is shipped: a file of full size would only take room, and in a small spool all of it.
    if (reader.pendingBytes === 0) this.#writer.seal(this.#segmentBytes);
    await reader.dropRead();
    this.#measure();
  }

  whenReadable(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        this.#wake = null;
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake);
      if (signal.aborted || this.opened.reader.pendingBytes > 0) wake();
    });
  }

  close(): Promise<void> {
    clearInterval(this.#timer);
    return (this.#closed ??= this.#writer.close());
  }

  #bytes(): number {
    return this.opened.segments.bytes + this.#writer.waitingBytes;
  }

  #measure(): void {
    const { bytes, oldestMs } = this.pending;
    this.options.metrics.spoolBytes.set(bytes);
    this.options.metrics.spoolOldestSeconds.set((oldestMs ?? 0) / 1000);
  }
}
