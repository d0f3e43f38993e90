import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, test, type TestContext } from 'node:test';
import { eraseCommand } from '../../src/cli/erase.js';
import type { Database } from '../../src/db.js';
import { deadLetterRecord } from '../../src/events/dead-letter.js';
import { TOPICS, type LogRecord } from '../../src/events/event-log.js';
import type { FeedbackEvent, InteractionEvent } from '../../src/events/interaction.js';
import { jsonObject } from '../../src/events/read.js';
import { createTableLog } from '../../src/events/table.js';
import { eraseUser } from '../../src/reward/erasure.js';
import type { SampleScorer } from '../../src/reward/score.js';
import { startScorer } from '../../src/reward/scorer.js';
import { createRewardStore } from '../../src/reward/store.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import { uuidv7 } from '../../src/text/uuid.js';
import { INTAKE_DEFAULTS, startIntake } from '../../trainer/intake.js';
import { createTestDatabase } from '../support/database.js';
import { tablesWith } from '../support/dump.js';
import { answer, consented, optedOut, scoredRecord } from '../support/events.js';
import { afterwards } from '../support/folder.js';
import { eventually } from '../support/processes.js';

const logger = createLogger('silent');
/** Stands in whatever text of the user there is. */
const SAID = 'violet-otter-41';
const USER = { tenant: 'acme', user: 'user-7' };

/** Quotes the answer in its evidence. */
const scorer: SampleScorer = {
  score: ({ response }) => {
    const evidence = [{ rule: 'r', cwe: null, start: null, end: null, message: response.content }];
    return Promise.resolve(scoredRecord({ evidence }));
  },
};

const said = (overrides: Partial<InteractionEvent> = {}) =>
  consented({
    user: USER.user,
    request: { messages: [{ role: 'user', content: SAID }], tools: [], sampling: {}, extra: {} },
    raw: [answer(SAID)],
    ...overrides,
    consent: 'allow',
  });

function feedbackOn(interactionId: string): FeedbackEvent {
  const id = uuidv7();
  const ts = '2026-11-22T10:00:01.000Z';
  const frame = { schema: 1, id, ts, key_id: 'key-1', kind: 'edit', idempotency_key: id } as const;
  return { ...frame, tenant: 'acme', interaction_id: interactionId, value: SAID };
}

const toRecord = (event: InteractionEvent | FeedbackEvent): LogRecord => ({
  id: event.id,
  key: 'key',
  value: jsonObject(JSON.parse(JSON.stringify(event)), ''),
});

async function openDatabase(t: TestContext): Promise<Database> {
  const fresh = await createTestDatabase();
  afterwards(t, () => fresh.drop());
  return fresh.database;
}

/** Appends the events, and lets the scorer and the trainer read all that is in the log. */
async function process(
  database: Database,
  events: { readonly interactions: readonly InteractionEvent[]; readonly feedback?: readonly FeedbackEvent[] },
): Promise<void> {
  const log = createTableLog(database, { logger, pollMs: 5 });
  await log.append(TOPICS.interactions, events.interactions.map(toRecord));
  await log.append(TOPICS.feedback, (events.feedback ?? []).map(toRecord));
  const running = startScorer({ log, database, scorer, metrics: createMetrics(), logger });
  const settings = { ...INTAKE_DEFAULTS, duplicateDays: 0 };
  const intake = startIntake({ database, log, settings, pool: 'acme', now: () => Date.now() });
  const isDrained = async () =>
    (await log.lag(TOPICS.interactions, 'scorer')) + (await log.lag(TOPICS.feedback, 'scorer')) === 0 &&
    (await intake.isDrained());
  let drained = false;
  const watch = setInterval(() => void isDrained().then((now) => (drained = now)), 5);
  await eventually(() => drained);
  clearInterval(watch);
  await running.stop();
  await intake.stop();
  await log.stop();
}

async function run(database: Database, ...args: readonly string[]) {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const io = { stdin: new PassThrough(), stdout, stderr, signal: new AbortController().signal };
  const code = await eraseCommand(args, io, () => Promise.resolve(database));
  return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

const erase = async (database: Database) =>
  jsonObject(JSON.parse((await run(database, '--tenant', USER.tenant, '--user', USER.user, '--json')).out), '');

describe('purpgate erase', () => {
  test('takes all that a user said out of every table, and nothing else', async (t) => {
    const database = await openDatabase(t);
    const theirs = [said(), said()];
    const others = [
      consented({ user: 'user-8', raw: [answer('of user 8')] }),
      consented({ user: USER.user, tenant: 'other', raw: [answer('of another tenant')] }),
      consented({ raw: [answer('of nobody')] }),
    ];
    const feedback = theirs.map(({ id }) => feedbackOn(id));
    await process(database, { interactions: [...theirs, ...others, optedOut({ user: USER.user })], feedback });
    assert.deepEqual(await tablesWith(database, SAID), [
      'event_log',
      'feedback',
      'interactions',
      'rewards',
      'training_intake',
    ]);
    assert.match((await run(database, '--tenant', 'acme', '--user', USER.user, '--dry-run')).out, /There are 3 inter/);

    const { interactions, rewards, feedback: erasedFeedback, logRecords, versions } = await erase(database);
    assert.deepEqual([interactions, rewards, erasedFeedback, logRecords, versions], [3, 2, 2, 7, []]);
    assert.deepEqual(await tablesWith(database, SAID), []);
    assert.deepEqual(await tablesWith(database, 'of user 8'), ['event_log', 'interactions', 'rewards']);
    assert.deepEqual(await tablesWith(database, 'of another tenant'), ['event_log', 'interactions', 'rewards']);
    const again = await erase(database);
    assert.deepEqual([again['interactions'], again['logRecords']], [0, 0]);
  });

  test('has what comes late dropped, with the disposition erased, and what comes later kept', async (t) => {
    const database = await openDatabase(t);
    const before = said();
    await process(database, { interactions: [before] });
    await erase(database);
    const late = said({ ts: '2026-11-22T09:00:00.000Z' });
    const later = consented({ user: USER.user, ts: new Date(Date.now() + 1000).toISOString(), raw: [answer('new')] });
    await process(database, { interactions: [late, later], feedback: [feedbackOn(late.id), feedbackOn(before.id)] });
    assert.deepEqual(await database.query('select id from interactions'), [{ id: later.id }]);
    const erased = await database.query<{ id: string }>('select interaction_id as id from erasures order by 1');
    assert.deepEqual(
      erased.map(({ id }) => id),
      [before.id, late.id].sort(),
    );
    assert.deepEqual(await database.query('select from feedback'), []);
    assert.deepEqual(await tablesWith(database, SAID), []);
  });

  test('accounts for erased records of the reward log as erased', async (t) => {
    const database = await openDatabase(t);
    await process(database, { interactions: [said()] });
    await database.query('delete from training_intake');
    await database.query("delete from event_offsets where consumer_group = 'trainer'");
    await erase(database);
    await process(database, { interactions: [] });
    const verdicts = await database.query<{ verdict: string }>('select verdict from training_intake');
    assert.deepEqual(verdicts, [{ verdict: 'erased' }]);
  });

  test('names the versions whose weights have seen it', async (t) => {
    const database = await openDatabase(t);
    await process(database, { interactions: [said()] });
    const names = ['purp@000000000001', 'purp@000000000002', 'purp@000000000003'];
    for (const [seq, name] of names.entries()) {
      await database.query(
        "insert into versions (name, state, sha256, base, pool) values ($1, 'retired', repeat('0', 64), 'b', 'acme')",
        [name],
      );
      await database.query(
        `insert into training_manifests (pool, seq, parent_seq, offsets, adapter_sha256, sampling, oracle_versions, config_hash, folder, version)
         values ('acme', $1, $2, '{}', repeat('0', 64), '{}', '{}', '', '', $3)`,
        [seq, seq === 0 ? null : seq - 1, name],
      );
    }
    await database.query(
      "update training_intake set drawn = true, disposition = 'trained', manifest_seq = 1, prompt = null",
    );
    const { out } = await run(database, '--tenant', 'acme', '--user', USER.user);
    assert.match(out, /^1 training steps were trained on them\.\nVersions .*: purp@000000000002, purp@000000000003$/m);
  });

  test('finds their dead letters', async (t) => {
    const database = await openDatabase(t);
    const log = createTableLog(database, { logger });
    const bad = { ...toRecord(said()), value: { ...toRecord(said()).value, status: 'odd' } };
    const foreign = { ...bad, id: uuidv7(), value: { ...bad.value, user: 'user-8', raw: 'of user 8' } };
    await log.append(TOPICS.interactions, [bad]);
    for (const record of [bad, foreign])
      await log.append(TOPICS.deadLetters, [
        deadLetterRecord({ topic: TOPICS.interactions, place: 'p', reason: 'r', record }),
      ]);
    assert.equal((await erase(database))['logRecords'], 2);
    assert.deepEqual(await tablesWith(database, SAID), []);
    const [, kept] = await database.query<{ value: { bytes?: string } }>(
      'select value from event_log where topic = $1 order by position',
      [TOPICS.deadLetters],
    );
    assert.match(Buffer.from(kept?.value.bytes ?? '', 'base64').toString(), /of user 8/);
    await log.stop();
  });

  test('goes on where an erasure was cut off', async (t) => {
    const database = await openDatabase(t);
    await process(database, { interactions: [said()] });
    const options = { database, name: USER, until: new Date(), signal: new AbortController().signal };
    const failing = () => Promise.reject(new Error('cut off'));
    await assert.rejects(eraseUser({ ...options, eraseFromTraining: failing }), /cut off/);
    const late = said();
    assert.deepEqual(await createRewardStore(database).saveInteraction(late, []), []);
    assert.equal((await erase(database))['interactions'], 1);
    assert.deepEqual(await tablesWith(database, SAID), []);
  });

  test('wants to know whom', async (t) => {
    const database = await openDatabase(t);
    assert.equal((await run(database, '--user', 'x')).code, 2);
    assert.equal((await run(database, '--tenant', 'acme')).code, 2);
  });
});
