/** `purpgate train grpo`: builds the parts of the training loop and runs it. */
import { join } from 'node:path';
import { loadConfig, type Config } from '../src/config.js';
import { readRunFile } from '../src/data-folder.js';
import { migrate, openDatabase, type Database } from '../src/db.js';
import { createEmbeddedEngine } from '../src/engine/embedded/engine.js';
import { PurpgateError } from '../src/errors.js';
import { openEventLog } from '../src/events/open.js';
import { createCodeScanner } from '../src/guard/code/scanner.js';
import { initialAdapter } from '../src/lm/lora.js';
import { readModelConfig } from '../src/lm/model-config.js';
import { readModelWeights } from '../src/lm/safetensors.js';
import { createRegistry, type Registry } from '../src/registry/registry.js';
import { releaseCandidates } from '../src/release/controller.js';
import { gateReason } from '../src/release/gate.js';
import { Resources } from '../src/resources.js';
import { createLazySandbox } from '../src/reward/lazy-sandbox.js';
import { openRewards } from '../src/reward/own-oracle.js';
import { createSampleScorer, type SampleScorer } from '../src/reward/score.js';
import { createLogger, createMetrics, type Logger } from '../src/telemetry.js';
import { configHash, GRPO_HELP, readArguments, readPlan, type Plan } from './grpo-plan.js';
import type { Learner } from './learner.js';
import { startTraining, whilePaused, type Publishing, type Training } from './loop.js';
import { createOnnxLearner } from './onnx-learner.js';
import { displayOn } from './progress.js';
import { createPublisher } from './publish.js';
import { createRolloutSampler } from './rollouts.js';
import { heldOutSuites } from './suites.js';
import { holdFolder } from './training-folder.js';

interface CommandIo {
  readonly stdout: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

const QUEUED_REQUESTS = 64;
/** Of the held-out prompts: all versions are judged on the same. */
const GATE_SEED = 1;

/**
 * Resolves with the exit code. `scorerOf` may put something between the oracles and the training.
 * @throws PurpgateError `setting_invalid`, and of whatever ends the run.
 */
export async function grpoCommand(
  args: readonly string[],
  { stdout, signal }: CommandIo,
  scorerOf: (scorer: SampleScorer) => SampleScorer = (scorer) => scorer,
): Promise<number> {
  const values = readArguments(args);
  if (values.help === true) {
    stdout.write(GRPO_HELP);
    return 0;
  }
  // Whoever started it may be killed, and then nobody would pause or stop it.
  const orphaned = new AbortController();
  process.once('disconnect', () => {
    orphaned.abort();
  });
  const io = { stdout, signal: AbortSignal.any([signal, orphaned.signal]) };
  const config = loadConfig();
  const plan = readPlan(values, config);
  const resources = new Resources();
  try {
    const { outcome, steps, last } = await holdFolder(plan.folder, async () => {
      const training = await build(plan, { config, resources, io, scorerOf });
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

interface Surroundings {
  readonly config: Config;
  readonly resources: Resources;
  readonly io: CommandIo;
  readonly scorerOf: (scorer: SampleScorer) => SampleScorer;
}

async function build(plan: Plan, { config, resources, io, scorerOf }: Surroundings): Promise<Training> {
  const { settings, folder, model, servePool, publishEvery } = plan;
  const logger = createLogger(config.logLevel);
  const url = await databaseUrl(config);
  await migrate(url, logger);
  const database = await openDatabase(url, logger);
  resources.defer('database', () => database.close());
  const log = resources.own('event log', await openEventLog(config, { database, metrics: createMetrics(), logger }));
  const { engine, rollouts } = await buildSampler(plan, { config, logger, resources, scorerOf, signal: io.signal });
  const learner = resources.own('learner', await buildLearner(plan));
  const registry = createRegistry(database);
  const publisher = createPublisher({
    learner,
    engine,
    rollouts,
    registry,
    folder: join(config.dataFolder, 'artifacts'),
    checkpoints: folder,
    base: model,
    pool: servePool,
    signal: io.signal,
  });
  const candidate: Publishing['candidate'] = async (manifest, parent) => {
    const version = await publisher(manifest, parent);
    if (plan.releasePrompts > 0) await judgeCandidates(plan, { database, registry, logger, io });
    return version;
  };
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

interface GateParts {
  readonly database: Database;
  readonly registry: Registry;
  readonly logger: Logger;
  readonly io: CommandIo;
}

/** In this process, so that a version is judged when the cores are free of training. */
async function judgeCandidates(
  { releasePrompts, servePool, threads }: Plan,
  { io, ...parts }: GateParts,
): Promise<void> {
  const display = displayOn(io.stdout);
  const suites = heldOutSuites({
    count: releasePrompts,
    seed: GATE_SEED,
    threads,
    logger: parts.logger,
    onProgress: (done, total) => {
      display.status(`gate: answer ${done}/${total}`, done / total);
    },
  });
  const releases = await releaseCandidates({ ...parts, suites, pool: servePool }, io.signal);
  for (const { version, verdict } of releases ?? []) display.line(`${version}: ${gateReason(verdict)}`);
}

async function databaseUrl(config: Config): Promise<string> {
  const url = config.databaseUrl ?? (await readRunFile(config.dataFolder))?.databaseUrl;
  if (url !== undefined) return url;
  throw new PurpgateError('setting_invalid', {
    publicMessage:
      'No purpgate runs on the data folder, so there is no database to train from: start it, or set DATABASE_URL.',
  });
}

interface SamplerParts extends Pick<Surroundings, 'config' | 'resources' | 'scorerOf'> {
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

async function buildSampler(
  { model, threads, groupSize, maxTokens }: Plan,
  { config, logger, resources, scorerOf, signal }: SamplerParts,
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
  const rewards = resources.own('own oracles', await openRewards(config));
  const scorer = scorerOf(createSampleScorer({ scanner, runner, rewards }));
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
