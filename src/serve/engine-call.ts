/** What telemetry tells of a request's call of its engine, by the names of OpenTelemetry's GenAI semantic conventions (1.37). */
import type { Engine, Prices } from '../engine/engine.js';
import { PurpgateError, toPurpgateError } from '../errors.js';
import type { Metrics } from '../telemetry.js';
import type { Span, SpanAttributes } from '../telemetry/tracing.js';
import { withRules } from '../text/rules.js';
import type { CompletionRequest, Delta, Message, Usage } from '../types.js';

/** The operation as the conventions name it. */
export const operationOf = ({ protocol }: CompletionRequest): 'chat' | 'text_completion' =>
  protocol === 'completions' ? 'text_completion' : 'chat';

/** Of what was asked; no content. */
export function requestAttributes(request: CompletionRequest, conversation: string): SpanAttributes {
  const { temperature, topP, topK, maxTokens, choices, seed } = request.sampling;
  return {
    'gen_ai.operation.name': operationOf(request),
    'gen_ai.provider.name': 'purpgate',
    'gen_ai.request.model': request.model,
    'gen_ai.conversation.id': conversation,
    'gen_ai.request.temperature': temperature,
    'gen_ai.request.top_p': topP,
    'gen_ai.request.choice.count': choices,
    ...(topK !== undefined && { 'gen_ai.request.top_k': topK }),
    ...(maxTokens !== undefined && { 'gen_ai.request.max_tokens': maxTokens }),
    ...(seed !== undefined && { 'gen_ai.request.seed': seed }),
  };
}

/** Once per request, however it ended. */
export function countUsage(
  metrics: Metrics,
  usage: Usage | null,
  { model, prices }: { readonly model: string; readonly prices: Prices | undefined },
): void {
  const { promptTokens, completionTokens } = usage ?? { promptTokens: 0, completionTokens: 0 };
  metrics.tokens.inc({ kind: 'prompt' }, promptTokens);
  metrics.tokens.inc({ kind: 'completion' }, completionTokens);
  if (prices === undefined) return;
  const dollars = (promptTokens * prices.input + completionTokens * prices.output) / 1e6;
  metrics.cost.inc({ gen_ai_request_model: model }, dollars);
}

interface CallParts {
  readonly request: CompletionRequest;
  readonly metrics: Metrics;
  readonly span: Span | undefined;
}

export class EngineCall {
  readonly #startedAt = performance.now();
  readonly #finishes: string[] = [];
  #usage: Usage | null = null;
  #lastAt = 0;
  /** When the first token came, as `performance.now()` tells it; null before. */
  firstAt: number | null = null;

  constructor(private readonly parts: CallParts) {}

  async *watch(deltas: AsyncIterable<Delta>): AsyncGenerator<Delta, void, undefined> {
    let error: PurpgateError | undefined;
    let isOver = false;
    try {
      for await (const delta of deltas) {
        this.#note(delta);
        isOver ||= delta.type === 'usage';
        yield delta;
      }
      isOver = true;
    } catch (thrown) {
      error = toPurpgateError(thrown);
      throw thrown;
    } finally {
      // Left before its end, where the client has gone or the prompt is blocked.
      if (!isOver) error ??= new PurpgateError('request_aborted');
      this.#tell(error);
    }
  }

  #note(delta: Delta): void {
    if (delta.type === 'finish') this.#finishes[delta.choice] = delta.reason;
    else if (delta.type === 'usage') this.#usage = delta.usage;
    else if (delta.type !== 'prompt' && delta.type !== 'verdict') {
      this.#lastAt = performance.now();
      this.firstAt ??= this.#lastAt;
    }
  }

  #tell(error: PurpgateError | undefined): void {
    const { request, metrics, span } = this.parts;
    const labels = { gen_ai_operation_name: operationOf(request), gen_ai_request_model: request.model };
    const seconds = (performance.now() - this.#startedAt) / 1000;
    metrics.operationSeconds.observe({ ...labels, error_type: error?.code ?? '' }, seconds);
    if (this.firstAt !== null) {
      metrics.serverFirstTokenSeconds.observe(labels, (this.firstAt - this.#startedAt) / 1000);
      const further = (this.#usage?.completionTokens ?? 0) - 1;
      if (further > 0) metrics.outputTokenSeconds.observe(labels, (this.#lastAt - this.firstAt) / 1000 / further);
    }
    if (this.#usage !== null)
      span?.set({
        'gen_ai.usage.input_tokens': this.#usage.promptTokens,
        'gen_ai.usage.output_tokens': this.#usage.completionTokens,
      });
    span?.set({ 'gen_ai.response.finish_reasons': Object.values(this.#finishes) });
    span?.end(error);
  }
}

/** What the model reads of a conversation. */
export function promptMessages(engine: Engine, messages: readonly Message[]): readonly Message[] {
  return engine.model.rules === 'on' ? withRules(messages) : messages;
}
