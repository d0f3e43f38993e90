/** Budgets of tokens and of cost, and what is left of them: their rows in Postgres. */
import type { Queryable } from '../db.js';
import { COMMAND_LINE } from '../db/audit.js';
import type { Budget, BudgetOwner } from '../types.js';

/** What a budget is of. */
export type BudgetScope = Omit<Budget, 'id' | 'amount'> & {
  /** Id of the key, or name of the tenant. */
  readonly subject: string;
};

export interface BudgetState extends BudgetScope {
  readonly amount: number;
  /** By requests that have ended in this period. */
  readonly used: number;
  /** What replicas hold for requests under way and for those that come next. */
  readonly leased: number;
  readonly resetsAt: Date;
}

/** First day of the period that holds the time, as Postgres writes a date, and the first moment of the next; in UTC. */
export function periodOf(period: Budget['period'], time: number): { readonly start: string; readonly resetsAt: Date } {
  const now = new Date(time);
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  const [first, next] =
    period === 'day' ? [Date.UTC(year, month, day), Date.UTC(year, month, day + 1)] : monthOf(year, month);
  return { start: new Date(first).toISOString().slice(0, 10), resetsAt: new Date(next) };
}

const monthOf = (year: number, month: number) => [Date.UTC(year, month, 1), Date.UTC(year, month + 1, 1)] as const;

/** For a person: `1200 tokens`, or `$0.25`. */
export function describeAmount(unit: Budget['unit'], amount: number): string {
  return unit === 'tokens' ? `${amount} tokens` : `$${(amount / 1e6).toFixed(2)}`;
}

/** Replaces the budget of the same unit and period; what was used stays. False where there is no such key. */
export async function setBudget(
  database: Queryable,
  { owner, subject, unit, period, amount }: BudgetScope & { readonly amount: number },
  actor = COMMAND_LINE,
): Promise<boolean> {
  const rows = await database.query(
    `WITH changed AS (
       INSERT INTO budgets (owner, subject, unit, period, amount)
       SELECT $1::text, $2::text, $3::text, $4::text, $5::bigint WHERE $1 = 'tenant' OR EXISTS (SELECT 1 FROM api_keys WHERE id = $2)
       ON CONFLICT (owner, subject, unit, period) DO UPDATE SET amount = excluded.amount
       RETURNING owner, subject, unit, period, amount)
     INSERT INTO admin_actions (actor, action, subject, details)
     SELECT $6, 'budget.set', subject, json_build_object('owner', owner, 'unit', unit, 'period', period, 'amount', amount)
       FROM changed RETURNING 1`,
    [owner, subject, unit, period, amount, actor],
  );
  return rows.length > 0;
}

/** Forgets what was used of it, too. False where there is no such budget. */
export async function removeBudget(
  database: Queryable,
  { owner, subject, unit, period }: BudgetScope,
  actor = COMMAND_LINE,
): Promise<boolean> {
  const rows = await database.query(
    `WITH removed AS (
       DELETE FROM budgets WHERE owner = $1 AND subject = $2 AND unit = $3 AND period = $4 RETURNING owner, subject, unit, period)
     INSERT INTO admin_actions (actor, action, subject, details)
     SELECT $5, 'budget.remove', subject, json_build_object('owner', owner, 'unit', unit, 'period', period)
       FROM removed RETURNING 1`,
    [owner, subject, unit, period, actor],
  );
  return rows.length > 0;
}

/** Budgets in their present period, by owner, subject, unit and period; `of` chooses an owner. */
export async function listBudgets(
  database: Queryable,
  of?: { readonly owner: BudgetOwner; readonly subject: string },
): Promise<BudgetState[]> {
  const now = Date.now();
  const rows = await database.query<Omit<BudgetState, 'resetsAt'> & Record<string, unknown>>(
    `SELECT owner, subject, unit, period, amount::float8, coalesce(used, 0)::float8 AS used, (
              SELECT coalesce(sum(l.amount), 0) FROM budget_leases l
               WHERE l.budget = b.id AND l.period_start = u.period_start AND l.expires_at > now())::float8 AS leased
       FROM budgets b LEFT JOIN budget_usage u
         ON u.budget = b.id AND u.period_start = CASE b.period WHEN 'day' THEN $1::date ELSE $2::date END
      WHERE $3::text IS NULL OR (owner = $3 AND subject = $4)
      ORDER BY owner, subject, unit, period`,
    [periodOf('day', now).start, periodOf('month', now).start, of?.owner ?? null, of?.subject ?? null],
  );
  return rows.map((row) => ({ ...row, resetsAt: periodOf(row.period, now).resetsAt }));
}
