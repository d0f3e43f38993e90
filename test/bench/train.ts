/**
 * Tokens per second of a full and of a LoRA training step against PyTorch on the same machine, in interleaved rounds. Writes the section
 * `Training` of docs/benchmarks.md.
 *
 *   node deploy/build.mjs && node dist/test/bench/train.js [--python PYTHON] [--rounds 5] [--threads 2] [--waiting passive] [--output FILE]
 *
 * PYTHON has torch; without it, a virtual environment is made and removed again. `--waiting active`: idle threads of all systems wait
 * busily, which is a little faster, and ruins everybody when anything else runs.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../src/config.js';
import { randomWeights } from '../../src/lm/init.js';
import { initialAdapter } from '../../src/lm/lora.js';
import type { DecoderConfig } from '../../src/lm/model-config.js';
import { Random } from '../../src/lm/random.js';
import { createTrainer, type Trainer } from '../../src/lm/trainer.js';
import { createBatch, type TrainingBatch } from '../../src/lm/training-batch.js';
import { NANO_CONFIG } from '../../trainer/model-folder.js';
import { findPython } from '../campaigns/torch/python.js';
import { machineLines, writeSection } from './report.js';
import { TorchProcess, type TorchCase } from './torch-process.js';

interface Shape {
  readonly name: string;
  readonly config: DecoderConfig;
  readonly rows: number;
  readonly length: number;
}

const SHAPES: readonly Shape[] = [
  { name: '5.5 M parameters, 8 x 256', config: mediumConfig(), rows: 8, length: 256 },
  { name: 'nano, 18 x 110', config: NANO_CONFIG, rows: 18, length: 110 },
];
const RANKS = [null, 16] as const;
const SYSTEMS = ['purpgate', 'eager', 'compiled'] as const;
type System = (typeof SYSTEMS)[number];
const STEPS_PER_ROUND = 4;

function mediumConfig(): DecoderConfig {
  return { ...NANO_CONFIG, layers: 6, hidden: 256, intermediate: 704, vocabulary: 4096 };
}

interface Options {
  readonly rounds: number;
  readonly threads: number;
  readonly waiting: 'passive' | 'active';
}

/** One shape and one trainable set, on all systems. */
interface Contest {
  readonly shape: Shape;
  readonly rank: number | null;
  readonly trainer: Trainer;
  /** Milliseconds per step: the median of each round; none for a system that failed. */
  readonly times: Map<System, number[]>;
  readonly failures: Map<System, string>;
}

async function openContest(shape: Shape, rank: number | null, { threads, waiting }: Options): Promise<Contest> {
  const { config } = shape;
  const rate = { peak: 1e-3, warmupSteps: 0, totalSteps: 0, minimum: 1e-3 };
  const trainer = await createTrainer(config, randomWeights(config, 1), {
    trainable: rank === null ? 'all' : { adapter: initialAdapter(config, { rank, alpha: 2 * rank, seed: 1 }) },
    loss: { type: 'supervised' },
    optimizer: { learningRate: rate, weightDecay: 0.1, clipNorm: 1 },
    threads,
    spinning: waiting === 'active',
  });
  for (let count = 0; count < 2; count += 1) await trainer.step(randomBatch(shape, count));
  return { shape, rank, trainer, times: new Map(), failures: new Map() };
}

function randomBatch({ config, rows, length }: Shape, seed: number): TrainingBatch {
  const random = new Random(seed);
  return createBatch(
    Array.from({ length: rows }, () => {
      const ids = Array.from({ length: length + 1 }, () => Math.floor(random.uniform() * config.vocabulary));
      return { ids, weights: ids.map(() => 1 / (rows * length)) };
    }),
  );
}

async function ownSteps({ trainer, shape }: Contest): Promise<number[]> {
  const times: number[] = [];
  for (let step = 0; step < STEPS_PER_ROUND; step += 1) {
    const started = performance.now();
    await trainer.step(randomBatch(shape, step));
    times.push(performance.now() - started);
  }
  return times;
}

async function playRound(contest: Contest, torch: TorchProcess, threads: number): Promise<void> {
  const { config, rows, length } = contest.shape;
  for (const system of SYSTEMS) {
    if (contest.failures.has(system)) continue;
    const torchCase = (mode: TorchCase['mode']): TorchCase => ({
      config,
      rows,
      length,
      rank: contest.rank,
      mode,
      threads,
    });
    const result =
      system === 'purpgate' ? await ownSteps(contest) : await torch.steps(torchCase(system), STEPS_PER_ROUND);
    if (typeof result === 'string') contest.failures.set(system, result);
    else contest.times.set(system, [...(contest.times.get(system) ?? []), median(result)]);
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

function row({ shape, rank, times, failures }: Contest): string {
  const tokens = shape.rows * shape.length;
  const own = times.get('purpgate') ?? [];
  const cells = SYSTEMS.map((system) => {
    const rounds = times.get(system);
    return rounds === undefined ? `failed (${failures.get(system) ?? ''})` : rate(tokens, rounds);
  });
  const ratios = (['eager', 'compiled'] as const).map((system) => {
    const rounds = times.get(system);
    if (rounds === undefined) return '-';
    // Within each round, since what disturbs the machine disturbs both.
    return `${median(rounds.map((time, round) => time / (own[round] ?? NaN))).toFixed(2)} x`;
  });
  return `| ${[shape.name, rank === null ? 'all' : `LoRA, rank ${rank}`, ...cells, ...ratios].join(' | ')} |`;
}

/** Median, and the least and the most of the rounds. */
function rate(tokens: number, milliseconds: readonly number[]): string {
  const rates = milliseconds.map((time) => (1000 * tokens) / time);
  const [low, high] = [Math.min(...rates), Math.max(...rates)];
  return `${median(rates).toFixed(0)} (${low.toFixed(0)} to ${high.toFixed(0)})`;
}

async function bench(python: string, options: Options): Promise<string> {
  const { rounds, threads, waiting } = options;
  const torch = new TorchProcess(python, [join(packageRoot, 'test', 'bench', 'train.py'), waiting]);
  const contests: Contest[] = [];
  try {
    for (const shape of SHAPES) for (const rank of RANKS) contests.push(await openContest(shape, rank, options));
    for (let round = 0; round < rounds; round += 1)
      for (const contest of contests) await playRound(contest, torch, threads);
  } finally {
    for (const { trainer } of contests) await trainer.stop();
    await torch.stop();
  }
  return [
    `Tokens per second of one training step (forward, backward, clipping, AdamW), ${threads} threads with ${waiting} waiting: the median of ${rounds}`,
    `interleaved rounds of ${STEPS_PER_ROUND} steps each, with the slowest and the fastest round. Ratios are medians over rounds; above 1, Purpgate is faster.`,
    '',
    '| shape | trained | Purpgate, float32 | PyTorch eager, float32 | PyTorch compiled, bfloat16 autocast | to eager | to compiled |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: |',
    ...contests.map(row),
  ].join('\n');
}

const { values } = parseArgs({
  options: {
    python: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
    waiting: { type: 'string', default: 'passive' },
    output: { type: 'string', default: join(packageRoot, 'docs', 'benchmarks.md') },
  },
});
const found = await findPython(values.python);
try {
  const table = await bench(found.python, {
    rounds: Number(values.rounds),
    threads: Number(values.threads),
    waiting: values.waiting === 'active' ? 'active' : 'passive',
  });
  const machine = await machineLines();
  await writeSection(values.output, 'Training', `${table}\n\n${machine}\n\n\`node dist/test/bench/train.js\``);
  console.log(table);
} finally {
  await found.remove();
}
