import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLazySandbox } from '../../src/reward/lazy-sandbox.js';
import { withoutSandbox } from '../../src/reward/sandbox.js';

const job = { code: 'def f():\n    pass', functionName: null, setup: '', test: 'target()' };
const never = new AbortController().signal;

test('a sandbox that nobody needs is never started', async () => {
  let starts = 0;
  const create = () => {
    starts += 1;
    return Promise.resolve(withoutSandbox('none'));
  };
  const lazy = createLazySandbox({ create, onUnavailable: () => undefined });
  await lazy.stop();
  await lazy.stop();
  const outcome = await lazy.check(job, never);
  assert.deepEqual(outcome, { outcome: 'unavailable', reason: 'the sandbox has stopped' });
  assert.equal(starts, 0);
});

test('it is started once, and says once that nothing can be run', async () => {
  let starts = 0;
  const told: string[] = [];
  const lazy = createLazySandbox({
    create: () => {
      starts += 1;
      return Promise.resolve(withoutSandbox('bwrap was not found'));
    },
    onUnavailable: (reason) => told.push(reason),
  });
  const outcomes = await Promise.all([lazy.check(job, never), lazy.check(job, never)]);
  assert.deepEqual(new Set(outcomes.map(({ outcome }) => outcome)), new Set(['unavailable']));
  assert.equal(starts, 1);
  assert.deepEqual(told, ['bwrap was not found']);
  await lazy.stop();
});
