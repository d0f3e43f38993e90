/** What stands in the event log in place of an erased record: its position stays, so that every reader still reaches the end. */
import type { Queryable } from '../db.js';
import type { JsonObject } from '../types.js';
import type { Topic } from './event-log.js';

const ERASED: JsonObject = { erased: true };

export const isErasedRecord = (value: JsonObject): boolean => value['erased'] === true;

/** Of the table alone: Kafka deletes by age. @returns how many records lost their content. */
export async function eraseFromLog(client: Queryable, topic: Topic, eventIds: readonly string[]): Promise<number> {
  const erased = await client.query(
    `UPDATE event_log SET value = $3::json, key = ''
      WHERE topic = $1 AND event_id = ANY($2::uuid[]) AND value::text <> $3::text RETURNING 1`,
    [topic, eventIds, JSON.stringify(ERASED)],
  );
  return erased.length;
}
