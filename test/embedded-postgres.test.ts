import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, readlink, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { packageRoot } from '../src/config.js';
import { openDatabase } from '../src/db.js';
import { makeLinks } from '../src/embedded-postgres/places.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../src/embedded-postgres.js';
import { PurpgateError } from '../src/errors.js';
import { createLogger } from '../src/telemetry.js';
import { afterwards, temporaryFolder } from './support/folder.js';

const logger = createLogger('silent');

/** A server that stops with the test. */
async function start(t: TestContext, folder: string): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ folder, logger });
  afterwards(t, () => server.stop());
  return server;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const database = await openDatabase(url, logger);
  try {
    return await database.query(sql);
  } finally {
    await database.close();
  }
}

const isAlive = (pid: number): Promise<boolean> =>
  readFile(`/proc/${pid}/stat`, 'utf8').then(
    // A zombie has ended; it waits for a parent that may not care.
    (text) => !/\) Z /.test(text),
    () => false,
  );

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function parentOf(pid: number): Promise<number> {
  return Number(/^PPid:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

describe('embedded PostgreSQL', { timeout: 120_000 }, () => {
  // Making a cluster takes longest, so that most tests start a server on the same one, which holds one row.
  let folder = '';
  before(async () => {
    const parent = await mkdtemp(join(tmpdir(), 'purpgate-test-'));
    await chmod(parent, 0o711);
    folder = join(parent, 'postgres');
    const server = await startEmbeddedPostgres({ folder, logger });
    await query(server.url, 'CREATE TABLE numbers AS SELECT 1 AS n');
    await server.stop();
  });
  after(() => rm(join(folder, '..'), { recursive: true, force: true }));
  const assertHasRow = async ({ url }: { url: string }): Promise<void> => {
    assert.deepEqual(await query(url, 'SELECT n FROM numbers'), [{ n: 1 }]);
  };

  test('asks for its password and is reached through its own socket alone', async (t) => {
    const server = await start(t, folder);
    await assertHasRow(server);
    assert.deepEqual(await query(server.url, 'SHOW listen_addresses'), [{ listen_addresses: '' }]);
    assert.deepEqual(await query(server.url, 'SHOW fsync'), [{ fsync: 'on' }]);
    const wrong = new URL(server.url);
    wrong.password = 'wrong';
    await assert.rejects(openDatabase(wrong.href, logger), (error) => {
      assert.ok(error instanceof PurpgateError && error.code === 'database_unavailable');
      assert.match(error.publicMessage, /password authentication failed/);
      return true;
    });
    assert.equal((await stat(join(server.home, 'password'))).mode & 0o777, 0o600);
    assert.equal((await stat(join(server.home, 'socket'))).mode & 0o777, 0o700);
  });

  test('stops at once, twice if asked, and leaves no process', async (t) => {
    const server = await start(t, folder);
    const { pid } = server;
    assert.ok(pid !== null);
    const session = await (await openDatabase(server.url, logger)).connect();
    await Promise.all([server.stop(), server.stop()]);
    assert.equal(await isAlive(pid), false);
    assert.equal(server.pid, null);
    await session.close();
  });

  test('comes back at the same address when it is killed, and when its shell is', async (t) => {
    const server = await start(t, folder);
    for (const victimOf of [(pid: number) => Promise.resolve(pid), parentOf]) {
      const { pid } = server;
      assert.ok(pid !== null);
      process.kill(await victimOf(pid), 'SIGKILL');
      while (server.pid === null || server.pid === pid) await pause(10);
      assert.equal(await isAlive(pid), false);
      await assertHasRow(server);
    }
  });

  test('goes with its starter that is killed with SIGKILL, and starts again', async (t) => {
    const child = spawn(process.execPath, [join(packageRoot, 'dist/test/support/postgres-child.js'), folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const line = await new Promise<string>((resolve) => {
      child.stdout.once('data', (chunk: Buffer) => {
        resolve(chunk.toString());
      });
    });
    const { pid, url } = JSON.parse(line) as { pid: number; url: string };
    await query(url, 'INSERT INTO numbers VALUES (2)');
    child.kill('SIGKILL');
    // At once, while the old one is still going down.
    const server = await start(t, folder);
    assert.equal(await isAlive(pid), false);
    assert.deepEqual(await query(server.url, 'DELETE FROM numbers WHERE n = 2 RETURNING n'), [{ n: 2 }]);
  });

  test('starts when its lock file names a process that is another one by now', async (t) => {
    await writeFile(join(folder, 'data', 'postmaster.pid'), `${process.pid}\n${join(folder, 'data')}\n`);
    await assertHasRow(await start(t, folder));
  });

  test('refuses a cluster of another major version, saying so', async () => {
    const version = join(folder, 'data', 'PG_VERSION');
    const ours = await readFile(version, 'utf8');
    await writeFile(version, '9\n');
    await assert.rejects(startEmbeddedPostgres({ folder, logger }), /made by PostgreSQL 9, this is \d+/);
    await writeFile(version, ours);
  });

  test('refuses a cluster whose password is gone, saying so', async () => {
    const password = join(folder, 'password');
    await rename(password, `${password}.away`);
    await assert.rejects(startEmbeddedPostgres({ folder, logger }), /password cannot be read/);
    await rename(`${password}.away`, password);
  });

  test('makes its cluster anew where a killed start left half of one, in a folder whose path is too long for a socket', async (t) => {
    const deep = join(await temporaryFolder(t), 'x'.repeat(100), 'postgres');
    await mkdir(join(deep, 'data.new', 'base'), { recursive: true });
    await chmod(join(deep, '..'), 0o711);
    const server = await start(t, deep);
    const sockets = decodeURIComponent(new URL(server.url).hostname);
    assert.ok(!sockets.startsWith(deep));
    assert.equal((await stat(sockets)).mode & 0o777, 0o700);
    assert.deepEqual(await query(server.url, 'SELECT 1 AS one'), [{ one: 1 }]);
    await server.stop();
    assert.equal(await exists(sockets), false);
  });

  test('lives below a folder that is closed to other users: there, or as root beside it, and finds itself again', async (t) => {
    const closed = await temporaryFolder(t);
    await chmod(closed, 0o700);
    const place = join(closed, 'postgres');
    let server = await start(t, place);
    const { home } = server;
    afterwards(t, () => rm(home, { recursive: true, force: true }));
    if (process.getuid?.() === 0) assert.equal((await readFile(join(place, 'moved-to'), 'utf8')).trim(), home);
    else assert.equal(home, place);
    await query(server.url, 'CREATE TABLE numbers AS SELECT 1 AS n');
    await server.stop();
    server = await start(t, place);
    assert.equal(server.home, home);
    await assertHasRow(server);
  });

  test('says which setting names a folder that cannot be used', async (t) => {
    const file = join(await temporaryFolder(t), 'file');
    await writeFile(file, '');
    await assert.rejects(startEmbeddedPostgres({ folder: join(file, 'postgres'), logger }), (error) => {
      assert.ok(error instanceof PurpgateError && error.code === 'data_folder_unusable');
      assert.match(error.publicMessage, /^PURPGATE_DATA: /);
      return true;
    });
  });

  test('has the links made that the package could not hold, and keeps those that are right', async (t) => {
    const native = await temporaryFolder(t);
    await mkdir(join(native, 'lib'));
    await writeFile(join(native, 'lib', 'libx.so.1.2'), 'library');
    const links = [
      { source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so' },
      { source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so.1' },
    ];
    await writeFile(join(native, 'pg-symlinks.json'), JSON.stringify(links));
    await makeLinks(native);
    await makeLinks(native);
    assert.equal(await readlink(join(native, 'lib', 'libx.so')), 'libx.so.1.2');
    assert.equal(await readFile(join(native, 'lib', 'libx.so.1'), 'utf8'), 'library');
  });
});
