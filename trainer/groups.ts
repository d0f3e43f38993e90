/**
 * Dynamic sampling: how many prompts a step draws, so that enough groups of rollouts are left whose rewards differ. The others teach nothing,
 * since all their advantages are zero. Everything here is pure: the same state and the same waves give the same plan.
 *
 * B: groups wanted per step; u: utilisation, the share of the groups drawn whose rewards differ; G: rollouts per group.
 */

/** Numbers of prompts, one group each, by kind of reward. */
export type KindCounts = Readonly<Record<string, number>>;

/** Plain JSON, for the checkpoint. */
export interface SamplingState {
  /** Of each kind that has been drawn, in [floor, 1]. A kind that is missing counts as 1. */
  readonly utilisation: Readonly<Record<string, number>>;
}

/** One generation of a step: what was really drawn, which may be less than planned, and how many of its groups are effective. */
export interface Wave {
  readonly drawn: KindCounts;
  readonly effective: KindCounts;
}

export interface GroupSampler {
  /** What the step's next wave draws, after the given ones; null when the step has what it trains on. */
  nextWave(state: SamplingState, waves: readonly Wave[]): KindCounts | null;
  /** The step trains on so many effective groups, the first in the order in which they were drawn. */
  trained(waves: readonly Wave[]): number;
  /** State after a step of these waves. */
  after(state: SamplingState, waves: readonly Wave[]): SamplingState;
}

export interface SamplingOptions {
  /** B by kind. */
  readonly wanted: KindCounts;
  /** Least utilisation that is believed, so that a kind never starves. */
  readonly floor?: number;
  /** Weight of the last step in the utilisation; 1 forgets all earlier ones, as PurpCode does. */
  readonly recency?: number;
  /** Single step: at most so many times B are drawn. */
  readonly mostDrawn?: number;
  /** Multi-wave: the step makes do with what so many waves have brought. */
  readonly mostWaves?: number;
}

export const INITIAL_SAMPLING: SamplingState = { utilisation: {} };

/** Least standard deviation of the rewards of a group that teaches something. Not 0: means of equal rewards differ by rounding. */
const LEAST_DEVIATION = 1e-5;
const FLOOR = 0.05;
const RECENCY = 0.5;
const MOST_DRAWN = 4;
/** DAPO's, after which it gives up. */
const MOST_WAVES = 10;

/** Whether the rewards of a group differ (standard deviation of the group, divisor G).  */
export function isEffective(rewards_G: readonly number[]): boolean {
  const mean = rewards_G.reduce((sum, reward) => sum + reward, 0) / rewards_G.length;
  const squares = rewards_G.reduce((sum, reward) => sum + (reward - mean) ** 2, 0);
  return Math.sqrt(squares / rewards_G.length) > LEAST_DEVIATION;
}

/**
 * Single-step dynamic sampling (PurpCode, https://arxiv.org/abs/2507.19060): one wave of min(4 B, B / u) prompts, one scoring, and all effective
 * groups are trained on, so that none is thrown away and nobody waits for a second wave; their number floats around B. PurpCode keeps one
 * u and loses it at a restart; here each kind has its own, in the checkpoint, bounded below and smoothed, since a kind is drawn in small numbers.
 */
export function singleStepSampler(options: SamplingOptions): GroupSampler {
  const { wanted, mostDrawn = MOST_DRAWN } = options;
  return {
    nextWave: ({ utilisation }, waves) => {
      if (waves.length > 0) return null;
      return mapCounts(wanted, (count, kind) =>
        Math.floor(Math.min(mostDrawn * count, Math.ceil(count / (utilisation[kind] ?? 1)))),
      );
    },
    trained: (waves) => sumOver(waves, ({ effective }) => total(effective)),
    after: (state, waves) => measured(state, waves, options),
  };
}

/**
 * Dynamic sampling of DAPO (https://arxiv.org/abs/2503.14476, section 3.2): waves of B prompts until B groups are effective, the surplus is thrown
 * away. DAPO fails after ten waves; here the step is taken with what there is, as it is where no prompts are left.
 */
export function multiWaveSampler(options: SamplingOptions): GroupSampler {
  const { wanted, mostWaves = MOST_WAVES } = options;
  const effectiveGroups = (waves: readonly Wave[]): number => sumOver(waves, ({ effective }) => total(effective));
  return {
    nextWave: (_state, waves) => {
      const last = waves.at(-1);
      const isExhausted = last !== undefined && total(last.drawn) === 0;
      return isExhausted || waves.length >= mostWaves || effectiveGroups(waves) >= total(wanted) ? null : wanted;
    },
    trained: (waves) => Math.min(total(wanted), effectiveGroups(waves)),
    after: (state, waves) => measured(state, waves, options),
  };
}

/** u of each drawn kind moves towards the share of its groups that were effective. */
function measured(
  { utilisation }: SamplingState,
  waves: readonly Wave[],
  { floor = FLOOR, recency = RECENCY }: SamplingOptions,
): SamplingState {
  const next: Record<string, number> = { ...utilisation };
  for (const kind of new Set(waves.flatMap(({ drawn }) => Object.keys(drawn)))) {
    const drawn = sumOver(waves, (wave) => wave.drawn[kind] ?? 0);
    if (drawn === 0) continue;
    const effective = sumOver(waves, (wave) => wave.effective[kind] ?? 0);
    const smoothed = (1 - recency) * (utilisation[kind] ?? 1) + recency * (effective / drawn);
    next[kind] = Math.min(1, Math.max(floor, smoothed));
  }
  return { utilisation: next };
}

const mapCounts = (counts: KindCounts, map: (count: number, kind: string) => number): KindCounts =>
  Object.fromEntries(Object.entries(counts).map(([kind, count]) => [kind, map(count, kind)]));

const total = (counts: KindCounts): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

const sumOver = (waves: readonly Wave[], valueOf: (wave: Wave) => number): number =>
  waves.reduce((sum, wave) => sum + valueOf(wave), 0);
