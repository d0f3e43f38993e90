/** What the model writes, told apart: reasoning, text and tool calls. */
import { ToolCallParser, type ToolCallPart } from '../../lm/tool-call-parser.js';
import { AnalysisAnswerSplitter } from '../../text/analysis-answer.js';
import type { ModelFolder } from './folder.js';

/** How a choice is to be read. */
export interface Reading {
  readonly format: ModelFolder['format'];
  /** Which tool calls are looked for; behind the `first` one, nothing else is wanted of the model. */
  readonly tools: 'read' | 'first' | 'ignored';
}

export type AnswerPart = { readonly type: 'reasoning'; readonly text: string } | ToolCallPart;

/** One choice. */
export class AnswerReader {
  readonly #splitter: AnalysisAnswerSplitter | null;
  readonly #parser: ToolCallParser | null;
  readonly #mostCalls: number;
  #calls = 0;
  /** UTF-16 code units that came so far. */
  length = 0;
  #textStart: number | null = null;

  constructor({ format, tools }: Reading) {
    this.#splitter = format === 'analysis-answer' ? new AnalysisAnswerSplitter() : null;
    this.#parser = tools === 'ignored' ? null : new ToolCallParser();
    this.#mostCalls = tools === 'first' ? 1 : Infinity;
  }

  /** Whether the choice has all the calls that it may have. */
  get isComplete(): boolean {
    return this.#parser !== null && this.#parser.completeCalls >= this.#mostCalls;
  }

  /** UTF-16 code units in front of the text; null before it begins. From there on, all that comes is text, until a tool call begins. */
  get textStart(): number | null {
    return this.#textStart;
  }

  push(text: string): AnswerPart[] {
    if (text === '') return [];
    this.length += text.length;
    const pieces = this.#splitter?.push(text) ?? [{ channel: 'text' as const, text }];
    return pieces.flatMap((piece) => this.#read(piece.channel, piece.text));
  }

  end(): AnswerPart[] {
    const rest = (this.#splitter?.end() ?? []).flatMap(({ channel, text }) => this.#read(channel, text));
    return [...rest, ...this.#wanted(this.#parser?.end() ?? [])];
  }

  #read(channel: 'reasoning' | 'text', text: string): AnswerPart[] {
    if (channel === 'reasoning') return [{ type: 'reasoning', text }];
    // The splitter lets everything go at once where the text begins.
    this.#textStart ??= this.length - text.length;
    return this.#wanted(this.#parser?.push(text) ?? [{ type: 'text', text }]);
  }

  #wanted(parts: readonly ToolCallPart[]): AnswerPart[] {
    return parts.filter((part) => {
      if (part.type === 'tool_start') this.#calls += 1;
      return part.type === 'text' || this.#calls <= this.#mostCalls;
    });
  }
}
