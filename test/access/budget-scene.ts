/** Replicas of one budget, over a connection that can break. */
import assert from 'node:assert/strict';
import { BudgetLedger, type Reservation } from '../../src/access/budget-ledger.js';
import { type BudgetScope, setBudget } from '../../src/access/budgets.js';
import { createKey, findKey } from '../../src/access/keys.js';
import type { Database } from '../../src/db.js';
import { PurpgateError } from '../../src/errors.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import type { Budget } from '../../src/types.js';

/** Completion tokens that are reserved ahead. */
export const STEP = 256;
/** A gateway's ledger, on a connection that can break. */
export class Replica {
  /** Exchanges with the database. */
  exchanges = 0;
  state: 'well' | 'away' | 'answers are lost' = 'well';
  now = Date.now();
  readonly metrics = createMetrics();
  readonly ledger: BudgetLedger;

  constructor(shared: Database) {
    const database: Database = {
      ...shared,
      transaction: async (work) => {
        if (this.state === 'away') throw new PurpgateError('database_unavailable');
        this.exchanges += 1;
        const result = await shared.transaction(work);
        if (this.state === 'answers are lost') throw new PurpgateError('database_unavailable');
        return result;
      },
    };
    const { metrics } = this;
    this.ledger = new BudgetLedger({ database, logger: createLogger('silent'), metrics, clock: () => this.now });
  }

  reserve(budget: Budget, prompt: number): Promise<Reservation> {
    return this.ledger.reserve({ budgets: [budget], prices: undefined, least: { prompt, completion: 1 } });
  }

  /** As kill -9 ends it: nothing more is said to the database. */
  async kill(): Promise<void> {
    this.state = 'away';
    await this.ledger.stop();
  }
}

let tenants = 0;
export const scopeOf = (options: Partial<BudgetScope> = {}): BudgetScope => ({
  owner: 'tenant',
  subject: `tenant ${++tenants}`,
  unit: 'tokens',
  period: 'day',
  ...options,
});

/** As a key's look-up gives it. */
export async function budgetOf(database: Database, amount: number, scope = scopeOf()): Promise<Budget> {
  await setBudget(database, { ...scope, amount });
  const input = {
    name: 'n',
    training: 'deny',
    scopes: ['inference'],
    expiresAt: null,
    requestsPerMinute: null,
  } as const;
  const { id } = await createKey(database, { ...input, tenant: scope.subject, honourStoreFalse: false });
  const found = (await findKey(database, id))?.budgets.find(({ unit }) => unit === scope.unit);
  assert.ok(found !== undefined);
  return found;
}

export async function stateOf(database: Database, { id }: Budget): Promise<{ used: number; leased: number }> {
  const [row] = await database.query<{ used: number; leased: number }>(
    `SELECT coalesce((SELECT sum(used) FROM budget_usage WHERE budget = $1), 0)::float8 AS used,
            coalesce((SELECT sum(amount) FROM budget_leases WHERE budget = $1 AND expires_at > now()), 0)::float8 AS leased`,
    [id],
  );
  assert.ok(row !== undefined);
  return row;
}

export const expireLeases = (database: Database, { id }: Budget) =>
  database.query('UPDATE budget_leases SET expires_at = now() WHERE budget = $1', [id]);
