/** The event log in a Postgres table: the default where no Kafka is configured. */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Database, Queryable, Session } from '../db.js';
import { PurpgateError } from '../errors.js';
import type { Logger } from '../telemetry.js';
import type { JsonObject } from '../types.js';
import type { ConsumeOptions, DeliveredRecord, EventLog, LogRecord, Topic } from './event-log.js';

export interface TableLogOptions {
  readonly logger: Logger;
  /** How often an idle consumer looks for records. */
  readonly pollMs?: number;
  /** Most records of one delivery. */
  readonly batchRecords?: number;
}

/** Bytes as stored, at which a delivery ends; the record that crosses it is part of it. */
const BATCH_BYTES = 8 << 20;
const FIRST_WAIT_MS = 100;
const MOST_WAIT_MS = 5_000;

/** The log over a migrated database, which it does not close. */
export function createTableLog(database: Database, options: TableLogOptions): EventLog {
  return new TableLog(database, options);
}

class TableLog implements EventLog {
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  constructor(
    private readonly database: Database,
    private readonly options: TableLogOptions,
  ) {}

  append(topic: Topic, records: readonly LogRecord[], signal?: AbortSignal): Promise<void> {
    return this.#track(async () => {
      signal?.throwIfAborted();
      if (records.length === 0) return;
      try {
        await this.database.transaction((client) => insert(client, topic, records));
      } catch (thrown) {
        throw fromInsert(thrown);
      }
    });
  }

  consume(options: ConsumeOptions): Promise<void> {
    const { logger, pollMs = 100, batchRecords = 500 } = this.options;
    const signal = AbortSignal.any([options.signal, this.#stopping.signal]);
    const consumer = new Consumer(this.database, { ...options, signal, logger, pollMs, batchRecords });
    return this.#track(() => consumer.run());
  }

  async lag(topic: Topic, group: string): Promise<number> {
    const rows = await this.database.query<{ lag: string }>(
      `SELECT head - coalesce((SELECT position FROM event_offsets WHERE topic = $1 AND consumer_group = $2), 0) AS lag
         FROM event_topics WHERE topic = $1`,
      [topic, group],
    );
    return Number(rows[0]?.lag ?? 0);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#running);
  }

  #track<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#stopping.signal.aborted)
      return Promise.reject(new PurpgateError('database_unavailable', { message: 'the event log is stopped' }));
    const running = work().finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }
}

/** What is there already is left out, so that a retry after an unknown outcome doubles nothing and leaves no gap. */
async function insert(client: Queryable, topic: Topic, given: readonly LogRecord[]): Promise<void> {
  const records = [...new Map(given.map((record) => [record.id, record])).values()];
  const head = await lockTopic(client, topic);
  await client.query(
    `WITH added AS (
       INSERT INTO event_log (topic, position, event_id, key, value)
       SELECT $1, $2::bigint + row_number() OVER (ORDER BY new.place), new.id, new.key, new.value
         FROM unnest($3::uuid[], $4::text[], $5::json[]) WITH ORDINALITY AS new (id, key, value, place)
        WHERE NOT EXISTS (SELECT FROM event_log old WHERE old.topic = $1 AND old.event_id = new.id)
       RETURNING 1)
     UPDATE event_topics SET head = head + (SELECT count(*) FROM added) WHERE topic = $1`,
    [
      topic,
      head,
      records.map(({ id }) => id),
      // Postgres has no text with U+0000; a key only has to stay the same.
      records.map(({ key }) => key.replaceAll('\0', '\uFFFD')),
      records.map(({ value }) => JSON.stringify(value)),
    ],
  );
}

/**
 * The position of the topic's newest record, locked until the transaction ends. The lock orders the appends of a topic up to their
 * commit, hence their positions become visible in order. It is also what makes "is there already" final: the statement after it
 * sees all that was committed before.
 */
async function lockTopic(client: Queryable, topic: Topic): Promise<string> {
  for (;;) {
    const [row] = await client.query<{ head: string }>('SELECT head FROM event_topics WHERE topic = $1 FOR UPDATE', [
      topic,
    ]);
    if (row !== undefined) return row.head;
    await client.query('INSERT INTO event_topics (topic, head) VALUES ($1, 0) ON CONFLICT DO NOTHING', [topic]);
  }
}

/** SQLSTATE classes 22 (data) and 54 (limits) are about the records themselves: no retry helps. */
function fromInsert(thrown: unknown): unknown {
  if (thrown instanceof pg.DatabaseError && /^(22|54)/.test(thrown.code ?? ''))
    return new PurpgateError('event_invalid', { message: `event log: ${thrown.message}`, cause: thrown });
  if (thrown instanceof PurpgateError || !(thrown instanceof pg.DatabaseError)) return thrown;
  return new PurpgateError('database_unavailable', { message: `event log: ${thrown.message}`, cause: thrown });
}

interface Consumption extends ConsumeOptions {
  readonly logger: Logger;
  readonly pollMs: number;
  readonly batchRecords: number;
}

/**
 * One consumer of a group. States: `waiting` (no connection, or another consumer of the group holds the session lock) → `active`
 * (holds it; reads, handles, commits) → `waiting` when the connection is lost, which frees the lock for whoever asks next. All
 * statements run on the connection that holds the lock, so that one who has lost it can commit nothing.
 */
class Consumer {
  #waitMs = FIRST_WAIT_MS;

  constructor(
    private readonly database: Database,
    private readonly options: Consumption,
  ) {}

  async run(): Promise<void> {
    const { signal, logger, topic, group } = this.options;
    while (!signal.aborted) {
      let session: Session | undefined;
      try {
        session = await this.database.connect();
        if (await this.#becomeActive(session)) await this.#deliver(session);
      } catch (error) {
        if (this.#waitMs === FIRST_WAIT_MS) logger.warn({ error, topic, group }, 'the event log cannot be read');
        await this.#backOff();
      } finally {
        await session?.close();
      }
    }
  }

  async #becomeActive(session: Session): Promise<boolean> {
    const { topic, group, signal, pollMs } = this.options;
    const lock = createHash('sha256').update(`purpgate.consume\0${topic}\0${group}`).digest().readBigInt64BE();
    while (!signal.aborted) {
      const [row] = await session.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
        lock.toString(),
      ]);
      if (row?.locked === true) return true;
      await rest(pollMs, signal);
    }
    return false;
  }

  async #deliver(session: Session): Promise<void> {
    const { topic, group, signal, pollMs } = this.options;
    const offsets = await session.query<{ position: string }>(
      'SELECT position FROM event_offsets WHERE topic = $1 AND consumer_group = $2',
      [topic, group],
    );
    let position = offsets[0]?.position ?? '0';
    // One who has lost the lock works for nothing: another consumer is given the same records.
    const ended = AbortSignal.any([signal, session.lost]);
    while (!signal.aborted) {
      const rows = await this.#readAfter(session, position);
      const last = rows.at(-1);
      if (last === undefined) {
        await rest(pollMs, signal);
      } else if (await this.#handle(rows, ended)) {
        position = last.position;
        await session.query(
          `INSERT INTO event_offsets (topic, consumer_group, position) VALUES ($1, $2, $3)
             ON CONFLICT (topic, consumer_group) DO UPDATE SET position = excluded.position, committed_at = now()`,
          [topic, group, position],
        );
        this.#waitMs = FIRST_WAIT_MS;
      } else {
        await this.#backOff();
      }
    }
  }

  #readAfter(session: Session, position: string): Promise<Row[]> {
    return session.query<Row>(
      `SELECT position, event_id AS id, key, value
         FROM (SELECT *, sum(pg_column_size(value)) OVER (ORDER BY position) - pg_column_size(value) AS bytes_before
                 FROM event_log WHERE topic = $1 AND position > $2 ORDER BY position LIMIT $3) AS next
        WHERE bytes_before < $4 ORDER BY position`,
      [this.options.topic, position, this.options.batchRecords, BATCH_BYTES],
    );
  }

  /** False when the handler rejected: the same records are read and delivered again. */
  async #handle(rows: readonly Row[], ended: AbortSignal): Promise<boolean> {
    const { topic, group, handle, logger } = this.options;
    const records = rows.map(
      ({ position, id, key, value }): DeliveredRecord => ({ id, key, value, place: `${topic}/0/${position}` }),
    );
    try {
      await handle(records, ended);
      return true;
    } catch (error) {
      if (!ended.aborted)
        logger.warn(
          { error, topic, group, place: records[0]?.place },
          'records were not processed; again after a pause',
        );
      return false;
    }
  }

  async #backOff(): Promise<void> {
    await rest(this.#waitMs, this.options.signal);
    this.#waitMs = Math.min(2 * this.#waitMs, MOST_WAIT_MS);
  }
}

interface Row {
  readonly position: string;
  readonly id: string;
  readonly key: string;
  readonly value: JsonObject;
}

/** Ends early when the signal aborts. */
async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  await pause(milliseconds, undefined, { signal }).catch(() => undefined);
}
