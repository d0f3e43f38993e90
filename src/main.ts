/**
 * The only file that builds concrete parts. It reads like the diagram in docs/architecture.md: client → http → serve (guard, engine) → spool →
 * event log → scorer.
 */
import { join, resolve } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { createAuthenticator } from './access/authenticator.js';
import { BudgetLedger } from './access/budget-ledger.js';
import { keyStore } from './access/keys.js';
import type { Config } from './config.js';
import { ensureKeyFile, ensureRedactionKey, removeRunFile, writeRunFile } from './data-folder.js';
import { type Database, migrate, openDatabase } from './db.js';
import { startEmbeddedPostgres } from './embedded-postgres.js';
import { buildEngines, type Engines } from './engine/build.js';
import type { EmbeddedEngine } from './engine/embedded/engine.js';
import type { Engine } from './engine/engine.js';
import { createReload, type Reloaded } from './engine/reload.js';
import { PurpgateError } from './errors.js';
import type { EventLog } from './events/event-log.js';
import { openEventLog } from './events/open.js';
import { startRetention } from './events/retention.js';
import { type Spool, openSpool } from './events/spool.js';
import { startShipper } from './events/shipper.js';
import { type CodeScanner, createCodeScanner } from './guard/code/scanner.js';
import { Guards } from './guard/guards.js';
import { loadPolicies } from './guard/policy-file.js';
import { createPromptJudge } from './guard/prompt/combined-judge.js';
import { buildAdminApp } from './http/admin.js';
import { buildApp } from './http/app.js';
import type { HealthCheck } from './http/health.js';
import { lockDataFolder } from './instance-lock.js';
import { createRegistry } from './registry/registry.js';
import { Resources } from './resources.js';
import { type AdapterSource, createVersionControl } from './release/control.js';
import { followRegistry } from './release/follow.js';
import { createLazySandbox } from './reward/lazy-sandbox.js';
import { judgeOf } from './reward/judge.js';
import { openRewards } from './reward/own-oracle.js';
import { createSampleScorer } from './reward/score.js';
import { startScorer, type Scorer } from './reward/scorer.js';
import { createServing } from './serve/serving.js';
import { type Logger, type Metrics, createMetrics } from './telemetry.js';
import { watchEventLoop } from './telemetry/event-loop.js';
import { openTracing } from './telemetry/tracing.js';
import { startTrainer } from './training-process.js';
import { createAdapterImporter } from '../trainer/adapter-import-process.js';
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
  /** Reads ENGINES_FILE and POLICIES_FILE again, in the name of `actor`. @throws PurpgateError as `Engines.reload`. Null without the role `serve`. */
  readonly reload: ((actor: string) => Promise<Reloaded>) | null;
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
  resources.own('event loop watch', watchEventLoop(metrics));
  // A mistake in the file is told before anything is started.
  if (roles.has('serve')) loadPolicies(config);
  const engines = roles.has('serve') ? resources.own('engines', buildEngines(foundation)) : null;
  if (engines !== null) await claimDataFolder(foundation);
  // The engine loads while PostgreSQL starts; its failure is thrown where it is awaited.
  const engineReady = engines?.start(signal);
  engineReady?.catch(() => undefined);

  const { database, databaseUrl } = await connectDatabase(foundation);
  const log = resources.own('event log', await openEventLog(config, { database, metrics, logger }));
  const scanner = resources.own('code scanner', await createCodeScanner({ deadlineMs: 2000 }));
  const scorer = roles.has('score') ? await buildScorer(foundation, { log, database, scanner }) : null;
  if (scorer !== null && config.kafkaBrokers.length === 0)
    resources.own('retention', startRetention({ database, days: config.eventRetentionDays, logger }));
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

async function buildScorer(
  { config, resources, metrics, logger }: Foundation,
  { log, database, scanner }: ScorerParts,
): Promise<Scorer> {
  const runner = createLazySandbox({
    onUnavailable: (reason) => {
      logger.warn({ reason }, 'tests in prompts are not run: correctness is not scored');
    },
  });
  resources.own('sandbox', runner);
  const judge = judgeOf(config);
  if (judge !== null) resources.own('judge', judge);
  const rewards = resources.own('own oracles', await openRewards(config));
  const scorer = createSampleScorer({ scanner, runner, judge, rewards });
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
  const folder = join(config.dataFolder, 'postgres');
  const start = async () => resources.own('PostgreSQL', await startEmbeddedPostgres({ folder, logger })).url;
  const databaseUrl = config.databaseUrl ?? (await start());
  await migrate(databaseUrl, logger);
  const database = await openDatabase(databaseUrl, logger);
  resources.defer('database', () => database.close());
  return { database, databaseUrl };
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
): Promise<{ url: string; adminUrl: string; reload: (actor: string) => Promise<Reloaded> }> {
  const { config, resources, logger, metrics } = foundation;
  const promptJudge = resources.own('prompt judge', await createPromptJudge(config.promptModel));
  const guards = new Guards({ config, scanner, promptJudge, metrics, logger });
  const registry = createRegistry(database);
  const followed = { database, registry, pool: SHARED_POOL, logger };
  const swap = await followRegistry({ ...followed, config, engines }, resources);
  const authenticator = createAuthenticator({
    database,
    logger,
    failedLoginsPerMinute: config.failedLoginsPerMinute,
  });
  await ensureKeyFile({ folder: config.dataFolder, name: 'client', database, authenticator });
  await ensureKeyFile({ folder: config.dataFolder, name: 'admin', database, authenticator });

  const { reload, configHash } = createReload({ ...foundation, engines, policies: guards });
  const tracing = await openTracing(config.otlpEndpoint);
  if (tracing !== null) resources.own('tracing', tracing);
  // Stopped after the listeners, when every request has settled.
  const budgets = resources.own('budgets', new BudgetLedger({ database, logger, metrics }));
  const serving = createServing({
    models: engines.models,
    guards,
    spool,
    metrics,
    logger,
    get configHash() {
      return configHash();
    },
    redactionKey: await ensureRedactionKey(config.dataFolder),
    budgets,
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
    versions: createVersionControl({ database, registry, adapters: adapterSource(foundation, engines.embedded) }),
  });
  const adminUrl = await listen(
    admin,
    { host: config.adminHost, port: config.adminPort, setting: 'ADMIN_PORT' },
    resources,
  );
  return { url, adminUrl, reload };
}

function adapterSource({ config, resources }: Foundation, engine: EmbeddedEngine | null): AdapterSource | null {
  const { adaptersFolder: root, dataFolder, model } = config;
  const base = engine?.model.version ?? null;
  if (root === null || base === null) return null;
  const importer = createAdapterImporter({ root, model, artifacts: resolve(dataFolder, 'artifacts') });
  return { base, model, pool: SHARED_POOL, fetch: resources.own('adapter import', importer).fetch };
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
