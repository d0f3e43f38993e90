import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { initialAdapter, loraFeeds, loraShapes, readAdapter, writeAdapter, zeroAdapter } from '../../src/lm/lora.js';
import { readSafetensors, writeSafetensors } from '../../src/lm/safetensors.js';
import { tinyAdapter, tinyConfig } from '../support/tiny-decoder.js';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'purpgate-lora-'));
});
after(() => rm(folder, { recursive: true }));

describe('adapters', () => {
  const adapter = tinyAdapter(tinyConfig, 1);

  test('seven maps per layer, each with A [rank, in] and B [out, rank]', () => {
    const shapes = loraShapes(tinyConfig, 3);
    assert.equal(shapes.size, 2 * 7 * 2);
    assert.deepEqual(shapes.get('lora.1.down.a'), [3, 20]);
    assert.deepEqual(shapes.get('lora.1.down.b'), [12, 3]);
    assert.deepEqual(shapes.get('lora.0.k.b'), [8, 3]);
  });

  test('a file is read back, and bears the names of PEFT', async () => {
    const file = join(folder, 'adapter_model.safetensors');
    await writeAdapter(file, adapter, tinyConfig);
    assert.deepEqual(await readAdapter(file, tinyConfig), adapter);
    const names = [...(await readSafetensors(file)).keys()];
    assert.equal(names[0], 'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight');
  });

  test('a file of another model, of more layers, or without rank is refused', async () => {
    const file = join(folder, 'other.safetensors');
    await writeAdapter(file, adapter, tinyConfig);
    for (const config of [
      { ...tinyConfig, hidden: 16 },
      { ...tinyConfig, layers: 1 },
      { ...tinyConfig, layers: 3 },
    ])
      await assert.rejects(readAdapter(file, config), { code: 'model_unusable' });
    await writeSafetensors(file, await readSafetensors(file), { dtype: 'F32' });
    await assert.rejects(readAdapter(file, tinyConfig), { code: 'model_unusable', message: /lora_rank/ });
  });

  test('feeds have alpha / rank in B, and leave the adapter as it is', () => {
    const before = adapter.tensors.get('lora.0.q.b')?.data.slice();
    const feeds = loraFeeds(adapter);
    assert.deepEqual(
      feeds['lora.0.q.b']?.data,
      before?.map((value) => 2 * value),
    );
    assert.equal(feeds['lora.0.q.a']?.data, adapter.tensors.get('lora.0.q.a')?.data);
    assert.deepEqual(adapter.tensors.get('lora.0.q.b')?.data, before);
  });

  test('training starts from a random A and B = 0, the same for the same seed', () => {
    const options = { rank: 4, alpha: 8, seed: 5 };
    const first = initialAdapter(tinyConfig, options);
    assert.deepEqual(initialAdapter(tinyConfig, options), first);
    assert.notDeepEqual(initialAdapter(tinyConfig, { ...options, seed: 6 }), first);
    for (const [name, { data }] of first.tensors)
      assert.equal(
        data.every((value) => value === 0),
        name.endsWith('.b'),
      );
    for (const { data } of zeroAdapter(tinyConfig, 4, 8).tensors.values())
      assert.ok(data.every((value) => value === 0));
  });
});
