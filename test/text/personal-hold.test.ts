import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { findPersonalData } from '../../src/text/personal-data.js';
import { PersonalHold } from '../../src/text/personal-hold.js';
import type { Stretch } from '../../src/text/secret-hold.js';

const PIECES = [
  'Call me at ',
  '+49 30 ',
  '9017 2345',
  ' ',
  '\n',
  'jane.doe@',
  'corp.io',
  'My address is 12 ',
  'Baker Street',
  'x = 4',
  '. ',
];

function shown(pieces: readonly string[], paused = false): string {
  const hold = new PersonalHold();
  const stretches: Stretch[] = [];
  for (const piece of pieces) stretches.push(...hold.push(piece), ...(paused ? hold.pause() : []));
  stretches.push(...hold.end());
  const text = pieces.join('');
  let at = 0;
  return stretches
    .map((stretch) => {
      const part = text.slice(at, at + stretch.length);
      at += stretch.length;
      return stretch.type === 'clean' ? part : `<${stretch.kind}>`;
    })
    .concat(text.slice(at))
    .join('');
}

function expected(text: string): string {
  let at = 0;
  return findPersonalData(text)
    .map(({ kind, start, end }) => {
      const before = text.slice(at, start);
      at = end;
      return `${before}<${kind}>`;
    })
    .concat(text.slice(at))
    .join('');
}

describe('holding text that may be personal data', () => {
  test('finds the same however the text was cut, and no half of it goes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }),
        fc.array(fc.nat(20), { minLength: 1 }),
        (parts, cuts) => {
          const text = parts.join('');
          const pieces: string[] = [];
          for (let at = 0, cut = 0; at < text.length; cut += 1) {
            const length = 1 + (cuts[cut % cuts.length] ?? 0);
            pieces.push(text.slice(at, at + length));
            at += length;
          }
          assert.equal(shown(pieces), expected(text));
        },
      ),
    );
  });

  test('holds a number over a pause, and lets prose go', () => {
    assert.equal(shown(['Call me at +49 30 ', '9017 2345 now\n'], true), 'Call me at <telephone-number> now\n');
    const hold = new PersonalHold();
    assert.deepEqual([hold.push('just words'), hold.pause()], [[], [{ type: 'clean', length: 10 }]]);
  });

  test('lets a line without an end go, and finds what stands in it', () => {
    const long = `${'word '.repeat(3000)}jane.doe@corp.io ${'word '.repeat(3000)}`;
    assert.equal(shown(long.match(/.{1,7}/g) ?? []), expected(long));
    const hold = new PersonalHold();
    const length = hold.push(long).reduce((sum, stretch) => sum + stretch.length, 0);
    assert.ok(long.length - length <= 4096);
  });
});
