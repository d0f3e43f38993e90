import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Engine } from '../../src/engine/engine.js';
import type { Delta, TokenLogprob } from '../../src/types.js';
import type { WireName } from '../../src/engine/upstream/pools.js';
import { collect, engineContract, engineRequest, type Lack, never } from '../contracts/engine.js';
import {
  completion,
  startScriptedUpstream,
  steps,
  textDeltas,
  upstreamEngine,
  type Script,
  type ScriptedUpstream,
  type Step,
} from '../support/scripted-upstream.js';

const WIRES: readonly { wire: WireName; lacks: readonly Lack[] }[] = [
  { wire: 'openai-chat', lacks: [] },
  { wire: 'openai-responses', lacks: ['choices', 'logprobs', 'promptLength', 'stop', 'text'] },
  { wire: 'anthropic-messages', lacks: ['choices', 'logprobs', 'text'] },
];

const openOn =
  (wire: WireName): Parameters<typeof engineContract>[1] =>
  async ({ pieces, isEndless }) => {
    const upstream = await startScriptedUpstream((request) => {
      const choices = Number(request.body['n'] ?? 1);
      const indices = Array.from({ length: choices }, (_, choice) => choice);
      const usage: Delta = { type: 'usage', usage: { promptTokens: 3, completionTokens: 5, reasoningTokens: 0 } };
      const { body } = request;
      const stops = body['stop'] ?? body['stop_sequences'];
      const stopAt = pieces.findIndex((piece) => Array.isArray(stops) && stops.includes(piece));
      const said = stopAt === -1 ? pieces : pieces.slice(0, stopAt);
      const stopped = stopAt === -1 ? {} : { stopSequence: pieces[stopAt] ?? '' };
      const isChat = request.path.endsWith('/chat/completions');
      const alternatives = Number((isChat ? body['top_logprobs'] : body['logprobs']) ?? 0);
      const textDelta = (choice: number, text: string): Delta =>
        'logprobs' in body
          ? { type: 'text', choice, text, logprobs: [tokenLogprob(text, alternatives)] }
          : { type: 'text', choice, text };
      const say = function* (): Generator<Step> {
        if (!request.path.endsWith('/completions') || isChat) yield { delta: { type: 'prompt', promptTokens: 3 } };
        do for (const text of said) for (const choice of indices) yield { delta: textDelta(choice, text) };
        while (isEndless);
        for (const choice of indices) yield { delta: { type: 'finish', choice, reason: 'stop', ...stopped } };
        yield { delta: usage };
      };
      return { steps: say() };
    });
    const engine = upstreamEngine(upstream.url, { wire });
    return {
      engine,
      async abandoned() {
        const request = await upstream.nextRequest();
        assert.equal(await request.ended, 'client_left');
      },
      async close() {
        await engine.stop();
        await upstream.stop();
      },
    };
  };

for (const { wire, lacks } of WIRES) engineContract(`the upstream engine on ${wire}`, openOn(wire), lacks);

function tokenLogprob(text: string, alternatives: number): TokenLogprob {
  const token = (name: string, logprob: number) => ({ token: name, bytes: [...Buffer.from(name)], logprob });
  const others = Array.from({ length: alternatives }, (_, index) => token(`other ${index}`, -1 - index));
  return { ...token(text, -0.5), alternatives: others };
}

describe('the upstream engine', () => {
  let upstream: ScriptedUpstream;
  let engine: Engine;
  before(async () => {
    upstream = await startScriptedUpstream({});
    engine = upstreamEngine(upstream.url);
    await engine.start(never());
  });
  beforeEach(() => {
    upstream.answer = { steps: completion('ok') };
  });
  after(async () => {
    await engine.stop();
    await upstream.stop();
  });

  const run = (answer: Script, request = engineRequest()): Promise<Delta[]> => {
    upstream.answer = answer;
    return collect(engine.generate(request, never()));
  };
  const data = (...chunks: unknown[]): Step[] =>
    chunks.map((chunk) => ({ bytes: `data: ${typeof chunk === 'string' ? chunk : JSON.stringify(chunk)}\n\n` }));

  describe('fails with', () => {
    const rejects = (answer: Script, expected: object, request = engineRequest()) =>
      assert.rejects(run(answer, request), expected);
    const error = (message: string, code: string | null = null) => ({ error: { message, type: 'x', code } });

    test('context_length_exceeded in the words of the upstream', async () => {
      const message = "This model's maximum context length is 8 tokens. However, you requested 9 tokens.";
      const expected = { code: 'context_length_exceeded', publicMessage: message, retryable: false };
      await rejects({ status: 400, body: error(message, 'context_length_exceeded') }, expected);
      await rejects({ status: 400, body: error(message) }, expected);
      await rejects({ steps: data(error(message, 'context_length_exceeded')) }, expected);
    });

    test('invalid_request for what the upstream refuses, without our key', async () => {
      const body = { message: 'bad temperature; key sk-upstream-secret' };
      await assert.rejects(run({ status: 422, body }), (thrown: Error & { code: string; publicMessage: string }) => {
        assert.equal(thrown.code, 'invalid_request');
        assert.match(thrown.publicMessage, /bad temperature/);
        assert.doesNotMatch(thrown.publicMessage + thrown.message, /upstream-secret/);
        return true;
      });
    });

    test('a retryable upstream_error and its Retry-After for 429 and 5xx, without the inner text', async () => {
      const body = error('quota of account 17 is used up');
      const expected = {
        code: 'upstream_error',
        retryable: true,
        publicMessage: 'The model server answered with an error.',
      };
      await rejects({ status: 429, headers: { 'retry-after': '7' }, body }, { ...expected, retryAfterSeconds: 7 });
      await rejects({ status: 500, body: 'oops' }, { ...expected, retryAfterSeconds: null });
      const date = new Date(Date.now() + 60_000).toUTCString();
      await assert.rejects(
        run({ status: 503, headers: { 'retry-after': date }, body }),
        ({ retryAfterSeconds }: { retryAfterSeconds: number }) => {
          assert.ok(retryAfterSeconds > 50 && retryAfterSeconds <= 61);
          return true;
        },
      );
      for (const status of [401, 403, 404, 301]) await rejects({ status, body }, expected);
    });

    test('upstream_error for choices that nobody asked for, whose reader would hold as many empty ones', async () => {
      for (const index of [1, 999_999_999])
        await rejects(
          { steps: data({ choices: [{ index, delta: { content: 'x' }, finish_reason: 'stop' }] }) },
          { code: 'upstream_error' },
        );
    });

    test('upstream_error for answers that do not end', async () => {
      const page = 'x'.repeat(1 << 20);
      const call = { index: 0, function: { arguments: page } };
      for (const delta of [{ content: page }, { reasoning: page }, { tool_calls: [call] }]) {
        const pages = Array.from({ length: 20 }, () => ({ choices: [{ index: 0, delta }] }));
        await rejects({ steps: data(...pages) }, { code: 'upstream_error' });
      }
    });

    test('upstream_error for errors in mid-stream, broken JSON, broken connections and what is no stream', async () => {
      const start = steps(textDeltas('begin'));
      const expected = { code: 'upstream_error' };
      await rejects({ steps: [...start, ...data(error('boom'))] }, expected);
      await rejects({ steps: [...start, { bytes: 'event: error\ndata: {"message":"boom"}\n\n' }] }, expected);
      await rejects({ steps: [...start, ...data({ object: 'error', message: 'boom' })] }, expected);
      await rejects({ steps: [...start, ...data('{"choi')] }, expected);
      await rejects({ steps: [...start, { hangUp: true }] }, expected);
      await rejects({ steps: start, done: false }, expected);
      await rejects({ steps: [] }, expected);
      await rejects({ body: { choices: [] } }, expected);
      const half: Delta[] = [...textDeltas('a'), { type: 'finish', choice: 0, reason: 'stop' }];
      await rejects({ steps: steps(half), done: false }, expected, engineRequest({ choices: 2 }));
    });

    test('upstream_error where nothing listens, upstream_timeout where nothing answers or the stream stalls', async () => {
      const silent = createServer((socket) => socket.resume());
      silent.listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const { port } = silent.address() as AddressInfo;
      const url = `http://127.0.0.1:${port}/v1`;
      const impatient = upstreamEngine(url, { idleTimeoutMs: 200 });
      await impatient.start(never());
      await assert.rejects(collect(impatient.generate(engineRequest(), never())), { code: 'upstream_timeout' });
      await impatient.stop();
      const other = upstreamEngine(upstream.url, { idleTimeoutMs: 200 });
      await other.start(never());
      upstream.answer = { steps: [...steps(textDeltas('a')), { wait: new Promise(() => undefined) }] };
      await assert.rejects(collect(other.generate(engineRequest(), never())), { code: 'upstream_timeout' });
      await other.stop();
      silent.close();
      await once(silent, 'close');
      const refused = upstreamEngine(url);
      await refused.start(never());
      await assert.rejects(collect(refused.generate(engineRequest(), never())), { code: 'upstream_error' });
      await refused.stop();
    });
  });

  test('reads on its own account no faster than its consumer', async () => {
    const received = upstream.nextRequest();
    let written = 0;
    const counted = async function* (): AsyncGenerator<Step> {
      await Promise.resolve();
      for (;;) {
        written += 1;
        yield { delta: { type: 'text', choice: 0, text: 'x'.repeat(10_000) } };
      }
    };
    upstream.answer = { steps: counted() };
    const iterator = engine.generate(engineRequest(), never())[Symbol.asyncIterator]();
    await iterator.next();
    let before = -1;
    while (written !== before) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    // What the buffers of two sockets hold; far below what a second of unchecked writing would give.
    assert.ok(written < 4000, `${written} pieces of 10 kB`);
    await iterator.return?.();
    assert.equal(await (await received).ended, 'client_left');
  });
});
