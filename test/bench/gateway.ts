/**
 * What purpgate adds to a request, and how many it serves, beside other gateways for Node.js: the upstream itself, bare fastify and undici, Portkey and
 * llms (the core of claude-code-router). Each is a process of its own; requests go to one after the other, in turning order. Writes the section
 * `Beside other gateways` of docs/benchmarks.md.
 *
 *   npm run bench:gateway [-- [--rounds 200] [--seconds 10] [--output FILE]]
 *
 * Ours is `purpgate serve` as it ships: keys in PostgreSQL, limits, every guard, the interaction log on disk and shipped to PostgreSQL. No peer does any of that.
 */
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { Pool, fetch } from 'undici';
import { packageRoot } from '../../src/config.js';
import { Resources } from '../../src/resources.js';
import { endProcess, startInstanceProcess } from '../support/instance.js';
import { PEERS, installPeers, startLlms, startPortkey, startProcess, stopProcess } from './gateway-peers.js';
import { bodyOf, type Mode, SIZES } from './gateway-bodies.js';
import { quantile, type Started, time, type TimedRequest } from './pass-through.js';
import { machineLines, writeSection } from './report.js';

const MODEL = 'example-model';
const CONNECTIONS = 32;
const WARM_UP = 20;
const MODES: readonly Mode[] = ['whole', 'stream'];
/** What the end of an answer that ended well holds. */
const END: Readonly<Record<Mode, RegExp>> = { whole: /"finish_reason":\s*"stop"/, stream: /data: \[DONE\]/ };
const DIRECT = 'the upstream itself';
const OURS = 'purpgate';
const PORTKEY = `Portkey ${PEERS['@portkey-ai/gateway']}`;

interface Contender {
  readonly name: string;
  readonly client: Pool;
  readonly headers: Readonly<Record<string, string>>;
  readonly model: string;
}

let turn = 0;

function request({ name, headers, model }: Contender, mode: Mode, size: number): TimedRequest {
  turn += 1;
  const body = bodyOf({ model, mode, size, turn });
  return { name, path: '/v1/chat/completions', headers, body, end: END[mode] };
}

async function startRole(resources: Resources, ...args: readonly string[]): Promise<string> {
  const child = startProcess([join(packageRoot, 'dist/test/bench/gateway-process.js'), ...args]);
  resources.defer(args.join(' '), () => stopProcess(child));
  if (child.stdout === null) throw new Error('no output');
  const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
  return url;
}

async function startOurs(folder: string, upstream: string): Promise<Started & { readonly key: string }> {
  const instance = await startInstanceProcess({
    folder,
    command: 'serve',
    environment: { UPSTREAM_URL: upstream, UPSTREAM_MODEL: MODEL, REQUESTS_PER_MINUTE: '1000000', LOG_LEVEL: 'warn' },
  });
  const stop = async () => {
    await endProcess(instance.process, 'SIGTERM');
  };
  return { url: instance.url, key: instance.clientKey, stop };
}

async function startAll(resources: Resources, folder: string): Promise<{ list: Contender[]; upstream: string }> {
  const peers = await installPeers();
  const upstream = await startRole(resources, 'upstream');
  const base = `${upstream}/v1`;
  const ours = resources.own(OURS, await startOurs(folder, base));
  const portkey = resources.own(PORTKEY, await startPortkey(peers));
  const llms = resources.own('llms', await startLlms(peers, base, MODEL));
  const contender = (name: string, url: string, rest: Partial<Contender> = {}): Contender => {
    const client = new Pool(url, { connections: CONNECTIONS, headersTimeout: 30_000, bodyTimeout: 30_000 });
    resources.defer(`client of ${name}`, () => client.destroy());
    return { name, client, headers: {}, model: MODEL, ...rest };
  };
  const portkeyHeaders = {
    authorization: 'Bearer none',
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': base,
  };
  const list = [
    contender(DIRECT, upstream),
    contender('bare fastify and undici', await startRole(resources, 'pass-through', base)),
    contender(OURS, ours.url, { headers: { authorization: `Bearer ${ours.key}` } }),
    contender(PORTKEY, portkey.url, { headers: portkeyHeaders }),
    contender(`llms ${PEERS['@musistudio/llms']}`, llms.url, { model: `bench,${MODEL}` }),
  ];
  return { list, upstream };
}

interface Times {
  readonly first: number[];
  readonly last: number[];
}

/** By name; one request to each per round. */
async function measureLatency(
  list: readonly Contender[],
  { mode, size, rounds, sync }: { mode: Mode; size: number; rounds: number; sync: () => Promise<void> },
): Promise<Map<string, Times>> {
  const times = new Map<string, Times>(list.map(({ name }) => [name, { first: [], last: [] }]));
  for (let round = -WARM_UP; round < rounds; round += 1) {
    for (const place of list.keys()) {
      // Each round begins with another, so that none always follows the same one.
      const contender = list[(place + round + WARM_UP) % list.length];
      if (contender === undefined) continue;
      const { first, last } = await time(contender.client, request(contender, mode, size));
      if (round < 0) continue;
      times.get(contender.name)?.first.push(first);
      times.get(contender.name)?.last.push(last);
    }
    await sync();
  }
  return times;
}

/** Requests per second of all connections at once, each with one request after the other. */
async function load(contender: Contender, mode: Mode, seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1000;
  let count = 0;
  const connection = async () => {
    while (performance.now() < end) {
      await time(contender.client, request(contender, mode, 1));
      count += 1;
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  return (count * 1000) / (performance.now() - started);
}

/** By name and mode; short turns of each in alternation. */
async function measureLoad(list: readonly Contender[], seconds: number): Promise<Map<string, Record<Mode, number>>> {
  const turns = Math.max(2, Math.round(seconds / 2));
  const rates = new Map(list.map(({ name }) => [name, { whole: [] as number[], stream: [] as number[] }]));
  for (let at = -1; at < turns; at += 1)
    for (const contender of list)
      for (const mode of MODES) {
        const rate = await load(contender, mode, at < 0 ? 1 : 2);
        if (at >= 0) rates.get(contender.name)?.[mode].push(rate);
      }
  return new Map(
    [...rates].map(([name, { whole, stream }]) => [
      name,
      { whole: quantile(whole, 0.5), stream: quantile(stream, 0.5) },
    ]),
  );
}

/** Medians within each round, since what disturbs the machine disturbs all. */
function added(times: ReadonlyMap<string, Times>, name: string, which: keyof Times): number {
  const direct = times.get(DIRECT)?.[which] ?? [];
  const own = times.get(name)?.[which] ?? [];
  return quantile(
    own.map((value, round) => value - (direct[round] ?? NaN)),
    0.5,
  );
}

function latencyRows(times: ReadonlyMap<string, Times>, mode: Mode, size: number): string[] {
  return [...times].map(([name, { first, last }]) => {
    const cells = [
      quantile(first, 0.5),
      added(times, name, 'first'),
      quantile(last, 0.5),
      added(times, name, 'last'),
      quantile(last, 0.99),
    ];
    return `| ${[`${size} KB, ${mode}`, name, ...cells.map((cell) => cell.toFixed(2))].join(' | ')} |`;
  });
}

function verdict(what: string, value: number, bound: { atMost?: number; atLeast?: number }): string {
  const { atMost = Infinity, atLeast = -Infinity } = bound;
  const said = bound.atMost === undefined ? `at least ${atLeast.toFixed(2)}` : `at most ${atMost.toFixed(2)}`;
  return `| ${what} | ${value.toFixed(2)} | ${said} | ${value <= atMost && value >= atLeast ? 'met' : 'missed'} |`;
}

async function bench(rounds: number, seconds: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'purpgate-bench-'));
  const resources = new Resources();
  resources.defer('folder', () => rm(folder, { recursive: true, force: true }));
  try {
    const { list, upstream } = await startAll(resources, join(folder, 'data'));
    const file = await open(join(folder, 'sync'), 'w');
    resources.defer('file', () => file.close());
    const syncs: number[] = [];
    const sync = async () => {
      const started = performance.now();
      await file.write(Buffer.alloc(4096, 1));
      await file.datasync();
      syncs.push(performance.now() - started);
    };
    const rows: string[] = [];
    const targets: [what: string, value: number, bound: number][] = [];
    for (const size of SIZES)
      for (const mode of MODES) {
        const times = await measureLatency(list, { mode, size, rounds, sync });
        rows.push(...latencyRows(times, mode, size));
        if (mode === 'whole') targets.push([`${size} KB, added to a whole answer, ms`, added(times, OURS, 'last'), 1]);
        else targets.push([`${size} KB, added to the first byte of a stream, ms`, added(times, OURS, 'first'), 1.5]);
        console.error(latencyRows(times, mode, size).join('\n'));
      }
    const syncMs = quantile(syncs, 0.5);
    await fetch(`${upstream}/delay`, { method: 'PUT', body: '0' });
    const rates = await measureLoad(list, seconds);
    return report({ rows, targets, rates, syncMs });
  } finally {
    await resources.stop();
  }
}

interface Findings {
  readonly rows: readonly string[];
  readonly targets: readonly (readonly [what: string, value: number, bound: number])[];
  readonly rates: ReadonlyMap<string, Record<Mode, number>>;
  readonly syncMs: number;
}

function report({ rows, targets, rates, syncMs }: Findings): string {
  const [ours, portkey] = [rates.get(OURS), rates.get(PORTKEY)];
  const withSync = targets.map(([what, value, bound]) =>
    verdict(what, value, { atMost: what.includes('whole') ? bound + syncMs : bound }),
  );
  const loads = MODES.flatMap((mode) => [
    verdict(`requests per second, ${mode}`, ours?.[mode] ?? NaN, { atLeast: 2500 }),
    verdict(`times Portkey, ${mode}`, (ours?.[mode] ?? NaN) / (portkey?.[mode] ?? NaN), { atLeast: 3 }),
  ]);
  return [
    '| request | through | first byte, median ms | added | last byte, median ms | added | p99 ms |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
    '',
    `| requests per second, 1 KB, ${CONNECTIONS} connections, an upstream without delay | whole | stream |`,
    '| --- | ---: | ---: |',
    ...[...rates].map(([name, { whole, stream }]) => `| ${name} | ${whole.toFixed(0)} | ${stream.toFixed(0)} |`),
    '',
    `One write of 4 KB with fdatasync took ${syncMs.toFixed(2)} ms (median of the run); a whole answer waits for one.`,
    '',
    '| target | measured | bound | |',
    '| --- | ---: | ---: | --- |',
    ...withSync,
    ...loads,
  ].join('\n');
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '10' },
    output: { type: 'string', default: join(packageRoot, 'docs', 'benchmarks.md') },
  },
});
const result = await bench(Number(values.rounds), Number(values.seconds));
const intro = [
  `An upstream that gives its first token after 50 ms and 23 more at once; one request at a time, ${values.rounds} rounds of one request to each, in turning order; client, upstream and`,
  'each gateway are processes on the same two cores. A conversation keeps its earlier turns and has a new last message each time. purpgate is `purpgate serve` with its own',
  'PostgreSQL: it authenticates, limits, judges prompt and answer, and records each answer durably before its last byte; the others do none of it.',
  'Added is to the upstream itself, as a median over rounds.',
].join('\n');
const machine = await machineLines();
const section = `${intro}\n\n${result}\n\n${machine}\n\n\`npm run bench:gateway\``;
await writeSection(values.output, 'Beside other gateways', section);
console.log(result);
