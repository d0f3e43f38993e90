/** A pool of OpenAI-compatible servers as engine. */
import { PurpgateError } from '../../errors.js';
import type { Logger, Metrics } from '../../telemetry.js';
import { loadTokenizer, type Tokenizer } from '../../lm/tokenizer.js';
import type { Delta, VersionName } from '../../types.js';
import type { Engine, EngineHealth, GenerateRequest, ModelInfo, PromptParts } from '../engine.js';
import type { CaptureParts } from './connection.js';
import type { AdapterServer } from './adapter-server.js';
import { Members, type Outcome, type Work } from './members.js';
import { isNotFound, toConnectionError } from './errors.js';
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

export interface PoolEngine extends Engine {
  readonly servers: readonly AdapterServer[];
}

export function createUpstreamEngine(settings: PoolSettings, parts: UpstreamEngineParts): PoolEngine {
  return new UpstreamEngine(settings, parts);
}

class UpstreamEngine implements PoolEngine {
  readonly model: ModelInfo;
  readonly #members: Members;
  readonly #budget = new RetryBudget(() => performance.now());
  #health: EngineHealth = 'starting';
  #tokenizer: Tokenizer | null = null;

  constructor(
    private readonly settings: PoolSettings,
    private readonly parts: UpstreamEngineParts,
  ) {
    const { serves, model, rules, prices, adapters } = settings;
    const version: VersionName | null = adapters === null ? null : `purp@${adapters.baseSha256.slice(0, 12)}`;
    this.#members = new Members(settings, parts.metrics, version);
    this.model = {
      id: serves[0] ?? model,
      contextLength: null,
      rules,
      version,
      ...(prices !== undefined && { prices }),
    };
  }

  get servers(): readonly AdapterServer[] {
    return this.#members.servers;
  }

  health(): EngineHealth {
    return this.#health;
  }

  /** Asks nothing of the upstreams: they may come up later, and requests say best whether they are there. */
  async start(): Promise<void> {
    const folder = this.settings.capture?.tokenizer ?? null;
    if (folder !== null) this.#tokenizer = await loadTokenizer(folder);
    if (this.#health === 'stopped') throw new PurpgateError('engine_unavailable');
    this.#health = 'ready';
    this.#members.watch();
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
    const adapter = request.version === this.model.version ? null : request.version;
    const work: Work = { tokens: estimateWork(request), affinity: request.conversation, adapter };
    const tried: string[] = [];
    let hasBegun = false;
    this.#budget.note();
    for (;;) {
      const lease = this.#members.lease(work, tried);
      if (lease === null) throw new PurpgateError('overloaded', { retryAfterSeconds: 2 });
      tried.push(lease.id);
      let outcome: Outcome = { type: 'left' };
      try {
        for await (const delta of lease.connection.generate(request, signal, this.#capture)) {
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
        if (isNotFound(error)) lease.lost();
        if (signal.aborted || hasBegun || !this.#mayTryAgain(error, work, tried)) throw error;
        this.parts.logger.warn({ requestId: request.id, upstream: lease.id, error }, 'upstream attempt failed');
      } finally {
        lease.release(outcome);
      }
    }
  }

  get #capture(): CaptureParts {
    const { captureDropped } = this.parts.metrics;
    return {
      tokenizer: this.#tokenizer,
      onDropped: (reason) => {
        captureDropped.inc({ pool: this.settings.name, reason });
      },
    };
  }

  #mayTryAgain({ code }: PurpgateError, work: Work, tried: readonly string[]): boolean {
    if (this.#health !== 'ready' || (code !== 'upstream_error' && code !== 'upstream_timeout')) return false;
    if (tried.length >= MAX_ATTEMPTS || !this.#members.hasOther(work, tried)) return false;
    const isAllowed = this.#budget.take();
    this.parts.metrics.upstreamRetries.inc({ pool: this.settings.name, outcome: isAllowed ? 'retried' : 'denied' });
    return isAllowed;
  }
}

function estimateWork(request: GenerateRequest): number {
  const { maxTokens = USUAL_COMPLETION, choices } = request.sampling;
  return estimateTokens(request) + maxTokens * choices + 1;
}
