/**
 * Compares the trainer (float32) with PyTorch (float64): log-probabilities, the gradient of each tensor, and 30 steps of AdamW with
 * clipping, for each model family, loss and trainable set, with and without packed rows. Exits with 1 when one is off.
 *
 *   npm run campaign:torch [-- PYTHON]      # a Python with torch and safetensors; otherwise one is made in a temporary folder
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../../src/config.js';
import type { DecoderConfig } from '../../../src/lm/model-config.js';
import { Random } from '../../../src/lm/random.js';
import { readSafetensors, writeSafetensors, type Weights, type WeightTensor } from '../../../src/lm/safetensors.js';
import { createTrainer, type TrainerOptions } from '../../../src/lm/trainer.js';
import { createBatch, type TrainingBatch, type TrainingSequence } from '../../../src/lm/training-batch.js';
import type { Loss } from '../../../src/lm/training-graph.js';
import { randomIds, tinyAdapter, tinyConfig, tinyWeights } from '../../support/tiny-decoder.js';
import { findPython, runPython } from './python.js';

const STEPS = 30;
const LIMIT = 1e-4;
/** AdamW divides each entry by its own size, so that after many steps float32's rounding of entries near zero shows. */
const LIMIT_OF_CHANGES = 3e-4;
const OPTIMIZER = { rate: 1e-3, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, clipNorm: 1 };
const SUPERVISED: Loss = { type: 'supervised' };
const POLICY: Loss = { type: 'policy', clipLow: 0.2, clipHigh: 0.28, beta: 0.1 };

const size = { ...tinyConfig, hidden: 64, heads: 8, kvHeads: 4, headDim: 8, intermediate: 160, vocabulary: 300 };
const FAMILIES: Readonly<Record<string, DecoderConfig>> = {
  qwen2: size,
  qwen3: { ...size, attentionBias: false, queryKeyNorm: true, headDim: 12 },
  llama: { ...size, attentionBias: false, tiedEmbeddings: false },
};

interface Case {
  readonly config: DecoderConfig;
  readonly loss: Loss;
  readonly trains: 'all' | 'adapter';
}

/** Weights of a size at which every term counts and the logits are not saturated. */
function scaled(tensors: Weights, factor: number): Map<string, WeightTensor> {
  return new Map(
    [...tensors].map(([name, { shape, data }]) => [
      name,
      { shape, data: name.endsWith('norm.weight') ? data : data.map((value) => value * factor) },
    ]),
  );
}

function makeSequences(config: DecoderConfig): Required<TrainingSequence>[] {
  const random = new Random(11);
  return [31, 18, 40, 9, 25].map((length, seed) => {
    const ids = randomIds(config, length, seed);
    // Around the log-probability of a uniform guess, so that ratios lie on both sides of the clip range.
    const near = (): number[] => ids.map(() => -Math.log(config.vocabulary) + 0.5 * random.gaussian());
    const policy = { advantages: ids.map(() => random.gaussian()), oldLogprobs: near(), referenceLogprobs: near() };
    return { ids, weights: ids.map((_id, t) => (t < 3 ? 0 : 0.01)), policy };
  });
}

/** Every other step weighs a fifth, so that clipping binds in some steps only: AdamW would not show a constant factor. */
function scaledBatch(batch: TrainingBatch, step: number): TrainingBatch {
  const factor = step % 2 === 0 ? 1 : 0.2;
  return { ...batch, weights: batch.weights.map((weight) => weight * factor) };
}

/** L2 norm of the difference, relative to that of the expected values. */
function distance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, total] = [0, 0];
  for (let index = 0; index < expected.length; index += 1) {
    difference += ((actual[index] ?? NaN) - (expected[index] ?? NaN)) ** 2;
    total += (expected[index] ?? NaN) ** 2;
  }
  return Math.sqrt(difference / total);
}

const minus = (values: Float32Array, others: Float32Array | undefined): Float32Array =>
  values.map((value, index) => value - (others?.[index] ?? NaN));

interface Setup {
  readonly sequences: readonly TrainingSequence[];
  readonly weights: Weights;
  readonly trainable: TrainerOptions['trainable'];
}

function setUp({ config, trains }: Case): Setup {
  const adapter = tinyAdapter(config, 3);
  return {
    sequences: makeSequences(config),
    weights: scaled(tinyWeights(config, 1), 0.25),
    trainable: trains === 'all' ? 'all' : { adapter: { ...adapter, tensors: scaled(adapter.tensors, 0.5) } },
  };
}

async function reference(python: string, setup: Setup, { config, loss }: Case): Promise<Weights> {
  const { trainable, weights } = setup;
  const trained = trainable === 'all' ? weights : trainable.adapter.tensors;
  const folder = await mkdtemp(join(tmpdir(), 'purpgate-torch-'));
  try {
    await writeSafetensors(join(folder, 'weights.safetensors'), new Map([...weights, ...trained]), { dtype: 'F32' });
    const job = {
      config,
      loss,
      loraScale: trainable === 'all' ? null : trainable.adapter.alpha / trainable.adapter.rank,
      trained: [...trained.keys()],
      optimizer: OPTIMIZER,
      steps: STEPS,
      sequences: setup.sequences,
    };
    await writeFile(join(folder, 'job.json'), JSON.stringify(job));
    await runPython(python, [join(packageRoot, 'test', 'campaigns', 'torch', 'reference.py'), folder]);
    return await readSafetensors(join(folder, 'result.safetensors'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The largest distance of each kind, by its name. */
async function compare(expected: Weights, setup: Setup, { run, packTo }: { run: Case; packTo: number | null }) {
  const { rate, ...rest } = OPTIMIZER;
  const optimizer = { ...rest, learningRate: { peak: rate, warmupSteps: 0, totalSteps: 0, minimum: rate } };
  const { trainable, weights, sequences } = setup;
  const worst = new Map<string, number>();
  const note = (kind: string, actual: ArrayLike<number>, name: string): void => {
    // A distance that is NaN stays: Math.max keeps it.
    worst.set(kind, Math.max(worst.get(kind) ?? 0, distance(actual, expected.get(name)?.data ?? [NaN])));
  };
  const batch = createBatch(sequences, packTo === null ? {} : { packTo });
  const trainer = await createTrainer(run.config, weights, { trainable, loss: run.loss, optimizer, threads: 2 });
  const initial = new Map([...trainer.parameters()].map(([name, { data }]) => [name, data.slice()]));
  try {
    const losses: number[] = [];
    const norms: number[] = [];
    for (let step = 0; step < STEPS; step += 1) {
      const { loss, logprobs } = await trainer.forwardBackward(scaledBatch(batch, step));
      if (step === 0) {
        const inOrder = sequences.flatMap(({ ids }, index) => {
          const start = batch.starts[index] ?? NaN;
          return [...logprobs.subarray(start, start + ids.length - 1)];
        });
        note('log-probabilities', inOrder, 'logprobs');
        for (const [name, { data }] of trainer.gradients()) note('gradients', data, `gradient/${name}`);
      }
      losses.push(loss);
      norms.push(trainer.optimizerStep().gradientNorm);
    }
    note('losses', losses, 'losses');
    note('gradient norms', norms, 'norms');
    for (const [name, { data }] of trainer.parameters())
      note('changes', minus(data, initial.get(name)), `change/${name}`);
  } finally {
    await trainer.stop();
  }
  return worst;
}

/** Prints one line; false when something is off. */
function report(name: string, worst: ReadonlyMap<string, number>): boolean {
  const isClose = [...worst].every(([kind, off]) => off <= (kind === 'changes' ? LIMIT_OF_CHANGES : LIMIT));
  const numbers = [...worst].map(([kind, off]) => `${kind} ${off.toExponential(1)}`).join('  ');
  console.log(`${isClose ? 'ok    ' : 'FAILED'} ${name.padEnd(32)} ${numbers}`);
  return isClose;
}

const found = await findPython(process.argv[2]);
let failures = 0;
try {
  for (const [family, config] of Object.entries(FAMILIES))
    for (const loss of [SUPERVISED, POLICY])
      for (const trains of ['all', 'adapter'] as const) {
        const run: Case = { config, loss, trains };
        const setup = setUp(run);
        const expected = await reference(found.python, setup, run);
        for (const packTo of [null, 60]) {
          const name = `${family} ${loss.type} ${trains}${packTo === null ? '' : ' packed'}`;
          if (!report(name, await compare(expected, setup, { run, packTo }))) failures += 1;
        }
      }
} finally {
  await found.remove();
}
console.log(failures === 0 ? 'all within the limits' : `${failures} beyond the limits`);
process.exitCode = failures === 0 ? 0 : 1;
