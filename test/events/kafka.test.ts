import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { TOPICS, type LogRecord } from '../../src/events/event-log.js';
import { loadConfig } from '../../src/config.js';
import { createKafkaLog } from '../../src/events/kafka.js';
import { text } from '../../src/events/read.js';
import { createTopics } from '../../src/events/kafka/topics.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import { eventLogContract, type LogUnderTest } from '../contracts/event-log.js';
import { afterwards } from '../support/folder.js';
import { LOGIN, missingForBroker, startBroker, type Broker } from '../support/kafka/broker.js';
import { appendUntilTaken, ids, incompressible, makeKafkaScene, read, record } from '../support/kafka/log.js';

const topic = TOPICS.interactions;
const logger = createLogger('silent');
const missing = missingForBroker();

if (missing === null) {
  suite();
} else if (process.env['CI'] === 'true') {
  test('the Kafka suite can run', () => {
    assert.fail(missing);
  });
} else {
  test('the Kafka suite was left out', { skip: missing }, () => undefined);
}

function suite(): void {
  let broker: Broker;
  before(async () => {
    broker = await startBroker();
  });
  after(() => broker.stop());

  const makeKafkaLog = async (): Promise<LogUnderTest> => {
    const scene = await makeKafkaScene(broker);
    return {
      log: scene.open(),
      another: scene.open(),
      breakStore: () => broker.kill(),
      restoreStore: () => broker.restart(),
      close: () => scene.close(),
    };
  };
  eventLogContract('Kafka', makeKafkaLog, { appendIsIdempotent: false, timeoutMs: 60_000 });
  deliveryTests(() => broker);
  topicTests(() => broker);
  secureTests(() => broker);
}

function deliveryTests(broker: () => Broker): void {
  describe('Kafka log', () => {
    test('loses nothing and gives nothing twice when the broker is killed in mid-stream', {
      timeout: 90_000,
    }, async (t) => {
      const scene = await makeKafkaScene(broker());
      afterwards(t, () => scene.close());
      const log = scene.open();
      const reader = read(scene.open());
      const appended: LogRecord[] = [];
      let refusals = 0;
      const append = async (count: number): Promise<void> => {
        for (let n = 0; n < count; n++) {
          const batch = Array.from({ length: 5 }, (_, key) => record(`k${key}`, appended.length));
          refusals += await appendUntilTaken(log, batch);
          appended.push(...batch);
        }
      };
      await append(10);
      await reader.saw(20);
      const running = append(30);
      await broker().kill();
      await pause(500);
      await broker().restart();
      await running;
      await reader.saw(appended.length);
      await reader.leave();
      assert.ok(refusals > 0, 'no outage was seen');
      assert.equal(reader.seen.length, appended.length);
      for (let key = 0; key < 5; key++)
        assert.deepEqual(
          ids(reader.seen.filter((one) => one.key === `k${key}`)),
          ids(appended.filter((one) => one.key === `k${key}`)),
        );
      assert.equal(await log.lag(topic, 'reader'), 0);
    });

    test('shares partitions out anew without loss, repetition or reordering within a key', {
      timeout: 60_000,
    }, async (t) => {
      const scene = await makeKafkaScene(broker());
      afterwards(t, () => scene.close());
      const log = scene.open();
      const first = read(scene.open(), { delayMs: 20 });
      const appended: LogRecord[] = [];
      const append = async (count: number): Promise<void> => {
        for (let n = 0; n < count; n++) {
          const batch = Array.from({ length: 8 }, (_, key) => record(`k${key}`, appended.length));
          await log.append(topic, batch);
          appended.push(...batch);
        }
      };
      await append(20);
      await first.saw(1);
      // Joins while the first one works.
      const second = read(scene.open(), { delayMs: 20 });
      for (let rounds = 0; second.seen.length === 0; rounds++) {
        assert.ok(rounds < 200, 'the second consumer was given nothing');
        await append(1);
        await pause(20);
      }
      await first.leave();
      await append(20);
      while (first.seen.length + second.seen.length < appended.length) await pause(10);
      await second.leave();
      assert.ok(first.seen.length > 0);
      const seen = [...first.seen, ...second.seen];
      assert.deepEqual(ids(seen).sort(), ids(appended).sort());
      for (const { seen: own } of [first, second])
        for (let key = 0; key < 8; key++) {
          const numbers = own.filter((one) => one.key === `k${key}`).map(({ value }) => Number(value['n']));
          assert.deepEqual(
            numbers,
            numbers.toSorted((a, b) => a - b),
          );
        }
    });

    test('puts aside what is no record, with its bytes, and goes on', { timeout: 30_000 }, async (t) => {
      const scene = await makeKafkaScene(broker());
      afterwards(t, () => scene.close());
      const metrics = createMetrics();
      const log = scene.open({ metrics });
      const producer = scene.client.producer();
      await producer.connect();
      const foreign = { id: randomUUID(), n: 2 };
      await producer.send({
        topic: scene.settings.kafkaTopicPrefix + topic,
        messages: ['{"broken', '[1]', '{"n":1}', JSON.stringify(foreign), null].map((value) => ({ key: 'a', value })),
      });
      await producer.disconnect();
      const good = record('a', 3);
      await log.append(topic, [good]);
      const reader = read(log);
      await reader.saw(2);
      await reader.leave();
      assert.deepEqual(ids(reader.seen), [foreign.id, good.id]);
      assert.equal(await log.lag(topic, 'reader'), 0);
      const letters = read(log, { from: TOPICS.deadLetters });
      await letters.saw(4);
      await letters.leave();
      const texts = letters.seen.map(({ value }) => Buffer.from(text(value['bytes'], '/bytes'), 'base64').toString());
      assert.deepEqual(texts.sort(), ['', '[1]', '{"broken', '{"n":1}']);
      assert.ok(letters.seen.every(({ value }) => !text(value['reason'], '/reason').includes('broken')));
      assert.match(await metrics.registry.metrics(), /purpgate_dead_letters_total\{place="event log"\} 4\n/);
    });

    test('splits a batch that is larger than the broker takes, and refuses one record that is', {
      timeout: 30_000,
    }, async (t) => {
      const scene = await makeKafkaScene(broker(), { kafkaMaxMessageBytes: 65_536 });
      afterwards(t, () => scene.close());
      const log = scene.open();
      const records = Array.from({ length: 60 }, (_, n) => record('a', n, { text: incompressible(10_000) }));
      await log.append(topic, records);
      await assert.rejects(log.append(topic, [record('a', 60, { text: incompressible(200_000) })]), {
        code: 'event_invalid',
        retryable: false,
      });
      const last = record('a', 61);
      await log.append(topic, [last]);
      const reader = read(log);
      await reader.saw(61);
      await reader.leave();
      assert.deepEqual(ids(reader.seen), ids([...records, last]));
    });

    test('gives a record once that was appended again', { timeout: 30_000 }, async (t) => {
      const scene = await makeKafkaScene(broker());
      afterwards(t, () => scene.close());
      const log = scene.open();
      const records = Array.from({ length: 5 }, (_, n) => record('a', n));
      await log.append(topic, records);
      const reader = read(log);
      await reader.saw(5);
      await scene.open().append(topic, [...records, record('a', 5)]);
      await reader.saw(6);
      await reader.leave();
      assert.deepEqual(
        reader.seen.map(({ value }) => value['n']),
        [0, 1, 2, 3, 4, 5],
      );
      assert.equal(await log.lag(topic, 'reader'), 0);
    });

    test('measures the lag of its groups', { timeout: 30_000 }, async (t) => {
      const scene = await makeKafkaScene(broker());
      afterwards(t, () => scene.close());
      const metrics = createMetrics();
      const log = scene.open({ metrics });
      await log.append(topic, [record('a', 1), record('b', 2)]);
      const consuming = log.consume({
        topic,
        group: 'stuck',
        signal: AbortSignal.timeout(3_000),
        handle: () => Promise.reject(new Error('planted')),
      });
      await consuming;
      assert.match(
        await metrics.registry.metrics(),
        /purpgate_event_log_lag_records\{topic="purpgate\.interactions",group="stuck"\} 2\n/,
      );
    });
  });
}

function topicTests(broker: () => Broker): void {
  describe('topics on Kafka', () => {
    test('are made as configured, once, and left alone when they differ', { timeout: 30_000 }, async (t) => {
      const scene = await makeKafkaScene(broker(), { kafkaRetentionHours: 48 });
      afterwards(t, () => scene.close());
      const name = scene.settings.kafkaTopicPrefix + topic;
      const admin = scene.client.admin();
      await admin.connect();
      afterwards(t, () => admin.disconnect());
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [
          {
            type: kafkajs.ConfigResourceTypes.TOPIC,
            name,
            configNames: ['retention.ms', 'max.message.bytes', 'cleanup.policy'],
          },
        ],
      });
      const values = Object.fromEntries(
        resources[0]?.configEntries.map((one) => [one.configName, one.configValue]) ?? [],
      );
      assert.deepEqual(values, {
        'retention.ms': String(48 * 3_600_000),
        'max.message.bytes': String(64 << 20),
        'cleanup.policy': 'delete',
      });
      assert.deepEqual(await createTopics(scene.settings, logger), { created: [], differing: [] });
      const again = await createTopics({ ...scene.settings, kafkaPartitions: 5 }, logger);
      assert.deepEqual(again.created, []);
      assert.deepEqual(again.differing[0], { name, partitions: 3 });
    });

    test('that are not there delay an append and lose nothing', { timeout: 30_000 }, async (t) => {
      const scene = await makeKafkaScene(broker());
      afterwards(t, () => scene.close());
      const settings = { ...scene.settings, kafkaTopicPrefix: `${randomUUID()}.` };
      const log = scene.open({ settings });
      const one = record('a', 1);
      const reader = read(log);
      await assert.rejects(log.append(topic, [one]), { code: 'event_log_unavailable', retryable: true });
      await createTopics(settings, logger);
      await appendUntilTaken(log, [one]);
      await reader.saw(1);
      await reader.leave();
      assert.deepEqual(ids(reader.seen), [one.id]);
    });
  });
}

function secureTests(broker: () => Broker): void {
  describe('Kafka by TLS and SASL', () => {
    for (const kafkaSaslMechanism of ['plain', 'scram-sha-512'] as const)
      test(`logs in by ${kafkaSaslMechanism}, and not with another password or authority`, {
        timeout: 30_000,
      }, async (t) => {
        const scene = await makeKafkaScene(broker());
        afterwards(t, () => scene.close());
        const { address, caFile } = broker().secure;
        const settings = {
          ...scene.settings,
          kafkaBrokers: [address],
          kafkaTls: 'on',
          kafkaCaFile: caFile,
          kafkaSaslMechanism,
          kafkaSaslUsername: LOGIN.username,
          kafkaSaslPassword: LOGIN.password,
        } as const;
        const one = record('a', 1);
        for (const wrong of [{ kafkaSaslPassword: 'wrong' }, { kafkaCaFile: null }]) {
          const refused = scene.open({ settings: { ...settings, ...wrong } });
          await assert.rejects(refused.append(topic, [one]), { code: 'event_log_unavailable' });
        }
        const log = scene.open({ settings });
        await log.append(topic, [one]);
        const reader = read(log);
        await reader.saw(1);
        await reader.leave();
        assert.deepEqual(ids(reader.seen), [one.id]);
      });

    test('names the setting when the file of authorities cannot be read', () => {
      const settings = { ...loadConfig({ KAFKA_BROKERS: 'kafka:9093', KAFKA_TLS: 'on' }), kafkaCaFile: '/nowhere.pem' };
      assert.throws(() => createKafkaLog({ settings, logger, metrics: createMetrics() }), {
        code: 'setting_invalid',
        message: /KAFKA_CA_FILE/,
      });
    });
  });
}
