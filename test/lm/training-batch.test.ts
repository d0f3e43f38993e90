import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createTrainer, type Trainer } from '../../src/lm/trainer.js';
import { createBatch, type TrainingBatch, type TrainingSequence } from '../../src/lm/training-batch.js';
import { randomIds, tinyConfig, tinyQwen3, tinyWeights } from '../support/tiny-decoder.js';

const sequence = (length: number, seed: number): Required<TrainingSequence> => {
  const ids = randomIds(tinyConfig, length, seed);
  return {
    ids,
    weights: ids.map((_id, t) => (t < 2 ? 0 : 0.1 + 0.01 * t)),
    policy: {
      advantages: ids.map((id) => (id % 5) - 2),
      oldLogprobs: ids.map((id) => -2 - (id % 3)),
      referenceLogprobs: ids.map((id) => -2 - (id % 2)),
    },
  };
};

/** The entries of one sequence in an array of the batch. */
const entriesOf = (values: ArrayLike<number>, batch: TrainingBatch, place: readonly [index: number, length: number]) =>
  Array.from(values).slice(batch.starts[place[0]] ?? NaN, (batch.starts[place[0]] ?? NaN) + place[1] - 1);

describe('a training batch', () => {
  test('shifts by one and pads at the right', () => {
    const batch = createBatch([
      { ids: [5, 6, 7, 8], weights: [9, 1, 2, 3] },
      { ids: [3, 4], weights: [9, 4] },
    ]);
    assert.deepEqual([batch.rows, batch.length, batch.policy, batch.sequenceStarts], [2, 3, null, null]);
    assert.deepEqual([...batch.inputIds], [5, 6, 7, 3, 0, 0]);
    assert.deepEqual([...batch.targets], [6, 7, 8, 4, 0, 0]);
    assert.deepEqual([...batch.weights], [1, 2, 3, 4, 0, 0]);
    assert.deepEqual(batch.starts, [0, 3]);
  });

  test('packs sequences into rows, the longest first, and marks where each begins', () => {
    const of = (...ids: number[]): TrainingSequence => ({ ids, weights: ids });
    const batch = createBatch([of(1, 2), of(3, 4, 5, 6), of(7, 8, 9)], { packTo: 5 });
    assert.deepEqual([batch.rows, batch.length], [2, 5]);
    assert.deepEqual([...batch.inputIds], [3, 4, 5, 7, 8, 1, 0, 0, 0, 0].slice(0, 10));
    assert.deepEqual([...batch.targets], [4, 5, 6, 8, 9, 2, 0, 0, 0, 0]);
    assert.deepEqual(batch.starts, [5, 0, 3]);
    assert.deepEqual([...(batch.sequenceStarts ?? [])], [0, 0, 0, 3, 3, 0, 1, 2, 3, 4]);
  });

  test('whatever is packed lies in one row, beside and not over the others', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 2, max: 9 }), { minLength: 1, maxLength: 12 }), (lengths) => {
        const sequences = lengths.map((length, seed) => sequence(length, seed));
        const batch = createBatch(sequences, { packTo: 10 });
        const taken = new Set<number>();
        for (const [index, { ids, policy }] of sequences.entries()) {
          const start = batch.starts[index] ?? NaN;
          assert.ok((start % 10) + ids.length - 1 <= 10);
          for (let t = 0; t + 1 < ids.length; t += 1) taken.add(start + t);
          const place = [index, ids.length] as const;
          assert.deepEqual(entriesOf(batch.targets, batch, place), Array.from(ids).slice(1));
          assert.deepEqual(entriesOf(batch.inputIds, batch, place), Array.from(ids).slice(0, -1));
          const advantages = entriesOf(batch.policy?.advantages ?? [], batch, place);
          assert.deepEqual(advantages, Array.from(policy.advantages).slice(1));
        }
        assert.equal(
          taken.size,
          lengths.reduce((sum, length) => sum + length - 1, 0),
        );
      }),
    );
  });

  test('refuses a sequence without a target, weights of another length, and one that is longer than a row', () => {
    const broken = { code: 'internal_error' };
    assert.throws(() => createBatch([{ ids: [1], weights: [1] }]), broken);
    assert.throws(() => createBatch([{ ids: [1, 2], weights: [1] }]), broken);
    assert.throws(() => createBatch([sequence(7, 1)], { packTo: 5 }), broken);
    assert.equal(createBatch([sequence(7, 1)], { packTo: 6 }).rows, 1);
  });
});

const lengths = [7, 4, 6, 9, 2, 5];

for (const [name, config] of Object.entries({ Qwen2: tinyConfig, Qwen3: tinyQwen3 }))
  test(`packed rows give the loss, log-probabilities and gradients of rows of their own: ${name}`, async () => {
    const sequences = lengths.map((length, seed) => sequence(length, seed));
    const loss = { type: 'policy', clipLow: 0.2, clipHigh: 0.28, beta: 0.1 } as const;
    const optimizer = { learningRate: { peak: 1e-3, warmupSteps: 0, totalSteps: 0, minimum: 1e-3 } };
    const open = (): Promise<Trainer> =>
      createTrainer(config, tinyWeights(config, 1), { trainable: 'all', loss, optimizer, threads: 1 });
    const [own, packed] = [await open(), await open()];
    const batches = [createBatch(sequences), createBatch(sequences, { packTo: 12 })] as const;
    assert.deepEqual([batches[0].rows, batches[1].rows], [6, 3]);
    const results = [await own.forwardBackward(batches[0]), await packed.forwardBackward(batches[1])] as const;
    const close = (actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void => {
      const largest = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      Array.from(expected).forEach((value, at) => {
        const difference = Math.abs((actual[at] ?? NaN) - value);
        assert.ok(difference <= 1e-5 * largest, `${what}, element ${at}: ${actual[at]} instead of ${value}`);
      });
    };
    close([results[1].loss], [results[0].loss], 'loss');
    for (const [index, length] of lengths.entries()) {
      const expected = entriesOf(results[0].logprobs, batches[0], [index, length]);
      close(entriesOf(results[1].logprobs, batches[1], [index, length]), expected, `sequence ${index}`);
    }
    for (const [parameter, { data }] of own.gradients())
      close(packed.gradients().get(parameter)?.data ?? [], data, parameter);
    await Promise.all([own.stop(), packed.stop()]);
  });
