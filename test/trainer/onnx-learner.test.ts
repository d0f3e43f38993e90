import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { readAdapter, type Adapter } from '../../src/lm/lora.js';
import { Random } from '../../src/lm/random.js';
import { advantages, DAPO, GRPO_PURPCODE, weightsOf, type Algorithm } from '../../trainer/grpo.js';
import type { Learner, PolicySequence, TokenSequence } from '../../trainer/learner.js';
import { createOnnxLearner, type OnnxLearnerOptions } from '../../trainer/onnx-learner.js';
import { learnerContract } from '../contracts/learner.js';
import { afterwards, temporaryFolder } from '../support/folder.js';
import { referenceLogprobs, toFloat64, type ReferenceModel } from '../support/reference-decoder.js';
import { randomIds, tinyAdapter, tinyConfig, tinyWeights } from '../support/tiny-decoder.js';

const weights = tinyWeights(tinyConfig, 1);
const adapter = tinyAdapter(tinyConfig, 3);
const GRPO: Algorithm = { ...GRPO_PURPCODE, beta: 0.3 };
const never = (): AbortSignal => new AbortController().signal;

async function open(t: TestContext, changes: Partial<OnnxLearnerOptions> = {}): Promise<Learner> {
  const options = { adapter, algorithm: GRPO, threads: 2, ...changes };
  const learner = await createOnnxLearner(tinyConfig, weights, options);
  afterwards(t, () => learner.stop());
  return learner;
}

for (const batchTokens of [1, 16, 4096])
  learnerContract(`onnx, ${batchTokens} tokens per batch`, {
    open: () =>
      createOnnxLearner(tinyConfig, weights, {
        adapter,
        reference: adapter,
        algorithm: GRPO,
        optimizer: { weightDecay: 0.01 },
        threads: 2,
        batchTokens,
      }),
    vocabulary: tinyConfig.vocabulary,
    tolerance: 1e-4,
    learningRate: 2e-4,
  });

const modelOf = (own: Adapter | null): ReferenceModel => ({
  config: tinyConfig,
  parameters: toFloat64(new Map([...weights, ...(own?.tensors ?? [])])),
  loraScale: own === null ? null : own.alpha / own.rank,
});
/** Near the adapter, so that no term of the loss drowns the others. */
const nearby: Adapter = {
  ...adapter,
  tensors: new Map(
    [...adapter.tensors].map(([name, { shape, data }]) => [name, { shape, data: data.map((value) => 0.93 * value) }]),
  ),
};
const reference = modelOf(nearby);

/** Log-probabilities of the completion in float64. */
function completionLogprobs(model: ReferenceModel, { promptIds, completionIds }: TokenSequence): number[] {
  const ids = [...promptIds, ...completionIds];
  return referenceLogprobs(model, ids.slice(0, -1), ids.slice(1)).slice(promptIds.length - 1);
}

interface Rollout extends TokenSequence {
  readonly reward: number;
  readonly old: readonly number[];
  /** Log-probabilities under the reference. */
  readonly anchors: readonly number[];
}

/** Three groups of three, of different lengths, ratios of 0.6 to 1.6; the second group's rewards are all the same. */
function sampleGroups(model: ReferenceModel): Rollout[][] {
  const random = new Random(5);
  const rewards = [
    [1, 0, 0.8],
    [0.8, 0.8, 0.8],
    [0, 0, 1],
  ];
  return rewards.map((rewards_G, p) =>
    rewards_G.map((reward, g) => {
      const promptIds = randomIds(tinyConfig, 1 + p, 40 + p);
      const completionIds = randomIds(tinyConfig, 2 + ((3 * g + p) % 7), 50 + 3 * p + g);
      const sequence = { promptIds, completionIds };
      const old = completionLogprobs(model, sequence).map((value) => Math.fround(value + random.uniform() - 0.5));
      return { ...sequence, reward, old, anchors: completionLogprobs(reference, sequence) };
    }),
  );
}

/** As the training loop makes them. */
function toSequences(groups: readonly Rollout[][], algorithm: Algorithm): PolicySequence[] {
  const weights_P_G = weightsOf(
    groups.map((rollouts) => rollouts.map(({ completionIds }) => completionIds.length)),
    algorithm,
  );
  return groups.flatMap((rollouts, p) => {
    const advantages_G = advantages(rollouts.map(({ reward }) => reward));
    return rollouts.map((rollout, g) => ({
      promptIds: rollout.promptIds,
      completionIds: rollout.completionIds,
      advantage: advantages_G[g] ?? NaN,
      weight: weights_P_G[p]?.[g] ?? NaN,
      oldLogprobs: Float32Array.from(rollout.old),
      referenceLogprobs: algorithm.beta === 0 ? null : Float32Array.from(rollout.anchors),
    }));
  });
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Equation 3 of DeepSeekMath and equation 8 of DAPO, written as they are printed: means of means, or the mean over all tokens. */
function referenceLoss(model: ReferenceModel, groups: readonly Rollout[][], algorithm: Algorithm): number {
  const { clipLow, clipHigh, beta, aggregation } = algorithm;
  const losses = groups.flatMap((rollouts) => {
    const average = mean(rollouts.map(({ reward }) => reward));
    const variance = rollouts.reduce((sum, { reward }) => sum + (reward - average) ** 2, 0) / (rollouts.length - 1);
    return rollouts.map((rollout) => {
      const A = (rollout.reward - average) / (Math.sqrt(variance) + 1e-6);
      return completionLogprobs(model, rollout).map((logprob, t) => {
        const ratio = Math.exp(logprob - (rollout.old[t] ?? NaN));
        const clipped = ratio < 1 - clipLow ? 1 - clipLow : ratio > 1 + clipHigh ? 1 + clipHigh : ratio;
        const inverse = Math.exp((rollout.anchors[t] ?? NaN) - logprob);
        return beta * (inverse - Math.log(inverse) - 1) - Math.min(ratio * A, clipped * A);
      });
    });
  });
  return aggregation === 'token-mean' ? mean(losses.flat()) : mean(losses.map(mean));
}

function assertClose(actual: number | undefined, expected: number, tolerance: number, place: string): void {
  const difference = Math.abs((actual ?? NaN) - expected);
  assert.ok(difference <= tolerance, `${place}: ${actual} instead of ${expected}, off by ${difference}`);
}

/** With these an AdamW step is u = 1e6 g / (|g| + 1e3), from which g follows. */
const REVEALING = { beta1: 0, epsilon: 1e3, clipNorm: Infinity };
const gradientOf = (update: number): number => (update * 1e3) / (1e6 - Math.abs(update));

describe('an update on a tiny decoder, against the formulas in float64', () => {
  const cases: readonly [string, Algorithm][] = [
    ['GRPO, token mean', GRPO],
    ['GRPO, sequence mean', { ...GRPO, aggregation: 'sequence-mean' }],
    ['DAPO', DAPO],
  ];
  for (const [name, algorithm] of cases)
    test(`${name}: loss, report and gradient`, async (t) => {
      const model = modelOf(adapter);
      const groups = sampleGroups(model);
      const learner = await open(t, { algorithm, optimizer: REVEALING, batchTokens: 20 });
      const report = await learner.forwardBackward(toSequences(groups, algorithm), never());
      assertClose(report.loss, referenceLoss(model, groups, algorithm), 1e-5, 'loss');
      assertReport(report, { model, groups, algorithm });

      const file = join(await temporaryFolder(t), 'adapter');
      await learner.optimStep(1e6);
      await learner.exportAdapter(file);
      const stepped = await readAdapter(file, tinyConfig);
      const random = new Random(9);
      for (const [parameter, { data }] of adapter.tensors) {
        const gradients = data.map((value, index) =>
          gradientOf(value - (stepped.tensors.get(parameter)?.data[index] ?? NaN)),
        );
        const largest = gradients.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        assert.ok(largest > 0, `${parameter} has no gradient`);
        const index = Math.floor(random.uniform() * data.length);
        const values = model.parameters.get(parameter) ?? assert.fail();
        const at = (shift: number): number => {
          values[index] = (data[index] ?? NaN) + shift;
          return referenceLoss(model, groups, algorithm);
        };
        const expected = (at(1e-4) - at(-1e-4)) / 2e-4;
        at(0);
        assertClose(gradients[index], expected, 2e-4 * largest + 1e-6, `${parameter}[${index}]`);
      }
    });
});

function assertReport(
  report: Awaited<ReturnType<Learner['forwardBackward']>>,
  { model, groups, algorithm }: { model: ReferenceModel; groups: readonly Rollout[][]; algorithm: Algorithm },
): void {
  const tokens = groups.flatMap((rollouts) => {
    const best = mean(rollouts.map(({ reward }) => reward));
    return rollouts.flatMap((rollout) => {
      return completionLogprobs(model, rollout).map((logprob, t) => {
        const ratio = Math.exp(logprob - (rollout.old[t] ?? NaN));
        const side = Math.sign(Math.round((rollout.reward - best) * 1e6));
        const isClipped = side > 0 ? ratio > 1 + algorithm.clipHigh : side < 0 && ratio < 1 - algorithm.clipLow;
        const inverse = Math.exp((rollout.anchors[t] ?? NaN) - logprob);
        return { ratio, isClipped, kl: inverse - Math.log(inverse) - 1, mismatch: ratio - Math.log(ratio) - 1 };
      });
    });
  });
  assert.equal(report.tokens, tokens.length);
  assertClose(report.meanRatio, mean(tokens.map(({ ratio }) => ratio)), 1e-4, 'mean ratio');
  assertClose(report.mismatchKl, mean(tokens.map(({ mismatch }) => mismatch)), 1e-4, 'mismatch');
  const clipped = tokens.filter(({ isClipped }) => isClipped).length;
  assert.ok(clipped >= 2, 'the case clips nothing');
  assert.equal(report.clippedShare, clipped / tokens.length);
  if (algorithm.beta === 0) assert.equal(report.kl, null);
  else assertClose(report.kl ?? NaN, mean(tokens.map(({ kl }) => kl)), 1e-4, 'KL');
}

describe('clipping', () => {
  // Ratio, advantage, what a token with weight 1 loses under GRPO and under DAPO, and whether either still pulls.
  const cases = [
    { ratio: 0.7, advantage: 1, losses: [-0.7, -0.7], pulls: [true, true] },
    { ratio: 0.7, advantage: -1, losses: [0.8, 0.8], pulls: [false, false] },
    { ratio: 1.1, advantage: 1, losses: [-1.1, -1.1], pulls: [true, true] },
    { ratio: 1.1, advantage: -1, losses: [1.1, 1.1], pulls: [true, true] },
    { ratio: 1.25, advantage: 1, losses: [-1.2, -1.25], pulls: [false, true] },
    { ratio: 1.4, advantage: 2, losses: [-2.4, -2.56], pulls: [false, false] },
    { ratio: 1.4, advantage: -1, losses: [1.4, 1.4], pulls: [true, true] },
  ];
  for (const { ratio, advantage, losses, pulls } of cases)
    test(`ratio ${ratio} with advantage ${advantage}`, async (t) => {
      for (const [index, algorithm] of [{ ...GRPO_PURPCODE, beta: 0 }, DAPO].entries()) {
        const learner = await open(t, { algorithm });
        const sequence = { promptIds: [1, 2], completionIds: [3] };
        const [logprobs] = await learner.logprobs([sequence], never());
        const oldLogprobs = Float32Array.of((logprobs?.[0] ?? NaN) - Math.log(ratio));
        const policy = { ...sequence, advantage, weight: 1, oldLogprobs, referenceLogprobs: null };
        const { loss, clippedShare } = await learner.forwardBackward([policy], never());
        assertClose(loss, losses[index] ?? NaN, 1e-5, 'loss');
        assert.equal(clippedShare, pulls[index] === true ? 0 : 1);
        const { gradientNorm } = await learner.optimStep(0);
        assert.equal(gradientNorm > 0, pulls[index]);
      }
    });
});

test('the reference is the base model unless another is given, and is not where an adapter starts', async (t) => {
  const sequence = { promptIds: [4, 9, 2], completionIds: [7, 1] };
  for (const [own, model] of [
    [{}, modelOf(null)],
    [{ reference: nearby }, reference],
  ] as const) {
    const [logprobs] = await (await open(t, own)).referenceLogprobs([sequence], never());
    completionLogprobs(model, sequence).forEach((expected, index) => {
      assertClose(logprobs?.[index], expected, 1e-4, `token ${index}`);
    });
  }
});

test('a group whose rewards do not differ moves nothing where there is no KL', async (t) => {
  const learner = await open(t, { algorithm: DAPO });
  const [, same = assert.fail()] = sampleGroups(modelOf(adapter));
  const { loss } = await learner.forwardBackward(toSequences([same], DAPO), never());
  assert.equal(Math.abs(loss), 0);
  assert.equal((await learner.optimStep(1)).gradientNorm, 0);
});

test('weights of an adapter of another alpha or rank are refused, and nothing is changed', async (t) => {
  const folder = await temporaryFolder(t);
  await (await open(t)).saveWeights(folder);
  const sequence = { promptIds: [1], completionIds: [2, 3] };
  for (const own of [
    { ...adapter, alpha: 5 },
    { ...adapter, rank: 2, tensors: halved(adapter) },
  ]) {
    const learner = await open(t, { adapter: own });
    const before = await learner.logprobs([sequence], never());
    await assert.rejects(learner.loadWeights(folder), { code: 'model_unusable' });
    assert.deepEqual(await learner.logprobs([sequence], never()), before);
  }
});

/** The first two rows or columns of three. */
function halved({ tensors }: Adapter): Adapter['tensors'] {
  return new Map(
    [...tensors].map(([name, { shape, data }]) => {
      const [rows = 0, columns = 0] = shape;
      const own = name.endsWith('.a') ? [2, columns] : [rows, 2];
      return [name, { shape: own, data: data.slice(0, 2 * (name.endsWith('.a') ? columns : rows)) }];
    }),
  );
}
