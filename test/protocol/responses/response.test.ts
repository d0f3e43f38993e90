import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { PurpgateError } from '../../../src/errors.js';
import type { ResponseObject } from '../../../src/protocol/wire.js';
import { CODEX_FIRST, COPILOT } from './bodies.js';
import {
  calls,
  finish,
  ID,
  IDENTITY,
  judged,
  PLAIN,
  say,
  SCHEMA,
  single,
  stream,
  textOf,
  textsByDelta,
  think,
  timeless,
  USAGE,
  whole,
} from './support.js';

describe('a response', () => {
  test('says the same whole and streamed, whatever the Deltas', () => {
    fc.assert(
      fc.property(single, fc.constantFrom(PLAIN, CODEX_FIRST), (deltas, body) => {
        const response = whole(deltas, body);
        const events = stream(deltas, body);
        assert.deepEqual(timeless(events.at(-1)?.response), timeless(response));
        const done = events.filter(({ type }) => type === 'response.output_item.done').map(({ item }) => item);
        assert.deepEqual(done, response.output);
        assert.deepEqual(
          textsByDelta(events),
          response.output.map((item) => [item.id, textOf(item)]),
        );
      }),
    );
  });

  test('has every field, also those that the request says nothing about', () => {
    const { completed_at, ...response } = whole([say('a'), finish(), USAGE]);
    assert.ok(typeof completed_at === 'number' && completed_at > IDENTITY.created);
    assert.deepEqual(response, {
      id: `resp_${ID}`,
      object: 'response',
      created_at: 1700000000,
      status: 'completed',
      incomplete_details: null,
      error: null,
      model: 'purp"nano',
      previous_response_id: null,
      instructions: null,
      output: [
        {
          type: 'message',
          id: `msg_${ID}_0`,
          status: 'completed',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'a', annotations: [], logprobs: [] }],
        },
      ],
      tools: [],
      tool_choice: 'auto',
      truncation: 'disabled',
      parallel_tool_calls: true,
      text: { format: { type: 'text' } },
      temperature: 1,
      top_p: 1,
      presence_penalty: 0,
      frequency_penalty: 0,
      top_logprobs: 0,
      reasoning: { effort: null, summary: null },
      usage: {
        input_tokens: 3,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens: 2,
        output_tokens_details: { reasoning_tokens: 1 },
        total_tokens: 5,
      },
      max_output_tokens: null,
      max_tool_calls: null,
      store: false,
      background: false,
      service_tier: 'default',
      metadata: {},
      safety_identifier: null,
      prompt_cache_key: null,
      user: null,
      purpgate: { interaction_id: ID, version: 'purp@0123456789ab', verdicts: [] },
    });
  });

  test('gives back what the request said, but no tool that was not offered', () => {
    const response = whole([say('a'), finish(), USAGE], { ...CODEX_FIRST, metadata: { a: '1' } });
    assert.deepEqual(
      response.tools.map(({ type }) => type),
      ['function', 'custom', 'namespace'],
    );
    const { parallel_tool_calls, prompt_cache_key, reasoning, metadata } = response;
    assert.deepEqual(
      [parallel_tool_calls, prompt_cache_key, reasoning, metadata],
      [false, 'thread-1', { effort: null, summary: 'auto' }, { a: '1' }],
    );
    const [tool] = whole([say('a'), finish(), USAGE], COPILOT).tools;
    assert.deepEqual([tool?.description, tool?.strict], [null, null]);
  });

  test('calls tools by the names that the client gave them', () => {
    const { output } = whole([...calls('agents__shell', '{"a"', ':1}'), finish('tool_calls'), USAGE], CODEX_FIRST);
    assert.deepEqual(output, [
      {
        type: 'function_call',
        id: `fc_${ID}_0`,
        call_id: 'c1',
        name: 'shell',
        namespace: 'agents',
        arguments: '{"a":1}',
        status: 'completed',
      },
    ]);
    const [plain] = whole([...calls('shell', '{}'), finish('tool_calls'), USAGE], CODEX_FIRST).output;
    assert.ok(plain?.type === 'function_call' && !('namespace' in plain));
  });

  test('gives the input of a custom tool as text, and what the model wrote where it wrote no such call', () => {
    const input = (...pieces: readonly string[]) => {
      const deltas = [...calls('apply_patch', ...pieces), finish('tool_calls'), USAGE];
      const [item] = whole(deltas, CODEX_FIRST).output;
      assert.ok(item?.type === 'custom_tool_call');
      assert.equal(item.id, `ctc_${ID}_0`);
      return item.input;
    };
    assert.equal(input('{"inp', 'ut":"*** \\', 'n\\u00e9"}'), '*** \né');
    assert.equal(input('{"input":"*** Be'), '{"input":"*** Be');
    assert.equal(input('*** Begin'), '*** Begin');
    assert.equal(input('{"input":1}'), '{"input":1}');
  });

  test('gives JSON as arguments of a tool that takes none', () => {
    const deltas = [...calls('f'), finish('tool_calls'), USAGE];
    const [item] = whole(deltas).output;
    assert.ok(item?.type === 'function_call');
    assert.equal(item.arguments, '{}');
  });

  test('is incomplete when it was cut, as its last item is', () => {
    const deltas = [say('a'), ...calls('f', '{"a'), finish('length'), USAGE];
    const response = whole(deltas);
    assert.deepEqual(
      [response.status, response.incomplete_details, response.completed_at],
      ['incomplete', { reason: 'max_output_tokens' }, null],
    );
    assert.deepEqual(
      response.output.map((item) => (item.type === 'reasoning' ? '' : item.status)),
      ['completed', 'incomplete'],
    );
    assert.equal(stream(deltas).at(-1)?.type, 'response.incomplete');
  });

  test('shows reasoning as a summary, with an opaque string for who asks', () => {
    const deltas = [think('h'), think('m'), say('a'), finish(), USAGE];
    const summary = [{ type: 'summary_text', text: 'hm' }];
    assert.deepEqual(whole(deltas).output[0], { type: 'reasoning', id: `rs_${ID}_0`, summary });
    const [asked] = whole(deltas, CODEX_FIRST).output;
    assert.ok(asked?.type === 'reasoning' && (asked.encrypted_content ?? '') !== '');
    const types = stream(deltas).map(({ type }) => type);
    assert.deepEqual(types.slice(2, 9), [
      'response.output_item.added',
      'response.reasoning_summary_part.added',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done',
      'response.reasoning_summary_part.done',
      'response.output_item.done',
    ]);
  });

  test('is one empty message when nothing was said', () => {
    const [item, ...more] = whole([finish(), USAGE]).output;
    assert.ok(item?.type === 'message' && more.length === 0);
    assert.equal(textOf(item), '');
  });

  test('is an ordinary completed message when it was blocked, and tells the verdict', () => {
    const deltas = [judged('block', 'input'), say('Withheld.'), finish(), USAGE];
    const response = whole(deltas);
    assert.equal(response.status, 'completed');
    assert.deepEqual(response.output[0]?.type === 'message' && response.output[0].content, [
      { type: 'output_text', text: 'Withheld.', annotations: [], logprobs: [] },
    ]);
    assert.equal(response.purpgate.verdicts[0]?.action, 'block');
    assert.equal(stream(deltas)[0]?.response.purpgate.verdicts[0]?.action, 'block');
  });

  test('refuses to who asked for json_schema, in a stream from the verdict on', () => {
    const deltas = [say('{"a":'), judged('block'), say('Withheld.'), finish(), USAGE];
    const parts = (response: ResponseObject | undefined) =>
      response?.output.flatMap((item) => (item.type === 'message' ? item.content.map(({ type }) => type) : []));
    assert.deepEqual(parts(whole(deltas, SCHEMA)), ['refusal']);
    const events = stream(deltas, SCHEMA);
    assert.deepEqual(parts(events.at(-1)?.response), ['output_text', 'refusal']);
    assert.ok(events.some(({ type, delta }) => type === 'response.refusal.delta' && delta === 'Withheld.'));
    assert.deepEqual(parts(whole([say('{}'), finish(), USAGE], SCHEMA)), ['output_text']);
  });

  test('is an error when the answer has no finish or no usage', () => {
    const isInternal = (error: unknown) => error instanceof PurpgateError && error.code === 'internal_error';
    assert.throws(() => whole([say('a'), finish()]), isInternal);
    assert.throws(() => whole([say('a'), USAGE]), isInternal);
    assert.throws(() => stream([say('a')]), isInternal);
  });
});
