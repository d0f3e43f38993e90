/** The interaction log: an append-only log of topics, kept by Kafka or by a Postgres table. */
import type { JsonObject } from '../types.js';

export const TOPICS = {
  interactions: 'purpgate.interactions',
  feedback: 'purpgate.feedback',
  rewards: 'purpgate.rewards',
  deadLetters: 'purpgate.dead-letters',
} as const;

export type Topic = (typeof TOPICS)[keyof typeof TOPICS];

export interface LogRecord {
  /** UUID; the same id is the same event, however often it is appended or delivered. */
  readonly id: string;
  /** Records of one key keep their order. */
  readonly key: string;
  readonly value: JsonObject;
}

export interface DeliveredRecord extends LogRecord {
  /** Where the record stands, such as `purpgate.interactions/0/17`; for dead letters and dispositions. */
  readonly place: string;
}

export interface ConsumeOptions {
  readonly topic: Topic;
  /** Consumers of one group share the records; each group sees all of them. */
  readonly group: string;
  readonly signal: AbortSignal;
  /**
   * Called with 1 or more records in order, never concurrently within one `consume`. Its progress is committed after it resolves.
   * When it rejects, the same records are delivered again after a pause.
   */
  readonly handle: (records: readonly DeliveredRecord[], signal: AbortSignal) => Promise<void>;
}

/**
 * An implementer owes:
 * - `append` resolves only when every record is durable, in the order given; records that are there already are not doubled by a
 *   retry where the store can tell, and consumers must be idempotent by record id in any case;
 * - `consume` delivers each record at least once to each group, from the group's last committed place, or from the beginning for a
 *   new group; never skips one, also when appends commit out of order; resolves when `signal` aborts, after the running `handle`;
 * - an outage of the store delays, and loses nothing: `append` rejects with a retryable PurpgateError, `consume` waits and goes on;
 * - `stop` is idempotent and waits for running calls.
 */
export interface EventLog {
  append(topic: Topic, records: readonly LogRecord[], signal?: AbortSignal): Promise<void>;
  consume(options: ConsumeOptions): Promise<void>;
  /** Records that the group has not yet committed. */
  lag(topic: Topic, group: string): Promise<number>;
  stop(): Promise<void>;
}
