import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBatch } from '../../src/lm/training-batch.js';
import { batchFeeds } from '../../src/lm/training-feeds.js';
import { buildTrainingGraph } from '../../src/lm/training-graph.js';
import { tinyConfig } from '../support/tiny-decoder.js';

const graph = buildTrainingGraph(tinyConfig, {
  trainable: { type: 'all' },
  loss: { type: 'supervised' },
  pass: 'forward',
});
const sequences = [3, 4].map((length) => ({
  ids: new Array<number>(length).fill(1),
  weights: new Array(length).fill(1),
}));
/** What each token sees, as the mask's lines. */
const seen = (mask: ArrayLike<unknown>, length: number): string[] =>
  Array.from({ length: mask.length / length }, (_unused, line) =>
    Array.from({ length }, (_entry, column) => (mask[line * length + column] === 0 ? 'x' : '.')).join(''),
  );

test('positions restart, and the mask is a triangle, for each sequence of a row', () => {
  const feeds = batchFeeds(createBatch(sequences, { packTo: 6 }), graph, 1);
  assert.deepEqual(feeds['positions']?.data, BigInt64Array.of(0n, 1n, 2n, 0n, 1n, 0n));
  assert.deepEqual(feeds['mask']?.dims, [1, 1, 6, 6]);
  assert.deepEqual(seen(feeds['mask'].data, 6), ['x.....', 'xx....', 'xxx...', '...x..', '...xx.', '.....x']);
});

test('rows of one sequence share positions from 0 and one causal mask, repeated for each group of heads', () => {
  const feeds = batchFeeds(createBatch(sequences), graph, 2);
  assert.deepEqual(feeds['positions']?.data, BigInt64Array.of(0n, 1n, 2n, 0n, 1n, 2n));
  assert.deepEqual(feeds['mask']?.dims, [1, 1, 6, 3]);
  assert.deepEqual(seen(feeds['mask'].data, 3), ['x..', 'xx.', 'xxx', 'x..', 'xx.', 'xxx']);
});
