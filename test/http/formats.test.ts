import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PurpgateError } from '../../src/errors.js';
import {
  BLOCK,
  HEADERS,
  MODEL,
  STOP,
  ScriptedServing,
  USAGE,
  VERSION,
  listen,
  openGateway,
  say,
  script,
} from './support.js';

const MESSAGES = { model: MODEL, max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }] };
interface Format {
  readonly url: string;
  readonly payload: object;
  /** How a stream that went well ends. */
  readonly end: RegExp;
  readonly alive?: string;
}

const FORMATS: readonly Format[] = [
  {
    url: '/v1/chat/completions',
    payload: { model: MODEL, messages: [{ role: 'user', content: 'Hi' }] },
    end: /data: \[DONE\]\n\n$/,
  },
  {
    url: '/v1/responses',
    payload: { model: MODEL, input: 'Hi' },
    end: /event: response\.completed\n.+\n\ndata: \[DONE\]\n\n$/,
  },
  { url: '/v1/completions', payload: { model: MODEL, prompt: 'Hi' }, end: /data: \[DONE\]\n\n$/ },
  { url: '/v1/messages', payload: MESSAGES, end: /event: message_stop\ndata: .+\n\n$/, alive: 'event: ping\n' },
];

const broken = (code: 'upstream_error' | 'engine_unavailable') =>
  async function* () {
    await Promise.resolve();
    yield say('Hel');
    throw new PurpgateError(code, { message: 'inner text' });
  };

for (const { url, payload, end, alive = ': keep-alive\n\n' } of FORMATS)
  describe(url, () => {
    const post = (extra: object = {}) =>
      ({ method: 'POST', url, headers: HEADERS, payload: { ...payload, ...extra } }) as const;

    test('answers whole, and says who answered and that nothing was withheld', async (context) => {
      const { app, serving } = await openGateway(context);
      const response = await app.inject(post());
      assert.equal(response.statusCode, 200, response.body);
      assert.match(response.body, /Hello world/);
      assert.equal(response.headers['x-purpgate-version'], VERSION);
      assert.equal(response.headers['x-purpgate-verdict'], 'allow');
      assert.equal(serving.requests[0]?.messages.at(-1)?.content, 'Hi');
    });

    test('streams to its own end', async (context) => {
      const { app } = await openGateway(context);
      const response = await app.inject(post({ stream: true }));
      assert.match(String(response.headers['content-type']), /^text\/event-stream/);
      assert.match(response.body, end);
    });

    test('ends a broken stream with an error and with nothing that looks like success', async (context) => {
      const { app } = await openGateway(context, { serving: new ScriptedServing(broken('upstream_error')) });
      const { body } = await app.inject(post({ stream: true }));
      assert.doesNotMatch(body, end);
      assert.match(body, /"error"/);
      assert.doesNotMatch(body, /inner text/);
    });

    test('gives a sign of life while nothing is said', async (context) => {
      let isSeen: () => void = () => undefined;
      const seen = new Promise<void>((resolve) => {
        isSeen = resolve;
      });
      const serving = new ScriptedServing(async function* () {
        await seen;
        yield* [say('Hello'), STOP, USAGE];
      });
      const { app } = await openGateway(context, { serving, times: { readyMs: 5, keepAliveMs: 5 } });
      const response = await fetch(`${await listen(app)}${url}`, {
        method: 'POST',
        headers: { ...HEADERS, 'content-type': 'application/json' },
        body: JSON.stringify({ ...payload, stream: true }),
      });
      let body = '';
      assert.ok(response.body !== null);
      for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
        body += piece;
        if (body.includes(alive)) isSeen();
      }
      assert.match(body, end);
    });

    test('streams an answer that is larger than every buffer', async (context) => {
      const text = 'x'.repeat(200_000);
      const { app } = await openGateway(context, { serving: new ScriptedServing(script(say(text), STOP, USAGE)) });
      const response = await fetch(`${await listen(app)}${url}`, {
        method: 'POST',
        headers: { ...HEADERS, 'content-type': 'application/json' },
        body: JSON.stringify({ ...payload, stream: true }),
      });
      const body = await response.text();
      assert.ok(body.includes(text));
      assert.match(body, end);
    });

    test('serves a blocked prompt as an ordinary answer', async (context) => {
      const notice = script({ type: 'verdict', choice: 0, verdict: BLOCK }, say('Withheld.'), STOP, USAGE);
      const serving = new ScriptedServing(notice);
      serving.blockedBy = BLOCK;
      const { app } = await openGateway(context, { serving });
      const whole = await app.inject(post());
      assert.equal(whole.statusCode, 200);
      assert.equal(whole.headers['x-purpgate-verdict'], 'block');
      assert.match(whole.body, /Withheld\./);
      assert.doesNotMatch(whole.body, /content_filter|"refusal":"|"stop_reason":"refusal"|incomplete"/);
      const stream = await app.inject(post({ stream: true }));
      assert.equal(stream.headers['x-purpgate-verdict'], 'block');
      assert.match(stream.body, end);
    });

    test('refuses an unknown model and an unknown key in the words of its clients', async (context) => {
      const { app } = await openGateway(context);
      const isAnthropic = url === '/v1/messages';
      for (const [options, status, type] of [
        [post({ model: 'gpt-9' }), 404, isAnthropic ? 'not_found_error' : 'invalid_request_error'],
        [{ ...post(), headers: { 'x-api-key': 'pg-wrong' } }, 401, 'authentication_error'],
        [post({ model: 7 }), 400, 'invalid_request_error'],
      ] as const) {
        const response = await app.inject(options);
        assert.equal(response.statusCode, status, response.body);
        const body = response.json<{ type?: string; request_id?: string; error: { type: string; message: string } }>();
        assert.equal(body.error.type, type);
        assert.ok(body.error.message.length > 0);
        assert.equal(body.type, isAnthropic ? 'error' : undefined);
        assert.equal(body.request_id, isAnthropic ? response.headers['x-request-id'] : undefined);
      }
    });
  });

describe('/v1/messages/count_tokens', () => {
  const url = '/v1/messages/count_tokens';
  const payload = { model: MODEL, messages: MESSAGES.messages };

  test('counts what would be asked, and asks nothing', async (context) => {
    const { app, serving } = await openGateway(context);
    const response = await app.inject({ method: 'POST', url, headers: HEADERS, payload });
    assert.equal(response.statusCode, 200, response.body);
    assert.deepEqual(response.json(), { input_tokens: 1 });
    assert.equal(serving.requests.length, 0);
  });

  test('fails as Anthropic does', async (context) => {
    const { app } = await openGateway(context);
    const response = await app.inject({
      method: 'POST',
      url,
      headers: HEADERS,
      payload: { ...payload, model: 'gpt-9' },
    });
    assert.equal(response.statusCode, 404);
    assert.equal(response.json<{ error: { type: string } }>().error.type, 'not_found_error');
  });
});
