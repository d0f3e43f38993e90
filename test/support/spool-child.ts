/** Appends to the spool in the given folder, 20 at a time, and prints the number of each record when it is durable. */
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { TOPICS } from '../../src/events/event-log.js';
import { openSpool } from '../../src/events/spool.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';

const [, , folder = '', first = '0'] = process.argv;
const spool = await openSpool({ folder, maxBytes: 1 << 20, metrics: createMetrics(), logger: createLogger('silent') });
let next = Number(first);
const append = async (): Promise<never> => {
  for (;;) {
    const n = next++;
    await spool.append(TOPICS.interactions, { id: randomUUID(), key: 'a', value: { n, text: 'x'.repeat(n % 700) } });
    writeSync(1, `${n}\n`);
  }
};
await Promise.all(Array.from({ length: 20 }, append));
