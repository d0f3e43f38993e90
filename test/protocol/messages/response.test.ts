import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ERRORS, PurpgateError, type ErrorCode } from '../../../src/errors.js';
import type { ResponseIdentity } from '../../../src/protocol/format.js';
import type { MessagesStyle } from '../../../src/protocol/messages/answer.js';
import { toAnthropicErrorBody } from '../../../src/protocol/messages/errors.js';
import { MessageBuilder } from '../../../src/protocol/messages/message.js';
import { messagesFormat } from '../../../src/protocol/messages/messages.js';
import { MessageEventEncoder } from '../../../src/protocol/messages/stream.js';
import type { MessagesAnswer, MessagesRequest } from '../../../src/protocol/wire.js';
import type { Delta, Verdict } from '../../../src/types.js';
import { answer } from '../deltas.js';
import { assemble, readEvents } from './reader.js';

const IDENTITY: ResponseIdentity = {
  id: '018f0000-0000-7000-8000-000000000000',
  model: 'purp"nano',
  version: 'purp@0123456789ab',
  created: 1700000000,
};
const SHOWN: MessagesStyle = { thinking: 'shown' };

function whole(deltas: readonly Delta[], style = SHOWN): MessagesAnswer {
  const builder = new MessageBuilder(IDENTITY, style);
  for (const delta of deltas) builder.add(delta);
  return builder.build().body;
}

function events(deltas: readonly Delta[], style = SHOWN): ReturnType<typeof readEvents> {
  const encoder = new MessageEventEncoder(IDENTITY, style);
  return readEvents(deltas.map((delta) => encoder.encode(delta)).join('') + encoder.end());
}

const USAGE: Delta = { type: 'usage', usage: { promptTokens: 7, completionTokens: 2, reasoningTokens: 1 } };
const PROMPT: Delta = { type: 'prompt', promptTokens: 7 };
const STOP: Delta = { type: 'finish', choice: 0, reason: 'stop' };
const say = (text: string): Delta => ({ type: 'text', choice: 0, text });
const think = (text: string): Delta => ({ type: 'reasoning', choice: 0, text });
const call = (...pieces: string[]): Delta[] => [
  { type: 'tool_start', choice: 0, index: 0, id: 'c', name: 'f' },
  ...pieces.map((text): Delta => ({ type: 'tool_args', choice: 0, index: 0, text })),
];
const judged = (action: Verdict['action'], stage: Verdict['stage'] = 'output'): Delta => ({
  type: 'verdict',
  choice: 0,
  verdict: { stage, guard: 'code-scanner', action, label: 'x', score: 0.9, findings: [], scannedBytes: 1, ms: 1 },
});

/** This format has one choice. */
const oneAnswer = fc
  .tuple(answer, fc.option(fc.nat()))
  .map(([deltas, promptTokens]): Delta[] => [
    ...(promptTokens === null ? [] : [{ type: 'prompt' as const, promptTokens }]),
    ...deltas.filter((delta) => !('choice' in delta) || delta.choice === 0),
  ]);

describe('a message', () => {
  test('says the same whole and streamed, whatever the Deltas', () => {
    fc.assert(
      fc.property(oneAnswer, fc.constantFrom('shown' as const, 'hidden' as const), (deltas, thinking) => {
        // Through JSON, as the stream's: -0 and absent fields look the same on the wire.
        const expected: unknown = JSON.parse(JSON.stringify(whole(deltas, { thinking })));
        assert.deepEqual(assemble(events(deltas, { thinking })), expected);
      }),
    );
  });

  test('is written as Anthropic writes it', () => {
    const deltas = [PROMPT, think('h'), think('m'), say('a'), say(''), say('b'), ...call('{"x"', ':1}')];
    assert.deepEqual(whole([...deltas, { type: 'finish', choice: 0, reason: 'tool_calls' }, USAGE]), {
      id: `msg_${IDENTITY.id}`,
      type: 'message',
      role: 'assistant',
      model: IDENTITY.model,
      content: [
        { type: 'thinking', thinking: 'hm', signature: Buffer.from(IDENTITY.id).toString('base64') },
        { type: 'text', text: 'ab' },
        { type: 'tool_use', id: 'c', name: 'f', input: { x: 1 } },
      ],
      stop_reason: 'tool_use',
      stop_sequence: null,
      usage: {
        input_tokens: 7,
        output_tokens: 2,
        cache_creation_input_tokens: null,
        cache_read_input_tokens: null,
        output_tokens_details: { thinking_tokens: 1 },
      },
      purpgate: { interaction_id: IDENTITY.id, version: IDENTITY.version, verdicts: [] },
    });
  });

  test('begins with the true length of the prompt, also behind verdicts on it', () => {
    const [start, ...rest] = events([judged('annotate', 'input'), PROMPT, think('a'), STOP, USAGE]);
    const message = start?.message as Partial<MessagesAnswer> | undefined;
    assert.equal(message?.usage?.input_tokens, 7);
    assert.deepEqual(
      message.purpgate?.verdicts.map(({ action }) => action),
      ['annotate'],
    );
    assert.equal(rest.at(-2)?.usage?.input_tokens, 7);
  });

  test('begins with the first Delta of a model that does not tell the length of its prompt', () => {
    const encoder = new MessageEventEncoder(IDENTITY, { thinking: 'hidden' });
    assert.deepEqual(
      readEvents(encoder.encode(think('a'))).map(({ type }) => type),
      ['message_start'],
    );
  });

  test('tells each verdict once, late ones with the stop reason', () => {
    const stream = events([PROMPT, say('a'), judged('redact'), say('b'), STOP, judged('block'), USAGE]);
    assert.deepEqual(
      stream.flatMap(({ type, purpgate }) =>
        purpgate === undefined ? [] : [type, purpgate.verdicts.map((v) => v.action)],
      ),
      ['message_delta', ['redact', 'block']],
    );
  });

  test('ends a blocked answer as any other, since clients lose the text of a refusal', () => {
    const { content, stop_reason } = whole([judged('block', 'input'), say('Withheld.'), STOP, USAGE]);
    assert.deepEqual([content, stop_reason], [[{ type: 'text', text: 'Withheld.' }], 'end_turn']);
  });

  test('says why it stopped', () => {
    const stopOf = (finish: Omit<Delta & { type: 'finish' }, 'type' | 'choice'>) => {
      const { stop_reason, stop_sequence } = whole([say('a'), { type: 'finish', choice: 0, ...finish }, USAGE]);
      return [stop_reason, stop_sequence];
    };
    assert.deepEqual(stopOf({ reason: 'stop' }), ['end_turn', null]);
    assert.deepEqual(stopOf({ reason: 'stop', stopSequence: 'END' }), ['stop_sequence', 'END']);
    assert.deepEqual(stopOf({ reason: 'length' }), ['max_tokens', null]);
    assert.deepEqual(stopOf({ reason: 'tool_calls' }), ['tool_use', null]);
  });

  test('gives an empty input to calls without arguments, and to those that were cut short', () => {
    for (const pieces of [[], [''], ['{"x":'], ['[1]'], ['null']])
      assert.deepEqual(whole([...call(...pieces), STOP, USAGE]).content, [
        { type: 'tool_use', id: 'c', name: 'f', input: {} },
      ]);
    const deltas = events([...call(), STOP, USAGE]).filter(({ type }) => type === 'content_block_delta');
    assert.deepEqual(
      deltas.map(({ delta }) => delta),
      [{ type: 'input_json_delta', partial_json: '{}' }],
    );
  });

  test('has no content where the model said nothing', () => {
    assert.deepEqual(whole([STOP, USAGE]).content, []);
    assert.deepEqual(
      events([STOP, USAGE]).map(({ type }) => type),
      ['message_start', 'message_delta', 'message_stop'],
    );
  });

  test('shows thinking only to who asks for it', () => {
    const typesFor = (thinking: MessagesRequest['thinking']) => {
      const body: MessagesRequest = { model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'a' }] };
      const answering = messagesFormat
        .parse({ ...body, thinking: thinking ?? null }, { id: 'i', session: null })
        .whole(IDENTITY);
      for (const delta of [think('a'), say('b'), STOP, USAGE]) answering.add(delta);
      return (answering.build().body as MessagesAnswer).content.map(({ type }) => type);
    };
    assert.deepEqual(typesFor(null), ['text']);
    assert.deepEqual(typesFor({ type: 'disabled' }), ['text']);
    assert.deepEqual(typesFor({ type: 'adaptive', display: 'omitted' }), ['text']);
    assert.deepEqual(typesFor({ type: 'adaptive' }), ['thinking', 'text']);
    assert.deepEqual(typesFor({ type: 'enabled' }), ['thinking', 'text']);
  });

  test('is an error when the answer has no finish or no usage', () => {
    const isInternal = (error: unknown) => error instanceof PurpgateError && error.code === 'internal_error';
    assert.throws(() => whole([say('a'), STOP]), isInternal);
    assert.throws(() => whole([say('a'), USAGE]), isInternal);
    assert.throws(() => events([say('a'), STOP]), isInternal);
    assert.throws(() => events([say('a'), USAGE]), isInternal);
  });
});

describe('a failure', () => {
  test('is an event of Anthropic form in a stream, without inner text', () => {
    const [event] = readEvents(
      new MessageEventEncoder(IDENTITY, SHOWN).fail(new PurpgateError('upstream_error', { message: 'inner' })),
    );
    assert.deepEqual(event, {
      type: 'error',
      error: { type: 'api_error', message: ERRORS.upstream_error.text },
      request_id: IDENTITY.id,
    });
  });

  test('has the type that its status asks for', () => {
    const types: Partial<Record<ErrorCode, string>> = {
      unsupported_parameter: 'invalid_request_error',
      content_policy_violation: 'invalid_request_error',
      request_aborted: 'invalid_request_error',
      invalid_api_key: 'authentication_error',
      insufficient_scope: 'permission_error',
      model_not_found: 'not_found_error',
      request_too_large: 'request_too_large',
      rate_limit_exceeded: 'rate_limit_error',
      internal_error: 'api_error',
      upstream_timeout: 'api_error',
      overloaded: 'overloaded_error',
    };
    for (const [code, type] of Object.entries(types))
      assert.equal(toAnthropicErrorBody(new PurpgateError(code as ErrorCode), 'i').error.type, type, code);
  });

  test('says of a prompt that is too long what Claude Code looks for', () => {
    const messageOf = (publicMessage: string) =>
      toAnthropicErrorBody(new PurpgateError('context_length_exceeded', { publicMessage }), 'i').error.message;
    assert.equal(messageOf('9 tokens > 8.'), 'prompt is too long: 9 tokens > 8.');
    assert.equal(messageOf('Prompt is too long: 9 > 8'), 'Prompt is too long: 9 > 8');
  });

  test('is announced by nothing: silence is filled with pings', () => {
    assert.deepEqual(readEvents(messagesFormat.keepAlive), [{ type: 'ping' }]);
  });
});
