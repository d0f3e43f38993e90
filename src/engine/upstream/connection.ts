/** One upstream: its connections, and one attempt at a request within the pool's time-outs. */
import { Pool, type Dispatcher } from 'undici';
import { PurpgateError } from '../../errors.js';
import type { Delta } from '../../types.js';
import type { GenerateRequest } from '../engine.js';
import { ChatReader } from './chat.js';
import { readUpstreamError, toConnectionError } from './errors.js';
import type { PoolSettings, UpstreamSettings } from './pools.js';
import { upstreamRequest } from './request.js';
import { SseParser } from './sse.js';

/** Bytes of an error's body that are read. */
const MAX_ERROR_BYTES = 64 << 10;
/** How long the connection of a complete answer may take to end before it is closed. */
const GRACE_MS = 250;

export class UpstreamConnection {
  readonly id: string;
  readonly weight: number;
  readonly #settings: PoolSettings;
  readonly #pool: Pool;
  readonly #basePath: string;

  constructor(settings: PoolSettings, { url, weight }: UpstreamSettings) {
    this.id = url;
    this.weight = weight;
    this.#settings = settings;
    const { origin, pathname } = new URL(url);
    // What bounds an attempt is measured here, also where an upstream sends its head byte by byte.
    this.#pool = new Pool(origin, {
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: settings.timeouts.connect },
    });
    this.#basePath = pathname.replace(/\/$/, '');
  }

  /** Idempotent; what is in flight fails. */
  async stop(): Promise<void> {
    if (!this.#pool.destroyed) await this.#pool.destroy();
  }

  /** Whether the server answers, by the list of its models; what it answers is its own affair. Never rejects. */
  async isWell(timeoutMs: number): Promise<boolean> {
    try {
      const { statusCode, body } = await this.#pool.request({
        method: 'GET',
        path: `${this.#basePath}/models`,
        headers: this.#authorization(),
        signal: AbortSignal.timeout(timeoutMs),
      });
      await body.dump();
      return statusCode < 500;
    } catch {
      // Nothing listens, or nothing answers in time; requests that fail say more in the log.
      return false;
    }
  }

  #authorization(): Record<string, string> {
    const { apiKey } = this.#settings;
    return apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };
  }

  /**
   * One attempt. @throws PurpgateError `upstream_error`, `upstream_timeout`, or what is wrong with the request; the reason of `signal`
   * where that aborts.
   */
  async *generate(request: GenerateRequest, signal: AbortSignal): AsyncGenerator<Delta, void, undefined> {
    const attempt = new Attempt(signal, this.#settings.timeouts);
    try {
      const body = await this.#send(request, attempt);
      yield* readStream(attempt.timed(body), {
        request,
        close: () => {
          attempt.end();
        },
      });
    } catch (thrown) {
      signal.throwIfAborted();
      throw this.#withoutKey(toConnectionError(attempt.timeOut ?? thrown));
    } finally {
      // Nothing is left of a request that ended, whoever ended it.
      attempt.end();
    }
  }

  async #send(request: GenerateRequest, { signal }: Attempt): Promise<Dispatcher.ResponseData['body']> {
    const { path, body } = upstreamRequest(request, this.#settings);
    const response = await this.#pool.request({
      method: 'POST',
      path: `${this.#basePath}${path}`,
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        ...request.traceContext,
        ...this.#authorization(),
      },
      body: JSON.stringify(body),
      signal,
    });
    const isStream = header(response, 'content-type')?.includes('text/event-stream') === true;
    if (response.statusCode === 200 && isStream) return response.body;
    const text = await readText(response.body);
    if (response.statusCode === 200)
      throw new PurpgateError('upstream_error', {
        message: `the upstream answered with no stream: ${text.slice(0, 200)}`,
      });
    throw readUpstreamError(parseJson(text), response.statusCode, header(response, 'retry-after'));
  }

  /** Servers quote the key that they refuse. */
  #withoutKey(error: PurpgateError): PurpgateError {
    const { apiKey } = this.#settings;
    if (apiKey === null || !`${error.publicMessage}${error.message}`.includes(apiKey)) return error;
    return new PurpgateError(error.code, {
      publicMessage: error.publicMessage.replaceAll(apiKey, '[REDACTED]'),
      message: error.message.replaceAll(apiKey, '[REDACTED]'),
      ...(error.param === null ? {} : { param: error.param }),
      ...(error.retryAfterSeconds === null ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
    });
  }
}

/** The clocks of one attempt; whichever runs out ends its connection. */
class Attempt {
  readonly #connection = new AbortController();
  readonly #abort = (): void => {
    this.#connection.abort();
  };
  #timer: NodeJS.Timeout | undefined;
  timeOut: PurpgateError | null = null;

  constructor(
    private readonly outer: AbortSignal,
    private readonly timeouts: PoolSettings['timeouts'],
  ) {
    if (outer.aborted) this.#abort();
    outer.addEventListener('abort', this.#abort, { once: true });
    this.#bound(timeouts.firstByte, 'no byte of an answer');
  }

  get signal(): AbortSignal {
    return this.#connection.signal;
  }

  /** The clock stands while the consumer is busy: a slow client is no fault of the upstream. */
  async *timed(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const bytes of body) {
      clearTimeout(this.#timer);
      yield bytes;
      this.#bound(this.timeouts.idle, 'no further byte');
    }
  }

  end(): void {
    clearTimeout(this.#timer);
    this.outer.removeEventListener('abort', this.#abort);
    this.#abort();
  }

  #bound(milliseconds: number, what: string): void {
    this.#timer = setTimeout(() => {
      this.timeOut = new PurpgateError('upstream_timeout', { message: `the upstream: ${what} for ${milliseconds} ms` });
      this.#abort();
    }, milliseconds);
  }
}

async function* readStream(
  body: AsyncIterable<Uint8Array>,
  { request, close }: { readonly request: GenerateRequest; readonly close: () => void },
): AsyncGenerator<Delta, void, undefined> {
  const parser = new SseParser();
  const reader = new ChatReader(request);
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  try {
    for await (const bytes of body) {
      if (isOver) continue;
      for (const event of parser.push(bytes)) if (!reader.isDone) yield* reader.read(event);
      if (!reader.isDone) continue;
      yield* reader.end();
      isOver = true;
      // Reading on to the end lets the connection serve again; a server that does not end must not hold us.
      timer = setTimeout(close, GRACE_MS);
    }
  } catch (thrown) {
    if (isOver) return;
    if (thrown instanceof PurpgateError || !reader.isComplete) throw thrown;
    // Cut after every choice had ended: nothing is missing but the farewell.
  } finally {
    clearTimeout(timer);
  }
  if (isOver) return;
  for (const event of parser.end()) if (!reader.isDone) yield* reader.read(event);
  yield* reader.end();
}

function header(response: Dispatcher.ResponseData, name: string): string | null {
  const value = response.headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    parts.push(part);
    size += part.length;
    if (size > MAX_ERROR_BYTES) break;
  }
  return Buffer.concat(parts).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Proxies answer in HTML or plain text.
    return text;
  }
}
