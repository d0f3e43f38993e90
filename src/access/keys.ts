/** API keys: their form, and their rows in Postgres. */
import { createHash, randomBytes } from 'node:crypto';
import type { Queryable } from '../db.js';
import { COMMAND_LINE } from '../db/audit.js';
import type { Budget, Consent, Scope } from '../types.js';

export const SCOPES: readonly Scope[] = ['inference', 'feedback', 'admin'];

export interface NewKey {
  readonly tenant: string;
  /** What the owner calls it. */
  readonly name: string;
  readonly training: Consent;
  /** At least one. */
  readonly scopes: readonly Scope[];
  /** Null: never. */
  readonly expiresAt: Date | null;
  /** Null: as configured. */
  readonly requestsPerMinute: number | null;
  /** Whether `store: false` opts a request out of training. */
  readonly honourStoreFalse: boolean;
}

/** A key without its secret. */
export interface KeyRecord extends NewKey {
  readonly id: string;
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
}

export interface StoredKey extends KeyRecord {
  /** SHA-256 over the whole key, 32 bytes. */
  readonly sha256: Buffer;
  /** Its own and those of its tenant. */
  readonly budgets: readonly Budget[];
}

/** What the admin API needs. */
export interface KeyStore {
  create(input: NewKey, actor: string): Promise<{ readonly id: string; readonly key: string }>;
  /** Newest first. */
  list(): Promise<readonly KeyRecord[]>;
  /** Whether there is such a key; revoking twice changes nothing. */
  revoke(id: string, actor: string): Promise<boolean>;
}

const ID_BYTES = 6;
const SECRET_BYTES = 24;
const KEY_FORM = new RegExp(`^pg-([0-9a-f]{${ID_BYTES * 2}})-[0-9a-f]{${SECRET_BYTES * 2}}$`);
const ID_FORM = new RegExp(`^[0-9a-f]{${ID_BYTES * 2}}$`);

/** The public part of a key, or null when the text does not have the form of a key. */
export function publicPart(key: string): string | null {
  return KEY_FORM.exec(key)?.[1] ?? null;
}

/** SHA-256 over the whole key: its public part is bound to its secret. */
export function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** Makes a key. It is given out here and never again: only its digest is stored. The audit trail tells who made it. */
export async function createKey(
  database: Queryable,
  input: NewKey,
  actor = COMMAND_LINE,
): Promise<{ id: string; key: string }> {
  // An id that is taken (2^-48 for each key there is) violates the primary key, and the call fails.
  const id = randomBytes(ID_BYTES).toString('hex');
  const key = `pg-${id}-${randomBytes(SECRET_BYTES).toString('hex')}`;
  await database.query(
    `WITH created AS (
       INSERT INTO api_keys (id, sha256, tenant, name, training, scopes, honour_store_false, requests_per_minute, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id, tenant, name, training, scopes)
     INSERT INTO admin_actions (actor, action, subject, details)
     SELECT $10, 'key.create', id, json_build_object('tenant', tenant, 'name', name, 'training', training, 'scopes', scopes)
       FROM created`,
    [
      id,
      digestOf(key),
      input.tenant,
      input.name,
      input.training,
      [...new Set(input.scopes)],
      input.honourStoreFalse,
      input.requestsPerMinute,
      input.expiresAt,
      actor,
    ],
  );
  return { id, key };
}

/** Newest first. */
export async function listKeys(database: Queryable, options: { tenant?: string } = {}): Promise<KeyRecord[]> {
  const rows = await database.query<KeyRow>(
    `SELECT ${COLUMNS} FROM api_keys WHERE $1::text IS NULL OR tenant = $1 ORDER BY created_at DESC, id`,
    [options.tenant ?? null],
  );
  return rows.map(toRecord);
}

/** Whether there is such a key; revoking twice keeps the first time, and is told once in the audit trail. */
export async function revokeKey(database: Queryable, id: string, actor = COMMAND_LINE): Promise<boolean> {
  if (!ID_FORM.test(id)) return false;
  await database.query(
    `WITH revoked AS (
       UPDATE api_keys SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL RETURNING id, tenant, name)
     INSERT INTO admin_actions (actor, action, subject, details)
     SELECT $2, 'key.revoke', id, json_build_object('tenant', tenant, 'name', name) FROM revoked`,
    [id, actor],
  );
  return (await findKey(database, id)) !== null;
}

/** Null when there is no such key; revoked and expired keys are found. */
export async function findKey(database: Queryable, id: string): Promise<StoredKey | null> {
  const [row] = await database.query<KeyRow & Pick<StoredKey, 'sha256' | 'budgets'>>(
    `SELECT ${COLUMNS}, sha256, coalesce((
              SELECT json_agg(json_build_object('id', b.id, 'owner', owner, 'unit', unit, 'period', period, 'amount', amount) ORDER BY b.id)
                FROM budgets b WHERE (owner, subject) IN (('key', api_keys.id), ('tenant', api_keys.tenant))), '[]') AS budgets
       FROM api_keys WHERE id = $1`,
    [id],
  );
  return row === undefined ? null : { ...toRecord(row), sha256: row.sha256, budgets: row.budgets };
}

export function keyStore(database: Queryable): KeyStore {
  return {
    create: (input, actor) => createKey(database, input, actor),
    list: () => listKeys(database),
    revoke: (id, actor) => revokeKey(database, id, actor),
  };
}

const COLUMNS =
  'id, tenant, name, training, scopes, honour_store_false, requests_per_minute, created_at, expires_at, revoked_at';

// A type and not an interface, since only a type has the index signature that pg wants of a row.
type KeyRow = {
  id: string;
  tenant: string;
  name: string;
  training: Consent;
  scopes: Scope[];
  honour_store_false: boolean;
  requests_per_minute: number | null;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
};

function toRecord(row: KeyRow): KeyRecord {
  return {
    id: row.id,
    tenant: row.tenant,
    name: row.name,
    training: row.training,
    scopes: row.scopes,
    expiresAt: row.expires_at,
    requestsPerMinute: row.requests_per_minute,
    honourStoreFalse: row.honour_store_false,
    createdAt: row.created_at,
    revokedAt: row.revoked_at,
  };
}
