/** POST /v1/chat/completions. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { toPurpgateError, type PurpgateError } from '../errors.js';
import { ChatCompletionBuilder } from '../protocol/chat-completion.js';
import { ChatChunkEncoder, DONE_EVENT, errorEvent } from '../protocol/chat-stream.js';
import { parseChatRequest, type ChatRequest } from '../protocol/chat.js';
import {
  strongestAction,
  type ChatCompletion,
  type ChatCompletionRequest,
  type ResponseIdentity,
} from '../protocol/wire.js';
import type { Completion, Serving } from '../serve/serve.js';
import type { Logger } from '../telemetry.js';
import { callerOf, narrowConsent } from './auth.js';
import { cancellationOf } from './limits.js';
import { EventStream, type EventStreamOptions } from './sse.js';

export interface StreamTimes extends EventStreamOptions {
  /** How long a failure can still become an HTTP status; then the stream begins, so that the client sees a sign of life. */
  readonly readyMs: number;
}

interface ChatOptions {
  readonly serving: Serving;
  readonly logger: Logger;
  readonly times: StreamTimes;
}

type ChatHttpRequest = FastifyRequest<{ Body: ChatCompletionRequest }>;

/** Headers by which known clients name a conversation: opencode and pi, Claude Code, Codex, opencode. */
const SESSION_HEADERS = ['x-session-id', 'x-claude-code-session-id', 'session-id', 'x-session-affinity'];
const SESSION_LENGTH = 256;

export function createChatHandler(options: ChatOptions) {
  return async (request: ChatHttpRequest, reply: FastifyReply): Promise<ChatCompletion | FastifyReply> => {
    const caller = narrowConsent(callerOf(request), request.headers['x-purpgate-training']);
    const chat = parseChatRequest(request.body, { id: request.id, session: sessionOf(request) });
    const signal = cancellationOf(request);
    const completion = options.serving.complete(chat.request, caller, signal);
    // A failure is also thrown by the Deltas; one that nobody waits for any more must not end the process.
    completion.ready.catch(() => undefined);
    if (completion.version !== null) reply.header('x-purpgate-version', completion.version);
    const identity: ResponseIdentity = {
      id: request.id,
      model: chat.request.model,
      version: completion.version,
      created: Math.floor(Date.now() / 1000),
      notices: chat.request.responseFormat.type === 'json_schema' ? 'refusal' : 'content',
    };
    const answer: Answer = { completion, identity, chat, reply, signal };
    try {
      return await (chat.delivery === 'whole' ? answerWhole(answer) : answerStream(answer, options));
    } catch (thrown) {
      throw failureOf(thrown, signal);
    }
  };
}

interface Answer {
  readonly completion: Completion;
  readonly identity: ResponseIdentity;
  readonly chat: ChatRequest;
  readonly reply: FastifyReply;
  readonly signal: AbortSignal;
}

/** Why a request was aborted says more than that it was. */
function failureOf(thrown: unknown, signal: AbortSignal): PurpgateError {
  return toPurpgateError(signal.aborted ? signal.reason : thrown);
}

function sessionOf(request: FastifyRequest): string | null {
  const name = SESSION_HEADERS.map((header) => request.headers[header]).find(
    (value) => typeof value === 'string' && value !== '',
  );
  return typeof name === 'string' ? name.slice(0, SESSION_LENGTH) : null;
}

async function answerWhole({ completion, identity, reply }: Answer): Promise<ChatCompletion> {
  const builder = new ChatCompletionBuilder(identity);
  for await (const delta of completion.deltas) builder.add(delta);
  const answer = builder.build();
  reply.header('x-purpgate-verdict', strongestAction(answer.purpgate.verdicts));
  return answer;
}

async function answerStream(answer: Answer, { logger, times }: ChatOptions): Promise<FastifyReply> {
  const { completion, identity, chat, reply, signal } = answer;
  const ready = await within(completion.ready, times.readyMs);
  if (ready !== null) reply.header('x-purpgate-verdict', ready.blockedBy === null ? 'allow' : 'block');
  const stream = new EventStream(reply, times);
  const encoder = new ChatChunkEncoder(identity, chat.usageChunk);
  try {
    for await (const delta of completion.deltas) {
      signal.throwIfAborted();
      const events = encoder.encode(delta);
      const drained = events === '' ? null : stream.write(events);
      if (drained !== null) await drained;
    }
    stream.end(DONE_EVENT);
  } catch (thrown) {
    const error = failureOf(thrown, signal);
    if (error.status >= 500) logger.error({ requestId: identity.id, error }, 'stream failed');
    stream.end(errorEvent(error));
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
