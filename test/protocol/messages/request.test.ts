import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import fastify from 'fastify';
import { PurpgateError, type ErrorCode } from '../../../src/errors.js';
import { readContract } from '../../../src/http/contract.js';
import { messagesFormat } from '../../../src/protocol/messages/messages.js';
import { parseCountTokens, parseMessagesRequest } from '../../../src/protocol/messages/request.js';
import type { MessagesBlock, MessagesRequest } from '../../../src/protocol/wire.js';
import { AI_SDK, CLAUDE_CODE, CLAUDE_CODE_TITLE, COPILOT } from './bodies.js';

const ORIGIN = { id: '018f0000-0000-7000-8000-000000000000', session: null };

const ask = (fields: Partial<MessagesRequest>): MessagesRequest => ({
  model: 'm',
  max_tokens: 10,
  messages: [{ role: 'user', content: 'Hi' }],
  ...fields,
});
const parse = (fields: Partial<MessagesRequest>) => parseMessagesRequest(ask(fields), ORIGIN);
const turns = (role: 'user' | 'assistant', content: MessagesBlock[]) =>
  parse({ messages: [{ role, content }] }).messages;

function refuses(fields: Partial<MessagesRequest>, code: ErrorCode, param: string): void {
  assert.throws(
    () => parse(fields),
    (error) => error instanceof PurpgateError && error.code === code && error.param === param,
  );
}

const tool = { name: 'f', description: 'does f', input_schema: { type: 'object' } };

describe('the contract', () => {
  test('takes what real clients send, and asks for max_tokens', async () => {
    const customOptions = { strict: false, coerceTypes: false, useDefaults: false, removeAdditional: false };
    const app = fastify({ ajv: { customOptions } });
    app.addSchema({ $id: 'contract', components: readContract().components });
    const schema = (name: string) => ({ body: { $ref: `contract#/components/schemas/${name}` } });
    app.post('/v1/messages', { schema: schema('MessagesRequest') }, () => ({}));
    app.post('/v1/messages/count_tokens', { schema: schema('CountTokensRequest') }, () => ({}));
    const statusOf = async (url: string, payload: object) =>
      (await app.inject({ method: 'POST', url, payload })).statusCode;
    for (const body of [CLAUDE_CODE, CLAUDE_CODE_TITLE, AI_SDK, COPILOT]) {
      const counted = { ...body, max_tokens: undefined };
      assert.equal(await statusOf('/v1/messages', body), 200);
      assert.equal(await statusOf('/v1/messages/count_tokens', counted), 200);
      assert.equal(await statusOf('/v1/messages', counted), 400);
    }
    assert.equal(await statusOf('/v1/messages', { ...AI_SDK, temperature: 3 }), 400);
    assert.equal(await statusOf('/v1/messages', { ...AI_SDK, messages: 'no list' }), 400);
    await app.close();
  });
});

describe('requests of real clients', () => {
  test('of Claude Code are understood, with all that it sends', () => {
    const { request, delivery } = messagesFormat.parse(CLAUDE_CODE, { ...ORIGIN, session: 's' });
    const { thinking, context_management, output_config } = CLAUDE_CODE;
    const parameters = CLAUDE_CODE.tools?.[0]?.input_schema;
    assert.equal(delivery, 'stream');
    assert.deepEqual(request, {
      id: ORIGIN.id,
      protocol: 'messages',
      model: 'M',
      messages: [
        { role: 'system', content: 'x-anthropic-billing-header: cc_version=2.1.330\nYou are Claude Code.' },
        { role: 'user', content: '<system-reminder>Be brief.</system-reminder>\nRead a' },
        { role: 'system', content: 'The user opened a.' },
        {
          role: 'assistant',
          content: 'Reading.',
          reasoning: 'I read it.',
          toolCalls: [
            { id: 'toolu_1', name: 'Read', arguments: '{"file_path":"/a"}' },
            { id: 'toolu_2', name: 'Read', arguments: '{}' },
          ],
        },
        { role: 'tool', content: '1\n2', toolCallId: 'toolu_1' },
        { role: 'tool', content: 'Error: file_path is required', toolCallId: 'toolu_2' },
        { role: 'user', content: 'Go on.' },
      ],
      tools: [
        { name: 'Read', description: 'Reads a file', parameters },
        { name: 'Write', description: 'Reads a file', parameters },
      ],
      toolChoice: 'auto',
      toolCalls: 'parallel',
      responseFormat: { type: 'text' },
      sampling: {
        temperature: 1,
        topP: 1,
        maxTokens: 32000,
        stop: [],
        choices: 1,
        frequencyPenalty: 0,
        presencePenalty: 0,
      },
      user: '{"device_id":"d","session_id":"s"}',
      session: 's',
      extra: { thinking, context_management, output_config },
    });
  });

  test('of Claude Code for a title ask for a JSON schema', () => {
    const { request } = messagesFormat.parse(CLAUDE_CODE_TITLE, ORIGIN);
    const schema = { type: 'object', properties: { title: { type: 'string' } } };
    assert.deepEqual(request.responseFormat, { type: 'json_schema', schema });
    assert.equal(request.toolChoice, 'none');
  });

  test('of the AI SDK and of Copilot keep sampling and tool choice', () => {
    const sdk = messagesFormat.parse(AI_SDK, ORIGIN);
    assert.equal(sdk.delivery, 'whole');
    const { sampling, toolCalls } = sdk.request;
    assert.deepEqual(
      [sampling.temperature, sampling.topK, sampling.topP, sampling.stop, sampling.maxTokens, toolCalls],
      [0, 5, 0.9, ['</s>'], 4096, 'single'],
    );
    const copilot = messagesFormat.parse(COPILOT, ORIGIN).request;
    assert.deepEqual(copilot.messages[0], { role: 'system', content: 'You are the GitHub Copilot CLI.' });
    assert.equal(copilot.toolChoice, 'required');
    assert.deepEqual(copilot.extra, { service_tier: 'auto' });
  });
});

describe('parseMessagesRequest', () => {
  test('takes null for absent', () => {
    const nulls = { stream: null, temperature: null, top_p: null, top_k: null, stop_sequences: null, system: null };
    const more = { tools: null, tool_choice: null, metadata: null, mcp_servers: null, container: null };
    assert.deepEqual(parse({ ...nulls, ...more, output_format: null }), parse({}));
  });

  test('keeps text between the results of tools in its place', () => {
    const result = (id: string): MessagesBlock => ({ type: 'tool_result', tool_use_id: id, content: id });
    const text = (value: string): MessagesBlock => ({ type: 'text', text: value });
    assert.deepEqual(turns('user', [text('a'), text('b'), result('1'), text('c'), result('2')]), [
      { role: 'user', content: 'a\nb' },
      { role: 'tool', content: '1', toolCallId: '1' },
      { role: 'user', content: 'c' },
      { role: 'tool', content: '2', toolCallId: '2' },
    ]);
  });

  test('takes empty turns and empty results for empty text', () => {
    assert.deepEqual(turns('user', []), [{ role: 'user', content: '' }]);
    assert.deepEqual(turns('assistant', []), [{ role: 'assistant', content: '', toolCalls: [] }]);
    assert.deepEqual(turns('user', [{ type: 'tool_result', tool_use_id: '1' }]), [
      { role: 'tool', content: '', toolCallId: '1' },
    ]);
  });

  test('puts an answer that was cut into blocks together as it was, and drops redacted thinking', () => {
    const content: MessagesBlock[] = [
      { type: 'redacted_thinking', data: 'x' },
      { type: 'text', text: 'a' },
      { type: 'thinking', thinking: 'hm' },
      { type: 'text', text: 'b' },
    ];
    assert.deepEqual(turns('assistant', content), [
      { role: 'assistant', content: 'ab', reasoning: 'hm', toolCalls: [] },
    ]);
  });

  test('reads the tool choice, and refuses one that no tool can meet', () => {
    const choose = (choice: NonNullable<MessagesRequest['tool_choice']>) =>
      parse({ tools: [tool], tool_choice: choice });
    assert.equal(choose({ type: 'any' }).toolChoice, 'required');
    assert.equal(choose({ type: 'none' }).toolChoice, 'none');
    assert.deepEqual(choose({ type: 'tool', name: 'f' }).toolChoice, { name: 'f' });
    refuses({ tool_choice: { type: 'any' } }, 'invalid_request', 'tool_choice');
    refuses({ tools: [tool], tool_choice: { type: 'tool', name: 'g' } }, 'invalid_request', 'tool_choice.name');
  });

  test('reads the response format under both of its names', () => {
    const format = { type: 'json_schema' as const, schema: { type: 'object' } };
    assert.deepEqual(parse({ output_format: format }).responseFormat, format);
    assert.deepEqual(parse({ output_config: { format } }).responseFormat, format);
    refuses({ output_config: { format: { type: 'json_schema' } } }, 'invalid_request', 'output_config.format.schema');
  });

  for (const [field, value] of [
    ['mcp_servers', [{ type: 'url', url: 'https://a', name: 'a' }]],
    ['container', 'c'],
    ['inference_geo', 'us'],
  ] as const)
    test(`refuses ${field}`, () => {
      refuses({ [field]: value }, 'unsupported_parameter', field);
    });

  for (const type of ['web_search_20250305', 'bash_20250124', 'mcp_toolset'])
    test(`refuses the tool ${type}, whose schema or work is Anthropic's`, () => {
      refuses({ tools: [tool, { type, name: 'x' }] }, 'unsupported_parameter', 'tools[1].type');
    });

  test('refuses a tool without a schema or a name', () => {
    refuses({ tools: [{ name: 'f' }] }, 'invalid_request', 'tools[0].input_schema');
    refuses({ tools: [{ input_schema: {} }] }, 'invalid_request', 'tools[0].name');
  });

  for (const type of ['image', 'document', 'server_tool_use', 'thinking'])
    test(`refuses a block ${type} of a user, and names it, also inside the result of a tool`, () => {
      const content: MessagesBlock[] = [{ type: 'text', text: 'a' }, { type }];
      const result = { type: 'tool_result', tool_use_id: '1', content };
      refuses({ messages: [{ role: 'user', content }] }, 'unsupported_parameter', 'messages[0].content[1]');
      refuses(
        { messages: [{ role: 'user', content: [result] }] },
        'unsupported_parameter',
        'messages[0].content[0].content[1]',
      );
      refuses({ system: content }, 'unsupported_parameter', 'system[1]');
    });

  test('refuses blocks that lack something, and names it', () => {
    for (const [role, block, field] of [
      ['user', { type: 'text' }, 'text'],
      ['user', { type: 'tool_result' }, 'tool_use_id'],
      ['assistant', { type: 'tool_use', name: 'f' }, 'id'],
      ['assistant', { type: 'tool_use', id: '1' }, 'name'],
    ] as const)
      refuses({ messages: [{ role, content: [block] }] }, 'invalid_request', `messages[0].content[0].${field}`);
  });
});

const optional = { requiredKeys: ['type'] as ['type'] };
const text = fc.string({ unit: 'binary', maxLength: 4 });
const innerBlock = fc.record({ type: fc.constantFrom('text', 'text', 'image'), text }, optional);
const block = fc.record(
  {
    type: fc.oneof(fc.constantFrom('text', 'tool_use', 'tool_result', 'thinking', 'redacted_thinking', 'image'), text),
    text,
    id: text,
    name: text,
    input: fc.option(fc.dictionary(text, fc.jsonValue({ maxDepth: 1 }))),
    tool_use_id: text,
    content: fc.option(fc.oneof(text, fc.array(innerBlock, { maxLength: 2 }))),
    is_error: fc.option(fc.boolean()),
    thinking: text,
  },
  optional,
);
const turn = fc.record({
  role: fc.constantFrom('user', 'assistant', 'system', 'developer'),
  content: fc.oneof(text, fc.array(block, { maxLength: 3 })),
});

test('any turns that the contract lets through are read, or refused by the path of what is wrong', () => {
  fc.assert(
    fc.property(fc.array(turn, { minLength: 1, maxLength: 3 }), (messages) => {
      try {
        assert.ok(parse({ messages }).messages.length >= messages.length);
      } catch (thrown) {
        assert.ok(thrown instanceof PurpgateError && thrown.status === 400, String(thrown));
        assert.match(thrown.param ?? '', /^messages\[\d\]\.content\[\d\]/);
      }
    }),
  );
});

test('parseCountTokens reads the same prompt', () => {
  const counted = { ...CLAUDE_CODE, max_tokens: undefined };
  const { messages, tools } = parseMessagesRequest(CLAUDE_CODE, ORIGIN);
  const request = parseCountTokens(counted, ORIGIN);
  assert.deepEqual([request.messages, request.tools], [messages, tools]);
  assert.equal(request.sampling.maxTokens, undefined);
});
