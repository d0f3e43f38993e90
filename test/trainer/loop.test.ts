import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { TOPICS, type LogRecord } from '../../src/events/event-log.js';
import { createTableLog } from '../../src/events/table.js';
import { Random } from '../../src/lm/random.js';
import { createLogger } from '../../src/telemetry.js';
import type { Learner } from '../../trainer/learner.js';
import { sharesOf, startTraining, whilePaused, type TrainingOptions } from '../../trainer/loop.js';
import { createManifestStore, eraseFromTraining } from '../../trainer/manifest-store.js';
import type { SamplingState } from '../../trainer/groups.js';
import type { RolloutSampler } from '../../trainer/rollouts.js';
import { createTestDatabase } from '../support/database.js';
import { afterwards, temporaryFolder } from '../support/folder.js';
import { writeTinyModel } from '../support/tiny-model.js';
import { openTinyLearner, POOL, rewardRecord, TINY_SETTINGS, uuidOf } from '../support/tiny-training.js';
import { SILENT } from '../support/training.js';

const never = (): AbortSignal => new AbortController().signal;

interface Planted {
  /** Added to each log-probability that the sampler tells. */
  readonly mismatch?: number;
  readonly beforeSample?: () => Promise<void>;
  readonly reward?: (choice: number) => number | null;
}

/** Random tokens with the learner's log-probabilities, so that no engine is needed. */
function fakeSampler(learner: Learner, planted: Planted): RolloutSampler {
  const { mismatch = 0, beforeSample, reward = (choice: number) => choice % 2 } = planted;
  return {
    use: () => Promise.resolve(),
    async sample({ seed }) {
      await beforeSample?.();
      const random = new Random(seed);
      const draw = (length: number) => Array.from({ length }, () => Math.floor(200 * random.uniform()));
      const promptIds = draw(3);
      const sequences = Array.from({ length: 4 }, () => ({ promptIds, completionIds: draw(5) }));
      const logprobs = await learner.logprobs(sequences, never());
      const rollouts = sequences.map(({ completionIds }, choice) => ({
        version: 'fake',
        completionIds,
        logprobs: Array.from(logprobs[choice] ?? [], (value) => value + mismatch),
        finish: 'stop' as const,
        reward: reward(choice),
        components: {
          format: null,
          parse: null,
          security: null,
          assistance: null,
          refusal: null,
          correctness: null,
          feedback: null,
        },
      }));
      return { promptIds, rollouts, oracleVersions: { fake: '1' } };
    },
  };
}

async function open(t: TestContext, records: readonly LogRecord[], planted: Planted = {}) {
  const own = await createTestDatabase();
  afterwards(t, () => own.drop());
  const { database } = own;
  const model = await writeTinyModel();
  afterwards(t, () => model.remove());
  const folder = join(await temporaryFolder(t), 'training');
  const log = createTableLog(database, { logger: createLogger('silent'), pollMs: 5 });
  afterwards(t, () => log.stop());
  await log.append(TOPICS.rewards, records);
  const learner = await openTinyLearner(model.folder);
  afterwards(t, () => learner.stop());
  const options: TrainingOptions = {
    database,
    log,
    learner,
    rollouts: fakeSampler(learner, planted),
    settings: TINY_SETTINGS,
    folder,
    configHash: 'tiny',
    mode: 'drain',
    steps: null,
    publish: null,
    mayRun: () => Promise.resolve(),
    display: SILENT,
  };
  const train = (changes: Partial<TrainingOptions> = {}) => {
    const training = startTraining({ ...options, ...changes });
    afterwards(t, () => training.stop());
    return training;
  };
  return { database, folder, learner, train, manifests: createManifestStore(database, POOL) };
}

const records = (count: number): LogRecord[] => Array.from({ length: count }, (_, number) => rewardRecord(number));

async function dispositions(database: { query: TrainingOptions['database']['query'] }): Promise<(string | null)[]> {
  const rows = await database.query<{ disposition: string | null }>(
    'SELECT disposition FROM training_intake ORDER BY position',
  );
  return rows.map(({ disposition }) => disposition);
}

describe('the training loop', () => {
  test('trains on every prompt once, accounts for all offsets, and has nothing to do when run again', async (t) => {
    const { database, folder, train, manifests } = await open(t, [
      ...records(6),
      rewardRecord(6, { score: null, unscored_reason: 'planted' }),
    ]);
    const summary = await train().done;
    assert.equal(summary.outcome, 'finished');
    assert.equal(summary.steps, 2);
    assert.deepEqual(await dispositions(database), [...Array<string>(6).fill('trained'), 'unscored']);
    const chain = await manifests.list();
    assert.deepEqual(
      chain.map(({ seq, parentSeq }) => [seq, parentSeq]),
      [
        [0, null],
        [1, 0],
        [2, 1],
      ],
    );
    assert.deepEqual(chain.at(-1)?.offsets, { [`${TOPICS.rewards}/0`]: 7 });
    assert.equal(new Set(chain.map(({ adapterSha256 }) => adapterSha256)).size, 3);
    assert.equal(chain[1]?.report?.['trained'], 4);
    assert.deepEqual((await readdir(folder)).sort(), ['reward-curve.svg', 'step-00000001', 'step-00000002']);
    assert.equal((await train().done).steps, 0);
  });

  test('keeps the weights where no group teaches anything, and takes groups that could not be judged for unscored', async (t) => {
    const { database, train, manifests } = await open(t, records(4), { reward: () => null });
    await train().done;
    const [first, second] = await manifests.list();
    assert.equal(second?.adapterSha256, first?.adapterSha256);
    assert.deepEqual(await dispositions(database), Array<string>(4).fill('unscored'));
  });

  test('accounts for verdicts where there is nothing to train on', async (t) => {
    const { database, train } = await open(t, [rewardRecord(0, { score: null, unscored_reason: 'planted' })]);
    await train().done;
    assert.deepEqual(await dispositions(database), ['unscored']);
  });

  test('waits before each generation and before the gradient while it is paused', async (t) => {
    const asked: (() => void)[] = [];
    let sampled = 0;
    const waiting = (): Promise<void> => new Promise((resolve) => asked.push(resolve));
    const count = (): Promise<void> => Promise.resolve(void (sampled += 1));
    const { train, manifests } = await open(t, records(2), { beforeSample: count });
    const training = train({ mayRun: waiting });
    const allow = async (): Promise<void> => {
      while (asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
      asked.shift()?.();
    };
    await allow();
    await allow();
    while (asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(sampled, 2);
    assert.equal((await manifests.list()).length, 1);
    await allow();
    assert.equal((await training.done).steps, 1);
  });

  test('stops at once while it is paused, twice as well as once, and goes on later', async (t) => {
    const { train } = await open(t, records(4));
    const training = train({ mayRun: whilePaused(() => true) });
    await Promise.all([training.stop(), training.stop()]);
    assert.equal((await training.done).outcome, 'stopped');
    assert.equal((await train().done).steps, 1);
  });

  test('ends with a reason when sampler and learner disagree, and changes nothing', async (t) => {
    const { train, manifests } = await open(t, records(4), { mismatch: 1 });
    await assert.rejects(train().done, /sampler and learner disagree about the same weights: KL/);
    assert.equal((await manifests.list()).length, 1);
  });

  test('ends with a reason when the entropy has collapsed', async (t) => {
    const { train } = await open(t, records(4));
    const settings = { ...TINY_SETTINGS, leastEntropy: 50 };
    await assert.rejects(train({ settings }).done, /entropy of the policy has collapsed/);
  });

  test('does not end a step with other options than those it began with', async (t) => {
    const { train } = await open(t, records(4), { mismatch: 1 });
    await assert.rejects(train().done, /disagree/);
    await assert.rejects(train({ configHash: 'other' }).done, { code: 'setting_invalid' });
  });

  test('goes on without what was erased in the middle of a step', async (t) => {
    const given = await open(t, records(4));
    const { database, learner, train, manifests } = given;
    let isErased = false;
    const erasing: Learner = {
      logprobs: (...args) => learner.logprobs(...args),
      referenceLogprobs: (...args) => learner.referenceLogprobs(...args),
      forwardBackward: (...args) => learner.forwardBackward(...args),
      saveWeights: (folder) => learner.saveWeights(folder),
      loadWeights: (folder) => learner.loadWeights(folder),
      exportAdapter: (file) => learner.exportAdapter(file),
      stop: () => learner.stop(),
      async optimStep(rate) {
        if (!isErased) assert.deepEqual(await eraseFromTraining(database, [uuidOf('interaction', 2)]), []);
        isErased = true;
        return learner.optimStep(rate);
      },
    };
    await train({ learner: erasing }).done;
    assert.deepEqual(await dispositions(database), ['trained', 'trained', 'erased', 'trained']);
    assert.equal((await manifests.last())?.report?.['trained'], 3);
    const left = await database.query<{ count: string }>('SELECT count(*) FROM training_rollouts');
    assert.deepEqual(left, [{ count: '12' }]);
    assert.deepEqual(await eraseFromTraining(database, [uuidOf('interaction', 1)]), [{ pool: POOL, seq: '1' }]);
  });

  test('publishes when it is due, and the last weights of a run', async (t) => {
    const { database, train, manifests } = await open(t, records(12));
    await database.query(
      `INSERT INTO versions (name, state, sha256, base, pool)
       SELECT 'purp@00000000000' || n, 'candidate', repeat('0', 64), 'base', 'acme' FROM generate_series(2, 3) AS n`,
    );
    const asked: unknown[] = [];
    const candidate = ({ seq }: { readonly seq: number }, parent: string | null) => {
      asked.push([seq, parent]);
      return Promise.resolve(`purp@00000000000${seq}` as const);
    };
    const { last } = await train({ publish: { every: 2, candidate } }).done;
    assert.deepEqual(asked, [
      [2, null],
      [3, 'purp@000000000002'],
    ]);
    assert.equal(last.version, 'purp@000000000003');
    assert.equal((await manifests.last())?.version, last.version);
  });
});

describe('the shares of the kinds', () => {
  const fresh = { utilisation: {} };

  test('are those of the traffic, in groups that teach something', () => {
    assert.deepEqual(sharesOf({ code: 120, malicious: 20, general: 20 }, fresh, 16), {
      code: 12,
      malicious: 2,
      general: 2,
    });
    const hardlyTeaches = { utilisation: { general: 0.1, code: 0.5 } };
    assert.deepEqual(sharesOf({ code: 100, general: 100 }, hardlyTeaches, 12), { code: 10, general: 2 });
  });

  test('let all kinds last equally long', () => {
    const first: Record<string, number> = { code: 300, malicious: 60, general: 40 };
    const waiting = { ...first };
    const state: SamplingState = { utilisation: { code: 0.6, malicious: 0.25, general: 0.3 } };
    for (let step = 0; step < 10; step += 1)
      for (const [kind, count] of Object.entries(sharesOf(waiting, state, 12)))
        waiting[kind] = (waiting[kind] ?? 0) - count / (state.utilisation[kind] ?? 1);
    for (const [kind, left] of Object.entries(waiting)) {
      const share = left / (first[kind] ?? 1);
      assert.ok(Math.abs(share - 0.4) < 0.15, `${kind} ${share}`);
    }
  });

  test('use what there is, and never exceed what waits or what is wanted', () => {
    const kinds = fc.constantFrom('code', 'malicious', 'security_question', 'general');
    const utilisation = fc.dictionary(kinds, fc.double({ min: 0.05, max: 1, noNaN: true }));
    fc.assert(
      fc.property(fc.dictionary(kinds, fc.nat(50)), utilisation, fc.nat(100), (waiting, measured, prompts) => {
        const counts = sharesOf(waiting, { utilisation: measured }, prompts);
        const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
        const there = Object.values(waiting).reduce((sum, count) => sum + count, 0);
        assert.equal(total, Math.min(prompts, there));
        for (const [kind, count] of Object.entries(counts)) assert.ok(count <= (waiting[kind] ?? 0));
      }),
    );
  });
});
