import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { Engine } from '../../../src/engine/engine.js';
import { PurpgateError } from '../../../src/errors.js';
import { RetryBudget } from '../../../src/engine/upstream/retry-budget.js';
import { collect, engineRequest, never, textOf } from '../../contracts/engine.js';
import { afterwards } from '../../support/folder.js';
import {
  completion,
  startScriptedUpstream,
  upstreamEngine,
  type Script,
  type ScriptedUpstream,
} from '../../support/scripted-upstream.js';

const WELL: Script = { steps: completion('all is well') };
const BROKEN: Script = { status: 503, body: { error: { message: 'broken' } } };

/** An engine on one upstream per script; conversations go to them as the balancer likes. */
async function pool(
  t: TestContext,
  ...scripts: readonly Script[]
): Promise<{ engine: Engine; upstreams: ScriptedUpstream[] }> {
  const upstreams = await Promise.all(scripts.map((script) => startScriptedUpstream(script)));
  const engine = upstreamEngine('http://unused', { upstreams: upstreams.map(({ url }) => ({ url, weight: 1 })) });
  await engine.start(never());
  afterwards(t, async () => {
    await engine.stop();
    await Promise.all(upstreams.map((upstream) => upstream.stop()));
  });
  return { engine, upstreams };
}

const asked = (upstreams: readonly ScriptedUpstream[]): number =>
  upstreams.reduce((sum, { requests }) => sum + requests.length, 0);

describe('a pool in which an upstream fails', () => {
  for (const [what, failing] of [
    ['answers 503', BROKEN],
    ['hangs up before it says anything', { steps: [{ hangUp: true }] }],
    ['talks nonsense', { steps: [{ bytes: 'data: {"chunks\n\n' }] }],
  ] as const)
    test(`answers from another one when it ${what}`, async (t) => {
      const { engine, upstreams } = await pool(t, failing, failing, WELL);
      for (let turn = 0; turn < 4; turn += 1)
        assert.equal(
          textOf(await collect(engine.generate(engineRequest({}, { conversation: `c${turn}` }), never()))),
          'all is well',
        );
      const [first, second, well] = upstreams.map(({ requests }) => requests.length);
      assert.equal(well, 4);
      // After three failures in a row an upstream is left alone.
      assert.ok((first ?? 0) <= 3 && (second ?? 0) <= 3, `${first}, ${second}`);
    });

  test('does not begin anew what has begun: the client would be told two answers', async (t) => {
    const half: Script = {
      steps: [...completion('half of it', { size: 4 }).slice(0, 2), { hangUp: true }],
      done: false,
    };
    const { engine, upstreams } = await pool(t, half, half);
    await assert.rejects(collect(engine.generate(engineRequest({}), never())), PurpgateError);
    assert.equal(asked(upstreams), 1);
  });

  test('gives up after three upstreams, with the last error', async (t) => {
    const { engine, upstreams } = await pool(t, BROKEN, BROKEN, BROKEN, BROKEN);
    await assert.rejects(
      collect(engine.generate(engineRequest({}), never())),
      (thrown) => thrown instanceof PurpgateError && thrown.code === 'upstream_error',
    );
    assert.equal(asked(upstreams), 3);
  });

  test('does not ask another one what the first has refused', async (t) => {
    const refusal: Script = { status: 400, body: { error: { message: 'no such parameter' } } };
    const { engine, upstreams } = await pool(t, refusal, refusal);
    await assert.rejects(collect(engine.generate(engineRequest({}), never())), PurpgateError);
    assert.equal(asked(upstreams), 1);
  });
});

describe('the budget of retries', () => {
  test('is a few, and a fifth of the recent requests', () => {
    let now = 0;
    const budget = new RetryBudget(() => now);
    for (let request = 0; request < 50; request += 1) budget.note();
    const taken = Array.from({ length: 200 }, () => budget.take()).filter(Boolean).length;
    assert.equal(taken, 110);
    now = 10_500;
    assert.equal(budget.take(), true, 'the window has passed');
  });
});
