/** Kills a training again and again, and compares what comes of it with a training that nobody disturbed. For the suite and the campaign. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../src/config.js';
import type { Database } from '../../src/db.js';
import { TOPICS } from '../../src/events/event-log.js';
import { createTableLog } from '../../src/events/table.js';
import { Random } from '../../src/lm/random.js';
import { createLogger } from '../../src/telemetry.js';
import { saveCheckpoint } from '../../trainer/checkpoint.js';
import { singleStepSampler, type KindCounts } from '../../trainer/groups.js';
import { createManifestStore, type Manifest } from '../../trainer/manifest-store.js';
import { createRolloutStore } from '../../trainer/rollout-store.js';
import { REWARD_CURVE_FILE } from '../../trainer/loop.js';
import { applyUpdate, trainedGroups } from '../../trainer/update.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { openTinyLearner, POOL, rewardRecord, TINY_SETTINGS } from './tiny-training.js';
import { writeTinyModel } from './tiny-model.js';

/**
 * After so many lines at most a child is killed. The first is shown when the engine is up and the weights are there; a step that is taken up with
 * all its rollouts needs some ten, so that with more of them the kills reach the end of a step, and the next one.
 */
const MOST_LINES = 24;

export interface KillReport {
  readonly kills: number;
  readonly offsets: number;
  readonly dispositions: Readonly<Record<string, number>>;
  readonly manifests: number;
  readonly rollouts: number;
}

/** @param rounds kills, unless the training ends by itself before. */
export async function killTraining(rounds: number, onRound: (text: string) => void): Promise<KillReport> {
  const model = await writeTinyModel();
  const scratch = await mkdtemp(join(tmpdir(), 'purpgate-test-'));
  const [disturbed, undisturbed] = [await createTestDatabase(), await createTestDatabase()];
  try {
    const folder = join(scratch, 'disturbed');
    for (const { database } of [disturbed, undisturbed]) await fillLog(database, rounds);
    const kills = await killRounds(disturbed, { model: model.folder, folder, rounds, onRound });
    await runChild(disturbed.url, model.folder, folder);
    await runChild(undisturbed.url, model.folder, join(scratch, 'undisturbed'));
    const manifests = await checkChain(disturbed.database, folder);
    const expected = await createManifestStore(undisturbed.database, POOL).list();
    const weights = (chain: readonly Manifest[]) => chain.map(({ seq, adapterSha256 }) => ({ seq, adapterSha256 }));
    assert.deepEqual(weights(manifests), weights(expected), 'other weights than those of the undisturbed training');
    await checkReplay(disturbed.database, manifests, { model: model.folder, scratch });
    const dispositions = await checkDispositions(disturbed.database);
    const [counted] = await disturbed.database.query<{ offsets: string; rollouts: string }>(
      'SELECT (SELECT count(*) FROM training_intake) AS offsets, (SELECT count(*) FROM training_rollouts) AS rollouts',
    );
    const [offsets, rollouts] = [Number(counted?.offsets), Number(counted?.rollouts)];
    return { kills, offsets, dispositions, manifests: manifests.length, rollouts };
  } finally {
    await disturbed.drop();
    await undisturbed.drop();
    await model.remove();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Of every seventh kind of record one that is not trained on. */
async function fillLog(database: Database, rounds: number): Promise<void> {
  const log = createTableLog(database, { logger: createLogger('silent') });
  const records = Array.from({ length: 2 * rounds + 12 }, (_, number) => {
    if (number % 7 === 3) return rewardRecord(number, { score: null, unscored_reason: 'planted' });
    if (number % 7 === 5) return rewardRecord(number, { prompt: [{ role: 'user', content: 'prompt 0' }] });
    return rewardRecord(number);
  });
  records.push({ id: rewardRecord(-1).id, key: 'odd', value: { nothing: 'of ours' } });
  await log.append(TOPICS.rewards, records);
  await log.stop();
}

interface Rounds {
  readonly model: string;
  readonly folder: string;
  readonly rounds: number;
  readonly onRound: (text: string) => void;
}

async function killRounds(test: TestDatabase, { model, folder, rounds, onRound }: Rounds): Promise<number> {
  const random = new Random(rounds);
  const known = new Map<string, string>();
  for (let kills = 0; kills < rounds; kills += 1) {
    const lines = 1 + Math.floor(MOST_LINES * random.uniform());
    const ended = await runChild(test.url, model, folder, lines);
    // What is persisted once is never sampled again.
    for (const { key, sampled } of await rolloutRows(test.database)) {
      assert.equal(known.get(key) ?? sampled, sampled, `rollout ${key} was sampled anew`);
      known.set(key, sampled);
    }
    if (ended.outcome === 'finished') return kills;
    onRound(`kill ${kills + 1}/${rounds} after "${ended.last}", ${known.size} rollouts persisted`);
  }
  return rounds;
}

function rolloutRows(database: Database) {
  return database.query<{ key: string; sampled: string }>(
    `SELECT concat_ws('/', seq, number, choice) AS key, md5(concat(completion_ids, logprobs, reward)) AS sampled FROM training_rollouts`,
  );
}

async function runChild(url: string, model: string, folder: string, lines = Infinity) {
  const file = join(packageRoot, 'dist', 'test', 'support', 'train-child.js');
  const child = spawn(process.execPath, [file, url, model, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  let shown = 0;
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) {
    shown += 1;
    if (shown > lines) continue;
    last = line;
    if (shown === lines) child.kill('SIGKILL');
  }
  const [code, signal] = (await closed) as [number | null, string | null];
  assert.ok(signal === 'SIGKILL' || code === 0, `the training ended with ${code ?? signal}`);
  return { outcome: signal === 'SIGKILL' ? 'killed' : 'finished', last } as const;
}

/** The chain has no gap, offsets only grow and end at the log's head, and no folder is left over. */
async function checkChain(database: Database, folder: string): Promise<readonly Manifest[]> {
  const manifests = await createManifestStore(database, POOL).list();
  const partition = `${TOPICS.rewards}/0`;
  let reached = 0;
  for (const [index, { seq, parentSeq, offsets }] of manifests.entries()) {
    assert.deepEqual([seq, parentSeq], [index, index === 0 ? null : index - 1]);
    const offset = offsets[partition] ?? 0;
    assert.ok(offset >= reached, `offset ${offset} of manifest ${seq} is below ${reached}`);
    reached = offset;
  }
  const [head] = await database.query<{ head: string }>('SELECT head FROM event_topics WHERE topic = $1', [
    TOPICS.rewards,
  ]);
  assert.equal(reached, Number(head?.head));
  const kept = new Set(manifests.slice(-2).map((manifest) => manifest.folder));
  for (const name of await readdir(folder))
    assert.ok(kept.has(name) || name === REWARD_CURVE_FILE, `${name} is left over`);
  return manifests;
}

interface Replay {
  readonly model: string;
  readonly scratch: string;
}

/** Computes each step again from its rows alone. */
async function checkReplay(database: Database, manifests: readonly Manifest[], { model, scratch }: Replay) {
  const learner = await openTinyLearner(model);
  const { signal } = new AbortController();
  try {
    for (const { seq, adapterSha256 } of manifests.slice(1)) {
      const [step] = await database.query<{ wanted: KindCounts }>(
        'SELECT wanted FROM training_steps WHERE pool = $1 AND seq = $2',
        [POOL, seq],
      );
      const { groups } = await createRolloutStore(database, POOL).groups(seq);
      const trained = trainedGroups(groups, singleStepSampler({ wanted: step?.wanted ?? {} }));
      if (trained.length > 0) await applyUpdate(learner, trained, { ...TINY_SETTINGS, signal });
      const again = await saveCheckpoint(learner, join(scratch, 'replay'), seq);
      assert.equal(again.adapterSha256, adapterSha256, `step ${seq} gives other weights from its rows`);
    }
  } finally {
    await learner.stop();
  }
}

/** Each offset of the log has one disposition, and what was trained was drawn once. */
async function checkDispositions(database: Database): Promise<Readonly<Record<string, number>>> {
  const [missing] = await database.query<{ count: string }>(
    `SELECT count(*) FROM event_log l FULL JOIN training_intake i ON i.place = l.topic || '/0/' || l.position
      WHERE l.topic IS NULL OR (l.topic = $1 AND (i.place IS NULL OR i.disposition IS NULL))`,
    [TOPICS.rewards],
  );
  assert.equal(Number(missing?.count), 0, 'an offset has no disposition');
  const [unequal] = await database.query<{ count: string }>(
    `SELECT count(*) FROM training_intake i FULL JOIN training_groups g USING (place)
      WHERE (i.disposition = 'trained') <> (g.place IS NOT NULL) OR g.seq <> i.manifest_seq`,
  );
  assert.equal(Number(unequal?.count), 0, 'a disposition says other than the steps');
  const rows = await database.query<{ disposition: string; count: string }>(
    'SELECT disposition, count(*) FROM training_intake GROUP BY disposition',
  );
  return Object.fromEntries(rows.map(({ disposition, count }) => [disposition, Number(count)]));
}
