/** Which engine serves which model id: the one place that decides it. */
import { PurpgateError } from '../errors.js';
import type { Engine } from './engine.js';

export interface ServedEngine {
  readonly engine: Engine;
  /** Ids by which requests may name its model, at least one; the first is the one that it is called by. */
  readonly ids: readonly string[];
}

export class ModelTable {
  readonly #engines = new Map<string, Engine>();

  /** @throws PurpgateError `setting_invalid` where two engines claim one id. */
  constructor(served: readonly ServedEngine[]) {
    for (const { engine, ids } of served)
      for (const id of ids) {
        const owner = this.#engines.get(id);
        if (owner !== undefined && owner !== engine)
          throw new PurpgateError('setting_invalid', { publicMessage: `two engines serve the model id "${id}"` });
        this.#engines.set(id, engine);
      }
  }

  get entries(): readonly (readonly [id: string, engine: Engine])[] {
    return [...this.#engines];
  }

  /** @throws PurpgateError `model_not_found`. */
  engineOf(id: string): Engine {
    const engine = this.#engines.get(id);
    if (engine === undefined) throw new PurpgateError('model_not_found', { param: 'model' });
    return engine;
  }
}
