import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PurpgateError, type ErrorCode } from '../../../src/errors.js';
import { responsesFormat } from '../../../src/protocol/responses/responses.js';
import type { ResponsesRequest } from '../../../src/protocol/wire.js';
import { AI_SDK, CODEX_AFTER_TOOLS, CODEX_FIRST, COPILOT } from './bodies.js';

const ORIGIN = { id: '018f0000-0000-7000-8000-000000000000', session: null };

const ask = (fields: Partial<ResponsesRequest>): ResponsesRequest => ({ model: 'm', input: 'Hi', ...fields });
const parse = (fields: Partial<ResponsesRequest>) => responsesFormat.parse(ask(fields), ORIGIN).request;

function refuses(fields: Partial<ResponsesRequest>, code: ErrorCode, param: string): void {
  assert.throws(
    () => parse(fields),
    (error) => error instanceof PurpgateError && error.code === code && error.param === param,
    param,
  );
}

const read = { type: 'function', name: 'read' };
const patch = { type: 'custom', name: 'patch' };

describe('a Responses request', () => {
  test('gives OpenAI defaults to what is absent', () => {
    assert.deepEqual(parse({}), {
      id: ORIGIN.id,
      protocol: 'responses',
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

  test('takes null for absent, and neutral values for nothing', () => {
    const nulls = {
      instructions: null,
      temperature: null,
      top_p: null,
      max_output_tokens: null,
      tools: null,
      tool_choice: null,
      text: null,
      user: null,
      store: null,
      stream: null,
      previous_response_id: null,
      conversation: null,
      prompt: null,
      background: false,
      truncation: 'disabled',
      top_logprobs: 0,
    };
    const { extra, ...rest } = parse(nulls);
    assert.deepEqual({ ...rest, extra: {} }, parse({}));
    assert.deepEqual(extra, { text: null });
  });

  test('of Codex is understood in its first turn', () => {
    const request = parse(CODEX_FIRST);
    assert.deepEqual(request.messages, [
      { role: 'system', content: '<permissions instructions>\nUse apply_patch.' },
      { role: 'user', content: '<environment_context>\n<cwd>/a</cwd>' },
      { role: 'user', content: 'Read a' },
    ]);
    assert.deepEqual(
      request.tools.map(({ name }) => name),
      ['shell', 'apply_patch', 'agents__spawn', 'agents__shell'],
    );
    assert.equal(request.toolChoice, 'auto');
    assert.equal(request.toolCalls, 'single');
    assert.equal(request.store, false);
    assert.equal(request.session, 'thread-1');
    assert.deepEqual(Object.keys(request.extra).sort(), [
      'client_metadata',
      'include',
      'prompt_cache_key',
      'reasoning',
    ]);
  });

  test('of Codex is understood after tool calls, whose names are those that the model was offered', () => {
    assert.deepEqual(parse(CODEX_AFTER_TOOLS).messages.slice(3), [
      {
        role: 'assistant',
        content: 'I read it.',
        toolCalls: [
          { id: 'c1', name: 'shell', arguments: '{"command":["cat","a"]}' },
          { id: 'c2', name: 'agents__spawn', arguments: '{' },
        ],
      },
      { role: 'tool', content: 'x', toolCallId: 'c1' },
      { role: 'tool', content: 'y', toolCallId: 'c2' },
      {
        role: 'assistant',
        content: '',
        toolCalls: [{ id: 'c3', name: 'apply_patch', arguments: '{"input":"*** Begin \\"Patch\\"\\n"}' }],
      },
      { role: 'tool', content: 'Done', toolCallId: 'c3' },
    ]);
  });

  test('of the AI SDK is understood, with references and without types', () => {
    const request = parse(AI_SDK);
    assert.deepEqual(
      request.messages.map(({ role }) => role),
      ['system', 'user', 'assistant', 'tool'],
    );
    assert.deepEqual(request.toolChoice, { name: 'read' });
    assert.deepEqual(request.responseFormat, { type: 'json_schema', schema: { type: 'object' } });
    assert.equal(request.sampling.maxTokens, 100);
  });

  test('of Copilot is understood, and its effort is kept where chat completions have it', () => {
    const request = parse(COPILOT);
    assert.deepEqual(request.messages[0], { role: 'system', content: 'You are a coding agent.' });
    assert.equal(request.extra['reasoning_effort'], 'medium');
    assert.equal(responsesFormat.parse(COPILOT, ORIGIN).delivery, 'stream');
  });

  test('offers a custom tool as a function with one string, and tells its grammar', () => {
    const tool = parse(CODEX_FIRST).tools[1];
    assert.deepEqual(tool?.parameters?.['required'], ['input']);
    assert.match(JSON.stringify(tool.parameters), /lark grammar:\\nstart: begin_patch/);
  });

  test('gives every tool a name of its own, of a length that upstreams take', () => {
    const long = 'n'.repeat(70);
    const { tools } = parse({
      tools: [
        { type: 'function', name: 'a__b' },
        { type: 'namespace', name: 'a', tools: [{ type: 'function', name: 'b' }, patch] },
        { type: 'namespace', name: 'mcp__x__', tools: [{ type: 'function', name: 'b' }] },
        { type: 'namespace', name: long, tools: [read, patch] },
      ],
    });
    const names = tools.map(({ name }) => name);
    assert.deepEqual(names.slice(0, 4), ['a__b', 'a__b_2', 'a__patch', 'mcp__x__b']);
    assert.equal(new Set(names).size, names.length);
    assert.ok(names.every((name) => name.length <= 64));
  });

  test('reads every form of tool_choice', () => {
    const tools = [read, patch, { type: 'namespace', name: 'n', tools: [{ type: 'function', name: 'inner' }] }];
    const choose = (tool_choice: NonNullable<ResponsesRequest['tool_choice']>) => parse({ tools, tool_choice });
    assert.equal(choose('none').toolChoice, 'none');
    assert.equal(choose('required').toolChoice, 'required');
    assert.deepEqual(choose(patch).toolChoice, { name: 'patch' });
    assert.deepEqual(choose({ type: 'function', name: 'inner' }).toolChoice, { name: 'n__inner' });
    assert.deepEqual(choose({ type: 'function', name: 'inner', namespace: 'n' }).toolChoice, { name: 'n__inner' });
    const allowed = choose({ type: 'allowed_tools', mode: 'required', tools: [patch, { type: 'web_search' }] });
    assert.equal(allowed.toolChoice, 'required');
    assert.deepEqual(
      allowed.tools.map(({ name }) => name),
      ['patch'],
    );
    assert.equal(choose({ type: 'allowed_tools', mode: 'auto', tools: [read] }).toolChoice, 'auto');
    refuses({ tools, tool_choice: { type: 'function', name: 'other' } }, 'invalid_request', 'tool_choice.name');
    refuses({ tools, tool_choice: { type: 'web_search' } }, 'unsupported_parameter', 'tool_choice.type');
    refuses({ tools: [{ type: 'web_search' }], tool_choice: 'required' }, 'invalid_request', 'tool_choice');
  });

  test('is refused where it asks for what would be ignored', () => {
    for (const field of ['previous_response_id', 'conversation', 'prompt', 'background', 'truncation', 'top_logprobs'])
      refuses({ [field]: field === 'background' ? true : 'x' }, 'unsupported_parameter', field);
    const include = ['reasoning.encrypted_content', 'message.output_text.logprobs'];
    refuses({ include }, 'unsupported_parameter', 'include[1]');
    refuses({ tools: [read, { type: 'file_search' }] }, 'unsupported_parameter', 'tools[1].type');
    const inner = [{ type: 'namespace', name: 'n', tools: [{ type: 'web_search' }] }];
    refuses({ tools: inner }, 'unsupported_parameter', 'tools[0].tools[0].type');
  });

  test('is refused where its input is not text, or not whole', () => {
    const part = (type: string) => [{ role: 'user', content: [{ type: 'input_text', text: 'a' }, { type }] }];
    for (const type of ['input_image', 'input_file', 'input_audio'])
      refuses({ input: part(type) }, 'unsupported_parameter', 'input[0].content[1]');
    refuses({ input: part('input_text') }, 'invalid_request', 'input[0].content[1].text');
    const output = { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_image' }] };
    refuses({ input: [output] }, 'unsupported_parameter', 'input[0].output[0]');
    refuses({ input: [{ type: 'local_shell_call' }] }, 'unsupported_parameter', 'input[0].type');
    refuses({ input: [{ type: 'message', content: 'a' }] }, 'invalid_request', 'input[0].role');
    refuses({ input: [{ role: 'user' }] }, 'invalid_request', 'input[0].content');
    refuses({ input: [{ type: 'function_call', name: 'f', arguments: '' }] }, 'invalid_request', 'input[0].call_id');
    refuses({ input: [{ type: 'item_reference', id: 'rs_1' }] }, 'invalid_request', 'input');
    refuses({ tools: [{ type: 'function' }] }, 'invalid_request', 'tools[0].name');
    refuses({ text: { format: { type: 'json_schema', name: 'n' } } }, 'invalid_request', 'text.format.schema');
  });

  test('joins calls of one turn in a moment, however many they are', () => {
    const input = Array.from({ length: 40_000 }, (_, index) => ({
      type: 'function_call',
      call_id: `c${index}`,
      name: 'f',
      arguments: '{}',
    }));
    const [message] = parse({ input }).messages;
    assert.ok(message?.role === 'assistant' && message.toolCalls.length === 40_000);
  });

  test('takes a session header before prompt_cache_key, and safety_identifier where there is no user', () => {
    const body = ask({ prompt_cache_key: 'k', safety_identifier: 's' });
    const { request } = responsesFormat.parse(body, { ...ORIGIN, session: 'header' });
    assert.deepEqual([request.session, request.user], ['header', 's']);
  });
});
