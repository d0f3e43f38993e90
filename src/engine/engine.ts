/** What serves tokens: the embedded engine, or a server behind a URL. */
import type { TraceContext } from '../telemetry/tracing.js';
import type {
  Delta,
  JsonObject,
  Message,
  ResponseFormat,
  Sampling,
  TextPrompt,
  Tool,
  ToolChoice,
  VersionName,
} from '../types.js';

/** A request as an engine sees it: routed to a version, with the rules already prepended to the messages. */
export interface GenerateRequest {
  readonly id: string;
  /** Who asks, opaque. An engine that cannot run everything at once shares itself evenly among callers; those that say nothing are one. */
  readonly caller?: string;
  /** Opaque; requests of one conversation share the beginning of their prompts. Absent: nothing is known. */
  readonly conversation?: string;
  /** Opaque, the same for all requests of a tenant: caches that tell by their time what others asked are kept apart by it. */
  readonly cacheSalt?: string;
  /** The version that must answer; null where the engine has only one model and does not know versions. */
  readonly version: VersionName | null;
  readonly messages: readonly Message[];
  /** Text to complete in place of the messages. */
  readonly textPrompt?: TextPrompt;
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice;
  readonly toolCalls: 'parallel' | 'single';
  readonly responseFormat: ResponseFormat;
  readonly sampling: Sampling;
  /** Goes on to a server as headers. */
  readonly traceContext?: TraceContext;
  /** Fields that no protocol of ours knows, as received; an engine heeds only those that its configuration names. */
  readonly forward: JsonObject;
}

/** What the model reads of a request. */
export type PromptParts = Pick<GenerateRequest, 'messages' | 'tools' | 'textPrompt'>;

export type EngineHealth =
  /** Loading, or being restarted after a crash; requests are refused with `engine_unavailable`. */
  'starting' | 'ready' | 'stopped';

/** What `/v1/models` and the router need to know of the model. */
export interface ModelInfo {
  /** Public model id, such as `purpgate-nano`. */
  readonly id: string;
  /** Prompt and completion together, in tokens; null when the engine cannot tell. */
  readonly contextLength: number | null;
  /** Whether PurpCode's rules are prepended to the system prompt. */
  readonly rules: 'on' | 'off';
  /** Version of the weights; null for a foreign model. */
  readonly version: VersionName | null;
  /** Absent where the operator names none. */
  readonly prices?: Prices;
}

/** In US dollars per million tokens; range [0, 100000]. */
export interface Prices {
  readonly input: number;
  readonly output: number;
}

/**
 * An implementer owes:
 * - `generate` yields Deltas in the order that `Delta` documents, and ends with exactly one `usage`;
 * - where the length of the prompt is known before the answer, a `prompt` Delta tells it;
 * - no more tool calls come out than `toolCalls` allows;
 * - `textPrompt` is completed as it is, without roles, reasoning or tools; an engine that cannot heed its suffix refuses it with
 *   `unsupported_parameter` (`invalid_request` where only a server knows);
 * - log-probabilities come with the text where they are asked for: the model's own, before temperature, penalties and truncation; an
 *   upstream's are what it says;
 * - it fails by throwing a PurpgateError from the iterator: `context_length_exceeded` and `unsupported_parameter` before the first
 *   Delta, `engine_unavailable` when not ready, `upstream_error` or `engine_unavailable` when the generation broke in the middle;
 * - when `signal` aborts, or the consumer leaves the loop, generation stops and its resources are free within one step;
 *   an abort makes the iterator throw `request_aborted`;
 * - a slow consumer slows the generation or is buffered within a bound; memory never grows without one;
 * - with `temperature: 0`, or with a `seed`, the same request gives the same tokens, whatever runs beside it;
 * - `stop` is idempotent, fails what is in flight with `engine_unavailable`, and resolves when every resource is free.
 */
export interface Engine {
  readonly model: ModelInfo;
  health(): EngineHealth;
  /** Resolves when the engine can serve. @throws PurpgateError `model_unusable` or `engine_unavailable`. */
  start(signal: AbortSignal): Promise<void>;
  generate(request: GenerateRequest, signal: AbortSignal): AsyncIterable<Delta>;
  /**
   * Tokens of the prompt that `generate` would read. The embedded engine counts; for an upstream, whose tokenizer nobody here has, it is
   * an estimate. @throws PurpgateError as `generate` does, but for `context_length_exceeded`.
   */
  countPromptTokens(prompt: PromptParts, signal: AbortSignal): Promise<number>;
  stop(): Promise<void>;
}
