/**
 * One request from start to end: guard.input beside the engine, guard.output on what it yields, record, and only then the last Delta.
 * The order below is the promise of DESIGN section 1; no protocol and no option walks around it.
 */
import type { Budgets } from '../access/budget-ledger.js';
import type { Engine, GenerateRequest } from '../engine/engine.js';
import type { EngineLease, ModelTable } from '../engine/models.js';
import { PurpgateError, toPurpgateError } from '../errors.js';
import { TOPICS } from '../events/event-log.js';
import type { InteractionStatus } from '../events/interaction.js';
import type { Spool } from '../events/spool.js';
import type { Guard, GuardContext, InputVerdict } from '../guard/guard.js';
import type { PolicyScope } from '../guard/policy-file.js';
import { promptNotice } from '../guard/notices.js';
import type { Logger, Metrics } from '../telemetry.js';
import type { Span, Tracing } from '../telemetry/tracing.js';
import type { Budget, Caller, CompletionRequest, Delta, Message, Verdict, VersionName } from '../types.js';
import { type Allowance, reserveAllowance } from './allowance.js';
import { AnswerCollector } from './answer.js';
import { countUsage, EngineCall, operationOf, promptMessages, requestAttributes } from './engine-call.js';
import { plainAnswer, prepend, readOpening, resume, withVerdicts } from './delta-streams.js';
import { recordFeedback } from './feedback.js';
import { buildInteraction, cacheSalt, conversationId, type RecordedRequest, recordRequest, toJson } from './record.js';
import { mayRepair, repaired, type RepairParts } from './repair.js';
import type { VersionRoute } from './route.js';
import type { Completion, Serving } from './serve.js';

export interface ServingParts {
  readonly models: ModelTable;
  /** Asked once per request. */
  readonly guards: { of(scope: PolicyScope): Guard };
  readonly spool: Spool;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Read once per request, when it takes its engine: a reload changes it. */
  readonly configHash: string;
  /** Of the marks in place of what is redacted from the log. */
  readonly redactionKey: Uint8Array;
  /** Absent where no spans are made. */
  readonly tracing?: Tracing;
  /** Absent where no caller has a budget. */
  readonly budgets?: Budgets;
  /** Absent where the engine's own version answers everything. */
  readonly route?: VersionRoute;
}

export function createServing(parts: ServingParts): Serving {
  const { models, spool } = parts;
  return {
    get models() {
      return models.entries.map(([id, { model }]) => ({
        ...model,
        id,
        version: model.version === null ? null : (parts.route?.current ?? model.version),
      }));
    },
    complete(request, caller, signal) {
      const engine = models.engineOf(request.model);
      // Both are asked before anything starts: a client is told at once, and no tokens are spent on an answer that cannot be kept.
      if (spool.isFull()) throw new PurpgateError('interaction_log_full', { retryAfterSeconds: 30 });
      if (engine.health() !== 'ready') throw new PurpgateError('engine_unavailable', { retryAfterSeconds: 2 });
      return new RequestRun({ ...parts, lease: models.acquire(request.model) }, request, caller).start(signal);
    },
    async countPromptTokens(request, signal) {
      const engine = models.engineOf(request.model);
      return engine.countPromptTokens({ ...request, messages: promptMessages(engine, request.messages) }, signal);
    },
    feedback: (input, caller) => recordFeedback({ spool, redactionKey: parts.redactionKey }, input, caller),
  };
}

interface RunParts extends ServingParts {
  readonly lease: EngineLease;
}

/** One for all: a reason that is made anew, with its stack, is work of every request that ends well. */
const NOT_NEEDED = new PurpgateError('request_aborted', { message: 'the generation is not needed any more' });

/** The mutable state of one request; lives from `start` until its interaction is recorded. */
class RequestRun {
  readonly #arrivedAt = new Date();
  readonly #startedAt = performance.now();
  readonly #raw = new AnswerCollector();
  readonly #served = new AnswerCollector();
  readonly #verdicts: Verdict[] = [];
  #firstTokenMs: number | null = null;
  #blockedBy: Verdict | null = null;
  #recorded = false;
  #recordedRequest: RecordedRequest | null | undefined;
  /** Of the first token to the last, whatever becomes live meanwhile. */
  readonly #version: VersionName | null;
  readonly #engine: Engine;
  readonly #guard: Guard;
  readonly #release: () => void;
  readonly #conversation: string;
  readonly #call: EngineCall;
  /** Then the answer is held until it was judged. */
  readonly #mayRepair: boolean;
  readonly #span: Span | undefined;
  readonly #engineSpan: Span | undefined;
  #allowance: Allowance | null = null;

  constructor(
    private readonly parts: RunParts,
    private readonly request: CompletionRequest,
    private readonly caller: Caller,
  ) {
    this.#engine = parts.lease.engine;
    // A foreign model has no versions.
    const lease = this.#engine.model.version === null ? undefined : parts.route?.acquire();
    const models = parts.models.idsOf(this.#engine);
    this.#guard = parts.guards.of({ tenant: caller.tenant, keyId: caller.keyId, models });
    this.#version = lease?.version ?? this.#engine.model.version;
    this.#release = () => {
      lease?.release();
      parts.lease.release();
    };
    this.#conversation = conversationId(request, caller);
    const [operation, attributes] = [operationOf(request), requestAttributes(request, this.#conversation)];
    this.#span = parts.tracing?.begin(`serve ${operation} ${request.model}`, {
      kind: 'server',
      parent: request.traceContext,
      attributes: { ...attributes, 'purpgate.request.id': request.id },
    });
    this.#engineSpan = parts.tracing?.begin(`${operation} ${request.model}`, {
      kind: 'client',
      parent: this.#span?.context,
      attributes: { ...attributes, 'gen_ai.response.model': this.#version ?? this.#engine.model.id },
    });
    this.#mayRepair = mayRepair(this.#guard, request);
    this.#call = new EngineCall({ request, metrics: parts.metrics, span: this.#engineSpan });
  }

  start(signal: AbortSignal): Completion {
    const deltas = this.#serve(signal);
    const opening = readOpening(deltas);
    return {
      version: this.#version,
      ready: opening.then(() => ({ blockedBy: this.#blockedBy })),
      deltas: resume(opening, deltas),
    };
  }

  async *#serve(signal: AbortSignal): AsyncGenerator<Delta, void, undefined> {
    if (this.caller.budgets !== undefined) await this.#reserve(this.caller.budgets);
    let failure: PurpgateError | undefined;
    try {
      for await (const delta of this.#guarded(signal)) {
        this.#note(delta);
        if (delta.type === 'usage') await this.#record(this.#blockedBy === null ? 'completed' : 'blocked', 200);
        yield delta;
      }
    } catch (thrown) {
      failure = toPurpgateError(thrown);
      await this.#recordFailure(failure);
      throw failure;
    } finally {
      // Reached unrecorded only when the consumer left the loop: the client is gone.
      if (!this.#recorded) {
        failure = new PurpgateError('request_aborted');
        await this.#recordFailure(failure);
      }
      this.#span?.end(failure);
      this.#release();
    }
  }

  /** Of what is refused here nothing was begun, so there is nothing to record. */
  async #reserve(budgets: readonly Budget[]): Promise<void> {
    try {
      const [{ budgets: ledger }, { prices }] = [this.parts, this.#engine.model];
      const request = this.#generateRequest(this.request.messages);
      this.#allowance = await reserveAllowance({ budgets, ledger, prices, request });
    } catch (thrown) {
      const failure = toPurpgateError(thrown);
      this.#engineSpan?.end(failure);
      this.#span?.end(failure);
      this.#release();
      throw failure;
    }
  }

  /** The generation starts beside the input guard; its first Delta is held until the prompt is judged. */
  async *#guarded(signal: AbortSignal): AsyncGenerator<Delta, void, undefined> {
    const context = { requestId: this.request.id, tenant: this.caller.tenant, keyId: this.caller.keyId };
    const stopGeneration = new AbortController();
    const generation = this.#generate(AbortSignal.any([signal, stopGeneration.signal]));
    const first = generation.next();
    // Its failure is reported when the generation is read; until then it must not count as unhandled.
    first.catch(() => undefined);
    try {
      const input = await this.#judge(context, signal);
      this.#verdicts.push(...input.verdicts);
      // While the engine thinks: at the end the client would wait for it.
      this.#recordRequest();
      if (input.blockedBy !== null) {
        stopGeneration.abort(NOT_NEEDED);
        yield* this.#refuse(input, input.blockedBy);
        return;
      }
      const verdicts = input.verdicts.filter(({ action }) => action !== 'allow');
      const judged: RepairParts['guard'] = (deltas, until) => this.#guard.output(deltas, context, until);
      const answer = judged(prepend(first, generation), signal);
      yield* withVerdicts(verdicts, this.#mayRepair ? this.#repaired(answer, judged, signal) : answer);
    } finally {
      stopGeneration.abort(NOT_NEEDED);
      // Waits until the engine has let go, so that a finished request holds no slot. Its failure was reported above, or is the abort.
      await generation.return().catch(() => undefined);
    }
  }

  #repaired(answer: AsyncIterable<Delta>, guard: RepairParts['guard'], signal: AbortSignal): AsyncIterable<Delta> {
    const call = new EngineCall({ request: this.request, metrics: this.parts.metrics, span: undefined });
    const generate: RepairParts['generate'] = ({ messages, sampling }, until) => {
      const again = { ...this.#generateRequest(messages), sampling };
      const generated = this.#engine.generate(again, until);
      return call.watch(this.#allowance?.watchNext(again, generated) ?? generated);
    };
    const known = { request: this.request, raw: this.#raw, logger: this.parts.logger, isOwn: this.#version !== null };
    return repaired(answer, { ...known, generate, guard }, signal);
  }

  async #judge(context: GuardContext, signal: AbortSignal): Promise<InputVerdict> {
    const span = this.parts.tracing?.begin('guard prompt', {
      kind: 'internal',
      parent: this.#span?.context,
      attributes: {},
    });
    try {
      const input = await this.#guard.input(this.request.messages, context, signal);
      span?.set({ 'purpgate.guard.blocked_by': input.blockedBy?.guard ?? '' });
      span?.end();
      return input;
    } catch (thrown) {
      span?.end(toPurpgateError(thrown));
      throw thrown;
    }
  }

  async *#generate(signal: AbortSignal): AsyncGenerator<Delta, void, undefined> {
    const generated = this.#engine.generate(this.#generateRequest(this.request.messages), signal);
    for await (const delta of this.#call.watch(this.#allowance?.watch(generated) ?? generated)) {
      this.#raw.add(delta);
      yield delta;
    }
  }

  #generateRequest(messages: readonly Message[]): GenerateRequest {
    const { id, textPrompt, tools, toolChoice, toolCalls, responseFormat, sampling, extra } = this.request;
    const traceContext = this.#engineSpan?.context ?? this.request.traceContext;
    return {
      id,
      caller: this.caller.keyId,
      conversation: this.#conversation,
      cacheSalt: cacheSalt(this.caller.tenant, this.parts.redactionKey),
      version: this.#version,
      messages: promptMessages(this.#engine, messages),
      ...(textPrompt !== undefined && { textPrompt }),
      tools,
      toolChoice,
      toolCalls,
      responseFormat,
      sampling,
      ...(traceContext !== undefined && { traceContext }),
      forward: extra,
    };
  }

  /** A blocked prompt, as agents tolerate it: an ordinary answer that says what was withheld (docs/guard.md). */
  *#refuse(input: InputVerdict, blockedBy: Verdict): Generator<Delta, void, undefined> {
    this.#blockedBy = blockedBy;
    if (this.#guard.blockedPrompt === 'refuse')
      throw new PurpgateError('content_policy_violation', { publicMessage: promptNotice(blockedBy) });
    yield* plainAnswer(promptNotice(blockedBy), input.verdicts, this.request.sampling.choices);
  }

  #note(delta: Delta): void {
    const { metrics } = this.parts;
    if (this.#firstTokenMs === null && (delta.type === 'text' || delta.type === 'reasoning')) {
      this.#firstTokenMs = performance.now() - this.#startedAt;
      metrics.firstTokenSeconds.observe(this.#firstTokenMs / 1000);
      const { firstAt } = this.#call;
      if (firstAt !== null && this.#blockedBy === null && !this.#mayRepair)
        metrics.overheadSeconds.observe((performance.now() - firstAt) / 1000);
    }
    // Verdicts on the prompt are noted where they are made; a refusal repeats them for the client.
    if (delta.type === 'verdict' && delta.verdict.stage === 'output') this.#verdicts.push(delta.verdict);
    this.#served.add(delta);
  }

  async #recordFailure(error: PurpgateError): Promise<void> {
    if (this.#recorded) return;
    const status: InteractionStatus =
      error.code === 'request_aborted' ? 'aborted' : error.code === 'content_policy_violation' ? 'blocked' : 'failed';
    try {
      await this.#record(status, error.status);
    } catch (thrown) {
      // The caller is told of the first failure; nothing was acknowledged, so nothing that was promised is lost.
      this.parts.logger.error(
        { error: thrown, requestId: this.request.id },
        'interaction of a failed request not recorded',
      );
    }
  }

  #recordRequest(): RecordedRequest | null {
    const { request, caller } = this;
    this.#recordedRequest ??= recordRequest(request, caller, this.parts.redactionKey);
    return this.#recordedRequest;
  }

  /** Once per request, however it ended; what was used is settled with it. */
  async #record(status: InteractionStatus, httpStatus: number): Promise<void> {
    this.#recorded = true;
    this.#allowance?.settle(this.#raw.usage);
    const { prices } = this.#engine.model;
    countUsage(this.parts.metrics, this.#raw.usage, { model: this.request.model, prices });
    const event = buildInteraction(
      {
        request: this.request,
        caller: this.caller,
        conversation: this.#conversation,
        arrivedAt: this.#arrivedAt,
        version: this.#version,
        engine: this.#engine.model.id,
        raw: this.#raw,
        served: this.#served,
        verdicts: this.#verdicts,
        firstTokenMs: this.#firstTokenMs,
        totalMs: performance.now() - this.#startedAt,
        configHash: this.parts.configHash,
        policy: this.#guard.policy,
        status,
        httpStatus,
      },
      this.#recordRequest(),
      this.parts.redactionKey,
    );
    await this.parts.spool.append(TOPICS.interactions, {
      id: event.id,
      key: event.conversation_id,
      value: toJson(event),
    });
  }
}
