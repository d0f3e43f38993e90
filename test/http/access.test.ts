import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createAuthenticator } from '../../src/access/authenticator.js';
import { createLogger } from '../../src/telemetry.js';
import type { Caller } from '../../src/types.js';
import {
  ASK,
  BLOCK,
  CALLER,
  CHAT,
  HEADERS,
  KEY,
  MODEL,
  STOP,
  ScriptedServing,
  USAGE,
  VERSION,
  authenticatorOf,
  errorOf,
  openGateway,
  say,
  script,
  untilAborted,
} from './support.js';

const chat = (headers: Record<string, string> = HEADERS, payload: object = ASK) =>
  ({ method: 'POST', url: CHAT, headers, payload }) as const;

describe('keys at the edge', () => {
  test('come as Bearer, in any case, or as x-api-key', async (context) => {
    const { app } = await openGateway(context);
    for (const headers of [{ authorization: `bearer ${KEY}` }, { 'x-api-key': KEY }])
      assert.equal((await app.inject(chat(headers))).statusCode, 200);
  });

  test('need the scope of the route', async (context) => {
    const authenticator = authenticatorOf({
      infer: { ...CALLER, scopes: new Set(['inference']) },
      feed: { ...CALLER, scopes: new Set(['feedback']) },
    });
    const { app } = await openGateway(context, { authenticator });
    const refused = await app.inject(chat({ 'x-api-key': 'feed' }));
    assert.equal(refused.statusCode, 403);
    assert.equal(errorOf(refused).code, 'insufficient_scope');
    assert.equal((await app.inject(chat({ 'x-api-key': 'infer' }))).statusCode, 200);
    assert.equal((await app.inject({ url: '/v1/models', headers: { 'x-api-key': 'feed' } })).statusCode, 403);
    for (const url of ['/', '/api/hello'])
      assert.equal((await app.inject({ method: 'HEAD', url })).statusCode, 200, 'Claude Code asks so, without a key');
  });

  test('are judged before the body is read', async (context) => {
    const { app } = await openGateway(context);
    const response = await app.inject({
      method: 'POST',
      url: CHAT,
      headers: { 'content-type': 'application/json' },
      payload: '{',
    });
    assert.equal(response.statusCode, 401);
  });

  test('carry the address that the trusted proxy names, by network for IPv6', async (context) => {
    const addresses: string[] = [];
    const authenticator = {
      authenticate: ({ address }: { address: string }) => {
        addresses.push(address);
        return Promise.resolve(CALLER);
      },
    };
    const proxied = chat({ ...HEADERS, 'x-forwarded-for': '2001:db8:1:2:3:4:5:6' });
    const { app: direct } = await openGateway(context, { authenticator });
    await direct.inject(proxied);
    const { app } = await openGateway(context, { authenticator, settings: { TRUSTED_PROXIES: '127.0.0.1' } });
    await app.inject(proxied);
    assert.deepEqual(addresses, ['127.0.0.1', '2001:db8:1:2::']);
  });
});

describe('failed logins', () => {
  test('beyond the limit of their address are 429 with Retry-After', async (context) => {
    const authenticator = createAuthenticator({
      database: { query: () => Promise.resolve([]) },
      logger: createLogger('silent'),
      failedLoginsPerMinute: 2,
    });
    const { app } = await openGateway(context, { authenticator });
    const from = (remoteAddress: string) => app.inject({ ...chat({ 'x-api-key': 'pg-wrong' }), remoteAddress });
    const statuses = [await from('192.0.2.1'), await from('192.0.2.1')].map(({ statusCode }) => statusCode);
    assert.deepEqual(statuses, [401, 401]);
    const refused = await from('192.0.2.1');
    assert.deepEqual([refused.statusCode, errorOf(refused).code], [429, 'login_attempts_exceeded']);
    assert.ok(Number(refused.headers['retry-after']) >= 1);
    assert.equal((await from('192.0.2.2')).statusCode, 401);
  });
});

describe('consent', () => {
  test('is the key’s, and the header only narrows it', async (context) => {
    const { app, serving } = await openGateway(context);
    await app.inject(chat());
    await app.inject(chat({ ...HEADERS, 'x-purpgate-training': 'deny' }));
    assert.deepEqual(
      serving.callers.map(({ consent }) => consent),
      ['allow', 'deny'],
    );
    assert.equal(CALLER.consent, 'allow');
  });
});

describe('the session', () => {
  for (const header of ['x-session-id', 'x-claude-code-session-id', 'session-id', 'x-session-affinity'])
    test(`is named by ${header}`, async (context) => {
      const { app, serving } = await openGateway(context);
      await app.inject(chat({ ...HEADERS, [header]: 's1' }, { ...ASK, prompt_cache_key: 'k' }));
      assert.equal(serving.requests[0]?.session, 's1');
    });
});

describe('the rate limit', () => {
  const limited = (requestsPerMinute: number | null): Caller => ({ ...CALLER, requestsPerMinute });

  test('counts per key, tells what is left, and refuses with Retry-After', async (context) => {
    const authenticator = authenticatorOf({ a: limited(null), b: { ...limited(5), keyId: 'bbbbbbbbbbbb' } });
    const { app } = await openGateway(context, { authenticator, settings: { REQUESTS_PER_MINUTE: '2' } });
    const first = await app.inject(chat({ 'x-api-key': 'a' }));
    assert.deepEqual([first.headers['x-ratelimit-limit'], first.headers['x-ratelimit-remaining']], ['2', '1']);
    // Every route counts on the one budget of the key.
    await app.inject({ url: '/v1/models', headers: { 'x-api-key': 'a' } });
    const refused = await app.inject(chat({ 'x-api-key': 'a' }));
    assert.equal(refused.statusCode, 429);
    assert.deepEqual([errorOf(refused).code, errorOf(refused).type], ['rate_limit_exceeded', 'rate_limit_error']);
    const wait = Number(refused.headers['retry-after']);
    assert.ok(wait >= 1 && wait <= 60);
    assert.equal(refused.headers['x-ratelimit-remaining'], '0');
    const other = await app.inject(chat({ 'x-api-key': 'b' }));
    assert.deepEqual([other.statusCode, other.headers['x-ratelimit-limit']], [200, '5']);
  });

  test('does not count what needs no key', async (context) => {
    const { app } = await openGateway(context, { settings: { REQUESTS_PER_MINUTE: '1' } });
    for (let index = 0; index < 3; index += 1) {
      const response = await app.inject('/health/live');
      assert.equal(response.statusCode, 200);
      assert.equal(response.headers['x-ratelimit-limit'], undefined);
    }
  });
});

describe('the in-flight limit', () => {
  test('answers 503 while as many are served as may be, and 200 when one has ended', async (context) => {
    const release = new AbortController();
    const serving = new ScriptedServing(async function* () {
      await untilAborted(release.signal).catch(() => undefined);
      yield* [say('late'), STOP, USAGE];
    });
    const { app, metrics } = await openGateway(context, { serving, settings: { MAX_IN_FLIGHT: '1' } });
    const running = app.inject(chat());
    while (serving.requests.length === 0) await new Promise(setImmediate);
    assert.equal((await metrics.inFlight.get()).values[0]?.value, 1);
    const refused = await app.inject(chat());
    assert.equal(refused.statusCode, 503);
    assert.equal(errorOf(refused).code, 'overloaded');
    assert.equal(refused.headers['retry-after'], '1');
    assert.equal((await app.inject('/health/live')).statusCode, 200);
    release.abort();
    assert.equal((await running).statusCode, 200);
    assert.equal((await app.inject(chat())).statusCode, 200);
    assert.equal((await metrics.inFlight.get()).values[0]?.value, 0);
  });
});

describe('a whole completion', () => {
  test('has OpenAI form, with version and verdict in headers and in the extension', async (context) => {
    const { app } = await openGateway(context);
    const response = await app.inject(chat());
    assert.equal(response.headers['x-purpgate-version'], VERSION);
    assert.equal(response.headers['x-purpgate-verdict'], 'allow');
    const { id, created, ...rest } = response.json<{ id: string; created: number }>();
    assert.ok(Math.abs(created - Date.now() / 1000) < 60);
    assert.deepEqual(rest, {
      object: 'chat.completion',
      model: MODEL,
      system_fingerprint: VERSION,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello world', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 3,
        completion_tokens: 2,
        total_tokens: 5,
        completion_tokens_details: { reasoning_tokens: 1 },
      },
      purpgate: { interaction_id: id.replace('chatcmpl-', ''), version: VERSION, verdicts: [] },
    });
  });

  test('of a blocked prompt is an ordinary answer with the verdict beside it', async (context) => {
    const serving = new ScriptedServing(
      script({ type: 'verdict', choice: 0, verdict: BLOCK }, say('Withheld.'), STOP, USAGE),
    );
    const { app } = await openGateway(context, { serving });
    const response = await app.inject(chat());
    assert.deepEqual([response.statusCode, response.headers['x-purpgate-verdict']], [200, 'block']);
    assert.match(response.body, /"action":"block".*"rule":"prompt\/malware"/);
    assert.ok(!response.body.includes('quotes the prompt'));
  });
});

describe('models', () => {
  test('are listed in a shape that OpenAI’s and Anthropic’s clients read', async (context) => {
    const { app } = await openGateway(context);
    const list = (await app.inject({ url: '/v1/models', headers: HEADERS })).json<{ data: { id: string }[] }>();
    const [model] = list.data;
    assert.deepEqual(
      { ...list, data: [] },
      { object: 'list', data: [], has_more: false, first_id: MODEL, last_id: MODEL },
    );
    assert.equal(model?.id, MODEL);
    const one = await app.inject({ url: `/v1/models/${MODEL}`, headers: HEADERS });
    assert.deepEqual(one.json(), model);
  });

  test('are found by ids that hold a slash', async (context) => {
    const serving = new ScriptedServing();
    serving.models.push({ id: 'org/model', contextLength: 1, rules: 'on', version: VERSION });
    const { app } = await openGateway(context, { serving });
    const response = await app.inject({ url: '/v1/models/org%2Fmodel', headers: HEADERS });
    assert.equal(response.json<{ id: string }>().id, 'org/model');
  });
});

describe('CORS', () => {
  const preflight = {
    method: 'OPTIONS',
    url: CHAT,
    headers: { origin: 'https://a.example', 'access-control-request-method': 'POST' },
  } as const;

  test('is off by default', async (context) => {
    const { app } = await openGateway(context);
    assert.equal((await app.inject(preflight)).headers['access-control-allow-origin'], undefined);
    const response = await app.inject(chat({ ...HEADERS, origin: 'https://a.example' }));
    assert.equal(response.headers['access-control-allow-origin'], undefined);
  });

  test('lets the origins call that the setting names, with streams too', async (context) => {
    const { app } = await openGateway(context, { settings: { CORS_ORIGINS: 'https://a.example,https://b.example' } });
    const response = await app.inject(preflight);
    assert.deepEqual(
      [response.statusCode, response.headers['access-control-allow-origin']],
      [204, 'https://a.example'],
    );
    const foreign = await app.inject({ ...preflight, headers: { ...preflight.headers, origin: 'https://c.example' } });
    assert.equal(foreign.headers['access-control-allow-origin'], undefined);
    const stream = await app.inject(chat({ ...HEADERS, origin: 'https://b.example' }, { ...ASK, stream: true }));
    assert.equal(stream.headers['access-control-allow-origin'], 'https://b.example');
    assert.match(String(stream.headers['access-control-expose-headers']), /x-request-id/);
  });
});

describe('health', () => {
  test('is ready only when every part is', async (context) => {
    let engine = false;
    const health = [
      { name: 'engine', isReady: () => engine },
      { name: 'database', isReady: () => Promise.resolve(true) },
    ];
    const { app } = await openGateway(context, { health });
    const notReady = await app.inject('/health/ready');
    assert.equal(notReady.statusCode, 503);
    assert.deepEqual(notReady.json(), { status: 'not_ready', checks: { engine: 'not_ready', database: 'ready' } });
    engine = true;
    assert.equal((await app.inject('/health/ready')).statusCode, 200);
    assert.deepEqual((await app.inject('/health/live')).json(), { status: 'live' });
  });

  test('takes a check that throws, or does not answer, for not ready', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { app } = await openGateway(context, {
      health: [
        { name: 'broken', isReady: () => Promise.reject(new Error('secret')) },
        { name: 'silent', isReady: () => new Promise<boolean>(() => undefined) },
      ],
    });
    const pending = app.inject('/health/ready');
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    context.mock.timers.tick(1000);
    const response = await pending;
    assert.deepEqual(response.json(), { status: 'not_ready', checks: { broken: 'not_ready', silent: 'not_ready' } });
    context.mock.timers.reset();
  });
});
