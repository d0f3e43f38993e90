/** An OpenAI-compatible server as engine. */
import { Pool, type Dispatcher } from 'undici';
import { PurpgateError } from '../../errors.js';
import type { Logger } from '../../telemetry.js';
import type { Delta } from '../../types.js';
import type { Engine, EngineHealth, GenerateRequest, ModelInfo, PromptParts } from '../engine.js';
import { ChatReader } from './chat.js';
import { readUpstreamError, toConnectionError } from './errors.js';
import { estimateTokens, upstreamRequest } from './request.js';
import { SseParser } from './sse.js';

export interface UpstreamEngineOptions {
  /** Base URL, ending in `/v1`. */
  readonly url: string;
  readonly apiKey: string | null;
  /** Model id that the upstream is asked for. */
  readonly model: string;
  readonly rules: 'on' | 'off';
  /** Longest wait for the next byte. */
  readonly idleTimeoutMs: number;
  /** Names of request fields that may reach the upstream beside those that purpgate knows. */
  readonly forward: readonly string[];
  readonly logger: Logger;
}

/** Bytes of an error's body that are read. */
const MAX_ERROR_BYTES = 64 << 10;
/** How long the connection of a complete answer may take to end before it is closed. */
const GRACE_MS = 250;

export function createUpstreamEngine(options: UpstreamEngineOptions): Engine {
  return new UpstreamEngine(options);
}

class UpstreamEngine implements Engine {
  readonly model: ModelInfo;
  readonly #options: UpstreamEngineOptions;
  readonly #pool: Pool;
  readonly #basePath: string;
  #health: EngineHealth = 'starting';

  constructor(options: UpstreamEngineOptions) {
    const url = new URL(options.url);
    this.#options = options;
    this.#pool = new Pool(url.origin, {
      headersTimeout: options.idleTimeoutMs,
      bodyTimeout: options.idleTimeoutMs,
      connect: { timeout: Math.min(options.idleTimeoutMs, 10_000) },
    });
    this.#basePath = url.pathname.replace(/\/$/, '');
    this.model = { id: options.model, contextLength: null, rules: options.rules, version: null };
  }

  health(): EngineHealth {
    return this.#health;
  }

  /** Asks nothing of the upstream: it may come up later, and requests say best whether it is there. */
  start(): Promise<void> {
    if (this.#health === 'stopped') return Promise.reject(new PurpgateError('engine_unavailable'));
    this.#health = 'ready';
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#health = 'stopped';
    if (!this.#pool.destroyed) await this.#pool.destroy();
  }

  async *generate(request: GenerateRequest, signal: AbortSignal): AsyncGenerator<Delta, void, undefined> {
    if (this.#health !== 'ready') throw new PurpgateError('engine_unavailable');
    const connection = new AbortController();
    const abort = () => {
      connection.abort();
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      if (signal.aborted) throw new PurpgateError('request_aborted');
      const body = await this.#send(request, connection.signal);
      yield* readStream(body, { request, close: abort });
    } catch (thrown) {
      if (signal.aborted) throw new PurpgateError('request_aborted', { cause: thrown });
      const error = this.health() === 'ready' ? toConnectionError(thrown) : new PurpgateError('engine_unavailable');
      this.#options.logger.warn({ requestId: request.id, error }, 'upstream request failed');
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
      // Nothing is left of a request that ended, whoever ended it.
      abort();
    }
  }

  countPromptTokens(prompt: PromptParts, signal: AbortSignal): Promise<number> {
    if (signal.aborted) return Promise.reject(new PurpgateError('request_aborted'));
    if (this.#health !== 'ready') return Promise.reject(new PurpgateError('engine_unavailable'));
    return Promise.resolve(estimateTokens(prompt));
  }

  async #send(request: GenerateRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData['body']> {
    const { apiKey } = this.#options;
    const { path, body } = upstreamRequest(request, this.#options);
    const response = await this.#pool.request({
      method: 'POST',
      path: `${this.#basePath}${path}`,
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
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
    throw this.#withoutKey(readUpstreamError(parseJson(text), response.statusCode, header(response, 'retry-after')));
  }

  /** Servers quote the key that they refuse. */
  #withoutKey(error: PurpgateError): PurpgateError {
    const { apiKey } = this.#options;
    if (apiKey === null || !`${error.publicMessage}${error.message}`.includes(apiKey)) return error;
    return new PurpgateError(error.code, {
      publicMessage: error.publicMessage.replaceAll(apiKey, '[REDACTED]'),
      message: error.message.replaceAll(apiKey, '[REDACTED]'),
      ...(error.param === null ? {} : { param: error.param }),
      ...(error.retryAfterSeconds === null ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
    });
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
