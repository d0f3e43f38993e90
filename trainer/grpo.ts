/**
 * GRPO: what the rewards of a group say about each of its rollouts, and how much each token weighs in the loss.
 *
 * Shapes, in names: P prompts (one group each), G rollouts of a group, T tokens of a completion. With r = exp(l - old) the ratio of a token's
 * probabilities under the learner and the sampler, the loss is
 *
 *   sum over p, g, t of w_pg (beta k3 - min(r A_pg, clip(r, 1 - clipLow, 1 + clipHigh) A_pg))
 *   k3 = exp(d) - d - 1 with d = reference - l, Schulman's estimate of KL(learner || reference): unbiased, never negative
 *        (http://joschu.net/blog/kl-approx.html; equation 4 of DeepSeekMath)
 *
 * (equation 3 of DeepSeekMath, https://arxiv.org/abs/2402.03300). This file gives A and w; the learner computes the rest. Left out: the dual
 * clip of verl (the loss of a token with A < 0 is bounded at ratios above 3), which acts only where several steps are taken on one sampling.
 */
import { isEffective } from './groups.js';

export interface Algorithm {
  readonly name: 'grpo' | 'dapo';
  readonly clipLow: number;
  readonly clipHigh: number;
  /** Weight of the KL estimate; 0 leaves it out, and no reference is computed. */
  readonly beta: number;
  /**
   * `token-mean`: each token of the batch weighs the same. `sequence-mean`: each rollout does, so that the tokens of a long one weigh less.
   */
  readonly aggregation: 'token-mean' | 'sequence-mean';
}

/**
 * As PurpCode ran it (https://arxiv.org/abs/2507.19060, rl/main_grpo_qwen14b.sh): clip 0.2 on both sides, KL 0.001 to the rule-learned model.
 * DeepSeekMath takes the mean per sequence first; verl, which PurpCode used with its default, the mean over tokens, which also keeps the
 * step's size where dynamic sampling lets the number of groups float.
 */
export const GRPO_PURPCODE: Algorithm = {
  name: 'grpo',
  clipLow: 0.2,
  clipHigh: 0.2,
  beta: 0.001,
  aggregation: 'token-mean',
};

/**
 * DAPO (https://arxiv.org/abs/2503.14476, equation 8): unlikely tokens may grow further before they are clipped, each token weighs the same,
 * no KL. Its other two parts are elsewhere or left out: dynamic sampling is in groups.ts; a penalty on length would reward what is no
 * oracle's business.
 */
export const DAPO: Algorithm = { name: 'dapo', clipLow: 0.2, clipHigh: 0.28, beta: 0, aggregation: 'token-mean' };

/** Keeps the division finite where rewards hardly differ; verl's value. */
const EPSILON = 1e-6;

/**
 * A_g = (r_g - mean) / (s + 1e-6), with s the standard deviation of the sample, divisor G - 1 (section 4.1.2 of DeepSeekMath; divisor and
 * constant as in verl). Zeros for a group that is not effective, which includes a group of one: verl takes its reward for its advantage.
 */
export function advantages(rewards_G: readonly number[]): number[] {
  if (!isEffective(rewards_G)) return rewards_G.map(() => 0);
  const mean = rewards_G.reduce((sum, reward) => sum + reward, 0) / rewards_G.length;
  const squares = rewards_G.reduce((sum, reward) => sum + (reward - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (rewards_G.length - 1));
  return rewards_G.map((reward) => (reward - mean) / (deviation + EPSILON));
}

/** By rollout, what each objective of a weighted composition was worth, by name. */
export type ObjectiveValues = Readonly<Record<string, number>>;

/**
 * GDPO (https://arxiv.org/abs/2601.05242): each objective is normalised within its group as above, the advantages are added
 * by weight, and the sums are divided by their standard deviation over the batch, so that their size does not grow with the number of
 * objectives. (Their mean is 0 already, within each group.) A sum of rewards, normalised once, would drown an objective that differs little
 * beside one that differs much. An objective that all rollouts of a group reach alike adds nothing.
 */
export function objectiveAdvantages(
  values_P_G: readonly (readonly ObjectiveValues[])[],
  weights: Readonly<Record<string, number>>,
): number[][] {
  const sums_P_G = values_P_G.map((values_G) => {
    const sums = values_G.map(() => 0);
    for (const [name, weight] of Object.entries(weights)) {
      if (!values_G.every((values) => name in values)) continue;
      const advantages_G = advantages(values_G.map((values) => values[name] ?? 0));
      for (const [g, advantage] of advantages_G.entries()) sums[g] = (sums[g] ?? 0) + weight * advantage;
    }
    return sums;
  });
  const all = sums_P_G.flat();
  const deviation = Math.sqrt(all.reduce((sum, value) => sum + value ** 2, 0) / Math.max(1, all.length - 1));
  return sums_P_G.map((sums) => sums.map((sum) => sum / (deviation + EPSILON)));
}

/**
 * Weight of each token, by rollout, from the lengths of all completions of an update.
 * `token-mean`: w_pg = 1 / (sum of all T). `sequence-mean`: w_pg = 1 / (rollouts T_pg). So the weights of all tokens sum to 1; a completion
 * without a token weighs nothing, though it counts as a rollout.
 */
export function weightsOf(lengths_P_G: readonly (readonly number[])[], algorithm: Algorithm): number[][] {
  const lengths = lengths_P_G.flat();
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const weight = (length: number): number => {
    if (length === 0) return 0;
    return algorithm.aggregation === 'token-mean' ? 1 / tokens : 1 / (lengths.length * length);
  };
  return lengths_P_G.map((lengths_G) => lengths_G.map(weight));
}
