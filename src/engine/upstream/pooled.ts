/** The pools that serve now. A reload of `ENGINES_FILE` prepares what is new, swaps, and lets go of the old when nobody uses it. */
import type { Config } from '../../config.js';
import { PurpgateError } from '../../errors.js';
import type { Logger, Metrics } from '../../telemetry.js';
import { ModelTable, type ServedEngine } from '../models.js';
import { createUpstreamEngine, type PoolEngine } from './engine.js';
import { type AdapterSettings, type PoolSettings, poolsOf } from './pools.js';

export interface PooledParts {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Names of pools; a pool whose settings changed is in `added` and in `removed`. */
export interface ReloadedPools {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly kept: readonly string[];
}

interface ServedPool {
  readonly settings: PoolSettings;
  readonly engine: PoolEngine;
}

/** The pool whose upstreams load the versions of the registry. */
export interface AdapterPool {
  readonly engine: PoolEngine;
  readonly settings: PoolSettings & { readonly adapters: AdapterSettings };
}

export class PooledEngines {
  readonly embedded = null;
  readonly models: ModelTable;
  /** Another array after each change, from the moment on that new requests are served by it. */
  pools: readonly PoolSettings[];
  #served: readonly ServedPool[];
  /** They serve no new requests. */
  readonly #leaving = new Set<ServedPool>();
  #reloading: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  /** `pools`: as `poolsOf` gives them. @throws PurpgateError `setting_invalid` where two pools claim one model id. */
  constructor(
    pools: readonly PoolSettings[],
    private readonly parts: PooledParts,
  ) {
    this.pools = pools;
    this.#served = pools.map((settings) => this.#create(settings));
    this.models = new ModelTable(this.#withIds(this.#served));
  }

  get adapterPool(): AdapterPool | null {
    for (const { settings, engine } of this.#served) {
      const { adapters } = settings;
      if (adapters !== null) return { engine, settings: { ...settings, adapters } };
    }
    return null;
  }

  async start(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#served.map(({ engine }) => engine.start(signal)));
  }

  /**
   * Reads `ENGINES_FILE` again; one after the other. Requests in flight end on the pool that they began with, and pools whose settings
   * are the same go on with all that they know of their upstreams.
   * @throws PurpgateError `setting_invalid`, naming the path of what is wrong, or `engine_unavailable`; then nothing has changed.
   */
  reload(signal: AbortSignal): Promise<ReloadedPools> {
    const reload = this.#reloading.then(() => this.#reload(signal));
    this.#reloading = reload.catch(() => undefined);
    return reload;
  }

  /** Idempotent; what is in flight fails. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#reloading;
    await Promise.all([...this.#served, ...this.#leaving].map(({ engine }) => engine.stop()));
  }

  async #reload(signal: AbortSignal): Promise<ReloadedPools> {
    if (this.#isStopped) throw new PurpgateError('engine_unavailable');
    if (this.parts.config.enginesFile === null) throw nothingToReload();
    const before = this.#served;
    const known = new Map(before.map((pool) => [JSON.stringify(pool.settings), pool]));
    const next = poolsOf(this.parts.config).map(
      (settings) => known.get(JSON.stringify(settings)) ?? this.#create(settings),
    );
    const added = next.filter((pool) => !before.includes(pool));
    try {
      refuseMoved([...before, ...added].filter((pool) => !(before.includes(pool) && next.includes(pool))));
      await Promise.all(added.map(({ engine }) => engine.start(signal)));
      this.models.replace(this.#withIds(next));
    } catch (thrown) {
      await Promise.all(added.map(({ engine }) => engine.stop()));
      this.#forget(added);
      throw thrown;
    }
    this.#served = next;
    this.pools = next.map(({ settings }) => settings);
    const removed = before.filter((pool) => !next.includes(pool));
    for (const pool of removed) void this.#letGo(pool);
    const namesOf = (pools: readonly ServedPool[]) => pools.map(({ settings }) => settings.name);
    return {
      added: namesOf(added),
      removed: namesOf(removed),
      kept: namesOf(before.filter((pool) => next.includes(pool))),
    };
  }

  async #letGo(pool: ServedPool): Promise<void> {
    this.#leaving.add(pool);
    await this.models.idle(pool.engine);
    await pool.engine.stop();
    this.#forget([pool]);
    this.#leaving.delete(pool);
  }

  /** Metrics of upstreams that nobody uses would stand still for ever. */
  #forget(pools: readonly ServedPool[]): void {
    const used = new Set(this.pools.flatMap(labelsOf).map((labels) => JSON.stringify(labels)));
    const { upstreamOutstanding, upstreamAvailable } = this.parts.metrics;
    for (const labels of pools.flatMap(({ settings }) => labelsOf(settings)))
      if (!used.has(JSON.stringify(labels)))
        for (const gauge of [upstreamOutstanding, upstreamAvailable]) gauge.remove(labels);
  }

  #create(settings: PoolSettings): ServedPool {
    return { settings, engine: createUpstreamEngine(settings, this.parts) };
  }

  /** The aliases are further ids of the first pool. */
  #withIds(served: readonly ServedPool[]): ServedEngine[] {
    const { modelAliases } = this.parts.config;
    return served.map(({ settings, engine }, index) => ({
      engine,
      ids: index === 0 ? [...settings.serves, ...modelAliases] : settings.serves,
    }));
  }
}

/** What its upstreams have loaded and proven belongs to the engine that serves it. */
function refuseMoved(pools: readonly ServedPool[]): void {
  const moved = pools.find(({ settings }) => settings.adapters !== null);
  if (moved === undefined) return;
  throw new PurpgateError('setting_invalid', {
    publicMessage: `engines.${moved.settings.name}: a pool with adapters cannot be added, changed or removed while purpgate runs; start it anew`,
  });
}

export function nothingToReload(): PurpgateError {
  return new PurpgateError('setting_invalid', {
    publicMessage: 'ENGINES_FILE and POLICIES_FILE: neither is set, so nothing can be reloaded',
  });
}

function labelsOf({ name, upstreams }: PoolSettings): { pool: string; upstream: string }[] {
  return upstreams.map(({ url }) => ({ pool: name, upstream: url }));
}
