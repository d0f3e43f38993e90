import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { PurpgateError } from '../../src/errors.js';
import type { Delta } from '../../src/types.js';
import {
  ASK,
  BLOCK,
  CHAT,
  HEADERS,
  KEY,
  STOP,
  ScriptedServing,
  USAGE,
  VERSION,
  endless,
  errorOf,
  eventsOf,
  listen,
  openGateway,
  rawPost,
  read,
  say,
  script,
  untilAborted,
} from './support.js';

const STREAM = { ...ASK, stream: true };
const post = (payload: object = STREAM) => ({ method: 'POST', url: CHAT, headers: HEADERS, payload }) as const;

async function failing(context: TestContext, before: readonly Delta[], thrown: Error) {
  return openGateway(context, {
    serving: new ScriptedServing(async function* () {
      yield* before;
      await Promise.reject(thrown);
    }),
  });
}

describe('a stream', { timeout: 20_000 }, () => {
  test('is server-sent events that end with [DONE], with all headers of the edge', async (context) => {
    const { app } = await openGateway(context);
    const response = await app.inject(post());
    const { headers } = response;
    assert.deepEqual(
      [headers['content-type'], headers['cache-control'], headers['x-accel-buffering']],
      ['text/event-stream; charset=utf-8', 'no-cache, no-transform', 'no'],
    );
    assert.deepEqual([headers['x-purpgate-version'], headers['x-purpgate-verdict']], [VERSION, 'allow']);
    assert.match(String(headers['x-request-id']), /^[0-9a-f-]{36}$/);
    assert.equal(headers['x-ratelimit-limit'], '600');
    const events = eventsOf(response.body);
    assert.equal(events.pop(), '[DONE]');
    const chunks = events.map(
      (event) => JSON.parse(event) as { choices: [{ delta: object; finish_reason: string | null }] },
    );
    assert.deepEqual(
      chunks.map(({ choices: [{ delta, finish_reason }] }) => [delta, finish_reason]),
      [
        [{ role: 'assistant', content: 'Hello' }, null],
        [{ content: ' world' }, null],
        [{}, 'stop'],
      ],
    );
  });

  test('has a usage chunk when it is asked for', async (context) => {
    const { app } = await openGateway(context);
    const response = await app.inject(post({ ...STREAM, stream_options: { include_usage: true } }));
    const usage = JSON.parse(eventsOf(response.body).at(-2) ?? '') as {
      choices: unknown[];
      usage: { total_tokens: number };
    };
    assert.deepEqual([usage.choices, usage.usage.total_tokens], [[], 5]);
  });

  test('says in its headers that the prompt was blocked', async (context) => {
    const serving = new ScriptedServing(
      script({ type: 'verdict', choice: 0, verdict: BLOCK }, say('Withheld.'), STOP, USAGE),
    );
    serving.blockedBy = BLOCK;
    const { app } = await openGateway(context, { serving });
    const response = await app.inject(post());
    assert.equal(response.headers['x-purpgate-verdict'], 'block');
    assert.match(eventsOf(response.body)[0] ?? '', /"content":"Withheld\.".*"action":"block"/);
  });

  test('that fails before its first Delta is an HTTP status', async (context) => {
    const { app } = await failing(context, [], new PurpgateError('context_length_exceeded'));
    const response = await app.inject(post());
    assert.equal(response.statusCode, 400);
    assert.equal(errorOf(response).code, 'context_length_exceeded');
  });

  test('that fails later ends with an error event and never with [DONE]', async (context) => {
    const { app } = await failing(context, [say('Hel')], new Error('secret'));
    const response = await app.inject(post());
    const events = eventsOf(response.body);
    assert.equal(response.statusCode, 200);
    assert.equal(errorOf({ json: () => JSON.parse(events.at(-1) ?? '') as unknown }).code, 'internal_error');
    assert.ok(!response.body.includes('[DONE]') && !response.body.includes('secret'));
  });

  test('begins when the first Delta is late, keeps the connection alive, and can still fail', async (context) => {
    const late = new AbortController();
    const serving = new ScriptedServing(async function* () {
      await untilAborted(late.signal).catch(() => undefined);
      await Promise.reject(new PurpgateError('upstream_timeout'));
      yield* [];
    });
    const { app } = await openGateway(context, { serving, times: { readyMs: 5, keepAliveMs: 5 } });
    const socket = await rawPost(await listen(app), STREAM);
    const head = await read(socket, ': keep-alive\n\n');
    assert.match(head, /^HTTP\/1\.1 200 OK\r\n/);
    assert.ok(!/x-purpgate-verdict/i.test(head), 'nobody has judged the prompt yet');
    late.abort();
    const rest = await read(socket, 'upstream_timeout');
    assert.ok(!rest.includes('[DONE]'));
    socket.destroy();
  });

  test('is kept alive in the middle too, and not while it speaks', async (context) => {
    const { app } = await openGateway(context, { serving: endless(), times: { keepAliveMs: 5 } });
    const socket = await rawPost(await listen(app), STREAM);
    const text = await read(socket, ': keep-alive\n\n');
    assert.match(text, /"content":"Hello".*: keep-alive\n\n/s);
    socket.destroy();
  });

  test('of one character per Delta arrives whole', async (context) => {
    const text = 'def f(x):\n\treturn "ä€𝄞"\u2028\n';
    const serving = new ScriptedServing(script(...Array.from(text, (character) => say(character)), STOP, USAGE));
    const { app } = await openGateway(context, { serving });
    const response = await app.inject(post());
    const content = eventsOf(response.body)
      .filter((event) => event !== '[DONE]')
      .map(
        (event) => (JSON.parse(event) as { choices: [{ delta: { content?: string } }] }).choices[0].delta.content ?? '',
      );
    assert.equal(content.join(''), text);
  });

  test('answers a request that comes byte by byte', async (context) => {
    const { app } = await openGateway(context);
    const { hostname, port } = new URL(await listen(app));
    const body = JSON.stringify(STREAM);
    const socket = connect({ port: Number(port), host: hostname, noDelay: true });
    const request = `POST ${CHAT} HTTP/1.1\r\nHost: a\r\nx-api-key: ${KEY}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    for (const character of request) {
      socket.write(character);
      await new Promise(setImmediate);
    }
    assert.match(await read(socket, '[DONE]'), /"content":"Hello"/);
    socket.destroy();
  });
});
