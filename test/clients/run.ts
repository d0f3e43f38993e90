/**
 * Runs real coding assistants against purpgate before a scripted model, and tells what each did as Markdown, or as JSON.
 *
 *   node deploy/build.mjs && node dist/test/clients/run.js [client…] [--json] [--cache FOLDER] [--scenario NAME] [--record FOLDER]
 */
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { configurationOf } from '../../src/cli/connect/clients.js';
import { mergeInto } from '../../src/cli/connect/merge.js';
import { childEnvironment, packageRoot } from '../../src/config.js';
import { CALLER, KEY } from '../http/support.js';
import { makeFolder } from '../support/folder.js';
import { UPSTREAM_MODEL, startGateway } from '../support/gateway.js';
import { startScriptedUpstream } from '../support/scripted-upstream.js';
import { CLIENTS, type Client } from './clients.js';
import { installed, runProgram, type Ended } from './process.js';
import { SCENARIOS, isMain, type Scenario } from './scenarios.js';

/** Far above what a client needs (half a minute on two busy cores): a slow machine is no failure of the client. */
const RUN_MS = 300_000;

interface Outcome {
  readonly client: string;
  readonly version: string;
  readonly wire: string;
  readonly scenario: string;
  /** `ok`, or what went wrong. */
  readonly outcome: string;
  readonly mainRequests: number;
  readonly seconds: number;
}

interface Recorder {
  readonly url: string;
  stop(): void;
}

/** Stands before the gateway: a blocked request never reaches the model, and counts all the same. */
async function startRecorder(target: string, record: (body: string) => void): Promise<Recorder> {
  const server = createServer((incoming, response) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const body = Buffer.concat(parts);
      record(body.toString('utf8'));
      const { method, headers, url = '/' } = incoming;
      const outgoing = forward(new URL(url, target), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      outgoing.on('error', () => response.destroy());
      response.on('close', () => outgoing.destroy());
      outgoing.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Played {
  readonly client: Client;
  readonly scenario: Scenario;
  readonly program: string;
  readonly signal: AbortSignal;
  /** Where the requests go that the client sends. */
  readonly record: string | undefined;
}

/** One client, one scenario, everything fresh. */
async function play(played: Played): Promise<Outcome> {
  const { client, scenario, record } = played;
  const home = await makeFolder();
  const model = scenario.model();
  const upstream = await startScriptedUpstream(({ body }) => model(body));
  const gateway = await startGateway(upstream.url, { callers: { [KEY]: { ...CALLER, requestsPerMinute: 10_000 } } });
  const sent: string[] = [];
  const recorder = await startRecorder(gateway.url, (body) => {
    sent.push(body);
  });
  const startedAt = performance.now();
  try {
    const ended = await drive(played, home, recorder.url);
    const { background } = client;
    const main = sent.filter((text) => isMain(text) && (background === undefined || !text.includes(background)));
    return {
      client: client.name,
      version: client.version,
      wire: client.wire,
      scenario: scenario.name,
      outcome: judge(ended, scenario, main.length),
      mainRequests: main.length,
      seconds: Math.round((performance.now() - startedAt) / 100) / 10,
    };
  } finally {
    if (record !== undefined) await keep(sent, join(record, client.name, scenario.name));
    recorder.stop();
    await gateway.stop();
    await upstream.stop();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function keep(sent: readonly string[], folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await Promise.all(sent.map((body, index) => writeFile(join(folder, `${index + 1}.json`), body)));
}

async function drive({ client, scenario, program, signal }: Played, home: string, url: string): Promise<Ended> {
  const { files, environment, command } = configurationOf(client.name, { url, key: KEY, model: UPSTREAM_MODEL });
  for (const { path, content } of files) {
    await mkdir(dirname(join(home, path)), { recursive: true });
    await writeFile(join(home, path), mergeInto('', content));
  }
  const cwd = join(home, 'project');
  await mkdir(cwd);
  // Nothing listens on port 9: whatever would leave this machine fails at once.
  const closed = 'http://127.0.0.1:9';
  const run = {
    cwd,
    timeoutMs: RUN_MS,
    signal,
    ownHome: home,
    environment: {
      PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
      HOME: home,
      TERM: 'dumb',
      NO_COLOR: '1',
      HTTP_PROXY: closed,
      HTTPS_PROXY: closed,
      NO_PROXY: '127.0.0.1,localhost',
      ...environment,
      ...client.environment,
    },
  };
  if (command !== null) await runProgram([program, ...command.slice(1)], run);
  return runProgram([program, ...client.args(scenario.prompt)], run);
}

function judge({ code, output }: Ended, { shown, requests }: Scenario, count: number): string {
  const faults = [
    ...(code === 0 ? [] : [code === null ? 'did not end' : `exit code ${code}`]),
    ...(output.includes(shown) ? [] : [`did not show "${shown}" but: ${output.slice(-300)}`]),
    ...(count === requests ? [] : [`${count} main requests, ${requests} expected`]),
  ];
  return faults.length === 0 ? 'ok' : faults.join('; ').replace(/\s+/g, ' ');
}

function table(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ client, version, wire, scenario, outcome, mainRequests, seconds }) =>
    [client, version, wire, scenario, outcome.replaceAll('|', '\\|'), mainRequests, seconds].join(' | '),
  );
  const head = 'client | version | wire format | scenario | outcome | main requests | seconds';
  return [head, '--- | --- | --- | --- | --- | ---: | ---:', ...rows].map((row) => `| ${row} |`).join('\n');
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    record: { type: 'string' },
    cache: { type: 'string', default: join(packageRoot, 'node_modules', '.cache', 'purpgate-clients') },
    scenario: { type: 'string' },
  },
});
const unknown = positionals.filter((name) => !CLIENTS.some((client) => client.name === name));
if (unknown.length > 0) throw new Error(`no such client: ${unknown.join(', ')}`);
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => {
    stop.abort();
  });
const { signal } = stop;
const isStopped = () => signal.aborted;
const outcomes: Outcome[] = [];
for (const client of CLIENTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  if (isStopped()) break;
  const program = await installed(client, values.cache, { environment: childEnvironment(), signal });
  for (const scenario of SCENARIOS.filter(({ name }) => values.scenario === undefined || name === values.scenario)) {
    const outcome = await play({ client, scenario, program, signal, record: values.record });
    // Its client was ended: that tells nothing.
    if (isStopped()) break;
    outcomes.push(outcome);
    console.error(
      `${client.name}: ${scenario.name}: ${outcome.outcome} (${outcome.mainRequests}, ${outcome.seconds} s)`,
    );
  }
}
console.log(values.json ? JSON.stringify(outcomes, null, 2) : table(outcomes));
process.exitCode = !isStopped() && outcomes.every(({ outcome }) => outcome === 'ok') ? 0 : 1;
