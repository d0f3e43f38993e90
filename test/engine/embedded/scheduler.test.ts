import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Model } from '../../../src/engine/embedded/model.js';
import type { StepOutput } from '../../../src/engine/embedded/protocol.js';
import { PAUSE_AT } from '../../../src/engine/embedded/scheduler.js';
import { buildInferenceGraph, causalMask } from '../../../src/lm/inference-graph.js';
import { createSession, float32, int64, type Session } from '../../../src/lm/runtime.js';
import { readModelWeights } from '../../../src/lm/safetensors.js';
import { Bench, prompt, settle } from '../../support/scheduler-bench.js';
import { writeTinyModel, type TinyModel } from '../../support/tiny-model.js';

describe('Scheduler', () => {
  let folder: TinyModel;
  let model: Model;
  before(async () => {
    folder = await writeTinyModel({ maxPositions: 1024 });
    model = await Model.load(folder.folder, 1);
  });
  after(() => folder.remove());

  /** Greedy tokens without any cache: the whole sequence anew for every token. */
  async function recompute(session: Session, promptIds: readonly number[], tokens: number): Promise<number[]> {
    const { layers, kvHeads, headDim, heads } = model.config;
    const ids = [...promptIds];
    for (let step = 0; step < tokens; step++) {
      const past: Record<string, ReturnType<typeof float32>> = {};
      for (let layer = 0; layer < layers; layer++)
        for (const name of [`past_key.${layer}`, `past_value.${layer}`])
          past[name] = float32(new Float32Array(kvHeads * headDim), [1, kvHeads, 1, headDim]);
      const { logits } = await session.run(
        {
          ...past,
          past_mask: float32(Float32Array.of(-1e9), [1, 1, 1, 1]),
          new_mask: causalMask(ids.length, heads / kvHeads),
          input_ids: int64(BigInt64Array.from(ids, BigInt), [1, ids.length]),
          positions: int64(
            BigInt64Array.from(ids, (_, index) => BigInt(index)),
            [1, ids.length],
          ),
        },
        ['logits'],
      );
      if (logits === undefined) throw new Error('no logits');
      ids.push(logits.data.indexOf(Math.max(...logits.data)));
    }
    return ids.slice(promptIds.length);
  }

  test('decodes with its cache the very tokens of a full recomputation, across chunks and capacities', async () => {
    const { bytes } = buildInferenceGraph(model.config, await readModelWeights(folder.folder), { loraRank: null });
    const session = await createSession(bytes, { threads: 1, spinning: false });
    // Around one chunk of prefill, and around the first capacities of slabs.
    for (const [request, length] of [1, 100, 127, model.prefillChunk, model.prefillChunk + 1, 500].entries()) {
      const bench = new Bench(model);
      bench.submit(request, prompt(length, request), { maxTokens: 40 });
      await bench.until(() => bench.isFinished(request));
      const ids = bench.ids(request);
      assert.deepEqual(ids, await recompute(session, prompt(length, request), ids.length));
    }
    await session.release();
  });

  test('gives a request the same tokens and log-probabilities alone and in a crowd', async () => {
    const requests = Array.from({ length: 24 }, (_, index) => ({
      promptIds: prompt(1 + ((index * 37) % 300), index),
      sampling: {
        temperature: index % 3 === 0 ? 0 : 1,
        topP: 0.95,
        seed: index,
        maxTokens: 20 + index * 5,
        choices: 1 + (index % 2),
      },
    }));
    const alone = new Bench(model);
    for (const [request, { promptIds, sampling }] of requests.entries()) {
      alone.submit(request, promptIds, sampling);
      await alone.until(() => alone.scheduler.load.jobs === 0);
    }
    const crowd = new Bench(model);
    for (const [request, { promptIds, sampling }] of requests.entries()) {
      crowd.submit(request, promptIds, sampling);
      // Some join while others run.
      if (request % 5 === 0) await settle();
    }
    await crowd.until(() => crowd.scheduler.load.jobs === 0);
    const sorted = (outputs: readonly StepOutput[]) =>
      [...outputs].sort((a, b) => a.request - b.request || a.choice - b.choice);
    assert.deepEqual(sorted(crowd.outputs), sorted(alone.outputs));
  });

  test('prefills a prompt once for all its choices', async () => {
    const bench = new Bench(model);
    let prefilled = 0;
    const step = model.step.bind(model);
    model.step = (input, logits) => {
      const tokens = input.ids_BS[0]?.length ?? 0;
      if (tokens > 1) prefilled += tokens;
      return step(input, logits);
    };
    const promptIds = prompt(300, 5);
    bench.submit(1, promptIds, { choices: 4, temperature: 1, seed: 9, maxTokens: 10 });
    await bench.until(() => bench.scheduler.load.jobs === 0);
    model.step = step;
    assert.equal(prefilled, 300);
    const single = new Bench(model);
    single.submit(1, promptIds, { temperature: 1, seed: 9, maxTokens: 10 });
    await single.until(() => single.scheduler.load.jobs === 0);
    assert.deepEqual(bench.ids(1, 0), single.ids(1));
    assert.notDeepEqual(bench.ids(1, 1), bench.ids(1, 0));
  });

  test('pauses a request whose tokens are not taken, lets others run, and goes on as if nothing had been', async () => {
    const sampling = { temperature: 1, seed: 4, maxTokens: 700 };
    const steady = new Bench(model);
    steady.submit(1, prompt(20, 1), sampling);
    await steady.until(() => steady.isFinished(1));
    const slow = new Bench(model, { consumer: 'asleep' });
    slow.submit(1, prompt(20, 1), sampling);
    await slow.until(() => slow.scheduler.load.paused === 1);
    assert.equal(slow.ids(1).length, PAUSE_AT);
    assert.deepEqual(slow.scheduler.load, { jobs: 1, rows: 0, paused: 1, slabs: 0 });
    slow.submit(2, prompt(30, 2), { maxTokens: 50 });
    await slow.until(() => slow.isFinished(2));
    assert.equal(slow.ids(1).length, PAUSE_AT);
    // Not yet: a request that goes on for one token at a time would be moved about for each.
    slow.scheduler.consumed(1, 10);
    await settle();
    assert.equal(slow.ids(1).length, PAUSE_AT);
    await slow.until(() => {
      slow.takeAll(1);
      return slow.isFinished(1);
    });
    assert.deepEqual(slow.ids(1), steady.ids(1));
  });

  test('frees rows and slabs of requests that are cancelled while they wait, prefill, run or pause', async () => {
    const bench = new Bench(model, { consumer: 'asleep' });
    bench.submit(1, prompt(10, 1), { maxTokens: 900, choices: 3, temperature: 1, seed: 1 });
    await bench.until(() => bench.scheduler.load.paused > 0);
    bench.submit(2, prompt(10, 2), { maxTokens: 200 });
    await bench.until(() => bench.ids(2).length > 3);
    bench.submit(3, prompt(1000, 3), {});
    bench.submit(4, prompt(10, 4), {});
    await settle();
    const before = bench.outputs.length;
    for (const request of [1, 2, 3, 4, 5]) bench.scheduler.cancel(request);
    await settle();
    assert.deepEqual(bench.scheduler.load, { jobs: 0, rows: 0, paused: 0, slabs: 0 });
    const ended = bench.outputs.length;
    // At most the step that was under way.
    assert.ok(ended - before <= 2, `${ended - before} tokens after the cancellation`);
    await settle();
    assert.equal(bench.outputs.length, ended);
  });

  test('refuses what cannot wait or never fits', async () => {
    const bench = new Bench(model, { maxQueued: 2 });
    for (const request of [1, 2]) bench.submit(request, prompt(10, 1), { maxTokens: 5 });
    assert.throws(
      () => {
        bench.submit(3, prompt(10, 1));
      },
      { code: 'overloaded' },
    );
    assert.throws(
      () => {
        bench.submit(4, prompt(10, 1), { choices: 33 });
      },
      { code: 'unsupported_parameter' },
    );
    await bench.until(() => bench.scheduler.load.jobs === 0);
    assert.deepEqual(bench.scheduler.load, { jobs: 0, rows: 0, paused: 0, slabs: 0 });
  });

  test('serves more requests than it has rows for, in the order they came', async () => {
    const bench = new Bench(model);
    const requests = Array.from({ length: 50 }, (_, index) => index);
    for (const request of requests) bench.submit(request, prompt(10, request), { maxTokens: 8 });
    await bench.until(() => bench.scheduler.load.jobs === 0);
    const firsts = requests.map((request) => bench.outputs.findIndex((output) => output.request === request));
    assert.deepEqual(
      [...firsts].sort((a, b) => a - b),
      firsts,
    );
  });

  test('ends at the limit of tokens, at the end of the context, and at a token that ends the turn', async () => {
    const bench = new Bench(model);
    bench.submit(1, prompt(10, 1), { maxTokens: 3 });
    bench.submit(2, prompt(1020, 2), { maxTokens: 50 });
    await bench.until(() => bench.scheduler.load.jobs === 0);
    assert.deepEqual([bench.ids(1).length, bench.ids(2).length], [3, 4]);
    const reciter = await writeTinyModel({ script: ['a b', ' c'] });
    const loaded = await Model.load(reciter.folder, 1);
    const spoken = new Bench(loaded, { stopIds: loaded.stopIds });
    const newline = loaded.tokenizer.encode('\n');
    spoken.submit(1, newline, { temperature: 1 });
    spoken.submit(2, newline, { stop: ['b c'] });
    await spoken.until(() => spoken.scheduler.load.jobs === 0);
    const said = (request: number) => spoken.outputs.filter((output) => output.request === request);
    assert.deepEqual(
      said(1).map(({ text, finish }) => [text, finish]),
      [
        ['a b', null],
        [' c', null],
        ['', 'stop'],
      ],
    );
    assert.deepEqual(
      said(2).map(({ text, finish }) => [text, finish]),
      [
        ['a ', null],
        ['', 'stop'],
      ],
    );
    await reciter.remove();
  });
});
