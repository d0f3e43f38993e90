/**
 * Nouns that several folders share. Nothing here knows a wire format, a database or a model: every protocol is parsed
 * to a `CompletionRequest`, every engine yields `Delta`s, and guards, usage, records and encoders consume only these.
 */

import type { TraceContext } from './telemetry/tracing.js';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** The wire format a request came in. */
export type Protocol = 'chat' | 'responses' | 'messages' | 'completions';

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text exactly as generated; it may be invalid JSON when the model was cut short. */
  readonly arguments: string;
}

/** One turn, with text parts joined. OpenAI's `developer` role is `system` here: it is the same authority. */
export type Message =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | {
      readonly role: 'assistant';
      readonly content: string;
      /** Reasoning that a client sent back. It is untrusted client input, and is never sent to the model again. */
      readonly reasoning?: string;
      readonly toolCalls: readonly ToolCall[];
    }
  | { readonly role: 'tool'; readonly content: string; readonly toolCallId: string };

export interface Tool {
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the arguments. */
  readonly parameters?: JsonObject;
}

export type ToolChoice = 'auto' | 'none' | 'required' | { readonly name: string };

export type ResponseFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json_object' }
  | { readonly type: 'json_schema'; readonly schema: JsonObject };

export interface Sampling {
  /** 0 is greedy; range [0, 2]. */
  readonly temperature: number;
  /** Nucleus mass, range (0, 1]. */
  readonly topP: number;
  /** Keep only the k likeliest tokens; absent means all. */
  readonly topK?: number;
  /** New tokens per choice; absent means up to the context's end. */
  readonly maxTokens?: number;
  readonly stop: readonly string[];
  readonly seed?: number;
  /** How many completions of the prompt (`n`), at least 1. */
  readonly choices: number;
  /** Range [-2, 2], as in OpenAI's API. */
  readonly frequencyPenalty: number;
  readonly presencePenalty: number;
  /** Asks for log-probabilities, with so many alternatives beside each token; range [0, 20]. Absent: none are told. */
  readonly logprobs?: number;
}

/** Text to go on with, without roles: what stands in front of the completion and what is to follow it (fill in the middle). */
export interface TextPrompt {
  readonly prefix: string;
  readonly suffix: string | null;
}

/** A request for completions, whatever protocol it came in. */
export interface CompletionRequest {
  /** UUIDv7, minted by the http layer: request id, interaction id and idempotency key of everything that follows. */
  readonly id: string;
  readonly protocol: Protocol;
  readonly model: string;
  readonly messages: readonly Message[];
  /** Set for a request that completes text; `messages` then holds that text as one user message, for guards and records. */
  readonly textPrompt?: TextPrompt;
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice;
  /** `single`: at most one call per answer. */
  readonly toolCalls: 'parallel' | 'single';
  readonly responseFormat: ResponseFormat;
  readonly sampling: Sampling;
  /** How the answer leaves; absent where it is not known, which counts as a stream. */
  readonly delivery?: 'whole' | 'stream';
  /** End user as named by the caller, opaque. */
  readonly user?: string;
  /** Session header of a known client or `prompt_cache_key`; else the conversation id is derived (see serve/record). */
  readonly session?: string;
  /** `store` as sent; opts out of training only where the key honours it. */
  readonly store?: boolean;
  /** As the client sent it, where it is valid; goes on to upstreams. */
  readonly traceContext?: TraceContext;
  /** Fields that the protocol does not know, as received. Recorded; reach an engine only where its `forward` lists them. */
  readonly extra: JsonObject;
}

/** Token ids and the log-probabilities they were sampled with; both arrays have one entry per token. */
export interface TokenSpan {
  readonly ids: readonly number[];
  /** Natural logarithm, under the distribution that was sampled from. */
  readonly logprobs: readonly number[];
}

/** One token of an answer as clients see it who asked for log-probabilities. */
export interface TokenLogprob {
  readonly token: string;
  /** UTF-8 bytes of the token: a character may be spread over several tokens. */
  readonly bytes: readonly number[];
  /** Natural logarithm. */
  readonly logprob: number;
  /** The likeliest tokens at this place, the likeliest first. */
  readonly alternatives: readonly Omit<TokenLogprob, 'alternatives'>[];
}

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Part of completionTokens that was reasoning. */
  readonly reasoningTokens: number;
  /** Part of promptTokens that the engine had read before; absent where it does not tell. */
  readonly cachedTokens?: number;
}

export type FinishReason = 'stop' | 'length' | 'tool_calls';

/**
 * One step of a generation. `choice` counts from 0. Order that every producer keeps and every consumer may rely on:
 * at most one `prompt`, first; per choice, `reasoning`* and `text`* in any order, then for each tool call `tool_start` and its `tool_args` (a tool call
 * is closed by the next `tool_start` or by `finish` of its choice), then one `finish`; after all choices one `usage`, last.
 * Failure is not a Delta: the iterator throws a `PurpgateError`.
 * Tokens ride on the Delta whose text they produced, and are released or dropped with it. Tokens of markers that are not shown
 * ride on the neighbour, whose `text` may then be empty.
 */
export type Delta =
  /** Length of the prompt in tokens, from engines that know it before they answer. */
  | { readonly type: 'prompt'; readonly promptTokens: number }
  | {
      readonly type: 'text';
      readonly choice: number;
      readonly text: string;
      readonly tokens?: TokenSpan;
      /** Where the request asks for them; of the tokens that made the text, so they share its fate. */
      readonly logprobs?: readonly TokenLogprob[];
    }
  | { readonly type: 'reasoning'; readonly choice: number; readonly text: string; readonly tokens?: TokenSpan }
  | {
      readonly type: 'tool_start';
      readonly choice: number;
      readonly index: number;
      readonly id: string;
      readonly name: string;
      readonly tokens?: TokenSpan;
    }
  | {
      readonly type: 'tool_args';
      readonly choice: number;
      readonly index: number;
      readonly text: string;
      readonly tokens?: TokenSpan;
    }
  | {
      readonly type: 'finish';
      readonly choice: number;
      readonly reason: FinishReason;
      /** The stop sequence of the request that ended the answer, where the engine knows it. */
      readonly stopSequence?: string;
    }
  | { readonly type: 'verdict'; readonly choice: number; readonly verdict: Verdict }
  /**
   * `promptIds`: ids of the rendered prompt, where the engine knows them; training needs them, clients never see them. `captured` is
   * `dropped` where the tokens that rode on the answer turned out not to be those of the answer.
   */
  | {
      readonly type: 'usage';
      readonly usage: Usage;
      readonly promptIds?: readonly number[];
      readonly captured?: 'dropped';
    };

export type Severity = 'low' | 'medium' | 'high';

/** What a policy does about a finding, from weakest to strongest. */
export type Action = 'allow' | 'observe' | 'annotate' | 'redact' | 'repair' | 'block';

/** Half-open range [start, end) in UTF-16 code units of the scanned text; lines count from 1, `endLine` is included. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly endLine: number;
}

export interface Finding {
  /** Stable rule id, such as `python/sql-injection`. */
  readonly rule: string;
  /** Such as `CWE-89`; null where the rule is not about a weakness in code. */
  readonly cwe: string | null;
  readonly severity: Severity;
  readonly message: string;
  /** What to write instead, one sentence. */
  readonly advice: string;
  readonly span: Span | null;
  readonly action: Action;
}

/** What one guard decided about one unit of text (a prompt, a code block, a tool call). */
export interface Verdict {
  readonly stage: 'input' | 'output';
  /** Name of the guard, such as `prompt-rules` or `code-scanner`. */
  readonly guard: string;
  /** The strongest action among the findings; `allow` when there is none. */
  readonly action: Action;
  /** What kind of text this was judged to be, such as `benign`, `malicious`, `jailbreak`, `vulnerable_code`. */
  readonly label: string;
  /** In [0, 1], or null for a guard that does not score. */
  readonly score: number | null;
  readonly findings: readonly Finding[];
  /** UTF-8 bytes that were looked at, so that a record can never claim a scan that did not happen. */
  readonly scannedBytes: number;
  readonly ms: number;
}

/** What the owner of a key decided about training on its traffic. There is no default. */
export type Consent = 'allow' | 'deny';

export type Scope = 'inference' | 'feedback' | 'admin';

/** Who is calling, as established by authentication. */
export interface Caller {
  /** Public part of the API key. */
  readonly keyId: string;
  readonly tenant: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly consent: Consent;
  /** `store: false` opts out of training only where this is set. */
  readonly honourStoreFalse: boolean;
  /** Requests per minute of this key; null means the configured default. */
  readonly requestsPerMinute: number | null;
  /** Of the key and of its tenant; absent means none. */
  readonly budgets?: readonly Budget[];
}

export type BudgetOwner = 'key' | 'tenant';

/** How much may be used in a day or a month of the calendar, in UTC. */
export interface Budget {
  readonly id: number;
  readonly owner: BudgetOwner;
  /** `tokens`: of prompts and completions together. `cost`: in millionths of a US dollar, by the prices of the model. */
  readonly unit: 'tokens' | 'cost';
  readonly period: 'day' | 'month';
  /** In its unit, a whole number from 0 to 2^53 - 1. */
  readonly amount: number;
}

export type VersionName = `purp@${string}`;
export type VersionState = 'candidate' | 'evaluated' | 'canary' | 'live' | 'retired' | 'rolled-back';

/** An immutable set of served weights. */
export interface Version {
  readonly name: VersionName;
  readonly state: VersionState;
  /** Hex SHA-256 over the weights: of the base checkpoint, or of the adapter. */
  readonly sha256: string;
  /** Folder of the HF checkpoint, relative to the package root or absolute. */
  readonly base: string;
  /** Folder with the adapter and its probe (src/release/probe.ts); null for a base checkpoint. */
  readonly adapter: string | null;
  readonly parent: VersionName | null;
  readonly pool: string;
  readonly createdAt: Date;
}
