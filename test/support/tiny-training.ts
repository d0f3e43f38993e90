/** What the suites of the training loop share: a model that trains in a moment, rewards that follow from the text, samples of the log. */
import { createEngine } from './embedded-engine.js';
import { createHash } from 'node:crypto';
import type { EmbeddedEngine } from '../../src/engine/embedded/engine.js';
import type { LogRecord } from '../../src/events/event-log.js';
import type { RewardEvent, RewardRecord, SampleKind } from '../../src/events/interaction.js';
import { jsonObject } from '../../src/events/read.js';
import { initialAdapter } from '../../src/lm/lora.js';
import { readModelConfig } from '../../src/lm/model-config.js';
import { readModelWeights } from '../../src/lm/safetensors.js';
import type { SampleScorer } from '../../src/reward/score.js';
import { GRPO_PURPCODE } from '../../trainer/grpo.js';
import { INTAKE_DEFAULTS } from '../../trainer/intake.js';
import type { Learner } from '../../trainer/learner.js';
import type { LoopSettings } from '../../trainer/loop.js';
import { createOnnxLearner } from '../../trainer/onnx-learner.js';
import { createRolloutSampler, type RolloutSampler } from '../../trainer/rollouts.js';

export const POOL = 'acme';

export const TINY_SETTINGS: LoopSettings = {
  pool: POOL,
  seed: 1,
  algorithm: GRPO_PURPCODE,
  learningRate: 0.01,
  mostMismatchKl: 0.015,
  leastEntropy: 0.01,
  sampling: 'single-step',
  promptsPerStep: 4,
  // One after the other, so that the engine computes the same batches whatever was there before.
  concurrency: 1,
  intake: { ...INTAKE_DEFAULTS, expiryDays: 100_000 },
};

export async function openTinyLearner(folder: string): Promise<Learner> {
  const config = await readModelConfig(folder);
  return createOnnxLearner(config, await readModelWeights(folder), {
    adapter: initialAdapter(config, { rank: 2, alpha: 4, seed: 1 }),
    algorithm: TINY_SETTINGS.algorithm,
    optimizer: { clipNorm: 1 },
    threads: 1,
  });
}

const ORACLE_VERSIONS = { parity: '1' };

const record = (kind: SampleKind, score: number | null): RewardRecord => ({
  kind,
  kind_confidence: 1,
  score,
  unscored_reason: score === null ? 'the oracle could not run' : null,
  components: {
    format: null,
    parse: null,
    security: null,
    assistance: null,
    refusal: score,
    correctness: null,
    feedback: null,
  },
  evidence: [],
  oracle_versions: ORACLE_VERSIONS,
});

/** A reward of 0 or 1 that follows from the text. */
export const textScorer: SampleScorer = {
  score: ({ kind, response }) => Promise.resolve(record(kind ?? 'general', response.content.length % 3 === 0 ? 1 : 0)),
};

export function tinySampler(engine: EmbeddedEngine, scorer: SampleScorer = textScorer): RolloutSampler {
  return createRolloutSampler({ engine, scorer, groupSize: 4, maxTokens: 8 });
}

export const tinyEngine = (folder: string): EmbeddedEngine => createEngine(folder);

export const uuidOf = (...names: readonly (string | number)[]): string => {
  const hex = createHash('sha256').update(JSON.stringify(names)).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
};

/** A scored sample of a prompt, with what a test is about put in its place. The same number gives the same ids. */
export function rewardRecord(number: number, changes: Partial<RewardEvent> = {}): LogRecord {
  const event: RewardEvent = {
    ...record('code', 0.5),
    schema: 1,
    id: uuidOf('event', number),
    interaction_id: uuidOf('interaction', number),
    choice: 0,
    ts: '2026-11-22T10:00:00.000Z',
    tenant: POOL,
    pool: POOL,
    version: null,
    prompt: [{ role: 'user', content: `prompt ${number}` }],
    response: { reasoning: '', content: 'x', tool_calls: [], finish: 'stop' },
    ...changes,
  };
  return { id: event.id, key: event.interaction_id, value: jsonObject(event, '') };
}
