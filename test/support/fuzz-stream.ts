/** Streams of model servers, whole and damaged, read by what reads them from a connection. */
import assert from 'node:assert/strict';
import { ChatReader } from '../../src/engine/upstream/chat.js';
import { SseParser } from '../../src/engine/upstream/sse.js';
import { PurpgateError } from '../../src/errors.js';
import type { Delta } from '../../src/types.js';
import { checkOrder, engineRequest } from '../contracts/engine.js';
import type { Mutation } from './mutation.js';

const choice = (delta: object, finish: string | null = null, index = 0) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_750_000_000,
  model: 'm',
  choices: [{ index, delta, logprobs: null, finish_reason: finish }],
});
const call = (part: object) => choice({ tool_calls: [part] });
const usage = {
  choices: [],
  usage: { prompt_tokens: 5, completion_tokens: 9, completion_tokens_details: { reasoning_tokens: 4 } },
};
const token = { token: 'é', bytes: [195, 169], logprob: -0.25 };

/** One per kind of stream that servers send. */
const STREAMS: readonly (readonly object[])[] = [
  [choice({ role: 'assistant', content: '' }), choice({ content: 'é 日本 🙂\n' }), choice({}, 'stop'), usage],
  [
    choice({ role: 'assistant', reasoning_content: 'hm' }),
    choice({ reasoning: 'so' }),
    choice({ content: '```python\nx = 1\n```' }),
    choice({}, 'length'),
  ],
  [
    call({ index: 0, id: 'a', type: 'function', function: { name: 'write', arguments: '' } }),
    call({ index: 0, function: { arguments: '{"path":"é' } }),
    call({ index: 1, id: 'b', function: { name: 'ls', arguments: '{}' } }),
    call({ index: 0, function: { arguments: '.py"}' } }),
    choice({}, 'tool_calls'),
    usage,
  ],
  [choice({ content: 'a' }), choice({ content: 'b' }, null, 1), choice({}, 'stop', 1), choice({}, 'stop'), usage],
  [
    {
      choices: [
        {
          index: 0,
          delta: { content: 'é' },
          logprobs: { content: [{ ...token, top_logprobs: [token] }] },
          finish_reason: null,
        },
      ],
    },
    { choices: [{ index: 0, delta: {}, finish_reason: 'stop', stop_reason: 'END' }] },
  ],
  [
    { object: 'text_completion', choices: [{ index: 0, text: '): pass', logprobs: null, finish_reason: null }] },
    { object: 'text_completion', choices: [{ index: 0, text: '', finish_reason: 'stop' }] },
  ],
  [choice({ content: 'a' }), { error: { message: 'out of memory', type: 'server_error', code: 500 } }],
  [{ error: { message: 'This model has a maximum context length of 2048 tokens' } }],
];

/** The bytes of a stream of which something may be wrong: nothing, its JSON, its bytes, or all of it. */
export function anyStream(mutation: Mutation): Uint8Array {
  if (mutation.chance(0.05)) return mutation.noise(400);
  const chunks = mutation.pick(STREAMS);
  const damaged = mutation.chance(0.4) ? chunks.map((chunk) => mutation.json(chunk, 2)) : chunks;
  const end = mutation.pick(['\n', '\r\n', '\r']);
  const events = damaged.map((chunk) => {
    const name = mutation.chance(0.02)
      ? `event: error${end}`
      : mutation.pick(['', `event: message${end}`, `: still here${end}`]);
    return `${name}data: ${JSON.stringify(chunk)}${end}${end}`;
  });
  const text = events.join('') + mutation.pick(['', `data: [DONE]${end}${end}`]);
  return mutation.chance(0.3) ? mutation.bytes(Buffer.from(text), 4) : Buffer.from(text);
}

export interface ReadStream {
  readonly deltas: readonly Delta[];
  /** What ended it; null for an answer that is whole. */
  readonly error: PurpgateError | null;
}

export function readPieces(pieces: readonly Uint8Array[], choices: number): ReadStream {
  const parser = new SseParser();
  const reader = new ChatReader(engineRequest({ choices, logprobs: 1, stop: ['END'] }));
  const deltas: Delta[] = [];
  try {
    for (const piece of pieces)
      for (const event of parser.push(piece)) if (!reader.isDone) deltas.push(...reader.read(event));
    for (const event of parser.end()) if (!reader.isDone) deltas.push(...reader.read(event));
    deltas.push(...reader.end());
    return { deltas, error: null };
  } catch (thrown) {
    if (!(thrown instanceof PurpgateError)) throw thrown;
    return { deltas, error: thrown };
  }
}

const EXPECTED = new Set(['upstream_error', 'upstream_timeout', 'context_length_exceeded']);

/** Reads one stream in two cuts. Gives what came of it; throws when that is neither an answer nor an error of an upstream. */
export function fuzzStream(mutation: Mutation): string {
  const bytes = anyStream(mutation);
  const choices = mutation.pick([1, 2]);
  const { deltas, error } = readPieces(mutation.cut(bytes), choices);
  if (error === null) {
    const finished = deltas.flatMap((delta) => (delta.type === 'finish' ? [delta.choice] : []));
    // A server may give fewer choices than were asked for.
    checkOrder(deltas, Math.max(0, ...finished) + 1);
  } else assert.ok(EXPECTED.has(error.code), error.code);
  const again = readPieces(mutation.cut(bytes), choices);
  assert.equal(comparable(again), comparable({ deltas, error }), 'the cut changes nothing');
  return error === null ? 'answer' : error.code;
}

/** Without the ids that are drawn where the server gives none. */
function comparable({ deltas, error }: ReadStream): string {
  const told = deltas.map((delta) => (delta.type === 'tool_start' ? { ...delta, id: '' } : delta));
  return JSON.stringify([told, error?.code, error?.message]);
}
