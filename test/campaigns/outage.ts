/**
 * A real Kafka broker is away for minutes while interactions go on being made: none may be lost, all must be in the topic once it is back, and
 * the spool empty. The spool and the shipper are those of the gateway, in this process; interactions are appended to the spool at a
 * steady rate, as serving does it, without the HTTP in front.
 *
 *   npm run campaign:outage [-- --minutes 10] [--rate 500]
 */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { loadConfig } from '../../src/config.js';
import { TOPICS, type LogRecord } from '../../src/events/event-log.js';
import { createKafkaLog } from '../../src/events/kafka.js';
import { createTopics } from '../../src/events/kafka/topics.js';
import { startShipper } from '../../src/events/shipper.js';
import { openSpool, type Spool } from '../../src/events/spool.js';
import { Resources } from '../../src/resources.js';
import { toJson } from '../../src/serve/record.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import { uuidv7 } from '../../src/text/uuid.js';
import { answer, consented } from '../support/events.js';
import { makeFolder } from '../support/folder.js';
import { startBroker } from '../support/kafka/broker.js';
import { readTopic } from '../support/kafka/read-topic.js';

/** Before the outage and after it. */
const STEADY_MS = 5_000;
const TICK_MS = 20;
const ANSWER = answer(
  `A longer answer. ${'It says something about the sea, and about what lies behind it. '.repeat(40)}`,
);

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, rate: { type: 'string', default: '500' } },
});
const minutes = Number(values.minutes);
const rate = Number(values.rate);

interface Appended {
  readonly ids: Set<string>;
  /** Seconds that an append took, at most. */
  slowest: number;
  refused: number;
}

/** Keeps the rate on average: what a tick could not append is made up for by the next. */
async function append(spool: Spool, found: Appended, signal: AbortSignal): Promise<void> {
  const started = performance.now();
  const pending = new Set<Promise<void>>();
  let sent = 0;
  while (!signal.aborted) {
    for (const due = ((performance.now() - started) / 1000) * rate; sent < due; sent += 1) {
      const event = consented({ id: uuidv7(), conversation_id: `conversation-${sent % 1000}`, raw: [ANSWER] });
      const record = { id: event.id, key: event.conversation_id, value: toJson(event) };
      const appended = one(spool, record, found).finally(() => pending.delete(appended));
      pending.add(appended);
    }
    await delay(TICK_MS);
  }
  await Promise.all(pending);
}

async function one(spool: Spool, record: LogRecord, found: Appended): Promise<void> {
  const started = performance.now();
  try {
    await spool.append(TOPICS.interactions, record);
    found.ids.add(record.id);
  } catch {
    found.refused += 1;
  }
  found.slowest = Math.max(found.slowest, (performance.now() - started) / 1000);
}

const resources = new Resources();
const folder = await makeFolder();
resources.defer('folder', () => rm(folder, { recursive: true, force: true }));
try {
  const broker = resources.own('broker', await startBroker());
  const settings = loadConfig({ KAFKA_BROKERS: broker.address, KAFKA_PARTITIONS: '3' });
  const [logger, metrics] = [createLogger('silent'), createMetrics()];
  await createTopics(settings, logger);
  const spool = await openSpool({ folder: join(folder, 'spool'), maxBytes: 32 * 2 ** 30, metrics, logger });
  resources.defer('spool', () => spool.close());
  const log = resources.own('log', createKafkaLog({ settings, logger, metrics }));
  resources.own('shipper', startShipper({ spool, log, metrics, logger }));
  const found: Appended = { ids: new Set(), slowest: 0, refused: 0 };
  const stopping = new AbortController();
  const appending = append(spool, found, stopping.signal);
  await delay(STEADY_MS);
  await broker.kill();
  const goneAt = Date.now();
  let most = 0;
  while (Date.now() - goneAt < minutes * 60_000) {
    await delay(10_000);
    most = Math.max(most, spool.pending.bytes);
    const away = Math.round((Date.now() - goneAt) / 1000);
    console.log(
      `${away} s without the broker: ${found.ids.size} durable, ${(most / 2 ** 20).toFixed(0)} MiB in the spool`,
    );
  }
  await broker.restart();
  const backAt = Date.now();
  await delay(STEADY_MS);
  stopping.abort();
  await appending;
  while (spool.pending.bytes > 0) await delay(200);
  const drainSeconds = (Date.now() - backAt) / 1000;
  const inKafka = new Set<string>();
  const records = await readTopic(broker.address, TOPICS.interactions, ({ id }) => inKafka.add(id));
  const lost = [...found.ids].filter((id) => !inKafka.has(id)).length;
  const findings = {
    minutes,
    rate,
    durable: found.ids.size,
    refused: found.refused,
    slowestAppendSeconds: Number(found.slowest.toFixed(2)),
    spoolMiB: Math.round(most / 2 ** 20),
    drainedAfterSeconds: Number(drainSeconds.toFixed(1)),
    records,
    copies: records - inKafka.size,
    lost,
  };
  console.log(JSON.stringify(findings));
  assert.equal(lost, 0);
  assert.equal(found.refused, 0);
  assert.ok(found.ids.size >= 0.98 * rate * minutes * 60, 'the rate was not kept');
} catch (thrown) {
  console.error(thrown);
  process.exitCode = 1;
} finally {
  await resources.stop();
}
