/** What a replica tells Postgres of its budgets, and what it is granted: the one place where replicas meet. */
import type { Database } from '../db.js';

/** Milliseconds for which a slice is granted; of a replica that says nothing for so long it is free again. */
export const LEASE_MS = 60_000;

export interface LeaseReport {
  readonly budget: number;
  /** First day of the period, such as 2026-11-01. */
  readonly start: string;
  /** Larger than that of any earlier report of the replica; the same when it is sent again, with the same `spent`. */
  readonly report: number;
  /** By requests that have ended and were in no earlier report. */
  readonly spent: number;
  /** What the replica still holds of earlier grants: not taken back while the lease lives. */
  readonly kept: number;
  /** What running and waiting requests need. */
  readonly least: number;
  /** Whether more may be granted than is needed, so that the next requests need not wait. */
  readonly growth: boolean;
}

export interface Grant {
  readonly budget: number;
  readonly start: string;
  /** Granted in all, what was kept included, and not used yet. */
  readonly amount: number;
  /** Of the whole budget. */
  readonly total: number;
  readonly used: number;
  /** Whether nothing is left to be granted to anybody. */
  readonly isLast: boolean;
}

/** Of what is left, the part that is granted beyond need; of the rest, other replicas are granted the same part. */
const SPARE_DIVISOR = 4;

/**
 * Reports and asks in one transaction. Budgets that are gone have no grant. @throws as `Queryable.query`; then the same reports may be
 * sent again, whether they have arrived or not.
 */
export function exchange(
  database: Database,
  replica: string,
  reports: readonly LeaseReport[],
): Promise<readonly Grant[]> {
  const columns = [
    reports.map(({ budget }) => budget),
    reports.map(({ start }) => start),
    reports.map(({ report }) => report),
    reports.map(({ spent }) => spent),
    reports.map(({ kept }) => kept),
    reports.map(({ least }) => least),
    reports.map(({ growth }) => growth),
  ];
  return database.transaction(async (client) => {
    // Replicas take turns on each budget, in an order that all keep. A statement of its own: the next one must see what the others did.
    await client.query(
      `INSERT INTO budget_usage (budget, period_start)
       SELECT b.id, asked.start FROM unnest($1::integer[], $2::date[]) AS asked (budget, start) JOIN budgets b ON b.id = asked.budget
        ORDER BY b.id, asked.start FOR KEY SHARE OF b
       ON CONFLICT (budget, period_start) DO UPDATE SET used = budget_usage.used`,
      columns.slice(0, 2),
    );
    return client.query<Grant & Record<string, unknown>>(SETTLE_AND_GRANT, [replica, ...columns]);
  });
}

const SETTLE_AND_GRANT = `
WITH asked AS (
  SELECT a.*, b.amount AS total, CASE WHEN own.report >= a.report THEN 0 ELSE a.spent END AS fresh, (
           SELECT coalesce(sum(l.amount), 0)::bigint FROM budget_leases l
            WHERE l.budget = a.budget AND l.period_start = a.start AND l.replica <> $1 AND l.expires_at > now()) AS others
    FROM unnest($2::integer[], $3::date[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::boolean[])
           AS a (budget, start, report, spent, kept, least, growth)
    JOIN budgets b ON b.id = a.budget
    LEFT JOIN budget_leases own ON own.budget = a.budget AND own.period_start = a.start AND own.replica = $1),
settled AS (
  UPDATE budget_usage u SET used = u.used + asked.fresh FROM asked
   WHERE u.budget = asked.budget AND u.period_start = asked.start RETURNING asked.*, u.used),
room AS (
  SELECT *, greatest(0, total - used - others) AS room FROM settled),
granted AS (
  SELECT *, least(room, greatest(kept, least + CASE WHEN growth THEN greatest(0, room - least) / ${SPARE_DIVISOR} ELSE 0 END)) AS amount
    FROM room),
leased AS (
  INSERT INTO budget_leases (budget, period_start, replica, report, amount, expires_at)
  SELECT budget, start, $1, report, amount, now() + interval '${LEASE_MS} milliseconds' FROM granted
  ON CONFLICT (budget, period_start, replica)
  DO UPDATE SET report = excluded.report, amount = excluded.amount, expires_at = excluded.expires_at),
-- Long after its end, no report of the replica can be under way any more.
forgotten AS (
  DELETE FROM budget_leases l USING asked
   WHERE l.budget = asked.budget AND l.replica <> $1 AND l.expires_at < now() - interval '1 day')
SELECT budget, to_char(start, 'YYYY-MM-DD') AS start, amount::float8, total::float8, used::float8, amount = room AS "isLast"
  FROM granted`;
