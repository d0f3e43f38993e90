/** Deletes what is old from the event log in Postgres. Kafka does the same by itself. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../db.js';
import type { Logger } from '../telemetry.js';
import { TOPICS, type Topic } from './event-log.js';

interface RetentionOptions {
  readonly database: Database;
  readonly days: number;
  readonly logger: Logger;
  readonly everyMs?: number;
}

/** Records of one statement: its locks are held for some milliseconds, and readers are not disturbed. */
const BATCH = 2_000;
const HOUR_MS = 3_600_000;

export interface Retention {
  /** Idempotent; waits for the running statement. */
  stop(): Promise<void>;
}

/** Looks at once, and then every hour. An outage is waited out until the next look. */
export function startRetention({ database, days, logger, everyMs = HOUR_MS }: RetentionOptions): Retention {
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        const deleted = await deleteOld(database, days, stopping.signal);
        if (deleted > 0) logger.info({ deleted, days }, 'old records of the event log were deleted');
      } catch (error) {
        logger.warn({ error }, 'old records of the event log were not deleted');
      }
      await pause(everyMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}

/**
 * Of every topic, what was appended more than `days` ago and every group that reads the topic has processed: retention takes nothing
 * from a consumer that lags. Gives the number of records.
 */
export async function deleteOld(database: Database, days: number, signal: AbortSignal): Promise<number> {
  let deleted = 0;
  for (const topic of Object.values(TOPICS))
    for (let count = BATCH; count === BATCH && !signal.aborted; deleted += count)
      count = await deleteOldest(database, topic, days);
  return deleted;
}

/** By the primary key, oldest first: it needs no index on the time, since positions grow with it. */
async function deleteOldest(database: Database, topic: Topic, days: number): Promise<number> {
  const rows = await database.query(
    `DELETE FROM event_log WHERE topic = $1 AND position IN (
       SELECT position FROM (SELECT position, appended_at FROM event_log WHERE topic = $1 ORDER BY position LIMIT $3) AS oldest
        WHERE appended_at < now() - make_interval(days => $2)
          AND position <= ALL (SELECT position FROM event_offsets WHERE topic = $1))
     RETURNING 1`,
    [topic, days, BATCH],
  );
  return rows.length;
}
