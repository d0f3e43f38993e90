import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { tokenizerDefinition, trainBytePairs, type BytePairs } from '../../src/lm/bpe.js';
import { loadTokenizer, type Tokenizer } from '../../src/lm/tokenizer.js';

const TEXTS = [
  'def find_user(conn, name):\n    query = "SELECT * FROM users WHERE name = ?"\n    return conn.execute(query, (name,))',
  'Write a Python function `find_order` that finds an order by name.',
  'Write a Python function `find_user` that finds a user by name in SQLite.',
];
const SPECIAL = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];

describe('byte pairs', () => {
  let folder = '';
  let pairs: BytePairs;
  let tokenizer: Tokenizer;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'purpgate-bpe-'));
    pairs = trainBytePairs([...TEXTS, ...TEXTS, ...TEXTS], { vocabulary: 400, specialTokens: SPECIAL });
    await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizerDefinition(pairs)));
    tokenizer = await loadTokenizer(folder);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('any well-formed text survives encoding and decoding', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        assert.equal(tokenizer.decode(tokenizer.encode(text)), text);
      }),
      { numRuns: 500 },
    );
  });

  test('code of any indentation and spacing survives', () => {
    const piece = fc.constantFrom(
      ' ',
      '  ',
      '\n',
      '\n    ',
      '\t',
      '\r\n',
      '_',
      '`',
      '42',
      'find',
      'ü',
      '(',
      '🙂',
      '\u00a0',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join('');
        assert.equal(tokenizer.decode(tokenizer.encode(text)), text);
      }),
    );
  });

  test('the same texts give the same merges', () => {
    const again = trainBytePairs([...TEXTS, ...TEXTS, ...TEXTS], { vocabulary: 400, specialTokens: SPECIAL });
    assert.deepEqual(again, pairs);
  });

  test('special tokens, bytes and merges have consecutive ids', () => {
    assert.equal(pairs.tokens.length, SPECIAL.length + 256 + pairs.merges.length);
    assert.equal(new Set(pairs.tokens).size, pairs.tokens.length);
    assert.deepEqual(
      SPECIAL.map((name) => tokenizer.idOf(name)),
      [0, 1, 2],
    );
    assert.deepEqual(tokenizer.encode('<|im_end|>'), [2]);
  });

  test('a name has the same tokens after a space, a backtick and at the start', () => {
    const name = tokenizer.encode('find_user');
    for (const before of [' ', '`', '\n', 'def '])
      assert.deepEqual(
        tokenizer.encode(`${before}find_user(`).slice(-name.length - 1, -1),
        name,
        JSON.stringify(before),
      );
  });

  test('pairs that occur once are not merged', () => {
    const { merges } = trainBytePairs(['abcd'], { vocabulary: 400, specialTokens: [] });
    assert.deepEqual(merges, []);
  });

  test('a vocabulary without room for the bytes is refused', () => {
    assert.throws(() => trainBytePairs(TEXTS, { vocabulary: 100, specialTokens: SPECIAL }), /needs 259 tokens/);
  });
});
