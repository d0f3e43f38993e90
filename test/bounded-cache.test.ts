import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BoundedCache } from '../src/bounded-cache.js';

describe('BoundedCache', () => {
  test('forgets what was used least recently, and nothing else', () => {
    const cache = new BoundedCache<number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    assert.equal(cache.get('a'), 1);
    cache.set('c', 3);
    assert.deepEqual([cache.get('a'), cache.get('b'), cache.get('c')], [1, undefined, 3]);
  });

  test('replaces a value in place', () => {
    const cache = new BoundedCache<number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    cache.set('a', 3);
    assert.deepEqual([cache.get('a'), cache.get('b')], [3, 2]);
    cache.delete('a');
    assert.equal(cache.get('a'), undefined);
  });
});
