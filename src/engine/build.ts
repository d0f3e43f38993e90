/** Builds what serves from the configuration: the embedded engine, or pools of upstreams. */
import { createEmbeddedEngine, type EmbeddedEngine } from './embedded/engine.js';
import { ModelTable } from './models.js';
import {
  type AdapterPool,
  nothingToReload,
  PooledEngines,
  type PooledParts,
  type ReloadedPools,
} from './upstream/pooled.js';
import { type PoolSettings, poolsOf } from './upstream/pools.js';

/** Requests that a full engine lets wait; the http layer's in-flight limit is the outer bound. */
const QUEUED_REQUESTS = 256;

export interface Engines {
  /** Its first id is the one that the banner and the aliases mean. */
  readonly models: ModelTable;
  /** Null where pools serve. */
  readonly embedded: EmbeddedEngine | null;
  readonly pools: readonly PoolSettings[];
  /** Null where no upstreams load adapters. */
  readonly adapterPool: AdapterPool | null;
  start(signal: AbortSignal): Promise<void>;
  /** @throws PurpgateError as `PooledEngines.reload`. */
  reload(signal: AbortSignal): Promise<ReloadedPools>;
  stop(): Promise<void>;
}

/** @throws PurpgateError `setting_invalid`. */
export function buildEngines(parts: PooledParts): Engines {
  const pools = poolsOf(parts.config);
  if (pools.length > 0) return new PooledEngines(pools, parts);
  const { config, logger, metrics } = parts;
  const embedded = createEmbeddedEngine({
    folder: config.model,
    threads: config.engineThreads,
    maxQueued: QUEUED_REQUESTS,
    logger,
    metrics,
  });
  return {
    models: new ModelTable([{ engine: embedded, ids: [embedded.model.id, ...config.modelAliases] }]),
    embedded,
    pools: [],
    adapterPool: null,
    start: (signal) => embedded.start(signal),
    reload: () => Promise.reject(nothingToReload()),
    stop: () => embedded.stop(),
  };
}
