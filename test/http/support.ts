/** A gateway over a scripted Serving: what it answers is written in the test. */
import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { Authenticator } from '../../src/access/authenticator.js';
import { loadConfig } from '../../src/config.js';
import { PurpgateError } from '../../src/errors.js';
import { buildApp, type AppOptions } from '../../src/http/app.js';
import type { Completion, FeedbackInput, Serving } from '../../src/serve/serve.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import type { Caller, CompletionRequest, Delta, Verdict } from '../../src/types.js';

export const MODEL = 'purpgate-nano';
export const VERSION = 'purp@0123456789ab';
export const KEY = 'pg-test';

export const CALLER: Caller = {
  keyId: 'aaaaaaaaaaaa',
  tenant: 'acme',
  scopes: new Set(['inference', 'feedback']),
  consent: 'allow',
  honourStoreFalse: false,
  requestsPerMinute: null,
};

/** Knows the callers it is given, by key. */
export function authenticatorOf(callers: Readonly<Record<string, Caller>> = { [KEY]: CALLER }): Authenticator {
  return {
    authenticate: ({ key }) => {
      const caller = key === null ? undefined : callers[key];
      return caller === undefined ? Promise.reject(new PurpgateError('invalid_api_key')) : Promise.resolve(caller);
    },
  };
}

export function say(text: string, choice = 0): Delta {
  return { type: 'text', choice, text };
}

export const STOP: Delta = { type: 'finish', choice: 0, reason: 'stop' };
export const USAGE: Delta = { type: 'usage', usage: { promptTokens: 3, completionTokens: 2, reasoningTokens: 1 } };

export const BLOCK: Verdict = {
  stage: 'input',
  guard: 'prompt-rules',
  action: 'block',
  label: 'malicious',
  score: 1,
  findings: [
    {
      rule: 'prompt/malware',
      cwe: null,
      severity: 'high',
      message: 'quotes the prompt',
      advice: 'Ask for something else.',
      span: null,
      action: 'block',
    },
  ],
  scannedBytes: 12,
  ms: 1,
};

type Script = (request: CompletionRequest, signal: AbortSignal) => AsyncGenerator<Delta, void, undefined>;

export function script(...deltas: readonly Delta[]): Script {
  return async function* () {
    await Promise.resolve();
    yield* deltas;
  };
}

export class ScriptedServing implements Serving {
  readonly models = [{ id: MODEL, contextLength: 2048, rules: 'on' as const, version: VERSION as `purp@${string}` }];
  readonly requests: CompletionRequest[] = [];
  readonly callers: Caller[] = [];
  readonly feedbacks: FeedbackInput[] = [];
  readonly signals: AbortSignal[] = [];
  /** Emits `abort` when the signal of a request aborts, and `leave` when its Deltas are no longer read. */
  readonly events = new EventEmitter();
  blockedBy: Verdict | null = null;

  constructor(public answer: Script = script(say('Hello'), say(' world'), STOP, USAGE)) {}

  complete(request: CompletionRequest, caller: Caller, signal: AbortSignal): Completion {
    if (request.model !== MODEL) throw new PurpgateError('model_not_found', { param: 'model' });
    this.requests.push(request);
    this.callers.push(caller);
    this.signals.push(signal);
    signal.addEventListener('abort', () => this.events.emit('abort'));
    const source = this.answer(request, signal);
    const first = source.next();
    return {
      version: VERSION,
      ready: first.then(() => ({ blockedBy: this.blockedBy })),
      deltas: this.resumed(first, source),
    };
  }

  countPromptTokens(request: CompletionRequest): Promise<number> {
    if (request.model !== MODEL) return Promise.reject(new PurpgateError('model_not_found', { param: 'model' }));
    return Promise.resolve(request.messages.length);
  }

  feedback(input: FeedbackInput): Promise<string> {
    this.feedbacks.push(input);
    return Promise.resolve('018f0000-0000-7000-8000-000000000001');
  }

  private async *resumed(
    first: Promise<IteratorResult<Delta, void>>,
    source: AsyncGenerator<Delta, void, undefined>,
  ): AsyncGenerator<Delta, void, undefined> {
    try {
      const result = await first;
      if (result.done === true) return;
      yield result.value;
      yield* source;
    } finally {
      this.events.emit('leave');
    }
  }
}

/** Resolves never, and rejects with `request_aborted` when the signal aborts. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const leave = () => {
      reject(new PurpgateError('request_aborted'));
    };
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave);
  });
}

interface TestGateway {
  readonly app: FastifyInstance;
  readonly serving: ScriptedServing;
  readonly metrics: ReturnType<typeof createMetrics>;
}

interface GatewayOptions extends Partial<Omit<AppOptions, 'config' | 'serving'>> {
  readonly serving?: ScriptedServing;
  /** Settings as in the environment. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** An app that does not listen; it is closed when the test ends. */
export async function openGateway(context: TestContext, options: GatewayOptions = {}): Promise<TestGateway> {
  const { settings = {}, serving = new ScriptedServing(), ...rest } = options;
  const metrics = createMetrics();
  const app = await buildApp({
    config: loadConfig(settings),
    serving,
    authenticator: authenticatorOf(),
    metrics,
    logger: createLogger('silent'),
    health: [],
    drainMs: 0,
    ...rest,
  });
  context.after(() => app.close());
  return { app, serving, metrics };
}

export const HEADERS = { authorization: `Bearer ${KEY}` };
export const CHAT = '/v1/chat/completions';
export const ASK = { model: MODEL, messages: [{ role: 'user', content: 'Hi' }] };

/** Base URL of an app that listens on a free port. */
export async function listen(app: FastifyInstance): Promise<string> {
  return app.listen({ host: '127.0.0.1', port: 0 });
}

/** A request over a plain socket, so that a test decides when bytes are read and when the connection ends. */
export async function rawPost(url: string, body: object): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const text = JSON.stringify(body);
  socket.write(
    `POST ${CHAT} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${KEY}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
  return socket;
}

interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string;
  };
}

export function errorOf(response: { json(): unknown }): ErrorBody['error'] {
  return (response.json() as ErrorBody).error;
}

/** Data of the events of a stream; comments are left out. */
export function eventsOf(text: string): string[] {
  return text
    .split('\n\n')
    .filter((event) => event.startsWith('data: '))
    .map((event) => event.slice('data: '.length));
}

/** Says hello, then nothing until it is aborted. */
export const endless = () =>
  new ScriptedServing(async function* (_, signal) {
    yield say('Hello');
    await untilAborted(signal);
  });

/** All that a socket says until it closes, or until it has said what is looked for. */
export async function read(socket: Socket, until?: string): Promise<string> {
  let text = '';
  for await (const bytes of socket.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    text += String(bytes);
    if (until !== undefined && text.includes(until)) break;
  }
  return text;
}
