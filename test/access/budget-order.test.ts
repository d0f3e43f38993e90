import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { Reservation } from '../../src/access/budget-ledger.js';
import { PurpgateError } from '../../src/errors.js';
import type { Budget } from '../../src/types.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { budgetOf, Replica, stateOf } from './budget-scene.js';

let server: TestDatabase;
before(async () => {
  server = await createTestDatabase();
});
after(() => server.drop());

/** A request ends with so many tokens more than it had reserved, at most. */
const BEYOND = 40;
const RUNNING = 5;
const LIMIT = 3000;
const AT_ONCE = 4;

type Step =
  | { readonly type: 'start'; readonly on: 0 | 1; readonly prompt: number }
  | { readonly type: 'grow'; readonly which: number; readonly tokens: number }
  | { readonly type: 'settle'; readonly which: number; readonly beyond: number }
  | { readonly type: 'abort'; readonly which: number }
  | { readonly type: 'report' | 'renew' | 'kill'; readonly on: 0 | 1 }
  | { readonly type: 'expire' };

const on = fc.constantFrom(0 as const, 1 as const);
const which = fc.nat(RUNNING - 1);
const start = fc.record({ type: fc.constant('start' as const), on, prompt: fc.integer({ min: 1, max: 900 }) });
const grow = fc.record({ type: fc.constant('grow' as const), which, tokens: fc.nat(600) });
const settle = fc.record({ type: fc.constant('settle' as const), which, beyond: fc.nat(BEYOND) });
const abort = fc.record({ type: fc.constant('abort' as const), which });
const tell = fc.record({ type: fc.constantFrom('report' as const, 'renew' as const), on });
const kill = fc.record({ type: fc.constant('kill' as const), on });
const expire = fc.constant({ type: 'expire' as const });
const step = fc.oneof(
  { weight: 5, arbitrary: start },
  { weight: 3, arbitrary: grow },
  { weight: 3, arbitrary: settle },
  { weight: 1, arbitrary: abort },
  { weight: 2, arbitrary: tell },
);
/** One after the other; the steps of each at the same time. */
const MOMENTS = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.array<Step>(step, { minLength: 1, maxLength: AT_ONCE }) },
    { weight: 1, arbitrary: fc.tuple<[Step]>(fc.oneof(kill, expire)) },
  ),
  { minLength: 5, maxLength: 20 },
);

interface Running {
  readonly reservation: Reservation;
  readonly replica: Replica;
  /** Covered for sure. */
  prompt: number;
  completion: number;
}

/** Two replicas of one budget, and what was settled on them. */
class World {
  replicas: [Replica, Replica] = [new Replica(server.database), new Replica(server.database)];
  readonly running: Running[] = [];
  settled = 0;
  /** Settled, and not told by the test; timers may have told it. */
  readonly untold = new Map<Replica, number>();
  /** Settled, and gone with a replica that had not told it. */
  lost = 0;

  constructor(readonly budget: Budget) {}

  async play(step: Step): Promise<void> {
    switch (step.type) {
      case 'start':
        if (this.running.length < RUNNING) await this.start(this.replicas[step.on], step.prompt);
        return;
      case 'grow':
        return this.grow(step.tokens, this.running[step.which]);
      case 'settle':
        this.end(step.which, step.beyond);
        return;
      case 'abort':
        this.end(step.which, -Infinity);
        return;
      case 'report':
      case 'renew':
        return this.tell(this.replicas[step.on], step.type);
      case 'kill':
        return this.kill(step.on);
      case 'expire':
        await server.database.query(
          'UPDATE budget_leases SET expires_at = now() WHERE budget = $1 AND replica <> ALL ($2::uuid[])',
          [this.budget.id, this.replicas.map(({ ledger }) => ledger.replica)],
        );
    }
  }

  async start(replica: Replica, prompt: number): Promise<void> {
    try {
      const reservation = await replica.reserve(this.budget, prompt);
      this.running.push({ reservation, replica, prompt, completion: 1 });
    } catch (thrown) {
      assert.ok(thrown instanceof PurpgateError && thrown.code === 'insufficient_quota', String(thrown));
    }
  }

  async grow(tokens: number, run?: Running): Promise<void> {
    if (run === undefined) return;
    const completion = run.completion + tokens;
    if (await run.reservation.cover({ prompt: run.prompt, completion })) run.completion = completion;
  }

  end(which: number, beyond: number): void {
    const [run] = this.running.splice(which, 1);
    if (run === undefined) return;
    const used = Math.max(0, run.prompt + run.completion + beyond);
    run.reservation.settle({ prompt: used, completion: 0 });
    this.settled += used;
    this.untold.set(run.replica, (this.untold.get(run.replica) ?? 0) + used);
  }

  async tell(replica: Replica, how: 'report' | 'renew'): Promise<void> {
    const told = this.untold.get(replica) ?? 0;
    await replica.ledger[how]();
    this.untold.set(replica, (this.untold.get(replica) ?? 0) - told);
  }

  async kill(on: 0 | 1): Promise<void> {
    const replica = this.replicas[on];
    await replica.kill();
    this.replicas[on] = new Replica(server.database);
    for (let index = this.running.length - 1; index >= 0; index -= 1)
      if (this.running[index]?.replica === replica) this.running.splice(index, 1);
    await Promise.all(this.replicas.map(({ ledger }) => ledger.report()));
    const lost = this.settled - (await stateOf(server.database, this.budget)).used - this.lost;
    assert.ok(lost >= 0 && lost <= (this.untold.get(replica) ?? 0), `${lost} lost`);
    this.lost += lost;
  }

  async check(): Promise<void> {
    const { used, leased } = await stateOf(server.database, this.budget);
    assert.ok(used + leased <= LIMIT + (RUNNING + AT_ONCE) * BEYOND, `${used} used and ${leased} leased of ${LIMIT}`);
  }

  async finish(): Promise<void> {
    while (this.running.length > 0) this.end(0, BEYOND);
    await Promise.all(this.replicas.map(({ ledger }) => ledger.stop()));
    await this.check();
    await this.play({ type: 'expire' });
    const used = this.settled - this.lost;
    assert.deepEqual(await stateOf(server.database, this.budget), { used, leased: 0 });
  }
}

test('whatever the order of two replicas, a budget is exceeded by no more than what requests used beyond their reservations', async () => {
  await fc.assert(
    fc.asyncProperty(MOMENTS, async (moments) => {
      const world = new World(await budgetOf(server.database, LIMIT));
      for (const steps of moments) {
        await Promise.all(steps.map((one) => world.play(one)));
        await world.check();
      }
      await world.finish();
    }),
    { numRuns: 5 },
  );
});
