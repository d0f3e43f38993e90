/** Reads a topic of a test broker from end to end. */
import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, type KafkaMessage } from 'kafkajs';
import type { DeliveredRecord, Topic } from '../../../src/events/event-log.js';
import { readMessage } from '../../../src/events/kafka/messages.js';

/** Visits all records that the topic holds at this moment, copies too, which the log's own consumers pass over. Gives how many messages there are. */
export function readTopic(address: string, topic: Topic, visit: (record: DeliveredRecord) => void): Promise<number> {
  return readMessages(address, topic, (message, partition) => {
    const read = readMessage(message, { topic, partition });
    if (read.type === 'record') visit(read.record);
  });
}

/** The same, as the broker has them. */
export async function readMessages(
  address: string,
  topic: Topic,
  visit: (message: KafkaMessage, partition: number) => void,
): Promise<number> {
  const kafka = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const total = offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
  if (total === 0) return 0;
  const consumer = kafka.consumer({ groupId: `reader-${randomUUID()}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  let seen = 0;
  await new Promise<void>((resolve, reject) => {
    const run = consumer.run({
      autoCommit: false,
      eachMessage: ({ message, partition }) => {
        visit(message, partition);
        seen += 1;
        if (seen >= total) resolve();
        return Promise.resolve();
      },
    });
    run.catch(reject);
  });
  await consumer.disconnect();
  return total;
}
