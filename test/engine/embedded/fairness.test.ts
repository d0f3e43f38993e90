/** What one caller, or a client that never reads, can take from the others. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Model } from '../../../src/engine/embedded/model.js';
import { Bench, prompt, settle } from '../../support/scheduler-bench.js';
import { writeTinyModel, type TinyModel } from '../../support/tiny-model.js';

describe('the scheduler is fair', () => {
  let folder: TinyModel;
  let model: Model;
  before(async () => {
    folder = await writeTinyModel({ maxPositions: 1024 });
    model = await Model.load(folder.folder, 1);
  });
  after(() => folder.remove());

  test('clients that take nothing keep nobody from being served', async () => {
    const bench = new Bench(model, { consumer: 'asleep' });
    for (const request of [1, 2]) bench.submit(request, prompt(10, request), { choices: 16, maxTokens: 500 });
    await bench.until(() => bench.scheduler.load.paused === 32);
    bench.submit(3, prompt(10, 3), { maxTokens: 20 });
    await bench.until(() => bench.isFinished(3));
    assert.equal(bench.scheduler.load.paused, 32);
  });

  test('a request of another caller does not wait behind all those of one', async () => {
    const bench = new Bench(model);
    for (let request = 0; request < 80; request += 1)
      bench.submit(request, prompt(10, request), { caller: 'many', maxTokens: 40 });
    bench.submit(100, prompt(10, 100), { caller: 'one', maxTokens: 3 });
    await bench.until(() => bench.isFinished(100));
    const begun = new Set(bench.outputs.map(({ request }) => request));
    assert.ok(begun.size < 60, `${begun.size} requests had begun before the one of another caller was done`);
    await bench.until(() => bench.scheduler.load.jobs === 0);
  });

  test('one caller cannot hold every place with requests whose tokens it does not take', async () => {
    const bench = new Bench(model, { consumer: 'asleep' });
    for (let request = 0; request < 12; request += 1)
      bench.submit(request, prompt(10, request), { caller: 'stuck', choices: 16, maxTokens: 500 });
    await bench.until(() => bench.scheduler.load.paused >= 32);
    for (let turn = 0; turn < 20; turn += 1) await settle();
    const held = bench.scheduler.load;
    assert.ok(held.paused + held.rows <= 96, JSON.stringify(held));
    bench.submit(100, prompt(10, 100), { caller: 'other', choices: 32, maxTokens: 5 });
    await bench.until(() => bench.isFinished(100));
  });
});
