/** How much a key may ask, and how much is served at once. */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PurpgateError } from '../errors.js';
import type { Metrics } from '../telemetry.js';
import { onResponseEnd } from './response-end.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Aborts when the client left, or when the server stops and the request has had its time. Null on public routes. */
    cancellation: AbortSignal | null;
  }
}

const MINUTE_MS = 60_000;
/** After they were aborted, how long requests may take to say so to their clients. */
const FAREWELL_MS = 500;

/** Requests per minute and key; what is not authenticated is limited by the failed logins of its address. */
export async function installRateLimit(app: FastifyInstance, requestsPerMinute: number): Promise<void> {
  await app.register(rateLimit, {
    timeWindow: MINUTE_MS,
    keyGenerator: (request) => request.caller?.keyId ?? '',
    allowList: (request) => request.caller === null,
    max: (request) => request.caller?.requestsPerMinute ?? requestsPerMinute,
    errorResponseBuilder: (_, { ttl }) =>
      new PurpgateError('rate_limit_exceeded', { retryAfterSeconds: Math.max(1, Math.ceil(ttl / 1000)) }),
  });
}

/** Of places and of bytes, how much one key may take: whatever its clients do, others are served. */
const SHARE_OF_ONE_KEY = 0.75;
/** How many bodies of the largest size may be under way at once; smaller ones as many as there are places. */
const LARGEST_BODIES = 8;

/** What a request takes until its response has ended. */
interface Place {
  readonly keyId: string;
  /** Of its body, as announced. */
  readonly bytes: number;
}

interface InFlightLimits {
  readonly maxInFlight: number;
  readonly maxBodyBytes: number;
}

/** The requests that are being served, each with its way to be cancelled. */
export class InFlight {
  private readonly running = new Map<AbortController, Place>();
  private state: 'open' | 'draining' = 'open';
  private onIdle: (() => void) | null = null;

  constructor(
    private readonly limits: InFlightLimits,
    private readonly metrics: Metrics,
  ) {}

  install(app: FastifyInstance): void {
    app.decorateRequest('cancellation', null);
    // Counted before the body is read, since bodies are the memory that is to be bounded.
    app.addHook('onRequest', (request, reply, done) => {
      if (request.caller !== null)
        request.cancellation = this.enter(reply, this.placeOf(request.caller.keyId, request));
      done();
    });
  }

  isDraining(): boolean {
    return this.state === 'draining';
  }

  /** Lets no more requests in. Resolves when all that run ended by themselves, or `graceMs` passed and they were aborted. */
  async drain(graceMs: number): Promise<void> {
    this.state = 'draining';
    await this.idleWithin(graceMs);
    for (const controller of this.running.keys()) controller.abort(stopping());
    await this.idleWithin(FAREWELL_MS);
  }

  private placeOf(keyId: string, { headers }: FastifyRequest): Place {
    const { maxBodyBytes } = this.limits;
    // A body that does not say how long it is counts for the most that it may be.
    const announced =
      headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : maxBodyBytes;
    return { keyId, bytes: Math.min(announced, maxBodyBytes) };
  }

  /** @throws PurpgateError `overloaded`. */
  private refuseWhatDoesNotFit(place: Place): void {
    const { maxInFlight, maxBodyBytes } = this.limits;
    const all = [...this.running.values(), place];
    const own = all.filter(({ keyId }) => keyId === place.keyId);
    const bytesOf = (places: readonly Place[]) => places.reduce((sum, { bytes }) => sum + bytes, 0);
    const maxBytes = LARGEST_BODIES * maxBodyBytes;
    const fits =
      all.length <= maxInFlight &&
      own.length <= Math.ceil(maxInFlight * SHARE_OF_ONE_KEY) &&
      bytesOf(all) <= maxBytes &&
      bytesOf(own) <= maxBytes * SHARE_OF_ONE_KEY;
    if (!fits) throw new PurpgateError('overloaded', { retryAfterSeconds: 1 });
  }

  private enter(reply: FastifyReply, place: Place): AbortSignal {
    if (this.isDraining()) throw stopping();
    this.refuseWhatDoesNotFit(place);
    const controller = new AbortController();
    this.running.set(controller, place);
    this.metrics.inFlight.inc();
    onResponseEnd(reply.raw, (end) => {
      this.running.delete(controller);
      this.metrics.inFlight.dec();
      if (end === 'cut') controller.abort(new PurpgateError('request_aborted'));
      if (this.running.size === 0) this.onIdle?.();
    });
    return controller.signal;
  }

  private async idleWithin(ms: number): Promise<void> {
    if (this.running.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.onIdle = null;
  }
}

/** The signal of a request that was counted. */
export function cancellationOf(request: FastifyRequest): AbortSignal {
  if (request.cancellation === null)
    throw new PurpgateError('internal_error', { message: 'the request was not counted as in flight' });
  return request.cancellation;
}

function stopping(): PurpgateError {
  return new PurpgateError('engine_unavailable', {
    publicMessage: 'The server is stopping. Try again in a few seconds.',
    retryAfterSeconds: 2,
  });
}
