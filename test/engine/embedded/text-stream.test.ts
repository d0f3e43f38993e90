import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { TextStream } from '../../../src/engine/embedded/text-stream.js';
import { loadTokenizer, type Tokenizer } from '../../../src/lm/tokenizer.js';
import { writeTinyModel, type TinyModel } from '../../support/tiny-model.js';

describe('TextStream', () => {
  let model: TinyModel;
  let tokenizer: Tokenizer;
  before(async () => {
    model = await writeTinyModel();
    tokenizer = await loadTokenizer(model.folder);
  });
  after(() => model.remove());

  /** Shown text of single bytes, so that strings are cut everywhere. */
  const show = (text: string, stops: readonly string[]) => {
    const stream = new TextStream(tokenizer.createDecoder(), stops);
    const pieces: string[] = [];
    for (const byte of Buffer.from(text)) {
      // The vocabulary of the tiny model begins with the bytes in order.
      pieces.push(stream.push(byte));
      if (stream.isStopped) break;
    }
    if (!stream.isStopped) pieces.push(stream.end());
    return { shown: pieces.join(''), isStopped: stream.isStopped };
  };
  test('shows what stands before the first stop string, and no character of the string itself', () => {
    const alphabet = fc.constantFrom('a', 'b', '\n', 'é', '🙂');
    const text = fc.string({ unit: alphabet, maxLength: 30 });
    const stops = fc.array(fc.string({ unit: alphabet, minLength: 1, maxLength: 4 }), { maxLength: 3 });
    fc.assert(
      fc.property(text, stops, (written, given) => {
        // The stop string that is complete first ends the text; of two that end together, the one that began first.
        let end = Infinity;
        let start = written.length;
        for (const stop of given) {
          const at = written.indexOf(stop);
          if (at === -1) continue;
          if (at + stop.length < end || (at + stop.length === end && at < start)) {
            end = at + stop.length;
            start = at;
          }
        }
        assert.deepEqual(show(written, given), { shown: written.slice(0, start), isStopped: end !== Infinity });
      }),
      { numRuns: 2000 },
    );
  });

  test('names the stop string that came, the first one of several', () => {
    const stream = new TextStream(tokenizer.createDecoder(), ['C', 'B', 'AB']);
    for (const byte of Buffer.from('xA')) stream.push(byte);
    assert.equal(stream.stopSequence, null);
    stream.push(66);
    assert.equal(stream.stopSequence, 'AB');
  });

  test('shows text at once that can begin no stop string, and holds what can', () => {
    const stream = new TextStream(tokenizer.createDecoder(), ['END']);
    assert.equal(stream.push(65), 'A');
    assert.equal(stream.push(69), '');
    assert.equal(stream.push(78), '');
    assert.equal(stream.push(69), 'EN');
    assert.equal(stream.end(), 'E');
  });
});
