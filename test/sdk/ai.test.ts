import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import * as ai6 from 'ai';
import { createAnthropic as createAnthropic4 } from 'ai-sdk-anthropic-4';
import { createOpenAI as createOpenAI4 } from 'ai-sdk-openai-4';
import { createOpenAICompatible as createOpenAICompatible3 } from 'ai-sdk-openai-compatible-3';
import * as ai7 from 'ai-7';
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

type Ai = typeof ai6;
type Model = ai6.LanguageModel;
type Connect = (apiKey?: string, model?: string) => Model;

const scene = openScene();
const server = (apiKey: string) => ({ baseURL: `${scene.url}/v1`, apiKey });
const compatible = { name: 'purpgate', includeUsage: true, supportsStructuredOutputs: true };

/** Both majors have the functions that are driven here; only their models differ in type, and each major gets its own. */
const seven = ai7 as unknown as Ai;
const asModel = (model: unknown): Model => model as Model;

const DRIVERS: readonly (readonly [string, Ai, Connect])[] = [
  [
    'AI SDK 6, OpenAI-compatible',
    ai6,
    (key = KEY, model = UPSTREAM_MODEL) => createOpenAICompatible({ ...compatible, ...server(key) })(model),
  ],
  [
    'AI SDK 6, OpenAI responses',
    ai6,
    (key = KEY, model = UPSTREAM_MODEL) => createOpenAI(server(key)).responses(model),
  ],
  ['AI SDK 6, Anthropic', ai6, (key = KEY, model = UPSTREAM_MODEL) => createAnthropic(server(key))(model)],
  [
    'AI SDK 7, OpenAI-compatible',
    seven,
    (key = KEY, model = UPSTREAM_MODEL) => asModel(createOpenAICompatible3({ ...compatible, ...server(key) })(model)),
  ],
  [
    'AI SDK 7, OpenAI responses',
    seven,
    (key = KEY, model = UPSTREAM_MODEL) => asModel(createOpenAI4(server(key)).responses(model)),
  ],
  ['AI SDK 7, Anthropic', seven, (key = KEY, model = UPSTREAM_MODEL) => asModel(createAnthropic4(server(key))(model))],
];

for (const [name, ai, connect] of DRIVERS) {
  describe(name, { timeout: 60_000 }, () => {
    test('a stream gives the text and the usage', async () => {
      scene.greet();
      const result = ai.streamText({ model: connect(), prompt: PROMPT });
      let text = '';
      for await (const piece of result.textStream) text += piece;
      assert.equal(text, GREETING);
      assert.equal(await result.finishReason, 'stop');
      assert.equal((await result.usage).outputTokens, 20);
    });

    test('a tool makes its round trip', async () => {
      const weather = ai.tool({
        description: TOOL.description,
        inputSchema: ai.jsonSchema<{ city: string }>(TOOL.parameters),
        execute: (given) => {
          assert.deepEqual(given, TOOL_ARGUMENTS);
          return TOOL_RESULT;
        },
      });
      const result = ai.streamText({
        model: connect(),
        prompt: TOOL_PROMPT,
        tools: { [TOOL.name]: weather },
        stopWhen: ai.stepCountIs(2),
      });
      await result.consumeStream();
      assert.ok((await result.text).length > 0);
      scene.assertToolRoundTrip();
    });

    test('structured output follows its schema', async () => {
      const { output } = await ai.generateText({
        model: connect(),
        prompt: PERSON_PROMPT,
        output: ai.Output.object({
          schema: ai.jsonSchema<typeof PERSON>(PERSON_SCHEMA),
        }),
      });
      assert.deepEqual(output, PERSON);
    });

    test('an abort ends the request to the upstream', async () => {
      const ended = scene.hang();
      const leaving = new AbortController();
      const result = ai.streamText({ model: connect(), prompt: PROMPT, abortSignal: leaving.signal });
      for await (const part of result.fullStream) if (part.type === 'text-delta') leaving.abort();
      assert.equal(await ended, 'client_left');
    });

    test('errors carry their status and what can be retried', async () => {
      const cases = [
        [connect(WRONG_KEY), {}, 401, false],
        [connect(KEY, 'no-such-model'), {}, 404, false],
        [connect(LIMITED_KEY), {}, 429, true],
        [connect(), { topP: 9 }, 400, false],
      ] as const;
      for (const [model, extra, status, isRetryable] of cases)
        await assert.rejects(ai.generateText({ model, prompt: PROMPT, maxRetries: 0, ...extra }), (thrown) => {
          assert.ok(ai.APICallError.isInstance(thrown), String(thrown));
          assert.deepEqual([thrown.statusCode, thrown.isRetryable], [status, isRetryable]);
          return true;
        });
    });
  });
}
