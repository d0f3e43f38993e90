/** The steps of the trainer in Postgres: which prompts each has drawn, and what the policy answered. A step can be computed again from here. */
import type { Database, Queryable } from '../src/db.js';
import type { RewardComponents, SampleKind } from '../src/events/interaction.js';
import type { FinishReason } from '../src/types.js';
import type { KindCounts, SamplingState } from './groups.js';
import { changeTables } from './training-tables.js';

export interface StepRow {
  readonly seq: number;
  readonly configHash: string;
  readonly wanted: KindCounts;
  /** Before the step. */
  readonly sampling: SamplingState;
}

export interface Rollout {
  /** Name of the weights that sampled it. */
  readonly version: string;
  readonly completionIds: readonly number[];
  readonly logprobs: readonly number[];
  readonly finish: FinishReason;
  /** Null when an oracle could not run. */
  readonly reward: number | null;
  readonly components: RewardComponents;
}

/** What the policy made of a prompt. */
export interface SampledGroup {
  readonly promptIds: readonly number[];
  readonly rollouts: readonly Rollout[];
  readonly oracleVersions: Readonly<Record<string, string>>;
}

/** `unanswerable`: the engine takes no such prompt. `erased`: its owner had it erased; its rollouts are gone. */
export type GroupOutcome = 'sampled' | 'unanswerable' | 'erased';

export interface StepGroup {
  readonly number: number;
  readonly wave: number;
  readonly kind: SampleKind;
  readonly place: string;
  /** Null until it is sampled. */
  readonly outcome: GroupOutcome | null;
  /** Null unless the outcome is `sampled`. */
  readonly sampled: SampledGroup | null;
}

export interface DrawnPrompt {
  readonly number: number;
  readonly kind: SampleKind;
  readonly place: string;
  /** As recorded. */
  readonly prompt: unknown;
}

export interface RolloutStore {
  /** The step that has no manifest yet. */
  unfinished(): Promise<StepRow | null>;
  begin(step: StepRow): Promise<void>;
  /** Prompts that wait, by kind, after those that have expired or whose owner has opted out were told apart. */
  waiting(expiredBefore: Date): Promise<KindCounts>;
  /** Draws the oldest prompts of each kind for a wave of a step, as many as there are. @returns how many. */
  draw(seq: number, wave: number, counts: KindCounts): Promise<number>;
  /** Drawn prompts of the step that are not sampled yet. */
  unsampled(seq: number): Promise<readonly DrawnPrompt[]>;
  /** A group whole, in one transaction. Does nothing where it has an outcome already. */
  save(seq: number, number: number, sampled: SampledGroup | 'unanswerable'): Promise<void>;
  /** All of a step, in the order of the numbers; `revision` for the commit. */
  groups(seq: number): Promise<{ readonly groups: readonly StepGroup[]; readonly revision: number }>;
}

export function createRolloutStore(database: Database, pool: string): RolloutStore {
  return {
    unfinished: async () => {
      const [row] = await database.query<Omit<StepRow, 'seq'> & { seq: string }>(
        `SELECT seq, config_hash AS "configHash", wanted, sampling FROM training_steps s WHERE pool = $1
           AND NOT EXISTS (SELECT FROM training_manifests m WHERE m.pool = s.pool AND m.seq = s.seq)`,
        [pool],
      );
      return row === undefined ? null : { ...row, seq: Number(row.seq) };
    },
    begin: async ({ seq, configHash, wanted, sampling }) => {
      await database.query(
        'INSERT INTO training_steps (pool, seq, config_hash, wanted, sampling) VALUES ($1, $2, $3, $4, $5)',
        [pool, seq, configHash, JSON.stringify(wanted), JSON.stringify(sampling)],
      );
    },
    waiting: (expiredBefore) => changeTables(database, (client) => waiting(client, pool, expiredBefore)),
    draw: (seq, wave, counts) => changeTables(database, (client) => draw(client, pool, { seq, wave, counts })),
    unsampled: (seq) =>
      database.query<DrawnPrompt>(
        `SELECT g.number, g.kind, g.place, i.prompt FROM training_groups g JOIN training_intake i USING (place)
          WHERE g.pool = $1 AND g.seq = $2 AND g.outcome IS NULL ORDER BY g.number`,
        [pool, seq],
      ),
    save: (seq, number, sampled) =>
      changeTables(database, (client) =>
        sampled === 'unanswerable'
          ? saveUnanswerable(client, [pool, seq, number])
          : saveSampled(client, [pool, seq, number], sampled),
      ),
    groups: (seq) => readGroups(database, pool, seq),
  };
}

async function waiting(client: Queryable, pool: string, expiredBefore: Date): Promise<KindCounts> {
  await client.query(
    `UPDATE training_intake SET verdict = 'expired', prompt = NULL
      WHERE pool = $1 AND verdict IS NULL AND NOT drawn AND ts < $2`,
    [pool, expiredBefore],
  );
  // The owner of a key may change his mind while prompts wait.
  await client.query(
    `UPDATE training_intake t SET verdict = 'opted-out', prompt = NULL FROM interactions i LEFT JOIN api_keys k ON k.id = i.key_id
      WHERE t.pool = $1 AND t.verdict IS NULL AND NOT t.drawn AND i.id = t.interaction_id
        AND (i.consent = 'deny' OR k.training = 'deny')`,
    [pool],
  );
  const rows = await client.query<{ kind: string; waiting: string }>(
    'SELECT kind, count(*) AS waiting FROM training_intake WHERE pool = $1 AND verdict IS NULL AND NOT drawn GROUP BY kind',
    [pool],
  );
  return Object.fromEntries(rows.map(({ kind, waiting: count }) => [kind, Number(count)]));
}

interface Draw {
  readonly seq: number;
  readonly wave: number;
  readonly counts: KindCounts;
}

async function draw(client: Queryable, pool: string, { seq, wave, counts }: Draw): Promise<number> {
  let drawn = 0;
  for (const kind of Object.keys(counts).sort()) {
    const rows = await client.query(
      `WITH taken AS (
         UPDATE training_intake SET drawn = true WHERE place IN (
           SELECT place FROM training_intake WHERE pool = $1 AND kind = $4 AND verdict IS NULL AND NOT drawn
            ORDER BY arrival LIMIT $5)
         RETURNING place, arrival)
       INSERT INTO training_groups (pool, seq, number, wave, kind, place)
       SELECT $1, $2::bigint, next.number + row_number() OVER (ORDER BY arrival), $3, $4, place
         FROM taken, (SELECT coalesce(max(number), -1) AS number FROM training_groups WHERE pool = $1 AND seq = $2) AS next
       RETURNING number`,
      [pool, seq, wave, kind, counts[kind]],
    );
    drawn += rows.length;
  }
  return drawn;
}

type GroupKey = readonly [pool: string, seq: number, number: number];

/** A group that was erased meanwhile stays so. */
const SETTLE = `UPDATE training_groups SET outcome = $4, prompt_ids = $5, oracle_versions = $6
  WHERE pool = $1 AND seq = $2 AND number = $3 AND outcome IS NULL RETURNING place`;

async function saveUnanswerable(client: Queryable, key: GroupKey): Promise<void> {
  const [row] = await client.query<{ place: string }>(SETTLE, [...key, 'unanswerable', null, null]);
  if (row !== undefined) await markUnscored(client, row.place);
}

async function saveSampled(client: Queryable, key: GroupKey, sampled: SampledGroup): Promise<void> {
  const { promptIds, rollouts, oracleVersions } = sampled;
  const versions = JSON.stringify(oracleVersions);
  const [row] = await client.query<{ place: string }>(SETTLE, [...key, 'sampled', promptIds, versions]);
  if (row === undefined) return;
  for (const [choice, { version, completionIds, logprobs, finish, reward, components }] of rollouts.entries())
    await client.query(
      `INSERT INTO training_rollouts (pool, seq, number, choice, version, completion_ids, logprobs, finish, reward, components)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [...key, choice, version, completionIds, logprobs, finish, reward, JSON.stringify(components)],
    );
  if (rollouts.every(({ reward }) => reward === null)) await markUnscored(client, row.place);
}

async function markUnscored(client: Queryable, place: string): Promise<void> {
  await client.query(
    `UPDATE training_intake SET verdict = 'unscored', prompt = NULL WHERE place = $1 AND verdict IS NULL`,
    [place],
  );
}

interface GroupRow extends Omit<StepGroup, 'sampled'> {
  readonly promptIds: readonly number[] | null;
  readonly oracleVersions: Readonly<Record<string, string>> | null;
}

type RolloutRow = Rollout & { readonly number: number };

const rolloutOf = ({ version, completionIds, logprobs, finish, reward, components }: RolloutRow): Rollout => ({
  version,
  completionIds,
  logprobs,
  finish,
  reward,
  components,
});

async function readGroups(database: Database, pool: string, seq: number) {
  // One snapshot of both tables, so that an erasure is seen whole or not at all.
  return database.transaction(async (client) => {
    await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    const [step] = await client.query<{ revision: number }>(
      'SELECT revision FROM training_steps WHERE pool = $1 AND seq = $2',
      [pool, seq],
    );
    const rows = await client.query<GroupRow>(
      `SELECT number, wave, kind, place, outcome, prompt_ids AS "promptIds", oracle_versions AS "oracleVersions"
         FROM training_groups WHERE pool = $1 AND seq = $2 ORDER BY number`,
      [pool, seq],
    );
    const rollouts = await client.query<RolloutRow>(
      `SELECT number, version, completion_ids AS "completionIds", logprobs, finish, reward, components
         FROM training_rollouts WHERE pool = $1 AND seq = $2 ORDER BY number, choice`,
      [pool, seq],
    );
    const groups = rows.map(({ promptIds, oracleVersions, ...group }): StepGroup => {
      const own = rollouts.filter(({ number }) => number === group.number).map(rolloutOf);
      const sampled = promptIds === null ? null : { promptIds, oracleVersions: oracleVersions ?? {}, rollouts: own };
      return { ...group, sampled };
    });
    return { groups, revision: step?.revision ?? 0 };
  });
}
