import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import type { TestContext } from 'node:test';
import { TOPICS, type LogRecord } from '../../src/events/event-log.js';
import { openSpool, type Spool, type SpoolOptions } from '../../src/events/spool.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import { afterwards, temporaryFolder } from './folder.js';

export const topic = TOPICS.interactions;
export const record = (n: number, size = 10): LogRecord => ({
  id: randomUUID(),
  key: 'a',
  value: { n, text: 'x'.repeat(size) },
});

export const reopen = (folder: string, options: Partial<SpoolOptions> = {}): Promise<Spool> =>
  openSpool({ folder, maxBytes: 1 << 20, metrics: createMetrics(), logger: createLogger('silent'), ...options });

export async function openFresh(
  t: TestContext,
  options: Partial<SpoolOptions> = {},
): Promise<{ spool: Spool; folder: string }> {
  const folder = await temporaryFolder(t);
  const spool = await reopen(folder, options);
  afterwards(t, () => spool.close());
  return { spool, folder };
}

/** Reads and acknowledges all there is. */
export async function drain(spool: Spool): Promise<unknown[]> {
  const numbers: unknown[] = [];
  for (let batch = await spool.read(); batch !== null; batch = await spool.read()) {
    numbers.push(...batch.records.map((one) => one.record.value['n']));
    await spool.acknowledge(batch);
  }
  return numbers;
}

export const count = (n: number): number[] => Array.from({ length: n }, (_, index) => index);
export const logFiles = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith('.log')).sort();
