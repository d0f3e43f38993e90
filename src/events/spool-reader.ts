/** The reading side of the spool: one reader, whose place is durable after each acknowledgement. */
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { writeDurably } from '../db/durable.js';
import type { Logger, Metrics } from '../telemetry.js';
import { TOPICS, type LogRecord, type Topic } from './event-log.js';
import { FRAME_HEADER_BYTES, readFrame } from './frames.js';
import type { Segment, Segments } from './segments.js';

export interface SpooledRecord {
  readonly topic: Topic;
  readonly record: LogRecord;
  /** Where it stands, such as `spool/12/40960`. */
  readonly place: string;
}

interface Cursor {
  readonly sequence: number;
  readonly offset: number;
}

export interface SpoolBatch {
  /** In the order of appending; empty where only damaged frames stood. */
  readonly records: readonly SpooledRecord[];
  readonly next: Cursor;
}

export interface SpoolReaderOptions {
  readonly segments: Segments;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

const BATCH_BYTES = 2 << 20;
const CURSOR_FILE = 'cursor.json';
const KNOWN_TOPICS: ReadonlySet<string> = new Set(Object.values(TOPICS));

export class SpoolReader {
  #isPlaceWritten = true;

  private constructor(
    private readonly options: SpoolReaderOptions,
    private cursor: Cursor,
  ) {}

  static async open(options: SpoolReaderOptions): Promise<SpoolReader> {
    const { segments, logger } = options;
    const cursor = await readCursor(join(segments.folder, CURSOR_FILE), logger);
    // A number behind the reader would never be read.
    segments.skipTo(cursor.sequence + 1);
    const reader = new SpoolReader(options, cursor);
    await reader.dropRead();
    return reader;
  }

  /** Bytes that are durable and not acknowledged. */
  get pendingBytes(): number {
    const { sequence, offset } = this.cursor;
    return this.options.segments.list.reduce(
      (sum, segment) =>
        sum + (segment.sequence < sequence ? 0 : segment.end - (segment.sequence === sequence ? offset : 0)),
      0,
    );
  }

  /** The next records, the same ones until they are acknowledged; null when there is nothing. */
  async read(): Promise<SpoolBatch | null> {
    const place = this.#place();
    if (place === null) return null;
    const { segment, offset } = place;
    let bytes = await readPart(segment, offset, BATCH_BYTES);
    const first = readFrame(bytes, 0);
    if (first.type === 'cut' && offset + first.bytes <= segment.end)
      bytes = await readPart(segment, offset, first.bytes);
    return this.#parse(segment, offset, bytes);
  }

  /**
   * Goes on behind the batch. The place is durable, but on a full disk: there what was read must go all the same, or no room would
   * ever be made. After a crash such records are shipped again, which doubles nothing.
   */
  async acknowledge(batch: SpoolBatch): Promise<void> {
    this.cursor = batch.next;
    try {
      await writeDurably(
        join(this.options.segments.folder, CURSOR_FILE),
        JSON.stringify({ ...batch.next, sum: sumOf(batch.next) }),
      );
      this.#isPlaceWritten = true;
    } catch (error) {
      if (this.#isPlaceWritten) this.options.logger.warn({ error }, 'the place of the spool cannot be written');
      this.#isPlaceWritten = false;
    }
  }

  /** Deletes the files of which all is acknowledged and to which nothing is written any more. */
  async dropRead(): Promise<void> {
    const { list } = this.options.segments;
    const isRead = ({ sequence, end, file }: Segment): boolean =>
      file === null &&
      (sequence < this.cursor.sequence || (sequence === this.cursor.sequence && end <= this.cursor.offset));
    while (list[0] !== undefined && isRead(list[0])) await this.options.segments.dropOldest();
  }

  /** When the next record was written, in milliseconds since 1970; null when there is none. */
  async nextWrittenAt(): Promise<number | null> {
    const place = this.#place();
    if (place === null) return null;
    const header = await readPart(place.segment, place.offset, FRAME_HEADER_BYTES);
    return header.readDoubleLE(8);
  }

  /** The segment and offset of the next unread byte. */
  #place(): { segment: Segment; offset: number } | null {
    const { sequence, offset } = this.cursor;
    for (const segment of this.options.segments.list) {
      if (segment.sequence === sequence && offset < segment.end) return { segment, offset };
      if (segment.sequence > sequence && segment.end > 0) return { segment, offset: 0 };
    }
    return null;
  }

  #parse(segment: Segment, start: number, bytes: Buffer): SpoolBatch {
    const records: SpooledRecord[] = [];
    let end = 0;
    while (end < bytes.length) {
      const frame = readFrame(bytes, end);
      if (frame.type === 'cut') {
        if (end > 0 && start + end + frame.bytes <= segment.end) break;
        // The length itself is damaged, so that nothing tells where the next frame begins.
        this.#report(segment, start + end);
        end = segment.end - start;
        break;
      }
      const record =
        frame.type === 'frame' ? parsePayload(frame.payload, `spool/${segment.sequence}/${start + end}`) : null;
      if (record === null) this.#report(segment, start + end);
      else records.push(record);
      end = frame.end;
    }
    return { records, next: { sequence: segment.sequence, offset: start + end } };
  }

  #report(segment: Segment, offset: number): void {
    segment.damaged = true;
    this.options.metrics.deadLetters.inc({ place: 'spool' });
    this.options.logger.error(
      { file: segment.path, offset },
      'a frame of the spool is damaged and is skipped; its file is kept with the ending .damaged',
    );
  }
}

async function readPart({ path, end }: Segment, offset: number, most: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(Math.min(most, end - offset));
  const file = await open(path, 'r');
  try {
    let done = 0;
    while (done < bytes.length) {
      const { bytesRead } = await file.read(bytes, done, bytes.length - done, offset + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  } finally {
    await file.close();
  }
}

async function readCursor(path: string, logger: Logger): Promise<Cursor> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return { sequence: 0, offset: 0 };
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === 'object' && 'sequence' in value && 'offset' in value && 'sum' in value) {
      const cursor = { sequence: Number(value.sequence), offset: Number(value.offset) };
      if (value.sum === sumOf(cursor)) return cursor;
    }
  } catch {
    // Falls through to the beginning.
  }
  logger.warn('the place of the spool is unreadable; all of it is shipped again, which doubles nothing');
  return { sequence: 0, offset: 0 };
}

/** A place that a damaged disk moved forward would delete what was never shipped. */
function sumOf({ sequence, offset }: Cursor): number {
  return crc32(`${sequence} ${offset}`);
}

/** Null when the text is not what `payloadOf` writes, which only damage that the sum missed, or a newer version, can do. */
function parsePayload(payload: Buffer, place: string): SpooledRecord | null {
  const { topic, ...record } = JSON.parse(payload.toString()) as LogRecord & { topic: Topic };
  return KNOWN_TOPICS.has(topic) ? { topic, record, place } : null;
}
