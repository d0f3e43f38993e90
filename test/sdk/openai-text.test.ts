/** Text completions, which the OpenAI SDK calls legacy and editors still use. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import OpenAI6 from 'openai';
import OpenAI7 from 'openai-7';
import type { Delta } from '../../src/types.js';
import { KEY } from '../http/support.js';
import { UPSTREAM_MODEL } from '../support/gateway.js';
import { steps, type Step } from '../support/scripted-upstream.js';
import { GREETING, PROMPT, openScene } from './support.js';

type Sdk = typeof OpenAI6;
/** Both majors have the methods that are driven here; only the private parts of their classes keep the types apart. */
const MAJORS = [
  ['openai 6', OpenAI6],
  ['openai 7', OpenAI7 as unknown as Sdk],
] as const;

const scene = openScene();
const ask = { model: UPSTREAM_MODEL, prompt: PROMPT };
const connect = (Sdk: Sdk) => new Sdk({ baseURL: `${scene.url}/v1`, apiKey: KEY, maxRetries: 0 });

/** Two tokens with their log-probabilities, the second with another that was likely. */
const TOKENS = ['Hello', ' ☕'];
function told(): Step[] {
  const logprobs = TOKENS.map((token) => ({ token, bytes: [...Buffer.from(token)], logprob: -0.25 }));
  const other = { token: ' you', bytes: [...Buffer.from(' you')], logprob: -1.5 };
  const texts = logprobs.map(
    (token, index): Delta => ({
      type: 'text',
      choice: 0,
      text: token.token,
      logprobs: [{ ...token, alternatives: index === 1 ? [other] : [] }],
    }),
  );
  return steps([...texts, { type: 'finish', choice: 0, reason: 'length' }]);
}

for (const [name, Sdk] of MAJORS) {
  describe(`${name}, completions`, { timeout: 60_000 }, () => {
    test('a whole answer gives the text and the usage', async () => {
      scene.greet();
      const { object, choices, usage } = await connect(Sdk).completions.create(ask);
      assert.equal(object, 'text_completion');
      assert.deepEqual(
        choices.map(({ text, finish_reason }) => [text, finish_reason]),
        [[GREETING, 'stop']],
      );
      assert.equal(usage?.total_tokens, 30);
      const { path, body } = scene.lastRequest;
      assert.deepEqual([path, body['prompt']], ['/v1/completions', PROMPT]);
    });

    test('a stream gives the text, the reason of its end and the usage', async () => {
      scene.greet();
      const stream = await connect(Sdk).completions.create({
        ...ask,
        stream: true,
        stream_options: { include_usage: true },
      });
      let text = '';
      const reasons: string[] = [];
      let total: number | undefined;
      for await (const { choices, usage } of stream) {
        for (const choice of choices) {
          text += choice.text;
          // Its type says that a choice always has one; in a stream only the last of a choice does.
          const { finish_reason: reason } = choice as { readonly finish_reason: string | null };
          if (reason !== null) reasons.push(reason);
        }
        total = usage?.total_tokens ?? total;
      }
      assert.deepEqual([text, reasons, total], [GREETING, ['stop'], 30]);
    });

    test('echo puts the prompt in front, whole and streamed, of every choice', async () => {
      scene.greet();
      const asked = { ...ask, echo: true };
      const whole = await connect(Sdk).completions.create(asked);
      assert.equal(whole.choices[0]?.text, PROMPT + GREETING);
      let text = '';
      for await (const { choices } of await connect(Sdk).completions.create({ ...asked, stream: true }))
        text += choices[0]?.text ?? '';
      assert.equal(text, PROMPT + GREETING);
    });

    test('log-probabilities are told with their places, the same whole and streamed', async () => {
      scene.upstream.answer = () => ({ steps: told() });
      const asked = { ...ask, logprobs: 2 };
      const whole = (await connect(Sdk).completions.create(asked)).choices[0]?.logprobs;
      assert.deepEqual(whole?.tokens, TOKENS);
      assert.deepEqual(whole.token_logprobs, [-0.25, -0.25]);
      assert.deepEqual(whole.top_logprobs?.at(1), { ' ☕': -0.25, ' you': -1.5 });
      assert.deepEqual(whole.text_offset, [0, 5]);
      const tokens: string[] = [];
      const offsets: number[] = [];
      for await (const { choices } of await connect(Sdk).completions.create({ ...asked, stream: true })) {
        tokens.push(...(choices[0]?.logprobs?.tokens ?? []));
        offsets.push(...(choices[0]?.logprobs?.text_offset ?? []));
      }
      assert.deepEqual([tokens, offsets], [TOKENS, [0, 5]]);
    });

    test('a suffix reaches the upstream, and its refusal reaches the client', async () => {
      scene.greet();
      await connect(Sdk).completions.create({ ...ask, suffix: '): pass' });
      assert.equal(scene.lastRequest.body['suffix'], '): pass');
      scene.upstream.answer = {
        status: 400,
        body: { error: { message: 'suffix is not supported by this model', param: 'suffix', code: null } },
      };
      await assertRefused(Sdk, { suffix: '): pass' }, 'invalid_request');
    });

    test('what cannot be honoured is a bad request that names its field', async () => {
      await assertRefused(Sdk, { echo: true, logprobs: 1 }, 'unsupported_parameter', 'logprobs');
      await assertRefused(Sdk, { best_of: 3 }, 'unsupported_parameter', 'best_of');
      await assertRefused(Sdk, { prompt: ['one', 'two'] }, 'unsupported_parameter', 'prompt');
    });

    test('an abort ends the request to the upstream', async () => {
      const ended = scene.hang();
      const stream = await connect(Sdk).completions.create({ ...ask, stream: true });
      for await (const { choices } of stream) if (choices.some(({ text }) => text !== '')) stream.controller.abort();
      assert.equal(await ended, 'client_left');
    });
  });
}

async function assertRefused(Sdk: Sdk, fields: object, code: string, param?: string): Promise<void> {
  await assert.rejects(connect(Sdk).completions.create({ ...ask, ...fields }), (thrown) => {
    assert.ok(thrown instanceof Sdk.BadRequestError, String(thrown));
    assert.equal(thrown.code, code);
    if (param !== undefined) assert.equal(thrown.param, param);
    return true;
  });
}
