import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { PurpgateError } from '../../../src/errors.js';
import { ChatCompletionBuilder } from '../../../src/protocol/chat/completion.js';
import { ChatChunkEncoder } from '../../../src/protocol/chat/stream.js';
import type { ChatStyle } from '../../../src/protocol/chat/style.js';
import type { ResponseIdentity } from '../../../src/protocol/format.js';
import type { components } from '../../../src/protocol/openapi.gen.js';
import { strongestAction, toWireVerdict, type ChatCompletion } from '../../../src/protocol/wire.js';
import type { Delta, Verdict } from '../../../src/types.js';
import { answer, verdict } from '../deltas.js';

type Chunk = components['schemas']['ChatCompletionChunk'];

const IDENTITY: ResponseIdentity = {
  id: '018f0000-0000-7000-8000-000000000000',
  model: 'purp"nano',
  version: 'purp@0123456789ab',
  created: 1700000000,
};
const STYLE: ChatStyle = { usageChunk: 'sent', notices: 'content' };

function whole(deltas: readonly Delta[], style = STYLE, identity = IDENTITY): ChatCompletion {
  const builder = new ChatCompletionBuilder(identity, style);
  for (const delta of deltas) builder.add(delta);
  return builder.build().body;
}

function chunks(deltas: readonly Delta[], style = STYLE, identity = IDENTITY): Chunk[] {
  const encoder = new ChatChunkEncoder(identity, style);
  return deltas
    .map((delta) => encoder.encode(delta))
    .join('')
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => {
      assert.ok(event.startsWith('data: '));
      assert.ok(!/[\n\r\u0085\u2028\u2029]/.test(event), 'an event is one line to every reader');
      return JSON.parse(event.slice(6)) as Chunk;
    });
}

/** What a client puts together from a stream, in the form of a whole answer. */
function put(stream: readonly Chunk[]): unknown {
  const gathered = new Map<
    number,
    { content: string; reasoning: string; calls: unknown[]; logprobs: unknown[]; finish: unknown }
  >();
  for (const { index, delta, logprobs, finish_reason } of stream.flatMap((chunk) => chunk.choices)) {
    const choice = gathered.get(index) ?? { content: '', reasoning: '', calls: [], logprobs: [], finish: null };
    gathered.set(index, choice);
    choice.content += delta.content ?? '';
    choice.reasoning += delta.reasoning_content ?? '';
    for (const { index: place, id, function: part } of delta.tool_calls ?? []) {
      const call = (choice.calls[place] ?? { id, name: part?.name, arguments: '' }) as { arguments: string };
      call.arguments += part?.arguments ?? '';
      choice.calls[place] = call;
    }
    choice.logprobs.push(...(logprobs?.content ?? []));
    choice.finish ??= finish_reason;
  }
  return [...gathered].sort(([left], [right]) => left - right);
}

function asPut(completion: ChatCompletion): unknown {
  return completion.choices.map(({ index, message, logprobs, finish_reason }) => [
    index,
    {
      content: message.content ?? '',
      reasoning: message.reasoning_content ?? '',
      calls: (message.tool_calls ?? []).map((call) => ({ id: call.id, ...call.function })),
      logprobs: logprobs?.content ?? [],
      finish: finish_reason,
    },
  ]);
}

const USAGE: Delta = { type: 'usage', usage: { promptTokens: 1, completionTokens: 2, reasoningTokens: 1 } };
const STOP: Delta = { type: 'finish', choice: 0, reason: 'stop' };
const say = (text: string): Delta => ({ type: 'text', choice: 0, text });

const finding = {
  rule: 'python/sql-injection',
  cwe: 'CWE-89',
  severity: 'high' as const,
  message: 'cursor.execute(secret_query)',
  advice: 'Bind parameters.',
  span: { start: 0, end: 1, line: 3, endLine: 4 },
};
const judged = (action: Verdict['action'], stage: Verdict['stage'] = 'output'): Verdict => ({
  stage,
  guard: 'code-scanner',
  action,
  label: 'vulnerable_code',
  score: 0.9,
  findings: [{ ...finding, action }],
  scannedBytes: 10,
  ms: 1,
});
const verdictOf = (action: Verdict['action'], stage?: Verdict['stage']): Delta => ({
  type: 'verdict',
  choice: 0,
  verdict: judged(action, stage),
});

describe('a chat completion', () => {
  test('says the same whole and streamed, whatever the Deltas', () => {
    fc.assert(
      fc.property(answer, (deltas) => {
        const completion = whole(deltas);
        const stream = chunks(deltas);
        assert.deepEqual(put(stream), asPut(completion));
        assert.deepEqual(stream.at(-1)?.usage, completion.usage);
        const told = stream.flatMap((chunk) => chunk.purpgate?.verdicts ?? []);
        // Through JSON, as the stream's: -0 and absent fields look the same on the wire.
        assert.deepEqual(told, JSON.parse(JSON.stringify(completion.purpgate.verdicts)));
      }),
    );
  });

  test('begins each choice with the role, ends it with one finish, and names itself in every chunk', () => {
    fc.assert(
      fc.property(answer, (deltas) => {
        const stream = chunks(deltas);
        for (const chunk of stream) {
          const { id, object, model, created, system_fingerprint } = chunk;
          assert.deepEqual(
            [id, object, model, created, system_fingerprint],
            [`chatcmpl-${IDENTITY.id}`, 'chat.completion.chunk', IDENTITY.model, IDENTITY.created, IDENTITY.version],
          );
        }
        for (const choice of [0, 1]) {
          const own = stream.flatMap((chunk) => chunk.choices).filter(({ index }) => index === choice);
          assert.equal(own.filter(({ delta }) => delta.role === 'assistant').length, Math.min(1, own.length));
          assert.equal(own[0]?.delta.role ?? 'assistant', 'assistant');
          assert.equal(own.filter((part) => part.finish_reason !== null).length, Math.min(1, own.length));
        }
        assert.equal(stream[0]?.purpgate?.interaction_id, IDENTITY.id);
      }),
    );
  });

  test('sends a usage chunk only to who asked', () => {
    const stream = chunks([say('a'), STOP, USAGE], { ...STYLE, usageChunk: 'omitted' });
    assert.ok(stream.every((chunk) => chunk.usage === undefined && chunk.choices.length === 1));
    assert.equal(stream.length, 2);
  });

  test('costs no chunk for tokens that show nothing', () => {
    assert.equal(chunks([say(''), say('a'), say(''), STOP]).length, 2);
  });

  test('tells the log-probabilities of its tokens, and no infinity', () => {
    const token = { token: 'a', bytes: [97], logprob: -0.5 };
    const logprobs = [{ ...token, alternatives: [token, { token: 'b', bytes: [98], logprob: -Infinity }] }];
    const told = {
      content: [{ ...token, top_logprobs: [token, { token: 'b', bytes: [98], logprob: -9999 }] }],
      refusal: null,
    };
    const deltas: Delta[] = [{ type: 'text', choice: 0, text: 'a', logprobs }, say('b'), STOP, USAGE];
    assert.deepEqual(whole(deltas).choices[0]?.logprobs, told);
    assert.deepEqual(
      chunks(deltas).flatMap(({ choices }) => choices.map((choice) => choice.logprobs)),
      [told, null, null],
    );
    assert.equal(whole([say('a'), STOP, USAGE]).choices[0]?.logprobs, null);
  });

  test('leaves the fingerprint out for a foreign model', () => {
    const identity = { ...IDENTITY, version: null };
    assert.ok(!('system_fingerprint' in whole([say('a'), STOP, USAGE], STYLE, identity)));
    assert.ok(chunks([say('a'), STOP], STYLE, identity).every((chunk) => !('system_fingerprint' in chunk)));
  });

  test('carries verdicts on the next ordinary chunk, and late ones on one of their own', () => {
    const stream = chunks([say('a'), verdictOf('annotate'), say('b'), STOP, verdictOf('block'), USAGE]);
    assert.deepEqual(
      stream.map((chunk) => chunk.purpgate?.verdicts.map(({ action }) => action)),
      [[], ['annotate'], undefined, ['block'], undefined],
    );
    assert.ok(stream.every((chunk) => chunk.choices.length === 1 || chunk.usage !== undefined));
  });

  test('gives null content beside tool calls', () => {
    const deltas: Delta[] = [
      { type: 'tool_start', choice: 0, index: 0, id: 'c', name: 'f' },
      { type: 'tool_args', choice: 0, index: 0, text: '{}' },
      { type: 'finish', choice: 0, reason: 'tool_calls' },
      USAGE,
    ];
    assert.equal(whole(deltas).choices[0]?.message.content, null);
  });

  test('gives the notice as content, or as refusal to who asked for json_schema', () => {
    const deltas = [verdictOf('block', 'input'), say('Withheld.'), STOP, USAGE];
    assert.deepEqual(whole(deltas).choices[0]?.message, { role: 'assistant', content: 'Withheld.', refusal: null });
    const strict: ChatStyle = { ...STYLE, notices: 'refusal' };
    assert.deepEqual(whole(deltas, strict).choices[0]?.message, {
      role: 'assistant',
      content: null,
      refusal: 'Withheld.',
    });
    assert.equal(chunks(deltas, strict)[0]?.choices[0]?.delta.refusal, 'Withheld.');
    assert.equal(chunks([say('{}'), STOP], strict)[0]?.choices[0]?.delta.content, '{}');
  });

  test('is an error when the answer has no finish or no usage', () => {
    const isInternal = (error: unknown) => error instanceof PurpgateError && error.code === 'internal_error';
    assert.throws(() => whole([say('a'), STOP]), isInternal);
    assert.throws(() => whole([say('a'), USAGE]), isInternal);
    assert.throws(() => whole([{ type: 'finish', choice: 1, reason: 'stop' }, USAGE]), isInternal);
  });

  test('never tells what was allowed or only observed, nor quotes what was withheld', () => {
    fc.assert(
      fc.property(verdict, (value) => {
        const wire = toWireVerdict(0, value);
        assert.equal(wire === null, value.action === 'allow' || value.action === 'observe');
        for (const told of wire?.findings ?? []) assert.equal('message' in told, told.action === 'annotate');
      }),
    );
    assert.ok(!JSON.stringify(toWireVerdict(0, judged('block'))).includes('secret_query'));
  });

  test('knows the strongest action', () => {
    const wire = (...actions: Verdict['action'][]) =>
      actions.flatMap((action) => toWireVerdict(0, judged(action)) ?? []);
    assert.equal(strongestAction(wire()), 'allow');
    assert.equal(strongestAction(wire('redact', 'annotate')), 'redact');
    assert.equal(strongestAction(wire('annotate', 'block', 'repair')), 'block');
  });

  test('turns a failure into an event of OpenAI form', () => {
    const event = new ChatChunkEncoder(IDENTITY, STYLE).fail(new PurpgateError('upstream_error', { message: 'inner' }));
    assert.match(event, /^data: \{"error":\{.*"code":"upstream_error"\}\}\n\n$/);
    assert.ok(!event.includes('inner'));
  });
});
