import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { KEY } from '../http/support.js';
import { UPSTREAM_MODEL } from '../support/gateway.js';
import {
  GREETING,
  LIMITED_KEY,
  PERSON,
  PERSON_PROMPT,
  PERSON_SCHEMA,
  PROMPT,
  TOOL,
  TOOL_ARGUMENTS,
  TOOL_PROMPT,
  TOOL_RESULT,
  WRONG_KEY,
  openScene,
} from './support.js';

const scene = openScene();
const base = { model: UPSTREAM_MODEL, max_tokens: 256 };
const ask = { ...base, messages: [{ role: 'user' as const, content: PROMPT }] };
const connect = (apiKey = KEY) => new Anthropic({ baseURL: scene.url, apiKey, maxRetries: 0 });
const tools = [{ name: TOOL.name, description: TOOL.description, input_schema: TOOL.parameters }];

describe('the Anthropic SDK', { timeout: 60_000 }, () => {
  test('a stream gives the text and the usage', async () => {
    scene.greet();
    const final = await connect().messages.stream(ask).finalMessage();
    assert.deepEqual(
      final.content.map((block) => (block.type === 'text' ? block.text : block.type)),
      [GREETING],
    );
    assert.equal(final.stop_reason, 'end_turn');
    assert.equal(final.usage.output_tokens, 20);
  });

  test('a whole answer is the same as its stream', async () => {
    scene.greet();
    const whole = await connect().messages.create(ask);
    const streamed = await connect().messages.stream(ask).finalMessage();
    assert.deepEqual(streamed.content, whole.content);
    assert.deepEqual(streamed.stop_reason, whole.stop_reason);
    assert.equal(streamed.usage.output_tokens, whole.usage.output_tokens);
  });

  test('a bearer token is a key too', async () => {
    const client = new Anthropic({ baseURL: scene.url, authToken: KEY, apiKey: null, maxRetries: 0 });
    assert.equal((await client.messages.create(ask)).role, 'assistant');
  });

  test('a tool makes its round trip', async () => {
    const client = connect();
    const question = { role: 'user' as const, content: TOOL_PROMPT };
    const first = await client.messages.stream({ ...base, messages: [question], tools }).finalMessage();
    assert.equal(first.stop_reason, 'tool_use');
    const call = first.content.find((block) => block.type === 'tool_use');
    assert.ok(call !== undefined);
    assert.deepEqual([call.name, call.input], [TOOL.name, TOOL_ARGUMENTS]);
    const result = { type: 'tool_result' as const, tool_use_id: call.id, content: TOOL_RESULT };
    const second = await client.messages
      .stream({
        ...base,
        tools,
        messages: [question, { role: 'assistant', content: first.content }, { role: 'user', content: [result] }],
      })
      .finalText();
    assert.ok(second.length > 0);
    scene.assertToolRoundTrip();
  });

  test('structured output follows its schema', async () => {
    const message = await connect().messages.create({
      ...base,
      messages: [{ role: 'user', content: PERSON_PROMPT }],
      output_config: { format: { type: 'json_schema', schema: PERSON_SCHEMA } },
    });
    const text = message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
    assert.deepEqual(JSON.parse(text), PERSON);
  });

  test('an abort ends the request to the upstream', async () => {
    const ended = scene.hang();
    const stream = await connect().messages.create({ ...ask, stream: true });
    for await (const event of stream) if (event.type === 'content_block_delta') stream.controller.abort();
    assert.equal(await ended, 'client_left');
  });

  test('errors are of the class of their status', async () => {
    type ErrorClass = abstract new (...rest: never[]) => InstanceType<typeof Anthropic.APIError>;
    const rejects = async (asked: PromiseLike<unknown>, expected: ErrorClass, type: string) => {
      await assert.rejects(Promise.resolve(asked), (thrown) => {
        assert.ok(thrown instanceof expected, String(thrown));
        assert.equal(thrown.type, type);
        if (type === 'rate_limit_error') assert.match(thrown.headers?.get('retry-after') ?? '', /^\d+$/);
        return true;
      });
    };
    await rejects(connect(WRONG_KEY).messages.create(ask), Anthropic.AuthenticationError, 'authentication_error');
    const unknown = { ...ask, model: 'no-such-model' };
    await rejects(connect().messages.create(unknown), Anthropic.NotFoundError, 'not_found_error');
    await rejects(connect(LIMITED_KEY).messages.create(ask), Anthropic.RateLimitError, 'rate_limit_error');
    const wrong = { ...ask, temperature: 9 };
    await rejects(connect().messages.create(wrong), Anthropic.BadRequestError, 'invalid_request_error');
  });

  test('tokens are counted and models are listed', async () => {
    const { input_tokens } = await connect().messages.countTokens({ model: ask.model, messages: ask.messages });
    assert.ok(input_tokens > 0);
    const ids: string[] = [];
    for await (const { id } of connect().models.list()) ids.push(id);
    assert.deepEqual(ids, [UPSTREAM_MODEL]);
  });
});
