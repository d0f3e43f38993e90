/** Clients that mean harm, and those that look like it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Writable } from 'node:stream';
import { describe, test } from 'node:test';
import { createLogger } from '../../src/telemetry.js';
import {
  ASK,
  CALLER,
  CHAT,
  HEADERS,
  KEY,
  STOP,
  ScriptedServing,
  USAGE,
  authenticatorOf,
  errorOf,
  listen,
  openGateway,
  rawPost,
  say,
  script,
  untilAborted,
} from './support.js';

const BODY = JSON.stringify(ASK);
const REQUEST = `POST ${CHAT} HTTP/1.1\r\nHost: a\r\nx-api-key: ${KEY}\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
}

/** Gives no answer until the request is aborted. */
function waiting(): ScriptedServing {
  return new ScriptedServing(async function* (_, signal) {
    await untilAborted(signal);
    yield* [];
  });
}

async function turnsUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 100_000; turn += 1) {
    if (await condition()) return;
    await new Promise(setImmediate);
  }
  assert.fail('it never came to be');
}

describe('a connection with many requests at once', { timeout: 20_000 }, () => {
  test('frees all their places when it ends, those too whose turn to answer had not come', async (context) => {
    const { app, serving, metrics } = await openGateway(context, { serving: waiting() });
    const inFlight = async () => (await metrics.inFlight.get()).values[0]?.value;
    const socket = await open(await listen(app));
    socket.write(REQUEST.repeat(20));
    await turnsUntil(() => serving.requests.length === 20);
    assert.equal(await inFlight(), 20);
    socket.destroy();
    await turnsUntil(async () => (await inFlight()) === 0);
    assert.ok(serving.signals.every(({ aborted }) => aborted));
  });

  test('is no leak of listeners', async (context) => {
    const warnings: Error[] = [];
    const warn = (warning: Error) => warnings.push(warning);
    process.on('warning', warn);
    context.after(() => process.off('warning', warn));
    const { app } = await openGateway(context);
    const socket = await open(await listen(app));
    socket.write(REQUEST.repeat(30));
    let answers = 0;
    socket.on('data', (bytes: Buffer) => (answers += bytes.toString().split('HTTP/1.1 200').length - 1));
    await turnsUntil(() => answers === 30);
    socket.destroy();
    assert.deepEqual(warnings, []);
  });
});

describe('a client that never reads', { timeout: 20_000 }, () => {
  test('is cut when it takes nothing of a whole answer', async (context) => {
    const serving = new ScriptedServing(script(say('Z'.repeat(64 << 20)), STOP, USAGE));
    const { app, metrics } = await openGateway(context, { serving, times: { stalledMs: 50 } });
    const socket = await rawPost(await listen(app), ASK);
    socket.pause();
    await turnsUntil(() => serving.requests.length === 1);
    await turnsUntil(async () => (await metrics.inFlight.get()).values[0]?.value === 0);
    socket.destroy();
  });
});

describe('one key', { timeout: 20_000 }, () => {
  test('cannot take every place, so that others are served beside it', async (context) => {
    const serving = waiting();
    const authenticator = authenticatorOf({ [KEY]: CALLER, other: { ...CALLER, keyId: 'bbbbbbbbbbbb' } });
    const { app } = await openGateway(context, { serving, authenticator, settings: { MAX_IN_FLIGHT: '8' } });
    const url = await listen(app);
    const sockets = await Promise.all(Array.from({ length: 6 }, () => rawPost(url, ASK)));
    await turnsUntil(() => serving.requests.length === 6);
    const ask = { method: 'POST', url: CHAT, payload: ASK } as const;
    const refused = await app.inject({ ...ask, headers: HEADERS });
    assert.deepEqual([refused.statusCode, errorOf(refused).code], [503, 'overloaded']);
    serving.answer = script(say('Hello'), STOP, USAGE);
    assert.equal((await app.inject({ ...ask, headers: { 'x-api-key': 'other' } })).statusCode, 200);
    const [first] = sockets;
    first?.destroy();
    await turnsUntil(async () => (await app.inject({ ...ask, headers: HEADERS })).statusCode === 200);
    for (const socket of sockets) socket.destroy();
  });
});

describe('bodies that are under way', { timeout: 20_000 }, () => {
  test('are bounded together, as they were announced, and one key cannot use up the bound', async (context) => {
    const authenticator = authenticatorOf({ [KEY]: CALLER, other: { ...CALLER, keyId: 'bbbbbbbbbbbb' } });
    const { app, metrics } = await openGateway(context, { authenticator, settings: { MAX_BODY_BYTES: '1024' } });
    const url = await listen(app);
    // What says nothing of its size counts for the most it may be.
    const sizes = [...Array.from({ length: 4 }, () => 'Content-Length: 1000'), 'Transfer-Encoding: chunked'];
    for (const size of sizes) {
      const socket = await open(url);
      socket.write(
        `POST ${CHAT} HTTP/1.1\r\nHost: a\r\nx-api-key: ${KEY}\r\nContent-Type: application/json\r\n${size}\r\n\r\n`,
      );
      context.after(() => socket.destroy());
    }
    const inFlight = (count: number) =>
      turnsUntil(async () => (await metrics.inFlight.get()).values[0]?.value === count);
    await inFlight(5);
    const ask = { method: 'POST', url: CHAT, payload: { ...ASK, padding: 'x'.repeat(900) } } as const;
    const place = await open(url);
    const refused = async () => (await app.inject({ ...ask, headers: HEADERS })).statusCode === 503;
    assert.equal(await refused(), false);
    place.write(
      `POST ${CHAT} HTTP/1.1\r\nHost: a\r\nx-api-key: ${KEY}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n`,
    );
    await inFlight(6);
    assert.equal(await refused(), true);
    assert.equal((await app.inject({ ...ask, headers: { 'x-api-key': 'other' } })).statusCode, 200);
    place.destroy();
    await inFlight(5);
    assert.equal(await refused(), false);
  });
});

describe('a client that is gone before its request is looked at', { timeout: 20_000 }, () => {
  test('is no failure of ours', async (context) => {
    let logged = '';
    const logger = createLogger(
      'error',
      new Writable({
        write(chunk: Buffer, _, done) {
          logged += chunk.toString();
          done();
        },
      }),
    );
    const { app, metrics } = await openGateway(context, { logger });
    const url = await listen(app);
    for (let turn = 0; turn < 50; turn += 1) {
      const socket = await open(url);
      socket.write(REQUEST);
      socket.resetAndDestroy();
    }
    // Some are read before the reset is seen, and each of those ends.
    const seen = async () => (await metrics.requests.get()).values.reduce((sum, { value }) => sum + value, 0);
    await turnsUntil(async () => (await seen()) > 0);
    await app.close();
    assert.equal(logged, '');
  });
});

describe('a body that is too complex', { timeout: 20_000 }, () => {
  const nested = (levels: number): string => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels);
  const values = (count: number): string => `[${Array.from({ length: count }, () => '1').join(',')}]`;
  const withMetadata = (json: string): string => `${BODY.slice(0, -1)},"metadata":${json}}`;
  const json = { ...HEADERS, 'content-type': 'application/json' };

  for (const [name, metadata, told] of [
    ['nested too deep', nested(100), /nested/],
    ['nested a million levels deep', nested(1_000_000), /nested/],
    ['of too many values', values(250_000), /values/],
    ['of too many fields', `{${Array.from({ length: 250_000 }, (_, field) => `"f${field}":1`).join(',')}}`, /values/],
  ] as const)
    test(`is refused when it is ${name}`, async (context) => {
      const { app, serving } = await openGateway(context);
      const payload = withMetadata(metadata);
      const response = await app.inject({ method: 'POST', url: CHAT, headers: json, payload });
      assert.equal(response.statusCode, 400);
      assert.equal(errorOf(response).code, 'invalid_request');
      assert.match(errorOf(response).message, told);
      assert.equal(serving.requests.length, 0);
    });

  test('is far from what agents send', async (context) => {
    const { app } = await openGateway(context);
    const tool = { type: 'function', function: { name: 't', parameters: JSON.parse(nested(60)) as object } };
    const messages = Array.from({ length: 5000 }, () => ({ role: 'user', content: [{ type: 'text', text: 'x' }] }));
    const payload = { ...ASK, messages, tools: Array.from({ length: 500 }, () => tool) };
    assert.equal((await app.inject({ method: 'POST', url: CHAT, headers: HEADERS, payload })).statusCode, 200);
  });

  test('is refused when a stop sequence is as long as a text', async (context) => {
    const { app } = await openGateway(context);
    for (const stop of ['x'.repeat(2000), ['x'.repeat(2000)]]) {
      const response = await app.inject({ method: 'POST', url: CHAT, headers: HEADERS, payload: { ...ASK, stop } });
      assert.deepEqual([response.statusCode, errorOf(response).code], [400, 'invalid_request']);
    }
  });
});
