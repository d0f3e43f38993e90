/** How purpgate reaches a Kafka cluster, and what its topics and groups are called there. */
import { readFileSync } from 'node:fs';
import { Kafka, type KafkaConfig, logLevel, type SASLOptions } from 'kafkajs';
import type { Config } from '../../config.js';
import { PurpgateError } from '../../errors.js';
import type { Logger } from '../../telemetry.js';
import type { Topic } from '../event-log.js';

export type KafkaSettings = Pick<
  Config,
  | 'kafkaBrokers'
  | 'kafkaTls'
  | 'kafkaCaFile'
  | 'kafkaSaslMechanism'
  | 'kafkaSaslUsername'
  | 'kafkaSaslPassword'
  | 'kafkaTopicPrefix'
  | 'kafkaPartitions'
  | 'kafkaReplicationFactor'
  | 'kafkaRetentionHours'
  | 'kafkaMaxMessageBytes'
>;

/** Of one request. Who asks tries again later by himself, so that an outage is told soon. */
export const RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 3 };
const CONNECT_MS = 3_000;
/** A broker that takes longer counts as away; kafkajs cuts the connection, and the producer's sequence keeps a retry from doubling. */
const REQUEST_MS = 15_000;

/** Connects nothing yet. @throws PurpgateError `setting_invalid` when the CA file cannot be read. */
export function createKafka(settings: KafkaSettings, logger: Logger): Kafka {
  const { kafkaBrokers, kafkaTls } = settings;
  return new Kafka({
    clientId: 'purpgate',
    brokers: [...kafkaBrokers],
    ssl: kafkaTls === 'on' ? certificates(settings) : false,
    ...saslOf(settings),
    connectionTimeout: CONNECT_MS,
    authenticationTimeout: CONNECT_MS,
    requestTimeout: REQUEST_MS,
    retry: RETRY,
    logLevel: logLevel.INFO,
    // What matters of it comes back as an error and is logged by whoever is told.
    logCreator:
      () =>
      ({ namespace, log: { message, error } }) => {
        logger.debug({ kafka: namespace, reason: typeof error === 'string' ? error : undefined }, message);
      },
  });
}

function certificates({ kafkaCaFile }: KafkaSettings): { ca?: string[] } {
  if (kafkaCaFile === null) return {};
  try {
    return { ca: [readFileSync(kafkaCaFile, 'utf8')] };
  } catch (cause) {
    throw new PurpgateError('setting_invalid', {
      publicMessage: `KAFKA_CA_FILE: ${kafkaCaFile} cannot be read`,
      cause,
    });
  }
}

function saslOf(settings: KafkaSettings): Pick<KafkaConfig, 'sasl'> {
  const { kafkaSaslMechanism: mechanism, kafkaSaslUsername, kafkaSaslPassword } = settings;
  if (mechanism === 'none') return {};
  // loadConfig has seen to it that both are there.
  const sasl: SASLOptions = { mechanism, username: kafkaSaslUsername ?? '', password: kafkaSaslPassword ?? '' };
  return { sasl };
}

/** The topic's name in the cluster. */
export function topicName({ kafkaTopicPrefix }: KafkaSettings, topic: Topic): string {
  return `${kafkaTopicPrefix}${topic}`;
}

/** One Kafka group per topic: members of a group that read different topics would be given each other's partitions. */
export function groupName(settings: KafkaSettings, topic: Topic, group: string): string {
  return `${settings.kafkaTopicPrefix}purpgate-${group}.${topic}`;
}

/** Protocol errors about the records themselves: no retry helps. */
const REFUSALS: readonly unknown[] = [
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
];

/** Any error of kafkajs as ours: `event_invalid` when the records were refused, else the retryable `event_log_unavailable`. */
export function fromKafka(thrown: unknown): PurpgateError {
  if (thrown instanceof PurpgateError) return thrown;
  const refusal = protocolErrors(thrown).find((type) => REFUSALS.includes(type));
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new PurpgateError(refusal === undefined ? 'event_log_unavailable' : 'event_invalid', {
    message: `Kafka: ${text}`,
    cause: thrown,
  });
}

/** The protocol's names of the error and its causes, outermost first. */
export function protocolErrors(thrown: unknown): string[] {
  const types: string[] = [];
  for (let error = thrown; error instanceof Error && types.length < 8; error = error.cause)
    types.push('type' in error && typeof error.type === 'string' ? error.type : '');
  return types.filter((type) => type !== '');
}
