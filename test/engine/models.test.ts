import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Engine } from '../../src/engine/engine.js';
import { ModelTable } from '../../src/engine/models.js';
import { never, collect, engineRequest } from '../contracts/engine.js';
import {
  completion,
  startScriptedUpstream,
  type ScriptedUpstream,
  upstreamEngine,
} from '../support/scripted-upstream.js';

describe('the table of models', () => {
  const [first, second] = [upstreamEngine('http://127.0.0.1:9/v1'), upstreamEngine('http://127.0.0.1:8/v1')];

  test('finds the engine of an id, and refuses ids that nobody serves or two do', () => {
    const table = new ModelTable([
      { engine: first, ids: ['a', 'b', 'a'] },
      { engine: second, ids: ['c'] },
    ]);
    assert.deepEqual(
      table.entries.map(([id]) => id),
      ['a', 'b', 'c'],
    );
    assert.equal(table.engineOf('b'), first);
    assert.equal(table.engineOf('c'), second);
    assert.throws(() => table.engineOf('toString'), { code: 'model_not_found', param: 'model' });
    const both = [first, second].map((engine) => ({ engine, ids: ['a'] }));
    assert.throws(() => new ModelTable(both), { code: 'setting_invalid' });
  });
});

describe('a pool of two upstreams', () => {
  let upstreams: ScriptedUpstream[];
  let engine: Engine;
  before(async () => {
    upstreams = await Promise.all([1, 2].map(() => startScriptedUpstream({ steps: completion('ok') })));
    const members = upstreams.map(({ url }) => ({ url, weight: 1 }));
    engine = upstreamEngine('http://127.0.0.1:9/v1', { upstreams: members, inFlight: 1 });
    await engine.start(never());
  });
  after(async () => {
    await engine.stop();
    for (const upstream of upstreams) await upstream.stop();
  });

  test('keeps a conversation on one of them, and uses both', async () => {
    const counts = () => upstreams.map(({ requests }) => requests.length);
    for (let turn = 0; turn < 4; turn++)
      await collect(engine.generate(engineRequest({}, { conversation: 'one' }), never()));
    assert.deepEqual(counts().sort(), [0, 4]);
    for (let turn = 0; turn < 20; turn++)
      await collect(engine.generate(engineRequest({}, { conversation: `${turn}` }), never()));
    assert.ok(
      counts().every((count) => count > 4),
      String(counts()),
    );
  });

  test('is overloaded when each of them is at its limit', async () => {
    const running = upstreams.map(() => engine.generate(engineRequest(), never())[Symbol.asyncIterator]());
    await Promise.all(running.map((iterator) => iterator.next()));
    await assert.rejects(collect(engine.generate(engineRequest(), never())), { code: 'overloaded' });
    for (const iterator of running) await iterator.return?.();
    await collect(engine.generate(engineRequest(), never()));
  });
});
