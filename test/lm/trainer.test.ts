import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { randomWeights } from '../../src/lm/init.js';
import { initialAdapter, zeroAdapter } from '../../src/lm/lora.js';
import type { DecoderConfig } from '../../src/lm/model-config.js';
import { Random } from '../../src/lm/random.js';
import type { WeightTensor } from '../../src/lm/safetensors.js';
import { createTrainer, type Trainer, type TrainerOptions } from '../../src/lm/trainer.js';
import { createBatch, type TrainingSequence } from '../../src/lm/training-batch.js';
import type { Loss } from '../../src/lm/training-graph.js';
import { referenceLogprobs, toFloat64, type ReferenceModel } from '../support/reference-decoder.js';
import { randomIds, tinyAdapter, tinyConfig, tinyQwen3, tinyWeights } from '../support/tiny-decoder.js';

const constantRate = (peak: number) => ({ peak, warmupSteps: 0, totalSteps: 0, minimum: peak });
const SUPERVISED: Loss = { type: 'supervised' };
const POLICY: Loss = { type: 'policy', clipLow: 0.2, clipHigh: 0.28, beta: 0.3 };
const adapter = tinyAdapter(tinyConfig, 3);

/** Sequences of different lengths, the first positions given; old and reference policies near the present one. */
function makeSequences(model: ReferenceModel, seed: number): Required<TrainingSequence>[] {
  const random = new Random(seed);
  return [7, 4, 6].map((length, row) => {
    const ids = randomIds(model.config, length, seed + row);
    const logprobs = [0, ...referenceLogprobs(model, ids.slice(0, -1), ids.slice(1))];
    return {
      ids,
      weights: ids.map((_id, t) => (t < 2 ? 0 : 0.05 + 0.1 * random.uniform())),
      policy: {
        advantages: ids.map(() => random.gaussian()),
        // Ratios of 0.6 to 1.6: some are clipped, on either side.
        oldLogprobs: logprobs.map((value) => value + random.uniform() - 0.5),
        referenceLogprobs: logprobs.map((value) => value + 0.5 * random.gaussian()),
      },
    };
  });
}

/** The losses from their definitions, in float64. */
function referenceLoss(model: ReferenceModel, sequences: readonly Required<TrainingSequence>[], loss: Loss): number {
  let total = 0;
  for (const { ids, weights, policy } of sequences) {
    const tokens = Array.from(ids);
    referenceLogprobs(model, tokens.slice(0, -1), tokens.slice(1)).forEach((logprob, index) => {
      const at = (values: ArrayLike<number>): number => values[index + 1] ?? NaN;
      if (loss.type === 'supervised') total -= at(weights) * logprob;
      else {
        const ratio = Math.exp(logprob - at(policy.oldLogprobs));
        const clipped = Math.min(Math.max(ratio, 1 - loss.clipLow), 1 + loss.clipHigh);
        const advantage = at(policy.advantages);
        const difference = at(policy.referenceLogprobs) - logprob;
        const k3 = Math.exp(difference) - difference - 1;
        total += at(weights) * (loss.beta * k3 - Math.min(ratio * advantage, clipped * advantage));
      }
    });
  }
  return total;
}

/** dLoss / dparameter[index] by central differences; in float64 the step of 1e-4 is exact to about 1e-8. */
function numericalGradient(
  model: ReferenceModel,
  loss: () => number,
  place: { readonly name: string; readonly index: number },
): number {
  const values = model.parameters.get(place.name) ?? assert.fail(`no ${place.name}`);
  const original = values[place.index] ?? NaN;
  const step = 1e-4;
  values[place.index] = original + step;
  const above = loss();
  values[place.index] = original - step;
  const below = loss();
  values[place.index] = original;
  return (above - below) / (2 * step);
}

type Case = Pick<TrainerOptions, 'trainable' | 'loss'>;

const open = (config: DecoderConfig, weights: Map<string, WeightTensor>, options: Case): Promise<Trainer> =>
  createTrainer(config, weights, { ...options, optimizer: { learningRate: constantRate(1e-3) }, threads: 2 });

function assertClose(actual: number | undefined, expected: number, tolerance: number, place: string): void {
  const difference = Math.abs((actual ?? NaN) - expected);
  assert.ok(difference <= tolerance, `${place}: ${actual} instead of ${expected}, off by ${difference}`);
}

/** Four elements of each trained tensor; float32 is allowed 1e-4 of the tensor's largest gradient. */
function assertGradients(trainer: Trainer, model: ReferenceModel, loss: () => number): void {
  const random = new Random(9);
  for (const [name, { data }] of trainer.gradients()) {
    const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    assert.ok(largest > 0, `${name} has no gradient`);
    for (let count = 0; count < 4; count += 1) {
      const index = Math.floor(random.uniform() * data.length);
      const expected = numericalGradient(model, loss, { name, index });
      assertClose(data[index], expected, 1e-4 * largest + 1e-7, `${name}[${index}]`);
    }
  }
}

const variants: readonly [string, DecoderConfig][] = [
  ['Qwen2', tinyConfig],
  ['Qwen3', tinyQwen3],
  ['Llama with its own output matrix', { ...tinyConfig, attentionBias: false, tiedEmbeddings: false, kvHeads: 1 }],
];
const cases: readonly [string, Case][] = [
  ['all parameters, supervised', { trainable: 'all', loss: SUPERVISED }],
  ['all parameters, policy gradient', { trainable: 'all', loss: POLICY }],
  ['all parameters, policy gradient without KL', { trainable: 'all', loss: { ...POLICY, beta: 0 } }],
  ['an adapter, supervised', { trainable: { adapter }, loss: SUPERVISED }],
  ['an adapter, policy gradient', { trainable: { adapter }, loss: POLICY }],
];

for (const [architecture, config] of variants)
  describe(`gradients of ${architecture} against finite differences in float64`, () => {
    const weights = tinyWeights(config, 1);
    for (const [name, options] of cases)
      test(name, async () => {
        const own =
          options.trainable === 'all' ? options : { ...options, trainable: { adapter: tinyAdapter(config, 3) } };
        const tensors = own.trainable === 'all' ? [] : own.trainable.adapter.tensors;
        const model: ReferenceModel = {
          config,
          parameters: new Map([...toFloat64(weights), ...toFloat64(new Map(tensors))]),
          loraScale: own.trainable === 'all' ? null : own.trainable.adapter.alpha / own.trainable.adapter.rank,
        };
        const sequences = makeSequences(model, 20);
        const loss = (): number => referenceLoss(model, sequences, own.loss);
        const trainer = await open(config, weights, own);
        const result = await trainer.forwardBackward(createBatch(sequences));
        assertClose(result.loss, loss(), 1e-5, 'loss');
        const first = Array.from(sequences[1]?.ids ?? []);
        const logprobs = referenceLogprobs(model, first.slice(0, -1), first.slice(1));
        logprobs.forEach((value, t) => {
          assertClose(result.logprobs[6 + t], value, 1e-4, `log-probability ${t} of the second row`);
        });
        assertGradients(trainer, model, loss);
        await trainer.stop();
      });
  });

describe('training', () => {
  const weights = tinyWeights(tinyConfig, 1);
  const model: ReferenceModel = { config: tinyConfig, parameters: toFloat64(weights), loraScale: null };
  const batch = createBatch(makeSequences(model, 30));
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'purpgate-trainer-'));
  });
  after(() => rm(folder, { recursive: true }));

  const snapshot = (trainer: Trainer): number[] => [...trainer.parameters().values()].flatMap(({ data }) => [...data]);

  for (const [name, options] of cases)
    test(`two runs are equal bit by bit, and so is one that was saved and resumed: ${name}`, async () => {
      const [first, second] = [await open(tinyConfig, weights, options), await open(tinyConfig, weights, options)];
      const file = join(folder, 'state.safetensors');
      for (let count = 0; count < 3; count += 1) await first.step(batch);
      await first.saveState(file);
      for (let count = 0; count < 3; count += 1) await first.step(batch);
      for (let count = 0; count < 6; count += 1) await second.step(batch);
      assert.deepEqual(snapshot(second), snapshot(first));
      assert.notDeepEqual(snapshot(second), snapshot(await open(tinyConfig, weights, options)));

      const resumed = await open(tinyConfig, weights, options);
      await resumed.forwardBackward(batch);
      await resumed.restoreState(file);
      assert.equal(resumed.steps, 3);
      for (let count = 0; count < 3; count += 1) await resumed.step(batch);
      assert.deepEqual(snapshot(resumed), snapshot(first));
      await Promise.all([first.stop(), second.stop(), resumed.stop()]);
    });

  test('a state of another trainable set is refused', async () => {
    const trainer = await open(tinyConfig, weights, { trainable: 'all', loss: SUPERVISED });
    const file = join(folder, 'all.safetensors');
    await trainer.saveState(file);
    const other = await open(tinyConfig, weights, { trainable: { adapter }, loss: SUPERVISED });
    await assert.rejects(other.restoreState(file), { code: 'model_unusable', message: /lora\.0\.q\.a is missing/ });
    await Promise.all([trainer.stop(), other.stop()]);
  });

  test('two micro-batches leave the gradient of the batch that holds both', async () => {
    const sequences = makeSequences(model, 30);
    const trainer = await open(tinyConfig, weights, { trainable: 'all', loss: SUPERVISED });
    await trainer.forwardBackward(createBatch(sequences));
    const whole = [...trainer.gradients().values()].flatMap(({ data }) => [...data]);
    const parts = await open(tinyConfig, weights, { trainable: 'all', loss: SUPERVISED });
    for (const part of [sequences.slice(0, 1), sequences.slice(1)]) await parts.forwardBackward(createBatch(part));
    const summed = [...parts.gradients().values()].flatMap(({ data }) => [...data]);
    summed.forEach((value, index) => {
      assertClose(value, whole[index] ?? NaN, 1e-5, `gradient ${index}`);
    });
    await Promise.all([trainer.stop(), parts.stop()]);
  });

  test('forward alone gives the log-probabilities of the step, under the trained adapter or another', async () => {
    const trainer = await open(tinyConfig, weights, { trainable: { adapter }, loss: POLICY });
    const stepped = await trainer.forwardBackward(batch);
    const alone = await trainer.evaluate(batch);
    assert.deepEqual(alone.logprobs, stepped.logprobs);
    const base = await trainer.evaluate(batch, zeroAdapter(tinyConfig, adapter.rank, adapter.alpha));
    const ids = [...batch.inputIds.subarray(0, batch.length)];
    const expected = referenceLogprobs(model, ids, [...batch.targets.subarray(0, batch.length)]);
    expected.forEach((value, t) => {
      assertClose(base.logprobs[t], value, 1e-4, `log-probability ${t}`);
    });
    await assert.rejects(trainer.evaluate(batch, zeroAdapter(tinyConfig, 2, 6)), { code: 'internal_error' });
    await trainer.stop();
  });

  test('a policy loss without policy data is refused', async () => {
    const trainer = await open(tinyConfig, weights, { trainable: 'all', loss: POLICY });
    await assert.rejects(trainer.step({ ...batch, policy: null }), { code: 'internal_error', message: /policy loss/ });
    await trainer.stop();
  });

  test('a gradient that is not finite changes no parameter', async () => {
    const trainer = await open(tinyConfig, weights, { trainable: 'all', loss: SUPERVISED });
    const initial = snapshot(trainer);
    const broken = { ...batch, weights: batch.weights.map(() => Infinity) };
    await assert.rejects(trainer.step(broken), { code: 'internal_error', message: /norm is (NaN|Infinity)/ });
    assert.deepEqual(snapshot(trainer), initial);
    assert.equal(trainer.steps, 0);
    await trainer.step(batch);
    assert.equal(trainer.steps, 1);
    await trainer.stop();
  });
});

describe('learning', () => {
  const sequences = [3, 4, 5].map((seed) => {
    const ids = randomIds(tinyConfig, 12, seed);
    return { ids, weights: ids.map(() => 1 / 33) };
  });
  const learn = async (
    weights: Map<string, WeightTensor>,
    options: Pick<TrainerOptions, 'trainable' | 'optimizer'>,
    steps: number,
  ): Promise<number> => {
    const trainer = await createTrainer(tinyConfig, weights, { ...options, loss: SUPERVISED, threads: 1 });
    const batch = createBatch(sequences);
    for (let count = 0; count < steps; count += 1) await trainer.step(batch);
    const { loss } = await trainer.evaluate(batch);
    await trainer.stop();
    return loss;
  };

  test('a new model knows nothing, then learns three sequences by heart', async () => {
    const weights = randomWeights(tinyConfig, 7);
    const learningRate = { peak: 0.02, warmupSteps: 10, totalSteps: 200, minimum: 1e-3 };
    const options: Pick<TrainerOptions, 'trainable' | 'optimizer'> = {
      trainable: 'all',
      optimizer: { learningRate, weightDecay: 0.01 },
    };
    assertClose(await learn(weights, options, 0), Math.log(tinyConfig.vocabulary), 0.1, 'loss');
    assertClose(await learn(weights, options, 200), 0, 0.1, 'loss');
  });

  test('a new adapter is the base model, then learns the sequences', async () => {
    const start = initialAdapter(tinyConfig, { rank: 4, alpha: 8, seed: 1 });
    const options = { trainable: { adapter: start }, optimizer: { learningRate: constantRate(0.02) } };
    const zero = { ...options, trainable: { adapter: zeroAdapter(tinyConfig, 4, 8) } };
    const weights = tinyWeights(tinyConfig, 1);
    const initial = await learn(weights, options, 0);
    assertClose(await learn(weights, zero, 0), initial, 1e-5, 'loss');
    assertClose(await learn(weights, options, 150), 0, initial / 4, 'loss');
  });
});
