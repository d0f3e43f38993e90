/** From the tokens and texts of the engine process to Deltas: reasoning apart from text, tool calls apart from both. */
import { randomBytes } from 'node:crypto';
import { ToolCallParser } from '../../lm/tool-call-parser.js';
import { AnalysisAnswerSplitter } from '../../text/analysis-answer.js';
import type { Delta, FinishReason, TokenSpan } from '../../types.js';
import type { ModelFolder } from './folder.js';
import type { StepOutput } from './protocol.js';

type ContentDelta = Extract<Delta, { readonly tokens?: TokenSpan }>;

interface ChoiceOptions {
  readonly format: ModelFolder['format'];
  /** Whether tool calls are looked for. */
  readonly tools: 'read' | 'ignored';
}

/** One choice of a request. */
export class ChoiceDeltas {
  readonly #choice: number;
  readonly #splitter: AnalysisAnswerSplitter | null;
  readonly #parser: ToolCallParser | null;
  /** Tokens whose text has not come yet. */
  #ids: number[] = [];
  #logprobs: number[] = [];
  #calls = 0;
  #isReasoning = false;
  reasoningTokens = 0;

  constructor(choice: number, { format, tools }: ChoiceOptions) {
    this.#choice = choice;
    this.#splitter = format === 'analysis-answer' ? new AnalysisAnswerSplitter() : null;
    this.#parser = tools === 'read' ? new ToolCallParser() : null;
  }

  add({ id, logprob, text, finish }: StepOutput): Delta[] {
    this.#ids.push(id);
    this.#logprobs.push(logprob);
    const deltas = this.#split(text);
    if (finish === null) return this.#carryTokens(deltas);
    for (const { channel, text: rest } of this.#splitter?.end() ?? []) deltas.push(...this.#read(channel, rest));
    deltas.push(...this.#parts(this.#parser?.end() ?? []));
    if (deltas.length === 0) deltas.push(this.#emptyDelta());
    return [...this.#carryTokens(deltas), { type: 'finish', choice: this.#choice, reason: this.#reason(finish) }];
  }

  #split(text: string): ContentDelta[] {
    if (text === '') return [];
    const pieces = this.#splitter?.push(text) ?? [{ channel: 'text' as const, text }];
    return pieces.flatMap((piece) => this.#read(piece.channel, piece.text));
  }

  #read(channel: 'reasoning' | 'text', text: string): ContentDelta[] {
    this.#isReasoning = channel === 'reasoning';
    if (channel === 'reasoning') return [{ type: 'reasoning', choice: this.#choice, text }];
    return this.#parts(this.#parser?.push(text) ?? [{ type: 'text', text }]);
  }

  #parts(parts: ReturnType<ToolCallParser['push']>): ContentDelta[] {
    return parts.map((part): ContentDelta => {
      switch (part.type) {
        case 'text':
          return { type: 'text', choice: this.#choice, text: part.text };
        case 'tool_start': {
          const id = `call_${randomBytes(12).toString('hex')}`;
          return { type: 'tool_start', choice: this.#choice, index: this.#calls++, id, name: part.name };
        }
        case 'tool_args':
          return { type: 'tool_args', choice: this.#choice, index: this.#calls - 1, text: part.text };
      }
    });
  }

  /** The tokens that came so far ride on the last Delta they may have produced; without one they wait. */
  #carryTokens(deltas: readonly ContentDelta[]): Delta[] {
    const last = deltas.at(-1);
    if (last === undefined) return [];
    const tokens = { ids: this.#ids, logprobs: this.#logprobs };
    if (last.type === 'reasoning') this.reasoningTokens += tokens.ids.length;
    this.#ids = [];
    this.#logprobs = [];
    return [...deltas.slice(0, -1), { ...last, tokens }];
  }

  /** Carries the tokens that end a choice and show no text. */
  #emptyDelta(): ContentDelta {
    if (this.#calls > 0) return { type: 'tool_args', choice: this.#choice, index: this.#calls - 1, text: '' };
    return { type: this.#isReasoning ? 'reasoning' : 'text', choice: this.#choice, text: '' };
  }

  #reason(finish: 'stop' | 'length'): FinishReason {
    return finish === 'stop' && this.#calls > 0 ? 'tool_calls' : finish;
  }
}
