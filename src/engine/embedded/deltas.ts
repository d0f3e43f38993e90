/** From the tokens and texts of the engine process to Deltas: reasoning apart from text, tool calls apart from both. */
import { randomBytes } from 'node:crypto';
import type { Delta, FinishReason, TokenSpan } from '../../types.js';
import type { StepOutput } from './protocol.js';
import { AnswerReader, type AnswerPart, type Reading } from './reading.js';
import { ShownLogprobs } from './shown-logprobs.js';

type ContentDelta = Extract<Delta, { readonly tokens?: TokenSpan }>;

/** One choice of a request. */
export class ChoiceDeltas {
  readonly #choice: number;
  readonly #reader: AnswerReader;
  /** Tokens whose text has not come yet. */
  #ids: number[] = [];
  #logprobs: number[] = [];
  #calls = 0;
  #isReasoning = false;
  /** Only there where the request asks for log-probabilities. */
  #told: ShownLogprobs | null = null;
  reasoningTokens = 0;

  constructor(choice: number, reading: Reading) {
    this.#choice = choice;
    this.#reader = new AnswerReader(reading);
  }

  add({ id, logprob, text, finish, told, stopSequence }: StepOutput): Delta[] {
    this.#ids.push(id);
    this.#logprobs.push(logprob);
    // Behind a tool call there is no text.
    if (told !== undefined && this.#calls === 0) (this.#told ??= new ShownLogprobs()).add(told);
    const parts = this.#reader.push(text);
    if (finish !== null) parts.push(...this.#reader.end());
    const deltas = parts.map((part) => this.#delta(part));
    if (finish !== null && deltas.length === 0) deltas.push(this.#emptyDelta());
    const carrying = this.#carryTokens(this.#carryLogprobs(deltas));
    if (finish === null) return carrying;
    const reason = this.#reason(finish);
    const end = { type: 'finish', choice: this.#choice, reason } as const;
    return [...carrying, reason === 'stop' && stopSequence !== undefined ? { ...end, stopSequence } : end];
  }

  #delta(part: AnswerPart): ContentDelta {
    this.#isReasoning = part.type === 'reasoning';
    switch (part.type) {
      case 'reasoning':
      case 'text':
        return { type: part.type, choice: this.#choice, text: part.text };
      case 'tool_start': {
        const id = `call_${randomBytes(12).toString('hex')}`;
        return { type: 'tool_start', choice: this.#choice, index: this.#calls++, id, name: part.name };
      }
      case 'tool_args':
        return { type: 'tool_args', choice: this.#choice, index: this.#calls - 1, text: part.text };
    }
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

  /** Log-probabilities ride on the last Delta of the text that their tokens wrote. */
  #carryLogprobs(deltas: readonly ContentDelta[]): readonly ContentDelta[] {
    const { textStart } = this.#reader;
    if (this.#told === null) return deltas;
    if (textStart === null) {
      if (deltas.length > 0) this.#told.drop(this.#reader.length);
      return deltas;
    }
    const length = deltas.reduce((sum, delta) => (delta.type === 'text' ? sum + delta.text.length : sum), 0);
    const logprobs = length === 0 ? [] : this.#told.take(length, textStart);
    const bearer = deltas.findLast(({ type }) => type === 'text');
    if (logprobs.length === 0) return deltas;
    return deltas.map((delta) => (delta === bearer && delta.type === 'text' ? { ...delta, logprobs } : delta));
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
