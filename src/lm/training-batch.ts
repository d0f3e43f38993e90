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

/** All arrays are [rows, length], row-major; entry t of a row is about predicting targets[t] after inputIds[0..t] of its sequence. */
export interface TrainingBatch {
  readonly rows: number;
  readonly length: number;
  readonly inputIds: Int32Array;
  readonly targets: Int32Array;
  readonly weights: Float32Array;
  readonly policy: PolicyData<Float32Array> | null;
  /** Where the entries of each sequence begin in the arrays; it has one fewer than its ids. */
  readonly starts: readonly number[];
  /** Entry at which the token's sequence begins, counted in its row; null where each row holds one sequence. */
  readonly sequenceStarts: Int32Array | null;
}

interface BatchOptions {
  /**
   * Puts several sequences in one row of this length, at most the model's positions. They do not see each other, and the result is that of rows of their own, in fewer
   * padded tokens; but attention is computed over the whole row, so it pays only where rows of equal lengths are hard to find.
   */
  readonly packTo?: number;
}

/**
 * Shifts by one and pads at the right with weight 0, which a causal decoder never looks at.
 * @throws PurpgateError `internal_error` when a sequence is too short, does not fit in `packTo`, or its weights differ in length.
 */
export function createBatch(sequences: readonly TrainingSequence[], { packTo }: BatchOptions = {}): TrainingBatch {
  const longest = sequences.reduce((most, { ids }) => Math.max(most, ids.length - 1), 0);
  const length = packTo ?? longest;
  if (sequences.some(({ ids, weights }) => ids.length < 2 || weights.length !== ids.length) || longest > length)
    throw new PurpgateError('internal_error', {
      message: `a training sequence is too short, longer than ${length}, or its weights differ in length`,
    });
  const starts = packTo === undefined ? sequences.map((_sequence, row) => row * length) : packed(sequences, packTo);
  const rows = starts.reduce((most, start) => Math.max(most, Math.floor(start / length) + 1), 0);
  const size = rows * length;
  const shifted = (valuesOf: (sequence: TrainingSequence) => ArrayLike<number> | undefined): Float32Array => {
    const target = new Float32Array(size);
    sequences.forEach((sequence, index) => {
      copyShifted(target, starts[index] ?? 0, valuesOf(sequence) ?? []);
    });
    return target;
  };
  const inputIds = new Int32Array(size);
  const targets = new Int32Array(size);
  for (const [index, { ids }] of sequences.entries()) {
    const start = starts[index] ?? 0;
    for (let t = 0; t + 1 < ids.length; t += 1) inputIds[start + t] = ids[t] ?? 0;
    copyShifted(targets, start, ids);
  }
  return {
    rows,
    length,
    inputIds,
    targets,
    weights: shifted(({ weights }) => weights),
    policy: sequences.every(({ policy }) => policy !== undefined)
      ? {
          advantages: shifted(({ policy }) => policy?.advantages),
          oldLogprobs: shifted(({ policy }) => policy?.oldLogprobs),
          referenceLogprobs: shifted(({ policy }) => policy?.referenceLogprobs),
        }
      : null,
    starts,
    sequenceStarts: packTo === undefined ? null : sequenceStarts(sequences, starts, { rows, length }),
  };
}

/** target[start + t] = values[t + 1]. By index: slices of plain arrays cost more than the copy. */
function copyShifted(target: Float32Array | Int32Array, start: number, values: ArrayLike<number>): void {
  for (let t = 1; t < values.length; t += 1) target[start + t - 1] = values[t] ?? 0;
}

/** Where each sequence begins: the longest first, each in the first row with room. */
function packed(sequences: readonly TrainingSequence[], length: number): number[] {
  const used: number[] = [];
  const starts = new Array<number>(sequences.length).fill(0);
  const order = [...sequences.keys()].sort((a, b) => entries(sequences[b]) - entries(sequences[a]));
  for (const index of order) {
    const needed = entries(sequences[index]);
    const found = used.findIndex((taken) => taken + needed <= length);
    const row = found < 0 ? used.length : found;
    starts[index] = row * length + (used[row] ?? 0);
    used[row] = (used[row] ?? 0) + needed;
  }
  return starts;
}

const entries = (sequence: TrainingSequence | undefined): number => (sequence?.ids.length ?? 1) - 1;

/** Padding is a sequence of its own, one token each: it sees itself, and nobody sees it. */
function sequenceStarts(
  sequences: readonly TrainingSequence[],
  starts: readonly number[],
  { rows, length }: { readonly rows: number; readonly length: number },
): Int32Array {
  const result = Int32Array.from({ length: rows * length }, (_unused, index) => index % length);
  for (const [index, start] of starts.entries()) result.fill(start % length, start, start + entries(sequences[index]));
  return result;
}
