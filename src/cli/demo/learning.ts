/** The acts of the demo in which nobody is served: rewards come in, the policy learns, the gate judges. */
import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import type { RewardPoint } from '../../../trainer/curve.js';
import { NANO_TRAINING } from '../../../trainer/grpo-plan.js';
import type { Display } from '../../../trainer/progress.js';
import { heldOutSuites } from '../../../trainer/suites.js';
import { childEnvironment } from '../../config.js';
import { PurpgateError } from '../../errors.js';
import { createRegistry } from '../../registry/registry.js';
import { releaseCandidates } from '../../release/controller.js';
import type { GateVerdict } from '../../release/gate.js';
import type { Version } from '../../types.js';
import { SERVED_POOL, TRAFFIC_POOL, type Scene } from './scene.js';

const SCORING_DEADLINE_MS = 120_000;

export interface ScoredRow {
  readonly kind: string;
  readonly score: number | null;
}

/** Until the scorer has read what was logged. */
export async function awaitRewards(
  { database, display, io }: Scene,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ScoredRow>> {
  const deadline = Date.now() + SCORING_DEADLINE_MS;
  for (;;) {
    const rows = await database.query<{ id: string; kind: string | null; score: number | null }>(
      `SELECT i.id, r.kind, r.score FROM interactions i LEFT JOIN rewards r ON r.interaction_id = i.id
        WHERE i.id = ANY($1::uuid[])`,
      [ids],
    );
    display.status(`scored ${rows.length}/${ids.length}`, rows.length / ids.length);
    if (rows.length === ids.length || Date.now() > deadline)
      return new Map(rows.flatMap(({ id, kind, score }) => (kind === null ? [] : [[id, { kind, score }] as const])));
    await pause(250, undefined, { signal: io.signal });
  }
}

export function meansByKind(rows: readonly ScoredRow[]): Record<string, number> {
  const scores = new Map<string, number[]>();
  for (const { kind, score } of rows) if (score !== null) scores.set(kind, [...(scores.get(kind) ?? []), score]);
  return Object.fromEntries(
    [...scores].map(([kind, values]) => [kind, values.reduce((sum, value) => sum + value, 0) / values.length]),
  );
}

export const describeMeans = (means: Readonly<Record<string, number>>): string =>
  Object.entries(means)
    .map(([kind, mean]) => `${kind} ${mean.toFixed(2)}`)
    .join('  ');

/** In a process of its own, as in production: training blocks its thread. */
export async function train({ folder, prompts, seed, threads, trainer, io }: Scene): Promise<void> {
  const plan = ['--pool', TRAFFIC_POOL, '--serve-pool', SERVED_POOL, '--drain', '--publish', '1000000'];
  const sizes = ['--prompts', String(prompts), '--seed', String(seed), '--threads', String(threads)];
  const child = spawn(process.execPath, [trainer, 'train', 'grpo', ...plan, ...NANO_TRAINING, ...sizes], {
    env: { ...childEnvironment(), PURPGATE_DATA: folder, LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
    signal: io.signal,
  });
  child.stdout.on('data', (chunk: Buffer) => io.stdout.write(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new PurpgateError('internal_error', { message: `the training ended with ${code}` });
}

/** Means of the first and the last third of the steps: a single step has few prompts of a kind. */
export function describeLearning(display: Display, points: readonly RewardPoint[]): void {
  const third = Math.max(1, Math.floor(points.length / 3));
  const mean = (part: readonly RewardPoint[]): Record<string, number> =>
    meansByKind(part.flatMap(({ rewards }) => Object.entries(rewards).map(([kind, score]) => ({ kind, score }))));
  display.line(`     reward, first steps: ${describeMeans(mean(points.slice(0, third)))}`);
  display.line(`     reward, last steps:  ${describeMeans(mean(points.slice(-third)))}`);
}

export async function liveVersion(registry: ReturnType<typeof createRegistry>): Promise<Version> {
  const live = await registry.live(SERVED_POOL);
  if (live === null) throw new PurpgateError('internal_error', { message: 'no version is live' });
  return live;
}

export async function judge(scene: Scene): Promise<{ version: Version; verdict: GateVerdict }> {
  const { database, display, logger, evaluate, seed, threads, io } = scene;
  const registry = createRegistry(database);
  const suites = heldOutSuites({
    count: evaluate,
    seed,
    threads,
    logger,
    onProgress: (done, total) => {
      display.status(`answer ${done}/${total}`, done / total);
    },
  });
  const releases = await releaseCandidates({ database, registry, suites, pool: SERVED_POOL, logger }, io.signal);
  const release = releases?.at(-1);
  const version = release === undefined ? null : await registry.get(release.version);
  if (release === undefined || version === null)
    throw new PurpgateError('internal_error', {
      publicMessage: 'Training made no version: no group of answers had rewards that differ. Try more --requests.',
    });
  return { version, verdict: release.verdict };
}
