import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test, type TestContext } from 'node:test';
import OpenAI from 'openai';
import { PurpgateError } from '../../src/errors.js';
import type { Delta } from '../../src/types.js';
import { KEY, MODEL, STOP, ScriptedServing, USAGE, listen, openGateway, say, script, untilAborted } from './support.js';

async function connect(context: TestContext, serving = new ScriptedServing(), apiKey = KEY) {
  const { app } = await openGateway(context, { serving });
  const client = new OpenAI({ baseURL: `${await listen(app)}/v1`, apiKey, maxRetries: 0 });
  return { client, serving };
}

const messages = [{ role: 'user' as const, content: 'Hi' }];

describe('the official openai client', { timeout: 20_000 }, () => {
  test('gets a whole completion', async (context) => {
    const { client } = await connect(context);
    const { data, request_id } = await client.chat.completions.create({ model: MODEL, messages }).withResponse();
    assert.equal(data.choices[0]?.message.content, 'Hello world');
    assert.equal(data.usage?.total_tokens, 5);
    assert.equal(data.id, `chatcmpl-${String(request_id)}`);
  });

  test('gets a streamed completion', async (context) => {
    const { client } = await connect(context);
    const stream = await client.chat.completions.create({
      model: MODEL,
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let total = 0;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      total = chunk.usage?.total_tokens ?? total;
    }
    assert.deepEqual([text, total], ['Hello world', 5]);
  });

  test('puts tool calls and several choices together from a stream', async (context) => {
    const deltas: Delta[] = [
      say('a', 1),
      { type: 'reasoning', choice: 0, text: 'hm' },
      { type: 'tool_start', choice: 0, index: 0, id: 'c0', name: 'read' },
      { type: 'tool_args', choice: 0, index: 0, text: '{"path":' },
      { type: 'tool_args', choice: 0, index: 0, text: '"a"}' },
      { type: 'tool_start', choice: 0, index: 1, id: 'c1', name: 'list' },
      { type: 'finish', choice: 1, reason: 'length' },
      { type: 'finish', choice: 0, reason: 'tool_calls' },
      USAGE,
    ];
    const { client } = await connect(context, new ScriptedServing(script(...deltas)));
    const tools = ['read', 'list'].map((name) => ({ type: 'function' as const, function: { name, parameters: {} } }));
    const final = await client.chat.completions.stream({ model: MODEL, messages, tools, n: 2 }).finalChatCompletion();
    const [first, second] = final.choices;
    assert.equal(first?.finish_reason, 'tool_calls');
    assert.deepEqual(
      first.message.tool_calls?.map(({ id, function: { name, arguments: text } }) => [id, name, text]),
      [
        ['c0', 'read', '{"path":"a"}'],
        ['c1', 'list', ''],
      ],
    );
    assert.deepEqual([second?.message.content, second?.finish_reason], ['a', 'length']);
  });

  test('lists and retrieves models', async (context) => {
    const { client } = await connect(context);
    const ids: string[] = [];
    for await (const model of client.models.list()) ids.push(model.id);
    assert.deepEqual(ids, [MODEL]);
    assert.equal((await client.models.retrieve(MODEL)).owned_by, 'purpgate');
  });

  test('gets errors with code, param and request id', async (context) => {
    const { client } = await connect(context);
    await assert.rejects(client.chat.completions.create({ model: 'gpt-4', messages }), (thrown) => {
      assert.ok(thrown instanceof OpenAI.NotFoundError);
      assert.deepEqual([thrown.code, thrown.param, thrown.type], ['model_not_found', 'model', 'invalid_request_error']);
      assert.match(String(thrown.requestID), /^[0-9a-f-]{36}$/);
      return true;
    });
    const stranger = await connect(context, new ScriptedServing(), 'pg-other');
    await assert.rejects(stranger.client.models.list(), OpenAI.AuthenticationError);
  });

  test('throws when a stream fails in the middle', async (context) => {
    const serving = new ScriptedServing(async function* () {
      yield say('Hel');
      await Promise.reject(new PurpgateError('engine_unavailable'));
    });
    const { client } = await connect(context, serving);
    const stream = await client.chat.completions.create({ model: MODEL, messages, stream: true });
    await assert.rejects(async () => {
      for await (const chunk of stream) assert.ok(chunk.id);
    }, OpenAI.APIError);
  });

  test('frees the engine when it aborts a stream', async (context) => {
    const serving = new ScriptedServing(async function* (_, signal) {
      yield say('Hello');
      await untilAborted(signal);
    });
    const { client } = await connect(context, serving);
    const left = once(serving.events, 'leave');
    const stream = await client.chat.completions.create({ model: MODEL, messages, stream: true });
    for await (const chunk of stream) {
      assert.ok(chunk.id);
      break;
    }
    await left;
    assert.equal(serving.signals[0]?.aborted, true);
  });

  test('reads keep-alives without noticing them', async (context) => {
    const serving = new ScriptedServing(async function* () {
      await new Promise((resolve) => setTimeout(resolve, 30));
      yield* [say('Hello'), STOP, USAGE];
    });
    const { app } = await openGateway(context, { serving, times: { readyMs: 1, keepAliveMs: 2 } });
    const client = new OpenAI({ baseURL: `${await listen(app)}/v1`, apiKey: KEY, maxRetries: 0 });
    const final = await client.chat.completions.stream({ model: MODEL, messages }).finalContent();
    assert.equal(final, 'Hello');
  });
});
