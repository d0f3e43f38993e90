/** Commands that work on the database of an instance: keys, versions, migrate. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Config, loadConfig } from '../config.js';
import { readRunFile } from '../data-folder.js';
import { type Database, migrate, openDatabase } from '../db.js';
import { startEmbeddedPostgres } from '../embedded-postgres.js';
import { lockDataFolder } from '../instance-lock.js';
import { versionsCommand as runVersions } from '../registry/command.js';
import { Resources } from '../resources.js';
import { type Logger, createLogger } from '../telemetry.js';
import type { Command } from './command.js';
import { KEYS_HELP, keysCommand as runKeys } from './keys.js';

export const keysCommand: Command = (args, io) => {
  if (asksForHelp(args) || args.length === 0) {
    io.stdout.write(KEYS_HELP);
    return Promise.resolve(args.length === 0 ? 2 : 0);
  }
  return withDatabase(async (open) => runKeys(args, io, await open()));
};

export const versionsCommand: Command = (args, io) => withDatabase((open) => runVersions(args, io, open));

export const migrateCommand: Command = (args, io) => {
  parseArgs({ args: [...args], options: { help: { type: 'boolean', short: 'h' } } });
  if (asksForHelp(args)) {
    io.stdout.write(`Usage: purpgate migrate

Brings the schema of the database up to date: DATABASE_URL, or the one of PURPGATE_DATA. Several may run at once.
`);
    return Promise.resolve(0);
  }
  return withDatabase(async (open) => {
    await open();
    io.stdout.write('The database schema is up to date.\n');
    return 0;
  });
};

function asksForHelp(args: readonly string[]): boolean {
  return args.includes('--help') || args.includes('-h');
}

/**
 * Lends a migrated database: DATABASE_URL, else that of the instance that runs on the data folder, else an embedded server for the time
 * of the command.
 */
async function withDatabase(work: (open: () => Promise<Database>) => Promise<number>): Promise<number> {
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
