import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { GenerateRequest } from '../../../src/engine/engine.js';
import type { WireName } from '../../../src/engine/upstream/pools.js';
import { WIRES } from '../../../src/engine/upstream/wires.js';
import type { JsonObject } from '../../../src/types.js';
import { engineRequest } from '../../contracts/engine.js';

const TARGET = {
  model: 'their-model',
  forward: ['thinking', 'reasoning_effort'],
  capture: null,
  cacheSalt: 'off',
} as const;

const bodyOf = (wire: WireName, request: GenerateRequest): JsonObject => WIRES[wire].request(request, TARGET).body;
const refuses = (wire: WireName, request: GenerateRequest, param: string): void => {
  assert.throws(() => bodyOf(wire, request), { code: 'unsupported_parameter', param });
};

const CALL = { id: 'functions.ls:0', name: 'ls', arguments: '{"a": 1}' };
const TALK: GenerateRequest['messages'] = [
  { role: 'system', content: 'S' },
  { role: 'user', content: 'U' },
  { role: 'system', content: 'later' },
  {
    role: 'assistant',
    content: ' ',
    reasoning: 'never sent',
    toolCalls: [CALL, { ...CALL, id: 'b', arguments: '{"a": ' }],
  },
  { role: 'user', content: 'between' },
  { role: 'tool', content: 'T', toolCallId: CALL.id },
  { role: 'tool', content: 'T2', toolCallId: 'b' },
];
const FULL = engineRequest(
  { temperature: 0.5, maxTokens: 7 },
  {
    messages: TALK,
    tools: [{ name: 'ls', description: 'lists', parameters: { type: 'object', properties: {} } }, { name: 'bare' }],
    toolChoice: { name: 'ls' },
    toolCalls: 'single',
    responseFormat: { type: 'json_schema', schema: { type: 'object' } },
    forward: { thinking: { type: 'adaptive' }, reasoning_effort: 'low', system: 'x', stream: false },
  },
);

describe('a request for anthropic-messages', () => {
  test('says exactly what the typed request says', () => {
    const request = { ...FULL, sampling: { ...FULL.sampling, topP: 0.9, topK: 40, stop: ['END'] } };
    assert.deepEqual(WIRES['anthropic-messages'].request(request, { ...TARGET, forward: ['thinking'] }), {
      path: '/messages',
      body: {
        thinking: { type: 'adaptive' },
        model: 'their-model',
        max_tokens: 7,
        stream: true,
        temperature: 0.5,
        top_p: 0.9,
        top_k: 40,
        stop_sequences: ['END'],
        system: 'S\n\nlater',
        messages: [
          { role: 'user', content: [{ type: 'text', text: 'U' }] },
          {
            role: 'assistant',
            content: [
              { type: 'tool_use', id: 'functions_ls_0', name: 'ls', input: { a: 1 } },
              { type: 'tool_use', id: 'b', name: 'ls', input: { arguments: '{"a": ' } },
            ],
          },
          {
            role: 'user',
            content: [
              { type: 'tool_result', tool_use_id: 'functions_ls_0', content: 'T' },
              { type: 'tool_result', tool_use_id: 'b', content: 'T2' },
              { type: 'text', text: 'between' },
            ],
          },
        ],
        tools: [
          { name: 'ls', description: 'lists', input_schema: { type: 'object', properties: {} } },
          { name: 'bare', description: undefined, input_schema: { type: 'object' } },
        ],
        tool_choice: { type: 'tool', name: 'ls', disable_parallel_tool_use: true },
        output_config: { format: { type: 'json_schema', schema: { type: 'object' } } },
      },
    });
  });

  test('leaves out what was not set, and bounds the answer all the same', () => {
    assert.deepEqual(bodyOf('anthropic-messages', engineRequest({ temperature: 1 })), {
      model: 'their-model',
      max_tokens: 8192,
      stream: true,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'What is it?' }] }],
    });
  });

  test('names each choice of tools as the API does', () => {
    const choice = (toolChoice: GenerateRequest['toolChoice'], toolCalls: GenerateRequest['toolCalls'] = 'parallel') =>
      bodyOf('anthropic-messages', { ...FULL, toolChoice, toolCalls })['tool_choice'];
    assert.deepEqual(choice('auto'), { type: 'auto' });
    assert.deepEqual(choice('required'), { type: 'any' });
    assert.deepEqual(choice('none', 'single'), { type: 'none' });
  });

  test('asks for thoughts but inside of a loop of tool calls, whose thoughts are not kept', () => {
    const enabled = { thinking: { type: 'enabled', budget_tokens: 1024 } };
    assert.equal('thinking' in bodyOf('anthropic-messages', { ...FULL, forward: enabled }), false);
    assert.deepEqual(
      bodyOf('anthropic-messages', engineRequest({}, { forward: enabled }))['thinking'],
      enabled.thinking,
    );
  });

  test('is refused where the model would go on with words that a caller put in its mouth', () => {
    const prefilled = [...TALK, { role: 'assistant' as const, content: 'Sure, here is', toolCalls: [] }];
    refuses('anthropic-messages', engineRequest({}, { messages: prefilled }), 'messages');
    const blank = [...prefilled, { role: 'user' as const, content: ' \n' }];
    refuses('anthropic-messages', engineRequest({}, { messages: blank }), 'messages');
  });

  test('is refused for what the API has no words for', () => {
    refuses('anthropic-messages', engineRequest({ seed: 1 }), 'seed');
    refuses('anthropic-messages', engineRequest({ frequencyPenalty: 1 }), 'frequency_penalty');
    refuses('anthropic-messages', engineRequest({ presencePenalty: 1 }), 'presence_penalty');
    refuses('anthropic-messages', engineRequest({}, { responseFormat: { type: 'json_object' } }), 'response_format');
  });
});

describe('a request for openai-responses', () => {
  test('says exactly what the typed request says, and has nothing kept', () => {
    assert.deepEqual(WIRES['openai-responses'].request(FULL, { ...TARGET, forward: ['reasoning_effort'] }), {
      path: '/responses',
      body: {
        reasoning: { effort: 'low' },
        model: 'their-model',
        stream: true,
        store: false,
        temperature: 0.5,
        max_output_tokens: 7,
        input: [
          { type: 'message', role: 'system', content: 'S' },
          { type: 'message', role: 'user', content: 'U' },
          { type: 'message', role: 'system', content: 'later' },
          { type: 'message', role: 'assistant', content: ' ' },
          { type: 'function_call', call_id: CALL.id, name: 'ls', arguments: '{"a": 1}' },
          { type: 'function_call', call_id: 'b', name: 'ls', arguments: '{"a": ' },
          { type: 'message', role: 'user', content: 'between' },
          { type: 'function_call_output', call_id: CALL.id, output: 'T' },
          { type: 'function_call_output', call_id: 'b', output: 'T2' },
        ],
        tools: [
          {
            type: 'function',
            name: 'ls',
            description: 'lists',
            parameters: { type: 'object', properties: {} },
            strict: false,
          },
          { type: 'function', name: 'bare', description: undefined, parameters: { type: 'object' }, strict: false },
        ],
        tool_choice: { type: 'function', name: 'ls' },
        parallel_tool_calls: false,
        text: { format: { type: 'json_schema', name: 'response', schema: { type: 'object' }, strict: true } },
      },
    });
  });

  test('leaves out what was not set', () => {
    assert.deepEqual(bodyOf('openai-responses', engineRequest({ temperature: 1 })), {
      model: 'their-model',
      stream: true,
      store: false,
      input: [{ type: 'message', role: 'user', content: 'What is it?' }],
    });
    const format = { type: 'json_object' } as const;
    assert.deepEqual(bodyOf('openai-responses', engineRequest({}, { responseFormat: format }))['text'], { format });
  });

  test('is refused for what the API has no words for', () => {
    for (const [sampling, param] of [
      [{ seed: 1 }, 'seed'],
      [{ topK: 5 }, 'top_k'],
      [{ presencePenalty: 1 }, 'presence_penalty'],
    ] as const)
      refuses('openai-responses', engineRequest(sampling), param);
  });
});

describe('the credentials of a wire', () => {
  test("are the operator's, in the header of its API, and none where there is no key", () => {
    const version = { 'anthropic-version': '2023-06-01' };
    assert.deepEqual(WIRES['anthropic-messages'].headers('sk'), { ...version, 'x-api-key': 'sk' });
    assert.deepEqual(WIRES['anthropic-messages'].headers(null), version);
    for (const wire of ['openai-chat', 'openai-responses'] as const) {
      assert.deepEqual(WIRES[wire].headers('sk'), { authorization: 'Bearer sk' });
      assert.deepEqual(WIRES[wire].headers(null), {});
    }
  });
});
