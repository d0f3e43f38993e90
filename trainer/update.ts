/** One update of the policy from the groups of a step: pure in its rows, so that it can be computed again. */
import { PurpgateError } from '../src/errors.js';
import { isEffective, type GroupSampler, type KindCounts, type Wave } from './groups.js';
import { advantages, objectiveAdvantages, weightsOf, type Algorithm } from './grpo.js';
import type { Learner, PolicyReport, PolicySequence } from './learner.js';
import type { Rollout, SampledGroup, StepGroup } from './rollout-store.js';

export interface UpdateSettings {
  readonly algorithm: Algorithm;
  readonly learningRate: number;
  /** k3 estimate per token by which the sampler may differ from the learner about the same weights. */
  readonly mostMismatchKl: number;
  /** Nats per token that the samples must at least have. */
  readonly leastEntropy: number;
  /** By name, of a weighted composition, whose objectives are normalised one by one; absent: the scores are. */
  readonly objectiveWeights?: Readonly<Record<string, number>>;
}

export interface UpdateReport extends PolicyReport {
  readonly gradientNorm: number;
}

/** A group without the rollouts that have no reward; null where less than half of it is left, of which the mean says little. */
function scored(group: SampledGroup | null): ScoredGroup | null {
  if (group === null) return null;
  const rollouts = group.rollouts.flatMap((rollout) =>
    rollout.reward === null ? [] : [{ ...rollout, reward: rollout.reward }],
  );
  return 2 * rollouts.length < group.rollouts.length ? null : { promptIds: group.promptIds, rollouts };
}

interface ScoredGroup extends Pick<SampledGroup, 'promptIds'> {
  readonly rollouts: readonly (Rollout & { readonly reward: number })[];
}

const rewardsOf = ({ rollouts }: ScoredGroup): number[] => rollouts.map(({ reward }) => reward);

/** Where objectives were recorded, one that differs is a lesson, also where the scores happen to be equal. */
function effective({ sampled }: StepGroup): readonly ScoredGroup[] {
  const group = scored(sampled);
  if (group === null) return [];
  const values_G = group.rollouts.map(({ components }) => components.objectives ?? {});
  const names = [...new Set(values_G.flatMap((values) => Object.keys(values)))];
  const lessons = [rewardsOf(group), ...names.map((name) => values_G.map((values) => values[name] ?? 0))];
  return lessons.some(isEffective) ? [group] : [];
}

/** What each wave has drawn and how much of it is effective. */
export function wavesOf(groups: readonly StepGroup[]): Wave[] {
  const count = (chosen: readonly StepGroup[]): KindCounts => {
    const counts: Record<string, number> = {};
    for (const { kind } of chosen) counts[kind] = (counts[kind] ?? 0) + 1;
    return counts;
  };
  return [...new Set(groups.map(({ wave }) => wave))].map((wave) => {
    const drawn = groups.filter((group) => group.wave === wave);
    return { drawn: count(drawn), effective: count(drawn.filter((group) => effective(group).length > 0)) };
  });
}

/** The groups that a step trains on, in the order in which they were drawn. */
export function trainedGroups(groups: readonly StepGroup[], sampler: GroupSampler): readonly ScoredGroup[] {
  return groups.flatMap(effective).slice(0, sampler.trained(wavesOf(groups)));
}

/**
 * Estimate of the policy's entropy in nats per token, the mean of -log p over the samples; null where there are none. Of one step of easy
 * prompts it is low, too: a collapse is what lasts. `before`: of the step before; null where there was none.
 * @throws PurpgateError `internal_error` when it has collapsed: a policy that always says the same has nothing left to learn from.
 */
export function checkedEntropy(
  groups: readonly StepGroup[],
  { leastEntropy, before }: { readonly leastEntropy: number; readonly before: number | null },
): number | null {
  const logprobs = groups.flatMap(({ sampled }) => sampled?.rollouts.flatMap((rollout) => rollout.logprobs) ?? []);
  if (logprobs.length === 0) return null;
  const entropy = -logprobs.reduce((sum, logprob) => sum + logprob, 0) / logprobs.length;
  if (entropy >= leastEntropy || (before !== null && before >= leastEntropy)) return entropy;
  throw stopped(
    `the entropy of the policy has collapsed to ${entropy.toPrecision(2)} nats per token (least ${leastEntropy}). Go on from an earlier version, with a lower learning rate`,
  );
}

/**
 * Gradient, check, step. Nothing is changed when it throws.
 * @throws PurpgateError `internal_error` when sampler and learner disagree about the weights; `request_aborted`.
 */
export async function applyUpdate(
  learner: Learner,
  groups: readonly ScoredGroup[],
  {
    algorithm,
    learningRate,
    mostMismatchKl,
    objectiveWeights,
    signal,
  }: UpdateSettings & { readonly signal: AbortSignal },
): Promise<UpdateReport> {
  const sequences = sequencesOf(groups, algorithm, objectiveWeights);
  const references = algorithm.beta === 0 ? [] : await learner.referenceLogprobs(sequences, signal);
  const complete = sequences.map((sequence, index) => ({
    ...sequence,
    referenceLogprobs: references[index] ?? null,
  }));
  const report = await learner.forwardBackward(complete, signal);
  if (!(report.mismatchKl <= mostMismatchKl))
    throw stopped(
      `sampler and learner disagree about the same weights: KL ${report.mismatchKl.toPrecision(3)} per token (most ${mostMismatchKl}). Do both run the same model and adapter?`,
    );
  const { gradientNorm } = await learner.optimStep(learningRate);
  return { ...report, gradientNorm };
}

function sequencesOf(
  groups: readonly ScoredGroup[],
  algorithm: Algorithm,
  objectiveWeights: UpdateSettings['objectiveWeights'],
): Omit<PolicySequence, 'referenceLogprobs'>[] {
  const lengths_P_G = groups.map(({ rollouts }) => rollouts.map(({ completionIds }) => completionIds.length));
  const weights_P_G = weightsOf(lengths_P_G, algorithm);
  const advantages_P_G = advantagesOf(groups, objectiveWeights);
  return groups.flatMap((group, p) =>
    group.rollouts.map(({ completionIds, logprobs }, g) => ({
      promptIds: group.promptIds,
      completionIds,
      advantage: advantages_P_G[p]?.[g] ?? 0,
      weight: weights_P_G[p]?.[g] ?? 0,
      oldLogprobs: Float32Array.from(logprobs),
    })),
  );
}

/** By group and rollout. */
export function advantagesOf(
  groups: readonly ScoredGroup[],
  objectiveWeights: UpdateSettings['objectiveWeights'],
): readonly (readonly number[])[] {
  if (objectiveWeights === undefined) return groups.map((group) => advantages(rewardsOf(group)));
  const values_P_G = groups.map(({ rollouts }) => rollouts.map(({ components }) => components.objectives ?? {}));
  return objectiveAdvantages(values_P_G, objectiveWeights);
}

function stopped(reason: string): PurpgateError {
  return new PurpgateError('internal_error', { publicMessage: `The training was stopped: ${reason}.` });
}
