/** The whole gateway in this process before an OpenAI-compatible server: app, serving, guard, engine and spool are the real ones; keys need no database. */
import { rm } from 'node:fs/promises';
import { createAuthenticator } from '../../src/access/authenticator.js';
import { BudgetLedger } from '../../src/access/budget-ledger.js';
import { loadConfig } from '../../src/config.js';
import type { Database } from '../../src/db.js';
import { ModelTable } from '../../src/engine/models.js';
import { createUpstreamEngine } from '../../src/engine/upstream/engine.js';
import { poolsOf } from '../../src/engine/upstream/pools.js';
import { openSpool } from '../../src/events/spool.js';
import { createCodeScanner, type CodeScanner } from '../../src/guard/code/scanner.js';
import { Guards } from '../../src/guard/guards.js';
import { createRuleJudge } from '../../src/guard/prompt/rule-judge.js';
import { buildApp } from '../../src/http/app.js';
import { Resources } from '../../src/resources.js';
import { createServing } from '../../src/serve/serving.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import type { Caller } from '../../src/types.js';
import { authenticatorOf } from '../http/support.js';
import { makeFolder } from './folder.js';
import { REDACTION_KEY } from './request.js';

export const UPSTREAM_MODEL = 'example-model';
const SPOOL_BYTES = 1 << 28;

export interface StartedGateway {
  /** Without `/v1`. */
  readonly url: string;
  /** How many interactions its log holds that were not counted before. */
  recorded(): Promise<number>;
  /** What was used of budgets is in the database then. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

interface GatewaySettings {
  /** As in the environment. */
  readonly settings?: Readonly<Record<string, string>>;
  /** By key; absent: one caller, whose key is `KEY`. */
  readonly callers?: Readonly<Record<string, Caller>>;
  /** Where keys and budgets are; absent: `callers` alone are known, and their budgets are nobody's. */
  readonly database?: Database;
  /** Of several gateways, not stopped with them; absent: one of its own. */
  readonly scanner?: CodeScanner;
}

export async function startGateway(
  /** Null: the settings name an `ENGINES_FILE`. */
  upstreamUrl: string | null,
  { settings = {}, callers, database, scanner: shared }: GatewaySettings = {},
): Promise<StartedGateway> {
  const config = loadConfig({
    ...(upstreamUrl !== null && { UPSTREAM_URL: upstreamUrl, UPSTREAM_MODEL }),
    UPSTREAM_IDLE_TIMEOUT_SECONDS: '10',
    ...settings,
  });
  const [logger, metrics, resources] = [createLogger('silent'), createMetrics(), new Resources()];
  const folder = await makeFolder();
  resources.defer('folder', () => rm(folder, { recursive: true, force: true }));
  const served = poolsOf(config).map((pool) => ({
    engine: resources.own(`engine ${pool.name}`, createUpstreamEngine(pool, { logger, metrics })),
    ids: [...pool.serves, ...config.modelAliases],
  }));
  for (const { engine } of served) await engine.start(AbortSignal.timeout(10_000));
  const scanner = shared ?? resources.own('scanner', await createCodeScanner({ deadlineMs: 10_000 }));
  const guards = new Guards({ config, scanner, promptJudge: createRuleJudge(), metrics, logger });
  const spool = await openSpool({ folder, maxBytes: SPOOL_BYTES, metrics, logger });
  resources.defer('spool', () => spool.close());
  const budgets = database && resources.own('budgets', new BudgetLedger({ database, metrics, logger }));
  const serving = createServing({
    models: new ModelTable(served),
    guards,
    spool,
    metrics,
    logger,
    configHash: 'test',
    redactionKey: REDACTION_KEY,
    ...(budgets && { budgets }),
  });
  const app = await buildApp({
    config,
    serving,
    authenticator: database
      ? createAuthenticator({ database, logger, failedLoginsPerMinute: config.failedLoginsPerMinute })
      : authenticatorOf(callers),
    metrics,
    logger,
    health: [],
    drainMs: 0,
  });
  resources.defer('app', () => app.close());
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const recorded = async (): Promise<number> => {
    let count = 0;
    for (let batch = await spool.read(); batch !== null; batch = await spool.read()) {
      count += batch.records.length;
      await spool.acknowledge(batch);
    }
    return count;
  };
  const settle = async (): Promise<void> => budgets?.report();
  return { url, recorded, settle, stop: () => resources.stop() };
}
