import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { TOPICS } from '../../src/events/event-log.js';
import { deleteOld, startRetention } from '../../src/events/retention.js';
import { createTableLog } from '../../src/events/table.js';
import { createLogger } from '../../src/telemetry.js';
import { createTestDatabase } from '../support/database.js';
import { afterwards } from '../support/folder.js';

const logger = createLogger('silent');

/** A log of so many records, one a day; the last but one is half a day old. */
async function scene(t: TestContext, records: number) {
  const own = await createTestDatabase();
  afterwards(t, () => own.drop());
  const { database } = own;
  const log = createTableLog(database, { logger, pollMs: 10 });
  afterwards(t, () => log.stop());
  await log.append(
    TOPICS.interactions,
    Array.from({ length: records }, (_, n) => ({ id: randomUUID(), key: 'a', value: { n } })),
  );
  await database.query(
    'UPDATE event_log SET appended_at = now() - make_interval(hours => 24 * ($1 - position::integer) - 12)',
    [records],
  );
  const left = async () => {
    const rows = await database.query<{ n: number }>(
      "SELECT (value->>'n')::integer AS n FROM event_log ORDER BY position",
    );
    return rows.map(({ n }) => n);
  };
  const processed = (group: string, position: number) =>
    database.query('INSERT INTO event_offsets (topic, consumer_group, position) VALUES ($1, $2, $3)', [
      TOPICS.interactions,
      group,
      position,
    ]);
  return { database, log, left, processed };
}

const never = new AbortController().signal;

describe('retention of the table log', () => {
  test('deletes what is older and was processed by every group', async (t) => {
    const { database, left, processed } = await scene(t, 10);
    await processed('scorer', 10);
    assert.equal(await deleteOld(database, 4, never), 5);
    assert.deepEqual(await left(), [5, 6, 7, 8, 9]);
  });

  test('takes nothing from a group that lags', async (t) => {
    const { database, left, processed } = await scene(t, 10);
    await processed('scorer', 10);
    await processed('trainer', 2);
    await deleteOld(database, 4, never);
    assert.deepEqual(await left(), [2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('deletes by age alone what nobody reads', async (t) => {
    const { database, left } = await scene(t, 3);
    await deleteOld(database, 1, never);
    assert.deepEqual(await left(), [1, 2]);
  });

  test('changes neither the positions nor what readers are given next', async (t) => {
    const { database, log, processed } = await scene(t, 5);
    await processed('scorer', 4);
    await deleteOld(database, 1, never);
    const done = new AbortController();
    const seen: unknown[] = [];
    await log.consume({
      topic: TOPICS.interactions,
      group: 'scorer',
      signal: done.signal,
      handle: (records) => {
        seen.push(...records.map(({ place, value }) => [place, value['n']]));
        done.abort();
        return Promise.resolve();
      },
    });
    assert.deepEqual(seen, [[`${TOPICS.interactions}/0/5`, 4]]);
  });

  test('is looked after by itself until it is stopped', async (t) => {
    const { database, left } = await scene(t, 3);
    const retention = startRetention({ database, days: 1, logger });
    while ((await left()).length > 2) await pause(10);
    await Promise.all([retention.stop(), retention.stop()]);
  });
});
