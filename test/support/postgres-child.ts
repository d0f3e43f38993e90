/** Starts the embedded PostgreSQL on the given folder, prints its process id and address, and stays. */
import { startEmbeddedPostgres } from '../../src/embedded-postgres.js';
import { createLogger } from '../../src/telemetry.js';

const server = await startEmbeddedPostgres({ folder: process.argv[2] ?? '', logger: createLogger('silent') });
console.log(JSON.stringify({ pid: server.pid, url: server.url }));
