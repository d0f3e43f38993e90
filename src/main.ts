/**
 * The only file that builds concrete parts. It reads like the diagram in docs/architecture.md: client → http → serve (guard, engine) → spool →
 * event log → scorer.
 */
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { createAuthenticator } from './access/authenticator.js';
import { keyStore } from './access/keys.js';
import type { Config } from './config.js';
import { ensureKeyFile, ensureRedactionKey, removeRunFile, writeRunFile } from './data-folder.js';
import { type Database, migrate, openDatabase } from './db.js';
import { startEmbeddedPostgres } from './embedded-postgres.js';
import { buildEngines, type Engines } from './engine/build.js';
import type { EmbeddedEngine } from './engine/embedded/engine.js';
import { hashWeights } from './engine/embedded/folder.js';
import type { Engine } from './engine/engine.js';
import { createReload, type ReloadedEngines } from './engine/reload.js';
import { PurpgateError } from './errors.js';
import type { EventLog } from './events/event-log.js';
import { openEventLog } from './events/open.js';
import { type Spool, openSpool } from './events/spool.js';
import { startShipper } from './events/shipper.js';
import { type CodeScanner, createCodeScanner } from './guard/code/scanner.js';
import { createGuard } from './guard/create.js';
import { createPromptJudge } from './guard/prompt/combined-judge.js';
import { buildAdminApp } from './http/admin.js';
import { buildApp } from './http/app.js';
import type { HealthCheck } from './http/health.js';
import { lockDataFolder } from './instance-lock.js';
import { type Registry, createRegistry, versionName } from './registry/registry.js';
import { Resources } from './resources.js';
import { promoteVersion } from './release/controller.js';
import { Swap } from './release/swap.js';
import { createLazySandbox } from './reward/lazy-sandbox.js';
import { judgeOf } from './reward/judge.js';
import { createSampleScorer } from './reward/score.js';
import { startScorer, type Scorer } from './reward/scorer.js';
import { createServing } from './serve/serving.js';
import { type Logger, type Metrics, createMetrics } from './telemetry.js';
import { openTracing } from './telemetry/tracing.js';
import { startTrainer } from './training-process.js';
import { NANO_TRAINING } from '../trainer/grpo-plan.js';

export type Role = 'serve' | 'score';

/** The pool of the checkpoint that ships with purpgate; tenants have pools of their own beside it. */
const SHARED_POOL = 'shared';

export interface Instance {
  /** Base URL of the public API; null without the role `serve`. */
  readonly url: string | null;
  readonly adminUrl: string | null;
  readonly model: Engine['model'] | null;
  /** Never resolves; rejects when a part died of a defect and the instance must not go on. */
  readonly failed: Promise<never>;
  /** Reads ENGINES_FILE again, in the name of `actor`. @throws PurpgateError as `Engines.reload`. Null without the role `serve`. */
  readonly reload: ((actor: string) => Promise<ReloadedEngines>) | null;
  /** Idempotent; drains requests, spool and scorer within bounds, then ends every process. */
  stop(): Promise<void>;
}

interface Foundation {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly resources: Resources;
  readonly signal: AbortSignal;
}

/** Builds and starts the parts of the roles. When one fails, all that was started is stopped before this rejects. */
export async function startInstance(
  config: Config,
  roles: ReadonlySet<Role>,
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<Instance> {
  const resources = new Resources();
  const foundation = { config, logger, metrics: createMetrics(), resources, signal };
  try {
    return await build(foundation, roles);
  } catch (thrown) {
    await resources.stop().catch((error: unknown) => {
      logger.error({ error }, 'stopping after a failed start');
    });
    throw thrown;
  }
}

async function build(foundation: Foundation, roles: ReadonlySet<Role>): Promise<Instance> {
  const { config, resources, logger, metrics, signal } = foundation;
  const engines = roles.has('serve') ? resources.own('engines', buildEngines(foundation)) : null;
  if (engines !== null) await claimDataFolder(foundation);
  // The engine loads while PostgreSQL starts; its failure is thrown where it is awaited.
  const engineReady = engines?.start(signal);
  engineReady?.catch(() => undefined);

  const { database, databaseUrl } = await connectDatabase(foundation);
  const log = resources.own('event log', await openEventLog(config, { database, metrics, logger }));
  const scanner = resources.own('code scanner', await createCodeScanner());
  const scorer = roles.has('score') ? buildScorer(foundation, { log, database, scanner }) : null;
  const failed = neverUnless(scorer?.done);
  if (engines === null)
    return { url: null, adminUrl: null, model: null, failed, reload: null, stop: () => resources.stop() };

  const spool = await openSpool({
    folder: join(config.dataFolder, 'spool'),
    maxBytes: config.spoolMaxBytes,
    metrics,
    logger,
  });
  resources.defer('spool', () => spool.close());
  resources.own('shipper', startShipper({ spool, log, metrics, logger }));
  await engineReady;
  const { reload, ...addresses } = await openGateway(foundation, { database, engines, scanner, spool });
  await writeRunFile(config.dataFolder, { ...addresses, databaseUrl });
  resources.defer('run file', () => removeRunFile(config.dataFolder));
  const { embedded } = engines;
  if (config.training === 'on' && scorer !== null && embedded !== null) {
    const trainer = { config, servedPool: SHARED_POOL, options: NANO_TRAINING, logger };
    resources.own('training', startTrainer({ ...trainer, isBusy: () => embedded.inFlight > 0 }));
  }
  const model = engines.models.engines[0]?.model ?? null;
  return { ...addresses, model, failed, reload, stop: () => resources.stop() };
}

interface ScorerParts {
  readonly log: EventLog;
  readonly database: Database;
  readonly scanner: CodeScanner;
}

function buildScorer(
  { config, resources, metrics, logger }: Foundation,
  { log, database, scanner }: ScorerParts,
): Scorer {
  const runner = createLazySandbox({
    onUnavailable: (reason) => {
      logger.warn({ reason }, 'tests in prompts are not run: correctness is not scored');
    },
  });
  resources.own('sandbox', runner);
  const judge = judgeOf(config);
  if (judge !== null) resources.own('judge', judge);
  const scorer = createSampleScorer({ scanner, runner, judge });
  return resources.own('scorer', startScorer({ log, database, scorer, metrics, logger }));
}

async function claimDataFolder({ config, resources }: Foundation): Promise<void> {
  const lock = await lockDataFolder(config.dataFolder);
  resources.defer('data folder lock', () => lock.release());
}

async function connectDatabase({
  config,
  resources,
  logger,
}: Foundation): Promise<{ database: Database; databaseUrl: string }> {
  const databaseUrl = config.databaseUrl ?? (await startPostgres(config, resources, logger));
  await migrate(databaseUrl, logger);
  const database = await openDatabase(databaseUrl, logger);
  resources.defer('database', () => database.close());
  return { database, databaseUrl };
}

async function startPostgres(config: Config, resources: Resources, logger: Logger): Promise<string> {
  const postgres = await startEmbeddedPostgres({ folder: join(config.dataFolder, 'postgres'), logger });
  return resources.own('PostgreSQL', postgres).url;
}

interface GatewayParts {
  readonly database: Database;
  readonly engines: Engines;
  readonly scanner: CodeScanner;
  readonly spool: Spool;
}

async function openGateway(
  foundation: Foundation,
  { database, engines, scanner, spool }: GatewayParts,
): Promise<{ url: string; adminUrl: string; reload: (actor: string) => Promise<ReloadedEngines> }> {
  const { config, resources, logger, metrics } = foundation;
  const promptJudge = resources.own('prompt judge', await createPromptJudge(config.promptModel));
  const guard = resources.own('guard', createGuard({ policy: config.policy, scanner, promptJudge, metrics, logger }));
  const registry = createRegistry(database);
  const { embedded: engine } = engines;
  const swap = engine === null ? null : await followRegistry(foundation, { database, registry, engine });
  const authenticator = createAuthenticator({
    database,
    logger,
    failedLoginsPerMinute: config.failedLoginsPerMinute,
  });
  await ensureKeyFile({ folder: config.dataFolder, name: 'client', database, authenticator });
  await ensureKeyFile({ folder: config.dataFolder, name: 'admin', database, authenticator });

  const { reload, configHash } = createReload({ ...foundation, engines, policyHash: guard.policyHash });
  const tracing = await openTracing(config.otlpEndpoint);
  if (tracing !== null) resources.own('tracing', tracing);
  const serving = createServing({
    models: engines.models,
    guard,
    spool,
    metrics,
    logger,
    blockedPrompt: config.policy === 'strict' ? 'refuse' : 'answer',
    get configHash() {
      return configHash();
    },
    redactionKey: await ensureRedactionKey(config.dataFolder),
    ...(tracing !== null && { tracing }),
    ...(swap !== null && { route: swap }),
  });
  const health: HealthCheck[] = [
    { name: 'engine', isReady: () => engines.models.engines.every((one) => one.health() === 'ready') },
    { name: 'spool', isReady: () => !spool.isFull() },
  ];
  if (swap !== null) health.push({ name: 'version', role: 'told', isReady: () => swap.isSettled() });
  const app = await buildApp({ config, serving, authenticator, metrics, logger, health });
  const url = await listen(app, { host: config.host, port: config.port, setting: 'PORT' }, resources);
  const admin = await buildAdminApp({
    config,
    authenticator,
    metrics,
    logger,
    health,
    keys: keyStore(database),
    reload,
    versions: {
      list: () => registry.list(),
      promote: (request) => promoteVersion({ database, registry }, request),
      rollback: (request) => registry.rollback(request),
    },
  });
  const adminUrl = await listen(
    admin,
    { host: config.adminHost, port: config.adminPort, setting: 'ADMIN_PORT' },
    resources,
  );
  return { url, adminUrl, reload };
}

interface FollowedParts {
  readonly database: Database;
  readonly registry: Registry;
  readonly engine: EmbeddedEngine;
}

/** What the engine serves stands in the registry, and what the registry wants is served, before anybody is answered. */
async function followRegistry(
  { config, resources, logger }: Foundation,
  { database, registry, engine }: FollowedParts,
): Promise<Swap> {
  const sha256 = hashWeights(config.model);
  await registry.ensureLive(
    { sha256, base: config.model, adapter: null, parent: null, pool: SHARED_POOL },
    { actor: 'start', reason: 'the checkpoint that the engine loads' },
  );
  const base = versionName(sha256);
  const swap = resources.own('swap', new Swap({ database, registry, engine, base, pool: SHARED_POOL, logger }));
  await swap.start();
  return swap;
}

/** @throws PurpgateError `port_unavailable`, naming the setting. */
async function listen(
  app: FastifyInstance,
  { host, port, setting }: { readonly host: string; readonly port: number; readonly setting: 'PORT' | 'ADMIN_PORT' },
  resources: Resources,
): Promise<string> {
  resources.defer(`listener ${setting}`, () => app.close());
  try {
    return await app.listen({ host, port });
  } catch (thrown) {
    const reason = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    const why = reason === 'EADDRINUSE' ? 'is in use' : `cannot be listened on (${reason})`;
    throw new PurpgateError('port_unavailable', {
      publicMessage: `${setting}: port ${port} of ${host} ${why}. Set ${setting} to another port.`,
      cause: thrown,
    });
  }
}

function neverUnless(done: Promise<void> | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    done?.catch(reject);
  });
}
