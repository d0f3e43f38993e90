import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Reservation } from '../../src/access/budget-ledger.js';
import { listBudgets, periodOf, removeBudget, setBudget } from '../../src/access/budgets.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { budgetOf, expireLeases, Replica, scopeOf, stateOf, STEP } from './budget-scene.js';

const NOTHING = { prompt: 0, completion: 0 };

let server: TestDatabase;
before(async () => {
  server = await createTestDatabase();
});
after(() => server.drop());

describe('budgets', () => {
  test('are of calendar days and months in UTC', () => {
    const at = Date.parse('2026-12-31T23:59:59.999Z');
    assert.deepEqual(periodOf('day', at), { start: '2026-12-31', resetsAt: new Date('2027-01-01') });
    assert.deepEqual(periodOf('month', at), { start: '2026-12-01', resetsAt: new Date('2027-01-01') });
    assert.deepEqual(periodOf('day', at + 1), { start: '2027-01-01', resetsAt: new Date('2027-01-02') });
  });

  test('are set, changed, listed and removed, and the audit trail tells', async () => {
    const scope = scopeOf();
    const of = { owner: scope.owner, subject: scope.subject };
    assert.equal(await setBudget(server.database, { ...scope, amount: 5 }), true);
    assert.equal(await setBudget(server.database, { ...scope, amount: 7 }, 'key a'), true);
    const { resetsAt } = periodOf('day', Date.now());
    assert.deepEqual(await listBudgets(server.database, of), [{ ...scope, amount: 7, used: 0, leased: 0, resetsAt }]);
    assert.equal(await removeBudget(server.database, scope), true);
    assert.equal(await removeBudget(server.database, scope), false);
    assert.equal(
      await setBudget(server.database, { ...scope, owner: 'key', amount: 1 }),
      false,
      'there is no such key',
    );
    const trail = await server.database.query(
      'SELECT actor, action, details FROM admin_actions WHERE subject = $1 ORDER BY id',
      [scope.subject],
    );
    const details = { owner: 'tenant', unit: 'tokens', period: 'day' };
    assert.deepEqual(trail, [
      { actor: 'command line', action: 'budget.set', details: { ...details, amount: 5 } },
      { actor: 'key a', action: 'budget.set', details: { ...details, amount: 7 } },
      { actor: 'command line', action: 'budget.remove', details },
    ]);
  });

  test('are asked of the database once; then a slice serves', async () => {
    const [replica, budget] = [new Replica(server.database), await budgetOf(server.database, 100_000)];
    const first = await replica.reserve(budget, 100);
    assert.deepEqual(await stateOf(server.database, budget), {
      used: 0,
      leased: 357 + Math.floor((100_000 - 357) / 4),
    });
    const more: Reservation[] = [];
    for (let turn = 0; turn < 20; turn += 1) more.push(await replica.reserve(budget, 100));
    assert.equal(replica.exchanges, 1);
    for (const reservation of [first, ...more]) reservation.settle({ prompt: 100, completion: 9 });
    await replica.ledger.stop();
    assert.deepEqual(await stateOf(server.database, budget), { used: 21 * 109, leased: 0 });
  });

  test('refuse with what ran out and when it resets, and without a query for each', async () => {
    const [replica, budget] = [new Replica(server.database), await budgetOf(server.database, 300)];
    replica.now = Date.parse('2026-11-23T23:00:00Z');
    const first = await replica.reserve(budget, 100);
    const refused = {
      code: 'insufficient_quota',
      retryAfterSeconds: 3600,
      message: /daily token budget of this tenant .* 0 tokens of 300 tokens .* 2026-11-24T00:00:00\.000Z/,
    };
    for (let turn = 0; turn < 5; turn += 1) await assert.rejects(replica.reserve(budget, 250), refused);
    assert.ok(replica.exchanges <= 2);
    first.settle({ prompt: 100, completion: 20 });
    (await replica.reserve(budget, 100)).settle(NOTHING);
    replica.now += 3_600_000;
    (await replica.reserve(budget, 250)).settle(NOTHING);
    const { values } = await replica.metrics.budgetRefusals.get();
    assert.deepEqual(
      values.map(({ labels, value }) => [labels, value]),
      [[{ owner: 'tenant', unit: 'tokens', period: 'day', outcome: 'refused' }, 5]],
    );
    await replica.ledger.stop();
  });

  test('let a stream take more while there is more, and no further', async () => {
    const [replica, budget] = [new Replica(server.database), await budgetOf(server.database, 1000)];
    const stream = await replica.reserve(budget, 100);
    assert.equal(stream.cover({ prompt: 100, completion: STEP }), true, 'a step is reserved ahead');
    assert.equal(await stream.cover({ prompt: 100, completion: 800 }), true);
    assert.equal(await stream.cover({ prompt: 100, completion: 900 }), true);
    assert.equal(await stream.cover({ prompt: 100, completion: 901 }), false);
    stream.settle({ prompt: 100, completion: 901 });
    stream.settle({ prompt: 100, completion: 901 });
    await replica.ledger.stop();
    assert.deepEqual(await stateOf(server.database, budget), { used: 1001, leased: 0 });
  });

  test('of cost are in millionths of a dollar by the prices of the model, rounded up', async () => {
    const [replica, budget] = [
      new Replica(server.database),
      await budgetOf(server.database, 500, scopeOf({ unit: 'cost', period: 'month' })),
    ];
    const prices = { input: 0.15, output: 0.6 };
    const reserve = (prompt: number) =>
      replica.ledger.reserve({ budgets: [budget], prices, least: { prompt, completion: 1 } });
    (await reserve(1001)).settle({ prompt: 1001, completion: 10 });
    await assert.rejects(reserve(4000), /monthly cost budget of this tenant .* of \$0\.00 are used/);
    await replica.reserve(budget, 1e9);
    await replica.ledger.stop();
    assert.equal((await stateOf(server.database, budget)).used, Math.ceil(1001 * 0.15 + 6));
  });

  test('that are several must all have room, and what one refuses the others keep', async () => {
    const scope = scopeOf();
    const [replica, tokens, cost] = [
      new Replica(server.database),
      await budgetOf(server.database, 1000, scope),
      await budgetOf(server.database, 50, { ...scope, unit: 'cost' }),
    ];
    const request = { budgets: [tokens, cost], prices: { input: 1, output: 1 } };
    await assert.rejects(replica.ledger.reserve({ ...request, least: { prompt: 100, completion: 1 } }), /cost budget/);
    (await replica.ledger.reserve({ ...request, least: { prompt: 10, completion: 1 } })).settle({
      prompt: 10,
      completion: 2,
    });
    await replica.ledger.stop();
    assert.deepEqual(
      [await stateOf(server.database, tokens), await stateOf(server.database, cost)],
      [
        { used: 12, leased: 0 },
        { used: 12, leased: 0 },
      ],
    );
  });

  test('serve from the slice while the database is away, and say so when it is used up', async () => {
    const [replica, budget] = [new Replica(server.database), await budgetOf(server.database, 10_000)];
    (await replica.reserve(budget, 100)).settle({ prompt: 100, completion: 0 });
    replica.state = 'away';
    (await replica.reserve(budget, 1000)).settle({ prompt: 1000, completion: 0 });
    await assert.rejects(replica.reserve(budget, 3000), { code: 'access_unavailable' });
    replica.state = 'answers are lost';
    await assert.rejects(replica.ledger.report(), { code: 'database_unavailable' });
    await assert.rejects(replica.ledger.report(), { code: 'database_unavailable' });
    replica.state = 'well';
    await replica.ledger.stop();
    assert.deepEqual(
      await stateOf(server.database, budget),
      { used: 1100, leased: 0 },
      'a report that is sent again counts once',
    );
  });

  test('of a replica that is gone are free when its lease has expired', async () => {
    const [gone, other, budget] = [
      new Replica(server.database),
      new Replica(server.database),
      await budgetOf(server.database, 1000),
    ];
    await gone.reserve(budget, 700);
    await gone.kill();
    await assert.rejects(other.reserve(budget, 500), { code: 'insufficient_quota' });
    await expireLeases(server.database, budget);
    other.now += 1000;
    (await other.reserve(budget, 500)).settle({ prompt: 500, completion: 0 });
    await other.ledger.stop();
    assert.deepEqual(await stateOf(server.database, budget), { used: 500, leased: 0 });
  });

  test('are not used from a lease that may have expired', async () => {
    const [slow, other, budget] = [
      new Replica(server.database),
      new Replica(server.database),
      await budgetOf(server.database, 1000),
    ];
    (await slow.reserve(budget, 10)).settle({ prompt: 10, completion: 0 });
    await slow.ledger.report();
    await expireLeases(server.database, budget);
    await other.reserve(budget, 900);
    slow.now += 60_000;
    await assert.rejects(slow.reserve(budget, 100), { code: 'insufficient_quota' });
    await Promise.all([slow.ledger.stop(), other.ledger.stop()]);
  });

  test('that are idle on one replica serve on another', async () => {
    const [idle, busy, budget] = [
      new Replica(server.database),
      new Replica(server.database),
      await budgetOf(server.database, 10_000),
    ];
    (await idle.reserve(budget, 100)).settle({ prompt: 100, completion: 0 });
    await idle.ledger.renew();
    await idle.ledger.renew();
    assert.deepEqual(await stateOf(server.database, budget), { used: 100, leased: 0 });
    (await busy.reserve(budget, 9_800)).settle(NOTHING);
    await Promise.all([idle.ledger.stop(), busy.ledger.stop()]);
  });

  test('are not taken back while a lease lives: a request may be reserving of it at that moment', async () => {
    const [early, late, budget] = [
      new Replica(server.database),
      new Replica(server.database),
      await budgetOf(server.database, 1000),
    ];
    await early.reserve(budget, 10);
    const slice = (await stateOf(server.database, budget)).leased;
    await late.reserve(budget, 1000 - slice - STEP - 1);
    await early.ledger.report();
    assert.equal((await stateOf(server.database, budget)).leased, 1000);
    await Promise.all([early.ledger.stop(), late.ledger.stop()]);
  });

  test('are not reserved by a request that has ended while it waited for more', async () => {
    const [replica, budget] = [new Replica(server.database), await budgetOf(server.database, 10_000)];
    const request = await replica.reserve(budget, 100);
    const waiting = request.cover({ prompt: 100, completion: 9_000 });
    request.settle({ prompt: 100, completion: 50 });
    await waiting;
    await replica.ledger.stop();
    assert.deepEqual(await stateOf(server.database, budget), { used: 150, leased: 0 });
  });

  test('that are removed or raised meanwhile bind no longer', async () => {
    const scope = scopeOf();
    const [replica, budget] = [new Replica(server.database), await budgetOf(server.database, 100, scope)];
    await assert.rejects(replica.reserve(budget, 150), { code: 'insufficient_quota' });
    await setBudget(server.database, { ...scope, amount: 1000 });
    replica.now += 1000;
    const running = await replica.reserve(budget, 150);
    await removeBudget(server.database, scope);
    assert.equal(await running.cover({ prompt: 150, completion: 5000 }), true);
    running.settle({ prompt: 150, completion: 5000 });
    (await replica.reserve(budget, 1e6)).settle(NOTHING);
    await replica.ledger.stop();
  });
});
