import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Engine } from '../../src/engine/engine.js';
import { ModelTable } from '../../src/engine/models.js';
import { PurpgateError } from '../../src/errors.js';
import { createServing } from '../../src/serve/serving.js';
import type { Delta, Verdict } from '../../src/types.js';
import { CALLER, REQUEST } from '../support/request.js';
import { ANSWER, BLOCK, Scene, collect, endless, from } from './scene.js';

describe('serving', () => {
  test('yields what the engine yields and records the interaction before the last Delta', async () => {
    const scene = new Scene(() => from(ANSWER));
    const { deltas, ready, version } = scene.complete();
    assert.equal(version, 'purp@0123456789ab');
    assert.deepEqual(await ready, { blockedBy: null });
    const seen: Delta[] = [];
    for await (const delta of deltas) {
      if (delta.type === 'usage') assert.equal(scene.recorded.length, 1, 'usage came before the record');
      seen.push(delta);
    }
    assert.deepEqual(seen, ANSWER);
    assert.equal(scene.event['status'], 'completed');
    assert.deepEqual(scene.event['raw'], [{ reasoning: '', content: 'answer', tool_calls: [], finish: 'stop' }]);
    assert.deepEqual(scene.event['tokens'], {
      prompt_ids: null,
      completion_ids: [[5, 6]],
      logprobs: [[-0.5, -0.25]],
      distribution: 'whole',
    });
    assert.equal(scene.recorded[0]?.record.id, REQUEST.id);
  });

  test('does not end a response whose interaction could not be kept', async () => {
    const scene = new Scene(() => from(ANSWER));
    scene.appendFails = true;
    const seen: Delta[] = [];
    await assert.rejects(async () => {
      for await (const delta of scene.complete().deltas) seen.push(delta);
    }, /interaction log is full/);
    assert.ok(!seen.some(({ type }) => type === 'usage'));
  });

  test('answers to further ids of the model, and to no others', async () => {
    const scene = new Scene(() => from(ANSWER), {}, { aliases: ['small-model'] });
    assert.deepEqual(
      createServing(scene.parts).models.map(({ id }) => id),
      [scene.engine.model.id, 'small-model'],
    );
    const deltas: Delta[] = [];
    for await (const delta of scene.complete({ ...REQUEST, model: 'small-model' }).deltas) deltas.push(delta);
    assert.deepEqual(deltas, ANSWER);
    assert.throws(() => scene.complete({ ...REQUEST, model: 'small' }), { code: 'model_not_found' });
  });

  test('counts the prompt as the model would read it', async () => {
    const scene = new Scene(() => from(ANSWER));
    const serving = createServing(scene.parts);
    const { signal } = new AbortController();
    assert.equal(await serving.countPromptTokens(REQUEST, signal), REQUEST.messages.length);
    const question = { ...REQUEST, messages: REQUEST.messages.slice(1) };
    const engine: Engine = { ...scene.engine, model: { ...scene.engine.model, rules: 'on' } };
    const ruled = { ...scene.parts, models: new ModelTable([{ engine, ids: [engine.model.id] }]) };
    assert.equal(await createServing(ruled).countPromptTokens(question, signal), 2, 'the rules are a system message');
    await assert.rejects(serving.countPromptTokens({ ...REQUEST, model: 'other' }, signal), {
      code: 'model_not_found',
    });
  });

  test('is ready only when something is answered, so that a failure before it can still be a status', async () => {
    const scene = new Scene(async function* () {
      yield { type: 'prompt', promptTokens: 3 };
      await Promise.resolve();
      throw new PurpgateError('engine_unavailable');
    });
    const { ready, deltas } = scene.complete();
    await assert.rejects(ready, { code: 'engine_unavailable' });
    await assert.rejects(collect(deltas), { code: 'engine_unavailable' });
  });

  test('tells the length of the prompt first, then what was found in it', async () => {
    const found: Verdict = { ...BLOCK, action: 'annotate' };
    const guard = { input: () => Promise.resolve({ verdicts: [found], blockedBy: null }) };
    const scene = new Scene(() => from([{ type: 'prompt', promptTokens: 3 }, ...ANSWER]), guard);
    const types = (await collect(scene.complete().deltas)).map(({ type }) => type);
    assert.deepEqual(types.slice(0, 3), ['prompt', 'verdict', 'text']);
  });

  test('refuses before anything starts when the log is full, the model unknown or the engine not ready', () => {
    const scene = new Scene(() => from(ANSWER));
    assert.throws(() => scene.complete({ ...REQUEST, model: 'other' }), { code: 'model_not_found' });
    scene.full = true;
    assert.throws(() => scene.complete(), { code: 'interaction_log_full' });
    const starting = new Scene(() => from(ANSWER));
    starting.engine.health = () => 'starting';
    assert.throws(() => starting.complete(), { code: 'engine_unavailable' });
    assert.equal(scene.recorded.length, 0);
  });

  test('answers a blocked prompt with a notice, yields nothing of the engine and stops it', async () => {
    const scene = new Scene(endless, { input: () => Promise.resolve({ verdicts: [BLOCK], blockedBy: BLOCK }) });
    const { ready, deltas } = scene.complete({ ...REQUEST, sampling: { ...REQUEST.sampling, choices: 2 } });
    assert.deepEqual(await ready, { blockedBy: BLOCK });
    const seen = await collect(deltas);
    assert.ok(!JSON.stringify(seen).includes('begin'));
    assert.deepEqual(
      seen.filter(({ type }) => type === 'finish'),
      [
        { type: 'finish', choice: 0, reason: 'stop' },
        { type: 'finish', choice: 1, reason: 'stop' },
      ],
    );
    assert.equal(scene.engineStopped, true);
    assert.equal(scene.event['status'], 'blocked');
    assert.equal((scene.event['guard'] as unknown[]).length, 1, 'the verdict is recorded once, not per choice');
  });

  test('fails a blocked prompt with content_policy_violation under a strict policy, and records it', async () => {
    const scene = new Scene(endless, {
      blockedPrompt: 'refuse',
      input: () => Promise.resolve({ verdicts: [BLOCK], blockedBy: BLOCK }),
    });
    await assert.rejects(scene.complete().ready, { code: 'content_policy_violation' });
    assert.equal(scene.event['status'], 'blocked');
    assert.equal(scene.event['http_status'], 400);
  });

  test('holds the first Delta until the prompt is judged, while the engine already works', async () => {
    let judge: (verdict: { verdicts: Verdict[]; blockedBy: null }) => void = () => undefined;
    let engineStarted = false;
    const scene = new Scene(
      async function* () {
        engineStarted = true;
        yield* from(ANSWER);
      },
      {
        input: () =>
          new Promise((resolve) => {
            judge = resolve;
          }),
      },
    );
    const { ready, deltas } = scene.complete();
    let isReady = false;
    void ready.then(() => {
      isReady = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(engineStarted, true);
    assert.equal(isReady, false);
    judge({ verdicts: [], blockedBy: null });
    assert.equal((await collect(deltas)).length, ANSWER.length);
  });

  test('denies when the prompt guard throws', async () => {
    const scene = new Scene(endless, { input: () => Promise.reject(new PurpgateError('guard_failed')) });
    const { ready, deltas } = scene.complete();
    await assert.rejects(ready, { code: 'guard_failed' });
    await assert.rejects(collect(deltas), { code: 'guard_failed' });
    assert.equal(scene.engineStopped, true);
    assert.equal(scene.event['status'], 'failed');
  });

  test('stops the engine and records an abort when the consumer leaves', async () => {
    const scene = new Scene(endless);
    const abort = new AbortController();
    const { deltas } = scene.complete(REQUEST, abort.signal);
    for await (const delta of deltas) if (delta.type === 'text') break;
    assert.equal(scene.engineStopped, true);
    assert.equal(scene.event['status'], 'aborted');
    assert.equal(scene.event['http_status'], 499);
    assert.deepEqual(scene.event['usage'], { prompt_tokens: 7, completion_tokens: 2 }, 'what was used is settled');
    assert.equal(await scene.tokensCounted('completion'), 2);
  });

  test('stops the engine and records an abort when the signal fires', async () => {
    const scene = new Scene(endless);
    const abort = new AbortController();
    const { deltas } = scene.complete(REQUEST, abort.signal);
    await assert.rejects(
      async () => {
        for await (const delta of deltas) if (delta.type === 'text') abort.abort();
      },
      { code: 'request_aborted' },
    );
    assert.equal(scene.event['status'], 'aborted');
  });

  test('records what was generated before the engine broke', async () => {
    const scene = new Scene(async function* () {
      yield* from(ANSWER.slice(0, 1));
      throw new PurpgateError('upstream_error', { message: 'connection reset' });
    });
    await assert.rejects(collect(scene.complete().deltas), { code: 'upstream_error' });
    assert.equal(scene.event['status'], 'failed');
    assert.equal(scene.event['http_status'], 502);
    assert.deepEqual(scene.event['raw'], [{ reasoning: '', content: 'ans', tool_calls: [], finish: null }]);
  });

  test('keeps raw and served apart', async () => {
    const scene = new Scene(() => from(ANSWER), {
      output: async function* (deltas) {
        for await (const delta of deltas) yield delta.type === 'text' ? { ...delta, text: '*' } : delta;
      },
    });
    await collect(scene.complete().deltas);
    assert.match(JSON.stringify(scene.event['raw']), /"content":"answer"/);
    assert.match(JSON.stringify(scene.event['served']), /"content":"\*\*"/);
  });

  test('makes feedback durable before it answers, with the id of its event', async () => {
    const scene = new Scene(() => from(ANSWER));
    const id = await createServing(scene.parts).feedback(
      { interactionId: REQUEST.id, kind: 'accept', value: null, idempotencyKey: 'once' },
      CALLER,
    );
    assert.equal(scene.recorded[0]?.topic, 'purpgate.feedback');
    assert.equal(scene.recorded[0].record.id, id);
  });
});
