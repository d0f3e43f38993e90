/** From OpenAI's chunks of chat and of text completions, as servers really send them, to Deltas. */
import { randomBytes } from 'node:crypto';
import { PurpgateError } from '../../errors.js';
import { isJson } from '../../text/partial-json.js';
import type { Delta, FinishReason, TokenLogprob, Usage } from '../../types.js';
import type { GenerateRequest } from '../engine.js';
import { readUpstreamError } from './errors.js';
import { isIndex, isRecord } from './json.js';
import type { CaptureFault, TokenCapture } from './capture.js';
import { readLogprobs } from './logprobs.js';
import type { ServerSentEvent } from './sse.js';

/** Characters of one response, all choices together: it is held whole for its record, and no model writes as much. */
const MAX_ANSWER = 16 << 20;

/** Tokens that wait for their text; a character is spread over a few, and a server may hold back what could begin a stop string. */
const MAX_WAITING = 1024;

interface ToolCallState {
  /** The server's number; null where it gives none. */
  readonly wireIndex: number | null;
  readonly id: string;
  name: string;
  readonly arguments: string[];
}

interface ChoiceState {
  readonly calls: ToolCallState[];
  /** Of tokens whose text has not come yet. */
  logprobs: TokenLogprob[];
  isFinished: boolean;
}

export type Asked = Pick<GenerateRequest, 'toolCalls'> & {
  readonly sampling: Pick<GenerateRequest['sampling'], 'choices' | 'stop' | 'logprobs'>;
};

/** Reads the events of one answer. */
export interface StreamReader {
  /** Whether the server said that nothing follows. */
  readonly isDone: boolean;
  /** Whether every choice has ended: what a server may leave out after that is missed by nobody. */
  readonly isComplete: boolean;
  /** Why captured tokens are dropped; null where all adds up, nothing is captured, or the end has not come. */
  readonly captureFault: CaptureFault | null;
  /** Deltas of one event. @throws PurpgateError `upstream_error` or `context_length_exceeded`. */
  read(event: ServerSentEvent): Delta[];
  /** What remains to be said when the stream has ended. @throws PurpgateError `upstream_error` when it ended too early. */
  end(): Delta[];
}

export class ChatReader implements StreamReader {
  readonly #choices = new Map<number, ChoiceState>();
  #usage: Usage | null = null;
  #length = 0;
  isDone = false;

  #hasBegun = false;

  /** @param capture where token ids are asked for. */
  constructor(
    private readonly asked: Asked,
    private readonly capture: TokenCapture | null = null,
  ) {}

  captureFault: CaptureFault | null = null;

  get isComplete(): boolean {
    return (
      this.#choices.size >= this.asked.sampling.choices &&
      [...this.#choices.values()].every(({ isFinished }) => isFinished)
    );
  }

  read({ event, data }: ServerSentEvent): Delta[] {
    if (data.trim() === '[DONE]') {
      this.isDone = true;
      return [];
    }
    const chunk = parseEvent(data);
    if (event === 'error') throw readUpstreamError(chunk, 'stream');
    return this.readChunk(chunk);
  }

  /** Deltas of one chunk. @throws PurpgateError as `read`. */
  readChunk(chunk: Readonly<Record<string, unknown>>): Delta[] {
    if (chunk['object'] === 'error' || isError(chunk['error'])) throw readUpstreamError(chunk, 'stream');
    this.#readUsage(chunk['usage']);
    this.capture?.readPrompt(chunk);
    const choices: unknown = chunk['choices'];
    const deltas = Array.isArray(choices) ? choices.flatMap((choice) => this.#readChoice(choice)) : [];
    if (this.#hasBegun || (deltas.length === 0 && this.#usage === null)) return deltas;
    this.#hasBegun = true;
    const promptTokens = this.#usage?.promptTokens ?? 0;
    return promptTokens === 0 ? deltas : [{ type: 'prompt', promptTokens }, ...deltas];
  }

  end(): Delta[] {
    if (!this.isComplete && !this.isDone) throw broken('the stream broke off');
    if (this.#choices.size === 0) throw broken('the stream held no choice');
    if (Math.max(...this.#choices.keys()) >= this.#choices.size) throw broken('the stream left a choice out');
    const deltas = [...this.#choices].flatMap(([index, state]) =>
      this.#captured(index, this.#finish(index, state, { said: 'stop' })),
    );
    // Zeros where the server does not count: a guess must not look like a count.
    const usage = this.#usage ?? { promptTokens: 0, completionTokens: 0, reasoningTokens: 0 };
    this.captureFault = this.capture?.faultOf(this.#usage) ?? null;
    const promptIds = this.capture?.promptIds ?? undefined;
    return [
      ...deltas,
      {
        type: 'usage',
        usage,
        ...(promptIds !== undefined && { promptIds }),
        ...(this.captureFault !== null && { captured: 'dropped' }),
      },
    ];
  }

  #readChoice(value: unknown): Delta[] {
    if (!isRecord(value)) return [];
    const choice = isIndex(value['index']) ? value['index'] : 0;
    const { choices } = this.asked.sampling;
    if (choice >= choices) throw broken(`choice ${choice}, where ${choices} were asked for`);
    const state = this.#choices.get(choice) ?? { calls: [], logprobs: [], isFinished: false };
    this.#choices.set(choice, state);
    if (state.isFinished) return [];
    this.#readLogprobs(state, value['logprobs']);
    this.capture?.readChoice(choice, value);
    const delta = isRecord(value['delta']) ? value['delta'] : { content: value['text'] };
    const deltas = this.#readDelta(choice, state, delta);
    const finish = value['finish_reason'];
    if (typeof finish === 'string')
      deltas.push(...this.#finish(choice, state, { said: finish, stoppedBy: value['stop_reason'] }));
    return this.#captured(choice, deltas);
  }

  #captured(choice: number, deltas: Delta[]): Delta[] {
    return this.capture?.attach(choice, deltas) ?? deltas;
  }

  #readLogprobs(state: ChoiceState, value: unknown): void {
    const { logprobs } = this.asked.sampling;
    if (logprobs === undefined || state.calls.length > 0) return;
    state.logprobs.push(...readLogprobs(value, logprobs));
    if (state.logprobs.length > MAX_WAITING) state.logprobs = [];
  }

  #readDelta(choice: number, state: ChoiceState, delta: Record<string, unknown>): Delta[] {
    const deltas: Delta[] = [];
    const text = (field: string): string => (typeof delta[field] === 'string' ? delta[field] : '');
    const reasoning = text('reasoning_content') || text('reasoning');
    const content = text('content') + text('refusal');
    this.#count(reasoning + content);
    // Behind a tool call neither Deltas nor our clients have a place for text.
    if (state.calls.length === 0) {
      if (reasoning !== '') deltas.push({ type: 'reasoning', choice, text: reasoning });
      if (content !== '') deltas.push(textDelta(choice, content, state.logprobs));
    }
    // Tokens of what is no text are not told, and those of a text that is still to come wait.
    if (reasoning !== '' || content !== '') state.logprobs = [];
    const calls: unknown = delta['tool_calls'];
    if (Array.isArray(calls)) for (const call of calls) deltas.push(...this.#readToolCall(choice, state, call));
    return deltas;
  }

  /**
   * The first call streams. Later ones wait for the end, since some servers send their pieces in turns and a Delta stream closes a call
   * when the next begins.
   */
  #readToolCall(choice: number, { calls }: ChoiceState, value: unknown): Delta[] {
    if (!isRecord(value)) return [];
    const part = isRecord(value['function']) ? value['function'] : {};
    const name = typeof part['name'] === 'string' ? part['name'] : '';
    const text = typeof part['arguments'] === 'string' ? part['arguments'] : '';
    const known = findCall(calls, value);
    const id =
      typeof value['id'] === 'string' && value['id'] !== '' ? value['id'] : `call_${randomBytes(12).toString('hex')}`;
    const wireIndex = isIndex(value['index']) ? value['index'] : null;
    const call = known ?? { wireIndex, id, name: '', arguments: [] };
    if (known === undefined) calls.push(call);
    const hadName = call.name !== '';
    // A name comes whole; servers that repeat it with every piece must not lengthen it.
    if (!hadName) call.name = name;
    if (text !== '') call.arguments.push(text);
    this.#count(text);
    if (call !== calls[0] || call.name === '') return [];
    if (!hadName) return this.#wholeCall(choice, 0, call);
    return text === '' ? [] : [{ type: 'tool_args', choice, index: 0, text }];
  }

  #wholeCall(choice: number, index: number, { id, name, arguments: pieces }: ToolCallState): Delta[] {
    const text = pieces.join('');
    const start: Delta = { type: 'tool_start', choice, index, id, name };
    return text === '' ? [start] : [start, { type: 'tool_args', choice, index, text }];
  }

  #finish(choice: number, state: ChoiceState, { said, stoppedBy }: { said: string; stoppedBy?: unknown }): Delta[] {
    if (state.isFinished) return [];
    state.isFinished = true;
    const deltas: Delta[] = [];
    // A call that never got its name can be made by nobody.
    const named = state.calls.filter(({ name }) => name !== '');
    // Some servers do not heed parallel_tool_calls.
    const calls = this.asked.toolCalls === 'single' ? named.slice(0, 1) : named;
    for (const [index, call] of calls.entries()) {
      if (call !== state.calls[0]) deltas.push(...this.#wholeCall(choice, index, call));
      // A call without parameters: clients parse what they are given.
      if (call.arguments.length === 0) deltas.push({ type: 'tool_args', choice, index, text: '{}' });
    }
    const reason = finishReason(said, calls);
    // vLLM names the stop string, or the id of the token, that ended an answer.
    const stopSequence = reason === 'stop' ? this.asked.sampling.stop.find((stop) => stop === stoppedBy) : undefined;
    const end = { type: 'finish', choice, reason } as const;
    return [...deltas, stopSequence === undefined ? end : { ...end, stopSequence }];
  }

  #count(text: string): void {
    this.#length += text.length;
    if (this.#length > MAX_ANSWER) throw broken(`an answer longer than ${MAX_ANSWER} characters`);
  }

  #readUsage(value: unknown): void {
    if (!isRecord(value)) return;
    const details = isRecord(value['completion_tokens_details']) ? value['completion_tokens_details'] : {};
    const prompt = isRecord(value['prompt_tokens_details']) ? value['prompt_tokens_details'] : {};
    const cached = prompt['cached_tokens'];
    const count = (number: unknown): number => (isIndex(number) ? number : 0);
    this.#usage = {
      promptTokens: count(value['prompt_tokens']),
      completionTokens: count(value['completion_tokens']),
      reasoningTokens: count(details['reasoning_tokens']),
      ...(isIndex(cached) && { cachedTokens: cached }),
    };
  }
}

function textDelta(choice: number, text: string, logprobs: readonly TokenLogprob[]): Delta {
  const delta = { type: 'text', choice, text } as const;
  return logprobs.length === 0 ? delta : { ...delta, logprobs };
}

/** By index; servers that give none say by an id that a call is new. */
function findCall(calls: readonly ToolCallState[], value: Record<string, unknown>): ToolCallState | undefined {
  const { index, id } = value;
  if (isIndex(index)) return calls.find(({ wireIndex }) => wireIndex === index);
  return typeof id === 'string' && id !== '' ? calls.find((call) => call.id === id) : calls.at(-1);
}

/** vLLM says `tool_calls` also of a call that max_tokens cut short; others say `stop` of calls that are whole. */
function finishReason(reason: string, calls: readonly ToolCallState[]): FinishReason {
  if (reason === 'length') return 'length';
  if (calls.length === 0) return 'stop';
  const isWhole = calls.every(({ arguments: pieces }) => pieces.length === 0 || isJson(pieces.join('')));
  return isWhole ? 'tool_calls' : 'length';
}

function isError(value: unknown): boolean {
  return isRecord(value) || typeof value === 'string';
}

/** @throws PurpgateError `upstream_error` where it is no JSON object. */
export function parseEvent(data: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(data);
    if (isRecord(value)) return value;
  } catch {
    // Reported with the text.
  }
  throw broken(`not a JSON object: ${data.slice(0, 200)}`);
}

function broken(message: string): PurpgateError {
  return new PurpgateError('upstream_error', { message: `the upstream's stream: ${message}` });
}
