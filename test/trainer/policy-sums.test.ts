import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { PolicySums } from '../../trainer/policy-sums.js';
import type { PolicySequence } from '../../trainer/learner.js';

const CLIP = { clipLow: 0.2, clipHigh: 0.28 };
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

interface Tokens {
  readonly learner: readonly number[];
  readonly sampler: readonly number[];
  readonly reference?: readonly number[];
  readonly advantage?: number;
}

function addTo(sums: PolicySums, { learner, sampler, reference, advantage = 1 }: Tokens): void {
  const sequence: PolicySequence = {
    promptIds: [0],
    completionIds: learner.map(() => 0),
    advantage,
    weight: 1,
    oldLogprobs: Float32Array.from(sampler),
    referenceLogprobs: reference === undefined ? null : Float32Array.from(reference),
  };
  sums.add(sequence, Float32Array.from(learner));
}

function reportOf(tokens: Tokens) {
  const sums = new PolicySums(CLIP);
  addTo(sums, tokens);
  return sums.report(tokens.reference === undefined ? 0 : 0.1);
}

/** Logarithms of three distributions over the same few tokens. */
const distributions = fc
  .array(fc.tuple(...Array.from({ length: 3 }, () => fc.double({ min: 0.05, max: 1, noNaN: true }))), {
    minLength: 2,
    maxLength: 8,
  })
  .map((rows) =>
    [0, 1, 2].map((column) => {
      const total = sum(rows.map((row) => row[column] ?? NaN));
      return rows.map((row) => Math.log((row[column] ?? NaN) / total));
    }),
  );

/** Sum of q log(q / p). */
const divergence = (q: readonly number[], p: readonly number[]): number =>
  sum(q.map((logprob, id) => Math.exp(logprob) * (logprob - (p[id] ?? NaN))));

describe('the KL estimates', () => {
  test('have the divergences themselves as their expectation, each in its direction', () => {
    fc.assert(
      fc.property(distributions, ([learner = [], sampler = [], reference = []]) => {
        const expectation = (of: readonly number[], name: 'kl' | 'mismatchKl'): number =>
          sum(
            of.map((weight, id) => {
              const [l = NaN, s = NaN, r = NaN] = [learner[id], sampler[id], reference[id]];
              return Math.exp(weight) * (reportOf({ learner: [l], sampler: [s], reference: [r] })[name] ?? NaN);
            }),
          );
        assert.ok(Math.abs(expectation(learner, 'kl') - divergence(learner, reference)) < 1e-5);
        assert.ok(Math.abs(expectation(sampler, 'mismatchKl') - divergence(sampler, learner)) < 1e-5);
      }),
    );
  });

  test('are never negative, and zero where the policies agree', () => {
    const logprob = fc.float({ min: -20, max: 0, noNaN: true });
    fc.assert(
      fc.property(logprob, logprob, logprob, (l, s, r) => {
        const { kl, mismatchKl } = reportOf({ learner: [l], sampler: [s], reference: [r] });
        assert.ok(kl !== null && kl >= 0 && mismatchKl >= 0);
        const same = reportOf({ learner: [l], sampler: [l], reference: [l] });
        assert.deepEqual([same.kl, same.mismatchKl, same.meanRatio], [0, 0, 1]);
      }),
    );
  });
});

test('means are over the tokens of all sequences, and losses add up', () => {
  const sums = new PolicySums(CLIP);
  addTo(sums, { learner: [-1, -1], sampler: [-1, -1 - Math.LN2] });
  addTo(sums, { learner: [-1], sampler: [-1 + Math.log(4)] });
  sums.addLoss(0.25);
  sums.addLoss(-1);
  const report = sums.report(0);
  assert.deepEqual([report.tokens, report.loss, report.kl], [3, -0.75, null]);
  assert.ok(Math.abs(report.meanRatio - (1 + 2 + 0.25) / 3) < 1e-6);
});

test('a token counts as clipped on the side to which its advantage pushes, and never without one', () => {
  const ratios = [0.7, 0.9, 1.1, 1.25, 1.4];
  const clipped = (advantage: number): boolean[] =>
    ratios.map((ratio) => reportOf({ learner: [Math.log(ratio) - 2], sampler: [-2], advantage }).clippedShare === 1);
  assert.deepEqual(clipped(1), [false, false, false, false, true]);
  assert.deepEqual(clipped(-1), [true, false, false, false, false]);
  assert.deepEqual(clipped(0), [false, false, false, false, false]);
});
