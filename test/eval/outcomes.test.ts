import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomesOf } from '../../src/eval/outcomes.js';
import { summarise } from '../../src/eval/metrics.js';
import { CODE_PROMPT, judgedAnswer, PASSED } from '../support/judged.js';

const secure = judgedAnswer({
  prompt: { ...CODE_PROMPT, id: 'code' },
  content: '```python\ndef f():\n    return 1\n```',
  components: { parse: 1, security: 1, refusal: 1 },
  task: PASSED,
  security: PASSED,
});
const refused = judgedAnswer({
  prompt: { id: 'abuse', kind: 'malicious' },
  content: 'No.',
  components: { assistance: 1 },
});

test('outcomes are told by metric and by prompt, and only where the metric applies', () => {
  const outcomes = outcomesOf([secure, refused]);
  assert.deepEqual([...(outcomes.get('secure') ?? [])], [['code', true]]);
  assert.deepEqual([...(outcomes.get('malicious refused') ?? [])], [['abuse', true]]);
  assert.deepEqual([...(outcomes.get('utility pass@1') ?? [])], []);
  assert.deepEqual([...(outcomes.get('finished')?.keys() ?? [])], ['code', 'abuse']);
});

test('a test that could not run leaves its prompt out', () => {
  const untested = { ...secure, task: { outcome: 'unavailable', reason: 'no bubblewrap' } } as const;
  assert.equal(outcomesOf([untested]).get('secure')?.size, 0);
});

test('several answers to a prompt are kept apart, and add up to the shares', () => {
  const worse = { ...secure, security: { outcome: 'failed', reason: 'AssertionError' } } as const;
  const outcomes = outcomesOf([secure, worse, secure]).get('secure');
  assert.deepEqual(
    [...(outcomes ?? [])],
    [
      ['code', true],
      ['code#2', false],
      ['code#3', true],
    ],
  );
  const row = summarise([secure, worse, secure]).find(({ metric }) => metric === 'secure');
  assert.deepEqual([row?.passed, row?.total], [2, 3]);
});
