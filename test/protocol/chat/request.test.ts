import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PurpgateError, type ErrorCode } from '../../../src/errors.js';
import { parseChatRequest } from '../../../src/protocol/chat/request.js';
import type { ChatCompletionRequest } from '../../../src/protocol/wire.js';

const ORIGIN = { id: '018f0000-0000-7000-8000-000000000000', session: null };

const ask = (fields: Partial<ChatCompletionRequest>): ChatCompletionRequest => ({
  model: 'm',
  messages: [{ role: 'user', content: 'Hi' }],
  ...fields,
});
const parse = (fields: Partial<ChatCompletionRequest>) => parseChatRequest(ask(fields), ORIGIN);

function refuses(fields: Partial<ChatCompletionRequest>, code: ErrorCode, param: string): void {
  assert.throws(
    () => parse(fields),
    (error) => error instanceof PurpgateError && error.code === code && error.param === param,
  );
}

describe('parseChatRequest', () => {
  test('gives OpenAI defaults to what is absent', () => {
    assert.deepEqual(parse({}), {
      id: ORIGIN.id,
      protocol: 'chat',
      model: 'm',
      messages: [{ role: 'user', content: 'Hi' }],
      tools: [],
      toolChoice: 'none',
      toolCalls: 'parallel',
      responseFormat: { type: 'text' },
      sampling: { temperature: 1, topP: 1, stop: [], choices: 1, frequencyPenalty: 0, presencePenalty: 0 },
      extra: {},
    });
  });

  test('takes null for absent', () => {
    const nulls = {
      temperature: null,
      top_p: null,
      n: null,
      stop: null,
      seed: null,
      tools: null,
      tool_choice: null,
      max_tokens: null,
      stream: null,
      stream_options: null,
      response_format: null,
      user: null,
      store: null,
      logprobs: null,
      logit_bias: null,
    };
    assert.deepEqual(parse(nulls), parse({}));
  });

  test('reads every sampling field', () => {
    const { sampling } = parse({
      temperature: 0,
      top_p: 0.5,
      top_k: 40,
      n: 2,
      max_tokens: 10,
      max_completion_tokens: 20,
      stop: 'END',
      seed: 7,
      frequency_penalty: 1,
      presence_penalty: -1,
    });
    assert.deepEqual(sampling, {
      temperature: 0,
      topP: 0.5,
      topK: 40,
      maxTokens: 20,
      stop: ['END'],
      seed: 7,
      choices: 2,
      frequencyPenalty: 1,
      presencePenalty: -1,
    });
  });

  test('takes -1 and 0 as no top_k, and leaves empty stop sequences out', () => {
    assert.equal(parse({ top_k: -1 }).sampling.topK, undefined);
    assert.equal(parse({ top_k: 0 }).sampling.topK, undefined);
    assert.deepEqual(parse({ stop: ['', 'a'] }).sampling.stop, ['a']);
  });

  test('reads a conversation with tools, reasoning, parts and null content', () => {
    const { messages } = parse({
      messages: [
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
        {
          role: 'assistant',
          content: null,
          reasoning_content: 'hm',
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{"x":' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: [{ type: 'text', text: 'result' }] },
        { role: 'assistant', content: null, refusal: 'no' },
      ],
    });
    assert.deepEqual(messages, [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'a\nb' },
      { role: 'assistant', content: '', reasoning: 'hm', toolCalls: [{ id: 'c1', name: 'f', arguments: '{"x":' }] },
      { role: 'tool', content: 'result', toolCallId: 'c1' },
      { role: 'assistant', content: 'no', toolCalls: [] },
    ]);
  });

  test('reads tools, and chooses auto when there are some', () => {
    const tools = [
      {
        type: 'function',
        function: { name: 'f', description: 'does f', parameters: { type: 'object' }, strict: true },
      },
    ];
    const request = parse({ tools });
    assert.deepEqual(request.tools, [{ name: 'f', description: 'does f', parameters: { type: 'object' } }]);
    assert.equal(request.toolChoice, 'auto');
    assert.equal(parse({ tools, tool_choice: 'required' }).toolChoice, 'required');
    const named = { type: 'function' as const, function: { name: 'f' } };
    assert.deepEqual(parse({ tools, tool_choice: named }).toolChoice, { name: 'f' });
  });

  test('reads the response format', () => {
    const schema = { type: 'object' };
    const format = (response_format: NonNullable<ChatCompletionRequest['response_format']>) =>
      parse({ response_format }).responseFormat;
    assert.deepEqual(format({ type: 'json_object' }), { type: 'json_object' });
    assert.deepEqual(format({ type: 'json_schema', json_schema: { name: 'n', schema } }), {
      type: 'json_schema',
      schema,
    });
  });

  test('keeps what it does not know, and what agents always send, as received', () => {
    const extra = {
      metadata: { a: '1' },
      service_tier: 'auto',
      prompt_cache_key: 'k',
      reasoning_effort: 'medium',
      chat_template: '{{ evil }}',
      nested: { deep: [1, null, 'x'] },
    };
    assert.deepEqual(parse(extra).extra, extra);
  });

  test('names the session by header, else by prompt_cache_key', () => {
    assert.equal(parse({ prompt_cache_key: 'k' }).session, 'k');
    const origin = { ...ORIGIN, session: 's' };
    assert.equal(parseChatRequest(ask({ prompt_cache_key: 'k' }), origin).session, 's');
  });

  test('keeps user and store', () => {
    const parsed = parse({ user: 'u', store: false, stream: true, stream_options: { include_usage: true } });
    assert.equal(parsed.user, 'u');
    assert.equal(parsed.store, false);
  });

  for (const [field, neutral, used] of [
    ['logit_bias', {}, { 50256: -100 }],
    ['modalities', ['text'], ['text', 'audio']],
    ['audio', null, { voice: 'alloy' }],
    ['functions', null, [{ name: 'f' }]],
    ['function_call', null, 'auto'],
    ['web_search_options', null, {}],
  ] as const) {
    test(`accepts a neutral ${field} and refuses one that asks for something`, () => {
      assert.deepEqual(parse({ [field]: neutral }).extra, {});
      refuses({ [field]: used }, 'unsupported_parameter', field);
    });
  }

  test('refuses parts that are not text, and names them', () => {
    const image = { type: 'image_url', image_url: { url: 'data:' } };
    refuses(
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'a' }, image] }] },
      'unsupported_parameter',
      'messages[0].content[1]',
    );
  });

  test('refuses what a message lacks, and names it', () => {
    refuses({ messages: [{ role: 'user' }] }, 'invalid_request', 'messages[0].content');
    refuses({ messages: [{ role: 'tool', content: 'x' }] }, 'invalid_request', 'messages[0].tool_call_id');
    refuses(
      { messages: [{ role: 'user', content: [{ type: 'text' }] }] },
      'invalid_request',
      'messages[0].content[0].text',
    );
  });

  test('refuses tools that are no functions, and legacy function calls', () => {
    refuses({ tools: [{ type: 'web_search' }] }, 'unsupported_parameter', 'tools[0].type');
    refuses({ tools: [{ type: 'function' }] }, 'invalid_request', 'tools[0].function');
    const call = { id: 'c', type: 'custom', function: { name: 'f', arguments: '' } };
    refuses(
      { messages: [{ role: 'assistant', tool_calls: [call] }] },
      'unsupported_parameter',
      'messages[0].tool_calls[0].type',
    );
    const legacy = { name: 'f', arguments: '{}' };
    refuses(
      { messages: [{ role: 'assistant', function_call: legacy }] },
      'unsupported_parameter',
      'messages[0].function_call',
    );
  });

  test('refuses a tool choice that no tool can meet', () => {
    refuses({ tool_choice: 'required' }, 'invalid_request', 'tool_choice');
    refuses(
      { tool_choice: { type: 'function', function: { name: 'g' } } },
      'invalid_request',
      'tool_choice.function.name',
    );
  });

  test('reads how many log-probabilities are asked for, and refuses alternatives without them', () => {
    assert.equal(parse({ logprobs: true }).sampling.logprobs, 0);
    assert.equal(parse({ logprobs: true, top_logprobs: 20 }).sampling.logprobs, 20);
    assert.equal(parse({ logprobs: false, top_logprobs: 0 }).sampling.logprobs, undefined);
    refuses({ top_logprobs: 5 }, 'invalid_request', 'top_logprobs');
    refuses({ logprobs: false, top_logprobs: 5 }, 'invalid_request', 'top_logprobs');
  });

  test('refuses json_schema without a schema object', () => {
    refuses({ response_format: { type: 'json_schema' } }, 'invalid_request', 'response_format.json_schema');
  });
});
