/** Token sequences as the arrays that a training step reads. */
import { PurpgateError } from '../errors.js';

/** Each array has one entry per token; entry t is about predicting ids[t] from the tokens before it, so entry 0 is not used. */
export interface TrainingSequence {
  /** Prompt and completion, at least 2 tokens. */
  readonly ids: ArrayLike<number>;
  /** Factor on each token's loss; 0 for tokens that are given. The caller normalises, by 1 / total for a mean. */
  readonly weights: ArrayLike<number>;
  /** For the policy loss. */
  readonly policy?: PolicyData<ArrayLike<number>>;
}

interface PolicyData<Values> {
  readonly advantages: Values;
  /** Log-probabilities at the time of sampling. */
  readonly oldLogprobs: Values;
  /** Log-probabilities under the reference policy. */
  readonly referenceLogprobs: Values;
}

/** All arrays are [rows, length], row-major; entry t of a row is about predicting targets[t] after inputIds[0..t]. */
export interface TrainingBatch {
  readonly rows: number;
  readonly length: number;
  readonly inputIds: Int32Array;
  readonly targets: Int32Array;
  readonly weights: Float32Array;
  readonly policy: PolicyData<Float32Array> | null;
}

/** Shifts by one and pads at the right with weight 0, which a causal decoder never looks at. */
export function createBatch(sequences: readonly TrainingSequence[]): TrainingBatch {
  const length = Math.max(0, ...sequences.map(({ ids }) => ids.length)) - 1;
  if (sequences.some(({ ids, weights }) => ids.length < 2 || weights.length !== ids.length))
    throw new PurpgateError('internal_error', {
      message: 'a training sequence is too short or its weights differ in length',
    });
  const pack = (values: readonly (ArrayLike<number> | undefined)[]): Float32Array => {
    const packed = new Float32Array(sequences.length * length);
    for (const [row, entries] of values.entries()) packed.set(Array.from(entries ?? []).slice(1), row * length);
    return packed;
  };
  const inputIds = new Int32Array(sequences.length * length);
  const targets = new Int32Array(sequences.length * length);
  sequences.forEach(({ ids }, row) => {
    for (let t = 0; t + 1 < ids.length; t += 1) {
      inputIds[row * length + t] = ids[t] ?? 0;
      targets[row * length + t] = ids[t + 1] ?? 0;
    }
  });
  return {
    rows: sequences.length,
    length,
    inputIds,
    targets,
    weights: pack(sequences.map(({ weights }) => weights)),
    policy: sequences.every(({ policy }) => policy !== undefined)
      ? {
          advantages: pack(sequences.map(({ policy }) => policy?.advantages)),
          oldLogprobs: pack(sequences.map(({ policy }) => policy?.oldLogprobs)),
          referenceLogprobs: pack(sequences.map(({ policy }) => policy?.referenceLogprobs)),
        }
      : null,
  };
}
