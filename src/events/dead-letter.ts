/** What becomes of a record that cannot be processed: it is put aside whole, and the log goes on. */
import { createHash } from 'node:crypto';
import type { LogRecord, Topic } from './event-log.js';

export type DeadLetter = {
  /** Where the record was to go, or came from. */
  readonly topic: Topic;
  /** Where it stands, such as `purpgate.interactions/0/17`. */
  readonly place: string;
  readonly reason: string;
} & (
  | { readonly record: LogRecord }
  /** What was no record at all. */
  | { readonly bytes: Buffer }
);

/**
 * The record for the dead-letter topic. Its id follows from the record, so that the same failure makes one letter. The bytes are
 * the record's JSON in base64, since what no store takes as it is must at least be kept.
 */
export function deadLetterRecord(letter: DeadLetter): LogRecord {
  const { topic, place, reason } = letter;
  const bytes = 'bytes' in letter ? letter.bytes : Buffer.from(JSON.stringify(letter.record));
  const digest = createHash('sha256').update(topic).update('\0').update(bytes).digest('hex');
  // UUIDv8 is the version for ids that follow from their content (RFC 9562, section 5.8).
  const id = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-a${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
  return { id, key: place, value: { schema: 1, topic, place, reason, bytes: bytes.toString('base64') } };
}
