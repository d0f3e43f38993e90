/** Records of the log as Kafka messages: the key is the record's, the value its JSON, and the header `id` its id. */
import type { KafkaMessage, Message } from 'kafkajs';
import type { DeadLetter } from '../dead-letter.js';
import type { DeliveredRecord, LogRecord, Topic } from '../event-log.js';
import { jsonObject, uuid } from '../read.js';
import { toPurpgateError } from '../../errors.js';

export interface EncodedRecord extends Message {
  readonly value: Buffer;
}

export function encodeRecord({ id, key, value }: LogRecord): EncodedRecord {
  return { key, value: Buffer.from(JSON.stringify(value)), headers: { id } };
}

export type ReadMessage =
  | { readonly type: 'record'; readonly record: DeliveredRecord }
  /** Not a record of ours: any client of the cluster may write to a topic. */
  | { readonly type: 'poison'; readonly letter: DeadLetter };

export interface MessageSource {
  readonly topic: Topic;
  readonly partition: number;
}

export function readMessage({ offset, key, value, headers }: KafkaMessage, source: MessageSource): ReadMessage {
  const place = `${source.topic}/${source.partition}/${offset}`;
  try {
    const parsed = jsonObject(JSON.parse(value?.toString() ?? 'null'), '');
    // A client that does not know of the header still writes events, which carry their id.
    const id = uuid(headers?.['id']?.toString() ?? parsed['id'], '/id');
    return { type: 'record', record: { id, key: key?.toString() ?? '', value: parsed, place } };
  } catch (thrown) {
    // A JSON parser's message quotes the text, which may be anybody's.
    const reason = thrown instanceof SyntaxError ? 'not JSON' : toPurpgateError(thrown).message;
    return { type: 'poison', letter: { topic: source.topic, place, reason, bytes: value ?? Buffer.alloc(0) } };
  }
}
