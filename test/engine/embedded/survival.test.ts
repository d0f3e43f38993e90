import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createMetrics } from '../../../src/telemetry.js';
import type { Delta } from '../../../src/types.js';
import { engineRequest, never, textOf } from '../../contracts/engine.js';
import { engineStarter, generate } from '../../support/embedded-engine.js';
import { eventually, isAlive } from '../../support/processes.js';
import { writeTinyModel } from '../../support/tiny-model.js';

describe('the embedded engine survives', () => {
  const start = engineStarter();

  test('the death of its process under load: requests in flight fail, new ones work, nothing is left over', async () => {
    const metrics = createMetrics();
    const { engine } = await start({ script: ['a', 'b'], endless: true, maxPositions: 4096 }, { metrics });
    for (let death = 1; death <= 2; death++) {
      const first = engine.processId ?? 0;
      const outcomes = Array.from({ length: 20 }, () =>
        generate(engine).then(
          () => 'finished',
          (thrown: unknown) => (thrown as { code: string }).code,
        ),
      );
      const started = engine.generate(engineRequest(), never())[Symbol.asyncIterator]();
      await started.next();
      process.kill(first, 'SIGKILL');
      assert.deepEqual(new Set(await Promise.all(outcomes)), new Set(['engine_unavailable']));
      await assert.rejects(started.next(), { code: 'engine_unavailable' });
      await eventually(() => engine.health() === 'ready');
      assert.notEqual(engine.processId, first);
      assert.ok(!isAlive(first));
      assert.equal(textOf(await generate(engine, { maxTokens: 4 })), 'abab');
      const { values } = await metrics.engineRestarts.get();
      assert.equal(values[0]?.value, death);
    }
    const last = engine.processId ?? 0;
    await engine.stop();
    assert.ok(!isAlive(last));
  });

  test('a process that hangs: requests in flight fail, and another process serves the next', async () => {
    const { engine } = await start({ script: ['a', 'b'], endless: true, maxPositions: 4096 }, { heartbeatMs: 200 });
    const first = engine.processId ?? 0;
    const running = generate(engine);
    process.kill(first, 'SIGSTOP');
    await assert.rejects(running, { code: 'engine_unavailable' });
    await eventually(() => engine.health() === 'ready');
    assert.ok(!isAlive(first));
    assert.equal(textOf(await generate(engine, { maxTokens: 4 })), 'abab');
  });

  test('nothing of its parent: the process ends with it, even when that is killed', async () => {
    const model = await writeTinyModel();
    const entry = fileURLToPath(new URL('../../support/engine-parent.js', import.meta.url));
    const parent = spawn(process.execPath, [entry, model.folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
    const child = Number(line);
    assert.ok(isAlive(child));
    parent.kill('SIGKILL');
    await eventually(() => !isAlive(child));
    await model.remove();
  });

  test('a consumer that reads slowly: others are served, and nothing is lost', async () => {
    const { engine } = await start({ script: ['a', 'b'], endless: true, maxPositions: 4096 });
    const slow = engine.generate(engineRequest({ maxTokens: 1500 }), never());
    const deltas: Delta[] = [];
    for await (const delta of slow) {
      deltas.push(delta);
      if (deltas.length === 10) assert.equal(textOf(await generate(engine, { maxTokens: 1000 })), 'ab'.repeat(500));
    }
    assert.equal(textOf(deltas), 'ab'.repeat(750));
  });
});
