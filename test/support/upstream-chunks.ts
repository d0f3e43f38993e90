/** Deltas as OpenAI's servers stream them, in chat and in text completions. */
import type { Delta, FinishReason, Json, JsonObject, TokenLogprob } from '../../src/types.js';

export type UpstreamWire = 'chat' | 'text';

const FRAME = { id: 'cmpl-scripted', created: 1_750_000_000, model: 'scripted' };

export function chunkOf(delta: Delta, wire: UpstreamWire): Json {
  return wire === 'chat' ? chatChunk(delta) : textChunk(delta);
}

function chatChunk(delta: Delta): Json {
  const frame = { ...FRAME, object: 'chat.completion.chunk' };
  const choice = (content: JsonObject, rest: JsonObject = {}): Json => ({
    ...frame,
    choices: [{ index: 'choice' in delta ? delta.choice : 0, delta: content, finish_reason: null, ...rest }],
  });
  switch (delta.type) {
    case 'text':
      return choice(
        { content: delta.text },
        withLogprobs(delta.logprobs, (logprobs) => ({ content: logprobs.map(chatLogprob) })),
      );
    case 'reasoning':
      return choice({ reasoning_content: delta.text });
    case 'tool_start': {
      const { index, id, name } = delta;
      return choice({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] });
    }
    case 'tool_args':
      return choice({ tool_calls: [{ index: delta.index, function: { arguments: delta.text } }] });
    case 'finish':
      return choice({}, finishOf(delta));
    case 'prompt':
      return { ...frame, choices: [], usage: usageOf(delta.promptTokens, 0, 0) };
    case 'usage':
      return { ...frame, ...usageChunk(delta) };
    case 'verdict':
      throw new Error('an upstream gives no verdict');
  }
}

function textChunk(delta: Delta): Json {
  const frame = { ...FRAME, object: 'text_completion' };
  const choice = (index: number, rest: JsonObject): Json => ({
    ...frame,
    choices: [{ index, text: '', logprobs: null, finish_reason: null, ...rest }],
  });
  switch (delta.type) {
    case 'text':
      return choice(delta.choice, { text: delta.text, ...withLogprobs(delta.logprobs, textLogprobs) });
    case 'finish':
      return choice(delta.choice, finishOf(delta));
    case 'usage':
      return { ...frame, ...usageChunk(delta) };
    case 'prompt':
    case 'reasoning':
    case 'tool_start':
    case 'tool_args':
    case 'verdict':
      throw new Error(`a text completion gives no ${delta.type}`);
  }
}

function finishOf({ reason, stopSequence }: { reason: FinishReason; stopSequence?: string }): JsonObject {
  return { finish_reason: reason, stop_reason: stopSequence ?? null };
}

function usageChunk({ usage }: Extract<Delta, { type: 'usage' }>): JsonObject {
  const { promptTokens, completionTokens, reasoningTokens, cachedTokens } = usage;
  const told = usageOf(promptTokens, completionTokens, reasoningTokens);
  const cached = cachedTokens === undefined ? {} : { prompt_tokens_details: { cached_tokens: cachedTokens } };
  return { choices: [], usage: { ...told, ...cached } };
}

function usageOf(prompt: number, completion: number, reasoning: number): JsonObject {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

function withLogprobs(
  logprobs: readonly TokenLogprob[] | undefined,
  wire: (logprobs: readonly TokenLogprob[]) => JsonObject,
): JsonObject {
  return logprobs === undefined ? {} : { logprobs: wire(logprobs) };
}

function chatLogprob({ token, bytes, logprob, alternatives }: TokenLogprob): JsonObject {
  return { token, bytes, logprob, top_logprobs: alternatives.map((other) => ({ ...other })) };
}

function textLogprobs(logprobs: readonly TokenLogprob[]): JsonObject {
  return {
    tokens: logprobs.map(({ token }) => token),
    token_logprobs: logprobs.map(({ logprob }) => logprob),
    top_logprobs: logprobs.map(({ alternatives }) =>
      Object.fromEntries(alternatives.map(({ token, logprob }) => [token, logprob])),
    ),
    text_offset: logprobs.map(() => 0),
  };
}
