/** Versions of the policy in Postgres: the desired state that gateways serve, and its history. */
import type { Database, Queryable } from '../db.js';
import { PurpgateError } from '../errors.js';
import type { Version, VersionName, VersionState } from '../types.js';
import { nextState } from './state.js';

/** Who asked for a change, and why; kept for good. */
export interface Audit {
  /** Such as `trainer`, `release-controller`, or the id of an admin's key. */
  readonly actor: string;
  readonly reason: string;
}

export type NewVersion = Pick<Version, 'sha256' | 'base' | 'adapter' | 'parent' | 'pool'>;

export interface TransitionRequest extends Audit {
  readonly name: VersionName;
  readonly to: VersionState;
}

export interface TransitionRecord extends Audit {
  /** Null for the registration. */
  readonly from: VersionState | null;
  readonly to: VersionState;
  readonly at: Date;
}

export interface VersionFilter {
  readonly pool?: string;
  readonly state?: VersionState;
}

export interface Registry {
  /** Adds a candidate, named after its digest. The same weights again give the version that is there. */
  register(version: NewVersion, audit: Audit): Promise<Version>;
  get(name: VersionName): Promise<Version | null>;
  /** Oldest first. */
  list(filter?: VersionFilter): Promise<readonly Version[]>;
  /** Oldest first. */
  history(name: VersionName): Promise<readonly TransitionRecord[]>;
  /**
   * Changes the state. What it displaces goes in the same transaction: the live version of the pool is retired when another
   * becomes live, and a canary when another becomes canary.
   * @throws PurpgateError `model_not_found`, or `invalid_request` when the change is not legal.
   */
  transition(request: TransitionRequest): Promise<Version>;
  live(pool: string): Promise<Version | null>;
  /**
   * Makes the checkpoint that ships with purpgate the live version of its pool, unless it is. It was evaluated before it was
   * shipped, so it takes all steps at once; they are recorded like any other. Any number of starters may race.
   */
  ensureLive(version: NewVersion, audit: Audit): Promise<Version>;
}

const COLUMNS = 'name, state, sha256, base, adapter, parent, pool, created_at AS "createdAt"';

export const versionName = (sha256: string): VersionName => `purp@${sha256.slice(0, 12)}`;

export function createRegistry(database: Database): Registry {
  return {
    register: (version, audit) => database.transaction((client) => register(client, version, audit)),
    get: async (name) => {
      const [version] = await database.query<Version>(`SELECT ${COLUMNS} FROM versions WHERE name = $1`, [name]);
      return version ?? null;
    },
    list: ({ pool, state } = {}) =>
      database.query<Version>(
        `SELECT ${COLUMNS} FROM versions
          WHERE ($1::text IS NULL OR pool = $1) AND ($2::text IS NULL OR state = $2) ORDER BY created_at, name`,
        [pool ?? null, state ?? null],
      ),
    history: (name) =>
      database.query<TransitionRecord & { id: string }>(
        `SELECT from_state AS "from", to_state AS "to", actor, reason, at
           FROM version_transitions WHERE version = $1 ORDER BY id`,
        [name],
      ),
    transition: (request) => database.transaction((client) => transition(client, request)),
    live: async (pool) => {
      const [version] = await database.query<Version>(
        `SELECT ${COLUMNS} FROM versions WHERE pool = $1 AND state = 'live'`,
        [pool],
      );
      return version ?? null;
    },
    ensureLive: (version, audit) => database.transaction((client) => ensureLive(client, version, audit)),
  };
}

async function register(client: Queryable, version: NewVersion, audit: Audit): Promise<Version> {
  const name = versionName(version.sha256);
  const { sha256, base, adapter, parent, pool } = version;
  const [added] = await client.query<Version>(
    `INSERT INTO versions (name, state, sha256, base, adapter, parent, pool) VALUES ($1, 'candidate', $2, $3, $4, $5, $6)
       ON CONFLICT (name) DO NOTHING RETURNING ${COLUMNS}`,
    [name, sha256, base, adapter, parent, pool],
  );
  if (added !== undefined) {
    await record(client, { ...audit, name, from: null, to: 'candidate' });
    return added;
  }
  const [there] = await client.query<Version>(`SELECT ${COLUMNS} FROM versions WHERE name = $1`, [name]);
  if (there?.sha256 !== sha256 || there.pool !== pool)
    throw new PurpgateError('invalid_request', {
      publicMessage: `Version ${name} is there already, with other weights or for another pool.`,
    });
  return there;
}

async function ensureLive(client: Queryable, version: NewVersion, audit: Audit): Promise<Version> {
  const registered = await register(client, version, audit);
  const { name } = registered;
  // Another starter may hold the row and be about to make it live.
  const [row] = await client.query<Version>(`SELECT ${COLUMNS} FROM versions WHERE name = $1 FOR UPDATE`, [name]);
  let current = row ?? registered;
  if (current.state === 'candidate') current = await transition(client, { ...audit, name, to: 'evaluated' });
  return current.state === 'live' ? current : transition(client, { ...audit, name, to: 'live' });
}

async function transition(client: Queryable, { name, to, actor, reason }: TransitionRequest): Promise<Version> {
  // All versions of the pool, always in the same order: two changes of a pool wait for each other and cannot deadlock.
  const pool = await client.query<Version>(
    `SELECT ${COLUMNS} FROM versions WHERE pool = (SELECT pool FROM versions WHERE name = $1) ORDER BY name FOR UPDATE`,
    [name],
  );
  const version = pool.find((one) => one.name === name);
  if (version === undefined)
    throw new PurpgateError('model_not_found', { publicMessage: `There is no version ${name}.` });
  if (nextState(version.state, to) === null)
    throw new PurpgateError('invalid_request', {
      publicMessage: `Version ${name} is ${version.state}; it cannot become ${to}.`,
    });
  const displaced = pool.find((one) => one.state === to && (to === 'live' || to === 'canary'));
  if (displaced !== undefined)
    await change(client, displaced, { to: 'retired', actor, reason: `displaced by ${name}: ${reason}` });
  await change(client, version, { to, actor, reason });
  return { ...version, state: to };
}

async function change(
  client: Queryable,
  version: Version,
  { to, ...audit }: Audit & { to: VersionState },
): Promise<void> {
  await client.query('UPDATE versions SET state = $2 WHERE name = $1', [version.name, to]);
  await record(client, { ...audit, name: version.name, from: version.state, to });
}

interface NewRecord extends Audit {
  readonly name: VersionName;
  readonly from: VersionState | null;
  readonly to: VersionState;
}

async function record(client: Queryable, { name, from, to, actor, reason }: NewRecord): Promise<void> {
  await client.query(
    'INSERT INTO version_transitions (version, from_state, to_state, actor, reason) VALUES ($1, $2, $3, $4, $5)',
    [name, from, to, actor, reason],
  );
}
