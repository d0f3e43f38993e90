import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { BudgetLedger } from '../../src/access/budget-ledger.js';
import { listBudgets, setBudget } from '../../src/access/budgets.js';
import { createKey, findKey } from '../../src/access/keys.js';
import { createServing } from '../../src/serve/serving.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import type { Caller, CompletionRequest, Delta } from '../../src/types.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { CALLER, REQUEST } from '../support/request.js';
import { ANSWER, BLOCK, collect, endless, from, Scene } from './scene.js';

const LIMIT = 1000;

async function* babble(): AsyncGenerator<Delta> {
  yield { type: 'prompt', promptTokens: 20 };
  for (;;) {
    await Promise.resolve();
    yield { type: 'reasoning', choice: 0, text: 'hm ', tokens: { ids: [1, 2, 3], logprobs: [-1, -1, -1] } };
    yield { type: 'text', choice: 1, text: 'and ', tokens: { ids: [4, 5], logprobs: [-1, -1] } };
  }
}

/** Of a server that tells neither ids nor usage. */
async function* uncounted(): AsyncGenerator<Delta> {
  await Promise.resolve();
  yield { type: 'text', choice: 0, text: 'x'.repeat(400) };
  yield { type: 'finish', choice: 0, reason: 'stop' };
  yield { type: 'usage', usage: { promptTokens: 0, completionTokens: 0, reasoningTokens: 0 } };
}

/** Says nothing. */
async function* untilAborted(signal: AbortSignal): AsyncGenerator<Delta> {
  for await (const delta of endless(signal)) if (delta.type === 'finish') yield delta;
}

describe('a request of a caller with a budget', () => {
  let server: TestDatabase;
  let caller: Caller;
  let ledger: BudgetLedger;
  before(async () => {
    server = await createTestDatabase();
  });
  after(() => server.drop());
  beforeEach(async () => {
    const input = { tenant: 't', name: 'n', training: 'deny', scopes: ['inference'], expiresAt: null } as const;
    const { id } = await createKey(server.database, { ...input, requestsPerMinute: null, honourStoreFalse: false });
    await setBudget(server.database, { owner: 'key', subject: id, unit: 'tokens', period: 'day', amount: LIMIT });
    caller = { ...CALLER, keyId: id, budgets: (await findKey(server.database, id))?.budgets ?? [] };
    const [metrics, logger] = [createMetrics(), createLogger('silent')];
    ledger = new BudgetLedger({ database: server.database, metrics, logger });
  });
  afterEach(() => ledger.stop());

  const complete = (scene: Scene, request: CompletionRequest = REQUEST) =>
    createServing(scene.parts).complete(request, caller, new AbortController().signal);

  /** In the end, when everything was given back. */
  async function used(): Promise<number | undefined> {
    await ledger.stop();
    const [budget] = await listBudgets(server.database, { owner: 'key', subject: caller.keyId });
    assert.equal(budget?.leased, 0);
    return budget.used;
  }

  test('settles what the engine counted', async () => {
    const scene = new Scene(() => from(ANSWER), {}, { budgets: ledger });
    assert.deepEqual(await collect(complete(scene).deltas), ANSWER);
    assert.equal(await used(), 5);
  });

  test('settles what was generated until the client left', async () => {
    const scene = new Scene(endless, {}, { budgets: ledger });
    for await (const delta of complete(scene).deltas) if (delta.type === 'text') break;
    assert.equal(scene.event['status'], 'aborted');
    assert.equal(await used(), 7 + 2);
  });

  test('settles an estimate where the server counts nothing', async () => {
    const scene = new Scene(uncounted, {}, { budgets: ledger });
    await collect(complete(scene).deltas);
    assert.equal(await used(), Math.ceil('be kindmy question'.length / 4) + 100);
  });

  test('settles nothing where nothing was generated', async () => {
    const failing = new Scene(
      // eslint-disable-next-line require-yield
      async function* () {
        await Promise.resolve();
        throw new Error('a defect');
      },
      {},
      { budgets: ledger },
    );
    const { ready, deltas } = complete(failing);
    await assert.rejects(ready, { code: 'internal_error' });
    await assert.rejects(collect(deltas), { code: 'internal_error' });
    const blocking = { input: () => Promise.resolve({ verdicts: [BLOCK], blockedBy: BLOCK }) };
    await collect(complete(new Scene(untilAborted, blocking, { budgets: ledger })).deltas);
    assert.equal(await used(), 0);
  });

  test('ends as an answer that is too long when nothing is left, in every choice, and the engine is stopped', async () => {
    const scene = new Scene(babble, {}, { budgets: ledger });
    const deltas = await collect(complete(scene, { ...REQUEST, sampling: { ...REQUEST.sampling, choices: 2 } }).deltas);
    const usage = deltas.at(-1);
    assert.ok(usage?.type === 'usage');
    const { promptTokens, completionTokens, reasoningTokens } = usage.usage;
    assert.deepEqual(deltas.slice(-3, -1), [
      { type: 'finish', choice: 0, reason: 'length' },
      { type: 'finish', choice: 1, reason: 'length' },
    ]);
    assert.ok(scene.engineStopped);
    assert.equal(promptTokens, 20);
    assert.ok(Math.abs(promptTokens + completionTokens - LIMIT) <= 3, 'at most the last piece is beyond the budget');
    assert.ok(Math.abs(reasoningTokens - completionTokens * 0.6) < 3);
    assert.equal(scene.event['status'], 'completed');
    assert.equal(await used(), promptTokens + completionTokens);
  });

  test('is refused before anything is begun or recorded', async () => {
    const scene = new Scene(() => assert.fail('the engine was asked'), {}, { budgets: ledger });
    const long = { ...REQUEST, messages: [{ role: 'user' as const, content: 'x'.repeat(4 * LIMIT) }] };
    const { ready, deltas } = complete(scene, long);
    await assert.rejects(ready, { code: 'insufficient_quota' });
    await assert.rejects(collect(deltas), { code: 'insufficient_quota' });
    assert.equal(scene.recorded.length, 0);
    await scene.parts.models.idle(scene.engine);
    assert.equal(await used(), 0);
  });
});
