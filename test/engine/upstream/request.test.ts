import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Engine, GenerateRequest } from '../../../src/engine/engine.js';
import { estimateTokens } from '../../../src/engine/upstream/request.js';
import { collect, engineRequest, never } from '../../contracts/engine.js';
import {
  completion,
  startScriptedUpstream,
  upstreamEngine,
  type ScriptedUpstream,
} from '../../support/scripted-upstream.js';

describe('the upstream engine asks', () => {
  let upstream: ScriptedUpstream;
  let engine: Engine;
  before(async () => {
    upstream = await startScriptedUpstream({ steps: completion('ok') });
    engine = upstreamEngine(upstream.url, { forward: ['chat_template_kwargs', 'temperature'] });
    await engine.start(never());
  });
  after(async () => {
    await engine.stop();
    await upstream.stop();
  });
  const run = (request: GenerateRequest) => collect(engine.generate(request, never()));

  test('for exactly what the typed request says', async () => {
    await run(
      engineRequest(
        {
          temperature: 0.5,
          topP: 0.9,
          topK: 40,
          maxTokens: 7,
          stop: ['END'],
          seed: 3,
          choices: 2,
          frequencyPenalty: 0.1,
          presencePenalty: -0.1,
          logprobs: 2,
        },
        {
          toolCalls: 'single',
          messages: [
            { role: 'system', content: 'S' },
            { role: 'user', content: 'U' },
            {
              role: 'assistant',
              content: '',
              reasoning: 'never sent',
              toolCalls: [{ id: 'call_1', name: 'ls', arguments: '{"a": 1}' }],
            },
            { role: 'tool', content: 'T', toolCallId: 'call_1' },
            { role: 'assistant', content: 'A', toolCalls: [] },
          ],
          tools: [{ name: 'ls', description: 'lists', parameters: { type: 'object' } }],
          toolChoice: { name: 'ls' },
          responseFormat: { type: 'json_schema', schema: { type: 'object' } },
          forward: { chat_template_kwargs: { thinking: true }, temperature: 2, echo: true },
        },
      ),
    );
    const received = upstream.requests.at(-1);
    assert.equal(received?.path, '/v1/chat/completions');
    assert.equal(received.headers.authorization, 'Bearer sk-upstream-secret');
    assert.deepEqual(received.body, {
      chat_template_kwargs: { thinking: true },
      model: 'their-model',
      messages: [
        { role: 'system', content: 'S' },
        { role: 'user', content: 'U' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'ls', arguments: '{"a": 1}' } }],
        },
        { role: 'tool', content: 'T', tool_call_id: 'call_1' },
        { role: 'assistant', content: 'A' },
      ],
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0.5,
      top_p: 0.9,
      n: 2,
      top_k: 40,
      max_tokens: 7,
      stop: ['END'],
      seed: 3,
      frequency_penalty: 0.1,
      presence_penalty: -0.1,
      logprobs: true,
      top_logprobs: 2,
      parallel_tool_calls: false,
      tools: [{ type: 'function', function: { name: 'ls', description: 'lists', parameters: { type: 'object' } } }],
      tool_choice: { type: 'function', function: { name: 'ls' } },
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'response', schema: { type: 'object' }, strict: true },
      },
    });
  });

  test('for the completion of a text at a route of its own', async () => {
    const textPrompt = { prefix: 'def f(', suffix: '\n  return x' };
    await run(engineRequest({ maxTokens: 5, logprobs: 2 }, { textPrompt }));
    const received = upstream.requests.at(-1);
    assert.equal(received?.path, '/v1/completions');
    assert.deepEqual(received.body, {
      model: 'their-model',
      prompt: textPrompt.prefix,
      suffix: textPrompt.suffix,
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0,
      top_p: 1,
      n: 1,
      max_tokens: 5,
      logprobs: 2,
    });
  });

  test('for nothing that was not set', async () => {
    await run(engineRequest());
    assert.deepEqual(Object.keys(upstream.requests.at(-1)?.body ?? {}).sort(), [
      'messages',
      'model',
      'n',
      'stream',
      'stream_options',
      'temperature',
      'top_p',
    ]);
  });
});

describe('the upstream engine estimates', () => {
  test('tokens from the bytes of all that the model would read', () => {
    const call = { id: 'call_1', name: 'ls', arguments: '{"a":1}' };
    const messages = [
      { role: 'user' as const, content: 'é'.repeat(10) },
      { role: 'assistant' as const, content: 'ok', reasoning: 'never sent', toolCalls: [call] },
    ];
    assert.equal(estimateTokens({ messages, tools: [] }), Math.ceil((20 + 2 + 2 + 7) / 4));
    const tools = [{ name: 'ls', parameters: { type: 'object' } }];
    assert.equal(estimateTokens({ messages: [], tools }), Math.ceil(JSON.stringify(tools[0]).length / 4));
    assert.equal(estimateTokens({ messages, tools, textPrompt: { prefix: 'abcd', suffix: 'e' } }), 2);
  });
});
