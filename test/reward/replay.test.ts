import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import type { Database } from '../../src/db.js';
import { PurpgateError } from '../../src/errors.js';
import { TOPICS } from '../../src/events/event-log.js';
import type { ConsentedInteraction, RewardEvent, RewardRecord } from '../../src/events/interaction.js';
import { replayScores } from '../../src/reward/replay.js';
import { rewardEventId } from '../../src/reward/reward-event.js';
import { countSamples, readSamples, type SampleFilter } from '../../src/reward/samples.js';
import type { VersionedScorer } from '../../src/reward/score.js';
import { createRewardStore } from '../../src/reward/store.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { answer, consented, optedOut, scoredRecord } from '../support/events.js';
import { ReplayLog, withFaults, type Fault } from '../support/replay-log.js';

/** Scores differently with every call, so that a second score by the same oracles cannot go unseen. */
function scorerOf(version: string): VersionedScorer & { calls: number } {
  const scorer = {
    calls: 0,
    oracleVersions: { z: version, a: '1' },
    score: (): Promise<RewardRecord> => {
      scorer.calls += 1;
      return Promise.resolve(scoredRecord({ score: 1 / (1 + scorer.calls), oracle_versions: scorer.oracleVersions }));
    },
  };
  return scorer;
}

describe('the replay', () => {
  let fresh: TestDatabase;
  let database: Database;
  before(async () => {
    fresh = await createTestDatabase();
    database = fresh.database;
  });
  after(() => fresh.drop());
  beforeEach(() => database.query('truncate interactions, rewards, erasures'));

  /** As the live scorer left it, an hour in the future by its clock. */
  async function indexed(
    event: ConsentedInteraction,
    kind: RewardRecord['kind'] = 'code',
  ): Promise<ConsentedInteraction> {
    const first = {
      ...(await scorerOf('first').score({ prompt: [], response: answer(''), format: 'absent', tests: 'none' }, never)),
      kind,
    };
    const scoredAt = new Date(Date.now() + 3_600_000);
    await createRewardStore(database).saveInteraction(
      event,
      event.raw.map((_, choice) => ({ choice, record: first, scoredAt })),
    );
    return event;
  }
  const never = new AbortController().signal;

  const replay = (log: ReplayLog, scorer: VersionedScorer, filter: SampleFilter = {}, on = database) =>
    replayScores({ database: on, log, scorer, filter, signal: never });

  test('scores again beside the older score, announces it, and is done then', async () => {
    const event = await indexed(consented({ raw: [answer('a'), answer('b')] }));
    const log = new ReplayLog({});
    const scorer = scorerOf('second');
    assert.deepEqual(await replay(log, scorer), { done: 1, total: 1, scored: 2, unscored: 0 });
    const ids = [0, 1].map((choice) => rewardEventId(event.id, choice, scorer.oracleVersions));
    assert.deepEqual(
      log.of(TOPICS.rewards).map(({ id }) => id),
      ids,
    );
    const rows = await database.query<{ z: string }>(
      "select oracle_versions ->> 'z' as z from rewards order by choice, scored_at",
    );
    assert.deepEqual(
      rows.map(({ z }) => z),
      ['first', 'second', 'first', 'second'],
    );
    assert.deepEqual(await replay(log, scorer), { done: 0, total: 0, scored: 0, unscored: 0 });
    assert.equal(scorer.calls, 2);
    assert.equal(log.of(TOPICS.rewards).length, 2);
  });

  test('makes the newest score the one that is read, also for the scorer that is given the interaction again', async () => {
    const event = await indexed(consented());
    await replay(new ReplayLog({}), scorerOf('second'));
    const read: RewardEvent[] = [];
    for await (const page of readSamples(database, {}, never)) read.push(...page);
    assert.deepEqual(
      read.map(({ oracle_versions: versions }) => versions['z']),
      ['second'],
    );
    assert.equal(await countSamples(database, {}), 1);
    const [standing] = (await createRewardStore(database).find([event.id])).get(event.id) ?? [];
    assert.equal(standing?.eventId, rewardEventId(event.id, 0, scorerOf('second').oracleVersions));
  });

  test('leaves out what opted out, what was erased, and what is not selected', async () => {
    await createRewardStore(database).saveInteraction(optedOut(), []);
    const erased = await indexed(consented());
    await database.query('insert into erasures (interaction_id) values ($1)', [erased.id]);
    await indexed(consented({ ts: '2026-11-01T00:00:00.000Z' }));
    await indexed(consented(), 'general');
    const chosen = await indexed(consented());
    const log = new ReplayLog({});
    await replay(log, scorerOf('second'), { since: new Date('2026-11-02'), kind: 'code' });
    assert.deepEqual(
      log.of(TOPICS.rewards).map(({ key }) => key),
      [chosen.id],
    );
  });

  test('gives one row and one announced event per choice wherever it is stopped and however often', async () => {
    const fault = fc.array(fc.constantFrom<Fault>('none', 'before', 'after'), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 4 }),
        fault,
        fault,
        async (choices, appends, transactions) => {
          await database.query('truncate interactions, rewards');
          for (const count of choices)
            await indexed(consented({ raw: Array.from({ length: count }, () => answer('a')) }));
          const log = new ReplayLog({}, { faults: appends });
          const faulty = withFaults(database, transactions);
          const scorer = scorerOf('second');
          for (let isDone = false; !isDone; )
            isDone = await replay(log, scorer, {}, faulty).then(
              () => true,
              (thrown: unknown) => {
                assert.ok(thrown instanceof PurpgateError && thrown.code === 'database_unavailable', String(thrown));
                return false;
              },
            );
          const rows = await database.query<{ event_id: string; score: number; announced: boolean }>(
            "select event_id, score, announced from rewards where oracle_versions ->> 'z' = 'second'",
          );
          assert.equal(
            rows.length,
            choices.reduce((sum, count) => sum + count, 0),
          );
          assert.ok(rows.every(({ announced }) => announced));
          const emitted = new Map(log.of(TOPICS.rewards).map((record) => [record.id, record.value['score']]));
          assert.deepEqual(
            emitted,
            new Map(
              log
                .of(TOPICS.rewards)
                .toReversed()
                .map((record) => [record.id, record.value['score']]),
            ),
          );
          assert.deepEqual(new Map(rows.map((row) => [row.event_id, row.score])), emitted);
        },
      ),
      { numRuns: 8 },
    );
  });

  test('ends with request_aborted when it is stopped, and keeps what it has', async () => {
    await indexed(consented());
    const stopping = new AbortController();
    const scorer: VersionedScorer = {
      ...scorerOf('second'),
      score: (_sample, signal) => {
        stopping.abort();
        return Promise.reject(new PurpgateError('request_aborted', { cause: signal.reason }));
      },
    };
    const options = { database, log: new ReplayLog({}), filter: {}, signal: stopping.signal };
    await assert.rejects(replayScores({ ...options, scorer }), { code: 'request_aborted' });
    assert.equal((await database.query('select from rewards')).length, 1);
  });
});
