/** Builds the interaction event of a finished request. Redaction happens here, before the spool: what is redacted reaches no disk. */
import { createHmac } from 'node:crypto';
import type {
  ConsentedInteraction,
  InteractionEvent,
  InteractionStatus,
  RecordedTokens,
  RecordedVerdict,
} from '../events/interaction.js';
import type {
  Caller,
  CompletionRequest,
  Consent,
  Json,
  JsonObject,
  Message,
  Sampling,
  Usage,
  Verdict,
  VersionName,
} from '../types.js';
import type { PolicyName } from '../guard/guard.js';
import type { AnswerCollector } from './answer.js';
import { Redactor } from './redaction.js';

export interface FinishedRequest {
  readonly request: CompletionRequest;
  readonly caller: Caller;
  /** As `conversationId` gives it. */
  readonly conversation: string;
  readonly arrivedAt: Date;
  readonly version: VersionName | null;
  readonly engine: string;
  /** What the model wrote, before the guard. */
  readonly raw: AnswerCollector;
  /** What the client was given. */
  readonly served: AnswerCollector;
  readonly verdicts: readonly Verdict[];
  readonly firstTokenMs: number | null;
  readonly totalMs: number;
  readonly configHash: string;
  readonly policy: PolicyName;
  readonly status: InteractionStatus;
  readonly httpStatus: number;
}

/** What of a request is kept, redacted. */
export interface RecordedRequest {
  readonly request: ConsentedInteraction['request'];
  readonly redactions: number;
}

/** Null where the caller opted out. @param redactionKey of the marks in place of secrets and personal data. */
export function recordRequest(
  request: CompletionRequest,
  caller: Caller,
  redactionKey: Uint8Array,
): RecordedRequest | null {
  if (effectiveConsent(request, caller) === 'deny') return null;
  const redactor = new Redactor(redactionKey);
  const recorded = {
    messages: request.messages.map((message) => redactor.object(recordMessage(message))),
    tools: request.tools.map((tool) => redactor.object({ ...tool })),
    sampling: redactor.object({ ...request.sampling }),
    extra: redactor.object(request.extra),
  };
  return { request: recorded, redactions: redactor.count };
}

/** @param recorded what `recordRequest` gave. */
export function buildInteraction(
  finished: FinishedRequest,
  recorded: RecordedRequest | null,
  redactionKey: Uint8Array,
): InteractionEvent {
  const { request, caller } = finished;
  const guard = finished.verdicts.map(recordVerdict);
  const frame = {
    schema: 1,
    id: request.id,
    ts: finished.arrivedAt.toISOString(),
    tenant: caller.tenant,
    pool: caller.tenant,
    key_id: caller.keyId,
    user: request.user ?? null,
    conversation_id: finished.conversation,
    parent_id: null,
    protocol: request.protocol,
    model: request.model,
    version: finished.version,
    engine: finished.engine,
    usage: recordUsage(finished.raw.usage),
    timing: { first_token_ms: finished.firstTokenMs, total_ms: finished.totalMs },
    config_hash: finished.configHash,
    policy: finished.policy,
    status: finished.status,
    http_status: finished.httpStatus,
  } as const;
  if (recorded === null) return { ...frame, consent: 'deny', guard };
  return { ...frame, consent: 'allow', guard, ...recordText(finished, recorded, redactionKey) };
}

/** `store: false`, which most agents always send, opts out only where the key says so. */
function effectiveConsent(request: CompletionRequest, caller: Caller): Consent {
  return caller.honourStoreFalse && request.store === false ? 'deny' : caller.consent;
}

/**
 * The client's session where it names one; otherwise turns of one conversation are found by what they begin with. Keyed, so that the
 * id says nothing of the text and conversations of two keys never meet.
 */
export function conversationId(request: CompletionRequest, caller: Caller): string {
  const hmac = createHmac('sha256', `${caller.tenant}\0${caller.keyId}`);
  if (request.session !== undefined) hmac.update(`session\0${request.session}`);
  else {
    const opening = [
      request.messages.find(({ role }) => role === 'system'),
      request.messages.find(({ role }) => role === 'user'),
    ];
    for (const message of opening) hmac.update(`opening\0${message?.content ?? ''}\0`);
  }
  return hmac.digest('hex').slice(0, 32);
}

/** Keyed, so that a server learns no tenant's name. */
export function cacheSalt(tenant: string, key: Uint8Array): string {
  return createHmac('sha256', key).update(`cache\0${tenant}`).digest('base64url');
}

/** What a caller says about an answer: redacted, and without text where the owner of the key opted out. */
export function recordFeedbackValue(value: Json, consent: Consent, redactionKey: Uint8Array): Json {
  if (consent === 'deny') return typeof value === 'number' || typeof value === 'boolean' ? value : null;
  return new Redactor(redactionKey).json(value);
}

type RecordedText = Pick<ConsentedInteraction, 'request' | 'raw' | 'served' | 'tokens'>;

function recordText(
  { raw, served, request: { sampling } }: FinishedRequest,
  { request, redactions }: RecordedRequest,
  redactionKey: Uint8Array,
): RecordedText {
  const redactor = new Redactor(redactionKey);
  const text = {
    request,
    raw: raw.answers().map((answer) => redactor.answer(answer)),
    served: served.answers().map((answer) => redactor.answer(answer)),
  };
  const tokens = recordTokens(raw, sampling);
  return redactions + redactor.count > 0 || tokens === null ? text : { ...text, tokens };
}

function recordMessage(message: Message): JsonObject {
  switch (message.role) {
    case 'system':
    case 'user':
      return { role: message.role, content: message.content };
    case 'assistant':
      return {
        role: message.role,
        content: message.content,
        ...(message.reasoning === undefined ? {} : { reasoning: message.reasoning }),
        tool_calls: message.toolCalls.map((call) => ({ ...call })),
      };
    case 'tool':
      return { role: message.role, content: message.content, tool_call_id: message.toolCallId };
  }
}

function recordTokens(raw: AnswerCollector, { topP, topK }: Sampling): RecordedTokens | null {
  const tokens = raw.tokens();
  if (tokens === null) return null;
  return {
    prompt_ids: raw.promptIds,
    completion_ids: tokens.map(({ ids }) => ids),
    logprobs: tokens.map(({ logprobs }) => logprobs),
    distribution: topP < 1 || topK !== undefined ? 'truncated' : 'whole',
  };
}

function recordUsage(usage: Usage | null): InteractionEvent['usage'] {
  return usage === null ? null : { prompt_tokens: usage.promptTokens, completion_tokens: usage.completionTokens };
}

/** Without messages and advice, which may quote the text of somebody who opted out. */
function recordVerdict(verdict: Verdict): RecordedVerdict {
  return {
    stage: verdict.stage,
    guard: verdict.guard,
    action: verdict.action,
    label: verdict.label,
    score: verdict.score,
    scanned_bytes: verdict.scannedBytes,
    ms: verdict.ms,
    findings: verdict.findings.map(({ rule, cwe, severity, span }) => ({
      rule,
      cwe,
      severity,
      start: span?.start ?? null,
      end: span?.end ?? null,
    })),
  };
}

/** An event is JSON by construction; its interface only lacks the index signature. */
export function toJson(event: object): JsonObject {
  return event as JsonObject;
}
