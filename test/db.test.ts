import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import pg from 'pg';
import { packageRoot } from '../src/config.js';
import { migrate, openDatabase } from '../src/db.js';
import { PurpgateError } from '../src/errors.js';
import { createLogger } from '../src/telemetry.js';
import { createTestDatabase, type TestDatabase } from './support/database.js';
import { afterwards, temporaryFolder } from './support/folder.js';

const logger = createLogger('silent');

async function ownDatabase(t: TestContext): Promise<TestDatabase> {
  const own = await createTestDatabase();
  afterwards(t, () => own.drop());
  return own;
}

describe('openDatabase', () => {
  test('refuses an address where nothing listens, naming the setting and the host but not the password', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    await new Promise((resolve) => server.close(resolve));
    await assert.rejects(openDatabase(`postgresql://me:hush@127.0.0.1:${address.port}/db`, logger), (error) => {
      assert.ok(error instanceof PurpgateError && error.code === 'database_unavailable' && error.retryable);
      assert.match(error.publicMessage, /^DATABASE_URL: .*127\.0\.0\.1:\d+\/db .*ECONNREFUSED/);
      assert.doesNotMatch(error.publicMessage, /hush/);
      return true;
    });
  });

  test('refuses a database that is not there', async (t) => {
    const { url } = await ownDatabase(t);
    const missing = new URL(url);
    missing.pathname = '/no_such_database';
    await assert.rejects(openDatabase(missing.href, logger), { code: 'database_unavailable' });
  });
});

describe('database', () => {
  test('commits a transaction that resolves and undoes one that rejects', async (t) => {
    const { database } = await ownDatabase(t);
    await database.query('CREATE TABLE numbers (n integer)');
    assert.equal(
      await database.transaction(async (client) => {
        await client.query('INSERT INTO numbers VALUES ($1)', [1]);
        return 'result';
      }),
      'result',
    );
    const planted = new Error('planted');
    await assert.rejects(
      database.transaction(async (client) => {
        await client.query('INSERT INTO numbers VALUES (2)');
        throw planted;
      }),
      planted,
    );
    assert.deepEqual(await database.query('SELECT n FROM numbers'), [{ n: 1 }]);
  });

  test('gives an error of SQL as it is, with its state', async (t) => {
    const { database } = await ownDatabase(t);
    await assert.rejects(
      database.query('SELECT 1/0'),
      (error) => error instanceof pg.DatabaseError && error.code === '22012',
    );
  });

  test('turns a lost connection into database_unavailable, and goes on with a new one', async (t) => {
    const { database, admin, url } = await ownDatabase(t);
    const cut = (): Promise<unknown> =>
      admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
        new URL(url).pathname.slice(1),
      ]);
    // On a busy machine its connection may be a long time coming; what is not there cannot be cut.
    const isSleeping = async (): Promise<boolean> =>
      (
        await admin.query(`SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND wait_event = 'PgSleep'`, [
          new URL(url).pathname.slice(1),
        ])
      ).length > 0;
    const sleeping = database.query('SELECT pg_sleep(20)');
    const inTransaction = database.transaction(async (client) => {
      await client.query('SELECT 1');
      while (!(await isSleeping()));
      await cut();
      await client.query('SELECT 1');
    });
    const lost = { code: 'database_unavailable', retryable: true };
    await Promise.all([assert.rejects(sleeping, lost), assert.rejects(inTransaction, lost)]);
    assert.deepEqual(await database.query('SELECT 1 AS one'), [{ one: 1 }]);
    // Idle connections that are cut must not end the process.
    await cut();
    while (
      !(await database.query('SELECT 1').then(
        () => true,
        () => false,
      ))
    );
  });

  test('tells a session when its connection is lost', async (t) => {
    const { database, admin } = await ownDatabase(t);
    const session = await database.connect();
    const [row] = await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const lost = new Promise((resolve) => {
      session.lost.addEventListener('abort', resolve);
    });
    await admin.query('SELECT pg_terminate_backend($1)', [row?.pid]);
    await lost;
    await assert.rejects(session.query('SELECT 1'), { code: 'database_unavailable' });
    await Promise.all([session.close(), session.close()]);
  });

  test('closes twice, and refuses what comes later', async (t) => {
    const { url } = await ownDatabase(t);
    const database = await openDatabase(url, logger);
    await Promise.all([database.close(), database.close()]);
    await assert.rejects(database.query('SELECT 1'), { code: 'database_unavailable' });
  });
});

/** An empty database beside the template's copy, and a folder of migrations. */
async function emptyDatabase(
  t: TestContext,
): Promise<{ url: string; folder: string; tables: () => Promise<string[]> }> {
  const { url, admin } = await ownDatabase(t);
  const empty = new URL(url);
  empty.pathname += '_empty';
  const name = empty.pathname.slice(1);
  await admin.query(`CREATE DATABASE ${name}`);
  afterwards(t, () => admin.query(`DROP DATABASE ${name} WITH (FORCE)`));
  const tables = async (): Promise<string[]> => {
    const database = await openDatabase(empty.href, logger);
    const rows = await database.query<{ name: string }>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1",
    );
    await database.close();
    return rows.map((row) => row.name);
  };
  return { url: empty.href, folder: await temporaryFolder(t), tables };
}

describe('migrate', () => {
  test('may be run by twenty starters at once', { timeout: 30_000 }, async (t) => {
    const { url, folder, tables } = await emptyDatabase(t);
    await writeFile(join(folder, '0001_one.sql'), 'CREATE TABLE one (n integer); INSERT INTO one VALUES (1);');
    await writeFile(join(folder, '0002_two.sql'), 'CREATE TABLE two (n integer);');
    await Promise.all(Array.from({ length: 20 }, () => migrate(url, logger, folder)));
    assert.deepEqual(await tables(), ['one', 'schema_migrations', 'two']);
  });

  test('applies only what is new, and undoes all of a file that fails, naming it', async (t) => {
    const { url, folder, tables } = await emptyDatabase(t);
    await writeFile(join(folder, '0001_one.sql'), 'CREATE TABLE one (n integer);');
    await migrate(url, logger, folder);
    await writeFile(join(folder, '0002_two.sql'), 'CREATE TABLE two (n integer); SELECT 1/0;');
    await assert.rejects(migrate(url, logger, folder), (error) => {
      assert.ok(error instanceof PurpgateError && error.code === 'migration_failed');
      assert.match(error.publicMessage, /0002_two\.sql: division by zero/);
      return true;
    });
    assert.deepEqual(await tables(), ['one', 'schema_migrations']);
    await writeFile(join(folder, '0002_two.sql'), 'CREATE TABLE two (n integer);');
    await migrate(url, logger, folder);
    assert.deepEqual(await tables(), ['one', 'schema_migrations', 'two']);
  });

  test('refuses a file that was changed after it had been applied, but not its line ends', async (t) => {
    const { url, folder } = await emptyDatabase(t);
    await writeFile(join(folder, '0001_one.sql'), 'CREATE TABLE one (\nn integer);');
    await migrate(url, logger, folder);
    await writeFile(join(folder, '0001_one.sql'), 'CREATE TABLE one (\r\nn integer);');
    await migrate(url, logger, folder);
    await writeFile(join(folder, '0001_one.sql'), 'CREATE TABLE one (\nn bigint);');
    await assert.rejects(migrate(url, logger, folder), { code: 'migration_failed' });
  });

  test('refuses a schema that is newer than the program', async (t) => {
    const { url, folder } = await emptyDatabase(t);
    const older = await temporaryFolder(t);
    for (const target of [folder, older])
      await writeFile(join(target, '0001_one.sql'), 'CREATE TABLE one (n integer);');
    await writeFile(join(folder, '0002_two.sql'), 'CREATE TABLE two (n integer);');
    await migrate(url, logger, folder);
    await assert.rejects(migrate(url, logger, older), /0002_two\.sql: .*newer/);
  });

  test('refuses two files of one number, and a name without one', async (t) => {
    const { url, folder } = await emptyDatabase(t);
    await writeFile(join(folder, '0001_one.sql'), '');
    await writeFile(join(folder, '0001_other.sql'), '');
    await assert.rejects(migrate(url, logger, folder), /0001_other\.sql: two files/);
    const second = await temporaryFolder(t);
    await writeFile(join(second, 'first.sql'), '');
    await assert.rejects(migrate(url, logger, second), /first\.sql: the name/);
  });

  test('has applied every shipped file, whose SQL holds no transaction of its own', async (t) => {
    const { database } = await ownDatabase(t);
    const folder = join(packageRoot, 'migrations');
    const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
    assert.deepEqual(
      (await database.query<{ name: string }>('SELECT name FROM schema_migrations ORDER BY version')).map(
        ({ name }) => name,
      ),
      names,
    );
    for (const name of names)
      assert.doesNotMatch(
        await readFile(join(folder, name), 'utf8'),
        /^\s*(BEGIN(\s+(WORK|TRANSACTION)\b.*)?|COMMIT\b.*);/im,
      );
  });
});
