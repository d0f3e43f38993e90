import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import OpenAI6 from 'openai';
import OpenAI7 from 'openai-7';
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

type Sdk = typeof OpenAI6;
/** Both majors have the methods that are driven here; only the private parts of their classes keep the types apart. */
const MAJORS = [
  ['openai 6', OpenAI6],
  ['openai 7', OpenAI7 as unknown as Sdk],
] as const;

const scene = openScene();
const model = UPSTREAM_MODEL;
const messages = [{ role: 'user' as const, content: PROMPT }];
const connect = (Sdk: Sdk, apiKey = KEY) => new Sdk({ baseURL: `${scene.url}/v1`, apiKey, maxRetries: 0 });

for (const [name, Sdk] of MAJORS) {
  describe(`${name}, chat completions`, { timeout: 60_000 }, () => {
    test('a stream gives the text and the usage', async () => {
      scene.greet();
      const stream = connect(Sdk).chat.completions.stream({
        model,
        messages,
        stream_options: { include_usage: true },
      });
      const final = await stream.finalChatCompletion();
      assert.equal(final.choices[0]?.message.content, GREETING);
      assert.equal(final.usage?.total_tokens, 30);
    });

    test('a tool makes its round trip', async () => {
      const runner = connect(Sdk).chat.completions.runTools({
        model,
        stream: true,
        messages: [{ role: 'user', content: TOOL_PROMPT }],
        tools: [
          {
            type: 'function',
            function: { ...TOOL, parse: (text: string) => JSON.parse(text) as object, function: weather },
          },
        ],
      });
      assert.ok(((await runner.finalContent()) ?? '').length > 0);
      scene.assertToolRoundTrip();
    });

    test('structured output follows its schema', async () => {
      const final = await connect(Sdk).chat.completions.parse({
        model,
        messages: [{ role: 'user', content: PERSON_PROMPT }],
        response_format: { type: 'json_schema', json_schema: { name: 'person', strict: true, schema: PERSON_SCHEMA } },
      });
      assert.deepEqual(final.choices[0]?.message.parsed, PERSON);
    });

    test('an abort ends the request to the upstream', async () => {
      const ended = scene.hang();
      const stream = await connect(Sdk).chat.completions.create({ model, messages, stream: true });
      for await (const chunk of stream) if ((chunk.choices[0]?.delta.content ?? '') !== '') stream.controller.abort();
      assert.equal(await ended, 'client_left');
    });

    test('errors are of the class of their status', async () => {
      const ask = (apiKey: string, extra: object = {}) =>
        connect(Sdk, apiKey).chat.completions.create({ model, messages, ...extra });
      await assertErrors(Sdk, ask);
    });
  });

  describe(`${name}, responses`, { timeout: 60_000 }, () => {
    test('a stream gives the text and the usage', async () => {
      scene.greet();
      const final = await connect(Sdk).responses.stream({ model, input: PROMPT }).finalResponse();
      assert.equal(final.output_text, GREETING);
      assert.equal(final.usage?.total_tokens, 30);
    });

    test('a tool makes its round trip', async () => {
      const client = connect(Sdk);
      const tools = [{ type: 'function' as const, strict: true, ...TOOL }];
      const input = [{ role: 'user' as const, content: TOOL_PROMPT }];
      const first = await client.responses.stream({ model, input, tools }).finalResponse();
      const call = first.output.find((item) => item.type === 'function_call');
      assert.ok(call !== undefined);
      assert.deepEqual(call.parsed_arguments ?? JSON.parse(call.arguments), TOOL_ARGUMENTS);
      const { type, call_id, arguments: text } = call;
      const second = await client.responses.create({
        model,
        tools,
        input: [
          ...input,
          { type, call_id, name: call.name, arguments: text },
          { type: 'function_call_output', call_id, output: weather(JSON.parse(text) as object) },
        ],
      });
      assert.ok(second.output_text.length > 0);
      scene.assertToolRoundTrip();
    });

    test('structured output follows its schema', async () => {
      const final = await connect(Sdk).responses.parse({
        model,
        input: PERSON_PROMPT,
        text: { format: { type: 'json_schema', name: 'person', strict: true, schema: PERSON_SCHEMA } },
      });
      assert.deepEqual(final.output_parsed, PERSON);
    });

    test('an abort ends the request to the upstream', async () => {
      const ended = scene.hang();
      const stream = await connect(Sdk).responses.create({ model, input: PROMPT, stream: true });
      for await (const event of stream) if (event.type === 'response.output_text.delta') stream.controller.abort();
      assert.equal(await ended, 'client_left');
    });

    test('errors are of the class of their status', async () => {
      const ask = (apiKey: string, extra: object = {}) =>
        connect(Sdk, apiKey).responses.create({ model, input: PROMPT, ...extra });
      await assertErrors(Sdk, ask);
    });
  });

  describe(`${name}, models`, { timeout: 60_000 }, () => {
    test('models are listed and found', async () => {
      const ids: string[] = [];
      for await (const { id } of connect(Sdk).models.list()) ids.push(id);
      assert.deepEqual(ids, [model]);
      assert.equal((await connect(Sdk).models.retrieve(model)).id, model);
    });
  });
}

function weather(given: object): string {
  assert.deepEqual(given, TOOL_ARGUMENTS);
  return TOOL_RESULT;
}

async function assertErrors(Sdk: Sdk, ask: (apiKey: string, extra?: object) => PromiseLike<unknown>): Promise<void> {
  type ErrorClass = abstract new (...rest: never[]) => InstanceType<Sdk['APIError']>;
  const rejects = async (asked: PromiseLike<unknown>, expected: ErrorClass, code: string) => {
    await assert.rejects(Promise.resolve(asked), (thrown) => {
      assert.ok(thrown instanceof expected, String(thrown));
      assert.equal(thrown.code, code);
      assert.match(String(thrown.requestID), /^[0-9a-f-]{36}$/);
      if (code === 'rate_limit_exceeded') assert.match(thrown.headers?.get('retry-after') ?? '', /^\d+$/);
      return true;
    });
  };
  await rejects(ask(WRONG_KEY), Sdk.AuthenticationError, 'invalid_api_key');
  await rejects(ask(KEY, { model: 'no-such-model' }), Sdk.NotFoundError, 'model_not_found');
  await rejects(ask(LIMITED_KEY), Sdk.RateLimitError, 'rate_limit_exceeded');
  await rejects(ask(KEY, { temperature: 9 }), Sdk.BadRequestError, 'invalid_request');
}
