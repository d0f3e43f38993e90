import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { joined } from '../../../src/engine/upstream/joined.js';
import type { Delta } from '../../../src/types.js';

const text = (value: string, choice = 0): Delta => ({ type: 'text', choice, text: value });
const args = (value: string, index = 0): Delta => ({ type: 'tool_args', choice: 0, index, text: value });
const reasoning = (value: string): Delta => ({ type: 'reasoning', choice: 0, text: value });
const finish: Delta = { type: 'finish', choice: 0, reason: 'stop' };

describe('joined Deltas', () => {
  test('hold the text of those that go on with the one before', () => {
    assert.deepEqual(
      [...joined([reasoning('a'), reasoning('b'), text('c'), text('d'), text('e'), finish])],
      [reasoning('ab'), text('cde'), finish],
    );
    assert.deepEqual([...joined([args('{'), args('}'), text('a')])], [args('{}'), text('a')]);
  });

  test('are not joined over choices, calls, or what stands between them', () => {
    const apart = [text('a'), text('b', 1), text('c'), args('d'), args('e', 1), finish, text('f')];
    assert.deepEqual([...joined(apart)], apart);
  });

  test('are not joined where tokens ride on them: what is withheld takes the tokens of its piece along', () => {
    const tokens = { ids: [1], logprobs: [-1] };
    const logprobs = [{ token: 'b', bytes: [98], logprob: -1, alternatives: [] }];
    const apart: Delta[] = [
      { type: 'text', choice: 0, text: 'a', tokens },
      { type: 'text', choice: 0, text: 'b', logprobs },
      text('c'),
    ];
    assert.deepEqual([...joined(apart)], apart);
  });

  test('are all given before what ends them is thrown', () => {
    function* broken(): Generator<Delta> {
      yield text('a');
      yield text('b');
      throw new Error('out of memory');
    }
    const read: Delta[] = [];
    assert.throws(() => {
      for (const delta of joined(broken())) read.push(delta);
    }, /out of memory/);
    assert.deepEqual(read, [text('ab')]);
  });
});
