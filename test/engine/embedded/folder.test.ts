import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { hashWeights, readModelFolder } from '../../../src/engine/embedded/folder.js';
import { writeTinyModel, type TinyModel } from '../../support/tiny-model.js';

describe('readModelFolder', () => {
  let model: TinyModel;
  before(async () => {
    model = await writeTinyModel({ id: 'purpgate-nano', format: 'analysis-answer', rules: 'on', maxPositions: 300 });
  });
  after(() => model.remove());

  test('reads id, rules and format from purpgate.json, and names the version after the weights', async () => {
    const weights = await readFile(join(model.folder, 'model.safetensors'));
    const sha256 = createHash('sha256').update(weights).digest('hex');
    assert.deepEqual(readModelFolder(model.folder), {
      info: { id: 'purpgate-nano', rules: 'on', contextLength: 300, version: `purp@${sha256.slice(0, 12)}` },
      format: 'analysis-answer',
      sha256,
    });
  });

  test('refuses a card with unknown values, and goes without one', async () => {
    const card = join(model.folder, 'purpgate.json');
    for (const bad of ['{"rules": true}', '{"format": "xml"}', '{"id": 7}', '{', '[]x']) {
      await writeFile(card, bad);
      assert.throws(() => readModelFolder(model.folder), { code: 'model_unusable' });
    }
    await rm(card);
    const { info, format } = readModelFolder(model.folder);
    assert.deepEqual([info.id, info.rules, format], [basename(model.folder), 'on', 'plain']);
  });

  test('digests weights in parts in their order, and refuses folders without any', async () => {
    const whole = hashWeights(model.folder);
    const weights = await readFile(join(model.folder, 'model.safetensors'));
    await rename(join(model.folder, 'model.safetensors'), join(model.folder, 'other.safetensors'));
    assert.throws(() => hashWeights(model.folder), { code: 'model_unusable' });
    await writeFile(join(model.folder, 'model-00002-of-00002.safetensors'), weights.subarray(100));
    await writeFile(join(model.folder, 'model-00001-of-00002.safetensors'), weights.subarray(0, 100));
    assert.equal(hashWeights(model.folder), whole);
    assert.throws(() => hashWeights(join(model.folder, 'nowhere')), { code: 'model_unusable' });
  });
});
