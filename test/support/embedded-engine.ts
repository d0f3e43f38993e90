/** Real embedded engines on tiny models for tests, with everything cleaned up after the suite. */
import { after } from 'node:test';
import { createEmbeddedEngine, type EmbeddedEngine } from '../../src/engine/embedded/engine.js';
import { createLogger, createMetrics, type Metrics } from '../../src/telemetry.js';
import type { Delta } from '../../src/types.js';
import { collect, engineRequest, never } from '../contracts/engine.js';
import { writeTinyModel, type TinyModel, type TinyModelOptions } from './tiny-model.js';

interface EngineOptions {
  readonly maxQueued?: number;
  readonly metrics?: Metrics;
  readonly heartbeatMs?: number;
}

export function createEngine(folder: string, options: EngineOptions = {}): EmbeddedEngine {
  const { maxQueued = 100, metrics = createMetrics(), ...rest } = options;
  return createEmbeddedEngine({ folder, threads: 1, logger: createLogger('silent'), metrics, maxQueued, ...rest });
}

type Start = (
  model?: TinyModelOptions,
  engine?: EngineOptions,
) => Promise<{ readonly engine: EmbeddedEngine; readonly model: TinyModel }>;

/** Starts engines for the suite that calls it, and stops them when the suite ends. */
export function engineStarter(): Start {
  const opened: { readonly engine: EmbeddedEngine; readonly model: TinyModel }[] = [];
  after(async () => {
    for (const { engine, model } of opened) {
      await engine.stop();
      await model.remove();
    }
  });
  return async (modelOptions, engineOptions) => {
    const model = await writeTinyModel(modelOptions);
    const engine = createEngine(model.folder, engineOptions);
    opened.push({ engine, model });
    await engine.start(never());
    return { engine, model };
  };
}

export function generate(engine: EmbeddedEngine, ...args: Parameters<typeof engineRequest>): Promise<Delta[]> {
  return collect(engine.generate(engineRequest(...args), never()));
}

/** Token ids of all choices, in the order they came. */
export function idsOf(deltas: readonly Delta[]): number[] {
  return deltas.flatMap((delta) => ('tokens' in delta ? delta.tokens.ids : []));
}
