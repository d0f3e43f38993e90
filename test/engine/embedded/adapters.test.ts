import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { EmbeddedEngine } from '../../../src/engine/embedded/engine.js';
import { initialAdapter, writeAdapter } from '../../../src/lm/lora.js';
import { Random } from '../../../src/lm/random.js';
import { engineStarter, generate, idsOf } from '../../support/embedded-engine.js';
import { eventually } from '../../support/processes.js';
import type { TinyModel } from '../../support/tiny-model.js';

describe('adapters of the embedded engine', () => {
  const start = engineStarter();
  let engine: EmbeddedEngine;
  let model: TinyModel;
  const version = 'purp@0123456789ab';
  let file = '';
  before(async () => {
    ({ engine, model } = await start());
    const adapter = initialAdapter(model.config, { rank: 4, alpha: 8, seed: 3 });
    const random = new Random(5);
    for (const { data } of adapter.tensors.values())
      for (const index of data.keys()) data[index] = 0.3 * random.gaussian();
    file = join(model.folder, 'adapter_model.safetensors');
    await writeAdapter(file, adapter, model.config);
  });

  test('serves base and adapter side by side, each as it would alone', async () => {
    await engine.loadAdapter(version, file);
    await engine.loadAdapter(version, file);
    const ids = async (named: typeof version | null, seed: number) =>
      idsOf(await generate(engine, { temperature: 1, seed, maxTokens: 30 }, { version: named }));
    const alone = [await ids(null, 1), await ids(version, 1), await ids(version, 2)];
    assert.notDeepEqual(alone[0], alone[1]);
    assert.deepEqual(await Promise.all([ids(null, 1), ids(version, 1), ids(version, 2)]), alone);
  });

  test('has them again after its process died', async () => {
    const before = idsOf(await generate(engine, { maxTokens: 10 }, { version }));
    process.kill(engine.processId ?? 0, 'SIGKILL');
    await eventually(() => engine.health() === 'starting');
    await eventually(() => engine.health() === 'ready');
    assert.deepEqual(idsOf(await generate(engine, { maxTokens: 10 }, { version })), before);
  });

  test('ends what runs on one that is unloaded, and knows it no longer', async () => {
    const running = generate(engine, { maxTokens: 480, temperature: 1, seed: 1 }, { version });
    const failed = assert.rejects(running, { code: 'engine_unavailable' });
    await engine.unloadAdapter(version);
    await failed;
    await assert.rejects(generate(engine, {}, { version }), { code: 'engine_unavailable' });
    await engine.unloadAdapter(version);
    assert.ok((await generate(engine, { maxTokens: 3 })).length > 0);
    await assert.rejects(engine.loadAdapter(version, join(model.folder, 'model.safetensors')), {
      code: 'model_unusable',
    });
  });
});
