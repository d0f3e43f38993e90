import assert from 'node:assert/strict';
import { copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, before, beforeEach, describe, test } from 'node:test';
import type { EmbeddedEngine } from '../../src/engine/embedded/engine.js';
import { createRegistry, type Registry } from '../../src/registry/registry.js';
import { ADAPTER_FILE } from '../../src/release/probe.js';
import { readProofs } from '../../src/release/store.js';
import { type AdapterEngine, byGeneration, Swap } from '../../src/release/swap.js';
import { createLogger } from '../../src/telemetry.js';
import type { VersionName } from '../../src/types.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { engineStarter, generate, idsOf } from '../support/embedded-engine.js';
import { eventually } from '../support/processes.js';
import type { TinyModel } from '../support/tiny-model.js';
import { POOL, ReleaseScene } from './scene.js';

describe('the swap', () => {
  const start = engineStarter();
  let engine: EmbeddedEngine;
  let model: TinyModel;
  let own: TestDatabase;
  let registry: Registry;
  let scene: ReleaseScene;
  before(async () => {
    ({ engine, model } = await start());
  });
  beforeEach(async () => {
    own = await createTestDatabase();
    registry = createRegistry(own.database);
    scene = new ReleaseScene(engine, model, registry);
    await rm(join(model.folder, 'adapter-1'), { recursive: true, force: true });
    await rm(join(model.folder, 'adapter-2'), { recursive: true, force: true });
    await scene.register();
  });
  afterEach(() => own.drop());

  function swapOn(over: Partial<AdapterEngine> = {}): Swap {
    const { database } = own;
    const watched: AdapterEngine = { ...byGeneration(engine, scene.base), ...over };
    return new Swap({
      database,
      registry,
      engine: watched,
      base: scene.base,
      pool: POOL,
      logger: createLogger('silent'),
      pollMs: 10,
    });
  }
  const isServed = (version: VersionName) =>
    generate(engine, { maxTokens: 1 }, { version }).then(
      () => true,
      () => false,
    );
  const proofsOf = async (name: VersionName) =>
    (await readProofs(own.database, name)).map(({ outcome, reason }) => `${outcome}: ${reason}`);

  test('serves the base while the base is live, and a proven version once it is', async () => {
    const swap = swapOn();
    await swap.reconcile();
    assert.deepEqual([swap.current, swap.isSettled()], [scene.base, true]);
    const { name } = await scene.publish();
    await swap.reconcile();
    assert.equal(swap.current, scene.base, 'a candidate gets no traffic');
    await scene.promote(name);
    await swap.reconcile();
    assert.deepEqual([swap.current, swap.isSettled()], [name, true]);
    const [proof = ''] = await proofsOf(name);
    assert.match(
      proof,
      /^proven: 24 tokens as the learner scored them: largest difference 0\.0\d+, KL \d\S* per token$/,
    );
    await swap.stop();
  });

  test('lets requests end on the version they began with, and unloads it only then', async () => {
    const swap = swapOn();
    const first = await scene.publish();
    const second = await scene.publish();
    await scene.promote(first.name);
    await swap.reconcile();
    const lease = swap.acquire();
    await scene.promote(second.name);
    await swap.reconcile();
    assert.equal(swap.acquire().version, second.name);
    assert.equal(lease.version, first.name);
    assert.equal(await isServed(first.name), true);
    lease.release();
    lease.release();
    await swap.reconcile();
    assert.equal(await isServed(first.name), false);
    assert.equal(await isServed(second.name), true);
    await swap.stop();
  });

  test('goes back to the parent within a second, without loading it again', async () => {
    let loads = 0;
    const swap = swapOn({
      loadAdapter: (version, file) => {
        loads += 1;
        return engine.loadAdapter(version, file);
      },
    });
    const first = await scene.publish();
    const second = await scene.publish({ parent: first.name });
    for (const { name } of [first, second]) {
      await scene.promote(name);
      await swap.reconcile();
    }
    assert.equal(loads, 2);
    await swap.start();
    const began = performance.now();
    await registry.rollback({ name: second.name, actor: 'tester', reason: 'it does harm' });
    await eventually(() => swap.current === first.name);
    assert.ok(performance.now() - began < 5_000);
    assert.equal(loads, 2);
    await swap.reconcile();
    assert.equal(await isServed(second.name), false, 'what was rolled back is unloaded');
    await swap.stop();
  });

  const spoilt = [
    {
      what: 'has the adapter file of another version',
      spoil: async (folder: string, other: string) => copyFile(join(other, ADAPTER_FILE), join(folder, ADAPTER_FILE)),
      reason: /does not have the digest/,
    },
    {
      what: 'has the probe of another version',
      spoil: async (folder: string, other: string) => copyFile(join(other, 'probe.json'), join(folder, 'probe.json')),
      reason: /writes other tokens than its probe/,
    },
    {
      what: 'has no probe',
      spoil: (folder: string) => rm(join(folder, 'probe.json')),
      reason: /the probe in .* cannot be read/,
    },
    {
      what: 'has a probe without entries',
      spoil: (folder: string) => writeFile(join(folder, 'probe.json'), '[]'),
      reason: /has no entries/,
    },
    {
      what: 'has lost its folder',
      spoil: (folder: string) => rm(folder, { recursive: true }),
      reason: /cannot be read/,
    },
  ];
  for (const { what, spoil, reason } of spoilt)
    test(`gives no traffic to a version that ${what}, and says why`, async () => {
      const swap = swapOn();
      const [bad, other] = [await scene.publish(), await scene.publish()];
      await spoil(bad.folder, other.folder);
      await scene.promote(bad.name);
      await swap.reconcile();
      await swap.reconcile();
      assert.deepEqual([swap.current, swap.isSettled()], [scene.base, false]);
      const proofs = await proofsOf(bad.name);
      assert.equal(proofs.length, 1, 'it is not tried each second');
      assert.match(proofs[0] ?? '', /^failed: /);
      assert.match(proofs[0] ?? '', reason);
      assert.equal(await isServed(bad.name), false);
      await swap.stop();
    });

  test('gives no traffic to an adapter that changes nothing', async () => {
    const swap = swapOn();
    const { name } = await scene.publish({ changes: 'nothing' });
    await scene.promote(name);
    await swap.reconcile();
    assert.equal(swap.current, scene.base);
    assert.match((await proofsOf(name))[0] ?? '', /^failed: it answers as its base does/);
    await swap.stop();
  });

  test('serves the base rather than what was rolled back, where the successor cannot be proven', async () => {
    const first = await scene.publish();
    const second = await scene.publish({ parent: first.name });
    const swap = swapOn();
    for (const { name } of [first, second]) await scene.promote(name);
    await swap.reconcile();
    await rm(first.folder, { recursive: true });
    await registry.rollback({ name: second.name, actor: 'tester', reason: 'it does harm' });
    await swap.reconcile();
    assert.deepEqual([swap.current, swap.isSettled()], [scene.base, false]);
    await swap.stop();
  });

  test('stays on the old version when the engine is killed between loading and the switch, and switches afterwards', async () => {
    const swap = swapOn({
      loadAdapter: async (version, file) => {
        await engine.loadAdapter(version, file);
        process.kill(engine.processId ?? 0, 'SIGKILL');
      },
    });
    const { name } = await scene.publish();
    await scene.promote(name);
    await assert.rejects(swap.reconcile(), { code: 'engine_unavailable' });
    assert.equal(swap.current, scene.base);
    assert.deepEqual(await proofsOf(name), [], 'a killed engine says nothing of the version');
    await eventually(() => engine.health() === 'ready');
    await swap.stop();
    // As a gateway that starts anew: only Postgres tells it what to serve.
    const restarted = swapOn();
    await restarted.start();
    assert.deepEqual([restarted.current, restarted.isSettled()], [name, true]);
    const before = idsOf(await generate(engine, { maxTokens: 8 }, { version: name }));
    assert.notDeepEqual(before, idsOf(await generate(engine, { maxTokens: 8 })));
    await restarted.stop();
  });
});
