/** One request from start to end, as the http layer sees it. */
import type { FeedbackKind } from '../events/interaction.js';
import type { ModelInfo } from '../engine/engine.js';
import type { Caller, CompletionRequest, Delta, Json, Verdict, VersionName } from '../types.js';

/** A request under way. */
export interface Completion {
  /** Version that answers; null for a foreign model. */
  readonly version: VersionName | null;
  /**
   * Settles when the prompt has been judged and the first Delta is there; rejects with a PurpgateError when the request failed before
   * it, so that the failure can still become an HTTP status.
   */
  readonly ready: Promise<{ readonly blockedBy: Verdict | null }>;
  /**
   * What may be served. Must be consumed; leaving the loop early, or aborting the signal, stops the generation. The last Delta (`usage`)
   * comes only after the interaction is durable, so a response that ended is never lost. Throws a PurpgateError on failure.
   */
  readonly deltas: AsyncIterable<Delta>;
}

export interface FeedbackInput {
  readonly interactionId: string;
  readonly kind: FeedbackKind;
  readonly value: Json;
  /** Two feedbacks of one caller with the same key are one. */
  readonly idempotencyKey: string;
}

export interface Serving {
  /** Models that requests may name; any other id is 404. */
  readonly models: readonly ModelInfo[];
  /** @throws PurpgateError `model_not_found`, `engine_unavailable` or `interaction_log_full`, before anything has started. */
  complete(request: CompletionRequest, caller: Caller, signal: AbortSignal): Completion;
  /**
   * Tokens of the prompt that `complete` would give to the model, PurpCode's rules with them; an estimate for a foreign model.
   * @throws PurpgateError `model_not_found` or `engine_unavailable`.
   */
  countPromptTokens(request: CompletionRequest, signal: AbortSignal): Promise<number>;
  /** Resolves with the event's id when the feedback is durable. It may name an interaction that has not been scored yet. */
  feedback(input: FeedbackInput, caller: Caller): Promise<string>;
}
