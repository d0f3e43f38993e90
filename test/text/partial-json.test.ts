import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { stringLeaves } from '../../src/text/partial-json.js';

type Leaf = [string, string];

function leavesOf(value: unknown, path: (string | number)[] = []): Leaf[] {
  if (typeof value === 'string') return [[JSON.stringify(path), value]];
  if (Array.isArray(value)) return value.flatMap((item: unknown, index) => leavesOf(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) => leavesOf(item, [...path, key]));
}

const read = (json: string): Leaf[] => stringLeaves(json).map((leaf) => [JSON.stringify(leaf.path), leaf.value]);

describe('stringLeaves', () => {
  test('finds the same strings as JSON.parse in any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
        const json = JSON.stringify(value, null, indent);
        assert.deepEqual(read(json), leavesOf(JSON.parse(json)));
        assert.ok(stringLeaves(json).every((leaf) => leaf.complete));
      }),
    );
  });

  test('a cut text gives a prefix of the last string, and everything before it whole', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), (value, cut) => {
        const json = JSON.stringify(value);
        const whole = read(json);
        const partial = stringLeaves(json.slice(0, cut % (json.length + 1)));
        for (const [index, leaf] of partial.entries()) {
          const [path, text] = whole[index] ?? assert.fail('a leaf that is not there');
          assert.equal(JSON.stringify(leaf.path), path);
          if (leaf.complete) assert.equal(leaf.value, text);
          else assert.ok(text.startsWith(leaf.value) && index === partial.length - 1);
        }
      }),
    );
  });

  test('both values of a doubled key are given', () => {
    assert.deepEqual(read('{"code":"a","code":"b"}'), [
      ['["code"]', 'a'],
      ['["code"]', 'b'],
    ]);
  });

  test('what is not JSON is passed over', () => {
    assert.deepEqual(read('}}]] nonsense {"a": oops, "b": "x"'), [['["b"]', 'x']]);
    assert.deepEqual(read('{"a":"\\uZZ"}'), [['["a"]', 'ZZ']]);
    assert.deepEqual(read(`${'['.repeat(100_000)}"deep"`).length, 1);
  });
});
