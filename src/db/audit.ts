/** The audit trail of what admins did. Rows are only added; the database refuses to change them. */
import type { Queryable } from '../db.js';
import type { JsonObject } from '../types.js';

export interface AdminAction {
  /** `key <id>` for the admin API, COMMAND_LINE for a person at a terminal. */
  readonly actor: string;
  readonly action: 'key.create' | 'key.revoke' | 'budget.set' | 'budget.remove' | 'export' | 'erase' | 'erase.report';
  readonly subject: string;
  /** Never a secret, and no name of an end user. */
  readonly details: JsonObject;
}

/** A person at a terminal has no API key. */
export const COMMAND_LINE = 'command line';

export interface AuditEntry {
  readonly at: Date;
  readonly actor: string;
  /** Of AdminAction, or `version.<state>` for a version that came into the state. */
  readonly action: string;
  readonly subject: string;
  readonly details: JsonObject;
}

/** An action whose record cannot be written must not happen: record it first, or in its transaction. */
export async function recordAction(client: Queryable, { actor, action, subject, details }: AdminAction): Promise<void> {
  await client.query('INSERT INTO admin_actions (actor, action, subject, details) VALUES ($1, $2, $3, $4)', [
    actor,
    action,
    subject,
    JSON.stringify(details),
  ]);
}

/** Newest first. `action` matches itself and what begins with it and a dot. */
export function readAudit(
  database: Queryable,
  { since, until, action, limit }: { since?: Date; until?: Date; action?: string; limit: number },
): Promise<AuditEntry[]> {
  return database.query<AuditEntry & JsonRow>(
    `SELECT at, actor, action, subject, details FROM audit_trail
      WHERE ($1::timestamptz IS NULL OR at >= $1) AND ($2::timestamptz IS NULL OR at < $2)
        AND ($3::text IS NULL OR action = $3 OR starts_with(action, $3 || '.'))
      ORDER BY at DESC, action DESC, subject DESC LIMIT $4`,
    [since ?? null, until ?? null, action ?? null, limit],
  );
}

type JsonRow = Readonly<Record<string, unknown>>;
