/** What serves versions follows the registry: the embedded engine, or a pool whose upstreams load adapters. */
import type { Config } from '../config.js';
import type { Database } from '../db.js';
import type { Engines } from '../engine/build.js';
import { hashWeights } from '../engine/embedded/folder.js';
import { type Registry, versionName } from '../registry/registry.js';
import type { Resources } from '../resources.js';
import type { Logger } from '../telemetry.js';
import { PoolAdapters } from './pool-adapters.js';
import { type AdapterEngine, byGeneration, Swap } from './swap.js';

interface FollowParts {
  readonly config: Pick<Config, 'model'>;
  readonly engines: Pick<Engines, 'embedded' | 'adapterPool'>;
  readonly database: Database;
  readonly registry: Registry;
  /** In the registry. */
  readonly pool: string;
  readonly logger: Logger;
}

/** What the engine serves stands in the registry, and what the registry wants is served, before anybody is answered. Null where nothing has versions. */
export async function followRegistry(parts: FollowParts, resources: Resources): Promise<Swap | null> {
  const served = servedBase(parts);
  if (served === null) return null;
  const { database, registry, pool, logger } = parts;
  await registry.ensureLive(
    { sha256: served.sha256, base: served.base, adapter: null, parent: null, pool },
    { actor: 'start', reason: 'the checkpoint that the engine loads' },
  );
  const base = versionName(served.sha256);
  const swap = resources.own('swap', new Swap({ database, registry, engine: served.engine(base), base, pool, logger }));
  await swap.start();
  return swap;
}

interface ServedBase {
  readonly sha256: string;
  /** Folder or name of the checkpoint. */
  readonly base: string;
  readonly engine: (base: ReturnType<typeof versionName>) => AdapterEngine;
}

function servedBase({ config, engines: { embedded, adapterPool }, logger }: FollowParts): ServedBase | null {
  if (embedded !== null)
    return {
      sha256: hashWeights(config.model),
      base: config.model,
      engine: (base) => byGeneration(embedded, base),
    };
  if (adapterPool === null) return null;
  const { engine, settings } = adapterPool;
  const { model, adapters } = settings;
  return {
    sha256: adapters.baseSha256,
    base: model,
    engine: () => new PoolAdapters({ servers: engine.servers, model, folder: adapters.folder, logger }),
  };
}
