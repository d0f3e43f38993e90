/** Logs on the test broker, each on topics of its own. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { loadConfig } from '../../../src/config.js';
import { PurpgateError } from '../../../src/errors.js';
import {
  TOPICS,
  type DeliveredRecord,
  type EventLog,
  type LogRecord,
  type Topic,
} from '../../../src/events/event-log.js';
import { createKafkaLog, type KafkaLogOptions } from '../../../src/events/kafka.js';
import { createTopics } from '../../../src/events/kafka/topics.js';
import type { KafkaSettings } from '../../../src/events/kafka/connection.js';
import { createLogger, createMetrics } from '../../../src/telemetry.js';
import type { Broker } from './broker.js';

export interface KafkaScene {
  readonly settings: KafkaSettings;
  open(options?: Partial<KafkaLogOptions>): EventLog;
  /** The client under the log, for what the log does not do. */
  readonly client: Kafka;
  close(): Promise<void>;
}

/** A rebalance is noticed by heartbeats: in production each 3 s. */
const timing = { heartbeatMs: 50, sessionMs: 3_000, rebalanceMs: 5_000 };

export async function makeKafkaScene(broker: Broker, given: Partial<KafkaSettings> = {}): Promise<KafkaScene> {
  const settings = {
    ...loadConfig({ KAFKA_BROKERS: broker.address }),
    kafkaTopicPrefix: `${randomUUID()}.`,
    kafkaPartitions: 3,
    ...given,
  };
  const logger = createLogger('silent');
  await createTopics(settings, logger);
  const client = new Kafka({ brokers: [...settings.kafkaBrokers], logLevel: logLevel.NOTHING });
  const opened: EventLog[] = [];
  return {
    settings,
    client,
    open(options = {}) {
      const log = createKafkaLog({ settings, logger, metrics: createMetrics(), timing, ...options });
      opened.push(log);
      return log;
    },
    async close() {
      await Promise.all(opened.map((log) => log.stop()));
      const admin = client.admin();
      await admin.connect();
      await admin.deleteTopics({ topics: Object.values(TOPICS).map((topic) => settings.kafkaTopicPrefix + topic) });
      await admin.disconnect();
    },
  };
}

export const record = (key: string, n: number, more: Record<string, string> = {}): LogRecord => ({
  id: randomUUID(),
  key,
  value: { n, ...more },
});
export const ids = (records: readonly LogRecord[]): string[] => records.map(({ id }) => id);

/** Text that gzip makes at most a quarter smaller. */
export const incompressible = (bytes: number): string =>
  Array.from({ length: Math.ceil(bytes / 36) }, () => randomUUID())
    .join('')
    .slice(0, bytes);

interface Reader {
  readonly seen: DeliveredRecord[];
  /** Resolves when so many different records were delivered. */
  saw(count: number): Promise<void>;
  leave(): Promise<void>;
}

interface ReadOptions {
  readonly from?: Topic;
  readonly delayMs?: number;
}

export function read(log: EventLog, { from = TOPICS.interactions, delayMs = 0 }: ReadOptions = {}): Reader {
  const seen: DeliveredRecord[] = [];
  const done = new AbortController();
  const consuming = log.consume({
    topic: from,
    group: 'reader',
    signal: done.signal,
    handle: async (records) => {
      if (delayMs > 0) await pause(delayMs);
      seen.push(...records);
    },
  });
  return {
    seen,
    async saw(count) {
      while (new Set(ids(seen)).size < count) await pause(10);
    },
    async leave() {
      done.abort();
      await consuming;
    },
  };
}

/** As the shipper does: again until the log has it. Gives the number of refusals. */
export async function appendUntilTaken(log: EventLog, records: readonly LogRecord[]): Promise<number> {
  for (let refusals = 0; ; refusals++) {
    try {
      await log.append(TOPICS.interactions, records);
      return refusals;
    } catch (error) {
      assert.ok(error instanceof PurpgateError && error.retryable, String(error));
      await pause(50);
    }
  }
}
