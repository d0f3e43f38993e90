/** Events of Anthropic's Messages (https://docs.anthropic.com/en/docs/build-with-claude/streaming), as chunks of chat. */
import type { JsonObject } from '../../types.js';
import { argumentsChunk, callChunk, chunk, type EventFields, indexOf, recordOf, textOf } from './typed-events.js';
import type { Translation } from './typed-events.js';

export class MessagesEvents implements Translation {
  isOver = false;
  /** Highest of what was told: counts are cumulative, and servers leave out or null what they have told. */
  readonly #counts = new Map<string, number>();
  /** Arguments that came with the start of a call: they hold where no pieces follow. */
  readonly #inputs = new Map<number, string>();

  chunksOf(type: string, fields: EventFields): readonly JsonObject[] {
    switch (type) {
      case 'message_start':
        return [{ choices: [], usage: this.#usage(recordOf(recordOf(fields, 'message'), 'usage')) }];
      case 'content_block_start':
        return this.#start(indexOf(fields, 'index'), recordOf(fields, 'content_block'));
      case 'content_block_delta':
        return this.#piece(indexOf(fields, 'index'), recordOf(fields, 'delta'));
      case 'content_block_stop':
        return this.#closeCall(indexOf(fields, 'index'));
      case 'message_delta':
        return this.#finish(recordOf(fields, 'delta'), recordOf(fields, 'usage'));
      case 'message_stop':
        this.isOver = true;
        return [];
      default:
        // `ping`, and what a later version adds.
        return [];
    }
  }

  #start(index: number, block: EventFields): readonly JsonObject[] {
    switch (block['type']) {
      case 'text':
        return [chunk({ content: textOf(block, 'text') })];
      case 'thinking':
        return [chunk({ reasoning_content: textOf(block, 'thinking') })];
      case 'tool_use': {
        const input = recordOf(block, 'input');
        if (Object.keys(input).length > 0) this.#inputs.set(index, JSON.stringify(input));
        return [callChunk(index, { id: textOf(block, 'id'), name: textOf(block, 'name') })];
      }
      default:
        // Thoughts that the provider keeps secret, and tools that nobody asked it to run.
        return [];
    }
  }

  #piece(index: number, delta: EventFields): readonly JsonObject[] {
    switch (delta['type']) {
      case 'text_delta':
        return [chunk({ content: textOf(delta, 'text') })];
      case 'thinking_delta':
        return [chunk({ reasoning_content: textOf(delta, 'thinking') })];
      case 'input_json_delta': {
        const text = textOf(delta, 'partial_json');
        if (text !== '') this.#inputs.delete(index);
        return argumentsChunk(index, text);
      }
      default:
        // Signatures are worth something to the provider alone.
        return [];
    }
  }

  #closeCall(index: number): readonly JsonObject[] {
    const input = this.#inputs.get(index) ?? '';
    this.#inputs.delete(index);
    return argumentsChunk(index, input);
  }

  #finish(delta: EventFields, usage: EventFields): readonly JsonObject[] {
    const counted = { choices: [], usage: this.#usage(usage) };
    const reason = textOf(delta, 'stop_reason');
    if (reason === '') return [counted];
    const open = [...this.#inputs.keys()].flatMap((index) => this.#closeCall(index));
    const end = { finish_reason: FINISH[reason] ?? 'stop', stop_reason: textOf(delta, 'stop_sequence') };
    const refusal = reason === 'refusal' ? textOf(recordOf(delta, 'stop_details'), 'explanation') : '';
    return [...open, counted, { choices: [{ index: 0, delta: { refusal }, ...end }] }];
  }

  /** The prompt is what was read anew, what was written to the provider's cache, and what came from there. */
  #usage(told: EventFields): JsonObject {
    for (const [name, count] of Object.entries({ ...told, ...recordOf(told, 'output_tokens_details') }))
      if (typeof count === 'number') this.#counts.set(name, Math.max(count, this.#counts.get(name) ?? 0));
    const count = (name: string): number => this.#counts.get(name) ?? 0;
    const cached = this.#counts.get('cache_read_input_tokens');
    return {
      prompt_tokens: count('input_tokens') + count('cache_creation_input_tokens') + (cached ?? 0),
      completion_tokens: count('output_tokens'),
      completion_tokens_details: { reasoning_tokens: count('thinking_tokens') },
      ...(cached !== undefined && { prompt_tokens_details: { cached_tokens: cached } }),
    };
  }
}

/** Others are `stop`. */
const FINISH: Readonly<Record<string, string>> = {
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
};
