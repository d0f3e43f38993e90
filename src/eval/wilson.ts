/** Confidence intervals of shares. */

export interface Share {
  readonly passed: number;
  readonly total: number;
  /** passed / total; null when nothing was counted. */
  readonly rate: number | null;
  /** Bounds of the 95 % interval, in [0, 1]; null when nothing was counted. */
  readonly low: number | null;
  readonly high: number | null;
}

/** Two-sided 95 % quantile of the normal distribution. */
const Z = 1.959964;

/** Wilson's score interval (1927): unlike the normal one it holds for small counts and for shares near 0 and 1. */
export function wilson(passed: number, total: number): Share {
  if (total === 0) return { passed, total, rate: null, low: null, high: null };
  const rate = passed / total;
  const scale = 1 + Z ** 2 / total;
  const centre = (rate + Z ** 2 / (2 * total)) / scale;
  const half = (Z / scale) * Math.sqrt((rate * (1 - rate)) / total + Z ** 2 / (4 * total ** 2));
  return { passed, total, rate, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
