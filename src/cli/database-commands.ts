/** Commands that work on the database of an instance: keys, versions, export, erase, audit, migrate. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Config, loadConfig } from '../config.js';
import { readRunFile } from '../data-folder.js';
import { type Database, migrate, openDatabase } from '../db.js';
import { startEmbeddedPostgres } from '../embedded-postgres.js';
import { createTopics } from '../events/kafka/topics.js';
import { lockDataFolder } from '../instance-lock.js';
import { versionsCommand as runVersions } from '../release/command.js';
import { Resources } from '../resources.js';
import { type Logger, createLogger } from '../telemetry.js';
import type { Command } from './command.js';
import { auditCommand as runAudit } from './audit.js';
import { eraseCommand as runErase } from './erase.js';
import { exportCommand as runExport } from './export.js';
import { KEYS_HELP, keysCommand as runKeys } from './keys.js';

export const keysCommand: Command = (args, io) => {
  if (asksForHelp(args) || args.length === 0) {
    io.stdout.write(KEYS_HELP);
    return Promise.resolve(args.length === 0 ? 2 : 0);
  }
  return withDatabase(async (open) => runKeys(args, io, await open()));
};

export const versionsCommand: Command = (args, io) => withDatabase((open) => runVersions(args, io, open));

export const exportCommand: Command = (args, io) => withDatabase((open) => runExport(args, io, open));

export const eraseCommand: Command = (args, io) => withDatabase((open) => runErase(args, io, open));

export const auditCommand: Command = (args, io) => withDatabase((open) => runAudit(args, io, open));

export const migrateCommand: Command = (args, io) => {
  parseArgs({ args: [...args], options: { help: { type: 'boolean', short: 'h' } } });
  if (asksForHelp(args)) {
    io.stdout.write(`Usage: purpgate migrate

Brings the schema of the database up to date: DATABASE_URL, or the one of PURPGATE_DATA. With KAFKA_BROKERS it creates the topics that
are missing, too. Several may run at once.
`);
    return Promise.resolve(0);
  }
  return withDatabase(async (open) => {
    await open();
    io.stdout.write('The database schema is up to date.\n');
    await migrateTopics(io);
    return 0;
  });
};

async function migrateTopics(io: Parameters<Command>[1]): Promise<void> {
  const config = loadConfig();
  if (config.kafkaBrokers.length === 0) return;
  const { created, differing } = await createTopics(config, createLogger(config.logLevel));
  io.stdout.write(created.length === 0 ? 'The topics are there.\n' : `Created ${created.join(', ')}.\n`);
  for (const { name, partitions } of differing)
    io.stdout.write(
      `${name} has ${partitions} partitions, KAFKA_PARTITIONS says ${config.kafkaPartitions}: left as it is.\n`,
    );
}

function asksForHelp(args: readonly string[]): boolean {
  return args.includes('--help') || args.includes('-h');
}

/**
 * Lends a migrated database: DATABASE_URL, else that of the instance that runs on the data folder, else an embedded server for the time
 * of the command.
 */
export async function withDatabase<T>(work: (open: () => Promise<Database>) => Promise<T>): Promise<T> {
  const config = loadConfig();
  const logger = createLogger(config.logLevel);
  const resources = new Resources();
  try {
    return await work(async () => {
      const url = config.databaseUrl ?? (await urlOfDataFolder(config, resources, logger));
      await migrate(url, logger);
      const database = await openDatabase(url, logger);
      resources.defer('database', () => database.close());
      return database;
    });
  } finally {
    await resources.stop();
  }
}

async function urlOfDataFolder(config: Config, resources: Resources, logger: Logger): Promise<string> {
  const run = await readRunFile(config.dataFolder);
  if (run !== null) return run.databaseUrl;
  const lock = await lockDataFolder(config.dataFolder);
  resources.defer('data folder lock', () => lock.release());
  const postgres = await startEmbeddedPostgres({ folder: join(config.dataFolder, 'postgres'), logger });
  return resources.own('PostgreSQL', postgres).url;
}
