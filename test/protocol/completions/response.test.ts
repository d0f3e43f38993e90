import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { PurpgateError } from '../../../src/errors.js';
import { completionsFormat } from '../../../src/protocol/completions/completions.js';
import type { ResponseIdentity } from '../../../src/protocol/format.js';
import type { components } from '../../../src/protocol/openapi.gen.js';
import type { TextCompletion, TextCompletionRequest } from '../../../src/protocol/wire.js';
import type { Delta, TokenLogprob } from '../../../src/types.js';
import { answer } from '../deltas.js';

type Chunk = components['schemas']['TextCompletionChunk'];

const IDENTITY: ResponseIdentity = {
  id: '018f0000-0000-7000-8000-000000000000',
  model: 'purp"nano',
  version: 'purp@0123456789ab',
  created: 1700000000,
};
const STOP: Delta = { type: 'finish', choice: 0, reason: 'stop' };
const USAGE: Delta = { type: 'usage', usage: { promptTokens: 1, completionTokens: 2, reasoningTokens: 1 } };
const say = (text: string, logprobs?: readonly TokenLogprob[]): Delta => ({
  type: 'text',
  choice: 0,
  text,
  ...(logprobs !== undefined && { logprobs }),
});

const call = (fields: Partial<TextCompletionRequest>) =>
  completionsFormat.parse({ model: 'm', prompt: 'def f(', ...fields }, { id: IDENTITY.id, session: null });

function whole(deltas: readonly Delta[], fields: Partial<TextCompletionRequest> = {}): TextCompletion {
  const builder = call(fields).whole(IDENTITY);
  for (const delta of deltas) builder.add(delta);
  return builder.build().body as TextCompletion;
}

function chunks(deltas: readonly Delta[], fields: Partial<TextCompletionRequest> = {}): Chunk[] {
  const encoder = call({ stream_options: { include_usage: true }, ...fields }).stream(IDENTITY);
  const stream = deltas.map((delta) => encoder.encode(delta)).join('') + encoder.end();
  assert.ok(stream.endsWith('data: [DONE]\n\n'));
  return stream
    .split('\n\n')
    .slice(0, -2)
    .map((event) => {
      assert.ok(event.startsWith('data: '));
      assert.ok(!/[\n\r\u0085\u2028\u2029]/.test(event), 'an event is one line to every reader');
      return JSON.parse(event.slice(6)) as Chunk;
    });
}

/** What a client puts together from a stream, choice by choice. */
function put(stream: readonly Chunk[]): unknown {
  const gathered = new Map<number, { text: string; tokens: unknown[]; offsets: number[]; finish: unknown }>();
  for (const { index, text, logprobs, finish_reason } of stream.flatMap((chunk) => chunk.choices)) {
    const choice = gathered.get(index) ?? { text: '', tokens: [], offsets: [], finish: null };
    gathered.set(index, choice);
    choice.text += text;
    choice.tokens.push(...(logprobs?.tokens ?? []));
    choice.offsets.push(...(logprobs?.text_offset ?? []));
    choice.finish ??= finish_reason;
  }
  return [...gathered].sort(([left], [right]) => left - right);
}

function asPut({ choices }: TextCompletion): unknown {
  return choices.map(({ index, text, logprobs, finish_reason }) => [
    index,
    { text, tokens: logprobs?.tokens ?? [], offsets: logprobs?.text_offset ?? [], finish: finish_reason },
  ]);
}

/** The tokens of a text, cut after every `size` bytes, as a byte-level tokenizer may cut it. */
function tokensOf(text: string, size: number): TokenLogprob[] {
  const bytes = [...Buffer.from(text)];
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => {
    const own = bytes.slice(index * size, (index + 1) * size);
    const alternatives = [{ token: '<', bytes: [60], logprob: -Infinity }];
    return { token: Buffer.from(own).toString(), bytes: own, logprob: -index, alternatives };
  });
}

describe('a text completion', () => {
  test('says the same whole and streamed, whatever the Deltas and with the prompt in front or without', () => {
    fc.assert(
      fc.property(answer, fc.boolean(), (deltas, echo) => {
        const completion = whole(deltas, { echo });
        const stream = chunks(deltas, { echo });
        assert.deepEqual(put(stream), asPut(completion));
        assert.deepEqual(stream.at(-1)?.usage, completion.usage);
        const told = stream.flatMap((chunk) => chunk.purpgate?.verdicts ?? []);
        assert.deepEqual(told, JSON.parse(JSON.stringify(completion.purpgate.verdicts)));
        for (const { text } of completion.choices) assert.ok(!echo || text.startsWith('def f('));
      }),
    );
  });

  test('is the object that clients of the format know', () => {
    assert.deepEqual(whole([say('x)'), say(': pass'), { ...STOP, reason: 'length' }, USAGE]), {
      id: `cmpl-${IDENTITY.id}`,
      object: 'text_completion',
      created: IDENTITY.created,
      model: IDENTITY.model,
      system_fingerprint: IDENTITY.version,
      choices: [{ text: 'x): pass', index: 0, logprobs: null, finish_reason: 'length' }],
      usage: {
        prompt_tokens: 1,
        completion_tokens: 2,
        total_tokens: 3,
        completion_tokens_details: { reasoning_tokens: 1 },
      },
      purpgate: { interaction_id: IDENTITY.id, version: IDENTITY.version, verdicts: [] },
    });
  });

  test('names itself in every chunk, and who answers in the first', () => {
    const stream = chunks([say('a'), say('b'), STOP, USAGE]);
    for (const { id, object } of stream) assert.deepEqual([id, object], [`cmpl-${IDENTITY.id}`, 'text_completion']);
    assert.deepEqual(
      stream.map((chunk) => chunk.purpgate?.interaction_id),
      [IDENTITY.id, undefined, undefined, undefined],
    );
  });

  test('sends a usage chunk only to who asked', () => {
    const stream = chunks([say('a'), STOP, USAGE], { stream_options: null });
    assert.ok(stream.every((chunk) => chunk.usage === undefined && chunk.choices.length === 1));
  });

  test('echoes the prompt once per choice, also in front of an answer without text', () => {
    assert.equal(whole([STOP, USAGE], { echo: true }).choices[0]?.text, 'def f(');
    assert.deepEqual(
      chunks([STOP, USAGE], { echo: true }).flatMap(({ choices }) => choices.map(({ text }) => text)),
      ['def f('],
    );
  });

  test('shows neither reasoning nor calls', () => {
    const deltas: Delta[] = [
      { type: 'reasoning', choice: 0, text: 'secret thought' },
      say('a'),
      { type: 'tool_start', choice: 0, index: 0, id: 'c', name: 'secret_tool' },
      { type: 'tool_args', choice: 0, index: 0, text: '{}' },
      { type: 'finish', choice: 0, reason: 'tool_calls' },
      USAGE,
    ];
    assert.ok(!JSON.stringify([whole(deltas), chunks(deltas)]).includes('secret'));
    assert.equal(whole(deltas).choices[0]?.finish_reason, 'stop');
  });

  test('tells tokens with their place in the text, however characters are spread over them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'grapheme', minLength: 1 }), fc.boolean(), fc.integer({ min: 1, max: 5 }))),
        (pieces) => {
          const deltas = pieces.map(([text, isTold, size]) => say(text, isTold ? tokensOf(text, size) : undefined));
          const { text, logprobs } = whole([...deltas, STOP, USAGE], { logprobs: 1 }).choices[0] ?? {};
          assert.ok(text !== undefined);
          const characters = Array.from(text);
          for (const [index, token] of logprobs?.tokens.entries() ?? []) {
            const offset = logprobs?.text_offset[index] ?? -1;
            if (!token.startsWith('bytes:'))
              assert.equal(characters.slice(offset, offset + Array.from(token).length).join(''), token);
            else assert.ok(offset >= 0 && offset < characters.length);
          }
          assert.deepEqual(put(chunks([...deltas, STOP, USAGE])), asPut(whole([...deltas, STOP, USAGE])));
        },
      ),
    );
  });

  test('tells tokens that leave after their text at the place of their text', () => {
    const [hello, cup] = ['Hello', ' ☕'].map((token) => ({ ...tokensOf(token, 9)[0], token }) as TokenLogprob);
    assert.ok(hello !== undefined && cup !== undefined);
    const deltas = [say('Hello '), say('☕', [hello, cup]), say('[withheld]'), say(' ☕', [cup]), STOP, USAGE];
    const { logprobs } = whole(deltas, { logprobs: 1 }).choices[0] ?? {};
    assert.deepEqual(
      [logprobs?.tokens, logprobs?.text_offset],
      [
        ['Hello', ' ☕', ' ☕'],
        [0, 5, 17],
      ],
    );
    assert.deepEqual(put(chunks(deltas)), asPut(whole(deltas)));
  });

  test('tells the chosen token among the likeliest, names parts of characters, and no infinity', () => {
    const { logprobs } = whole([say('é', tokensOf('é', 1)), STOP, USAGE], { logprobs: 1 }).choices[0] ?? {};
    assert.deepEqual(logprobs, {
      tokens: ['bytes:\\xc3', 'bytes:\\xa9'],
      token_logprobs: [-0, -1],
      top_logprobs: [
        { '<': -9999, 'bytes:\\xc3': -0 },
        { '<': -9999, 'bytes:\\xa9': -1 },
      ],
      text_offset: [0, 0],
    });
  });

  test('turns a failure into an event of OpenAI form', () => {
    const event = call({})
      .stream(IDENTITY)
      .fail(new PurpgateError('upstream_error', { message: 'inner' }));
    assert.match(event, /^data: \{"error":\{.*"code":"upstream_error"\}\}\n\n$/);
    assert.ok(!event.includes('inner'));
  });
});
