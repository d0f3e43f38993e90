/** A process that starts an embedded engine on the folder it is given, prints the id of the engine's process, and stays. */
import { createEmbeddedEngine } from '../../src/engine/embedded/engine.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';

const engine = createEmbeddedEngine({
  folder: process.argv[2] ?? '',
  threads: 1,
  maxQueued: 1,
  logger: createLogger('silent'),
  metrics: createMetrics(),
});
await engine.start(new AbortController().signal);
console.log(engine.processId);
