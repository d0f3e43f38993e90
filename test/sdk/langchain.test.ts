import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HumanMessage, ToolMessage, type AIMessageChunk } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
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

interface Settings {
  readonly apiKey?: string;
  readonly model?: string;
  readonly temperature?: number;
}

for (const useResponsesApi of [false, true]) {
  const connect = (settings: Settings = {}) =>
    new ChatOpenAI({
      model: UPSTREAM_MODEL,
      apiKey: KEY,
      maxRetries: 0,
      useResponsesApi,
      configuration: { baseURL: `${scene.url}/v1` },
      ...settings,
    });

  describe(`LangChain, ${useResponsesApi ? 'responses' : 'chat completions'}`, { timeout: 60_000 }, () => {
    test('a stream gives the text and the usage', async () => {
      scene.greet();
      const chunks: AIMessageChunk[] = [];
      for await (const chunk of await connect().stream(PROMPT)) chunks.push(chunk);
      const answer = chunks.reduce((whole, chunk) => whole.concat(chunk));
      assert.equal(answer.text, GREETING);
      // Its type says that a joined chunk has no usage.
      const usage: unknown = answer.usage_metadata;
      assert.equal((usage as { total_tokens?: number } | undefined)?.total_tokens, 30);
    });

    test('a tool makes its round trip', async () => {
      const model = connect().bindTools([{ type: 'function', function: TOOL }]);
      const question = new HumanMessage(TOOL_PROMPT);
      const first = await model.invoke([question]);
      const call = first.tool_calls?.[0];
      assert.deepEqual([call?.name, call?.args], [TOOL.name, TOOL_ARGUMENTS]);
      const result = new ToolMessage({ tool_call_id: call?.id ?? '', content: TOOL_RESULT });
      const second = await model.invoke([question, first, result]);
      assert.ok(second.text.length > 0);
      scene.assertToolRoundTrip();
    });

    test('structured output follows its schema', async () => {
      const model = connect().withStructuredOutput(PERSON_SCHEMA, {
        method: 'jsonSchema',
        name: 'person',
        strict: true,
      });
      assert.deepEqual(await model.invoke(PERSON_PROMPT), PERSON);
    });

    test('an abort ends the request to the upstream', async () => {
      const ended = scene.hang();
      const leaving = new AbortController();
      const stream = await connect().stream(PROMPT, { signal: leaving.signal });
      await assert.rejects(async () => {
        for await (const chunk of stream) if (chunk.text !== '') leaving.abort();
      }, /abort/i);
      assert.equal(await ended, 'client_left');
    });

    test('errors carry their status', async () => {
      const cases = [
        [{ apiKey: WRONG_KEY }, 401],
        [{ model: 'no-such-model' }, 404],
        [{ apiKey: LIMITED_KEY }, 429],
        [{ temperature: 9 }, 400],
      ] as const;
      for (const [settings, status] of cases)
        await assert.rejects(connect(settings).invoke(PROMPT), (thrown) => {
          assert.ok(thrown instanceof Error && 'status' in thrown, String(thrown));
          assert.equal(thrown.status, status);
          return true;
        });
    });
  });
}
