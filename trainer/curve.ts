/** What a training shows of itself: the loss of supervised training, the rewards of reinforcement learning. */
import { drawChart, roundTicks, type Tick } from './chart.js';
import type { Manifest } from './manifest-store.js';

export interface CurvePoint {
  readonly step: number;
  /** Trained on so far. */
  readonly tokens: number;
  /** Nats per answer token. */
  readonly seen: number;
  readonly heldOut: number;
}

/** Loss on a logarithmic axis over tokens on a linear one. @param points in the order of their tokens; at least one. */
export function drawCurve(title: string, points: readonly CurvePoint[]): string {
  const losses = points.flatMap(({ seen, heldOut }) => [seen, heldOut]).filter((loss) => loss > 0);
  const low = Math.min(...losses) / 1.15;
  const high = Math.max(...losses) * 1.15;
  const most = Math.max(1, ...points.map(({ tokens }) => tokens));
  return drawChart({
    title,
    x: { label: 'tokens trained on', place: (tokens) => tokens / most, ticks: roundTicks(most) },
    y: {
      label: 'loss (nats per answer token)',
      place: (loss) => Math.log(Math.max(loss, low) / low) / Math.log(high / low),
      ticks: lossTicks(low, high),
    },
    series: [
      { name: 'seen', colour: '#2f7ed8', line: 'solid', points: points.map(({ tokens, seen }) => [tokens, seen]) },
      {
        name: 'held out',
        colour: '#e0701a',
        line: 'dashed',
        points: points.map(({ tokens, heldOut }) => [tokens, heldOut]),
      },
    ],
  });
}

/** 1, 2 and 5 times the powers of ten within the range; in a narrow range more of them. */
function lossTicks(low: number, high: number): Tick[] {
  const factors = high / low > 20 ? [1, 2, 5] : [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8];
  const ticks: Tick[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1)
    for (const factor of factors) {
      const value = factor * 10 ** power;
      if (value >= low && value <= high) ticks.push({ value, label: String(Number(value.toPrecision(2))) });
    }
  return ticks;
}

/** Mean reward of a step's rollouts, by kind, in [0, 1]. */
export interface RewardPoint {
  readonly step: number;
  readonly rewards: Readonly<Record<string, number>>;
}

export function rewardPoints(manifests: readonly Pick<Manifest, 'seq' | 'report'>[]): RewardPoint[] {
  return manifests.flatMap(({ seq, report }) => {
    const rewards = report?.['rewards'];
    if (typeof rewards !== 'object' || rewards === null) return [];
    const measured = Object.entries(rewards).flatMap(([kind, value]) =>
      typeof value === 'number' ? [[kind, value] as const] : [],
    );
    return [{ step: seq, rewards: Object.fromEntries(measured) }];
  });
}

const COLOURS = ['#2f7ed8', '#e0701a', '#2a9d5c', '#a44fc2'];
/** Steps that are averaged: a single one has few prompts of a kind. */
const WINDOW = 7;

/** The moving mean of each kind; a kind has a point where a step has drawn it. */
export function drawRewards(title: string, points: readonly RewardPoint[]): string {
  const kinds = [...new Set(points.flatMap(({ rewards }) => Object.keys(rewards)))].sort();
  const last = Math.max(1, ...points.map(({ step }) => step));
  return drawChart({
    title,
    x: { label: 'steps', place: (step) => step / last, ticks: roundTicks(last) },
    y: {
      label: `reward of the rollouts (mean of ${WINDOW} steps)`,
      place: (reward) => reward,
      ticks: [0, 0.25, 0.5, 0.75, 1].map((value) => ({ value, label: String(value) })),
    },
    series: kinds.map((kind, index) => ({
      name: kind,
      colour: COLOURS[index % COLOURS.length] ?? '',
      line: 'solid',
      points: smoothed(
        points.flatMap(({ step, rewards }) => (rewards[kind] === undefined ? [] : [[step, rewards[kind]]])),
      ),
    })),
  });
}

function smoothed(points: readonly (readonly [step: number, reward: number])[]): [number, number][] {
  return points.map(([step], index) => {
    const window = points.slice(Math.max(0, index + 1 - WINDOW), index + 1);
    return [step, window.reduce((sum, [, reward]) => sum + reward, 0) / window.length];
  });
}
