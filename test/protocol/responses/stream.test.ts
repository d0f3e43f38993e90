import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { PurpgateError, type ErrorCode } from '../../../src/errors.js';
import type { Delta } from '../../../src/types.js';
import { call, finish, IDENTITY, PLAIN, read, say, single, stream, USAGE } from './support.js';

describe('the stream of a response', () => {
  test('begins with created and in_progress, counts its events, and frames every item and part', () => {
    fc.assert(
      fc.property(single, (deltas) => {
        const events = stream(deltas);
        assert.deepEqual(
          events.map((event) => event.sequence_number),
          events.map((_, index) => index),
        );
        assert.deepEqual(
          events.slice(0, 2).map(({ type, response }) => [type, response.output, response.status]),
          ['response.created', 'response.in_progress'].map((type) => [type, [], 'in_progress']),
        );
        assert.match(events.at(-1)?.type ?? '', /^response\.(completed|incomplete)$/);
        let open: { readonly id: string; parts: number } | null = null;
        for (const { type, item, item_id, output_index } of events.slice(2, -1)) {
          if (type === 'response.output_item.added' && item !== undefined) {
            assert.equal(open, null);
            open = { id: item.id, parts: 0 };
          }
          assert.equal(typeof output_index, 'number');
          assert.equal(item === undefined ? item_id : item.id, open?.id);
          if (type.endsWith('_part.added')) open = { id: item_id, parts: (open?.parts ?? 0) + 1 };
          if (type.endsWith('_part.done')) open = { id: item_id, parts: (open?.parts ?? 0) - 1 };
          if (type !== 'response.output_item.done') continue;
          assert.equal(open?.parts, 0);
          open = null;
        }
        assert.equal(open, null);
      }),
    );
  });

  test('tells the events of a text in the order that every SDK expects', () => {
    assert.deepEqual(
      stream([{ type: 'prompt', promptTokens: 3 }, say('a'), say(''), say('b'), finish(), USAGE]).map(
        ({ type, delta }) => (delta === undefined ? type : `${type} ${delta}`),
      ),
      [
        'response.created',
        'response.in_progress',
        'response.output_item.added',
        'response.content_part.added',
        'response.output_text.delta a',
        'response.output_text.delta b',
        'response.output_text.done',
        'response.content_part.done',
        'response.output_item.done',
        'response.completed',
      ],
    );
  });

  test('fails with a code that says whether to try again, after the events that must come first', () => {
    const fail = (code: ErrorCode, ...deltas: readonly Delta[]) => {
      const encoder = call(PLAIN).stream(IDENTITY);
      for (const delta of deltas) encoder.encode(delta);
      const text = encoder.fail(new PurpgateError(code, { message: 'inner' }));
      assert.ok(!text.includes('inner') && !text.includes('[DONE]'));
      return read(text);
    };
    const events = fail('context_length_exceeded');
    assert.deepEqual(
      events.map(({ type }) => type),
      ['response.created', 'response.in_progress', 'response.failed'],
    );
    const { status, error } = events[2]?.response ?? {};
    assert.deepEqual([status, error?.code], ['failed', 'context_length_exceeded']);
    const code = (of: ErrorCode) => fail(of, say('a')).at(-1)?.response.error?.code;
    assert.deepEqual(
      (['content_policy_violation', 'rate_limit_exceeded', 'upstream_error', 'invalid_request'] as const).map(code),
      ['content_policy_violation', 'rate_limit_exceeded', 'server_error', 'invalid_prompt'],
    );
    assert.equal(fail('internal_error', say('a')).length, 1);
  });
});
