/** Makes the topics. What is there already is left as the operator has it. */
import type { Admin } from 'kafkajs';
import type { Logger } from '../../telemetry.js';
import { TOPICS, type Topic } from '../event-log.js';
import { createKafka, fromKafka, type KafkaSettings, topicName } from './connection.js';

const HOUR_MS = 3_600_000;
/** A dead letter holds a record in base64, which is 4/3 of it, and says where it comes from. */
const LETTER_FACTOR = 1.5;

export interface TopicReport {
  readonly created: readonly string[];
  readonly differing: readonly { readonly name: string; readonly partitions: number }[];
}

/**
 * Several may run at once. More partitions are not added to a topic that is there: a key would change its partition, and lose its order.
 * @throws PurpgateError `event_log_unavailable`, `setting_invalid`.
 */
export async function createTopics(settings: KafkaSettings, logger: Logger): Promise<TopicReport> {
  const admin = createKafka(settings, logger).admin();
  try {
    await admin.connect();
    const there = new Set(await admin.listTopics());
    const missing = Object.values(TOPICS).filter((topic) => !there.has(topicName(settings, topic)));
    if (missing.length > 0)
      await admin.createTopics({ waitForLeaders: true, topics: missing.map((topic) => describe(settings, topic)) });
    const created = missing.map((topic) => topicName(settings, topic));
    return { created, differing: await findDiffering(admin, settings) };
  } catch (thrown) {
    throw fromKafka(thrown);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

function describe(settings: KafkaSettings, topic: Topic) {
  const { kafkaPartitions, kafkaReplicationFactor, kafkaRetentionHours, kafkaMaxMessageBytes } = settings;
  const factor = topic === TOPICS.deadLetters ? LETTER_FACTOR : 1;
  const entries = {
    'cleanup.policy': 'delete',
    'retention.ms': String(kafkaRetentionHours * HOUR_MS),
    'max.message.bytes': String(Math.ceil(kafkaMaxMessageBytes * factor)),
  };
  return {
    topic: topicName(settings, topic),
    numPartitions: kafkaPartitions,
    // -1 is the protocol's word for the broker's own default.
    replicationFactor: kafkaReplicationFactor ?? -1,
    configEntries: Object.entries(entries).map(([name, value]) => ({ name, value })),
  };
}

async function findDiffering(admin: Admin, settings: KafkaSettings): Promise<TopicReport['differing']> {
  const names = Object.values(TOPICS).map((topic) => topicName(settings, topic));
  const { topics } = await admin.fetchTopicMetadata({ topics: names });
  return topics
    .map(({ name, partitions }) => ({ name, partitions: partitions.length }))
    .filter(({ partitions }) => partitions !== settings.kafkaPartitions);
}
