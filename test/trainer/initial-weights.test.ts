import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomWeights } from '../../src/lm/init.js';
import { Random } from '../../src/lm/random.js';
import type { Weights } from '../../src/lm/safetensors.js';
import { createTrainer } from '../../src/lm/trainer.js';
import { createBatch } from '../../src/lm/training-batch.js';
import { initialWeights } from '../../trainer/initial-weights.js';
import { NANO_CONFIG } from '../../trainer/model-folder.js';

/** How much likelier, in nats per token, a random sequence is when it is repeated. */
async function gainOfRepetition(weights: Weights): Promise<number> {
  const trainer = await createTrainer(NANO_CONFIG, weights, {
    trainable: 'all',
    loss: { type: 'supervised' },
    optimizer: { learningRate: { peak: 0, warmupSteps: 0, totalSteps: 1, minimum: 0 } },
    threads: 1,
  });
  const random = new Random(5);
  const length = 40;
  const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  let gain = 0;
  const rounds = 4;
  for (let round = 0; round < rounds; round += 1) {
    const half = Array.from({ length }, () => 300 + Math.floor(random.uniform() * 1700));
    const ids = [...half, ...half];
    const { logprobs } = await trainer.evaluate(createBatch([{ ids, weights: ids.map(() => 1) }]));
    // logprobs[t] is of token t + 1; the first token of the repetition can't be known.
    gain += (mean(logprobs.slice(length)) - mean(logprobs.slice(0, length - 1))) / rounds;
  }
  await trainer.stop();
  return gain;
}

test('before any training, a repetition is likelier than what it repeats; with random weights it is not', async () => {
  const wired = await gainOfRepetition(initialWeights(NANO_CONFIG, 1));
  const plain = await gainOfRepetition(randomWeights(NANO_CONFIG, 1));
  assert.ok(wired > 0.1, `${wired} nats`);
  assert.ok(Math.abs(plain) < 0.05, `${plain} nats`);
});

test('the same seed gives the same weights, and a model without room for the circuit gets random ones', () => {
  assert.deepEqual(initialWeights(NANO_CONFIG, 4), initialWeights(NANO_CONFIG, 4));
  const shallow = { ...NANO_CONFIG, layers: 1 };
  assert.deepEqual(initialWeights(shallow, 4), randomWeights(shallow, 4));
});
