import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { migrate, openDatabase } from '../../src/db.js';
import { startEmbeddedPostgres } from '../../src/embedded-postgres.js';
import { TOPICS, type LogRecord } from '../../src/events/event-log.js';
import { createTableLog } from '../../src/events/table.js';
import { createLogger } from '../../src/telemetry.js';
import { eventLogContract, type LogUnderTest } from '../contracts/event-log.js';
import { createTestDatabase } from '../support/database.js';
import { afterwards, temporaryFolder } from '../support/folder.js';

const logger = createLogger('silent');

/** A database that is renamed, after its connections were cut, is gone for everyone until it is named back. */
async function makeTableLog(): Promise<LogUnderTest> {
  const own = await createTestDatabase();
  const { database, url, admin } = own;
  const other = await openDatabase(url, logger);
  const log = createTableLog(database, { logger, pollMs: 10 });
  const another = createTableLog(other, { logger, pollMs: 10 });
  const name = new URL(url).pathname.slice(1);
  const rename = async (from: string, to: string): Promise<void> => {
    for (;;) {
      await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [from]);
      try {
        await admin.query(`ALTER DATABASE ${from} RENAME TO ${to}`);
        return;
      } catch {
        // A client was quicker; it is cut too.
      }
    }
  };
  return {
    log,
    another,
    breakStore: () => rename(name, `${name}_gone`),
    restoreStore: () => rename(`${name}_gone`, name),
    close: async () => {
      await Promise.all([log.stop(), another.stop()]);
      await other.close();
      await own.drop();
    },
  };
}

eventLogContract('postgres table', makeTableLog, { appendIsIdempotent: true });

const record = (n: number): LogRecord => ({ id: randomUUID(), key: 'a', value: { n } });

describe('table log', () => {
  test('refuses for good what the table cannot hold, and appends nothing of the batch', async () => {
    const own = await createTestDatabase();
    const log = createTableLog(own.database, { logger });
    await assert.rejects(log.append(TOPICS.feedback, [record(1), { ...record(2), id: 'not a uuid' }]), {
      code: 'event_invalid',
      retryable: false,
    });
    assert.equal(await log.lag(TOPICS.feedback, 'reader'), 0);
    await log.stop();
    await own.drop();
  });

  test('loses nothing when the server is killed with SIGKILL in the midst of appends', {
    timeout: 60_000,
  }, async (t) => {
    const folder = join(await temporaryFolder(t), 'postgres');
    const server = await startEmbeddedPostgres({ folder, logger });
    afterwards(t, () => server.stop());
    await migrate(server.url, logger);
    const database = await openDatabase(server.url, logger);
    afterwards(t, () => database.close());
    const log = createTableLog(database, { logger, pollMs: 10 });
    afterwards(t, () => log.stop());
    const seen: string[] = [];
    const done = new AbortController();
    const handle = (records: readonly LogRecord[]): Promise<void> => {
      seen.push(...records.map(({ id }) => id));
      return Promise.resolve();
    };
    const consuming = log.consume({ topic: TOPICS.interactions, group: 'reader', signal: done.signal, handle });

    const appended: string[] = [];
    let refusals = 0;
    for (let n = 0; n < 60; n++) {
      if (n % 30 === 10 && server.pid !== null) process.kill(server.pid, 'SIGKILL');
      const one = record(n);
      while (
        !(await log.append(TOPICS.interactions, [one]).then(
          () => true,
          () => pause(20, false),
        ))
      )
        refusals++;
      appended.push(one.id);
    }
    while (new Set(seen).size < appended.length) await pause(10);
    done.abort();
    await consuming;
    assert.ok(refusals >= 2, 'no outage was seen');
    // Delivered at least once, in order, and stored once.
    assert.deepEqual([...new Set(seen)], appended);
    assert.deepEqual(await database.query('SELECT head FROM event_topics'), [{ head: '60' }]);
  });
});
