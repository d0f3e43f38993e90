import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Candidate, choose } from '../../../src/engine/upstream/balancer.js';

const idle = (ids: readonly string[], weight = 1): Candidate[] => ids.map((id) => ({ id, weight, outstanding: 0 }));
const conversations = Array.from({ length: 1000 }, (_, index) => `conversation ${index}`);
const homes = (candidates: readonly Candidate[]) =>
  conversations.map((affinity) => choose(candidates, { tokens: 1, affinity })?.id);

describe('the balancer', () => {
  test('gives requests without a conversation to the fewest outstanding tokens for the weight', () => {
    const candidate = (id: string, weight: number, outstanding: number) => ({ id, weight, outstanding });
    const pick = (...candidates: Candidate[]) => choose(candidates, { tokens: 10, affinity: undefined })?.id;
    assert.equal(pick(candidate('a', 1, 50), candidate('b', 1, 40), candidate('c', 1, 60)), 'b');
    assert.equal(pick(candidate('a', 3, 90), candidate('b', 1, 40)), 'a');
    assert.equal(choose([], { tokens: 10, affinity: 'x' }), null);
  });

  test('keeps a conversation where it is when another upstream goes, and moves a fair share when one comes', () => {
    const before = homes(idle(['a', 'b', 'c']));
    const without = homes(idle(['a', 'b']));
    const moved = before.filter((home, at) => home !== without[at]);
    assert.ok(moved.every((home) => home === 'c'));
    assert.ok(moved.length > 250 && moved.length < 416, `${moved.length} of 1000 moved`);
  });

  test('shares conversations by weight', () => {
    const given = homes([
      { id: 'a', weight: 3, outstanding: 0 },
      { id: 'b', weight: 1, outstanding: 0 },
    ]);
    const share = given.filter((id) => id === 'a').length / given.length;
    assert.ok(Math.abs(share - 0.75) < 0.05, `share ${share}`);
  });

  test('never loads an upstream beyond its bound for the sake of a conversation', () => {
    const loads = fc.array(fc.record({ weight: fc.integer({ min: 1, max: 5 }), outstanding: fc.nat(100_000) }), {
      minLength: 2,
      maxLength: 6,
    });
    fc.assert(
      fc.property(loads, fc.integer({ min: 1, max: 5000 }), fc.string(), (list, tokens, affinity) => {
        const candidates = list.map((load, index) => ({ ...load, id: `upstream ${index}` }));
        const chosen = choose(candidates, { tokens, affinity });
        assert.ok(chosen !== null);
        const total = (pick: (each: Candidate) => number) => candidates.reduce((sum, each) => sum + pick(each), 0);
        const share = (total(({ outstanding }) => outstanding) + tokens) / total(({ weight }) => weight);
        assert.ok(chosen.outstanding <= Math.max(1.25 * share * chosen.weight, 8192));
      }),
    );
  });
});
