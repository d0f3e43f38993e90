/**
 * Many paced streams for a long time through the built gateway, in a process of its own, with PostgreSQL, the guard and the log, before an upstream
 * in another process. Memory must stay flat after the first minute, the event loop free, and every request must be in the log.
 *
 *   npm run campaign:soak [-- --streams 200 --minutes 10 --rate 20]
 *
 * Prints a row of docs/campaigns.md; exit status 1 when one of the three does not hold.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../src/config.js';
import { type Database, openDatabase } from '../../src/db.js';
import { Resources } from '../../src/resources.js';
import { createLogger } from '../../src/telemetry.js';
import { makeFolder } from '../support/folder.js';
import { endProcess, startInstanceProcess, type StartedInstance } from '../support/instance.js';
import { SoakLoad } from '../support/soak-load.js';

const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '200' },
    minutes: { type: 'string', default: '10' },
    /** Tokens per second and stream. */
    rate: { type: 'string', default: '20' },
  },
});
const [streams, minutes] = [Number(values.streams), Number(values.minutes)];
const WARM_UP_MS = 60_000;
const MEMORY_TOLERANCE = 0.1;
const LARGEST_DELAY_SECONDS = 0.05;
const LEAVING = 0.05;
const MODEL = 'example-model';
/** How long the log may take to hold what was answered. */
const SHIPPED_MS = 60_000;
const MIB = 1 << 20;

/** Of /metrics. */
interface Sample {
  readonly resident: number;
  readonly heap: number;
  /** Upper bound of the delay in seconds, and how often it was not above it since the start. */
  readonly delays: readonly (readonly [bound: number, count: number])[];
}

async function sample({ adminUrl, adminKey }: StartedInstance): Promise<Sample> {
  const response = await fetch(`${adminUrl}/metrics`, { headers: { authorization: `Bearer ${adminKey}` } });
  const text = await response.text();
  const value = (series: string): number => {
    const line = text.split('\n').find((one) => one.startsWith(`${series} `));
    if (line === undefined) throw new Error(`/metrics has no ${series}`);
    return Number(line.slice(series.length + 1));
  };
  const delays = [...text.matchAll(/^purpgate_event_loop_delay_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm)];
  return {
    resident: value('purpgate_memory_bytes{kind="resident"}'),
    heap: value('purpgate_memory_bytes{kind="heap"}'),
    delays: delays.map(([, bound, count]) => [bound === '+Inf' ? Infinity : Number(bound), Number(count)]),
  };
}

/** Of the delays between two samples, by linear interpolation within the bucket, as Prometheus does. */
function quantile(share: number, before: Sample, after: Sample): number {
  const counts = after.delays.map(
    ([bound, count], index) => [bound, count - (before.delays[index]?.[1] ?? 0)] as const,
  );
  const rank = share * (counts.at(-1)?.[1] ?? 0);
  const index = counts.findIndex(([, count]) => count >= rank);
  const [bound, count] = counts[index] ?? [Infinity, 0];
  const [lower, below] = counts[index - 1] ?? [0, 0];
  return lower + ((bound - lower) * (rank - below)) / (count - below);
}

const mib = (bytes: number): string => (bytes / MIB).toFixed(0);

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

/** Bytes, from /proc: cheaper for the gateway than /metrics. Linux only. */
function residentBytes({ process: { pid } }: StartedInstance): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

/** Nanoseconds for which the main thread wanted a core and had none: what other processes of the machine add to its delays. Linux only. */
function waitedForCore({ process: { pid } }: StartedInstance): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[1]);
}

async function startUpstream(resources: Resources): Promise<string> {
  const child = fork(join(packageRoot, 'dist/test/support/paced-upstream.js'), [values.rate]);
  resources.defer('upstream', async () => {
    await endProcess(child, 'SIGTERM');
  });
  const [url] = (await once(child, 'message')) as [string];
  return url;
}

async function startGateway(resources: Resources, upstream: string): Promise<StartedInstance> {
  const folder = await makeFolder();
  resources.defer('folder', () => rm(folder, { recursive: true, force: true }));
  const instance = await startInstanceProcess({
    folder,
    command: 'serve',
    environment: {
      UPSTREAM_URL: `${upstream}/v1`,
      UPSTREAM_MODEL: MODEL,
      // All streams are of one key, which may take three quarters.
      MAX_IN_FLIGHT: String(2 * streams),
      REQUESTS_PER_MINUTE: '1000000',
      LOG_LEVEL: 'warn',
    },
  });
  resources.defer('gateway', async () => {
    await endProcess(instance.process, 'SIGTERM');
  });
  return instance;
}

const countRecords = async (database: Database): Promise<number> => {
  const [row] = await database.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM event_log WHERE topic = 'purpgate.interactions'`,
  );
  return row?.count ?? Number.NaN;
};

/** What the log holds when it holds as much, or when the time is over. */
async function recordsWhenShipped(database: Database, expected: number): Promise<number> {
  const deadline = Date.now() + SHIPPED_MS;
  for (;;) {
    const count = await countRecords(database);
    if (count >= expected || Date.now() > deadline) return count;
    await delay(1000);
  }
}

interface Measured {
  /** Once a second, from the end of the first minute. */
  readonly resident: number[];
  readonly first: Sample;
  readonly last: Sample;
  readonly heaps: number[];
  /** Share of the time for which the main thread waited for a core. */
  readonly waiting: number;
}

async function measure(instance: StartedInstance): Promise<Measured> {
  await delay(WARM_UP_MS);
  const first = await sample(instance);
  const [resident, heaps] = [[first.resident], [first.heap]];
  const [startedAt, waited] = [performance.now(), waitedForCore(instance)];
  const end = Date.now() + minutes * 60_000 - WARM_UP_MS;
  for (let turn = 1; Date.now() < end; turn += 1) {
    await delay(1000);
    resident.push(residentBytes(instance));
    if (turn % 10 !== 0) continue;
    const { resident: now, heap } = await sample(instance);
    heaps.push(heap);
    process.stderr.write(`${60 + turn} s: ${mib(now)} MiB resident, ${mib(heap)} MiB of heap\n`);
  }
  const waiting = (waitedForCore(instance) - waited) / 1e6 / (performance.now() - startedAt);
  return { resident, heaps, waiting, first, last: await sample(instance) };
}

/** The median of the first window, and the farthest that a later one is from it, as a share of it. */
function drift(resident: readonly number[]): { readonly base: number; readonly share: number } {
  const length = Math.min(60, Math.ceil(resident.length / 4));
  const windows: number[] = [];
  for (let at = 0; at + length <= resident.length; at += length) windows.push(median(resident.slice(at, at + length)));
  const base = windows[0] ?? Number.NaN;
  const shares = windows.map((window) => window / base - 1);
  return { base, share: shares.reduce((far, share) => (Math.abs(share) > Math.abs(far) ? share : far), 0) };
}

if (!(minutes > 1 && streams >= 1)) throw new Error('the first minute does not count: give more than one');
const resources = new Resources();
try {
  const instance = await startGateway(resources, await startUpstream(resources));
  const database = await openDatabase(instance.databaseUrl, createLogger('silent'));
  resources.defer('connection', () => database.close());
  const load = new SoakLoad({
    url: instance.url,
    key: instance.clientKey,
    model: MODEL,
    streams,
    tokensPerSecond: Number(values.rate),
    leaving: LEAVING,
  });
  const { resident, heaps, first, last, waiting } = await measure(instance);
  await load.stop();
  const records = await recordsWhenShipped(database, load.answered);
  const { base, share } = drift(resident);
  const p99 = quantile(0.99, first, last);
  console.log(
    '| streams | minutes | requests | left early | failed | records | resident | drift | heap | event loop delay p50 / p99 | waited for a core |\n|---|---|---|---|---|---|---|---|---|---|---|',
  );
  console.log(
    `| ${streams} | ${minutes} | ${load.answered} | ${load.left} | ${load.failed} | ${records} | ${mib(base)} MiB | ${(100 * share).toFixed(1)} % | ${mib(Math.min(...heaps))} to ${mib(Math.max(...heaps))} MiB | ${(1000 * quantile(0.5, first, last)).toFixed(1)} / ${(1000 * p99).toFixed(1)} ms | ${(100 * waiting).toFixed(0)} % |`,
  );
  const failures = [
    ...(Math.abs(share) <= MEMORY_TOLERANCE ? [] : ['memory is not flat']),
    ...(p99 <= LARGEST_DELAY_SECONDS ? [] : ['the event loop is late']),
    ...(records === load.answered ? [] : ['records are not requests']),
    ...(load.failed === 0 ? [] : [`requests failed: ${load.firstFailure ?? ''}`]),
  ];
  for (const failure of failures) console.log(failure);
  process.exitCode = failures.length === 0 ? 0 : 1;
} finally {
  await resources.stop();
}
