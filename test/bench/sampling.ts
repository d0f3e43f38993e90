/**
 * Single-step against multi-wave dynamic sampling: wall time and waste until each has the same number of groups to train on. Both draw the
 * same prompts from nano, taking turns step by step, and nothing is trained. Writes the section `Dynamic sampling` of docs/benchmarks.md.
 *
 *   node deploy/build.mjs && node dist/test/bench/sampling.js [--groups 300] [--wanted 16] [--threads 2] [--seed 1] [--output FILE]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../src/config.js';
import { createEmbeddedEngine } from '../../src/engine/embedded/engine.js';
import type { SampleKind } from '../../src/events/interaction.js';
import { createCodeScanner } from '../../src/guard/code/scanner.js';
import { readModelConfig } from '../../src/lm/model-config.js';
import { initialAdapter, writeAdapter } from '../../src/lm/lora.js';
import { Resources } from '../../src/resources.js';
import { classifyKind } from '../../src/reward/kind.js';
import { createLazySandbox } from '../../src/reward/lazy-sandbox.js';
import { createSampleScorer } from '../../src/reward/score.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import type { Message } from '../../src/types.js';
import { trainingPrompts } from '../../trainer/data/heldout.js';
import {
  INITIAL_SAMPLING,
  multiWaveSampler,
  singleStepSampler,
  type GroupSampler,
  type KindCounts,
  type SamplingState,
  type Wave,
} from '../../trainer/groups.js';
import { sharesOf } from '../../trainer/loop.js';
import { turnsOf } from '../../trainer/prompts.js';
import { createRolloutSampler, type RolloutSampler } from '../../trainer/rollouts.js';
import type { StepGroup } from '../../trainer/rollout-store.js';
import { inParallel } from '../../trainer/rule-sampling.js';
import { wavesOf } from '../../trainer/update.js';
import { machineLines, writeSection } from './report.js';

const { values } = parseArgs({
  options: {
    groups: { type: 'string', default: '300' },
    wanted: { type: 'string', default: '16' },
    threads: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    output: { type: 'string', default: join(packageRoot, 'docs', 'benchmarks.md') },
  },
});
const [groups, wanted, threads, seed] = [values.groups, values.wanted, values.threads, values.seed].map(Number) as [
  number,
  number,
  number,
  number,
];
const CONCURRENCY = 6;
const GROUP_SIZE = 8;
const MAX_TOKENS = 300;
/** Prompts per group wanted, so that neither runs out. */
const SUPPLY = 8;

interface Waiting {
  readonly kind: SampleKind;
  readonly messages: readonly Message[];
}

/** One way to draw, and what it has come to. */
interface Contest {
  readonly name: string;
  readonly planner: (counts: KindCounts) => GroupSampler;
  readonly queues: Map<string, Waiting[]>;
  state: SamplingState;
  steps: number;
  waves: number;
  milliseconds: number;
  drawn: number;
  effective: number;
  trained: number;
}

function contest(name: string, planner: Contest['planner'], prompts: readonly Waiting[]): Contest {
  const queues = new Map<string, Waiting[]>();
  for (const prompt of prompts) queues.set(prompt.kind, [...(queues.get(prompt.kind) ?? []), prompt]);
  const nothing = { steps: 0, waves: 0, milliseconds: 0, drawn: 0, effective: 0, trained: 0 };
  return { name, planner, queues, state: INITIAL_SAMPLING, ...nothing };
}

async function takeStep(one: Contest, rollouts: RolloutSampler): Promise<void> {
  const started = performance.now();
  const waiting = Object.fromEntries([...one.queues].map(([kind, queue]) => [kind, queue.length]));
  const planner = one.planner(sharesOf(waiting, one.state, wanted));
  const sampled: StepGroup[] = [];
  const waves = (): Wave[] => wavesOf(sampled);
  for (let wave = 0; ; wave += 1) {
    const plan = planner.nextWave(one.state, waves());
    const drawn = Object.entries(plan ?? {}).flatMap(([kind, count]) => one.queues.get(kind)?.splice(0, count) ?? []);
    if (drawn.length === 0) break;
    one.waves += 1;
    const places = drawn.map((prompt, index) => ({ prompt, number: sampled.length + index }));
    await inParallel(places, CONCURRENCY, new AbortController().signal, async ({ prompt, number }, signal) => {
      const group = await rollouts.sample({ ...prompt, seed: seed + one.drawn + number }, signal);
      const outcome = group === 'unanswerable' ? group : 'sampled';
      const rows = group === 'unanswerable' ? null : group;
      sampled.push({ number, wave, kind: prompt.kind, place: String(number), outcome, sampled: rows });
    });
  }
  const effective = waves().flatMap((wave) => Object.values(wave.effective));
  one.steps += 1;
  one.milliseconds += performance.now() - started;
  one.drawn += sampled.length;
  one.effective += effective.reduce((sum, count) => sum + count, 0);
  one.trained += planner.trained(waves());
  one.state = planner.after(one.state, waves());
}

const resources = new Resources();
const folder = await mkdtemp(join(tmpdir(), 'purpgate-bench-'));
try {
  const logger = createLogger('error');
  const model = join(packageRoot, 'models', 'nano');
  const engine = resources.own(
    'engine',
    createEmbeddedEngine({ folder: model, threads, maxQueued: 64, logger, metrics: createMetrics() }),
  );
  await engine.start(new AbortController().signal);
  const scanner = resources.own('code scanner', await createCodeScanner());
  const runner = resources.own('sandbox', createLazySandbox({ onUnavailable: () => undefined }));
  const scorer = createSampleScorer({ scanner, runner });
  const rollouts = createRolloutSampler({ engine, scorer, groupSize: GROUP_SIZE, maxTokens: MAX_TOKENS });
  const config = await readModelConfig(model);
  const adapter = join(folder, 'adapter_model.safetensors');
  await writeAdapter(adapter, initialAdapter(config, { rank: 8, alpha: 16, seed }), config);
  await rollouts.use('0'.repeat(64), adapter);

  const prompts = trainingPrompts({ seed, count: groups * SUPPLY }).map(
    ({ messages }): Waiting => ({
      kind: classifyKind(turnsOf(messages)).kind,
      messages,
    }),
  );
  const contests = [
    contest('single step (PurpCode)', (counts) => singleStepSampler({ wanted: counts }), prompts),
    contest('multi-wave (DAPO)', (counts) => multiWaveSampler({ wanted: counts }), prompts),
  ];
  while (contests.some(({ trained }) => trained < groups))
    for (const one of contests) {
      if (one.trained >= groups) continue;
      await takeStep(one, rollouts);
      const rate = one.milliseconds / 1000 / Math.max(1, one.trained);
      console.log(`${one.name}: step ${one.steps}, ${one.trained}/${groups} groups, ${rate.toFixed(2)} s per group`);
    }
  const rows = contests.map(({ name, steps, waves, milliseconds, drawn, effective, trained }) => {
    const cells = [
      name,
      steps,
      (waves / steps).toFixed(2),
      drawn,
      effective,
      trained,
      `${((100 * (effective - trained)) / effective).toFixed(1)} %`,
      `${((100 * (drawn - trained)) / drawn).toFixed(1)} %`,
      (milliseconds / 1000 / trained).toFixed(3),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const lines = [
    `Seconds of sampling and scoring per group that is trained on: nano, ${wanted} groups wanted per step, ${GROUP_SIZE} answers each, ${threads} threads, seed ${seed}. Both draw the same prompts, taking turns.`,
    `\`node dist/test/bench/sampling.js\`, ${await machineLines()}`,
    '',
    '| sampling | steps | waves per step | groups drawn | effective | trained on | effective thrown away | drawn for nothing | s per group |',
    '|---|---|---|---|---|---|---|---|---|',
    ...rows,
  ];
  await writeSection(values.output, 'Dynamic sampling', lines.join('\n'));
} finally {
  await resources.stop();
  await rm(folder, { recursive: true, force: true });
}
