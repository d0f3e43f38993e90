import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Engine } from '../../../src/engine/engine.js';
import type { Delta } from '../../../src/types.js';
import { checkOrder, collect, engineRequest, never, textOf } from '../../contracts/engine.js';
import {
  completion,
  startScriptedUpstream,
  steps,
  toolCompletion,
  toolDeltas,
  upstreamEngine,
  type Script,
  type ScriptedUpstream,
  type Step,
} from '../../support/scripted-upstream.js';

const data = (...chunks: unknown[]): Step[] =>
  chunks.map((chunk) => ({ bytes: `data: ${typeof chunk === 'string' ? chunk : JSON.stringify(chunk)}\n\n` }));
const chunk = (delta: unknown, finish: string | null = null) => ({
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const reasonOf = (deltas: readonly Delta[]) => deltas.find((delta) => delta.type === 'finish')?.reason;
const argumentsOf = (deltas: readonly Delta[], index: number) =>
  deltas.map((delta) => (delta.type === 'tool_args' && delta.index === index ? delta.text : '')).join('');

function finish(reason: 'stop' | 'tool_calls'): Delta {
  return { type: 'finish', choice: 0, reason };
}

describe('the upstream engine reads', () => {
  let upstream: ScriptedUpstream;
  let engine: Engine;
  before(async () => {
    upstream = await startScriptedUpstream({});
    engine = upstreamEngine(upstream.url);
    await engine.start(never());
  });
  after(async () => {
    await engine.stop();
    await upstream.stop();
  });

  const run = (answer: Script, request = engineRequest()): Promise<Delta[]> => {
    upstream.answer = answer;
    return collect(engine.generate(request, never()));
  };
  test('the same Deltas however the bytes are cut', async () => {
    const calls = [
      { name: 'write', arguments: '{"path":"é.py","content":"x = \\"🙂\\"\\n"}' },
      { name: 'ls', arguments: '{}' },
    ];
    for (const chunkBytes of [1, 2, 3, 7, 64, undefined]) {
      const cut = chunkBytes === undefined ? {} : { chunkBytes };
      const text = await run(
        { steps: completion('é 日本 🙂 "x"\n', { choices: 2, size: 3 }), ...cut },
        engineRequest({ choices: 2 }),
      );
      checkOrder(text, 2);
      assert.equal(textOf(text, 1), 'é 日本 🙂 "x"\n');
      const tools = await run({ steps: toolCompletion(calls, { size: 1 }), ...cut });
      checkOrder(tools, 1);
      assert.deepEqual([argumentsOf(tools, 0), argumentsOf(tools, 1)], [calls[0]?.arguments, '{}']);
      assert.equal(reasonOf(tools), 'tool_calls');
    }
  });

  test('reasoning under either name, refusals as text, and empty lists of calls as nothing', async () => {
    const deltas = await run({
      steps: data(
        chunk({ role: 'assistant', content: '', tool_calls: [], reasoning_content: 'a' }),
        chunk({ reasoning: 'b', reasoning_content: null }),
        chunk({ content: 'c', tool_calls: [] }),
        chunk({ refusal: 'd' }),
        chunk({}, 'content_filter'),
      ),
    });
    const shown = deltas.filter((delta) => delta.type === 'reasoning' || delta.type === 'text');
    assert.deepEqual(
      shown.map(({ type, text }) => [type, text]),
      [
        ['reasoning', 'ab'],
        ['text', 'cd'],
      ],
    );
    assert.equal(reasonOf(deltas), 'stop');
  });

  test('usage from whichever chunk bears it last, and not from nulls', async () => {
    const usage = { prompt_tokens: 5, completion_tokens: 9, completion_tokens_details: { reasoning_tokens: 4 } };
    const deltas = await run({
      steps: data(
        { ...chunk({ content: 'x' }), usage: { prompt_tokens: 5, completion_tokens: 1 } },
        { ...chunk({}, 'stop'), usage },
        {
          choices: [],
          usage: null,
        },
      ),
    });
    assert.deepEqual(deltas.at(-1), {
      type: 'usage',
      usage: { promptTokens: 5, completionTokens: 9, reasoningTokens: 4 },
    });
  });

  test('calls without index, without id, with repeated names and in turns', async () => {
    const call = (part: unknown) => chunk({ tool_calls: [part] });
    const deltas = await run({
      steps: data(
        call({ index: 0, id: 'a', function: { name: 'f', arguments: '' } }),
        call({ index: 1, id: 'b', function: { name: 'g', arguments: '{"y"' } }),
        call({ index: 0, function: { name: 'f', arguments: '{"x":' } }),
        call({ index: 1, function: { arguments: ':2}' } }),
        call({ index: 0, id: '', function: { arguments: '1}' } }),
        call({ index: 2, function: { name: 'h' } }),
        chunk({}, 'stop'),
      ),
    });
    checkOrder(deltas, 1);
    assert.deepEqual(
      [0, 1, 2].map((index) => argumentsOf(deltas, index)),
      ['{"x":1}', '{"y":2}', '{}'],
    );
    assert.equal(reasonOf(deltas), 'tool_calls');
    const bare = await run({
      steps: data(
        call({ id: 'a', function: { name: 'f', arguments: '{' } }),
        call({ function: { arguments: '}' } }),
        call({ id: 'b', function: { name: 'g', arguments: '{}' } }),
        chunk({}, 'tool_calls'),
      ),
    });
    assert.deepEqual([argumentsOf(bare, 0), argumentsOf(bare, 1)], ['{}', '{}']);
  });

  test('calls without a name as none, and numbers the others without a gap', async () => {
    const call = (part: unknown) => chunk({ tool_calls: [part] });
    const deltas = await run({
      steps: data(
        call({ index: 0, id: 'a', function: { arguments: '{}' } }),
        call({ index: 1, id: 'b', function: { name: 'g', arguments: '{"y":2}' } }),
        chunk({}, 'tool_calls'),
      ),
    });
    checkOrder(deltas, 1);
    assert.equal(argumentsOf(deltas, 0), '{"y":2}');
    assert.equal(reasonOf(await run({ steps: data(call({ index: 0, id: 'a' }), chunk({}, 'stop')) })), 'stop');
  });

  test('a stream that leaves a choice out as broken', async () => {
    const second = { choices: [{ index: 1, delta: { content: 'x' }, finish_reason: 'stop' }] };
    await assert.rejects(run({ steps: data(second) }, engineRequest({ choices: 2 })), { code: 'upstream_error' });
  });

  test('a call that was cut short as `length`, whatever the server says', async () => {
    const cut = [...toolDeltas({ name: 'f', arguments: '{"x": "unfin' }), finish('tool_calls')];
    assert.equal(reasonOf(await run({ steps: steps(cut) })), 'length');
  });

  test('the first call alone where no more than one is allowed, whatever the server sends', async () => {
    const calls = [
      { name: 'f', arguments: '{"x":1}' },
      { name: 'g', arguments: '{"y":2' },
    ];
    for (const size of [1, 100]) {
      const script = { steps: toolCompletion(calls, { size }) };
      const deltas = await run(script, engineRequest({}, { toolCalls: 'single' }));
      checkOrder(deltas, 1);
      assert.equal(deltas.filter((delta) => delta.type === 'tool_start').length, 1);
      assert.deepEqual([argumentsOf(deltas, 0), reasonOf(deltas)], ['{"x":1}', 'tool_calls']);
    }
    const call = (part: unknown) => chunk({ tool_calls: [part] });
    const bare = data(
      call({ id: 'a', function: { name: 'f', arguments: '{}' } }),
      call({ id: 'b', function: { name: 'g', arguments: '{' } }),
      call({ function: { arguments: '}' } }),
      chunk({}, 'tool_calls'),
    );
    const deltas = await run({ steps: bare }, engineRequest({}, { toolCalls: 'single' }));
    assert.deepEqual([argumentsOf(deltas, 0), argumentsOf(deltas, 1)], ['{}', '']);
  });

  test('no stop sequence that the request does not name, and no token ids as one', async () => {
    for (const stopReason of ['###', 151_645]) {
      const end = { choices: [{ index: 0, delta: {}, finish_reason: 'stop', stop_reason: stopReason }] };
      const deltas = await run({ steps: data(chunk({ content: 'a' }), end) }, engineRequest({ stop: ['END'] }));
      assert.deepEqual(
        deltas.find((delta) => delta.type === 'finish'),
        { type: 'finish', choice: 0, reason: 'stop' },
      );
    }
  });

  test('log-probabilities of the text alone, those of a part of a character with the rest of it', async () => {
    const token = (text: string, bytes: number[] | null = null) => ({
      token: text,
      bytes,
      logprob: -1,
      top_logprobs: [],
    });
    const said = (delta: object, ...tokens: object[]) => ({
      choices: [{ index: 0, delta, finish_reason: null, logprobs: { content: tokens } }],
    });
    const script = data(
      said({ reasoning_content: 'hm' }, token('hm')),
      said({ content: 'a' }, token('a')),
      said({ content: '' }, token('\u{fffd}', [0xc3])),
      said({ content: 'é' }, token('\u{fffd}', [0xa9]), { token: 7 }),
      said({ tool_calls: [{ index: 0, id: 'x', function: { name: 'f', arguments: '{}' } }] }, token('{}')),
      chunk({}, 'tool_calls'),
    );
    const deltas = await run({ steps: script }, engineRequest({ logprobs: 0 }));
    const told = deltas.flatMap((delta) =>
      delta.type === 'text' ? [(delta.logprobs ?? []).map(({ bytes }) => bytes)] : [],
    );
    assert.deepEqual(told, [[[97]], [[0xc3], [0xa9]]]);
    const unasked = await run({ steps: script });
    assert.ok(unasked.every((delta) => !('logprobs' in delta)));
  });

  test('streams with comments, CRLF, several data lines, no [DONE], no final blank line', async () => {
    const first = JSON.stringify(chunk({ content: 'a' }), null, 1).split('\n');
    const bytes = [
      ': keep-alive\r\n\r\n',
      'event: message\r\nid: 1\r\nretry: 5\r\n',
      first.map((line) => `data: ${line}\r\n`).join(''),
      '\r\n',
      `data:${JSON.stringify(chunk({}, 'stop'))}`,
    ].join('');
    for (const chunkBytes of [1, 1000]) {
      const deltas = await run({ steps: [{ bytes }], done: false, chunkBytes });
      assert.equal(textOf(deltas), 'a');
      assert.equal(reasonOf(deltas), 'stop');
    }
  });

  test('nothing after [DONE], and does not wait for a server that keeps the connection', async () => {
    const bytes = `data: ${JSON.stringify(chunk({ content: 'late' }))}\n\n`;
    const deltas = await run({
      steps: [...completion('a'), { bytes: 'data: [DONE]\n\n' }, { bytes }, { wait: new Promise(() => undefined) }],
      done: false,
    });
    assert.equal(textOf(deltas), 'a');
  });

  test('an answer whose connection is cut after every choice has ended', async () => {
    const deltas = await run({ steps: [...completion('a'), { hangUp: true }], done: false });
    checkOrder(deltas, 1);
  });
});
