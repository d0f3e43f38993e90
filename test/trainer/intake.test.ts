import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test, type TestContext } from 'node:test';
import type { Database } from '../../src/db.js';
import { TOPICS, type LogRecord } from '../../src/events/event-log.js';
import type { RewardRecord } from '../../src/events/interaction.js';
import { createTableLog } from '../../src/events/table.js';
import { buildRewardEvent, toRewardRecord } from '../../src/reward/reward-event.js';
import { createRewardStore } from '../../src/reward/store.js';
import { createLogger } from '../../src/telemetry.js';
import { GROUP, INTAKE_DEFAULTS, startIntake, type IntakeSettings } from '../../trainer/intake.js';
import { eraseFromTraining } from '../../trainer/manifest-store.js';
import { createTestDatabase } from '../support/database.js';
import { consented, optedOut, scoredRecord } from '../support/events.js';
import { afterwards } from '../support/folder.js';
import { eventually } from '../support/processes.js';
import { POOL, rewardRecord } from '../support/tiny-training.js';

const NOW = Date.parse('2026-11-22T12:00:00Z');

async function openDatabase(t: TestContext): Promise<Database> {
  const own = await createTestDatabase();
  afterwards(t, () => own.drop());
  return own.database;
}

/** Takes in what the log holds, then ends. */
async function takeIn(database: Database, changes: Partial<IntakeSettings> = {}): Promise<void> {
  const log = createTableLog(database, { logger: createLogger('silent'), pollMs: 5 });
  const settings = { ...INTAKE_DEFAULTS, ...changes };
  const intake = startIntake({ database, log, settings, pool: POOL, now: () => NOW });
  let isDrained = false;
  const watch = setInterval(() => void intake.isDrained().then((drained) => (isDrained = drained)), 5);
  await eventually(() => isDrained);
  clearInterval(watch);
  await intake.stop();
  await intake.stop();
  await log.stop();
}

async function append(database: Database, records: readonly LogRecord[]): Promise<void> {
  const log = createTableLog(database, { logger: createLogger('silent') });
  await log.append(TOPICS.rewards, records);
  await log.stop();
}

/** In the order of the log. */
async function verdicts(database: Database): Promise<(string | null)[]> {
  const rows = await database.query<{ verdict: string | null }>(
    'SELECT verdict FROM training_intake ORDER BY position',
  );
  return rows.map(({ verdict }) => verdict);
}

describe('the intake', () => {
  test('says of each record whether it is trained on, or why not', async (t) => {
    const database = await openDatabase(t);
    const denied = optedOut();
    await createRewardStore(database).saveInteraction(denied, []);
    const erased = randomUUID();
    await eraseFromTraining(database, [erased]);
    const same = { prompt: [{ role: 'user', content: 'prompt 0' }] } as const;
    const given: readonly (readonly [LogRecord, string | null])[] = [
      [rewardRecord(0), null],
      [rewardRecord(1, same), 'duplicate'],
      [rewardRecord(2, { ...same, pool: 'other' }), null],
      [rewardRecord(3, { score: null, unscored_reason: 'planted' }), 'unscored'],
      [rewardRecord(4, { kind: 'general' }), 'unscored'],
      [rewardRecord(5, { ts: '2026-10-01T00:00:00Z' }), 'expired'],
      [rewardRecord(6, { interaction_id: denied.id }), 'opted-out'],
      [rewardRecord(7, { interaction_id: erased }), 'erased'],
      [rewardRecord(8, { prompt: [{ role: 'robot', content: 'x' }] }), 'unscored'],
      [{ ...rewardRecord(9), value: { pool: 'odd \0 name' } }, 'unscored'],
      [rewardRecord(10), null],
      [rewardRecord(11), 'capped'],
    ];
    await append(
      database,
      given.map(([record]) => record),
    );
    await takeIn(database, { waitingPerKind: 2, kinds: ['code', 'malicious'] });
    assert.deepEqual(
      await verdicts(database),
      given.map(([, verdict]) => verdict),
    );
    const kept = await database.query('SELECT FROM training_intake WHERE (prompt IS NULL) <> (verdict IS NOT NULL)');
    assert.deepEqual(kept, [], 'a prompt that is not trained on is kept, or one that is is not');
  });

  test('knows what it has taken in when it is delivered again', async (t) => {
    const database = await openDatabase(t);
    await append(database, [rewardRecord(0), rewardRecord(1)]);
    await takeIn(database);
    await database.query('DELETE FROM event_offsets WHERE consumer_group = $1', [GROUP]);
    await append(database, [rewardRecord(2)]);
    await takeIn(database);
    assert.deepEqual(await verdicts(database), [null, null, null]);
  });

  test('counts a prompt as a duplicate only within the window', async (t) => {
    const database = await openDatabase(t);
    const same = { prompt: [{ role: 'user', content: 'the same' }] } as const;
    await append(database, [
      rewardRecord(0, { ...same, ts: '2026-11-10T00:00:00Z' }),
      rewardRecord(1, { ...same, ts: '2026-11-16T00:00:00Z' }),
      rewardRecord(2, { ...same, ts: '2026-11-18T00:00:00Z' }),
    ]);
    await takeIn(database);
    assert.deepEqual(await verdicts(database), [null, 'duplicate', null]);
  });

  test('lets no key take more than its share', async (t) => {
    const database = await openDatabase(t);
    await append(
      database,
      ['a', 'a', 'a', 'b'].map((tenant, number) => rewardRecord(number, { tenant })),
    );
    await takeIn(database, { waitingPerSource: 2 });
    assert.deepEqual(await verdicts(database), [null, null, 'capped', null]);
  });

  test('takes the newest of the scores of a choice, unless an older one is drawn', async (t) => {
    const database = await openDatabase(t);
    const store = createRewardStore(database);
    const events = [consented(), consented(), consented()];
    const record = (z: string): RewardRecord => scoredRecord({ oracle_versions: { z } });
    const records: { older: LogRecord; newer: LogRecord }[] = [];
    for (const [number, event] of events.entries()) {
      const prompt = [{ role: 'user', content: `prompt ${number}` }];
      const interaction = { ...event, request: { ...event.request, messages: prompt } };
      const scored = (z: string) => [{ choice: 0, record: record(z), scoredAt: new Date(NOW) }];
      const [older] = await store.saveInteraction(interaction, scored('1'));
      const [newer] = await store.saveAgain(event.id, scored('2'));
      assert.ok(older !== undefined && newer !== undefined);
      records.push({
        older: toRewardRecord(buildRewardEvent(interaction, older)),
        newer: toRewardRecord(buildRewardEvent(interaction, newer)),
      });
    }
    const [waiting, drawn, together] = records;
    assert.ok(waiting !== undefined && drawn !== undefined && together !== undefined);
    await append(database, [waiting.older, drawn.older]);
    await takeIn(database);
    await database.query('UPDATE training_intake SET drawn = true WHERE event_id = $1', [drawn.older.id]);
    await append(database, [waiting.newer, drawn.newer, together.older, together.newer]);
    await takeIn(database);
    assert.deepEqual(await verdicts(database), ['duplicate', null, null, 'duplicate', 'duplicate', null]);
    assert.deepEqual(
      await database.query('SELECT FROM training_intake WHERE (prompt IS NULL) <> (verdict IS NOT NULL)'),
      [],
    );
  });
});
