/** Which engine serves which model id: the one place that decides it, and that knows who is still used. */
import { PurpgateError } from '../errors.js';
import type { Engine } from './engine.js';

export interface ServedEngine {
  readonly engine: Engine;
  /** Ids by which requests may name its model, at least one; the first is the one that it is called by. */
  readonly ids: readonly string[];
}

export interface EngineLease {
  readonly engine: Engine;
  /** Idempotent. */
  release(): void;
}

export class ModelTable {
  #engines: ReadonlyMap<string, Engine>;
  readonly #leases = new Map<Engine, Set<EngineLease>>();
  readonly #onIdle = new Map<Engine, () => void>();

  /** @throws PurpgateError `setting_invalid` where two engines claim one id. */
  constructor(served: readonly ServedEngine[]) {
    this.#engines = byId(served);
  }

  get entries(): readonly (readonly [id: string, engine: Engine])[] {
    return [...this.#engines];
  }

  get engines(): readonly Engine[] {
    return [...new Set(this.#engines.values())];
  }

  /** All ids by which requests may name the model of an engine. */
  idsOf(engine: Engine): readonly string[] {
    return this.entries.flatMap(([id, served]) => (served === engine ? [id] : []));
  }

  /** @throws PurpgateError `model_not_found`. */
  engineOf(id: string): Engine {
    const engine = this.#engines.get(id);
    if (engine === undefined) throw new PurpgateError('model_not_found', { param: 'model' });
    return engine;
  }

  /** The engine for a request, which is kept until the release, whatever takes its place meanwhile. @throws as `engineOf`. */
  acquire(id: string): EngineLease {
    const engine = this.engineOf(id);
    const leases = this.#leases.get(engine) ?? new Set();
    this.#leases.set(engine, leases);
    const lease: EngineLease = {
      engine,
      release: () => {
        leases.delete(lease);
        if (leases.size > 0) return;
        this.#leases.delete(engine);
        this.#onIdle.get(engine)?.();
      },
    };
    leases.add(lease);
    return lease;
  }

  /** New requests are served by these. @throws PurpgateError `setting_invalid` as the constructor; then nothing has changed. */
  replace(served: readonly ServedEngine[]): void {
    this.#engines = byId(served);
  }

  /** Resolves when no request uses the engine, which must no longer be in the table. */
  async idle(engine: Engine): Promise<void> {
    if (!this.#leases.has(engine)) return;
    await new Promise<void>((resolve) => this.#onIdle.set(engine, resolve));
    this.#onIdle.delete(engine);
  }
}

function byId(served: readonly ServedEngine[]): ReadonlyMap<string, Engine> {
  const engines = new Map<string, Engine>();
  for (const { engine, ids } of served)
    for (const id of ids) {
      const owner = engines.get(id);
      if (owner !== undefined && owner !== engine)
        throw new PurpgateError('setting_invalid', { publicMessage: `two engines serve the model id "${id}"` });
      engines.set(id, engine);
    }
  return engines;
}
