import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { TOPICS } from '../../src/events/event-log.js';
import { createTableLog } from '../../src/events/table.js';
import { createRegistry } from '../../src/registry/registry.js';
import { ADAPTER_FILE, PEFT_FILE, proveVersion, readProbe } from '../../src/release/probe.js';
import { createLogger } from '../../src/telemetry.js';
import { startTraining } from '../../trainer/loop.js';
import { createManifestStore } from '../../trainer/manifest-store.js';
import { createPublisher } from '../../trainer/publish.js';
import { createTestDatabase } from '../support/database.js';
import { afterwards, temporaryFolder } from '../support/folder.js';
import { SILENT } from '../support/training.js';
import { writeTinyModel } from '../support/tiny-model.js';
import {
  openTinyLearner,
  POOL,
  rewardRecord,
  TINY_SETTINGS,
  tinyEngine,
  tinySampler,
} from '../support/tiny-training.js';

describe('a published version', () => {
  test('is a candidate whose adapter another engine proves, and is made once', { timeout: 300_000 }, async (t) => {
    const { signal } = new AbortController();
    const own = await createTestDatabase();
    afterwards(t, () => own.drop());
    const { database } = own;
    const scratch = await temporaryFolder(t);
    const model = await writeTinyModel({ rules: 'on', maxPositions: 2048 });
    afterwards(t, () => model.remove());
    const log = createTableLog(database, { logger: createLogger('silent'), pollMs: 5 });
    afterwards(t, () => log.stop());
    await log.append(
      TOPICS.rewards,
      Array.from({ length: 4 }, (_, number) => rewardRecord(number)),
    );
    const engine = tinyEngine(model.folder);
    afterwards(t, () => engine.stop());
    await engine.start(signal);
    const learner = await openTinyLearner(model.folder);
    afterwards(t, () => learner.stop());
    const base = engine.model.version ?? assert.fail();
    const registry = createRegistry(database);
    const start = {
      sha256: base.slice(5).padEnd(64, '0'),
      base: model.folder,
      adapter: null,
      parent: null,
      pool: POOL,
    };
    await registry.ensureLive(start, { actor: 'test', reason: 'the start' });
    const rollouts = tinySampler(engine);
    const folder = join(scratch, 'artifacts');
    const checkpoints = join(scratch, 'training');
    const parts = { learner, engine, rollouts, registry, folder, checkpoints, base: model.folder, pool: POOL, signal };
    const candidate = createPublisher(parts);
    const { last } = await startTraining({
      database,
      log,
      learner,
      rollouts,
      settings: { ...TINY_SETTINGS, learningRate: 0.1 },
      folder: checkpoints,
      configHash: 'tiny',
      mode: 'drain',
      steps: null,
      publish: { every: 1, candidate },
      mayRun: () => Promise.resolve(),
      display: SILENT,
    }).done;
    const name = last.version ?? assert.fail('the weights were not published');
    const version = (await registry.get(name)) ?? assert.fail();
    assert.equal(version.state, 'candidate');
    assert.equal(version.parent, base);
    assert.equal(version.sha256, last.adapterSha256);
    const adapter = version.adapter ?? assert.fail();
    assert.deepEqual((await readdir(adapter)).sort(), [PEFT_FILE, ADAPTER_FILE, 'probe.json']);

    const serving = tinyEngine(model.folder);
    afterwards(t, () => serving.stop());
    await serving.start(signal);
    await serving.loadAdapter(name, join(adapter, ADAPTER_FILE));
    const entries = await readProbe(adapter);
    const proof = await proveVersion({ engine: serving, version: name, base, entries }, signal);
    assert.equal(proof.outcome, 'proven', JSON.stringify(proof));

    const manifest = (await createManifestStore(database, POOL).last()) ?? assert.fail();
    assert.equal(await candidate(manifest, null), name);
    assert.equal((await registry.list({ pool: POOL })).length, 2);
  });
});
