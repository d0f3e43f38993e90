/** AdamW on flat buffers, with clipping by the global norm and a learning-rate schedule. Deterministic: one thread, one order. */
import { PurpgateError } from '../errors.js';

/** Linear warm-up to `peak`, then a cosine to `minimum` at `totalSteps`, then `minimum`. Constant: no warm-up and minimum = peak. */
export interface Schedule {
  readonly peak: number;
  readonly warmupSteps: number;
  readonly totalSteps: number;
  readonly minimum: number;
}

/** Rate of the step with this index, from 0. */
export function learningRateAt(schedule: Schedule, step: number): number {
  const { peak, warmupSteps, totalSteps, minimum } = schedule;
  if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps;
  if (step >= totalSteps) return minimum;
  const progress = (step - warmupSteps) / (totalSteps - warmupSteps);
  return minimum + (peak - minimum) * 0.5 * (1 + Math.cos(Math.PI * progress));
}

export interface OptimizerOptions {
  /** Null where each step is told its rate. */
  readonly learningRate: Schedule | null;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  /** Decoupled, and for matrices only: biases and norms keep their scale. */
  readonly weightDecay?: number;
  /** The gradient's global L2 norm is scaled down to this. */
  readonly clipNorm?: number;
}

export interface OptimizerStep {
  /** L2 norm before clipping. */
  readonly gradientNorm: number;
  readonly learningRate: number;
}

/** A part [start, end) of the flat buffers, one tensor. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly decay: 'decay' | 'no-decay';
}

export class AdamW {
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
  /** Steps taken. */
  steps = 0;

  constructor(
    private readonly parameters: Float32Array,
    private readonly segments: readonly Segment[],
    private readonly options: OptimizerOptions,
  ) {
    this.firstMoment = new Float32Array(parameters.length);
    this.secondMoment = new Float32Array(parameters.length);
  }

  /**
   * `learningRate` overrides the schedule.
   * @throws PurpgateError `internal_error` when the gradient or the rate is not finite, or there is none; the parameters are unchanged then.
   */
  step(gradient: Float32Array, learningRate = this.scheduledRate()): OptimizerStep {
    const gradientNorm = norm(gradient);
    if (!Number.isFinite(gradientNorm))
      throw new PurpgateError('internal_error', { message: `the gradient's norm is ${gradientNorm}` });
    if (!Number.isFinite(learningRate))
      throw new PurpgateError('internal_error', { message: `the learning rate is ${learningRate}` });
    const { clipNorm = 1, weightDecay = 0 } = this.options;
    this.steps += 1;
    // The small constant is torch's: a norm that is exactly at the limit does not divide by itself.
    const scale = Math.min(1, clipNorm / (gradientNorm + 1e-6));
    for (const segment of this.segments) {
      const decay = segment.decay === 'decay' ? 1 - learningRate * weightDecay : 1;
      this.update(gradient, segment, { learningRate, scale, decay });
    }
    return { gradientNorm, learningRate };
  }

  private scheduledRate(): number {
    const { learningRate } = this.options;
    if (learningRate === null) throw new PurpgateError('internal_error', { message: 'this step has no learning rate' });
    return learningRateAt(learningRate, this.steps);
  }

  private update(
    gradient: Float32Array,
    { start, end }: Segment,
    factors: { readonly learningRate: number; readonly scale: number; readonly decay: number },
  ): void {
    const { parameters, firstMoment, secondMoment, steps } = this;
    const { beta1 = 0.9, beta2 = 0.95, epsilon = 1e-8 } = this.options;
    const { scale, decay } = factors;
    // Kept in an array: V8 11 otherwise moves the two powers into the loop, which then takes six times as long.
    const [rate = 0, correction = 0] = Float64Array.of(
      factors.learningRate / (1 - beta1 ** steps),
      1 / (1 - beta2 ** steps),
    );
    for (let index = start; index < end; index += 1) {
      const g = (gradient[index] ?? 0) * scale;
      const m = beta1 * (firstMoment[index] ?? 0) + (1 - beta1) * g;
      const v = beta2 * (secondMoment[index] ?? 0) + (1 - beta2) * g * g;
      firstMoment[index] = m;
      secondMoment[index] = v;
      parameters[index] = (parameters[index] ?? 0) * decay - (rate * m) / (Math.sqrt(v * correction) + epsilon);
    }
  }
}

/** In float64, so that millions of small squares are not lost. By index: `for of` over a typed array takes ten times as long. */
function norm(values: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? 0;
    sum += value * value;
  }
  return Math.sqrt(sum);
}
