/** Events of the log, version 1 (DESIGN section 4, openapi/events.schema.json). Field names are the wire's, hence snake_case. */
import type { FinishReason, Json, JsonObject, Protocol, Verdict } from '../types.js';

export interface RecordedToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** One choice of an answer. */
export interface RecordedAnswer {
  readonly reasoning: string;
  readonly content: string;
  readonly tool_calls: readonly RecordedToolCall[];
  /** Null when the generation did not finish. */
  readonly finish: FinishReason | null;
}

export interface RecordedTokens {
  /** Ids of the rendered prompt; null when the engine does not tell them. */
  readonly prompt_ids: readonly number[] | null;
  /** One entry per choice. */
  readonly completion_ids: readonly (readonly number[])[];
  /** One entry per choice, natural logarithm, aligned with completion_ids. */
  readonly logprobs: readonly (readonly number[])[];
  /**
   * `truncated`: sampled by top_p or top_k, so the log-probabilities are those of a part of the distribution, and the answer is no sample
   * of the policy: of such a record the prompt alone is for training. Absent in records of before.
   */
  readonly distribution?: 'whole' | 'truncated';
}

/** How a request ended. `blocked` and `aborted` are outcomes too: they are recorded, and may enter training as prompts. */
export type InteractionStatus = 'completed' | 'blocked' | 'aborted' | 'failed';

interface InteractionFrame {
  readonly schema: 1;
  /** UUIDv7. */
  readonly id: string;
  /** ISO 8601, UTC, of the request's arrival. */
  readonly ts: string;
  readonly tenant: string;
  readonly pool: string;
  readonly key_id: string;
  readonly user: string | null;
  readonly conversation_id: string;
  readonly parent_id: string | null;
  readonly protocol: Protocol;
  readonly model: string;
  readonly version: string | null;
  readonly engine: string;
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number } | null;
  readonly timing: {
    readonly first_token_ms: number | null;
    readonly total_ms: number;
  };
  readonly config_hash: string;
  /** Of the guard; its hash covers the rules. Absent in events from before policies had names. */
  readonly policy?: { readonly name: string; readonly hash: string };
  readonly status: InteractionStatus;
  /** HTTP status that the client was given, or would have been given; 499 when it left. */
  readonly http_status: number;
}

/** A verdict as recorded: without messages that might quote the text. */
export type RecordedVerdict = Pick<Verdict, 'stage' | 'guard' | 'action' | 'label' | 'score'> & {
  readonly scanned_bytes: number;
  readonly ms: number;
  readonly findings: readonly {
    readonly rule: string;
    readonly cwe: string | null;
    readonly severity: string;
    readonly start: number | null;
    readonly end: number | null;
  }[];
};

/** The owner of the key lets the traffic be trained on: the event carries the text, redacted. */
export interface ConsentedInteraction extends InteractionFrame {
  readonly consent: 'allow';
  readonly request: {
    readonly messages: readonly JsonObject[];
    readonly tools: readonly JsonObject[];
    readonly sampling: JsonObject;
    /** Request fields that the protocol does not know, as received. */
    readonly extra: JsonObject;
  };
  /** What the model wrote; one entry per choice. Training reads this. */
  readonly raw: readonly RecordedAnswer[];
  /** What the client was given; one entry per choice. */
  readonly served: readonly RecordedAnswer[];
  /** Absent after any redaction, since ids and log-probabilities are the text. */
  readonly tokens?: RecordedTokens;
  readonly guard: readonly RecordedVerdict[];
}

/** The owner opted out: no field can hold text, by type. */
export interface OptedOutInteraction extends InteractionFrame {
  readonly consent: 'deny';
  readonly guard: readonly RecordedVerdict[];
}

export type InteractionEvent = ConsentedInteraction | OptedOutInteraction;

/** `wrong_verdict`: of the guard; its value is what the verdict should have been, `allow` or `block`. */
export type FeedbackKind = 'accept' | 'reject' | 'edit' | 'score' | 'test_result' | 'wrong_verdict';

export interface FeedbackEvent {
  readonly schema: 1;
  /** UUIDv7 of the event. */
  readonly id: string;
  readonly ts: string;
  readonly tenant: string;
  readonly key_id: string;
  readonly interaction_id: string;
  readonly kind: FeedbackKind;
  readonly value: Json;
  readonly idempotency_key: string;
}

export const SAMPLE_KINDS = ['code', 'malicious', 'security_question', 'general'] as const;
export type SampleKind = (typeof SAMPLE_KINDS)[number];

export interface RewardComponents {
  readonly format: number | null;
  readonly parse: number | null;
  readonly security: number | null;
  /** Undefined in events from before it was judged. */
  readonly task?: number | null;
  readonly assistance: number | null;
  readonly refusal: number | null;
  readonly correctness: number | null;
  readonly feedback: number | null;
  /** By name, of the oracles that the operator has added for this kind; absent where there are none. */
  readonly own?: Readonly<Record<string, number | null>>;
  /** By name, what each objective of a weighted composition is worth after the gates; absent in other compositions and without a score. */
  readonly objectives?: Readonly<Record<string, number>>;
}

export interface Evidence {
  readonly rule: string;
  readonly cwe: string | null;
  readonly start: number | null;
  readonly end: number | null;
  readonly message: string;
}

/** What the oracles say about one answer; also what `purpgate reward --json` prints. */
export interface RewardRecord {
  readonly kind: SampleKind;
  /** In [0, 1], how sure the kind is. */
  readonly kind_confidence: number;
  /** In [0, 1]; null when an oracle that this kind needs could not run. Null is never a pass. */
  readonly score: number | null;
  /** Why the score is null; null when there is a score. */
  readonly unscored_reason: string | null;
  readonly components: RewardComponents;
  readonly evidence: readonly Evidence[];
  readonly oracle_versions: Readonly<Record<string, string>>;
}

/** The scored sample whole; all that a trainer reads. One event per choice of an interaction. */
export interface RewardEvent extends RewardRecord {
  readonly schema: 1;
  /** A UUID that follows from interaction_id and choice (and the oracles, when scored again): one scoring cannot make two rewards. */
  readonly id: string;
  readonly interaction_id: string;
  /** Counts from 0. */
  readonly choice: number;
  readonly ts: string;
  readonly tenant: string;
  readonly pool: string;
  readonly version: string | null;
  readonly prompt: readonly JsonObject[];
  readonly response: RecordedAnswer;
  readonly tokens?: RecordedTokens;
}
