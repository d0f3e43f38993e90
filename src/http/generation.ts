/** A route that generates, in any wire format. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { toPurpgateError, type PurpgateError } from '../errors.js';
import type { ParsedCall, ResponseIdentity, WireFormat } from '../protocol/format.js';
import { strongestAction } from '../protocol/wire.js';
import type { Completion, Serving } from '../serve/serve.js';
import type { Logger } from '../telemetry.js';
import { readTraceContext } from '../telemetry/tracing.js';
import { callerOf, narrowConsent } from './auth.js';
import { cancellationOf } from './limits.js';
import { EventStream, type EventStreamOptions } from './sse.js';

export interface StreamTimes extends EventStreamOptions {
  /** How long a failure can still become an HTTP status; then the stream begins, so that the client sees a sign of life. */
  readonly readyMs: number;
}

interface GenerationOptions {
  readonly serving: Serving;
  readonly logger: Logger;
  readonly times: StreamTimes;
}

/** Headers by which known clients name a conversation: opencode and pi, Claude Code, Codex, opencode. */
const SESSION_HEADERS = ['x-session-id', 'x-claude-code-session-id', 'session-id', 'x-session-affinity'];
const SESSION_LENGTH = 256;

export function createGenerationHandler<Body>(format: WireFormat<Body>, options: GenerationOptions) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<object> => {
    const caller = narrowConsent(callerOf(request), request.headers['x-purpgate-training']);
    const call = format.parse(request.body as Body, { id: request.id, session: sessionOf(request) });
    const signal = cancellationOf(request);
    const traceContext = readTraceContext(request.headers);
    const asked = { ...call.request, delivery: call.delivery, ...(traceContext !== null && { traceContext }) };
    const completion = options.serving.complete(asked, caller, signal);
    // A failure is also thrown by the Deltas; one that nobody waits for any more must not end the process.
    completion.ready.catch(() => undefined);
    if (completion.version !== null) reply.header('x-purpgate-version', completion.version);
    const identity: ResponseIdentity = {
      id: request.id,
      model: call.request.model,
      version: completion.version,
      created: Math.floor(Date.now() / 1000),
    };
    const answer: Answer = { completion, identity, call, reply, signal };
    try {
      if (call.delivery === 'whole') return await answerWhole(answer);
      return await answerStream(answer, { ...options, keepAlive: format.keepAlive });
    } catch (thrown) {
      throw failureOf(thrown, signal);
    }
  };
}

interface Answer {
  readonly completion: Completion;
  readonly identity: ResponseIdentity;
  readonly call: ParsedCall;
  readonly reply: FastifyReply;
  readonly signal: AbortSignal;
}

/** Why a request was aborted says more than that it was. */
function failureOf(thrown: unknown, signal: AbortSignal): PurpgateError {
  return toPurpgateError(signal.aborted ? signal.reason : thrown);
}

export function sessionOf(request: FastifyRequest): string | null {
  const name = SESSION_HEADERS.map((header) => request.headers[header]).find(
    (value) => typeof value === 'string' && value !== '',
  );
  return typeof name === 'string' ? name.slice(0, SESSION_LENGTH) : null;
}

async function answerWhole({ completion, identity, call, reply }: Answer): Promise<object> {
  const answer = call.whole(identity);
  for await (const delta of completion.deltas) answer.add(delta);
  const { body, verdicts } = answer.build();
  reply.header('x-purpgate-verdict', strongestAction(verdicts));
  return body;
}

interface StreamOptions extends GenerationOptions {
  readonly keepAlive: string;
}

async function answerStream(
  { completion, identity, call, reply, signal }: Answer,
  { logger, times, keepAlive }: StreamOptions,
): Promise<FastifyReply> {
  const ready = await within(completion.ready, times.readyMs);
  if (ready !== null) reply.header('x-purpgate-verdict', ready.blockedBy === null ? 'allow' : 'block');
  const stream = new EventStream(reply, { ...times, keepAlive });
  const answer = call.stream(identity);
  try {
    for await (const delta of completion.deltas) {
      signal.throwIfAborted();
      const events = answer.encode(delta);
      const drained = events === '' ? null : stream.write(events);
      if (drained !== null) await drained;
    }
    stream.end(answer.end());
  } catch (thrown) {
    const error = failureOf(thrown, signal);
    if (error.status >= 500) logger.error({ requestId: identity.id, error }, 'stream failed');
    stream.end(answer.fail(error));
  }
  return reply;
}

/** Null when the time was over first. */
async function within<Result>(work: Promise<Result>, ms: number): Promise<Result | null> {
  let timer: NodeJS.Timeout | undefined;
  const timeOut = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, ms, null);
  });
  try {
    return await Promise.race([work, timeOut]);
  } finally {
    clearTimeout(timer);
  }
}
