/** Which log: Kafka where brokers are named, else the table. */
import type { Config } from '../config.js';
import type { Database } from '../db.js';
import type { Logger, Metrics } from '../telemetry.js';
import type { EventLog } from './event-log.js';
import { createKafkaLog } from './kafka.js';
import { createTableLog } from './table.js';

interface LogParts {
  readonly database: Database;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

export function createEventLog(config: Config, { database, metrics, logger }: LogParts): EventLog {
  if (config.kafkaBrokers.length === 0) return createTableLog(database, { logger });
  return createKafkaLog({ settings: config, metrics, logger });
}
