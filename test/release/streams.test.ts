import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { loadConfig } from '../../src/config.js';
import type { EmbeddedEngine } from '../../src/engine/embedded/engine.js';
import type { Engine } from '../../src/engine/engine.js';
import { ModelTable } from '../../src/engine/models.js';
import { buildApp } from '../../src/http/app.js';
import { createRegistry } from '../../src/registry/registry.js';
import { byGeneration, Swap } from '../../src/release/swap.js';
import { createServing } from '../../src/serve/serving.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import type { Delta, VersionName } from '../../src/types.js';
import { authenticatorOf, KEY } from '../http/support.js';
import { Scene, from } from '../serve/scene.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { engineStarter } from '../support/embedded-engine.js';
import { eventually } from '../support/processes.js';
import { AUDIT, POOL, ReleaseScene } from './scene.js';

const STREAMS = 32;

interface Streamed {
  readonly status: number;
  readonly header: unknown;
  /** Of all chunks. */
  readonly fingerprints: readonly unknown[];
  readonly text: string;
  readonly finish: unknown;
  readonly isDone: boolean;
}

describe('live streams over a swap', () => {
  const start = engineStarter();
  let own: TestDatabase;
  let engine: EmbeddedEngine;
  let scene: ReleaseScene;
  let swap: Swap;
  let app: FastifyInstance;
  let url = '';
  /** Streams wait in their middle until this resolves, so that they live over a switch however fast the machine is. */
  let go = Promise.resolve();
  let waiting = 0;
  async function* hold(deltas: AsyncIterable<Delta>): AsyncGenerator<Delta> {
    let count = 0;
    for await (const delta of deltas) {
      yield delta;
      count += 1;
      if (count !== 3) continue;
      waiting += 1;
      await go;
      waiting -= 1;
    }
  }
  function holdStreams(): () => void {
    let release = () => {};
    go = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }
  /** Streams that are over. */
  let ended = 0;
  /** Versions that requests were given, in order. */
  const given: VersionName[] = [];
  const spooled: Scene = new Scene(() => from([]));

  before(async () => {
    const started = await start();
    ({ engine } = started);
    own = await createTestDatabase();
    const registry = createRegistry(own.database);
    scene = new ReleaseScene(engine, started.model, registry);
    await scene.register();
    const logger = createLogger('silent');
    const { base } = scene;
    const served = byGeneration(engine, base);
    swap = new Swap({ database: own.database, registry, engine: served, base, pool: POOL, logger, pollMs: 20 });
    const route = {
      get current() {
        return swap.current;
      },
      acquire: () => {
        const lease = swap.acquire();
        given.push(lease.version);
        return lease;
      },
    };
    const held: Engine = {
      model: engine.model,
      health: () => engine.health(),
      start: (signal) => engine.start(signal),
      stop: () => engine.stop(),
      countPromptTokens: (prompt, signal) => engine.countPromptTokens(prompt, signal),
      generate: (request, signal) => hold(engine.generate(request, signal)),
    };
    const serving = createServing({
      ...spooled.parts,
      models: new ModelTable([{ engine: held, ids: [held.model.id] }]),
      route,
    });
    const authenticator = authenticatorOf();
    const config = loadConfig({ MAX_IN_FLIGHT: '200' });
    app = await buildApp({ config, serving, authenticator, metrics: createMetrics(), logger, health: [] });
    url = await app.listen({ host: '127.0.0.1', port: 0 });
  });
  after(async () => {
    await app.close();
    await swap.stop();
    await own.drop();
  });

  async function stream(seed: number): Promise<Streamed> {
    // Over a socket: a response that is injected is cut after a minute, however much of it is read.
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'x-api-key': KEY, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'tiny',
        stream: true,
        messages: [{ role: 'user', content: 'What is it?' }],
        seed,
        temperature: 1,
        max_tokens: 40,
      }),
    });
    const body = await response.text();
    ended += 1;
    const events = body.split('\n\n').filter((event) => event.startsWith('data: '));
    const chunks = events
      .filter((event) => event !== 'data: [DONE]')
      .map((event) => JSON.parse(event.slice('data: '.length)) as Chunk);
    return {
      status: response.status,
      header: response.headers.get('x-purpgate-version'),
      fingerprints: [...new Set(chunks.map((chunk) => chunk.system_fingerprint))],
      text: chunks.map((chunk) => chunk.choices?.[0]?.delta?.content ?? '').join(''),
      finish: chunks.map((chunk) => chunk.choices?.[0]?.finish_reason ?? null).find((reason) => reason !== null),
      isDone: events.at(-1) === 'data: [DONE]',
    };
  }
  interface Chunk {
    readonly system_fingerprint?: string;
    readonly choices?: readonly { readonly delta?: { readonly content?: string }; readonly finish_reason?: string }[];
  }

  function check(one: Streamed, version: VersionName): void {
    assert.equal(one.status, 200);
    assert.equal(one.header, version);
    assert.deepEqual(one.fingerprints, [version]);
    assert.ok(one.isDone && (one.finish === 'length' || one.finish === 'stop'), `ended with ${String(one.finish)}`);
  }

  test('none breaks, none has two versions, and a rollback takes less than five seconds', async () => {
    const { name } = await scene.publish();
    await swap.start();
    const letBaseGo = holdStreams();
    const before = Array.from({ length: STREAMS }, (_, seed) => stream(seed));
    await eventually(() => waiting === STREAMS);
    await scene.promote(name);
    await eventually(() => swap.current === name);
    assert.deepEqual([waiting, ended], [STREAMS, 0]);
    const during = Array.from({ length: 4 }, (_, seed) => stream(seed));
    await eventually(() => given.length === STREAMS + 4);
    letBaseGo();
    const ofBase = await Promise.all(before);
    for (const one of ofBase) check(one, scene.base);
    const ofAdapter = await Promise.all(during);
    for (const one of ofAdapter) check(one, name);
    assert.notEqual(ofBase[0]?.text, ofAdapter[0]?.text);

    const letAdapterGo = holdStreams();
    const rolledBack = Array.from({ length: STREAMS }, (_, seed) => stream(seed));
    await eventually(() => waiting === STREAMS);
    const began = performance.now();
    await scene.registry.rollback({ name, ...AUDIT });
    await eventually(() => swap.current === scene.base);
    const seconds = (performance.now() - began) / 1000;
    assert.ok(seconds <= 5, `${seconds.toFixed(1)} s`);
    assert.equal(waiting, STREAMS);
    letAdapterGo();
    const ofRolledBack = await Promise.all(rolledBack);
    for (const one of ofRolledBack) check(one, name);
    // What each version says does not depend on what ran beside it.
    assert.equal(ofRolledBack[0]?.text, ofAdapter[0]?.text);
    const alone = await stream(0);
    check(alone, scene.base);
    assert.equal(alone.text, ofBase[0]?.text);
  });

  test('the list of models tells the version that new requests get', async () => {
    const { name } = await scene.publish();
    await scene.promote(name);
    await eventually(() => swap.current === name);
    const response = await app.inject({ url: '/v1/models', headers: { 'x-api-key': KEY } });
    const { data } = response.json<{ data: { purpgate: { version: string } }[] }>();
    assert.equal(data[0]?.purpgate.version, name);
  });
});
