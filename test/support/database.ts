/** Databases for tests: a fresh migrated one per test, on one server. Only this file and the runner start that server. */
import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { packageRoot } from '../../src/config.js';
import { migrate, openDatabase, type Database, type Queryable } from '../../src/db.js';
import { startEmbeddedPostgres } from '../../src/embedded-postgres.js';
import { createLogger } from '../../src/telemetry.js';

const logger = createLogger('silent');

export interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The server that TEST_DATABASE_URL names, which must allow CREATE DATABASE, else an embedded one of its own in a temporary folder. */
export async function startTestDatabase(): Promise<TestServer> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given !== undefined && given !== '') return { url: given, stop: () => Promise.resolve() };
  const folder = await mkdtemp(join(tmpdir(), 'purpgate-test-'));
  // When tests run as root, the server's user must pass through.
  await chmod(folder, 0o711);
  const server = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), logger });
  await trustMemory(server.url);
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** No test cuts this server's power, so that nothing waits for its disk. Tests that kill a server start one of their own. */
async function trustMemory(url: string): Promise<void> {
  const admin = await openDatabase(url, logger);
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes'])
    await admin.query(`ALTER SYSTEM SET ${setting} = off`);
  await admin.query('SELECT pg_reload_conf()');
  await admin.close();
}

let shared: Promise<TestServer> | undefined;

/** One server for all tests of a process; it goes when they have ended. */
function sharedServer(): Promise<TestServer> {
  return (shared ??= startTestDatabase());
}

after(async () => {
  await (await shared)?.stop();
});

export interface TestDatabase {
  readonly database: Database;
  readonly url: string;
  /** A connection to another database of the server. */
  readonly admin: Queryable;
  drop(): Promise<void>;
}

const withName = (url: string, name: string): string => {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
};

/** An empty database with the current schema: a copy of a template that is migrated once per server and set of migrations. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = await sharedServer();
  const name = `purpgate_test_${randomBytes(6).toString('hex')}`;
  const admin = await openDatabase(server.url, logger);
  const url = withName(server.url, name);
  try {
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${await ensureTemplate(admin, server.url)}`);
  } catch (thrown) {
    await admin.close();
    throw thrown;
  }
  const database = await openDatabase(url, logger);
  return {
    database,
    url,
    admin,
    drop: async () => {
      await database.close();
      await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await admin.close();
    },
  };
}

async function ensureTemplate(admin: Database, url: string): Promise<string> {
  const folder = join(packageRoot, 'migrations');
  const hash = createHash('sha256');
  for (const file of (await readdir(folder)).sort()) hash.update(file).update(await readFile(join(folder, file)));
  const template = `purpgate_template_${hash.digest('hex').slice(0, 12)}`;
  // Test files are processes of their own: one of them makes the template while the others wait.
  const session = await admin.connect();
  try {
    await session.query('SELECT pg_advisory_lock(hashtext($1))', [template]);
    const found = await session.query('SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate', [template]);
    if (found.length === 0) {
      await session.query(`DROP DATABASE IF EXISTS ${template} WITH (FORCE)`);
      await session.query(`CREATE DATABASE ${template}`);
      await migrate(withName(url, template), logger);
      await session.query(`ALTER DATABASE ${template} IS_TEMPLATE true`);
    }
  } finally {
    await session.close();
  }
  return template;
}
