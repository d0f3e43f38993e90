/** Collects the Deltas of a generation into answers, one per choice: for the record, and for responses that are not streamed. */
import type { RecordedAnswer } from '../events/interaction.js';
import type { Delta, FinishReason, TokenSpan, Usage } from '../types.js';

interface OpenAnswer {
  /** Pieces, joined at the end: appending to a string per token would copy what a later reader flattens anyway. */
  readonly reasoning: string[];
  readonly content: string[];
  readonly toolCalls: { id: string; name: string; arguments: string[] }[];
  finish: FinishReason | null;
  readonly ids: number[];
  readonly logprobs: number[];
  /** Of the ids, how many are reasoning. */
  reasoningTokens: number;
}

export class AnswerCollector {
  readonly #answers: OpenAnswer[] = [];
  #usage: Usage | null = null;
  #promptTokens: number | null = null;
  promptIds: readonly number[] | null = null;
  #isDropped = false;

  add(delta: Delta): void {
    switch (delta.type) {
      case 'text':
        this.#append(this.#answer(delta.choice).content, delta.text, delta);
        return;
      case 'reasoning':
        this.#append(this.#answer(delta.choice).reasoning, delta.text, delta);
        this.#answer(delta.choice).reasoningTokens += delta.tokens?.ids.length ?? 0;
        return;
      case 'tool_start':
        this.#answer(delta.choice).toolCalls.push({ id: delta.id, name: delta.name, arguments: [] });
        this.#keepTokens(delta.choice, delta.tokens);
        return;
      case 'tool_args':
        this.#answer(delta.choice).toolCalls.at(-1)?.arguments.push(delta.text);
        this.#keepTokens(delta.choice, delta.tokens);
        return;
      case 'finish':
        this.#answer(delta.choice).finish = delta.reason;
        return;
      case 'usage':
        this.#usage = delta.usage;
        this.promptIds = delta.promptIds ?? null;
        this.#isDropped = delta.captured === 'dropped';
        return;
      case 'prompt':
        this.#promptTokens = delta.promptTokens;
        return;
      case 'verdict':
        return;
    }
  }

  /** What was used, also by an answer that broke off; null where the engine counts nothing before its end. */
  get usage(): Usage | null {
    if (this.#usage !== null || this.#promptTokens === null) return this.#usage;
    const sum = (count: (answer: OpenAnswer) => number) =>
      this.#answers.reduce((total, answer) => total + count(answer), 0);
    return {
      promptTokens: this.#promptTokens,
      completionTokens: sum(({ ids }) => ids.length),
      reasoningTokens: sum(({ reasoningTokens }) => reasoningTokens),
    };
  }

  /** Adds what another answer to the same request used, of which nothing else is kept here. */
  charge(other: Usage | null): void {
    const own = this.usage;
    if (other === null) return;
    this.#usage = {
      ...own,
      promptTokens: (own?.promptTokens ?? 0) + other.promptTokens,
      completionTokens: (own?.completionTokens ?? 0) + other.completionTokens,
      reasoningTokens: (own?.reasoningTokens ?? 0) + other.reasoningTokens,
    };
  }

  answers(): RecordedAnswer[] {
    return this.#answers.map(({ reasoning, content, toolCalls, finish }) => ({
      reasoning: reasoning.join(''),
      content: content.join(''),
      tool_calls: toolCalls.map((call) => ({ id: call.id, name: call.name, arguments: call.arguments.join('') })),
      finish,
    }));
  }

  /** One entry per choice; null when the engine gave no token ids, or others than those of the answer. */
  tokens(): { readonly ids: readonly number[]; readonly logprobs: readonly number[] }[] | null {
    if (this.#isDropped || this.#answers.every(({ ids }) => ids.length === 0)) return null;
    return this.#answers.map(({ ids, logprobs }) => ({ ids, logprobs }));
  }

  #append(pieces: string[], text: string, delta: { choice: number; tokens?: TokenSpan }): void {
    pieces.push(text);
    this.#keepTokens(delta.choice, delta.tokens);
  }

  #keepTokens(choice: number, tokens: TokenSpan | undefined): void {
    if (tokens === undefined) return;
    const answer = this.#answer(choice);
    answer.ids.push(...tokens.ids);
    answer.logprobs.push(...tokens.logprobs);
  }

  #answer(choice: number): OpenAnswer {
    while (this.#answers.length <= choice)
      this.#answers.push({
        reasoning: [],
        content: [],
        toolCalls: [],
        finish: null,
        ids: [],
        logprobs: [],
        reasoningTokens: 0,
      });
    const answer = this.#answers[choice];
    if (answer === undefined) throw new RangeError(`choice ${choice}`);
    return answer;
  }
}
