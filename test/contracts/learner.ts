/** What every learner owes (trainer/learner.ts). Run over each implementation by its own test file. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { Random } from '../../src/lm/random.js';
import { ADAPTER_FILE } from '../../src/release/probe.js';
import type { Learner, PolicySequence, TokenSequence } from '../../trainer/learner.js';
import { afterwards, temporaryFolder } from '../support/folder.js';

interface LearnerTraits {
  /** A new learner, always in the same state, whose reference is where it starts; its algorithm has a beta above 0. */
  open(): Promise<Learner>;
  readonly vocabulary: number;
  /** Most by which log-probabilities may differ where only batches differ. */
  readonly tolerance: number;
  /** A rate at which a few steps are seen in the log-probabilities. */
  readonly learningRate: number;
}

const never = (): AbortSignal => new AbortController().signal;

export function learnerContract(name: string, traits: LearnerTraits): void {
  const { vocabulary, tolerance, learningRate } = traits;

  async function open(t: TestContext): Promise<Learner> {
    const learner = await traits.open();
    afterwards(t, () => learner.stop());
    return learner;
  }

  function sequences(seed: number): TokenSequence[] {
    const random = new Random(seed);
    const ids = (length: number) => Array.from({ length }, () => Math.floor(random.uniform() * vocabulary));
    return [
      [3, 5],
      [1, 1],
      [4, 2],
      [2, 7],
    ].map(([prompt = 0, completion = 0]) => ({ promptIds: ids(prompt), completionIds: ids(completion) }));
  }

  /** As a loop makes them of fresh samples: alternately good and bad, each token weighing the same. */
  async function rollouts(learner: Learner, seed: number): Promise<PolicySequence[]> {
    const sampled = sequences(seed);
    const old = await learner.logprobs(sampled, never());
    const reference = await learner.referenceLogprobs(sampled, never());
    const tokens = sampled.reduce((sum, { completionIds }) => sum + completionIds.length, 0);
    return sampled.map((sequence, index) => ({
      ...sequence,
      advantage: index % 2 === 0 ? 1 : -1,
      weight: 1 / tokens,
      oldLogprobs: old[index] ?? assert.fail(),
      referenceLogprobs: reference[index] ?? assert.fail(),
    }));
  }

  async function step(learner: Learner, seed: number): Promise<void> {
    await learner.forwardBackward(await rollouts(learner, seed), never());
    await learner.optimStep(learningRate);
  }

  const assertClose = (actual: readonly Float32Array[], expected: readonly Float32Array[]): void => {
    assert.equal(actual.length, expected.length);
    expected.forEach((values, index) => {
      assert.equal(actual[index]?.length, values.length);
      values.forEach((value, t) => {
        const difference = Math.abs((actual[index]?.[t] ?? NaN) - value);
        assert.ok(difference <= tolerance, `sequence ${index}, token ${t}: off by ${difference}`);
      });
    });
  };
  const sum = (values: Float32Array | undefined): number => (values ?? assert.fail()).reduce((a, b) => a + b, 0);

  describe(`the learner contract: ${name}`, () => {
    test('tells log-probabilities of completions alone, in the order of the sequences, together as one by one', async (t) => {
      const learner = await open(t);
      const sampled = sequences(1);
      const together = await learner.logprobs(sampled, never());
      assert.deepEqual(
        together.map(({ length }) => length),
        sampled.map(({ completionIds }) => completionIds.length),
      );
      assert.ok(together.every((values) => values.every((value) => value < 0)));
      const single = await Promise.all(sampled.map((sequence) => learner.logprobs([sequence], never())));
      assertClose(together, single.flat());
      assert.deepEqual(await learner.logprobs(sampled, never()), together);
      assert.deepEqual(await learner.logprobs([{ promptIds: [1], completionIds: [] }], never()), [new Float32Array(0)]);
      assert.deepEqual(await learner.logprobs([], never()), []);
    });

    test('moves from the reference, which stays, towards what was rewarded and away from what was not', async (t) => {
      const learner = await open(t);
      const samples = await rollouts(learner, 2);
      const before = await learner.referenceLogprobs(samples, never());
      assertClose(await learner.logprobs(samples, never()), before);
      for (let count = 1; count <= 3; count += 1) {
        await learner.forwardBackward(samples, never());
        const { gradientNorm, step: taken } = await learner.optimStep(learningRate);
        assert.ok(gradientNorm > 0 && Number.isFinite(gradientNorm));
        assert.equal(taken, count);
      }
      assert.deepEqual(await learner.referenceLogprobs(samples, never()), before);
      const after = await learner.logprobs(samples, never());
      // Of the batch, as the loss is: one sequence may be dragged along by the others.
      const gains = samples.map(({ advantage }, index) => advantage * (sum(after[index]) - sum(before[index])));
      assert.ok(
        gains.reduce((total, gain) => total + gain, 0) > 0,
        `the gains, times the advantages, are ${gains.join(', ')}`,
      );
    });

    test('reports of fresh samples that nothing was clipped, and of later ones how far the policies are apart', async (t) => {
      const learner = await open(t);
      const samples = await rollouts(learner, 3);
      const fresh = await learner.forwardBackward(samples, never());
      assert.equal(fresh.tokens, 15);
      assert.equal(fresh.clippedShare, 0);
      assert.ok(Math.abs(fresh.meanRatio - 1) <= tolerance && fresh.mismatchKl <= tolerance);
      assert.ok(fresh.kl !== null && Math.abs(fresh.kl) <= tolerance);
      await learner.optimStep(learningRate);
      const { kl, mismatchKl, loss } = await learner.forwardBackward(samples, never());
      assert.ok(kl !== null && kl > 0 && mismatchKl > 0 && loss < fresh.loss);
    });

    test('adds up the batches of an update, and forgets their sum after the step', async (t) => {
      const [whole, parts] = [await open(t), await open(t)];
      for (const seed of [4, 5]) {
        const samples = await rollouts(whole, seed);
        await whole.forwardBackward(samples, never());
        for (const part of [samples.slice(0, 1), samples.slice(1)]) await parts.forwardBackward(part, never());
        const [expected, actual] = [await whole.optimStep(1e-9), await parts.optimStep(1e-9)];
        assert.ok(Math.abs(actual.gradientNorm / expected.gradientNorm - 1) <= 1e-3);
      }
      await assert.rejects(parts.optimStep(learningRate), { code: 'internal_error' });
    });

    test('carries out calls in the order in which they are made, though none is awaited', async (t) => {
      const [patient, hasty] = [await open(t), await open(t)];
      const samples = await rollouts(patient, 6);
      await patient.forwardBackward(samples, never());
      await patient.optimStep(learningRate);
      const expected = await patient.logprobs(samples, never());
      const calls = [
        hasty.forwardBackward(samples, never()),
        hasty.optimStep(learningRate),
        hasty.logprobs(samples, never()),
      ] as const;
      assert.deepEqual((await Promise.all(calls))[2], expected);
    });

    test('goes on bit by bit from saved weights, without a gradient that was not applied', async (t) => {
      const folder = await temporaryFolder(t);
      const [first, second] = [await open(t), await open(t)];
      await step(first, 7);
      await first.forwardBackward(await rollouts(first, 8), never());
      await first.saveWeights(join(folder, 'new', 'state'));
      await first.exportAdapter(join(folder, 'exported'));
      assert.deepEqual(
        await readFile(join(folder, 'new', 'state', ADAPTER_FILE)),
        await readFile(join(folder, 'exported')),
      );
      await first.optimStep(0);
      await second.forwardBackward(await rollouts(second, 9), never());
      await second.loadWeights(join(folder, 'new', 'state'));
      await assert.rejects(second.optimStep(learningRate), { code: 'internal_error' });

      const third = await open(t);
      await step(third, 7);
      for (const learner of [second, third]) {
        for (const seed of [10, 11]) await step(learner, seed);
        await learner.exportAdapter(join(folder, learner === second ? 'resumed' : 'undisturbed'));
      }
      const [resumed, undisturbed] = [join(folder, 'resumed'), join(folder, 'undisturbed')];
      assert.deepEqual(await readFile(resumed), await readFile(undisturbed));
      await step(second, 12);
      await second.exportAdapter(resumed);
      assert.notDeepEqual(await readFile(resumed), await readFile(undisturbed));
    });

    test('an aborted update leaves no gradient, neither its own nor that of the calls before it', async (t) => {
      const [learner, undisturbed] = [await open(t), await open(t)];
      const samples = await rollouts(learner, 13);
      await learner.forwardBackward(samples.slice(0, 2), never());
      const controller = new AbortController();
      const running = learner.forwardBackward(samples, controller.signal);
      controller.abort();
      await assert.rejects(running, { code: 'request_aborted' });
      await assert.rejects(learner.optimStep(learningRate), { code: 'internal_error', message: /no gradient/ });
      await assert.rejects(learner.logprobs(samples, AbortSignal.abort()), { code: 'request_aborted' });
      for (const one of [learner, undisturbed]) await one.forwardBackward(samples, never());
      const expected = await undisturbed.optimStep(learningRate);
      assert.deepEqual(await learner.optimStep(learningRate), expected);
    });

    test('refuses what does not fit, and changes nothing', async (t) => {
      const learner = await open(t);
      const [sample = assert.fail()] = await rollouts(learner, 14);
      const before = await learner.logprobs([sample], never());
      const wrong: readonly PolicySequence[][] = [
        [{ ...sample, promptIds: [] }],
        [{ ...sample, promptIds: [vocabulary] }],
        [{ ...sample, completionIds: sample.completionIds.map(() => -1) }],
        [{ ...sample, oldLogprobs: sample.oldLogprobs.slice(1) }],
        [{ ...sample, referenceLogprobs: new Float32Array(9) }],
        [{ ...sample, referenceLogprobs: null }],
        [{ ...sample, promptIds: Array.from({ length: 1e6 }, () => 1) }],
        [
          {
            promptIds: [1],
            completionIds: [],
            advantage: 1,
            weight: 0,
            oldLogprobs: new Float32Array(0),
            referenceLogprobs: new Float32Array(0),
          },
        ],
        [],
      ];
      for (const batch of wrong)
        await assert.rejects(learner.forwardBackward(batch, never()), { code: 'internal_error' });
      await assert.rejects(learner.optimStep(learningRate), { code: 'internal_error' });
      await learner.forwardBackward([{ ...sample, weight: NaN }], never());
      await assert.rejects(learner.optimStep(learningRate), { code: 'internal_error' });
      await learner.forwardBackward([sample], never());
      await assert.rejects(learner.optimStep(NaN), { code: 'internal_error' });
      assert.deepEqual(await learner.logprobs([sample], never()), before);
    });

    test('stops once, ends what runs and refuses what comes after', async (t) => {
      const learner = await open(t);
      const samples = await rollouts(learner, 15);
      const running = learner.forwardBackward(samples, never());
      const waiting = learner.optimStep(learningRate);
      const refused = Promise.all([running, waiting].map((call) => assert.rejects(call, { code: 'internal_error' })));
      await Promise.all([learner.stop(), learner.stop()]);
      await refused;
      await assert.rejects(learner.logprobs(samples, never()), { code: 'internal_error' });
      await learner.stop();
    });
  });
}
