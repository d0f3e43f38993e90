/** A pool of OpenAI-compatible servers as engine. */
import { PurpgateError } from '../../errors.js';
import type { Logger, Metrics } from '../../telemetry.js';
import type { Delta } from '../../types.js';
import type { Engine, EngineHealth, GenerateRequest, ModelInfo, PromptParts } from '../engine.js';
import { Members, type Outcome } from './members.js';
import { toConnectionError } from './errors.js';
import type { PoolSettings } from './pools.js';
import { estimateTokens } from './request.js';
import { RetryBudget } from './retry-budget.js';

interface UpstreamEngineParts {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Tokens that a completion without a limit is taken for. */
const USUAL_COMPLETION = 512;
/** Upstreams that are asked for one request. */
const MAX_ATTEMPTS = 3;

export function createUpstreamEngine(settings: PoolSettings, parts: UpstreamEngineParts): Engine {
  return new UpstreamEngine(settings, parts);
}

class UpstreamEngine implements Engine {
  readonly model: ModelInfo;
  readonly #members: Members;
  readonly #budget = new RetryBudget(() => performance.now());
  #health: EngineHealth = 'starting';

  constructor(
    private readonly settings: PoolSettings,
    private readonly parts: UpstreamEngineParts,
  ) {
    this.#members = new Members(settings, parts.metrics);
    const { serves, model, rules, prices } = settings;
    this.model = {
      id: serves[0] ?? model,
      contextLength: null,
      rules,
      version: null,
      ...(prices !== undefined && { prices }),
    };
  }

  health(): EngineHealth {
    return this.#health;
  }

  /** Asks nothing of the upstreams: they may come up later, and requests say best whether they are there. */
  start(): Promise<void> {
    if (this.#health === 'stopped') return Promise.reject(new PurpgateError('engine_unavailable'));
    this.#health = 'ready';
    this.#members.watch();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#health = 'stopped';
    await this.#members.stop();
  }

  async *generate(request: GenerateRequest, signal: AbortSignal): AsyncGenerator<Delta, void, undefined> {
    if (this.#health !== 'ready') throw new PurpgateError('engine_unavailable');
    const deadline = new AbortController();
    const timer = setTimeout(() => {
      deadline.abort(new PurpgateError('upstream_timeout', { message: 'the total time of the request is over' }));
    }, this.settings.timeouts.total);
    try {
      signal.throwIfAborted();
      yield* this.#serve(request, AbortSignal.any([signal, deadline.signal]));
    } catch (thrown) {
      if (signal.aborted) throw new PurpgateError('request_aborted', { cause: thrown });
      const error = this.health() === 'ready' ? toConnectionError(thrown) : new PurpgateError('engine_unavailable');
      this.parts.logger.warn({ requestId: request.id, error }, 'upstream request failed');
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  countPromptTokens(prompt: PromptParts, signal: AbortSignal): Promise<number> {
    if (signal.aborted) return Promise.reject(new PurpgateError('request_aborted'));
    if (this.#health !== 'ready') return Promise.reject(new PurpgateError('engine_unavailable'));
    return Promise.resolve(estimateTokens(prompt));
  }

  /** Goes on to another upstream where one fails before it has said anything. */
  async *#serve(request: GenerateRequest, signal: AbortSignal): AsyncGenerator<Delta, void, undefined> {
    const work = { tokens: estimateWork(request), affinity: request.conversation };
    const tried: string[] = [];
    let hasBegun = false;
    this.#budget.note();
    for (;;) {
      const lease = this.#members.lease(work, tried);
      if (lease === null) throw new PurpgateError('overloaded', { retryAfterSeconds: 2 });
      tried.push(lease.id);
      let outcome: Outcome = { type: 'left' };
      try {
        for await (const delta of lease.connection.generate(request, signal)) {
          if (!hasBegun) lease.begun();
          hasBegun = true;
          yield delta;
        }
        outcome = { type: 'answered' };
        return;
      } catch (thrown) {
        // The end of the whole request, for whatever reason, is counted only where the upstream had its time and said nothing.
        const error = toConnectionError(thrown);
        if (!signal.aborted || signal.reason instanceof PurpgateError) outcome = { type: 'threw', error };
        if (signal.aborted || hasBegun || !this.#mayTryAgain(error, tried)) throw error;
        this.parts.logger.warn({ requestId: request.id, upstream: lease.id, error }, 'upstream attempt failed');
      } finally {
        lease.release(outcome);
      }
    }
  }

  #mayTryAgain({ code }: PurpgateError, tried: readonly string[]): boolean {
    if (this.#health !== 'ready' || (code !== 'upstream_error' && code !== 'upstream_timeout')) return false;
    if (tried.length >= MAX_ATTEMPTS || !this.#members.hasOther(tried)) return false;
    const isAllowed = this.#budget.take();
    this.parts.metrics.upstreamRetries.inc({ pool: this.settings.name, outcome: isAllowed ? 'retried' : 'denied' });
    return isAllowed;
  }
}

function estimateWork(request: GenerateRequest): number {
  const { maxTokens = USUAL_COMPLETION, choices } = request.sampling;
  return estimateTokens(request) + maxTokens * choices + 1;
}
