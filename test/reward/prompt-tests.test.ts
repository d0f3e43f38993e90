import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { testsFrom, testsIn } from '../../src/reward/prompt-tests.js';

const found = (text: string) => testsIn([{ role: 'user', text }]);

describe('the tests of a prompt', () => {
  test('are assertions that call something, fenced, in a list or bare', () => {
    assert.deepEqual(found('It must pass\nassert f(1) == 2\n- `assert f(2) == 3`'), {
      scripts: ['assert f(1) == 2\nassert f(2) == 3'],
      sessions: [],
    });
    assert.deepEqual(found('```python\nx = 1\nassert f(x) == 2\n```')?.scripts, ['x = 1\nassert f(x) == 2\n']);
    assert.equal(found('```\ndef test_f():\n    assert f(1) == 2\n```')?.scripts.length, 1);
  });

  test('are sessions of the interpreter, with what they show', () => {
    assert.deepEqual(found('>>> f(1)\n2\n>>> for i in range(2):\n...     f(i)\n0\n1\n\nThanks')?.sessions, [
      [
        { source: 'f(1)', want: '2\n' },
        { source: 'for i in range(2):\n    f(i)', want: '0\n1\n' },
      ],
    ]);
  });

  test('are not what a program asserts inside, what is talked about, or another language', () => {
    for (const text of [
      'Write f.',
      'I assert that f(1) is 2.',
      '```python\ndef f(x):\n    assert check(x)\n```',
      '```ruby\nassert(f(1) == 2);\n```',
      '>>> import os',
    ])
      assert.equal(found(text), null, text);
  });

  test('are those of the last turn of the user', () => {
    const turns = [
      { role: 'user' as const, text: 'assert f(1) == 2' },
      { role: 'assistant' as const, text: 'assert g(1) == 2' },
      { role: 'user' as const, text: 'Shorter, please.' },
    ];
    assert.equal(testsIn(turns), null);
    assert.notEqual(testsIn(turns.slice(0, 2)), null);
  });

  test('may be given beside the prompt', () => {
    assert.equal(testsFrom([' ']), null);
    assert.deepEqual(testsFrom(['assert f(1)', '>>> f(1)\n2'])?.scripts, ['assert f(1)']);
  });

  test('are looked for in any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        const tests = found(text);
        assert.ok(tests === null || tests.scripts.length + tests.sessions.length > 0);
      }),
    );
  });
});
