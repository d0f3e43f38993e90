import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { advantages, DAPO, GRPO_PURPCODE, objectiveAdvantages, weightsOf, type Algorithm } from '../../trainer/grpo.js';

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const near = (actual: number | undefined, expected: number, tolerance = 1e-12): void => {
  assert.ok(Math.abs((actual ?? NaN) - expected) <= tolerance, `${actual} instead of ${expected}`);
};
const group = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 16 });
const effective = group.filter((rewards) => Math.max(...rewards) - Math.min(...rewards) > 0.01);
const SEQUENCE_MEAN: Algorithm = { ...GRPO_PURPCODE, aggregation: 'sequence-mean' };

describe('advantages', () => {
  test('are the rewards less their mean, over the sample standard deviation and 1e-6', () => {
    // Mean 0.25, squares 6 * 0.0625 + 2 * 0.5625 = 1.5, deviation sqrt(1.5 / 7).
    const deviation = 0.4629100498862757;
    const actual = advantages([1, 0, 0, 0, 1, 0, 0, 0]);
    actual.forEach((value, index) => {
      near(value, (index % 4 === 0 ? 0.75 : -0.25) / (deviation + 1e-6));
    });
    near(advantages([0.8, 1])[1], 0.1 / (0.1 * Math.SQRT2 + 1e-6));
  });

  test('sum to zero, keep the order, and forget shift and scale of the rewards', () => {
    fc.assert(
      fc.property(effective, fc.double({ min: -5, max: 5, noNaN: true }), (rewards, shift) => {
        const actual = advantages(rewards);
        near(sum(actual), 0, 1e-9);
        // The constant 1e-6 shows most where the deviation is least, here about 0.002.
        near(sum(actual.map((value) => value ** 2)) / (rewards.length - 1), 1, 5e-3);
        const [best, worst] = [rewards.indexOf(Math.max(...rewards)), rewards.indexOf(Math.min(...rewards))];
        assert.equal(actual[best], Math.max(...actual));
        assert.equal(actual[worst], Math.min(...actual));
        advantages(rewards.map((reward) => 3 * reward + shift)).forEach((value, index) => {
          near(value, actual[index] ?? NaN, 1e-2);
        });
      }),
    );
  });

  test('are exactly zero where the rewards do not differ, but for rounding, and for a group of one', () => {
    for (const reward of [0, 0.1, 0.8, 1]) assert.deepEqual(advantages(Array(8).fill(reward)), Array(8).fill(0));
    assert.deepEqual(advantages([0.3, 0.3, 0.1 + 0.2, 0.3]), [0, 0, 0, 0]);
    assert.deepEqual(advantages([0.5, 0.5 + 1e-6]), [0, 0]);
    assert.deepEqual(advantages([1]), [0]);
    assert.deepEqual(advantages([]), []);
    assert.deepEqual(advantages([1, NaN, 0]), [0, 0, 0]);
  });
});

describe('advantages of several objectives', () => {
  const values = fc.array(
    fc.array(fc.record({ a: fc.constantFrom(0, 0.8, 1), b: fc.constantFrom(0, 0.5, 1) }), {
      minLength: 2,
      maxLength: 8,
    }),
    { minLength: 1, maxLength: 4 },
  );

  test('tell apart what a sum of rewards makes alike', () => {
    // Sums of 1 and 1: one normalisation would see no difference between the second and the third rollout.
    const [actual = []] = objectiveAdvantages(
      [
        [
          { a: 0, b: 0 },
          { a: 1, b: 0 },
          { a: 0, b: 1 },
          { a: 0, b: 1 },
        ],
      ],
      { a: 1, b: 1 },
    );
    const a = [-0.25, 0.75, -0.25, -0.25].map((value) => value / 0.5);
    const b = [-0.5, -0.5, 0.5, 0.5].map((value) => value / Math.sqrt(1 / 3));
    const sums = a.map((value, g) => value + (b[g] ?? 0));
    const deviation = Math.sqrt(sum(sums.map((value) => value ** 2)) / 3);
    actual.forEach((value, g) => {
      near(value, (sums[g] ?? NaN) / deviation, 1e-4);
    });
    assert.ok((actual[1] ?? 0) - (actual[2] ?? 0) > 0.1);
  });

  test('of one objective are those of its rewards, but for the size', () => {
    const [actual = []] = objectiveAdvantages([[{ a: 0 }, { a: 1 }, { a: 1 }]], { a: 7 });
    advantages([0, 1, 1]).forEach((value, g) => {
      near(actual[g], value, 1e-4);
    });
  });

  test('sum to zero within each group, have a deviation of one over the batch, and heed the weights', () => {
    fc.assert(
      fc.property(values, (given) => {
        const actual = objectiveAdvantages(given, { a: 1, b: 2 });
        for (const advantages_G of actual) near(sum(advantages_G), 0, 1e-9);
        const all = actual.flat();
        const variance = sum(all.map((value) => value ** 2)) / (all.length - 1);
        assert.ok(Math.abs(variance - 1) < 1e-3 || Math.abs(variance) < 1e-3, String(variance));
      }),
    );
    const [one = []] = objectiveAdvantages(
      [
        [
          { a: 1, b: 0 },
          { a: 0, b: 1 },
        ],
      ],
      { a: 1, b: 2 },
    );
    assert.ok((one[1] ?? 0) > 0);
    assert.deepEqual(
      objectiveAdvantages(
        [
          [{ a: 1 }, {}],
          [{ a: 1 }, { a: 1 }],
        ],
        { a: 1 },
      ),
      [
        [0, 0],
        [0, 0],
      ],
    );
  });
});

describe('weights', () => {
  const lengths = fc.array(fc.array(fc.nat(400), { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 8 });

  test('of the token mean are the same for each token', () => {
    assert.deepEqual(weightsOf([[3, 1], [6]], GRPO_PURPCODE), [[0.1, 0.1], [0.1]]);
    assert.deepEqual(weightsOf([[3, 1], [6]], DAPO), [[0.1, 0.1], [0.1]]);
  });

  test('of the sequence mean give each rollout the same part', () => {
    assert.deepEqual(weightsOf([[4, 1], [2], [0]], SEQUENCE_MEAN), [[1 / 16, 1 / 4], [1 / 8], [0]]);
  });

  test('of all tokens sum to 1, or to less by the share of the rollouts that are empty', () => {
    fc.assert(
      fc.property(lengths, fc.constantFrom(GRPO_PURPCODE, SEQUENCE_MEAN), (all, algorithm) => {
        const weights = weightsOf(all, algorithm);
        assert.deepEqual(
          weights.map(({ length }) => length),
          all.map(({ length }) => length),
        );
        const flat = all.flat();
        const filled = flat.filter((length) => length > 0).length;
        const part = algorithm === SEQUENCE_MEAN ? filled / flat.length : Math.min(1, filled);
        near(sum(weights.flat().map((weight, index) => weight * (flat[index] ?? NaN))), part, 1e-9);
      }),
    );
  });

  test('of a long answer lean on it only in the token mean', () => {
    const share = (algorithm: Algorithm): number => 90 * (weightsOf([[90, 10]], algorithm)[0]?.[0] ?? NaN);
    near(share(GRPO_PURPCODE), 0.9);
    near(share(SEQUENCE_MEAN), 0.5);
  });
});

test('the algorithms are those of PurpCode and DAPO', () => {
  assert.deepEqual(GRPO_PURPCODE, {
    name: 'grpo',
    clipLow: 0.2,
    clipHigh: 0.2,
    beta: 0.001,
    aggregation: 'token-mean',
  });
  assert.deepEqual(DAPO, { name: 'dapo', clipLow: 0.2, clipHigh: 0.28, beta: 0, aggregation: 'token-mean' });
});
