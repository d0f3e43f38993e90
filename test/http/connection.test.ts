import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { PurpgateError } from '../../src/errors.js';
import {
  ASK,
  CHAT,
  HEADERS,
  STOP,
  ScriptedServing,
  USAGE,
  endless,
  listen,
  openGateway,
  rawPost,
  read,
  say,
  untilAborted,
} from './support.js';

const STREAM = { ...ASK, stream: true };

/** Resolves when nothing changed for a while; time is counted in turns of the loop. */
async function settled(value: () => number): Promise<number> {
  let last = -1;
  for (let calm = 0; calm < 500; calm += 1) {
    await new Promise(setImmediate);
    if (value() !== last) calm = 0;
    last = value();
  }
  return last;
}

describe('a client that leaves', { timeout: 20_000 }, () => {
  for (const [when, stream] of [
    ['in the middle of a stream', true],
    ['while a whole answer is made', false],
  ] as const)
    test(`${when} stops the generation`, async (context) => {
      const { app, serving, metrics } = await openGateway(context, { serving: endless() });
      const socket = await rawPost(await listen(app), { ...ASK, stream });
      if (stream) await read(socket, 'Hello');
      else while (serving.requests.length === 0) await new Promise(setImmediate);
      const left = once(serving.events, 'leave');
      socket.destroy();
      await left;
      const [signal] = serving.signals;
      assert.ok(signal?.aborted === true && signal.reason instanceof PurpgateError);
      assert.equal(signal.reason.code, 'request_aborted');
      const { values } = await metrics.requests.get();
      assert.deepEqual(
        values.map(({ labels }) => labels.status),
        [499],
      );
      assert.equal((await metrics.inFlight.get()).values[0]?.value, 0);
    });

  test('before the first Delta stops the generation too', async (context) => {
    const serving = new ScriptedServing(async function* (_, signal) {
      await untilAborted(signal);
      yield* [];
    });
    const { app } = await openGateway(context, { serving });
    const socket = await rawPost(await listen(app), STREAM);
    while (serving.requests.length === 0) await new Promise(setImmediate);
    const aborted = once(serving.events, 'abort');
    socket.destroy();
    await aborted;
  });

  test('after the end is no abort', async (context) => {
    const { app, serving, metrics } = await openGateway(context);
    const socket = await rawPost(await listen(app), STREAM);
    await read(socket, '[DONE]\n\n\r\n0\r\n\r\n');
    socket.destroy();
    await app.close();
    assert.equal(serving.signals[0]?.aborted, false);
    const { values } = await metrics.requests.get();
    assert.deepEqual(
      values.map(({ labels }) => labels.status),
      [200],
    );
  });
});

describe('a slow client', { timeout: 20_000 }, () => {
  const PIECE = 'Z'.repeat(65_536);
  const PIECES = 600;
  const torrent = (produced: { count: number }) =>
    new ScriptedServing(async function* () {
      for (; produced.count < PIECES; produced.count += 1) {
        await Promise.resolve();
        yield say(PIECE);
      }
      yield* [STOP, USAGE];
    });

  test('slows its generation, and loses nothing', async (context) => {
    const produced = { count: 0 };
    const { app } = await openGateway(context, { serving: torrent(produced) });
    const socket = await rawPost(await listen(app), STREAM);
    socket.pause();
    while (produced.count === 0) await new Promise(setImmediate);
    const stalledAt = await settled(() => produced.count);
    assert.ok(stalledAt < PIECES / 3, `${stalledAt} of ${PIECES} pieces were made for a client that reads none`);
    let letters = 0;
    let tail = '';
    for await (const bytes of socket.setEncoding('latin1').iterator({ destroyOnReturn: false })) {
      const text = String(bytes);
      letters += text.split('Z').length - 1;
      tail = (tail + text).slice(-32);
      if (tail.includes('[DONE]')) break;
    }
    assert.equal(produced.count, PIECES);
    assert.equal(letters, PIECES * PIECE.length);
    socket.destroy();
  });

  test('is cut when it has read nothing for too long', async (context) => {
    const produced = { count: 0 };
    const { app, serving } = await openGateway(context, { serving: torrent(produced), times: { stalledMs: 50 } });
    const socket = await rawPost(await listen(app), STREAM);
    socket.pause();
    while (serving.signals.length === 0) await new Promise(setImmediate);
    if (serving.signals[0]?.aborted === false) await once(serving.events, 'abort');
    assert.ok(produced.count < PIECES);
    socket.destroy();
  });
});

describe('closing', { timeout: 20_000 }, () => {
  test('lets running requests end and refuses new ones', async (context) => {
    const release = new AbortController();
    const serving = new ScriptedServing(async function* () {
      yield say('Hello');
      await untilAborted(release.signal).catch(() => undefined);
      yield* [STOP, USAGE];
    });
    const { app } = await openGateway(context, { serving, drainMs: 10_000 });
    const url = await listen(app);
    const socket = await rawPost(url, STREAM);
    await read(socket, 'Hello');
    const closed = app.close();
    while ((await fetch(`${url}/health/ready`)).status !== 503) await new Promise(setImmediate);
    const refused = await fetch(url + CHAT, {
      method: 'POST',
      headers: { ...HEADERS, 'content-type': 'application/json' },
      body: JSON.stringify(ASK),
    });
    assert.equal(refused.status, 503);
    assert.match(await refused.text(), /engine_unavailable/);
    release.abort();
    assert.match(await read(socket), /\[DONE\]/);
    await closed;
  });

  test('aborts what takes too long, and says so to the client', async (context) => {
    const { app } = await openGateway(context, { serving: endless(), drainMs: 20 });
    const socket = await rawPost(await listen(app), STREAM);
    await read(socket, 'Hello');
    const closed = app.close();
    const rest = await read(socket);
    assert.match(rest, /"code":"engine_unavailable"/);
    assert.ok(!rest.includes('[DONE]'));
    await closed;
  });

  test('answers 503 where the answer has not begun', async (context) => {
    const { app, serving } = await openGateway(context, { serving: endless(), drainMs: 20 });
    const socket = await rawPost(await listen(app), ASK);
    while (serving.requests.length === 0) await new Promise(setImmediate);
    const closed = app.close();
    const answer = await read(socket);
    assert.match(answer, /^HTTP\/1\.1 503 .*"code":"engine_unavailable"/s);
    await closed;
  });

  test('cuts clients that do not read their goodbye', async (context) => {
    const serving = new ScriptedServing(async function* () {
      for (;;) {
        await Promise.resolve();
        yield say('x'.repeat(65_536));
      }
    });
    const { app } = await openGateway(context, { serving, drainMs: 1 });
    const socket = await rawPost(await listen(app), STREAM);
    socket.pause();
    while (serving.requests.length === 0) await new Promise(setImmediate);
    await app.close();
    socket.destroy();
  });
});
