/**
 * One step: draw, sample, update, checkpoint, manifest. Until the manifest is committed nothing has happened but rows: a step that was killed
 * is taken up where its rows end, and what they hold is never sampled again, so that the same weights come out.
 */
import { join } from 'node:path';
import { ADAPTER_FILE } from '../src/release/probe.js';
import type { JsonObject } from '../src/types.js';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.js';
import { multiWaveSampler, singleStepSampler, type GroupSampler } from './groups.js';
import type { Learner } from './learner.js';
import type { Manifest, ManifestStore, NewManifest } from './manifest-store.js';
import type { Display } from './progress.js';
import { messagesOf } from './prompts.js';
import { rolloutSeed, type RolloutSampler } from './rollouts.js';
import type { DrawnPrompt, RolloutStore, StepGroup, StepRow } from './rollout-store.js';
import { inParallel } from './rule-sampling.js';
import { applyUpdate, checkedEntropy, trainedGroups, wavesOf, type UpdateSettings } from './update.js';

export interface StepSettings extends UpdateSettings {
  readonly pool: string;
  readonly seed: number;
  readonly sampling: 'single-step' | 'multi-wave';
  /** Prompts that are sampled at once. */
  readonly concurrency: number;
}

export interface StepParts {
  readonly settings: StepSettings;
  readonly learner: Learner;
  readonly rollouts: RolloutSampler;
  readonly store: RolloutStore;
  readonly manifests: ManifestStore;
  /** Of the checkpoints. */
  readonly folder: string;
  /** Resolves when training may go on; asked before each generation and before the gradient. */
  readonly mayRun: (signal: AbortSignal) => Promise<void>;
  readonly display: Display;
}

/** From the parent's weights, which the learner holds, to a committed manifest. @throws PurpgateError of engine, learner, database. */
export async function runStep(parts: StepParts, step: StepRow, context: StepContext): Promise<void> {
  const { parent, signal } = context;
  const { learner, rollouts, store, manifests, folder, mayRun } = parts;
  const sampler = samplerOf(parts, step);
  await rollouts.use(parent.adapterSha256, join(folder, parent.folder, ADAPTER_FILE));
  await sampleStep(parts, step, { sampler, signal });
  for (;;) {
    await mayRun(signal);
    const { groups, revision } = await store.groups(step.seq);
    const manifest = await update(parts, step, { groups, sampler, parent, signal });
    if ((await manifests.commit(manifest, revision)) === 'committed') return;
    // Somebody had rows of the step erased meanwhile: it is computed from those that are left.
    await loadCheckpoint(learner, folder, parent);
  }
}

interface StepContext {
  readonly parent: Manifest;
  readonly signal: AbortSignal;
}

function samplerOf({ settings }: StepParts, { wanted }: StepRow): GroupSampler {
  switch (settings.sampling) {
    case 'single-step':
      return singleStepSampler({ wanted });
    case 'multi-wave':
      return multiWaveSampler({ wanted });
  }
}

interface Sampling {
  readonly sampler: GroupSampler;
  readonly signal: AbortSignal;
}

/** Wave by wave, until the sampler has what it trains on or there are no more prompts. */
async function sampleStep(parts: StepParts, step: StepRow, { sampler, signal }: Sampling): Promise<void> {
  const { store } = parts;
  for (;;) {
    await sampleDrawn(parts, step, signal);
    const waves = wavesOf((await store.groups(step.seq)).groups);
    const next = sampler.nextWave(step.sampling, waves);
    if (next === null || (await store.draw(step.seq, waves.length, next)) === 0) return;
  }
}

async function sampleDrawn(parts: StepParts, { seq }: StepRow, signal: AbortSignal): Promise<void> {
  const { settings, store, rollouts, mayRun, display } = parts;
  const drawn = await store.unsampled(seq);
  let done = 0;
  let tokens = 0;
  const started = performance.now();
  await inParallel(drawn, settings.concurrency, signal, async (prompt: DrawnPrompt, within) => {
    await mayRun(within);
    const { kind, number, place } = prompt;
    const seed = rolloutSeed(settings.seed, settings.pool, seq, place);
    const sampled = await rollouts.sample({ kind, messages: messagesOf(prompt.prompt), seed }, within);
    await store.save(seq, number, sampled);
    done += 1;
    if (sampled !== 'unanswerable')
      tokens += sampled.rollouts.reduce((sum, { completionIds }) => sum + completionIds.length, 0);
    const rate = Math.round((1000 * tokens) / (performance.now() - started));
    display.status(`step ${seq}: sampled ${done}/${drawn.length} prompts  ${rate} tokens/s`, done / (drawn.length + 1));
  });
}

interface Update extends StepContext {
  readonly groups: readonly StepGroup[];
  readonly sampler: GroupSampler;
}

/** The weights that follow, in their folder; those of the parent where no group teaches anything. */
async function update(parts: StepParts, step: StepRow, { groups, sampler, parent, signal }: Update) {
  const { settings, learner, folder } = parts;
  const before = parent.report?.['entropy'];
  const entropy = checkedEntropy(groups, {
    leastEntropy: settings.leastEntropy,
    before: typeof before === 'number' ? before : null,
  });
  const trained = trainedGroups(groups, sampler);
  const measured = trained.length === 0 ? null : await applyUpdate(learner, trained, { ...settings, signal });
  const checkpoint = measured === null ? parent : await saveCheckpoint(learner, folder, step.seq);
  const waves = wavesOf(groups);
  const manifest: NewManifest = {
    seq: step.seq,
    adapterSha256: checkpoint.adapterSha256,
    folder: checkpoint.folder,
    sampling: sampler.after(step.sampling, waves),
    oracleVersions: groups.find(({ sampled }) => sampled !== null)?.sampled?.oracleVersions ?? {},
    configHash: step.configHash,
    report: {
      rewards: meanRewards(groups),
      drawn: groups.length,
      trained: trained.length,
      waves: waves.length,
      entropy,
      ...(measured ?? {}),
    },
  };
  return manifest;
}

/** By kind, over the rollouts that have one. */
export function meanRewards(groups: readonly StepGroup[]): Readonly<Record<string, number>> & JsonObject {
  const means: Record<string, number> = {};
  for (const kind of [...new Set(groups.map((group) => group.kind))].sort()) {
    const own = groups.filter((group) => group.kind === kind);
    const rewards = own.flatMap(({ sampled }) => sampled?.rollouts.flatMap(({ reward }) => reward ?? []) ?? []);
    if (rewards.length > 0) means[kind] = rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
  }
  return means;
}
