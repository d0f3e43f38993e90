/** What a training graph reads of a batch: its arrays, positions and mask. */
import { PurpgateError } from '../errors.js';
import { causalMask, sequenceMask } from './inference-graph.js';
import { float32, int32, int64, type Feeds, type Tensor } from './runtime.js';
import type { TrainingBatch } from './training-batch.js';
import type { TrainingGraph } from './training-graph.js';

/** `groups`: query heads per key/value head. @throws PurpgateError `internal_error` when the loss needs data that the batch lacks. */
export function batchFeeds(batch: TrainingBatch, graph: TrainingGraph, groups: number): Feeds {
  const { rows, length, policy, sequenceStarts } = batch;
  const dims = [rows, length];
  const feeds: Record<string, Tensor> = {
    input_ids: int32(batch.inputIds, dims),
    targets: int32(batch.targets, dims),
    weights: float32(batch.weights, dims),
    positions: int64(positionsOf(batch), dims),
    mask: sequenceStarts === null ? causalMask(length, groups) : sequenceMask(sequenceStarts, { rows, length, groups }),
  };
  if (!graph.inputs.includes('advantages')) return feeds;
  if (policy === null)
    throw new PurpgateError('internal_error', { message: 'the batch has no data for a policy loss' });
  feeds['advantages'] = float32(policy.advantages, dims);
  feeds['old_logprobs'] = float32(policy.oldLogprobs, dims);
  if (graph.inputs.includes('reference_logprobs'))
    feeds['reference_logprobs'] = float32(policy.referenceLogprobs, dims);
  return feeds;
}

/** Position of each token in its sequence, [rows, length]. */
function positionsOf({ rows, length, sequenceStarts }: TrainingBatch): BigInt64Array {
  const positions = new BigInt64Array(rows * length);
  for (let index = 0; index < positions.length; index += 1)
    positions[index] = BigInt((index % length) - (sequenceStarts?.[index] ?? 0));
  return positions;
}
