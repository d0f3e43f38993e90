/** Logistic regression over sparse binary features by AdaGrad (Duchi, Hazan, Singer, 2011), one example after the other. */
import { shuffled } from './data/random.js';

export interface Target {
  /** Indices of the example's features, each once. */
  readonly features: Int32Array;
  /** Value of each of its features. */
  readonly scale: number;
  /** Probability that is wanted, in [0, 1]. */
  readonly wanted: number;
  /** A logit that is known already, so that only the rest is learned. */
  readonly offset: number;
  /** How much the example weighs; 1 is the rule. */
  readonly weight: number;
}

interface RegressionOptions {
  /** Features that there are. */
  readonly features: number;
  readonly seed: number;
  readonly epochs: number;
  readonly rate: number;
  /** Of the weights of an example's features, per example. */
  readonly decay: number;
  /** Squared gradients that a feature starts with: rare ones do not jump at once. */
  readonly initialSquares: number;
  /** Told after each epoch. */
  readonly onEpoch?: (done: number) => void;
}

export interface Regression {
  readonly weights: Float64Array;
  readonly bias: number;
}

/** The same targets and seed give the same weights. */
export function regress(targets: readonly Target[], options: RegressionOptions): Regression {
  const { seed, rate, decay, initialSquares } = options;
  const weights = new Float64Array(options.features);
  const squaresOf = new Float64Array(options.features).fill(initialSquares);
  let bias = 0;
  let biasSquares = initialSquares;
  for (let epoch = 0; epoch < options.epochs; epoch += 1) {
    for (const { features, scale, wanted, offset, weight } of shuffled(targets, seed + epoch)) {
      let sum = 0;
      for (const f of features) sum += weights[f] ?? 0;
      const slope = weight * (sigmoid(offset + bias + scale * sum) - wanted);
      biasSquares += slope * slope;
      bias -= (rate * slope) / Math.sqrt(biasSquares);
      for (const f of features) {
        const value = weights[f] ?? 0;
        const gradient = scale * slope + decay * value;
        const squares = (squaresOf[f] ?? 0) + gradient * gradient;
        squaresOf[f] = squares;
        weights[f] = value - (rate * gradient) / Math.sqrt(squares);
      }
    }
    options.onEpoch?.(epoch + 1);
  }
  return { weights, bias };
}

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));
