/** What servers really send, each cut in two at every byte: the Deltas must be the same. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PurpgateError } from '../../../src/errors.js';
import { ChatReader } from '../../../src/engine/upstream/chat.js';
import { readStream } from '../../../src/engine/upstream/connection.js';
import { joined } from '../../../src/engine/upstream/joined.js';
import type { Delta } from '../../../src/types.js';

const event = (chunk: object): string => `data: ${JSON.stringify(chunk)}\n\n`;
const delta = (fields: object, finish: string | null = null, more: object = {}): string =>
  event({ choices: [{ index: 0, delta: fields, finish_reason: finish }], ...more });
const call = (fields: object) => ({ tool_calls: [{ index: 0, ...fields }] });
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
const DONE = 'data: [DONE]\n\n';

const text = (...pieces: readonly string[]): Delta[] =>
  pieces.map((piece) => ({ type: 'text', choice: 0, text: piece }));
const end = (reason: 'stop' | 'length' | 'tool_calls', counted = false): Delta[] => [
  { type: 'finish', choice: 0, reason },
  {
    type: 'usage',
    usage: { promptTokens: counted ? 3 : 0, completionTokens: counted ? 2 : 0, reasoningTokens: 0 },
  },
];
const tool = (...args: readonly string[]): Delta[] => [
  { type: 'tool_start', choice: 0, index: 0, id: 'c', name: 'write' },
  ...args.map((piece): Delta => ({ type: 'tool_args', choice: 0, index: 0, text: piece })),
];

interface Quirk {
  readonly name: string;
  readonly sent: string;
  /** Deltas, or the code of the error that ends them. */
  readonly read: readonly Delta[] | { readonly deltas: readonly Delta[]; readonly error: string };
}

const QUIRKS: readonly Quirk[] = [
  {
    name: 'characters of two, three and four bytes',
    sent: delta({ content: 'é 日' }) + delta({ content: '🙂' }) + delta({}, 'stop') + DONE,
    read: [...text('é 日🙂'), ...end('stop')],
  },
  {
    name: 'lines that end in CRLF, and in a carriage return alone',
    sent: `${delta({ content: 'a' }).replaceAll('\n', '\r\n')}${delta({}, 'stop').replaceAll('\n', '\r')}${DONE}`,
    read: [...text('a'), ...end('stop')],
  },
  {
    name: 'comments, empty events and fields that nobody reads',
    sent: `: keep-alive\n\n\n\nid: 7\nretry: 10\n${delta({ content: 'a' })}:\n\n${delta({}, 'stop')}${DONE}`,
    read: [...text('a'), ...end('stop')],
  },
  {
    name: 'one chunk on several lines of data',
    sent: `data: {"choices": [{"index": 0,\ndata: "delta": {"content": "a"}}]}\n\n${delta({}, 'stop')}${DONE}`,
    read: [...text('a'), ...end('stop')],
  },
  {
    name: 'no [DONE] and no blank line at the end',
    sent: delta({ content: 'a' }) + delta({}, 'stop').trimEnd(),
    read: [...text('a'), ...end('stop')],
  },
  {
    name: '[DONE] without a finish reason',
    sent: delta({ content: 'a' }) + DONE,
    read: [...text('a'), ...end('stop')],
  },
  {
    name: 'usage beside the last choice, and not behind it',
    sent: delta({ content: 'a' }) + delta({}, 'stop', { usage }) + DONE,
    read: [...text('a'), ...end('stop', true)],
  },
  {
    name: 'usage that is null until a chunk of its own',
    sent:
      delta({ content: 'a' }, null, { usage: null }) +
      delta({}, 'stop', { usage: null }) +
      event({ choices: [], usage }) +
      DONE,
    read: [...text('a'), ...end('stop', true)],
  },
  {
    name: 'empty lists of tool calls, and nulls',
    sent:
      delta({ role: 'assistant', content: null, tool_calls: [] }) +
      delta({ content: 'a', tool_calls: null }, 'stop') +
      DONE,
    read: [...text('a'), ...end('stop')],
  },
  {
    name: 'arguments in one piece',
    sent: delta(call({ id: 'c', function: { name: 'write', arguments: '{"a":1}' } }), 'tool_calls') + DONE,
    read: [...tool('{"a":1}'), ...end('tool_calls')],
  },
  {
    name: 'arguments character by character, with the name repeated',
    sent:
      delta(call({ id: 'c', function: { name: 'write', arguments: '' } })) +
      Array.from('{"a":1}')
        .map((piece) => delta(call({ function: { name: 'write', arguments: piece } })))
        .join('') +
      delta({}, 'tool_calls') +
      DONE,
    read: [...tool('{"a":1}'), ...end('tool_calls')],
  },
  {
    name: 'arguments that max_tokens cut, said to be whole',
    sent: delta(call({ id: 'c', function: { name: 'write', arguments: '{"a":' } })) + delta({}, 'tool_calls') + DONE,
    read: [...tool('{"a":'), ...end('length')],
  },
  {
    name: 'an error in mid-stream under an event of its own',
    sent: `${delta({ content: 'a' })}event: error\ndata: {"message":"out of memory"}\n\n${DONE}`,
    read: { deltas: text('a'), error: 'upstream_error' },
  },
  {
    name: 'an error in mid-stream in place of a chunk',
    sent: `${delta({ content: 'a' })}${event({ error: { message: 'out of memory', code: 500 } })}${DONE}`,
    read: { deltas: text('a'), error: 'upstream_error' },
  },
  {
    name: 'an end in mid-sentence',
    sent: delta({ content: 'a' }) + delta({ content: 'b' }),
    read: { deltas: text('ab'), error: 'upstream_error' },
  },
];

async function* pieces(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield await Promise.resolve(part);
}

async function read(body: AsyncIterable<Uint8Array>): Promise<Quirk['read']> {
  const reader = new ChatReader({ toolCalls: 'parallel', sampling: { choices: 1, stop: [] } });
  const deltas: Delta[] = [];
  try {
    for await (const one of readStream(body, { reader, close: () => undefined })) deltas.push(one);
    return [...joined(deltas.filter(({ type }) => type !== 'prompt'))];
  } catch (thrown) {
    assert.ok(thrown instanceof PurpgateError, String(thrown));
    // What comes in several pieces goes on in as many; the text is the same.
    return { deltas: [...joined(deltas)], error: thrown.code };
  }
}

describe('a stream that is cut at any byte reads the same:', () => {
  for (const { name, sent, read: expected } of QUIRKS)
    test(name, async () => {
      const bytes = Buffer.from(sent);
      assert.deepEqual(await read(pieces(bytes)), expected);
      for (let at = 1; at < bytes.length; at += 1)
        assert.deepEqual(
          await read(pieces(bytes.subarray(0, at), bytes.subarray(at))),
          expected,
          `cut before byte ${at}`,
        );
      assert.deepEqual(
        await read(pieces(...Array.from(bytes, (byte) => Uint8Array.of(byte)))),
        expected,
        'single bytes',
      );
    });
});
