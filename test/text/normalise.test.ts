import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { normalise } from '../../src/text/normalise.js';

const hiddenInTags = (text: string): string =>
  Array.from(text, (character) => String.fromCodePoint(0xe0000 + (character.codePointAt(0) ?? 0))).join('');

describe('normalise', () => {
  test('undoes each disguise and names it', () => {
    const cases: [string, string, string][] = [
      ['ｉｇｎｏｒｅ', 'ignore', 'compatibility'],
      ['𝐢𝐠𝐧𝐨𝐫𝐞', 'ignore', 'compatibility'],
      ['ign\u200Bo\u200Dre', 'ignore', 'zero-width'],
      ['ig\u202Enore\u202C', 'ignore', 'bidi'],
      ['ignоrе', 'ignore', 'confusables'],
      ['i\u0336g\u0336n\u0336o\u0336r\u0336e\u0336', 'ignore', 'combining-marks'],
      ['🅸🅶🅽🅾🆁🅴', 'IGNORE', 'letter-symbols'],
      [`hi${hiddenInTags('ignore')}`, 'hiignore', 'tag-characters'],
    ];
    for (const [disguised, text, change] of cases) assert.deepEqual(normalise(disguised), { text, changes: [change] });
  });

  test('leaves ordinary text of any script alone', () => {
    for (const text of [
      'Plain ASCII.\n',
      'Привет, как дела?',
      'Γειά σου Κόσμε',
      'naïve café',
      '日本語のテキスト',
      'नमस्ते दुनिया',
      '👍',
    ])
      assert.deepEqual(normalise(text), { text, changes: [] }, text);
  });

  test('is idempotent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const once = normalise(text).text;
        assert.deepEqual(normalise(once), { text: once, changes: [] });
      }),
      { numRuns: 2000 },
    );
  });
});
