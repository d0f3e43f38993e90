import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { matchesGlob } from '../../src/text/glob.js';

describe('patterns of file names', () => {
  for (const [pattern, path, isMeant] of [
    ['tests/**', 'tests/a.py', true],
    ['tests/**', '/home/me/project/tests/deep/a.py', true],
    ['/tests/**', '/home/me/project/tests/a.py', false],
    ['/tests/**', './tests/a.py', true],
    ['tests/**', 'mytests/a.py', false],
    ['tests/**', 'tests/../src/app.py', false],
    ['tests/**', '../tests/a.py', false],
    ['tests/**', 'C:\\work\\tests\\a.py', true],
    ['*_test.py', 'src/app_test.py', true],
    ['*_test.py', 'src/app_test.pyc', false],
    ['src/*.py', 'src/deep/app.py', false],
    ['src/**/app.py', 'src/app.py', true],
    ['a?.py', 'ab.py', true],
    ['a?.py', 'a/.py', false],
    ['**', '', true],
    ['*', 'x'.repeat(5000), false],
  ] as const)
    test(`${pattern} ${isMeant ? 'means' : 'does not mean'} ${path.slice(0, 50)}`, () => {
      assert.equal(matchesGlob(path, pattern), isMeant);
    });

  test('a path means itself, and what a star stands for does not matter', () => {
    const name = fc.stringMatching(/^[a-z.]{1,8}$/).filter((text) => !/^\.+$/.test(text));
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), fc.nat(4), (names, at) => {
        const path = names.join('/');
        const starred = names.map((part, index) => (index === at % names.length ? '*' : part)).join('/');
        return matchesGlob(path, path) && matchesGlob(path, starred) && matchesGlob(`x/${path}`, `x/**/${path}`);
      }),
    );
  });

  test('takes no longer than both lengths allow, whatever the pattern', () => {
    const started = performance.now();
    assert.equal(matchesGlob('a'.repeat(4000), `${'*a'.repeat(40)}b`), false);
    assert.ok(performance.now() - started < 1000);
  });
});
