/** Appends to Kafka: acknowledged by all in-sync replicas, compressed, in order, one request after the other. */
import { CompressionTypes, type Kafka, Partitioners, type Producer } from 'kafkajs';
import { PurpgateError } from '../../errors.js';
import type { LogRecord } from '../event-log.js';
import { fromKafka, RETRY } from './connection.js';
import { type EncodedRecord, encodeRecord } from './messages.js';

/** Of one request: brokers take 1 MiB of compressed records unless the topic says more. kafkajs groups in quadratic time. */
const CHUNK_BYTES = 900 << 10;
const CHUNK_RECORDS = 1_000;

/**
 * A failed request leaves it open whether the broker has the records. kafkajs takes its sequence numbers back then, so that the next, other
 * request of the same producer would be taken for a repetition and be lost. Hence one request at a time, and a new producer
 * after each failure: the records may come twice then, under the same ids.
 */
export class Appender {
  #producer: Producer | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly kafka: Kafka) {}

  /** @throws PurpgateError `event_invalid` when a record is refused for good, `event_log_unavailable`. */
  append(topic: string, records: readonly LogRecord[], signal?: AbortSignal): Promise<void> {
    const sent = this.#turn.then(async () => {
      signal?.throwIfAborted();
      for (const chunk of chunksOf(records.map(encodeRecord))) await this.#send(topic, chunk);
    });
    this.#turn = sent.catch(() => undefined);
    return sent;
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = null;
    await producer?.disconnect();
  }

  async #send(topic: string, messages: EncodedRecord[]): Promise<void> {
    try {
      const producer = (this.#producer ??= await this.#connect());
      await producer.send({ topic, messages, acks: -1, compression: CompressionTypes.GZIP });
    } catch (thrown) {
      // What is left of the old connection is of no interest.
      await this.close().catch(() => undefined);
      const error = fromKafka(thrown);
      if (error.code !== 'event_invalid' || messages.length === 1) throw error;
      // Together they are too large, or one of them is at fault; halving keeps the order.
      const half = Math.ceil(messages.length / 2);
      await this.#send(topic, messages.slice(0, half));
      await this.#send(topic, messages.slice(half));
    }
  }

  async #connect(): Promise<Producer> {
    const producer = this.kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: RETRY,
    });
    try {
      await producer.connect();
    } catch (thrown) {
      await producer.disconnect().catch(() => undefined);
      throw thrown;
    }
    return producer;
  }
}

function* chunksOf(messages: readonly EncodedRecord[]): Generator<EncodedRecord[]> {
  let chunk: EncodedRecord[] = [];
  let bytes = 0;
  for (const message of messages) {
    if (chunk.length === CHUNK_RECORDS || (chunk.length > 0 && bytes + message.value.length > CHUNK_BYTES)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(message);
    bytes += message.value.length;
  }
  if (chunk.length > 0) yield chunk;
}

export function stopped(): PurpgateError {
  return new PurpgateError('event_log_unavailable', { message: 'the event log is stopped' });
}
