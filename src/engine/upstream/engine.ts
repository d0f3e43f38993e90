/** A pool of OpenAI-compatible servers as engine. */
import { PurpgateError } from '../../errors.js';
import type { Logger } from '../../telemetry.js';
import type { Delta } from '../../types.js';
import type { Engine, EngineHealth, GenerateRequest, ModelInfo, PromptParts } from '../engine.js';
import { choose } from './balancer.js';
import { UpstreamConnection } from './connection.js';
import { toConnectionError } from './errors.js';
import type { PoolSettings } from './pools.js';
import { estimateTokens } from './request.js';

interface UpstreamEngineParts {
  readonly logger: Logger;
}

/** Tokens that a completion without a limit is taken for. */
const USUAL_COMPLETION = 512;

export function createUpstreamEngine(settings: PoolSettings, parts: UpstreamEngineParts): Engine {
  return new UpstreamEngine(settings, parts);
}

interface Member {
  readonly id: string;
  readonly weight: number;
  readonly connection: UpstreamConnection;
  outstanding: number;
  inFlight: number;
}

class UpstreamEngine implements Engine {
  readonly model: ModelInfo;
  readonly #members: readonly Member[];
  #health: EngineHealth = 'starting';

  constructor(
    private readonly settings: PoolSettings,
    private readonly parts: UpstreamEngineParts,
  ) {
    this.#members = settings.upstreams.map(({ url, weight }) => ({
      id: url,
      weight,
      connection: new UpstreamConnection(settings, { url, weight }),
      outstanding: 0,
      inFlight: 0,
    }));
    const { serves, model, rules } = settings;
    this.model = { id: serves[0] ?? model, contextLength: null, rules, version: null };
  }

  health(): EngineHealth {
    return this.#health;
  }

  /** Asks nothing of the upstreams: they may come up later, and requests say best whether they are there. */
  start(): Promise<void> {
    if (this.#health === 'stopped') return Promise.reject(new PurpgateError('engine_unavailable'));
    this.#health = 'ready';
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#health = 'stopped';
    await Promise.all(this.#members.map(({ connection }) => connection.stop()));
  }

  async *generate(request: GenerateRequest, signal: AbortSignal): AsyncGenerator<Delta, void, undefined> {
    if (this.#health !== 'ready') throw new PurpgateError('engine_unavailable');
    const deadline = new AbortController();
    const timer = setTimeout(() => {
      deadline.abort(new PurpgateError('upstream_timeout', { message: 'the total time of the request is over' }));
    }, this.settings.timeouts.total);
    try {
      signal.throwIfAborted();
      yield* this.#attempt(request, AbortSignal.any([signal, deadline.signal]));
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

  async *#attempt(request: GenerateRequest, signal: AbortSignal): AsyncGenerator<Delta, void, undefined> {
    const tokens = estimateWork(request);
    const withRoom = this.#members.filter(({ inFlight }) => inFlight < this.settings.inFlight);
    const member = choose(withRoom, { tokens, affinity: request.conversation });
    if (member === null) throw new PurpgateError('overloaded', { retryAfterSeconds: 2 });
    member.inFlight += 1;
    member.outstanding += tokens;
    try {
      yield* member.connection.generate(request, signal);
    } finally {
      member.inFlight -= 1;
      member.outstanding -= tokens;
    }
  }
}

function estimateWork(request: GenerateRequest): number {
  const { maxTokens = USUAL_COMPLETION, choices } = request.sampling;
  return estimateTokens(request) + maxTokens * choices + 1;
}
