import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { encodeFrame, readFrame, wholeFrames } from '../../src/events/frames.js';

const payload = fc.string({ unit: 'binary', maxLength: 200 }).filter((text) => Buffer.from(text).toString() === text);
// Doubles keep whole milliseconds exactly.
const time = fc.integer({ min: 0, max: 4_102_444_800_000 });

describe('frames', () => {
  test('come back as they were written, one after the other', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(payload, time)), (frames) => {
        const bytes = Buffer.concat(frames.map(([text, at]) => encodeFrame(text, at)));
        let start = 0;
        for (const [text, at] of frames) {
          const frame = readFrame(bytes, start);
          assert.ok(frame.type === 'frame');
          assert.equal(frame.payload.toString(), text);
          assert.equal(frame.writtenAt, at);
          start = frame.end;
        }
        assert.equal(start, bytes.length);
        assert.equal(wholeFrames(bytes), bytes.length);
      }),
    );
  });

  test('of which the last is cut anywhere are whole up to the one before', () => {
    fc.assert(
      fc.property(payload, payload, fc.nat(), (first, second, cut) => {
        const one = encodeFrame(first, 1);
        const two = encodeFrame(second, 2);
        const torn = Buffer.concat([one, two.subarray(0, cut % two.length)]);
        assert.equal(wholeFrames(torn), one.length);
      }),
    );
  });

  test('with one changed bit are never taken for whole', () => {
    fc.assert(
      fc.property(payload, fc.nat(), (text, place) => {
        const frame = encodeFrame(text, 1_700_000_000_000);
        const bit = place % (8 * frame.length);
        frame[bit >> 3] = (frame[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        assert.equal(wholeFrames(frame), 0);
      }),
    );
  });

  test('are not found in zeros, which a crash may leave behind the end', () => {
    assert.equal(wholeFrames(Buffer.alloc(64)), 0);
  });
});
