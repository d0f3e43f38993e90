/** `purpgate train grpo`: builds the parts of the training loop and runs it. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig, type Config } from '../src/config.js';
import { readRunFile } from '../src/data-folder.js';
import { migrate, openDatabase } from '../src/db.js';
import { createEmbeddedEngine } from '../src/engine/embedded/engine.js';
import { hashWeights } from '../src/engine/embedded/folder.js';
import { PurpgateError } from '../src/errors.js';
import { openEventLog } from '../src/events/open.js';
import { createCodeScanner } from '../src/guard/code/scanner.js';
import { initialAdapter } from '../src/lm/lora.js';
import { readModelConfig } from '../src/lm/model-config.js';
import { readModelWeights } from '../src/lm/safetensors.js';
import { createRegistry } from '../src/registry/registry.js';
import { Resources } from '../src/resources.js';
import { createLazySandbox } from '../src/reward/lazy-sandbox.js';
import { createSampleScorer } from '../src/reward/score.js';
import { createLogger, createMetrics, type Logger } from '../src/telemetry.js';
import { choice, decimal, namedFolder, wholeNumber } from './arguments.js';
import { DAPO, GRPO_PURPCODE } from './grpo.js';
import { INTAKE_DEFAULTS } from './intake.js';
import type { Learner } from './learner.js';
import { startTraining, whilePaused, type LoopSettings, type Training } from './loop.js';
import { createOnnxLearner } from './onnx-learner.js';
import { displayOn } from './progress.js';
import { createPublisher } from './publish.js';
import { createRolloutSampler } from './rollouts.js';
import { holdFolder } from './training-folder.js';

interface CommandIo {
  readonly stdout: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

const HELP = `Usage: purpgate train grpo [options]

Trains an adapter on the scored traffic of a pool: completes each prompt to a group of answers from the policy as it is, scores them with
the oracles of the traffic, and takes one step of GRPO. Every offset of the reward log is accounted for once; a run that was stopped or
killed goes on where it ended, given the same options. Uses the database of the instance that runs on PURPGATE_DATA, or DATABASE_URL.
A parent process pauses it with the message {"type": "pause"} and lets it go on with {"type": "resume"}.

  --pool NAME           pool whose traffic is trained on (default local)
  --serve-pool NAME     pool that the versions are to serve (default: the same)
  --out FOLDER          where checkpoints are kept (default: training/NAME in PURPGATE_DATA)
  --model FOLDER        the model that the adapter is for (default: PURPGATE_MODEL)
  --drain               end when all prompts of the log are trained on; else wait for more
  --steps N             end after N steps
  --publish N           steps between versions, 0 for none (default 10); the last weights of a run are published too
  --algorithm NAME      grpo (as PurpCode: clip 0.2, KL 0.001) or dapo (clip 0.2/0.28, no KL) (default grpo)
  --sampling NAME       single-step or multi-wave dynamic sampling (default single-step)
  --learning-rate R     (default 0.001)
  --clip-low E          lower clip of the ratio (default: of the algorithm)
  --clip-high E         upper clip of the ratio (default: of the algorithm)
  --kl W                weight of the KL to the model without the adapter (default: of the algorithm)
  --prompts N           groups wanted per step (default 16)
  --group N             answers per group (default 8)
  --max-tokens N        length of an answer (default 300)
  --rank N, --alpha N   of the adapter (default 8, 16)
  --least-entropy H     the run ends when the policy has fewer nats per token (default 0.01)
  --concurrency N       prompts that are answered at once (default 6)
  --seed N              of the adapter and of the sampling (default 1)
  --threads N           (default 2)
  --help                this text
`;

/** k3 estimate per token by which sampler and learner may differ: above it the policy gradient is about another policy. */
const MOST_MISMATCH_KL = 0.015;
const QUEUED_REQUESTS = 64;

type Values = ReturnType<typeof readArguments>;

/** Resolves with the exit code. @throws PurpgateError `setting_invalid`, and of whatever ends the run. */
export async function grpoCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const values = readArguments(args);
  if (values.help === true) {
    io.stdout.write(HELP);
    return 0;
  }
  const config = loadConfig();
  const plan = readPlan(values, config);
  const resources = new Resources();
  try {
    const { outcome, steps, last } = await holdFolder(plan.folder, async () => {
      const training = await build(plan, { config, resources, io });
      const stop = () => void training.stop();
      io.signal.addEventListener('abort', stop, { once: true });
      if (io.signal.aborted) stop();
      return training.done;
    });
    io.stdout.write(`${outcome} after ${steps} steps; ${last.version ?? `step ${last.seq}, not published`}\n`);
    return outcome === 'stopped' ? 130 : 0;
  } finally {
    await resources.stop();
  }
}

function readArguments(args: readonly string[]) {
  const text = (fallback: string) => ({ type: 'string', default: fallback }) as const;
  return parseArgs({
    args: [...args],
    options: {
      pool: text('local'),
      'serve-pool': { type: 'string' },
      out: { type: 'string' },
      model: { type: 'string' },
      drain: { type: 'boolean', default: false },
      steps: { type: 'string' },
      publish: text('10'),
      algorithm: text('grpo'),
      sampling: text('single-step'),
      'learning-rate': text('0.001'),
      'clip-low': { type: 'string' },
      'clip-high': { type: 'string' },
      kl: { type: 'string' },
      prompts: text('16'),
      group: text('8'),
      'max-tokens': text('300'),
      rank: text('8'),
      alpha: text('16'),
      'least-entropy': text('0.01'),
      concurrency: text('6'),
      seed: text('1'),
      threads: text('2'),
      help: { type: 'boolean', short: 'h' },
    },
  }).values;
}

type Plan = ReturnType<typeof readPlan>;

/** All values, checked before anything is started. */
function readPlan(values: Values, config: Config) {
  const named = choice('--algorithm', values.algorithm, ['grpo', 'dapo']) === 'grpo' ? GRPO_PURPCODE : DAPO;
  const rate = (option: 'clip-low' | 'clip-high' | 'kl', fallback: number): number =>
    decimal(`--${option}`, values[option] ?? String(fallback), [0, 1]);
  const settings: LoopSettings = {
    pool: values.pool,
    seed: wholeNumber('--seed', values.seed, [0]),
    algorithm: {
      ...named,
      clipLow: rate('clip-low', named.clipLow),
      clipHigh: rate('clip-high', named.clipHigh),
      beta: rate('kl', named.beta),
    },
    sampling: choice('--sampling', values.sampling, ['single-step', 'multi-wave']),
    learningRate: decimal('--learning-rate', values['learning-rate'], [0, 1]),
    leastEntropy: decimal('--least-entropy', values['least-entropy'], [0, 100]),
    mostMismatchKl: MOST_MISMATCH_KL,
    promptsPerStep: wholeNumber('--prompts', values.prompts, [1, 10_000]),
    concurrency: wholeNumber('--concurrency', values.concurrency, [1, 64]),
    intake: INTAKE_DEFAULTS,
  };
  return {
    settings,
    folder: namedFolder('--out', values.out ?? join(config.dataFolder, 'training', encodeURIComponent(values.pool))),
    model: values.model === undefined ? config.model : namedFolder('--model', values.model),
    servePool: values['serve-pool'] ?? values.pool,
    mode: values.drain ? 'drain' : 'wait',
    steps: values.steps === undefined ? null : wholeNumber('--steps', values.steps, [1]),
    publishEvery: wholeNumber('--publish', values.publish, [0]),
    groupSize: wholeNumber('--group', values.group, [2, 64]),
    maxTokens: wholeNumber('--max-tokens', values['max-tokens'], [1]),
    rank: wholeNumber('--rank', values.rank, [1, 1024]),
    alpha: wholeNumber('--alpha', values.alpha, [1, 65_536]),
    threads: wholeNumber('--threads', values.threads, [1, 256]),
  } as const;
}

interface Surroundings {
  readonly config: Config;
  readonly resources: Resources;
  readonly io: CommandIo;
}

async function build(plan: Plan, { config, resources, io }: Surroundings): Promise<Training> {
  const { settings, folder, model, servePool, publishEvery } = plan;
  const logger = createLogger(config.logLevel);
  const url = await databaseUrl(config);
  await migrate(url, logger);
  const database = await openDatabase(url, logger);
  resources.defer('database', () => database.close());
  const log = resources.own('event log', await openEventLog(config, { database, metrics: createMetrics(), logger }));
  const { engine, rollouts } = await buildSampler(plan, { logger, resources, signal: io.signal });
  const learner = resources.own('learner', await buildLearner(plan));
  const candidate = createPublisher({
    learner,
    engine,
    rollouts,
    registry: createRegistry(database),
    folder: join(config.dataFolder, 'artifacts'),
    checkpoints: folder,
    base: model,
    pool: servePool,
    signal: io.signal,
  });
  const training = startTraining({
    database,
    log,
    learner,
    rollouts,
    settings,
    folder,
    configHash: configHash(plan),
    mode: plan.mode,
    steps: plan.steps,
    publish: publishEvery === 0 ? null : { every: publishEvery, candidate },
    mayRun: whilePaused(pausedByParent(resources)),
    display: displayOn(io.stdout),
  });
  return resources.own('training', training);
}

async function databaseUrl(config: Config): Promise<string> {
  const url = config.databaseUrl ?? (await readRunFile(config.dataFolder))?.databaseUrl;
  if (url !== undefined) return url;
  throw new PurpgateError('setting_invalid', {
    publicMessage:
      'No purpgate runs on the data folder, so there is no database to train from: start it, or set DATABASE_URL.',
  });
}

interface SamplerParts {
  readonly logger: Logger;
  readonly resources: Resources;
  readonly signal: AbortSignal;
}

async function buildSampler(
  { model, threads, groupSize, maxTokens }: Plan,
  { logger, resources, signal }: SamplerParts,
) {
  const metrics = createMetrics();
  const engine = createEmbeddedEngine({ folder: model, threads, maxQueued: QUEUED_REQUESTS, logger, metrics });
  resources.own('engine', engine);
  await engine.start(signal);
  const onUnavailable = (reason: string): void => {
    logger.warn({ reason }, 'tests in prompts are not run: their groups are not trained on');
  };
  const runner = resources.own('sandbox', createLazySandbox({ onUnavailable }));
  const scanner = resources.own('code scanner', await createCodeScanner());
  const scorer = createSampleScorer({ scanner, runner });
  return { engine, rollouts: createRolloutSampler({ engine, scorer, groupSize, maxTokens }) };
}

async function buildLearner({ model, rank, alpha, settings, threads }: Plan): Promise<Learner> {
  const config = await readModelConfig(model);
  return createOnnxLearner(config, await readModelWeights(model), {
    adapter: initialAdapter(config, { rank, alpha, seed: settings.seed }),
    algorithm: settings.algorithm,
    optimizer: { clipNorm: 1 },
    threads,
  });
}

/** Of all that decides what a step computes. */
function configHash({ settings, model, groupSize, maxTokens, rank, alpha }: Plan): string {
  const decisive = { settings, model: hashWeights(model), groupSize, maxTokens, rank, alpha };
  return createHash('sha256').update(JSON.stringify(decisive)).digest('hex');
}

/** Whether the process that started this one has asked for a pause. */
function pausedByParent(resources: Resources): () => boolean {
  let isPaused = false;
  const listen = (message: unknown): void => {
    if (typeof message !== 'object' || message === null || !('type' in message)) return;
    if (message.type === 'pause') isPaused = true;
    if (message.type === 'resume') isPaused = false;
  };
  process.on('message', listen);
  resources.defer('messages of the parent', () => {
    process.off('message', listen);
    return Promise.resolve();
  });
  return () => isPaused;
}
