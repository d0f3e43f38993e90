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

export interface PromotionRequest extends Audit {
  readonly name: VersionName;
  /** The version that must be live until then: what the gate compared with. Absent: whatever is live. */
  readonly displaces?: VersionName;
}

export interface RollbackRequest extends Audit {
  /** The live version that must go. */
  readonly name: VersionName;
  /** What serves instead; its parent when absent. */
  readonly to?: VersionName;
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
  /**
   * Makes a version the live one of its pool; a candidate takes the step to `evaluated` too. Changes nothing where it is live.
   * @throws PurpgateError as `transition`, and `invalid_request` when another version is live than the one to displace.
   */
  promote(request: PromotionRequest): Promise<Version>;
  /**
   * The live version is rolled back for good and the other one live again, in one transaction. Resolves with the one that is live.
   * @throws PurpgateError `model_not_found`, or `invalid_request` when there is nothing to go back to.
   */
  rollback(request: RollbackRequest): Promise<Version>;
  live(pool: string): Promise<Version | null>;
  /**
   * Makes the checkpoint that ships with purpgate the live version of its pool, unless it is, or an adapter that was trained on it
   * is. It was evaluated before it was shipped, so it takes all steps at once; they are recorded like any other. Any number of
   * starters may race. Resolves with the version that is live.
   */
  ensureLive(version: NewVersion, audit: Audit): Promise<Version>;
}

const COLUMNS = 'name, state, sha256, base, adapter, parent, pool, created_at AS "createdAt"';

export const versionName = (sha256: string): VersionName => `purp@${sha256.slice(0, 12)}`;

const isVersionName = (text: string): text is VersionName => text.startsWith('purp@');

/** A name that somebody typed. @throws PurpgateError `model_not_found` for what can be no version's name. */
export function toVersionName(text: string): VersionName {
  if (isVersionName(text)) return text;
  throw new PurpgateError('model_not_found', { publicMessage: `There is no version ${text}.` });
}

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
    promote: (request) => database.transaction((client) => promote(client, request)),
    rollback: (request) => database.transaction((client) => rollback(client, request)),
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
  const { name } = await register(client, version, audit);
  // Another starter may be about to make it live.
  const pool = await lockPool(client, name);
  const live = pool.find(({ state }) => state === 'live');
  if (live !== undefined && live.adapter !== null && (await hasAncestor(client, live.name, name))) return live;
  return promoteIn(client, pool, { ...audit, name });
}

/** Whether a version was trained on weights that go back to those of the other. */
async function hasAncestor(client: Queryable, name: VersionName, ancestor: VersionName): Promise<boolean> {
  const found = await client.query(
    `WITH RECURSIVE lineage AS (
       SELECT name, parent FROM versions WHERE name = $1
       UNION SELECT versions.name, versions.parent FROM versions JOIN lineage ON versions.name = lineage.parent)
     SELECT 1 FROM lineage WHERE name = $2`,
    [name, ancestor],
  );
  return found.length > 0;
}

/** All versions of the pool, always in the same order: two changes of a pool wait for each other and cannot deadlock. */
function lockPool(client: Queryable, name: VersionName): Promise<readonly Version[]> {
  return client.query<Version>(
    `SELECT ${COLUMNS} FROM versions WHERE pool = (SELECT pool FROM versions WHERE name = $1) ORDER BY name FOR UPDATE`,
    [name],
  );
}

function memberOf(pool: readonly Version[], name: VersionName): Version {
  const version = pool.find((one) => one.name === name);
  if (version !== undefined) return version;
  throw new PurpgateError('model_not_found', { publicMessage: `There is no version ${name}.` });
}

const refused = (reason: string): PurpgateError => new PurpgateError('invalid_request', { publicMessage: reason });

async function promote(client: Queryable, request: PromotionRequest): Promise<Version> {
  const pool = await lockPool(client, request.name);
  const live = pool.find(({ state }) => state === 'live');
  if (request.displaces !== undefined && live?.name !== request.displaces && live?.name !== request.name)
    throw refused(
      `Version ${request.name} was compared with ${request.displaces}, but ${live?.name ?? 'no version'} is live now.`,
    );
  return promoteIn(client, pool, request);
}

async function promoteIn(
  client: Queryable,
  pool: readonly Version[],
  { name, actor, reason }: Audit & { readonly name: VersionName },
): Promise<Version> {
  const version = memberOf(pool, name);
  if (version.state === 'live') return version;
  if (version.state === 'candidate') await transition(client, { name, to: 'evaluated', actor, reason });
  return transition(client, { name, to: 'live', actor, reason });
}

async function rollback(client: Queryable, { name, to, ...audit }: RollbackRequest): Promise<Version> {
  const pool = await lockPool(client, name);
  const version = memberOf(pool, name);
  if (version.state !== 'live') throw refused(`Version ${name} is ${version.state}; only a live one is rolled back.`);
  const target = to ?? version.parent;
  if (target === null) throw refused(`Version ${name} has no parent. Name the version that is to serve instead.`);
  const successor = memberOf(pool, target);
  if (successor.state !== 'retired' || !(await hasServed(client, target)))
    throw refused(`Version ${target} is ${successor.state} and cannot serve again instead of ${name}.`);
  await change(client, version, { to: 'rolled-back', ...audit });
  await change(client, successor, { to: 'live', ...audit, reason: `${name} was rolled back: ${audit.reason}` });
  return { ...successor, state: 'live' };
}

/** Retired are also candidates that the gate stopped, and a rollback must not let them pass it. */
async function hasServed(client: Queryable, name: VersionName): Promise<boolean> {
  const found = await client.query(
    `SELECT 1 FROM version_transitions WHERE version = $1 AND to_state = 'live' LIMIT 1`,
    [name],
  );
  return found.length > 0;
}

async function transition(client: Queryable, { name, to, actor, reason }: TransitionRequest): Promise<Version> {
  const pool = await lockPool(client, name);
  const version = memberOf(pool, name);
  if (nextState(version.state, to) === null)
    throw refused(`Version ${name} is ${version.state}; it cannot become ${to}.`);
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
