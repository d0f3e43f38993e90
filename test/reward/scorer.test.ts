import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import type { Database } from '../../src/db.js';
import { PurpgateError } from '../../src/errors.js';
import { TOPICS, type EventLog, type LogRecord } from '../../src/events/event-log.js';
import type { FeedbackEvent, InteractionEvent, RewardRecord } from '../../src/events/interaction.js';
import { jsonObject } from '../../src/events/read.js';
import { createTableLog } from '../../src/events/table.js';
import { rewardEventId } from '../../src/reward/reward-event.js';
import type { SampleScorer } from '../../src/reward/score.js';
import { startScorer } from '../../src/reward/scorer.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import type { JsonObject } from '../../src/types.js';
import { uuidv7 } from '../../src/text/uuid.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { answer, consented, optedOut } from '../support/events.js';
import { ReplayLog, withFaults, type Fault } from '../support/replay-log.js';

const logger = createLogger('silent');

/** Scores every sample differently each time, so that a second score for one choice cannot go unseen. */
function countingScorer(): SampleScorer & { calls: number } {
  const scorer = {
    calls: 0,
    score: (): Promise<RewardRecord> => {
      scorer.calls += 1;
      return Promise.resolve({
        kind: 'code',
        kind_confidence: 0.9,
        score: 1 / (1 + scorer.calls),
        unscored_reason: null,
        components: {
          format: 1,
          parse: 1,
          security: 1,
          assistance: null,
          refusal: null,
          correctness: null,
          feedback: null,
        },
        evidence: [{ rule: 'r', cwe: null, start: 0, end: 1, message: `call ${scorer.calls}` }],
        oracle_versions: { z: '1', a: '2' },
      });
    },
  };
  return scorer;
}

const toRecord = (event: InteractionEvent | FeedbackEvent): LogRecord => ({
  id: event.id,
  key: 'key',
  value: jsonObject(JSON.parse(JSON.stringify(event)), ''),
});

function feedback(overrides: Partial<FeedbackEvent> = {}): FeedbackEvent {
  return {
    schema: 1,
    id: uuidv7(),
    ts: '2026-11-22T10:00:01.000Z',
    tenant: 'acme',
    key_id: 'key-1',
    interaction_id: uuidv7(),
    kind: 'edit',
    value: 'print("better")',
    idempotency_key: 'once',
    ...overrides,
  };
}

function bytesOf(letter: JsonObject | undefined): string {
  const bytes = letter?.['bytes'];
  assert.ok(typeof bytes === 'string');
  return Buffer.from(bytes, 'base64').toString();
}

describe('the scorer', () => {
  let fresh: TestDatabase;
  let database: Database;
  before(async () => {
    fresh = await createTestDatabase();
    database = fresh.database;
  });
  after(() => fresh.drop());
  beforeEach(() => database.query('truncate interactions, rewards, feedback'));

  /** Runs until the log has nothing more to deliver. */
  async function run(log: EventLog, scorer: SampleScorer = countingScorer(), on: Database = database) {
    const metrics = createMetrics();
    const running = startScorer({ log, database: on, scorer, metrics, logger });
    await running.done;
    await running.stop();
    return metrics;
  }

  test('indexes an interaction, scores each choice and emits one event per choice', async () => {
    const event = consented({
      raw: [answer('first'), answer('second')],
      tokens: { prompt_ids: [1], completion_ids: [[2], [3, 4]], logprobs: [[-1], [-2, -3]] },
    });
    const log = new ReplayLog({ [TOPICS.interactions]: [toRecord(event)] });
    const metrics = await run(log);
    const rewards = log.of(TOPICS.rewards);
    assert.deepEqual(
      rewards.map(({ id, key }) => ({ id, key })),
      [0, 1].map((choice) => ({ id: rewardEventId(event.id, choice), key: event.id })),
    );
    const second = rewards[1]?.value ?? {};
    assert.deepEqual(second['response'], event.raw[1]);
    assert.deepEqual(second['tokens'], { prompt_ids: [1], completion_ids: [[3, 4]], logprobs: [[-2, -3]] });
    assert.equal(second['version'], event.version);
    const [row] = await database.query<{ disposition: string; event: unknown }>('select * from interactions');
    assert.ok(row);
    assert.equal(row.disposition, 'scored');
    assert.deepEqual(row.event, event);
    assert.match(await metrics.registry.metrics(), /purpgate_scored_total\{kind="code",outcome="scored"\} 2/);
  });

  test('gives one row and one event id per choice however often and wherever it crashes', async () => {
    const fault = fc.array(fc.constantFrom<Fault>('none', 'before', 'after'), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 5 }),
        fault,
        fault,
        fc.integer({ min: 0, max: 2 }),
        async (choices, appendFaults, databaseFaults, deliverAgain) => {
          await database.query('truncate interactions, rewards, feedback');
          const events = choices.map((count) =>
            consented({ raw: Array.from({ length: count }, (_, index) => answer(`answer ${index}`)) }),
          );
          // The producer may append twice too, and a bad record stands in the middle.
          const bad = { ...toRecord(consented()), value: { schema: 1 } };
          const records = [...events.map(toRecord), bad, ...events.map(toRecord)];
          const log = new ReplayLog({ [TOPICS.interactions]: records }, { faults: appendFaults, deliverAgain });
          await run(log, countingScorer(), withFaults(database, databaseFaults));

          const wanted = events
            .flatMap((event) => event.raw.map((_, choice) => rewardEventId(event.id, choice)))
            .sort();
          const rows = await database.query<{ event_id: string; score: number }>('select event_id, score from rewards');
          assert.deepEqual(rows.map((row) => row.event_id).sort(), wanted);
          const emitted = new Map<string, LogRecord>();
          for (const record of log.of(TOPICS.rewards)) {
            const earlier = emitted.get(record.id);
            if (earlier !== undefined) assert.deepEqual(record, earlier);
            emitted.set(record.id, record);
          }
          assert.deepEqual([...emitted.keys()].sort(), wanted);
          for (const row of rows) assert.equal(emitted.get(row.event_id)?.value['score'], row.score);
          assert.equal(new Set(log.of(TOPICS.deadLetters).map(({ id }) => id)).size, 1);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('does not score again what has its reward', async () => {
    const scorer = countingScorer();
    await run(new ReplayLog({ [TOPICS.interactions]: [toRecord(consented())] }, { deliverAgain: 3 }), scorer);
    assert.equal(scorer.calls, 1);
  });

  test('two scorers that race over the same records agree', async () => {
    const records = Array.from({ length: 8 }, () => toRecord(consented()));
    const logs = [1, 2].map(() => new ReplayLog({ [TOPICS.interactions]: records }));
    await Promise.all(logs.map((log) => run(log)));
    const [first, second] = logs.map((log) => log.of(TOPICS.rewards));
    assert.deepEqual(first, second);
    assert.equal((await database.query('select 1 from rewards')).length, 8);
  });

  test('indexes an opted-out interaction without text and does not score it', async () => {
    const event = optedOut();
    const scorer = countingScorer();
    const log = new ReplayLog({ [TOPICS.interactions]: [toRecord(event)] });
    await run(log, scorer);
    assert.equal(scorer.calls, 0);
    assert.deepEqual(log.appended, []);
    const [row] = await database.query<{ disposition: string; event: object }>('select * from interactions');
    assert.ok(row);
    assert.equal(row.disposition, 'opted-out');
    assert.ok(!('request' in row.event));
  });

  test('puts aside what it cannot read, with bytes, reason and place, and goes on', async () => {
    const good = consented();
    const records = [
      { ...toRecord(good), id: uuidv7(), value: { ...toRecord(good).value, schema: 99 } },
      toRecord(good),
      toRecord({ ...good, id: uuidv7(), request: { ...good.request, messages: [{ role: 'god', content: 'x' }] } }),
    ];
    const log = new ReplayLog({ [TOPICS.interactions]: records, [TOPICS.feedback]: [toRecord(good)] });
    const metrics = await run(log);
    assert.equal(log.of(TOPICS.rewards).length, 1);
    const letters = log.of(TOPICS.deadLetters).map(({ value }) => value);
    assert.deepEqual(
      letters.map(({ place, reason }) => [place, reason]).sort(),
      [
        ['purpgate.feedback/0/0', '/interaction_id: expected a lower-case UUID'],
        ['purpgate.interactions/0/0', '/schema: expected a schema that this version knows, at most 1'],
        [
          'purpgate.interactions/0/2',
          'prompt: message 0: role must be system, developer, user, assistant, tool or function',
        ],
      ].sort(),
    );
    const unknown = letters.find(({ place }) => place === 'purpgate.interactions/0/0');
    const kept: unknown = JSON.parse(bytesOf(unknown));
    assert.deepEqual(kept, records[0]);
    assert.match(await metrics.registry.metrics(), /purpgate_dead_letters_total\{place="scorer"\} 3/);
  });

  test('puts aside what the database can never take, and goes on', async () => {
    const records = [toRecord(consented({ ts: '0000-01-01T00:00:00Z' })), toRecord(consented())];
    const log = new ReplayLog({ [TOPICS.interactions]: records });
    await run(log);
    assert.equal(log.of(TOPICS.rewards).length, 1);
    assert.equal(log.of(TOPICS.deadLetters)[0]?.value['reason'], 'the database refuses it (SQLSTATE 22008)');
  });

  test('withholds the text of a faulty opted-out record from its dead letter', async () => {
    const record = toRecord(optedOut());
    const log = new ReplayLog({ [TOPICS.interactions]: [{ ...record, value: { ...record.value, raw: ['my text'] } }] });
    await run(log);
    const bytes = bytesOf(log.of(TOPICS.deadLetters)[0]?.value);
    assert.ok(!bytes.includes('my text'));
  });

  test('keeps text that Postgres has no word for', async () => {
    const event = consented({ user: 'a\0b', raw: [answer('nul \0 and a lone surrogate \ud800')] });
    const log = new ReplayLog({ [TOPICS.interactions]: [toRecord(event)] });
    await run(log);
    assert.deepEqual(log.of(TOPICS.deadLetters), []);
    const [row] = await database.query<{ event: unknown; end_user: string }>('select * from interactions');
    assert.ok(row);
    assert.deepEqual(row.event, event);
    assert.equal(row.end_user, 'a\uFFFDb');
  });

  test('stores feedback once per idempotency key, also when it comes before its interaction', async () => {
    const event = consented();
    const first = feedback({ interaction_id: event.id, kind: 'score', value: 0.5 });
    const again = feedback({ interaction_id: event.id, value: 'another' });
    const other = feedback({ interaction_id: event.id, key_id: 'key-2', kind: 'accept', value: null });
    await run(new ReplayLog({ [TOPICS.feedback]: [first, again, other].map(toRecord) }, { deliverAgain: 2 }));
    await run(new ReplayLog({ [TOPICS.interactions]: [toRecord(event)] }));
    const rows = await database.query('select key_id, kind, value from feedback order by key_id');
    assert.deepEqual(rows, [
      { key_id: 'key-1', kind: 'score', value: 0.5 },
      { key_id: 'key-2', kind: 'accept', value: null },
    ]);
  });

  test('keeps no text of feedback on an opted-out interaction, whichever comes first', async () => {
    const event = optedOut();
    const early = feedback({ interaction_id: event.id, idempotency_key: 'early' });
    const late = feedback({ interaction_id: event.id, idempotency_key: 'late' });
    await run(new ReplayLog({ [TOPICS.feedback]: [toRecord(early)] }));
    await run(new ReplayLog({ [TOPICS.interactions]: [toRecord(event)] }));
    await run(new ReplayLog({ [TOPICS.feedback]: [toRecord(late)] }));
    const rows = await database.query<{ value: unknown }>('select value from feedback');
    assert.deepEqual(rows, [{ value: null }, { value: null }]);
  });

  test('stops while it is scoring, stores nothing half, and goes on from there', async () => {
    const log = createTableLog(database, { logger, pollMs: 5 });
    const events = [consented(), consented(), consented()];
    await log.append(TOPICS.interactions, events.map(toRecord));
    let start: () => void = () => undefined;
    const started = new Promise<void>((resolve) => {
      start = resolve;
    });
    const hanging: SampleScorer = {
      score: (_, signal) =>
        new Promise((_resolve, reject) => {
          start();
          signal.addEventListener('abort', () => {
            reject(new PurpgateError('request_aborted'));
          });
        }),
    };
    const options = { log, database, metrics: createMetrics(), logger };
    const first = startScorer({ ...options, scorer: hanging });
    await started;
    await Promise.all([first.stop(), first.stop()]);
    await first.done;
    assert.equal((await database.query('select 1 from interactions')).length, 0);

    const second = startScorer({ ...options, scorer: countingScorer() });
    while ((await log.lag(TOPICS.interactions, 'scorer')) > 0) await new Promise((resolve) => setImmediate(resolve));
    await second.stop();
    await second.done;
    assert.equal((await database.query('select 1 from rewards')).length, 3);
    const emitted = await database.query('select 1 from event_log where topic = $1', [TOPICS.rewards]);
    assert.equal(emitted.length, 3);
    await log.stop();
  });
});
