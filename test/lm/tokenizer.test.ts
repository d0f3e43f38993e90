import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { loadTokenizer, readStopIds, type Tokenizer } from '../../src/lm/tokenizer.js';
import { writeTinyModel, type TinyModel } from '../support/tiny-model.js';

describe('Tokenizer', () => {
  let model: TinyModel;
  let tokenizer: Tokenizer;
  before(async () => {
    model = await writeTinyModel();
    tokenizer = await loadTokenizer(model.folder);
  });
  after(() => model.remove());

  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc
      .array(
        fc.constantFrom(' ,', ' .', "n't", ' def', '日本', '\uFEFF', '<|im_end|>', '\r\n', '\t', '  ', 'é', '🙂', '\0'),
      )
      .map((parts) => parts.join('')),
  );

  test('decodes what it encoded to the same text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        assert.equal(tokenizer.decode(tokenizer.encode(text)), text);
      }),
      { numRuns: 500 },
    );
  });

  test('streams whole characters only, and all of them', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const decoder = tokenizer.createDecoder();
        const shown = tokenizer.encode(text).map((id) => decoder.push(id));
        for (const piece of shown) assert.ok(!piece.includes('\uFFFD') || text.includes('\uFFFD'));
        assert.equal(shown.join('') + decoder.end(), text.replaceAll('<|im_end|>', ''));
      }),
      { numRuns: 500 },
    );
  });

  test('shows bytes that are no UTF-8 as U+FFFD, as late as it can', () => {
    const [first = -1] = tokenizer.encode('🙂');
    const decoder = tokenizer.createDecoder();
    assert.equal(decoder.push(first), '');
    assert.equal(decoder.push(tokenizer.idOf('a') ?? -1), '\uFFFDa');
    assert.equal(decoder.push(first), '');
    assert.equal(decoder.end(), '\uFFFD');
  });

  test('merges words', () => {
    assert.deepEqual(tokenizer.encode('def'), [tokenizer.idOf('def')]);
  });

  test('is quick on a long text without a break', () => {
    const started = performance.now();
    assert.equal(tokenizer.decode(tokenizer.encode('def'.repeat(50_000))).length, 150_000);
    assert.ok(performance.now() - started < 2000);
  });

  test('reads stop ids from generation_config.json', async () => {
    const expected = ['<|im_end|>', '<|endoftext|>'].map((name) => tokenizer.idOf(name));
    assert.deepEqual([...(await readStopIds(model.folder, tokenizer))], expected);
  });

  test('refuses folders without a byte-level tokenizer', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'purpgate-test-'));
    await assert.rejects(loadTokenizer(folder), { code: 'model_unusable' });
    await writeFile(join(folder, 'tokenizer.json'), JSON.stringify({ decoder: { type: 'WordPiece' } }));
    await assert.rejects(loadTokenizer(folder), { code: 'model_unusable' });
    await writeFile(join(folder, 'tokenizer.json'), '{');
    await assert.rejects(loadTokenizer(folder), { code: 'model_unusable' });
    await rm(folder, { recursive: true });
  });
});
