/** Makes the topics. What is there already is left as the operator has it. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import type { Logger } from '../../telemetry.js';
import { TOPICS, type Topic } from '../event-log.js';
import { createKafka, fromKafka, type KafkaSettings, protocolErrors, topicName } from './connection.js';

const HOUR_MS = 3_600_000;
/** A dead letter holds a record in base64, which is 4/3 of it, and says where it comes from. */
const LETTER_FACTOR = 1.5;

const NOT_YET_KNOWN = ['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE'];
const ATTEMPTS = 50;
const ATTEMPT_MS = 200;

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
    const created: string[] = [];
    for (const topic of Object.values(TOPICS)) {
      if (there.has(topicName(settings, topic))) continue;
      const made = await admin.createTopics({ waitForLeaders: false, topics: [describe(settings, topic)] });
      // Not made: somebody else was quicker.
      if (made) created.push(topicName(settings, topic));
    }
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
  const partitions = await countPartitions(admin, names);
  return names
    .map((name) => ({ name, partitions: partitions.get(name) ?? 0 }))
    .filter((one) => one.partitions !== settings.kafkaPartitions);
}

/** A broker knows of a new topic some time after the controller has made it. */
async function countPartitions(admin: Admin, names: string[]): Promise<Map<string, number>> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: names });
      return new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
    } catch (thrown) {
      const isNew = protocolErrors(thrown).some((type) => NOT_YET_KNOWN.includes(type));
      if (!isNew || attempt === ATTEMPTS) throw thrown;
      await pause(ATTEMPT_MS);
    }
  }
}
