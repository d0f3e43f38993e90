import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byteLevelBytes, CHARACTER_OF_BYTE } from '../../src/lm/byte-level.js';

test('every byte has a character of its own, and is read back from it', () => {
  assert.equal(new Set(CHARACTER_OF_BYTE).size, 256);
  assert.deepEqual([...byteLevelBytes(CHARACTER_OF_BYTE.join(''))], [...CHARACTER_OF_BYTE.keys()]);
  assert.deepEqual([...byteLevelBytes('Ġé')], [32, 0xe9]);
  assert.throws(() => byteLevelBytes('a b'), /not byte-level/);
});
