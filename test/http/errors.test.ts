import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import type { InjectOptions } from 'fastify';
import { PurpgateError, type ErrorCode } from '../../src/errors.js';
import { ASK, CHAT, HEADERS, MODEL, ScriptedServing, errorOf, listen, openGateway, script } from './support.js';

const post = (payload: unknown): InjectOptions => ({
  method: 'POST',
  url: CHAT,
  headers: HEADERS,
  payload: payload as object,
});
const json = (payload: string): InjectOptions => ({
  ...post(payload),
  headers: { ...HEADERS, 'content-type': 'application/json' },
});

describe('errors of the edge', () => {
  const cases: [string, InjectOptions, number, ErrorCode][] = [
    ['an unknown route', { url: '/v1/nothing' }, 404, 'route_not_found'],
    [
      'an unknown route with a body that is never read',
      { method: 'POST', url: '/nope', payload: '{' },
      404,
      'route_not_found',
    ],
    ['a method that a route does not have', { method: 'PUT', url: CHAT, headers: HEADERS }, 404, 'route_not_found'],
    ['a URL that cannot be decoded', { url: '/v1/models/%zz', headers: HEADERS }, 400, 'invalid_request'],
    ['no key', { ...post(ASK), headers: {} }, 401, 'invalid_api_key'],
    ['a wrong key', { ...post(ASK), headers: { authorization: 'Bearer pg-other' } }, 401, 'invalid_api_key'],
    ['another scheme', { ...post(ASK), headers: { authorization: 'Basic cGc6dGVzdA==' } }, 401, 'invalid_api_key'],
    ['text that is no JSON', json('{"model":'), 400, 'invalid_json'],
    ['an empty body', json(''), 400, 'invalid_json'],
    ['a body that would change prototypes', json('{"__proto__":{"a":1}}'), 400, 'invalid_json'],
    [
      'a body of another type',
      { ...json('a=b'), headers: { ...HEADERS, 'content-type': 'text/plain' } },
      415,
      'unsupported_media_type',
    ],
    ['no body', { method: 'POST', url: CHAT, headers: HEADERS }, 400, 'invalid_request'],
    ['a body that is too large', post({ ...ASK, padding: 'x'.repeat(2000) }), 413, 'request_too_large'],
    ['an unknown model', post({ ...ASK, model: 'gpt-4' }), 404, 'model_not_found'],
    ['an unknown model by id', { url: '/v1/models/gpt-4', headers: HEADERS }, 404, 'model_not_found'],
    ['a parameter that is not supported', post({ ...ASK, logit_bias: { 50256: -100 } }), 400, 'unsupported_parameter'],
    [
      'consent by header',
      { ...post(ASK), headers: { ...HEADERS, 'x-purpgate-training': 'allow' } },
      400,
      'invalid_request',
    ],
  ];
  for (const [name, request, status, code] of cases) {
    test(`have OpenAI form for ${name}`, async (context) => {
      const { app } = await openGateway(context, { settings: { MAX_BODY_BYTES: '1024' } });
      const response = await app.inject(request);
      assert.equal(response.statusCode, status, response.body);
      const { error } = response.json<{ error: Record<string, unknown> }>();
      assert.equal(error['code'], code);
      assert.deepEqual(Object.keys(error), ['message', 'type', 'param', 'code']);
      assert.match(String(response.headers['content-type']), /^application\/json/);
    });
  }

  for (const [name, body, param] of [
    ['a missing field', { messages: [] }, 'model'],
    ['no messages', { model: MODEL, messages: [] }, 'messages'],
    ['an unknown role', { model: MODEL, messages: [{ role: 'robot', content: '' }] }, 'messages[0].role'],
    ['content that is a number', { model: MODEL, messages: [{ role: 'user', content: 1 }] }, 'messages[0].content'],
    [
      'a part without a type',
      { model: MODEL, messages: [{ role: 'user', content: [{ text: '' }] }] },
      'messages[0].content[0].type',
    ],
    ['a number as text: nothing is coerced', { ...ASK, temperature: '1' }, 'temperature'],
    ['a temperature out of range', { ...ASK, temperature: 2.1 }, 'temperature'],
    ['a nucleus that is empty', { ...ASK, top_p: 0 }, 'top_p'],
    ['a fraction of a completion', { ...ASK, n: 1.5 }, 'n'],
    ['a tool choice that is none of its forms', { ...ASK, tool_choice: 'maybe' }, 'tool_choice'],
    [
      'a named tool choice without a name',
      { ...ASK, tool_choice: { type: 'function', function: {} } },
      'tool_choice.function.name',
    ],
    ['a tool without a name', { ...ASK, tools: [{ type: 'function', function: {} }] }, 'tools[0].function.name'],
    ['a body that is a list', [], null],
  ] as const) {
    test(`name the field for ${name}`, async (context) => {
      const { app, serving } = await openGateway(context);
      const response = await app.inject(post(body));
      assert.equal(response.statusCode, 400, response.body);
      assert.deepEqual([errorOf(response).code, errorOf(response).param], ['invalid_request', param]);
      assert.ok(param === null || errorOf(response).message.startsWith(`${param}: `), errorOf(response).message);
      assert.equal(serving.requests.length, 0);
    });
  }

  test('never show what broke inside', async (context) => {
    const serving = new ScriptedServing();
    const { app } = await openGateway(context, { serving });
    for (const thrown of [
      new Error('secret /srv/path'),
      new PurpgateError('guard_failed', { message: 'secret path' }),
    ]) {
      serving.answer = async function* () {
        await Promise.reject(thrown);
        yield* [];
      };
      for (const stream of [false, true]) {
        const response = await app.inject(post({ ...ASK, stream }));
        assert.equal(response.statusCode, 500);
        assert.ok(!response.body.includes('secret'));
      }
    }
  });

  test('say when to come back', async (context) => {
    const serving = new ScriptedServing();
    const { app } = await openGateway(context, { serving });
    serving.answer = async function* () {
      await Promise.reject(new PurpgateError('interaction_log_full', { retryAfterSeconds: 30 }));
      yield* [];
    };
    assert.equal((await app.inject(post(ASK))).headers['retry-after'], '30');
    serving.answer = async function* () {
      await Promise.reject(new PurpgateError('engine_unavailable'));
      yield* [];
    };
    assert.equal((await app.inject(post(ASK))).headers['retry-after'], '1');
  });

  test('an answer without an end is an error and not half an answer', async (context) => {
    const { app } = await openGateway(context, { serving: new ScriptedServing(script()) });
    assert.equal((await app.inject(post(ASK))).statusCode, 500);
  });

  test('bytes that are not HTTP get a JSON body too', async (context) => {
    const { app } = await openGateway(context);
    const { port } = new URL(await listen(app));
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('HELLO\r\n\r\n');
    socket.setEncoding('utf8');
    const [answer] = (await once(socket, 'data')) as [string];
    assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/);
    assert.match(answer, /"code":"invalid_request"/);
    socket.destroy();
  });
});

describe('every response', () => {
  test('names its request, by an id of ours and never the client’s', async (context) => {
    const { app, serving } = await openGateway(context);
    const response = await app.inject({ ...post(ASK), headers: { ...HEADERS, 'x-request-id': 'mine' } });
    const id = response.headers['x-request-id'];
    assert.match(String(id), /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    assert.equal(serving.requests[0]?.id, id);
    assert.equal(response.json<{ id: string }>().id, `chatcmpl-${String(id)}`);
    assert.match(String((await app.inject('/v1/nothing')).headers['x-request-id']), /^[0-9a-f-]{36}$/);
  });

  test('is counted by route pattern and status', async (context) => {
    const { app, metrics } = await openGateway(context);
    await app.inject(post(ASK));
    await app.inject(post({}));
    await app.inject('/v1/nothing');
    await app.inject({ url: `/v1/models/${MODEL}`, headers: HEADERS });
    const { values } = await metrics.requests.get();
    assert.deepEqual(
      values.map(({ labels, value }) => [labels.route, labels.status, value]),
      [
        [CHAT, 200, 1],
        [CHAT, 400, 1],
        ['unmatched', 404, 1],
        ['/v1/models/:id', 200, 1],
      ],
    );
    assert.equal((await metrics.inFlight.get()).values[0]?.value, 0);
  });
});
