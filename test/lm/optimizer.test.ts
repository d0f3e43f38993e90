import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AdamW, learningRateAt, type Schedule, type Segment } from '../../src/lm/optimizer.js';

const constantRate = (peak: number): Schedule => ({ peak, warmupSteps: 0, totalSteps: 0, minimum: peak });
const segments: readonly Segment[] = [
  { start: 0, end: 2, decay: 'decay' },
  { start: 2, end: 3, decay: 'no-decay' },
];

describe('AdamW', () => {
  test('follows the recurrence of Loshchilov and Hutter, with bias correction', () => {
    const parameters = Float32Array.of(0.5, -1, 2);
    const options = { learningRate: constantRate(0.1), beta1: 0.8, beta2: 0.9, epsilon: 1e-3, clipNorm: Infinity };
    const optimizer = new AdamW(parameters, segments, { ...options, weightDecay: 0.5 });
    const expected = [0.5, -1, 2];
    const [m, v] = [
      [0, 0, 0],
      [0, 0, 0],
    ];
    for (let step = 1; step <= 4; step += 1) {
      const gradient = Float32Array.of(0.3 * step, -0.2, 1 / step);
      optimizer.step(gradient);
      gradient.forEach((g, index) => {
        m[index] = 0.8 * (m[index] ?? 0) + 0.2 * g;
        v[index] = 0.9 * (v[index] ?? 0) + 0.1 * g * g;
        const decayed = (expected[index] ?? 0) * (index < 2 ? 1 - 0.1 * 0.5 : 1);
        const direction = m[index] / (1 - 0.8 ** step) / (Math.sqrt(v[index] / (1 - 0.9 ** step)) + 1e-3);
        expected[index] = decayed - 0.1 * direction;
      });
    }
    parameters.forEach((value, index) => {
      assert.ok(Math.abs(value - (expected[index] ?? NaN)) < 1e-6, `${index}: ${value} instead of ${expected[index]}`);
    });
    assert.equal(optimizer.steps, 4);
  });

  test('takes the rate that a step is told, over that of a schedule or where there is none', () => {
    for (const learningRate of [constantRate(1), null]) {
      const optimizer = new AdamW(new Float32Array(3), segments, { learningRate });
      assert.equal(optimizer.step(Float32Array.of(1, 1, 1), 0.25).learningRate, 0.25);
    }
    const parameters = new Float32Array(3);
    const optimizer = new AdamW(parameters, segments, { learningRate: null });
    for (const rate of [undefined, NaN, Infinity])
      assert.throws(() => optimizer.step(Float32Array.of(1, 1, 1), rate), { code: 'internal_error' });
    assert.deepEqual([...parameters, optimizer.steps], [0, 0, 0, 0]);
  });

  test('scales a gradient above the limit down to it, over all tensors together, and reports the norm before', () => {
    const parameters = new Float32Array(3);
    const optimizer = new AdamW(parameters, segments, { learningRate: constantRate(1), beta1: 0, clipNorm: 0.7 });
    const { gradientNorm } = optimizer.step(Float32Array.of(2, 3, 6));
    assert.equal(gradientNorm, 7);
    const clipped = [...optimizer.firstMoment];
    [0.2, 0.3, 0.6].forEach((value, index) => {
      assert.ok(Math.abs((clipped[index] ?? NaN) - value) < 1e-6);
    });
    assert.equal(optimizer.step(Float32Array.of(0, 0.5, 0)).gradientNorm, 0.5);
    assert.equal(optimizer.firstMoment[1], 0.5);
  });

  test('refuses a gradient that is not finite and changes nothing', () => {
    const parameters = Float32Array.of(1, 2, 3);
    const optimizer = new AdamW(parameters, segments, { learningRate: constantRate(1) });
    for (const bad of [NaN, Infinity])
      assert.throws(() => optimizer.step(Float32Array.of(1, bad, 1)), { code: 'internal_error' });
    assert.deepEqual([...parameters, ...optimizer.firstMoment, optimizer.steps], [1, 2, 3, 0, 0, 0, 0]);
  });
});

test('the learning rate warms up linearly, falls along a cosine and stays at the minimum', () => {
  const schedule = { peak: 1, warmupSteps: 4, totalSteps: 12, minimum: 0.2 };
  const rates = [0, 1, 3, 4, 8, 12, 100].map((step) => learningRateAt(schedule, step));
  [0.25, 0.5, 1, 1, 0.6, 0.2, 0.2].forEach((expected, index) => {
    assert.ok(Math.abs((rates[index] ?? NaN) - expected) < 1e-12, `${rates[index]} instead of ${expected}`);
  });
  assert.equal(learningRateAt(constantRate(0.3), 7), 0.3);
});
