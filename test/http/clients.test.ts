import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '../../src/types.js';
import { CLIENTS } from './client-bodies.js';
import { CHAT, HEADERS, MODEL, openGateway } from './support.js';

const KNOWN = [
  'model',
  'messages',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'user',
  'store',
];
const SAMPLING = [
  'temperature',
  'top_p',
  'max_tokens',
  'max_completion_tokens',
  'stop',
  'seed',
  'n',
  'frequency_penalty',
  'presence_penalty',
];

describe('requests of real clients', () => {
  for (const { client, headers, first, afterTool } of CLIENTS)
    test(`of ${client} are understood, in the first turn and after a tool call`, async (context) => {
      const { app, serving } = await openGateway(context);
      for (const body of [first, afterTool] as (JsonObject & { messages: readonly JsonObject[] })[]) {
        const payload = { ...body, model: MODEL };
        const response = await app.inject({ method: 'POST', url: CHAT, headers: { ...HEADERS, ...headers }, payload });
        assert.equal(response.statusCode, 200, response.body);
        const request = serving.requests.at(-1);
        assert.equal(request?.messages.length, body.messages.length);
        assert.equal(request.tools.length, Array.isArray(body['tools']) ? body['tools'].length : 0);
        assert.equal(request.toolCalls, body['parallel_tool_calls'] === false ? 'single' : 'parallel');
        const extra = Object.entries(body).filter(([field]) => !KNOWN.includes(field) && !SAMPLING.includes(field));
        assert.deepEqual(request.extra, Object.fromEntries(extra));
      }
      const roles = serving.requests.at(-1)?.messages.map(({ role }) => role) ?? [];
      assert.ok(roles.every((role) => ['system', 'user', 'assistant', 'tool'].includes(role)));
    });

  test('are validated in a moment when they are as large as a long session', async (context) => {
    const { app, serving } = await openGateway(context);
    const turn = [
      { role: 'user', content: [{ type: 'text', text: 'x'.repeat(4000) }] },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'c', content: 'y'.repeat(4000) },
    ];
    const messages = Array.from({ length: 250 }, () => turn).flat();
    const response = await app.inject({
      method: 'POST',
      url: CHAT,
      headers: HEADERS,
      payload: { model: MODEL, messages },
    });
    assert.equal(response.statusCode, 200);
    assert.equal(serving.requests[0]?.messages.length, 750);
  });
});
