/** Which route of an upstream serves a request, and with what body. Nothing reaches an upstream that is not named here and beside. */
import type { JsonObject } from '../../types.js';
import type { GenerateRequest, PromptParts } from '../engine.js';
import { chatFields } from './chat-request.js';
import type { CaptureSettings } from './pools.js';

export interface UpstreamTarget {
  readonly model: string;
  /** Names of unknown fields that may pass; what these files set themselves can't be overridden. */
  readonly forward: readonly string[];
  /** Asks for the ids and the log-probabilities of what is sampled. */
  readonly capture: CaptureSettings | null;
  /** Whether the server keeps what one tenant's prompts left in its cache from others (vLLM's `cache_salt`). */
  readonly cacheSalt: 'on' | 'off';
}

export interface UpstreamRequest {
  /** Below the base URL. */
  readonly path: '/chat/completions' | '/completions' | '/messages' | '/responses';
  readonly body: JsonObject;
}

export function upstreamRequest(
  request: GenerateRequest,
  { model, forward, capture, cacheSalt }: UpstreamTarget,
): UpstreamRequest {
  const { textPrompt } = request;
  const forwarded = forwardedFields(request, forward);
  // Not `continuous_usage_stats`, by which some servers would tell the prompt's length early: others refuse requests that have it.
  const common = {
    ...forwarded,
    model,
    stream: true,
    stream_options: { include_usage: true },
    ...sampling(request),
    ...(capture === null ? {} : { return_token_ids: true }),
    ...(cacheSalt === 'on' && request.cacheSalt !== undefined ? { cache_salt: request.cacheSalt } : {}),
  };
  const logprobs = request.sampling.logprobs ?? (capture === null ? undefined : 0);
  if (textPrompt === undefined)
    return { path: '/chat/completions', body: { ...common, ...chatFields(request, logprobs) } };
  const { prefix, suffix } = textPrompt;
  const body = {
    ...common,
    prompt: prefix,
    ...(suffix === null ? {} : { suffix }),
    ...(logprobs === undefined ? {} : { logprobs }),
  };
  return { path: '/completions', body };
}

export function forwardedFields({ forward: given }: GenerateRequest, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(given).filter(([name]) => names.includes(name)));
}

function sampling({ sampling: given }: GenerateRequest): JsonObject {
  return {
    temperature: given.temperature,
    top_p: given.topP,
    n: given.choices,
    ...(given.topK === undefined ? {} : { top_k: given.topK }),
    ...(given.maxTokens === undefined ? {} : { max_tokens: given.maxTokens }),
    ...(given.stop.length === 0 ? {} : { stop: given.stop }),
    ...(given.seed === undefined ? {} : { seed: given.seed }),
    ...(given.frequencyPenalty === 0 ? {} : { frequency_penalty: given.frequencyPenalty }),
    ...(given.presencePenalty === 0 ? {} : { presence_penalty: given.presencePenalty }),
  };
}

/** Bytes of text that one token stands for, about: true of English and of code with most tokenizers. */
const BYTES_PER_TOKEN = 4;

/** Only an estimate: from the bytes of all texts that the model would read. */
export function estimateTokens({ messages, tools, textPrompt }: PromptParts): number {
  const texts =
    textPrompt === undefined
      ? [
          ...messages.flatMap((message) => [
            message.content,
            ...(message.role === 'assistant' ? message.toolCalls.flatMap((call) => [call.name, call.arguments]) : []),
          ]),
          ...tools.map((tool) => JSON.stringify(tool)),
        ]
      : [textPrompt.prefix, textPrompt.suffix ?? ''];
  return tokensOfBytes(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0));
}

/** Only an estimate. */
export function tokensOfBytes(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}
