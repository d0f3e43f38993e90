/**
 * How many records a second the spool makes durable, and how many interactions a second the scorer takes from the log to reward rows.
 * Writes the section `The interaction log` of docs/benchmarks.md.
 *
 *   npm run bench:events [-- [--seconds 10] [--samples 4000] [--output FILE]]
 *
 * Appends of 4 KB are of many requests at once, as a gateway's are; turns of them and of a raw write with fdatasync follow one another in one
 * run. The scorer is the whole of it: table log, all oracles but `correctness`, one transaction per interaction, reward events appended.
 */
import { chmod, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../src/config.js';
import { migrate, openDatabase, type Database } from '../../src/db.js';
import { startEmbeddedPostgres } from '../../src/embedded-postgres.js';
import { TOPICS, type EventLog } from '../../src/events/event-log.js';
import { openSpool } from '../../src/events/spool.js';
import { createTableLog } from '../../src/events/table.js';
import { createCodeScanner } from '../../src/guard/code/scanner.js';
import { Resources } from '../../src/resources.js';
import { createSampleScorer } from '../../src/reward/score.js';
import { startScorer } from '../../src/reward/scorer.js';
import { toJson } from '../../src/serve/record.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import { uuidv7 } from '../../src/text/uuid.js';
import type { JsonObject } from '../../src/types.js';
import { createGenerator } from '../../trainer/data/generator.js';
import { TRAINING } from '../../trainer/data/sample.js';
import { answer, consented } from '../support/events.js';
import { quantile } from './pass-through.js';
import { machineLines, writeSection } from './report.js';

const RECORD_BYTES = 4_000;
/** Requests that wait for their record at once. */
const WRITERS = 512;
const TURN_MS = 1_000;
const SILENT = createLogger('silent');

interface Appends {
  /** Per second, of each turn. */
  readonly rates: number[];
  /** Milliseconds, of every append and of every raw write. */
  readonly waits: number[];
  readonly raw: number[];
  /** Raw write with fdatasync of as many records as one append shared its sync with, on average, in milliseconds. */
  readonly rawBatch: number[];
}

/** Four kilobytes that are another text each time. */
function value(turn: number): JsonObject {
  const line = `request ${turn}: a line of a record that stands for a prompt and its answer, with "quotes" in it.\n`;
  return { turn, text: line.repeat(Math.ceil(RECORD_BYTES / line.length)).slice(0, RECORD_BYTES - 120) };
}

async function measureAppends(folder: string, seconds: number): Promise<Appends> {
  const spool = await openSpool({
    folder: join(folder, 'spool'),
    maxBytes: 64 * 2 ** 30,
    metrics: createMetrics(),
    logger: SILENT,
  });
  const file = await open(join(folder, 'raw'), 'w');
  const found: Appends = { rates: [], waits: [], raw: [], rawBatch: [] };
  let turn = 0;
  const writer = async (end: number): Promise<number> => {
    let count = 0;
    while (performance.now() < end) {
      const started = performance.now();
      await spool.append(TOPICS.interactions, {
        id: uuidv7(),
        key: `conversation-${turn % 100}`,
        value: value(turn++),
      });
      found.waits.push(performance.now() - started);
      count += 1;
    }
    return count;
  };
  const rawFor = async (bytes: number, waits: number[], end: number): Promise<void> => {
    const buffer = Buffer.alloc(bytes, 1);
    for (let at = 0; performance.now() < end; at += bytes) {
      const started = performance.now();
      await file.write(buffer, 0, bytes, at);
      await file.datasync();
      waits.push(performance.now() - started);
    }
  };
  for (let at = 0; at < seconds; at += 1) {
    const started = performance.now();
    const counts = await Promise.all(Array.from({ length: WRITERS }, () => writer(started + TURN_MS)));
    const count = counts.reduce((sum, one) => sum + one, 0);
    found.rates.push((count * 1000) / (performance.now() - started));
    // What is read is deleted: the disk need not hold the whole run.
    for (let batch = await spool.read(); batch !== null; batch = await spool.read()) await spool.acknowledge(batch);
    await rawFor(RECORD_BYTES, found.raw, performance.now() + TURN_MS / 2);
    await rawFor(RECORD_BYTES * WRITERS, found.rawBatch, performance.now() + TURN_MS / 2);
  }
  await file.close();
  await spool.close();
  return found;
}

/** Requests and answers of every kind that the policy is trained on. */
async function fillLog(log: EventLog, samples: number): Promise<void> {
  const generator = createGenerator(1, TRAINING);
  for (let done = 0; done < samples; done += 500) {
    const records = Array.from({ length: Math.min(500, samples - done) }, () => {
      const sample = generator.next();
      const event = consented({
        request: {
          messages: sample.messages.map(({ role, content }) => ({ role, content })),
          tools: [],
          sampling: {},
          extra: {},
        },
        raw: [answer(sample.answer, { reasoning: sample.analysis })],
      });
      return { id: event.id, key: event.conversation_id, value: toJson(event) };
    });
    await log.append(TOPICS.interactions, records);
  }
}

async function count(database: Database): Promise<number> {
  const [row] = await database.query<{ count: string }>('SELECT count(*) FROM rewards');
  return Number(row?.count);
}

/** Rewards per second, from the first that stands to the last. */
async function measureScorer(folder: string, samples: number): Promise<number> {
  const resources = new Resources();
  try {
    await chmod(folder, 0o711);
    const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), logger: SILENT });
    resources.own('postgres', postgres);
    await migrate(postgres.url, SILENT);
    const database = await openDatabase(postgres.url, SILENT);
    resources.defer('database', () => database.close());
    const log = resources.own('log', createTableLog(database, { logger: SILENT }));
    await fillLog(log, samples);
    const scanner = resources.own('scanner', await createCodeScanner({ deadlineMs: 5_000 }));
    const metrics = createMetrics();
    const scorer = createSampleScorer({ scanner });
    const started = resources.own('scorer', startScorer({ log, database, scorer, metrics, logger: SILENT }));
    started.done.catch(() => undefined);
    let first: { readonly at: number; readonly count: number } | null = null;
    for (;;) {
      const now = await count(database);
      // Grammars are loaded with the first.
      if (now > 0) first ??= { at: performance.now(), count: now };
      if (now >= samples && first !== null) return ((now - first.count) * 1000) / (performance.now() - first.at);
      await delay(20);
    }
  } finally {
    await resources.stop();
  }
}

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    samples: { type: 'string', default: '4000' },
    output: { type: 'string', default: join(packageRoot, 'docs', 'benchmarks.md') },
  },
});
const folder = await mkdtemp(join(tmpdir(), 'purpgate-bench-'));
try {
  const appends = await measureAppends(folder, Number(values.seconds));
  const perSecond = await measureScorer(folder, Number(values.samples));
  const rate = quantile(appends.rates, 0.5);
  const times = (whole: number, part: number): string => `${(whole / part).toFixed(1)} ×`;
  const [wait, raw, batch] = [appends.waits, appends.raw, appends.rawBatch].map((waits) => ({
    p50: quantile(waits, 0.5),
    p99: quantile(waits, 0.99),
  })) as [Record<'p50' | 'p99', number>, Record<'p50' | 'p99', number>, Record<'p50' | 'p99', number>];
  const row = (name: string, { p50, p99 }: Record<'p50' | 'p99', number>): string =>
    `| ${name} | ${p50.toFixed(2)} | ${p99.toFixed(2)} | ${times(wait.p99, p99)} |`;
  const result = [
    `Durable appends of 4 KB by ${WRITERS} requests at once: **${rate.toFixed(0)} per second** (median of ${values.seconds} turns of a second; wanted: 20,000).`,
    '',
    '| | p50, ms | p99, ms | p99 of an append to this |',
    '| --- | ---: | ---: | ---: |',
    row('append, until it is durable', wait),
    row('raw write of 4 KB and fdatasync, alone', raw),
    row(`raw write of ${WRITERS} × 4 KB and fdatasync, alone`, batch),
    '',
    `Scorer, without correctness: **${perSecond.toFixed(0)} interactions per second** over ${values.samples} (wanted: 300).`,
  ].join('\n');
  const body = `${result}\n\n${await machineLines()}\n\n\`npm run bench:events\``;
  await writeSection(values.output, 'The interaction log', body);
  console.log(result);
} finally {
  await rm(folder, { recursive: true, force: true });
}
