/** Streams of Anthropic's Messages and of OpenAI's Responses as servers really send them, cut at every byte. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { GenerateRequest } from '../../../src/engine/engine.js';
import type { WireName } from '../../../src/engine/upstream/pools.js';
import { SseParser } from '../../../src/engine/upstream/sse.js';
import { WIRES } from '../../../src/engine/upstream/wires.js';
import type { Delta, JsonObject } from '../../../src/types.js';
import { checkOrder, engineRequest, textOf } from '../../contracts/engine.js';
import { textDeltas, toolDeltas } from '../../support/scripted-upstream.js';
import { encoderOf, typedEvent } from '../../support/upstream-events.js';

type Foreign = Exclude<WireName, 'openai-chat'>;

const PATHS: Readonly<Record<Foreign, string>> = {
  'anthropic-messages': '/messages',
  'openai-responses': '/responses',
};
const FOREIGN = ['anthropic-messages', 'openai-responses'] as const;

function read(wire: WireName, pieces: readonly Uint8Array[], request: GenerateRequest): Delta[] {
  const reader = WIRES[wire].reader(request, null);
  const parser = new SseParser();
  const events = pieces.flatMap((piece) => parser.push(piece));
  const deltas = [...events, ...parser.end()].flatMap((event) => (reader.isDone ? [] : reader.read(event)));
  return [...deltas, ...reader.end()];
}

/** The same however the bytes are cut. */
function run(wire: WireName, stream: string, request = engineRequest()): Delta[] {
  const bytes = new TextEncoder().encode(stream);
  const whole = read(wire, [bytes], request);
  for (let at = 1; at < bytes.length; at++)
    assert.deepEqual(read(wire, [bytes.subarray(0, at), bytes.subarray(at)], request), whole, `cut at byte ${at}`);
  assert.deepEqual(
    read(
      wire,
      Array.from(bytes, (byte) => Uint8Array.of(byte)),
      request,
    ),
    whole,
  );
  checkOrder(whole, 1);
  return whole;
}

function encoded(wire: Foreign, deltas: readonly Delta[]): string {
  const encoder = encoderOf(PATHS[wire]);
  return deltas.map((delta) => encoder.encode(delta)).join('') + encoder.end();
}

const USAGE: Delta = {
  type: 'usage',
  usage: { promptTokens: 12, completionTokens: 7, reasoningTokens: 0, cachedTokens: 4 },
};
const finish = (reason: 'stop' | 'length' | 'tool_calls'): Delta => ({ type: 'finish', choice: 0, reason });
const reasonOf = (deltas: readonly Delta[]) => deltas.find((delta) => delta.type === 'finish')?.reason;
const argumentsOf = (deltas: readonly Delta[], index = 0) =>
  deltas.map((delta) => (delta.type === 'tool_args' && delta.index === index ? delta.text : '')).join('');
const startsOf = (deltas: readonly Delta[]) => deltas.filter(({ type }) => type === 'tool_start').length;
const failsWith = (wire: WireName, stream: string, expected: object = {}) => {
  const error = { code: 'upstream_error', ...expected };
  assert.throws(() => read(wire, [new TextEncoder().encode(stream)], engineRequest()), error);
};

for (const wire of FOREIGN)
  describe(`${wire} reads`, () => {
    const tool = { name: 'write', arguments: '{"path":"é.py","content":"x = \\"🙂\\"\\n"}' };

    test('thoughts, text, calls, usage and ends', () => {
      const said: Delta[] = [
        ...textDeltas('hm', { channel: 'reasoning' }),
        ...textDeltas('é 日本 🙂', { size: 2 }),
        ...toolDeltas(tool, { size: 9 }),
        finish('tool_calls'),
        USAGE,
      ];
      const deltas = run(wire, encoded(wire, said));
      assert.deepEqual(
        deltas.filter(({ type }) => type !== 'prompt'),
        said,
      );
    });

    test('a call that max_tokens cut short as `length`, whatever the server says', () => {
      const cut = toolDeltas({ name: 'f', arguments: '{"x": "unfin' });
      for (const reason of ['length', 'tool_calls'] as const)
        assert.equal(reasonOf(run(wire, encoded(wire, [...cut, finish(reason), USAGE]))), 'length');
    });

    test('text that max_tokens cut short as `length`, and calls without arguments as {}', () => {
      assert.equal(reasonOf(run(wire, encoded(wire, [...textDeltas('a'), finish('length'), USAGE]))), 'length');
      const call = toolDeltas({ name: 'ls', arguments: '' });
      assert.equal(argumentsOf(run(wire, encoded(wire, [...call, finish('tool_calls'), USAGE]))), '{}');
    });

    test('the first call alone where no more than one is allowed', () => {
      const calls = [...toolDeltas(tool), ...toolDeltas({ name: 'ls', arguments: '{}', index: 1 })];
      const stream = encoded(wire, [...calls, finish('tool_calls'), USAGE]);
      assert.equal(startsOf(run(wire, stream)), 2);
      assert.equal(startsOf(run(wire, stream, engineRequest({}, { toolCalls: 'single' }))), 1);
    });

    test('an error in mid-stream, a stream that breaks off and [DONE] in place of the end as failures', () => {
      const encoder = encoderOf(PATHS[wire]);
      const begun = textDeltas('begin')
        .map((delta) => encoder.encode(delta))
        .join('');
      failsWith(wire, begun);
      failsWith(wire, `${begun}data: [DONE]\n\n`);
      failsWith(wire, `${begun}data: {"ty`);
      failsWith(wire, `${begun}data: {"error":{"message":"boom"}}\n\n`, { message: /boom/ });
      failsWith(wire, begun + typedEvent('error', { error: { type: 'overloaded_error', message: 'Overloaded' } }), {
        message: /Overloaded/,
      });
      failsWith(wire, begun + typedEvent('error', { code: 'server_error', message: 'boom' }), { message: /boom/ });
      const long = { message: 'prompt is too long: 9 tokens > 8 maximum' };
      failsWith(wire, typedEvent('error', { error: long }), { code: 'context_length_exceeded' });
    });

    test('nothing after the end', () => {
      const stream = encoded(wire, [...textDeltas('a'), finish('stop'), USAGE]);
      const late = `data: [DONE]\n\n${typedEvent('error', { message: 'late' })}`;
      assert.deepEqual(run(wire, stream + late), run(wire, stream));
    });
  });

describe('anthropic-messages reads', () => {
  const messages = (...events: readonly (readonly [type: string, fields: JsonObject])[]): string =>
    events.map(([type, fields]) => typedEvent(type, fields)).join('');
  const start = ['message_start', { message: { usage: { input_tokens: 3, output_tokens: 1 } } }] as const;
  const end = (delta: JsonObject, usage: JsonObject = { output_tokens: 5 }) =>
    ['message_delta', { delta, usage }] as const;
  const block = (index: number, content_block: JsonObject) =>
    ['content_block_start', { index, content_block }] as const;

  test('counts that are told once, in parts, as nulls or with the thoughts apart', () => {
    const usage = { input_tokens: null, cache_read_input_tokens: 20, cache_creation_input_tokens: 100 };
    const counted = { ...usage, output_tokens: 5, output_tokens_details: { thinking_tokens: 2 } };
    const deltas = run(
      'anthropic-messages',
      messages(start, block(0, { type: 'text', text: 'a' }), end({ stop_reason: 'end_turn' }, counted)),
    );
    assert.deepEqual(deltas[0], { type: 'prompt', promptTokens: 3 });
    assert.deepEqual(deltas.at(-1), {
      type: 'usage',
      usage: { promptTokens: 123, completionTokens: 5, reasoningTokens: 2, cachedTokens: 20 },
    });
  });

  test('counts that are zero where they were told before', () => {
    const ended = end({ stop_reason: 'end_turn' }, { input_tokens: 0, output_tokens: 5 });
    assert.deepEqual(run('anthropic-messages', messages(start, ended)).at(-1), {
      type: 'usage',
      usage: { promptTokens: 3, completionTokens: 5, reasoningTokens: 0 },
    });
  });

  test('arguments that stand whole at the start of a call, and not twice where pieces follow', () => {
    const call = { type: 'tool_use', id: 'toolu_1', name: 'f', input: { x: 1 } };
    const piece = { index: 0, delta: { type: 'input_json_delta', partial_json: '{"y":2}' } };
    const stop = end({ stop_reason: 'tool_use' });
    const whole = messages(start, block(0, call), ['content_block_stop', { index: 0 }], stop);
    assert.equal(argumentsOf(run('anthropic-messages', whole)), '{"x":1}');
    assert.equal(argumentsOf(run('anthropic-messages', messages(start, block(0, call), stop))), '{"x":1}');
    const pieces = messages(
      start,
      block(0, call),
      ['content_block_delta', piece],
      ['content_block_stop', { index: 0 }],
      stop,
    );
    assert.equal(argumentsOf(run('anthropic-messages', pieces)), '{"y":2}');
  });

  test('the stop sequence, refusals as an ordinary end with their explanation, and blocks that it does not know as nothing', () => {
    const secret = block(0, { type: 'redacted_thinking', data: 'x' });
    const sequence = messages(
      start,
      secret,
      block(1, { type: 'text', text: 'a' }),
      end({ stop_reason: 'stop_sequence', stop_sequence: 'END' }),
    );
    const stopped = run('anthropic-messages', sequence, engineRequest({ stop: ['END'] }));
    assert.deepEqual(
      stopped.find(({ type }) => type === 'finish'),
      { ...finish('stop'), stopSequence: 'END' },
    );
    const refused = end({ stop_reason: 'refusal', stop_details: { type: 'refusal', explanation: 'No.' } });
    const deltas = run('anthropic-messages', messages(start, refused));
    assert.deepEqual([textOf(deltas), reasonOf(deltas)], ['No.', 'stop']);
    const full = messages(start, end({ stop_reason: 'model_context_window_exceeded' }));
    assert.equal(reasonOf(run('anthropic-messages', full)), 'length');
  });
});

describe('openai-responses reads', () => {
  const event = (type: string, fields: JsonObject): string => typedEvent(`response.${type}`, fields);
  const call = { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '' };
  const completed = (output: readonly JsonObject[], rest: JsonObject = {}) =>
    event('completed', { response: { status: 'completed', output, ...rest } });
  const message = (text: string): JsonObject => ({ type: 'message', content: [{ type: 'output_text', text }] });

  test('streams without the `*.done` events that vLLM leaves out, or whose final output counts items otherwise', () => {
    const stream =
      event('output_text.delta', { output_index: 1, content_index: 0, delta: 'a' }) +
      event('output_item.added', { output_index: 2, item: call }) +
      event('function_call_arguments.delta', { output_index: 2, delta: '{"x":1}' }) +
      completed([message('a'), { ...call, arguments: '{"x":1}' }]);
    const deltas = run('openai-responses', stream);
    assert.deepEqual([textOf(deltas), argumentsOf(deltas), reasonOf(deltas)], ['a', '{"x":1}', 'tool_calls']);
    assert.equal(startsOf(deltas), 1);
  });

  test('streams without deltas, whatever tells the whole', () => {
    const whole = { ...call, arguments: '{"x":1}' };
    const streams = [
      event('output_item.done', { output_index: 0, item: message('a') }) +
        event('output_item.done', { output_index: 1, item: whole }) +
        completed([]),
      event('output_text.done', { output_index: 0, text: 'a' }) +
        event('output_item.added', { output_index: 1, item: call }) +
        event('function_call_arguments.done', { output_index: 1, arguments: '{"x":1}' }) +
        completed([message('a'), whole]),
      completed([message('a'), whole]),
    ];
    for (const stream of streams) {
      const deltas = run('openai-responses', stream);
      assert.deepEqual([textOf(deltas), argumentsOf(deltas), reasonOf(deltas)], ['a', '{"x":1}', 'tool_calls']);
    }
  });

  test('refusals as text, parts of a summary apart, and an end by a filter as an ordinary one', () => {
    const stream =
      event('reasoning_summary_part.added', { output_index: 0, summary_index: 0 }) +
      event('reasoning_summary_text.delta', { output_index: 0, summary_index: 0, delta: 'x' }) +
      event('reasoning_summary_part.added', { output_index: 0, summary_index: 1 }) +
      event('reasoning_summary_text.delta', { output_index: 0, summary_index: 1, delta: 'y' }) +
      event('refusal.delta', { output_index: 1, content_index: 0, delta: 'No.' }) +
      event('refusal.done', { output_index: 1, content_index: 0, refusal: 'No.' }) +
      event('incomplete', { response: { incomplete_details: { reason: 'content_filter' }, output: [] } });
    const deltas = run('openai-responses', stream);
    const thoughts = deltas.map((delta) => (delta.type === 'reasoning' ? delta.text : '')).join('');
    assert.deepEqual([thoughts, textOf(deltas), reasonOf(deltas)], ['x\n\ny', 'No.', 'stop']);
  });

  test('a response that failed, and a text that is told in two ways, as failures', () => {
    const failed = (error: JsonObject | null) => event('failed', { response: { status: 'failed', error, output: [] } });
    failsWith('openai-responses', failed({ code: 'server_error', message: 'boom' }), { message: /boom/ });
    failsWith('openai-responses', failed(null));
    failsWith('openai-responses', failed({ code: 'context_length_exceeded', message: 'x' }), {
      code: 'context_length_exceeded',
    });
    const told = event('output_text.delta', { output_index: 0, delta: 'a' });
    failsWith('openai-responses', told + event('output_text.done', { output_index: 0, text: 'b' }) + completed([]));
  });
});
