import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Sample } from '../../src/reward/oracle.js';
import { createWebhook, type OwnOracle } from '../../src/reward/own-oracle.js';
import { answer } from '../support/events.js';

const sample: Sample = {
  kind: 'general',
  prompt: [{ role: 'user', text: 'Say hello.' }],
  response: answer('Hello.'),
  format: 'absent',
  tests: 'none',
};
const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const never = new AbortController().signal;

describe('a webhook as an oracle', () => {
  let server: Server;
  let reply: (response: ServerResponse) => void = () => undefined;
  let seen: { headers: IncomingHttpHeaders; path: string; body: string }[] = [];
  const oracles: OwnOracle[] = [];
  const webhook = (timeoutMs = 5000): OwnOracle => {
    const url = `http://127.0.0.1:${portOf(server)}/judge`;
    const oracle = createWebhook({
      name: 'style',
      kinds: ['general'],
      about: 'answer',
      url,
      apiKey: 'sk-style',
      version: '3',
      timeoutMs,
    });
    oracles.push(oracle);
    return oracle;
  };
  const judged = (body: string, status = 200, headers: Record<string, string> = {}) => {
    reply = (response) => response.writeHead(status, headers).end(body);
    return webhook().judge(sample, never);
  };

  before(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        seen.push({ headers: request.headers, path: request.url ?? '', body });
        reply(response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  after(async () => {
    await Promise.all(oracles.map((oracle) => oracle.stop()));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test('is told kind, prompt and answer, and gives a value with its reason', async () => {
    seen = [];
    assert.deepEqual(await judged('{"value": 0.25, "reason": "too\\u0000 short"}'), {
      value: 0.25,
      evidence: [],
      reason: 'too  short',
    });
    const [request] = seen;
    assert.equal(request?.path, '/judge');
    assert.equal(request.headers.authorization, 'Bearer sk-style');
    const { prompt, response, kind } = sample;
    assert.deepEqual(JSON.parse(request.body), { oracle: 'style', kind, prompt, response });
    assert.equal(webhook().version, 'webhook:3');
  });

  test('has no value for null, for what is none in [0, 1], and for an error', async () => {
    assert.deepEqual(await judged('{"value": null}'), {
      value: null,
      evidence: [],
      reason: 'the oracle has no verdict',
    });
    for (const body of [
      '{"value": 1.01}',
      '{"value": -1}',
      '{"value": "1"}',
      '{"value": true}',
      '{}',
      '[]',
      '1',
      'yes',
      '',
    ])
      assert.match((await judged(body)).reason ?? '', /no value in \[0, 1\]/, body);
    assert.match((await judged('{"value": 1}', 500)).reason ?? '', /answered 500/);
  });

  test('follows no redirect', async () => {
    seen = [];
    const judgement = await judged('{"value": 1}', 307, { location: `http://127.0.0.1:${portOf(server)}/elsewhere` });
    assert.deepEqual([judgement.value, judgement.reason], [null, 'the oracle style answered 307']);
    assert.deepEqual(
      seen.map(({ path }) => path),
      ['/judge'],
    );
  });

  test('has no value when it runs out of time, answers without end or is not there', async () => {
    reply = () => undefined;
    assert.deepEqual(await webhook(50).judge(sample, never), {
      value: null,
      evidence: [],
      reason: 'the oracle style ran out of time',
    });
    const endless = await judged(`{"value": 1, "reason": "${'x'.repeat(300_000)}"}`);
    assert.deepEqual(
      [endless.value, endless.reason],
      [null, 'the oracle style failed: the oracle style answers without end'],
    );
    const gone = createWebhook({
      name: 'gone',
      kinds: ['general'],
      about: 'answer',
      url: 'http://127.0.0.1:1',
      apiKey: null,
      version: '1',
      timeoutMs: 500,
    });
    oracles.push(gone);
    assert.equal((await gone.judge(sample, never)).reason, 'the oracle gone failed: it cannot be asked');
    await gone.stop();
    await gone.stop();
  });
});
