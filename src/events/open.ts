/** Which log: Kafka where brokers are named, else the table. */
import type { Config } from '../config.js';
import type { Database } from '../db.js';
import { PurpgateError } from '../errors.js';
import type { Logger, Metrics } from '../telemetry.js';
import type { EventLog } from './event-log.js';
import { createKafkaLog } from './kafka.js';
import { createTopics } from './kafka/topics.js';
import { createTableLog } from './table.js';

interface LogParts {
  readonly database: Database;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/**
 * Topics that are missing are created, as a start brings the schema up to date. A cluster that is away is waited for by what uses it:
 * the spool takes the events.
 */
export async function openEventLog(config: Config, { database, metrics, logger }: LogParts): Promise<EventLog> {
  if (config.kafkaBrokers.length === 0) return createTableLog(database, { logger });
  try {
    await createTopics(config, logger);
  } catch (error) {
    if (!(error instanceof PurpgateError) || !error.retryable) throw error;
    logger.warn({ error }, 'the topics could not be looked at; `purpgate migrate` makes them');
  }
  return createKafkaLog({ settings: config, metrics, logger });
}
