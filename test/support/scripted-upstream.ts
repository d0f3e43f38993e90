/** A real HTTP server on 127.0.0.1 that answers `POST /v1/chat/completions`, `/v1/completions`, `/v1/messages` and `/v1/responses` as a test scripts it, in any cut, with any accident. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from '../../src/engine/engine.js';
import { createUpstreamEngine } from '../../src/engine/upstream/engine.js';
import { poolOfOne, type PoolSettings } from '../../src/engine/upstream/pools.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import type { Delta, FinishReason, Json, JsonObject } from '../../src/types.js';
import { encoderOf, type StreamEncoder } from './upstream-events.js';

export type Step =
  /** Encoded as a chunk of the route that was asked. */
  | { readonly delta: Delta }
  /** Written as they are. */
  | { readonly bytes: string | Uint8Array }
  | { readonly delayMs: number }
  /** Holds the stream until it settles, or the client leaves. */
  | { readonly wait: Promise<unknown> }
  /** Destroys the connection. */
  | { readonly hangUp: true };

export interface Script {
  /** What is streamed (an array serves many requests, a generator one); the last event of the route (`data: [DONE]`) follows unless `done` is false. */
  readonly steps?: Iterable<Step> | AsyncIterable<Step>;
  readonly done?: boolean;
  /** Cuts the whole stream into writes of this many bytes, whatever the steps; absent: one write per step. */
  readonly chunkBytes?: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A plain answer in place of a stream. */
  readonly body?: Json;
}

interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: JsonObject;
  readonly ended: Promise<'completed' | 'client_left' | 'hung_up'>;
}

type Answer = Script | ((request: ReceivedRequest) => Script);

export interface ScriptedUpstream {
  /** `http://127.0.0.1:<port>/v1` */
  readonly url: string;
  /** All requests so far. */
  readonly requests: readonly ReceivedRequest[];
  /** The next request that arrives from now on. */
  nextRequest(): Promise<ReceivedRequest>;
  /** May be replaced at any time; counts from the next request on. */
  answer: Answer;
  stop(): Promise<void>;
}

export async function startScriptedUpstream(answer: Answer): Promise<ScriptedUpstream> {
  const requests: ReceivedRequest[] = [];
  const waiting: ((request: ReceivedRequest) => void)[] = [];
  const server = createServer((incoming, response) => {
    void receive(incoming, response).then((request) => {
      requests.push(request);
      for (const tell of waiting.splice(0)) tell(request);
      const script = typeof upstream.answer === 'function' ? upstream.answer(request) : upstream.answer;
      return play(script, response, encoderOf(request.path));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const upstream: ScriptedUpstream = {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    nextRequest: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
      }),
    answer,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
  return upstream;
}

/** An engine on a scripted upstream. */
export function upstreamEngine(
  url: string,
  { idleTimeoutMs = 5000, ...pool }: Partial<PoolSettings> & { readonly idleTimeoutMs?: number } = {},
): Engine {
  const single = poolOfOne({
    url,
    apiKey: 'sk-upstream-secret',
    model: 'their-model',
    rules: 'off',
    idleMs: idleTimeoutMs,
  });
  return createUpstreamEngine(
    { ...single, forward: [], ...pool },
    {
      logger: createLogger('silent'),
      metrics: createMetrics(),
    },
  );
}

async function receive(incoming: IncomingMessage, response: ServerResponse): Promise<ReceivedRequest> {
  const ended = new Promise<'completed' | 'client_left' | 'hung_up'>((resolve) => {
    response.once('close', () => {
      resolve(response.writableFinished ? 'completed' : response.errored === null ? 'client_left' : 'hung_up');
    });
  });
  response.on('error', () => undefined);
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString('utf8');
  return {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    headers: incoming.headers,
    body: text === '' ? {} : (JSON.parse(text) as JsonObject),
    ended,
  };
}

async function play(script: Script, response: ServerResponse, encoder: StreamEncoder): Promise<void> {
  const { status = 200, headers = {}, body, steps: list = [], done = true, chunkBytes } = script;
  if (body !== undefined) {
    const type = typeof body === 'string' ? 'text/plain' : 'application/json';
    response.writeHead(status, { 'content-type': type, ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
    return;
  }
  response.writeHead(status, { 'content-type': 'text/event-stream', ...headers });
  response.flushHeaders();
  const writer = new Writer(response, chunkBytes ?? null);
  const closed = new Promise((resolve) => response.once('close', resolve));
  for await (const step of list) {
    if (response.destroyed) return;
    if ('delta' in step) await writer.write(encoder.encode(step.delta));
    else if ('bytes' in step) await writer.write(step.bytes);
    else {
      await writer.flush();
      if ('delayMs' in step) await delay(step.delayMs);
      else if ('wait' in step) await Promise.race([step.wait, closed]);
      else {
        // Lets what was written leave first, so that the accident happens where the script says.
        await delay(5);
        response.destroy(new Error('scripted hang-up'));
      }
    }
  }
  if (response.destroyed) return;
  if (done) await writer.write(encoder.end());
  await writer.flush();
  response.end();
}

/** Every write is an HTTP chunk of its own, so the reader is given the bytes in just these pieces. */
class Writer {
  #rest = Buffer.alloc(0);
  #writes = 0;

  constructor(
    private readonly response: ServerResponse,
    private readonly chunkBytes: number | null,
  ) {}

  async write(bytes: string | Uint8Array): Promise<void> {
    this.#rest = Buffer.concat([this.#rest, Buffer.from(bytes)]);
    const size = this.chunkBytes ?? this.#rest.length;
    let sent = 0;
    for (; this.#rest.length - sent >= size && size > 0; sent += size)
      await this.#send(this.#rest.subarray(sent, sent + size));
    this.#rest = this.#rest.subarray(sent);
  }

  async flush(): Promise<void> {
    if (this.#rest.length > 0) await this.#send(this.#rest);
    this.#rest = Buffer.alloc(0);
  }

  async #send(bytes: Buffer): Promise<void> {
    if (this.response.destroyed) return;
    const hasRoom = this.response.write(bytes);
    // The loop must turn now and then, or it would not hear that the client has left.
    if (hasRoom && ++this.#writes % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
    if (hasRoom) return;
    await new Promise<void>((resolve) => {
      const go = () => {
        this.response.off('drain', go).off('close', go);
        resolve();
      };
      this.response.on('drain', go).on('close', go);
    });
  }
}

/** Pieces of `size` UTF-16 code units. */
function cut(text: string, size: number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += size) pieces.push(text.slice(at, at + size));
  return pieces;
}

interface CutOptions {
  readonly choice?: number;
  /** UTF-16 code units per Delta; absent: one Delta. */
  readonly size?: number;
}

export function textDeltas(
  text: string,
  { choice = 0, size = Infinity, channel = 'text' }: CutOptions & { readonly channel?: 'text' | 'reasoning' } = {},
): Delta[] {
  return cut(text, size).map((piece) => ({ type: channel, choice, text: piece }));
}

interface ScriptedToolCall {
  readonly name: string;
  /** JSON text. */
  readonly arguments: string;
  readonly id?: string;
  readonly index?: number;
}

export function toolDeltas(call: ScriptedToolCall, { choice = 0, size = Infinity }: CutOptions = {}): Delta[] {
  const { index = 0, id = `call_${choice}_${index}` } = call;
  return [
    { type: 'tool_start', choice, index, id, name: call.name },
    ...cut(call.arguments, size).map((text): Delta => ({ type: 'tool_args', choice, index, text })),
  ];
}

export function steps(deltas: readonly Delta[]): Step[] {
  return deltas.map((delta) => ({ delta }));
}

interface CompletionOptions {
  readonly choices?: number;
  readonly size?: number;
  readonly finish?: FinishReason;
}

/** A whole answer, the same in each choice; choices take turns. */
export function completion(text: string, { choices = 1, size, finish = 'stop' }: CompletionOptions = {}): Step[] {
  const cutting = size === undefined ? {} : { size };
  return whole(choices, finish, (choice) => textDeltas(text, { choice, ...cutting }));
}

export function toolCompletion(
  calls: readonly ScriptedToolCall[],
  { choices = 1, size, finish = 'tool_calls' }: CompletionOptions = {},
): Step[] {
  const cutting = size === undefined ? {} : { size };
  return whole(choices, finish, (choice) =>
    calls.flatMap((call, index) => toolDeltas({ index, ...call }, { choice, ...cutting })),
  );
}

function whole(choices: number, finish: FinishReason, deltasOf: (choice: number) => Delta[]): Step[] {
  const lists = Array.from({ length: choices }, (_, choice): Delta[] => [
    ...deltasOf(choice),
    { type: 'finish', choice, reason: finish },
  ]);
  const longest = Math.max(...lists.map(({ length }) => length));
  const turns = Array.from({ length: longest }, (_, turn) =>
    lists.flatMap((list) => list.slice(turn, turn + 1)),
  ).flat();
  const usage = { promptTokens: 10, completionTokens: 20, reasoningTokens: 0 };
  return steps([...turns, { type: 'usage', usage }]);
}
