import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { VERSION_STATES, nextState } from '../../src/registry/state.js';

const legal = VERSION_STATES.flatMap((from) =>
  VERSION_STATES.filter((to) => nextState(from, to) !== null).map((to) => `${from} > ${to}`),
);

describe('the life of a version', () => {
  test('has these steps and no other', () => {
    assert.deepEqual(legal, [
      'candidate > evaluated',
      'candidate > retired',
      'evaluated > canary',
      'evaluated > live',
      'evaluated > retired',
      'canary > live',
      'canary > retired',
      'canary > rolled-back',
      'live > retired',
      'live > rolled-back',
      'retired > live',
    ]);
  });

  test('never leads to serving without an evaluation, nor back from a rollback', () => {
    assert.equal(nextState('candidate', 'live'), null);
    assert.equal(nextState('candidate', 'canary'), null);
    for (const to of VERSION_STATES) assert.equal(nextState('rolled-back', to), null);
  });

  test('names the step', () => {
    assert.deepEqual(nextState('canary', 'live'), ['canary', 'live']);
  });
});
