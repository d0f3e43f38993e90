import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { SseParser, type ServerSentEvent } from '../../../src/engine/upstream/sse.js';

function parse(bytes: Uint8Array, sizes: readonly number[]): ServerSentEvent[] {
  const parser = new SseParser();
  const events: ServerSentEvent[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    events.push(...parser.push(bytes.subarray(at, at + size)));
    at += size;
  }
  return [...events, ...parser.end()];
}

describe('SseParser', () => {
  const lineOfData = fc
    .string({ unit: 'binary' })
    .filter((text) => Buffer.from(text).toString() === text)
    .map((text) => text.replace(/[\r\n]/g, ''));
  const event = fc.record({
    event: fc.option(fc.stringMatching(/^[a-z.]{1,8}$/)),
    data: fc.array(lineOfData, { minLength: 1, maxLength: 3 }),
    comment: fc.boolean(),
  });

  test('reads the same events from any cut, any line end, with comments and several lines of data', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(event), sizes, fc.constantFrom('\n', '\r\n', '\r'), (events, cut, end) => {
        const text = events
          .map(({ event: name, data, comment }) =>
            [
              ...(comment ? [': still here'] : []),
              ...(name === null ? [] : [`event: ${name}`]),
              ...data.map((line) => `data: ${line}`),
              '',
            ]
              .map((line) => line + end)
              .join(''),
          )
          .join('');
        const expected = events.map(({ event: name, data }) => ({ event: name, data: data.join('\n') }));
        assert.deepEqual(parse(Buffer.from(text), cut), expected);
      }),
      { numRuns: 300 },
    );
  });

  test('reads 1 MB in single bytes within seconds', () => {
    const parser = new SseParser();
    const bytes = Buffer.from(`data: ${'x'.repeat(1 << 20)}\n\n`);
    const started = performance.now();
    let events: ServerSentEvent[] = [];
    for (let at = 0; at < bytes.length; at++) events = events.concat(parser.push(bytes.subarray(at, at + 1)));
    assert.equal(events[0]?.data.length, 1 << 20);
    assert.ok(performance.now() - started < 10_000);
  });

  test('gives up on a line, and on an event, without end', () => {
    const piece = Buffer.from('x'.repeat(1 << 20));
    const endlessLine = new SseParser();
    assert.throws(
      () => {
        for (let turn = 0; turn < 20; turn++) endlessLine.push(piece);
      },
      { code: 'upstream_error' },
    );
    const endlessEvent = new SseParser();
    assert.throws(
      () => {
        for (let turn = 0; turn < 20; turn++) endlessEvent.push(Buffer.from(`data: ${piece.toString()}\n`));
      },
      { code: 'upstream_error' },
    );
  });
});
