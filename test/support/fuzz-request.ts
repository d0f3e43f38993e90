/** Requests of clients, whole and damaged, through the real HTTP application before a model server whose stream may be damaged too. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { loadConfig } from '../../src/config.js';
import { SseParser } from '../../src/engine/upstream/sse.js';
import { ERRORS } from '../../src/errors.js';
import { buildApp } from '../../src/http/app.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import type { Delta } from '../../src/types.js';
import { CLIENTS } from '../http/client-bodies.js';
import { CALLER, HEADERS, KEY, MODEL, ScriptedServing, authenticatorOf } from '../http/support.js';
import { AI_SDK, CLAUDE_CODE } from '../protocol/messages/bodies.js';
import { anyStream, readPieces } from './fuzz-stream.js';
import type { Mutation } from './mutation.js';

const parameters = { type: 'object', properties: { path: { type: 'string' } } };
const RESPONSES = [
  { input: 'Hi', instructions: 'Be brief.', max_output_tokens: 10, text: { format: { type: 'text' } } },
  {
    store: false,
    include: ['reasoning.encrypted_content'],
    tools: [
      { type: 'function', name: 'shell', description: 'd', strict: false, parameters },
      { type: 'custom', name: 'apply_patch', format: { type: 'grammar', syntax: 'lark', definition: 'x' } },
      { type: 'namespace', name: 'mcp', description: 'd', tools: [{ type: 'function', name: 'find', parameters }] },
      { type: 'web_search', external_web_access: false },
    ],
    tool_choice: 'auto',
    input: [
      { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'You are a coding agent.' }] },
      { role: 'user', content: [{ type: 'input_text', text: 'Read a' }] },
      { type: 'reasoning', id: 'rs_1', summary: [], content: null, encrypted_content: 'x' },
      { type: 'function_call', call_id: 'c1', name: 'shell', arguments: '{"path":"/a"}' },
      { type: 'function_call_output', call_id: 'c1', output: 'x' },
      { type: 'item_reference', id: 'rs_1' },
    ],
  },
];
const TEXTS = [
  { prompt: 'def f(', suffix: '): pass', max_tokens: 5, stop: ['\n'], n: 1, best_of: 1, echo: true },
  { prompt: ['x'], logprobs: 2, temperature: 0, stream_options: { include_usage: true } },
];
const FEEDBACK = { interaction_id: 'chatcmpl-018f0000-0000-7000-8000-000000000000', kind: 'score', value: 0.5 };

interface Route {
  readonly url: string;
  readonly bodies: readonly object[];
}

/** Every public route that reads a body. */
const ROUTES: readonly Route[] = [
  { url: '/v1/chat/completions', bodies: CLIENTS.flatMap(({ first, afterTool }) => [first, afterTool]) },
  { url: '/v1/responses', bodies: RESPONSES },
  { url: '/v1/messages?beta=true', bodies: [CLAUDE_CODE, AI_SDK] },
  { url: '/v1/messages/count_tokens', bodies: [CLAUDE_CODE, AI_SDK] },
  { url: '/v1/completions', bodies: TEXTS },
  { url: '/v1/feedback', bodies: [FEEDBACK] },
];

export interface FuzzedApp {
  readonly app: FastifyInstance;
  readonly serving: ScriptedServing;
}

export async function openFuzzedApp(): Promise<FuzzedApp> {
  const serving = new ScriptedServing();
  const app = await buildApp({
    config: loadConfig({}),
    serving,
    authenticator: authenticatorOf({ [KEY]: { ...CALLER, requestsPerMinute: 1_000_000_000 } }),
    metrics: createMetrics(),
    logger: createLogger('silent'),
    health: [],
    drainMs: 0,
  });
  return { app, serving };
}

/** Sends one request. Gives the route and what came of it; throws when the answer is not one of its protocol. */
export async function fuzzRequest({ app, serving }: FuzzedApp, mutation: Mutation): Promise<string> {
  const { url, bodies } = mutation.pick(ROUTES);
  const { deltas, error } = readPieces([anyStream(mutation)], mutation.pick([1, 2]));
  serving.answer = async function* (): AsyncGenerator<Delta, void, undefined> {
    yield* deltas;
    if (error !== null) await Promise.reject(error);
  };
  const pieces = mutation.cut(anyBody(mutation, bodies));
  const type = mutation.chance(0.02) ? 'text/plain' : 'application/json';
  const response = await app.inject({
    method: 'POST',
    url,
    headers: { ...HEADERS, 'content-type': type },
    payload: Readable.from(pieces, { objectMode: false }),
  });
  // A test of every request would keep all of them.
  serving.requests.length = serving.callers.length = serving.signals.length = serving.feedbacks.length = 0;
  const isMessages = url.startsWith('/v1/messages');
  const kind = String(response.headers['content-type']);
  if (kind.startsWith('text/event-stream')) return `${url} stream ${checkStream(response.rawPayload, isMessages)}`;
  assert.match(kind, /^application\/json/);
  const body: unknown = JSON.parse(response.payload);
  if (response.statusCode >= 400) {
    const code = checkError(body, isMessages);
    if (!isMessages) assert.equal(ERRORS[code as keyof typeof ERRORS].status, response.statusCode);
    // What ours does wrong is never the input's fault, but where the stream of the model server was broken.
    assert.ok(response.statusCode < 500 || error !== null, `${response.statusCode}: ${response.payload}`);
  } else assert.ok(isRecord(body) && ('id' in body || 'input_tokens' in body), response.payload);
  return `${url} ${response.statusCode}`;
}

function anyBody(mutation: Mutation, bodies: readonly object[]): Uint8Array {
  if (mutation.chance(0.03)) return mutation.noise(200);
  const body = { ...mutation.pick(bodies), model: MODEL, stream: mutation.chance(0.5) };
  const text = JSON.stringify(mutation.chance(0.85) ? mutation.json(body, 3) : body);
  return mutation.chance(0.25) ? mutation.bytes(Buffer.from(text), 3) : Buffer.from(text);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Gives the error's code, or in Anthropic's format its type. */
function checkError(body: unknown, isMessages: boolean): string {
  const error = isRecord(body) ? body['error'] : null;
  assert.ok(isRecord(error) && typeof error['message'] === 'string' && typeof error['type'] === 'string');
  if (isMessages) {
    assert.ok(isRecord(body) && body['type'] === 'error');
    return error['type'];
  }
  assert.ok(typeof error['code'] === 'string' && error['code'] in ERRORS, JSON.stringify(body));
  return error['code'];
}

/** Every event is JSON, and the last one is an end that clients of the protocol know. */
function checkStream(bytes: Uint8Array, isMessages: boolean): string {
  const parser = new SseParser();
  const events = [...parser.push(bytes), ...parser.end()];
  const last = events.at(-1);
  assert.ok(last !== undefined, 'a stream holds an event');
  for (const { data } of events) assert.ok(data === '[DONE]' || isRecord(JSON.parse(data)), data);
  if (last.data === '[DONE]') {
    assert.ok(!isMessages);
    return 'done';
  }
  const body: unknown = JSON.parse(last.data);
  assert.ok(isRecord(body));
  if (isMessages && last.event === 'message_stop') return 'done';
  if (body['type'] === 'response.failed') return 'failed';
  checkError(body, isMessages);
  return 'failed';
}
