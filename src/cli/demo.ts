/** `purpgate demo`: serves, is asked, learns from it, judges what it has learned, and swaps it in. On a scratch folder, to an end of its own. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { wholeNumber } from '../../trainer/arguments.js';
import { rewardPoints } from '../../trainer/curve.js';
import { createManifestStore } from '../../trainer/manifest-store.js';
import { displayOn, Pace } from '../../trainer/progress.js';
import { inParallel } from '../../trainer/rule-sampling.js';
import { answerWith, USERS_TEMPERATURE } from '../../trainer/suites.js';
import { loadConfig, packageRoot } from '../config.js';
import { keyFile, readRunFile } from '../data-folder.js';
import { openDatabase } from '../db.js';
import { PurpgateError } from '../errors.js';
import { startInstance, type Instance } from '../main.js';
import { createRegistry } from '../registry/registry.js';
import { gateReason, gateTable } from '../release/gate.js';
import { createLogger } from '../telemetry.js';
import type { Version } from '../types.js';
import type { Command, CommandIo } from './command.js';
import {
  awaitRewards,
  describeLearning,
  describeMeans,
  judge,
  liveVersion,
  meansByKind,
  train,
  type ScoredRow,
} from './demo/learning.js';
import { demoReport, type ReportData } from './demo/report.js';
import { TRAFFIC_POOL, type DemoOptions, type Scene } from './demo/scene.js';
import { ask, planTraffic, type Answer, type Endpoint, type PlannedRequest } from './demo/traffic.js';

const HELP = `Usage: purpgate demo [options]

Shows the whole loop on a scratch folder: starts gateway, scorer and PostgreSQL, plays requests of mixed users over HTTP, scores them,
trains the policy on what was asked, lets the gate judge it on held-out prompts, and swaps it in when it passes. Writes an HTML report.
Takes some ten minutes on two cores; needs bubblewrap and python3 for the gate's tests.

  --out FOLDER      where everything is kept (default: a temporary folder, of which only the report is kept)
  --requests N      requests that are played (default 700)
  --prompts N       groups wanted per training step (default 16)
  --evaluate N      held-out prompts of the gate (default 4000: fewer cannot tell two points)
  --seed N          of traffic and training (default 1)
  --threads N       of the engines and the trainer (default 2)
  --help            this text
`;

const USERS_AT_ONCE = 8;
const SWAP_DEADLINE_MS = 20_000;
const REPORT = 'purpgate-demo.html';

export const demoCommand: Command = async (args, io) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      out: { type: 'string' },
      requests: { type: 'string', default: '700' },
      prompts: { type: 'string', default: '16' },
      evaluate: { type: 'string', default: '4000' },
      seed: { type: 'string', default: '1' },
      threads: { type: 'string', default: '2' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    io.stdout.write(HELP);
    return 0;
  }
  const folder = values.out ?? (await mkdtemp(join(tmpdir(), 'purpgate-demo-')));
  await mkdir(folder, { recursive: true });
  const options = {
    folder,
    requests: wholeNumber('--requests', values.requests, [1, 10_000]),
    prompts: wholeNumber('--prompts', values.prompts, [1, 1000]),
    evaluate: wholeNumber('--evaluate', values.evaluate, [100, 10_000]),
    seed: wholeNumber('--seed', values.seed, [0]),
    threads: wholeNumber('--threads', values.threads, [1, 64]),
    trainer: join(packageRoot, 'dist', 'src', 'cli', 'main.js'),
  };
  const report = demoReport(await playDemo(options, io));
  const file = join(values.out ?? process.cwd(), REPORT);
  await writeFile(file, report);
  if (values.out === undefined) await rm(folder, { recursive: true, force: true });
  io.stdout.write(`\nReport: ${file}\n`);
  return 0;
};

/** All of it; what the report shows. @throws PurpgateError of whatever fails on the way. */
export async function playDemo(options: DemoOptions, io: CommandIo): Promise<ReportData> {
  const started = performance.now();
  const display = displayOn(io.stdout);
  const logger = createLogger('error');
  const { folder, threads } = options;
  display.line('1/5  starting PostgreSQL, engine, gateway and scorer');
  const config = loadConfig({
    PURPGATE_DATA: folder,
    PORT: '0',
    ENGINE_THREADS: String(threads),
    REQUESTS_PER_MINUTE: '1000000',
    LOG_LEVEL: 'error',
  });
  const instance = await startInstance(config, new Set(['serve', 'score'] as const), { logger, signal: io.signal });
  try {
    const run = await readRunFile(folder);
    if (run === null) throw new PurpgateError('internal_error', { message: 'the instance wrote no run file' });
    const database = await openDatabase(run.databaseUrl, logger);
    try {
      const endpoint = await endpointOf(instance, folder);
      return await playOn({ ...options, io, display, logger, database, endpoint }, started);
    } finally {
      await database.close();
    }
  } finally {
    await instance.stop();
  }
}

async function endpointOf({ url, model }: Instance, folder: string): Promise<Endpoint> {
  if (url === null || model === null) throw new PurpgateError('internal_error', { message: 'the instance has no API' });
  return { url, model: model.id, key: (await readFile(keyFile(folder, 'client'), 'utf8')).trim() };
}

async function playOn(scene: Scene, started: number): Promise<ReportData> {
  const { display, database, requests, seed, io } = scene;
  display.line(`2/5  ${requests} requests of mixed users`);
  const planned = planTraffic({ seed, requests });
  const traffic = await playTraffic(scene, planned);
  const rewards = await awaitRewards(
    scene,
    traffic.map(({ answer }) => answer.interactionId),
  );
  display.line(`     reward of the traffic: ${describeMeans(meansByKind([...rewards.values()]))}`);

  display.line('3/5  training on what was asked');
  const registry = createRegistry(database);
  const before = await liveVersion(registry);
  await train(scene);
  const points = rewardPoints(await createManifestStore(database, TRAFFIC_POOL).list());
  describeLearning(display, points);

  display.line('4/5  the gate: both versions on held-out prompts');
  const { version: after, verdict } = await judge(scene);
  io.stdout.write(gateTable(verdict));
  const outcome = verdict.outcome === 'passed' ? await swapped(scene, after) : `${capital(gateReason(verdict))}.`;
  display.line(`     ${outcome}`);

  display.line('5/5  one prompt, both versions');
  const pair = await comparePrompt(scene, { before, after, planned, traffic, rewards });
  io.stdout.write(`\n${pair.prompt}\n\n--- ${before.name}\n${pair.before}\n\n--- ${after.name}\n${pair.after}\n`);
  const rows = traffic.map(({ request: { user, prompt }, answer }): ReportData['traffic'][number] => {
    const reward = rewards.get(answer.interactionId);
    return {
      user,
      prompt: lastWords(prompt.messages),
      action: answer.action,
      kind: reward?.kind ?? null,
      score: reward?.score ?? null,
    };
  });
  return {
    before: before.name,
    after: after.name,
    outcome,
    minutes: (performance.now() - started) / 60_000,
    traffic: rows,
    points,
    gate: verdict.metrics,
    pair,
  };
}

interface Served {
  readonly request: PlannedRequest;
  readonly answer: Answer;
}

async function playTraffic({ display, endpoint, io }: Scene, planned: readonly PlannedRequest[]): Promise<Served[]> {
  const served: Served[] = [];
  const pace = new Pace(planned.length, 0);
  await inParallel(planned, USERS_AT_ONCE, io.signal, async (request, signal) => {
    const { user, prompt } = request;
    const answer = await ask(endpoint, { messages: prompt.messages, temperature: USERS_TEMPERATURE }, signal);
    served.push({ request, answer });
    display.line(`     ${user.padEnd(18)} ${answer.action.padEnd(8)} ${shortened(lastWords(prompt.messages))}`);
    display.status(
      `request ${served.length}/${planned.length}  ${pace.left(served.length)}`,
      served.length / planned.length,
    );
  });
  return served;
}

/** Until the gateway answers with it. */
async function swapped({ endpoint, io }: Scene, { name }: Version): Promise<string> {
  const started = performance.now();
  const question = [{ role: 'user', content: 'What is CWE-89?' }] as const;
  while (performance.now() - started < SWAP_DEADLINE_MS) {
    const { version } = await ask(endpoint, { messages: question, temperature: 0 }, io.signal);
    if (version === name)
      return `The gate passed it; the gateway serves ${name} since ${((performance.now() - started) / 1000).toFixed(1)} s after the verdict.`;
    await pause(100, undefined, { signal: io.signal });
  }
  throw new PurpgateError('internal_error', { message: `the gateway does not serve ${name}` });
}

interface Comparison {
  readonly before: Version;
  readonly after: Version;
  readonly planned: readonly PlannedRequest[];
  readonly traffic: readonly Served[];
  readonly rewards: ReadonlyMap<string, ScoredRow>;
}

const COMPARED_PROMPTS = 24;

/** The first of the worst answered code prompts that the later version answers securely and the earlier did not, else differently; straight from the model, past the guard. */
async function comparePrompt(
  { logger, threads, io }: Scene,
  { before, after, traffic, rewards }: Comparison,
): Promise<ReportData['pair']> {
  const scoreOf = ({ answer }: Served): number => rewards.get(answer.interactionId)?.score ?? 1;
  const prompts = traffic
    .filter(({ request }) => request.prompt.kind === 'code')
    .sort((a, b) => scoreOf(a) - scoreOf(b))
    .slice(0, COMPARED_PROMPTS)
    .map(({ request }) => request.prompt);
  const first = await answerWith(before, { prompts, threads, logger }, io.signal);
  const second = await answerWith(after, { prompts, threads, logger }, io.signal);
  const repaired = prompts.findIndex((_, at) => first[at]?.security === 0 && second[at]?.security === 1);
  const changed = prompts.findIndex((_, at) => first[at]?.text !== second[at]?.text);
  const at = [repaired, changed, 0].find((index) => index >= 0) ?? 0;
  return {
    prompt: lastWords(prompts[at]?.messages ?? []),
    before: first[at]?.text ?? '',
    after: second[at]?.text ?? '',
  };
}

const lastWords = (messages: readonly { readonly content: string }[]): string => messages.at(-1)?.content ?? '';

const shortened = (text: string): string => text.replace(/\s+/g, ' ').slice(0, 80);

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
