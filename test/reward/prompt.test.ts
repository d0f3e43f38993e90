import assert from 'node:assert/strict';
import { test } from 'node:test';
import { promptTurns } from '../../src/reward/prompt.js';

test('reads text, parts and empty content', () => {
  assert.deepEqual(
    promptTurns([
      { role: 'developer', content: 'a' },
      {
        role: 'user',
        content: [{ type: 'text', text: 'b' }, { type: 'image_url' }, { type: 'text', text: 'c' }, null],
      },
      { role: 'assistant', content: null, tool_calls: [] },
      { role: 'tool', content: 'd', tool_call_id: '1' },
    ]),
    [
      { role: 'system', text: 'a' },
      { role: 'user', text: 'bc' },
      { role: 'assistant', text: '' },
      { role: 'tool', text: 'd' },
    ],
  );
});

test('refuses an unknown role and content that is no text', () => {
  assert.throws(() => promptTurns([{ role: 'god', content: '' }]), /message 0: role/);
  assert.throws(() => promptTurns([{ role: 'user', content: 1 }]), /message 0: content/);
  assert.throws(() => promptTurns([{ role: 'user', content: { text: 'x' } }]), /message 0: content/);
});
