/** One upstream: its connections, and one attempt at a request within the pool's time-outs. */
import { Pool, type Dispatcher } from 'undici';
import { PurpgateError } from '../../errors.js';
import type { Delta, JsonObject, VersionName } from '../../types.js';
import type { GenerateRequest } from '../engine.js';
import type { Tokenizer } from '../../lm/tokenizer.js';
import { type CaptureFault, TokenCapture } from './capture.js';
import type { StreamReader } from './chat.js';
import { readUpstreamError, toConnectionError } from './errors.js';
import { joined } from './joined.js';
import type { PoolSettings, UpstreamSettings } from './pools.js';
import { type ServerSentEvent, SseParser } from './sse.js';
import { type Wire, WIRES } from './wires.js';

/** Bytes of an error's body that are read. */
const MAX_ERROR_BYTES = 64 << 10;
/** Of an answer to ourselves. */
const MAX_ANSWER_BYTES = 16 << 20;
/** How long the connection of a complete answer may take to end before it is closed. */
const GRACE_MS = 250;

export interface CaptureParts {
  readonly tokenizer: Tokenizer | null;
  /** Captured tokens of an answer are not kept. */
  readonly onDropped: (fault: CaptureFault) => void;
}

export class UpstreamConnection {
  readonly id: string;
  readonly weight: number;
  readonly #settings: PoolSettings;
  readonly #wire: Wire;
  readonly #pool: Pool;
  readonly #basePath: string;

  /** @param base version of the checkpoint that the upstream was started with; null where it has none. */
  constructor(
    settings: PoolSettings,
    { url, weight }: UpstreamSettings,
    private readonly base: VersionName | null,
  ) {
    this.id = url;
    this.weight = weight;
    this.#settings = settings;
    this.#wire = WIRES[settings.wire];
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
      const { status } = await this.call('/models', null, AbortSignal.timeout(timeoutMs));
      return status < 500;
    } catch {
      // Nothing listens, or nothing answers in time; requests that fail say more in the log.
      return false;
    }
  }

  /**
   * A request beside those of clients: GET, or POST where there is a body. `path` is below the base URL. Gives whatever is answered, as JSON, or
   * as text where it is none. Rejects where nothing is.
   */
  async call(
    path: string,
    body: JsonObject | null,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly answer: unknown }> {
    const response = await this.#pool.request({
      method: body === null ? 'GET' : 'POST',
      path: `${this.#basePath}${path}`,
      headers: { ...(body !== null && { 'content-type': 'application/json' }), ...this.#authorization() },
      body: body === null ? null : JSON.stringify(body),
      signal,
    });
    return { status: response.statusCode, answer: parseJson(await readText(response.body, MAX_ANSWER_BYTES)) };
  }

  #authorization(): Record<string, string> {
    const { apiKey } = this.#settings;
    return this.#wire.headers(apiKey);
  }

  /**
   * One attempt. @throws PurpgateError `upstream_error`, `upstream_timeout`, or what is wrong with the request; the reason of `signal`
   * where that aborts.
   */
  async *generate(
    request: GenerateRequest,
    signal: AbortSignal,
    { tokenizer, onDropped }: CaptureParts,
  ): AsyncGenerator<Delta, void, undefined> {
    const attempt = new Attempt(signal, this.#settings.timeouts);
    const capture = this.#settings.capture === null ? null : new TokenCapture(tokenizer);
    const reader = this.#wire.reader(request, capture);
    try {
      const body = await this.#send(request, attempt);
      yield* readStream(attempt.timed(body), {
        reader,
        close: () => {
          attempt.end();
        },
      });
      if (reader.captureFault !== null) onDropped(reader.captureFault);
    } catch (thrown) {
      signal.throwIfAborted();
      throw this.#withoutKey(toConnectionError(attempt.timeOut ?? thrown));
    } finally {
      // Nothing is left of a request that ended, whoever ended it.
      attempt.end();
    }
  }

  async #send(request: GenerateRequest, { signal }: Attempt): Promise<Dispatcher.ResponseData['body']> {
    const { version } = request;
    // Adapters are asked for by the names of their versions.
    const model = version === null || version === this.base ? this.#settings.model : version;
    const { path, body } = this.#wire.request(request, { ...this.#settings, model });
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
    const text = await readText(response.body, MAX_ERROR_BYTES);
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

/** One for all: a reason that is made anew, with its stack, is work of every request that ends well. */
const OVER = new DOMException('the attempt is over', 'AbortError');

/** The clocks of one attempt; whichever runs out ends its connection. */
class Attempt {
  readonly #connection = new AbortController();
  readonly #abort = (): void => {
    this.#connection.abort(OVER);
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

/** Deltas of a response that streams, in whatever pieces it comes. */
export async function* readStream(
  body: AsyncIterable<Uint8Array>,
  { reader, close }: { readonly reader: StreamReader; readonly close: () => void },
): AsyncGenerator<Delta, void, undefined> {
  const parser = new SseParser();
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  try {
    for await (const bytes of body) {
      if (isOver) continue;
      yield* joined(deltasOf(parser.push(bytes), reader));
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
  yield* joined(deltasOf(parser.end(), reader));
  yield* reader.end();
}

function* deltasOf(events: readonly ServerSentEvent[], reader: StreamReader): Generator<Delta, void, undefined> {
  for (const event of events) if (!reader.isDone) yield* reader.read(event);
}

function header(response: Dispatcher.ResponseData, name: string): string | null {
  const value = response.headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

async function readText(body: AsyncIterable<Uint8Array>, most: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    parts.push(part);
    size += part.length;
    if (size > most) break;
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
