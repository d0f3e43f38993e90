/** A scheduler on a real model, in the process of the test. */
import type { Model } from '../../src/engine/embedded/model.js';
import type { StepOutput } from '../../src/engine/embedded/protocol.js';
import { Scheduler } from '../../src/engine/embedded/scheduler.js';
import { createJob, type Job } from '../../src/engine/embedded/sequence.js';
import type { PurpgateError } from '../../src/errors.js';
import type { Sampling } from '../../src/types.js';
import { engineRequest } from '../contracts/engine.js';

interface BenchOptions {
  readonly maxQueued?: number;
  readonly consumer?: 'quick' | 'asleep';
  readonly stopIds?: ReadonlySet<number>;
}

/** With what it did. */
export class Bench {
  readonly outputs: StepOutput[] = [];
  readonly refused: { request: number; error: PurpgateError }[] = [];
  readonly scheduler: Scheduler;
  readonly #stopIds: ReadonlySet<number>;
  #notify: () => void = () => undefined;

  constructor(
    readonly model: Model,
    { maxQueued = 100, consumer = 'quick', stopIds = new Set() }: BenchOptions = {},
  ) {
    this.#stopIds = stopIds;
    this.scheduler = new Scheduler({
      model,
      maxQueued,
      onStep: (outputs) => {
        this.outputs.push(...outputs);
        if (consumer === 'quick') for (const { request } of outputs) this.takeAll(request);
        this.#notify();
      },
      onRefused: (request, error) => this.refused.push({ request, error }),
    });
  }

  job(
    request: number,
    promptIds: readonly number[],
    { caller = 'somebody', ...sampling }: Partial<Sampling> & { readonly caller?: string } = {},
  ): Job {
    return createJob({
      request,
      caller,
      adapter: null,
      promptIds,
      sampling: engineRequest(sampling).sampling,
      contextLength: this.model.config.maxPositions,
      reading: { format: 'plain', tools: 'ignored' },
      allowed: null,
      // Random weights would end their turn at random.
      stopIds: this.#stopIds,
      tokenizer: this.model.tokenizer,
      randomSeed: 1,
    });
  }

  submit(...args: Parameters<Bench['job']>): void {
    this.scheduler.submit(this.job(...args));
  }

  takeAll(request: number): void {
    this.scheduler.consumed(request, this.outputs.filter((output) => output.request === request).length);
  }

  /** Resolves when `condition` holds; it is looked at after every step. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition())
      await new Promise<void>((resolve) => {
        this.#notify = resolve;
      });
  }

  ids(request: number, choice = 0): number[] {
    return this.outputs.filter((output) => output.request === request && output.choice === choice).map(({ id }) => id);
  }

  isFinished(request: number): boolean {
    return this.outputs.some((output) => output.request === request && output.finish !== null);
  }
}

/** Lets the loop of the scheduler do everything it can. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Token ids, the same for the same arguments. */
export const prompt = (length: number, salt: number): number[] =>
  Array.from({ length }, (_, index) => (index * 31 + salt * 7 + ((index * index) % 13)) % 250);
