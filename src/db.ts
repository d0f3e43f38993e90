/** The Postgres pool, transactions and migrations. */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { QueryResultRow } from 'pg';
import { packageRoot } from './config.js';
import { PurpgateError } from './errors.js';
import type { Logger } from './telemetry.js';

export interface Queryable {
  /**
   * Runs one statement with positional parameters ($1 …) and gives its rows. Rejects with `database_unavailable` when the same
   * statement may succeed later (no connection, server restarting, time-out, deadlock), else with pg's DatabaseError.
   */
  query<Row extends QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** A connection of its own, outside of the pool: for session locks, and for work that outlasts the pool's time-outs. */
export interface Session extends Queryable {
  /** Aborts when the connection is gone, and with it every session lock. */
  readonly lost: AbortSignal;
  /** Idempotent. */
  close(): Promise<void>;
}

export interface Database extends Queryable {
  /** Commits when `work` resolves, rolls back when it rejects. */
  transaction<Result>(work: (client: Queryable) => Promise<Result>): Promise<Result>;
  connect(): Promise<Session>;
  /** Idempotent; waits for running statements. */
  close(): Promise<void>;
}

const CONNECT_MS = 5_000;
const STATEMENT_MS = 30_000;
/** A server that is starting or recovering refuses connections for a moment; more is an outage. */
const STARTING_MS = 15_000;

const clientOptions = (url: string) => ({
  connectionString: url,
  application_name: 'purpgate',
  connectionTimeoutMillis: CONNECT_MS,
  keepAlive: true,
  // A session may rest; one whose server has vanished without a word must not rest for ever.
  keepAliveInitialDelayMillis: 10_000,
});

/** SQLSTATE classes and codes after which the same statement may succeed on another try. */
const TRANSIENT = /^(08...|53...|58...|40001|40P01|25006|25P03|28000|28P01|3D000|55P03|57014|57P01|57P02|57P03|57P05)$/;
/** What pg throws, as plain Errors, when a connection cannot be had or was lost. */
const CONNECTION_TEXT =
  /^(Connection terminated|timeout e|Query read timeout|Client (was closed|has encountered)|Cannot use a pool)/;

const sqlState = (thrown: unknown): string | undefined =>
  thrown instanceof pg.DatabaseError ? thrown.code : undefined;

function isUnavailable(thrown: unknown): thrown is Error {
  if (!(thrown instanceof Error) || thrown instanceof PurpgateError) return false;
  const state = sqlState(thrown);
  if (state !== undefined) return TRANSIENT.test(state);
  // Socket errors carry `syscall`; one per address of a host comes wrapped.
  const errors: readonly unknown[] = thrown instanceof AggregateError ? thrown.errors : [thrown];
  return errors.some((error) => error instanceof Error && ('syscall' in error || CONNECTION_TEXT.test(error.message)));
}

function fromPg(thrown: unknown): unknown {
  if (!isUnavailable(thrown)) return thrown;
  return new PurpgateError('database_unavailable', { message: `database: ${reasonOf(thrown)}`, cause: thrown });
}

function reasonOf(thrown: Error): string {
  if (thrown instanceof AggregateError && thrown.errors[0] instanceof Error) return thrown.errors[0].message;
  return thrown.message;
}

async function run<Row extends QueryResultRow>(
  client: pg.Pool | pg.ClientBase,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  try {
    return (await client.query<Row>(sql, [...values])).rows;
  } catch (thrown) {
    throw fromPg(thrown);
  }
}

/** Host and database of a URL, for messages: never the password. */
function describeUrl(url: string): string {
  if (!URL.canParse(url)) return 'the given address';
  const { hostname, port, pathname } = new URL(url);
  return `${decodeURIComponent(hostname) || 'localhost'}${port === '' ? '' : `:${port}`}${pathname}`;
}

async function openSession(url: string): Promise<Session> {
  const client = new pg.Client(clientOptions(url));
  const lost = new AbortController();
  let closing: Promise<void> | undefined;
  // An idle connection that the server drops must not become an uncaught error; its next statement rejects.
  client.on('error', () => {
    lost.abort();
  });
  client.on('end', () => {
    lost.abort();
  });
  try {
    await client.connect();
  } catch (thrown) {
    await client.end().catch(() => undefined);
    throw fromPg(thrown);
  }
  return {
    lost: lost.signal,
    query: (sql, values) => run(client, sql, values),
    close: () => (closing ??= client.end().catch(() => undefined)),
  };
}

/** Waits out a server that is starting; any other failure to connect rejects with `database_unavailable` at once. */
async function openFirstSession(url: string): Promise<Session> {
  const deadline = Date.now() + STARTING_MS;
  for (;;) {
    try {
      return await openSession(url);
    } catch (thrown) {
      if (!(thrown instanceof PurpgateError)) throw thrown;
      if (sqlState(thrown.cause) !== '57P03' || Date.now() > deadline) {
        const reason = thrown.cause instanceof Error ? reasonOf(thrown.cause) : thrown.message;
        throw new PurpgateError('database_unavailable', {
          publicMessage: `DATABASE_URL: the database at ${describeUrl(url)} cannot be used (${reason}). Check that it runs and that the address is right.`,
          cause: thrown.cause,
        });
      }
      await pause(100);
    }
  }
}

/**
 * Opens a pool and proves that the server answers.
 * @throws PurpgateError `database_unavailable`, whose public message names the host and the reason.
 */
export async function openDatabase(url: string, logger: Logger): Promise<Database> {
  await (await openFirstSession(url)).close();
  const pool = new pg.Pool({
    ...clientOptions(url),
    max: 10,
    idleTimeoutMillis: 30_000,
    statement_timeout: STATEMENT_MS,
    idle_in_transaction_session_timeout: 2 * STATEMENT_MS,
    // The server's own limit fires first; this one is for a server that no longer answers.
    query_timeout: STATEMENT_MS + CONNECT_MS,
  });
  // Without a listener an idle connection that the server drops ends the process.
  pool.on('error', (error) => {
    logger.warn({ reason: error.message }, 'an idle database connection was lost');
  });
  let closing: Promise<void> | undefined;
  return {
    query: (sql, values) => run(pool, sql, values),
    transaction: (work) => transaction(pool, work),
    connect: () => openSession(url),
    close: () => (closing ??= pool.end()),
  };
}

async function transaction<Result>(pool: pg.Pool, work: (client: Queryable) => Promise<Result>): Promise<Result> {
  const client = await pool.connect().catch((thrown: unknown) => {
    throw fromPg(thrown);
  });
  // A connection that is lost while the work does something else must not become an uncaught error either.
  const ignore = (): void => undefined;
  client.on('error', ignore);
  let broken = true;
  try {
    await run(client, 'BEGIN');
    try {
      const result = await work({ query: (sql, values) => run(client, sql, values) });
      await run(client, 'COMMIT');
      broken = false;
      return result;
    } catch (thrown) {
      // A connection that cannot roll back is thrown away, which rolls back too.
      broken = await client.query('ROLLBACK').then(
        () => false,
        () => true,
      );
      throw thrown;
    }
  } finally {
    client.off('error', ignore);
    client.release(broken);
  }
}

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

const failed = (name: string, reason: string, cause?: unknown): PurpgateError =>
  new PurpgateError('migration_failed', { publicMessage: `Migration ${name}: ${reason}`, cause });

async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const migrations: Migration[] = [];
  for (const name of names) {
    const version = Number(/^(\d{4})_\w+\.sql$/.exec(name)?.[1]);
    if (Number.isNaN(version)) throw failed(name, 'the name is not of the form 0001_words.sql.');
    if (migrations.at(-1)?.version === version) throw failed(name, 'two files have this number.');
    // A checkout may rewrite line ends, which changes nothing.
    const sql = (await readFile(join(folder, name), 'utf8')).replaceAll('\r\n', '\n');
    migrations.push({ version, name, sql, sha256: createHash('sha256').update(sql).digest('hex') });
  }
  return migrations;
}

/** Any constant: all starters agree on it, and nothing else uses it. */
const MIGRATION_LOCK = '7022374623951';

/**
 * Brings the schema up to date: each file of the folder that is not yet applied, in order, in a transaction of its own, under one
 * session lock, so that any number of starters may race.
 * @throws PurpgateError `migration_failed` naming the file (also for a file changed after it was applied, and for a schema that is
 * newer than this program), or `database_unavailable`.
 */
export async function migrate(url: string, logger: Logger, folder = join(packageRoot, 'migrations')): Promise<void> {
  const migrations = await readMigrations(folder);
  const session = await openFirstSession(url);
  try {
    await session.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await session.query(
      `CREATE TABLE IF NOT EXISTS schema_migrations (
         version integer PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
    );
    const applied = await session.query<{ version: number; name: string; sha256: string }>(
      'SELECT version, name, sha256 FROM schema_migrations ORDER BY version',
    );
    for (const row of applied) {
      const known = migrations.find(({ version }) => version === row.version);
      if (known === undefined)
        throw failed(row.name, 'the database has it, this program does not. The schema is newer: update purpgate.');
      if (known.sha256 !== row.sha256) throw failed(row.name, 'the file was changed after it had been applied.');
    }
    const done = new Set(applied.map(({ version }) => version));
    for (const migration of migrations.filter(({ version }) => !done.has(version))) await apply(session, migration);
    logger.debug({ applied: migrations.length - done.size }, 'the schema is up to date');
  } finally {
    await session.close();
  }
}

async function apply(session: Session, { version, name, sql, sha256 }: Migration): Promise<void> {
  try {
    await session.query('BEGIN');
    await session.query(sql);
    await session.query('INSERT INTO schema_migrations (version, name, sha256) VALUES ($1, $2, $3)', [
      version,
      name,
      sha256,
    ]);
    await session.query('COMMIT');
  } catch (thrown) {
    if (thrown instanceof PurpgateError) throw thrown;
    throw failed(name, thrown instanceof Error ? thrown.message : String(thrown), thrown);
  }
}
