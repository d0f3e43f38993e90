import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { PurpgateError } from '../../src/errors.js';
import { TOPICS, type EventLog, type LogRecord, type Topic } from '../../src/events/event-log.js';
import { text } from '../../src/events/read.js';
import { startShipper, type Shipper, type ShipperOptions } from '../../src/events/shipper.js';
import type { Spool } from '../../src/events/spool.js';
import { createTableLog } from '../../src/events/table.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import { createTestDatabase } from '../support/database.js';
import { afterwards } from '../support/folder.js';
import { openFresh, reopen } from '../support/spool.js';

const logger = createLogger('silent');
const record = (n: number): LogRecord => ({ id: randomUUID(), key: 'a', value: { n } });

/** A log that keeps what it is given, and fails as it is told. */
class MemoryLog implements EventLog {
  readonly kept: { topic: Topic; record: LogRecord }[] = [];
  appends = 0;
  fail: (records: readonly LogRecord[]) => PurpgateError | null = () => null;

  append(topic: Topic, records: readonly LogRecord[]): Promise<void> {
    this.appends++;
    const error = this.fail(records);
    if (error !== null) return Promise.reject(error);
    this.kept.push(...records.map((one) => ({ topic, record: one })));
    return Promise.resolve();
  }
  consume(): Promise<void> {
    throw new Error('not used');
  }
  lag(): Promise<number> {
    throw new Error('not used');
  }
  stop(): Promise<void> {
    return Promise.resolve();
  }
}

const outage = (): PurpgateError => new PurpgateError('database_unavailable');

async function start(
  t: TestContext,
  given: Partial<ShipperOptions> = {},
): Promise<{ spool: Spool; log: MemoryLog; shipper: Shipper; metrics: ShipperOptions['metrics']; folder: string }> {
  const { spool, folder } = await openFresh(t);
  const log = new MemoryLog();
  const metrics = createMetrics();
  const shipper = startShipper({ spool, log, metrics, logger, firstWaitMs: 1, mostWaitMs: 4, ...given });
  afterwards(t, () => shipper.stop());
  return { spool, log, shipper, metrics, folder };
}

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await turn();
};
const numbersOf = (log: MemoryLog, topic: Topic): unknown[] =>
  log.kept.filter((one) => one.topic === topic).map((one) => one.record.value['n']);

describe('shipper', () => {
  test('ships what is appended, each topic in order, and empties the spool', async (t) => {
    const { spool, log, metrics } = await start(t);
    for (let n = 0; n < 20; n++) await spool.append(n % 3 === 0 ? TOPICS.feedback : TOPICS.interactions, record(n));
    await until(() => log.kept.length === 20 && spool.pending.bytes === 0);
    assert.deepEqual(numbersOf(log, TOPICS.feedback), [0, 3, 6, 9, 12, 15, 18]);
    assert.deepEqual(numbersOf(log, TOPICS.interactions), [1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17, 19]);
    assert.match(await metrics.registry.metrics(), /purpgate_spool_shipped_total 20\n/);
  });

  test('waits out an outage and loses nothing', async (t) => {
    const { spool, log } = await start(t);
    log.fail = outage;
    for (let n = 0; n < 5; n++) await spool.append(TOPICS.interactions, record(n));
    await until(() => log.appends >= 5);
    assert.ok(spool.pending.bytes > 0);
    log.fail = () => null;
    await until(() => spool.pending.bytes === 0);
    assert.deepEqual(numbersOf(log, TOPICS.interactions), [0, 1, 2, 3, 4]);
  });

  test('puts the one record aside that the log refuses for good, whole, and ships the others in order', async (t) => {
    const { spool, log, metrics } = await start(t);
    log.fail = outage;
    const bad = record(13);
    for (let n = 0; n < 20; n++) await spool.append(TOPICS.interactions, n === 13 ? bad : record(n));
    log.fail = (records) =>
      records.some(({ id }) => id === bad.id) ? new PurpgateError('event_invalid', { message: 'planted' }) : null;
    await until(() => spool.pending.bytes === 0);
    assert.deepEqual(
      numbersOf(log, TOPICS.interactions),
      Array.from({ length: 20 }, (_, n) => n).filter((n) => n !== 13),
    );
    const letters = log.kept.filter(({ topic }) => topic === TOPICS.deadLetters);
    assert.equal(letters.length, 1);
    const value = letters[0]?.record.value ?? {};
    assert.equal(value['topic'], TOPICS.interactions);
    assert.equal(value['reason'], 'planted');
    const { place, bytes } = value;
    assert.ok(typeof place === 'string' && typeof bytes === 'string');
    assert.match(place, /^spool\/\d+\/\d+$/);
    assert.deepEqual(JSON.parse(Buffer.from(bytes, 'base64').toString()), bad);
    assert.match(await metrics.registry.metrics(), /purpgate_dead_letters_total\{place="shipper"\} 1\n/);
  });

  test('puts a record aside in parts when even its dead letter is too large, and goes on', async (t) => {
    const { spool, log } = await start(t);
    const most = 500_000;
    log.fail = (records) =>
      JSON.stringify(records).length > most ? new PurpgateError('event_invalid', { message: 'too large' }) : null;
    const large = { ...record(0), value: { text: 'large '.repeat(150_000) } };
    for (const one of [large, record(1)]) await spool.append(TOPICS.interactions, one);
    await until(() => spool.pending.bytes === 0);
    assert.deepEqual(numbersOf(log, TOPICS.interactions), [1]);
    const parts = log.kept
      .filter(({ topic }) => topic === TOPICS.deadLetters)
      .map(({ record: { value } }) => ({ place: text(value['place'], ''), bytes: text(value['bytes'], '') }));
    assert.ok(parts.length > 1 && parts.every(({ place }) => /^spool\/\d+\/\d+ bytes \d+-\d+ of \d+$/.test(place)));
    const bytes = Buffer.concat(parts.map((part) => Buffer.from(part.bytes, 'base64')));
    assert.deepEqual(JSON.parse(bytes.toString()), large);
  });

  test('ships what is left when it is stopped, and may be stopped twice', async (t) => {
    const { spool, log, shipper } = await start(t);
    log.fail = outage;
    for (let n = 0; n < 5; n++) await spool.append(TOPICS.interactions, record(n));
    await until(() => log.appends > 0);
    log.fail = () => null;
    await Promise.all([shipper.stop(), shipper.stop()]);
    assert.deepEqual(numbersOf(log, TOPICS.interactions), [0, 1, 2, 3, 4]);
  });

  test('does not wait for an outage when it is stopped; the next start ships the rest', async (t) => {
    const { spool, log, shipper, folder } = await start(t, { firstWaitMs: 1_000_000 });
    log.fail = outage;
    await spool.append(TOPICS.interactions, record(0));
    await until(() => log.appends > 0);
    await shipper.stop();
    await spool.close();
    const again = await reopen(folder);
    const working = new MemoryLog();
    const next = startShipper({ spool: again, log: working, metrics: createMetrics(), logger });
    await until(() => again.pending.bytes === 0);
    assert.deepEqual(numbersOf(working, TOPICS.interactions), [0]);
    await next.stop();
    await again.close();
  });

  test('ends within its time when the log never answers', async (t) => {
    const { spool, log, shipper } = await start(t, { drainMs: 20 });
    let asked = false;
    log.append = (_topic, _records, signal?: AbortSignal) =>
      new Promise((_, reject) => {
        asked = true;
        signal?.addEventListener('abort', () => {
          reject(outage());
        });
      });
    await spool.append(TOPICS.interactions, record(0));
    await until(() => asked);
    await shipper.stop();
    assert.ok(spool.pending.bytes > 0);
  });

  test('fills the Postgres table, dead letter and all', { timeout: 20_000 }, async (t) => {
    const own = await createTestDatabase();
    afterwards(t, () => own.drop());
    const log = createTableLog(own.database, { logger });
    afterwards(t, () => log.stop());
    const { spool } = await openFresh(t);
    for (let n = 0; n < 10; n++) await spool.append(TOPICS.interactions, record(n));
    await spool.append(TOPICS.interactions, { ...record(10), id: 'not a uuid' });
    const shipper = startShipper({ spool, log, metrics: createMetrics(), logger });
    await until(() => spool.pending.bytes === 0);
    await shipper.stop();
    assert.equal(await log.lag(TOPICS.interactions, 'reader'), 10);
    assert.equal(await log.lag(TOPICS.deadLetters, 'reader'), 1);
  });
});
