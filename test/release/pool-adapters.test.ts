/** The servers are scripted from vLLM's documentation (test/support/scripted-vllm.ts); what they score is computed from real weights. */
import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, before, beforeEach, describe, test } from 'node:test';
import type { EmbeddedEngine } from '../../src/engine/embedded/engine.js';
import { createUpstreamEngine, type PoolEngine } from '../../src/engine/upstream/engine.js';
import { poolOfOne } from '../../src/engine/upstream/pools.js';
import { createRegistry, type Registry } from '../../src/registry/registry.js';
import { PoolAdapters } from '../../src/release/pool-adapters.js';
import { readProofs } from '../../src/release/store.js';
import { Swap } from '../../src/release/swap.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import type { VersionName } from '../../src/types.js';
import { collect, engineRequest, never, textOf } from '../contracts/engine.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { engineStarter } from '../support/embedded-engine.js';
import { ScriptedVllm, type Serving } from '../support/scripted-vllm.js';
import type { TinyModel } from '../support/tiny-model.js';
import { POOL, ReleaseScene } from './scene.js';

const MODEL = 'base-model';
const logger = createLogger('silent');

describe('adapters on the upstreams of a pool', () => {
  const start = engineStarter();
  /** The learner's, which makes the probes. */
  let embedded: EmbeddedEngine;
  let model: TinyModel;
  let own: TestDatabase;
  let registry: Registry;
  let scene: ReleaseScene;
  let servers: readonly ScriptedVllm[];
  const stops: (() => Promise<void>)[] = [];

  before(async () => {
    ({ engine: embedded, model } = await start());
  });
  beforeEach(async () => {
    own = await createTestDatabase();
    registry = createRegistry(own.database);
    scene = new ReleaseScene(embedded, model, registry);
    for (const name of await readdir(model.folder))
      if (name.startsWith('adapter-')) await rm(join(model.folder, name), { recursive: true });
    await scene.register();
    servers = [0, 1, 2].map(() => new ScriptedVllm(model, MODEL));
    for (const server of servers) await server.start();
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    for (const server of servers) await server.stop();
    await own.drop();
  });

  /** A gateway's part: as often as it is called it is another process to the servers. */
  async function open(): Promise<{ engine: PoolEngine; swap: Swap }> {
    const single = poolOfOne({ url: 'http://127.0.0.1:1', model: MODEL, apiKey: null, rules: 'off', idleMs: 5_000 });
    const version = await registry.get(scene.base);
    const adapters = { baseSha256: version?.sha256 ?? '', folder: model.folder };
    const upstreams = servers.map(({ url }) => ({ url, weight: 1 }));
    const engine = createUpstreamEngine({ ...single, upstreams, adapters }, { logger, metrics: createMetrics() });
    await engine.start(never());
    const pool = new PoolAdapters({ servers: engine.servers, model: MODEL, folder: model.folder, logger, everyMs: 0 });
    const { database } = own;
    const swap = new Swap({ database, registry, engine: pool, base: scene.base, pool: POOL, logger, pollMs: 10 });
    stops.push(
      () => swap.stop(),
      () => engine.stop(),
    );
    return { engine, swap };
  }
  const play = (...how: Serving[]): void => {
    for (const [index, serving] of how.entries()) {
      const server = servers[index];
      if (server !== undefined) server.serving = serving;
    }
  };
  const ask = async (engine: PoolEngine, version: VersionName, conversation = 'c'): Promise<string> =>
    textOf(await collect(engine.generate({ ...engineRequest({}, { version }), conversation }, never())));
  /** By many conversations, so that every upstream would have its share. */
  const askMany = (engine: PoolEngine, version: VersionName): Promise<string[]> =>
    Promise.all(Array.from({ length: 30 }, (_, index) => ask(engine, version, `conversation ${index}`)));
  const who = (): readonly boolean[] => servers.map(({ asked }) => asked.length > 0);
  const promoted = async (): Promise<VersionName> => {
    const { name } = await scene.publish();
    await scene.promote(name);
    return name;
  };

  test('are loaded on every upstream under the name of the version, and asked for by it', async () => {
    const { engine, swap } = await open();
    await swap.reconcile();
    assert.deepEqual(new Set(await askMany(engine, scene.base)), new Set([MODEL]));
    const name = await promoted();
    await swap.reconcile();
    assert.deepEqual([swap.current, servers.map(({ loads }) => loads)], [name, [[name], [name], [name]]]);
    assert.deepEqual(new Set(await askMany(engine, name)), new Set([name]));
    assert.deepEqual(who(), [true, true, true]);
  });

  test('get no traffic where the proof fails, or where they cannot be loaded', async () => {
    play('wrong', 'base', 'right');
    const { engine, swap } = await open();
    const name = await promoted();
    await swap.reconcile();
    assert.equal(swap.current, name);
    assert.deepEqual(new Set(await askMany(engine, name)), new Set([name]));
    assert.deepEqual(
      [who(), servers.map(({ loaded }) => loaded)],
      [
        [false, false, true],
        [[], [], [name]],
      ],
    );
    play('right', 'right', 'right');
    await swap.reconcile();
    assert.equal(servers[0]?.loads.length, 1, 'what failed is not tried again');
  });

  test('of a version that no upstream proves serve nobody, and the proof says why', async () => {
    play('base', 'base', 'refuses');
    const { engine, swap } = await open();
    const name = await promoted();
    await swap.reconcile();
    assert.equal(swap.current, scene.base);
    const [proof] = await readProofs(own.database, name);
    assert.match(String(proof?.reason), /answers as its base does/);
    await assert.rejects(ask(engine, name), { code: 'overloaded' });
  });

  test('that are too strong are told from the learner by their log-probabilities', async () => {
    play('wrong', 'wrong', 'wrong');
    const { swap } = await open();
    const name = await promoted();
    await swap.reconcile();
    const [proof] = await readProofs(own.database, name);
    assert.match(String(proof?.reason), /are not the learner's: they differ by \S+, KL \S+ per token \(most 0\.015\)/);
  });

  test('that an upstream forgot with a restart are asked of others at once, loaded again, and proven again', async () => {
    const { engine, swap } = await open();
    const name = await promoted();
    await swap.reconcile();
    const [first] = servers;
    await first?.stop();
    await first?.start();
    assert.deepEqual(new Set(await askMany(engine, name)), new Set([name]), 'a 404 is no answer');
    assert.deepEqual(first?.asked, []);
    await swap.reconcile();
    assert.deepEqual(first.loads, [name, name]);
    await askMany(engine, name);
    assert.ok(first.asked.length > 0);
  });

  test('that are there when a gateway starts are proven and not loaded twice', async () => {
    const name = await promoted();
    const before = await open();
    await before.swap.start();
    await before.swap.stop();
    play('base', 'right', 'right');
    const { engine, swap } = await open();
    await swap.start();
    assert.equal(swap.current, name);
    assert.deepEqual(
      servers.map(({ loads }) => loads.length),
      [1, 1, 1],
    );
    assert.deepEqual(new Set(await askMany(engine, name)), new Set([name]));
  });

  test('wait for upstreams that are away, while the base serves', async () => {
    for (const server of servers) await server.stop();
    const { swap } = await open();
    const name = await promoted();
    await assert.rejects(swap.reconcile(), { code: 'engine_unavailable' });
    assert.equal(swap.current, scene.base);
    await servers[1]?.start();
    await swap.reconcile();
    assert.equal(swap.current, name);
    await servers[0]?.start();
    await swap.reconcile();
    assert.deepEqual(servers[0]?.loaded, [name], 'one that is back gets it too');
  });

  test('are unloaded once nothing is asked of them', async () => {
    const { swap } = await open();
    const first = await promoted();
    await swap.reconcile();
    const lease = swap.acquire();
    const second = await promoted();
    await swap.reconcile();
    assert.deepEqual(servers[0]?.loaded, [first, second]);
    lease.release();
    await swap.reconcile();
    assert.deepEqual(
      servers.map(({ loaded }) => loaded),
      [[second], [second], [second]],
    );
  });
});
