import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { uuidv7 } from '../../src/text/uuid.js';

const moment = fc.integer({ min: 0, max: 2 ** 47 });

describe('uuidv7', () => {
  test('has the form of a version 7 id, and holds its time', () => {
    fc.assert(
      fc.property(moment, (now) => {
        const id = uuidv7(now);
        assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        assert.equal(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16), now);
      }),
    );
  });

  test('sorts by time', () => {
    fc.assert(fc.property(moment, fc.integer({ min: 1, max: 1e9 }), (now, later) => uuidv7(now) < uuidv7(now + later)));
  });

  test('does not repeat', () => {
    assert.equal(new Set(Array.from({ length: 1000 }, () => uuidv7(1))).size, 1000);
  });
});
