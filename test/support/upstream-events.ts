/** Deltas as the streams of all wires tell them, written after the documentation of each. */
import type { Delta, Json, JsonObject, Usage } from '../../src/types.js';
import { chunkOf } from './upstream-chunks.js';

/** Of one response. */
export interface StreamEncoder {
  encode(delta: Delta): string;
  /** What follows a whole answer. */
  end(): string;
}

export function encoderOf(path: string): StreamEncoder {
  if (path.endsWith('/messages')) return new MessagesEncoder();
  if (path.endsWith('/responses')) return new ResponsesEncoder();
  const wire = path.endsWith('/chat/completions') ? 'chat' : 'text';
  return {
    encode: (delta) => `data: ${JSON.stringify(chunkOf(delta, wire))}\n\n`,
    end: () => 'data: [DONE]\n\n',
  };
}

export function typedEvent(type: string, fields: JsonObject = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

function onlyChoice(delta: Delta): void {
  if ('choice' in delta && delta.choice !== 0) throw new Error('these wires have one choice');
}

class MessagesEncoder implements StreamEncoder {
  #hasBegun = false;
  #index = -1;
  #open: string | null = null;
  #finish: Extract<Delta, { type: 'finish' }> | null = null;

  encode(delta: Delta): string {
    onlyChoice(delta);
    const start = this.#hasBegun ? '' : this.#start(delta.type === 'prompt' ? delta.promptTokens : 0);
    return start + this.#content(delta);
  }

  end(): string {
    return typedEvent('message_stop');
  }

  #content(delta: Delta): string {
    switch (delta.type) {
      case 'prompt':
        return typedEvent('ping');
      case 'text':
        return this.#in('text', { type: 'text', text: '' }) + this.#piece({ type: 'text_delta', text: delta.text });
      case 'reasoning':
        return (
          this.#in('thinking', { type: 'thinking', thinking: '', signature: '' }) +
          this.#piece({ type: 'thinking_delta', thinking: delta.text })
        );
      case 'tool_start':
        return this.#close() + this.#in('tool', { type: 'tool_use', id: delta.id, name: delta.name, input: {} });
      case 'tool_args':
        return this.#piece({ type: 'input_json_delta', partial_json: delta.text });
      case 'finish':
        this.#finish = delta;
        return this.#close();
      case 'usage':
        return this.#end(delta.usage);
      case 'verdict':
        throw new Error('an upstream gives no verdict');
    }
  }

  #start(inputTokens: number): string {
    this.#hasBegun = true;
    const usage = { input_tokens: inputTokens, output_tokens: 1 };
    const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'scripted', content: [], usage };
    return typedEvent('message_start', { message: { ...message, stop_reason: null, stop_sequence: null } });
  }

  #in(kind: string, block: JsonObject): string {
    if (this.#open === kind) return '';
    const closed = this.#close();
    this.#open = kind;
    this.#index += 1;
    return closed + typedEvent('content_block_start', { index: this.#index, content_block: block });
  }

  #piece(delta: JsonObject): string {
    return typedEvent('content_block_delta', { index: this.#index, delta });
  }

  #close(): string {
    if (this.#open === null) return '';
    this.#open = null;
    return typedEvent('content_block_stop', { index: this.#index });
  }

  #end({ promptTokens, completionTokens, cachedTokens = 0 }: Usage): string {
    const { reason = 'stop', stopSequence = null } = this.#finish ?? {};
    const ends = {
      stop: stopSequence === null ? 'end_turn' : 'stop_sequence',
      length: 'max_tokens',
      tool_calls: 'tool_use',
    };
    return typedEvent('message_delta', {
      delta: { stop_reason: ends[reason], stop_sequence: stopSequence },
      usage: {
        input_tokens: promptTokens - cachedTokens,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: cachedTokens,
        output_tokens: completionTokens,
      },
    });
  }
}

interface OpenItem {
  readonly kind: 'message' | 'reasoning' | 'function_call';
  readonly item: JsonObject;
  text: string;
}

class ResponsesEncoder implements StreamEncoder {
  #hasBegun = false;
  #open: OpenItem | null = null;
  readonly #output: JsonObject[] = [];
  #isCut = false;

  encode(delta: Delta): string {
    onlyChoice(delta);
    const start = this.#hasBegun
      ? ''
      : typedEvent('response.created', { response: this.#response('in_progress', null) });
    this.#hasBegun = true;
    return start + this.#content(delta);
  }

  end(): string {
    return '';
  }

  #content(delta: Delta): string {
    switch (delta.type) {
      case 'prompt':
        return typedEvent('response.in_progress', { response: this.#response('in_progress', null) });
      case 'text':
        return (
          this.#in('message', { type: 'message', role: 'assistant' }) + this.#piece('response.output_text', delta.text)
        );
      case 'reasoning':
        return this.#in('reasoning', { type: 'reasoning' }) + this.#piece('response.reasoning_text', delta.text);
      case 'tool_start': {
        const call = { type: 'function_call', call_id: delta.id, name: delta.name };
        return this.#close() + this.#in('function_call', call);
      }
      case 'tool_args':
        return this.#piece('response.function_call_arguments', delta.text);
      case 'finish':
        this.#isCut = delta.reason === 'length';
        return this.#close();
      case 'usage': {
        const status = this.#isCut ? 'incomplete' : 'completed';
        return typedEvent(`response.${status}`, { response: this.#response(status, delta.usage) });
      }
      case 'verdict':
        throw new Error('an upstream gives no verdict');
    }
  }

  #response(status: string, usage: Usage | null): JsonObject {
    const told = usage && {
      input_tokens: usage.promptTokens,
      input_tokens_details: { cached_tokens: usage.cachedTokens ?? 0 },
      output_tokens: usage.completionTokens,
      output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    };
    const incomplete_details = status === 'incomplete' ? { reason: 'max_output_tokens' } : null;
    return {
      id: 'resp_1',
      object: 'response',
      status,
      error: null,
      incomplete_details,
      output: [...this.#output],
      usage: told,
    };
  }

  #in(kind: OpenItem['kind'], item: JsonObject): string {
    if (this.#open?.kind === kind) return '';
    const closed = this.#close();
    this.#open = { kind, item: { ...item, id: `item_${this.#output.length}` }, text: '' };
    const empty = this.#whole('in_progress');
    const added = typedEvent('response.output_item.added', { output_index: this.#output.length, item: empty });
    if (kind !== 'message') return closed + added;
    const part = { type: 'output_text', text: '', annotations: [] };
    const place = { output_index: this.#output.length, content_index: 0 };
    return closed + added + typedEvent('response.content_part.added', { ...place, part });
  }

  #piece(channel: string, text: string): string {
    if (this.#open === null) throw new Error('no item is open');
    this.#open.text += text;
    return typedEvent(`${channel}.delta`, { output_index: this.#output.length, content_index: 0, delta: text });
  }

  #whole(status: string): JsonObject {
    if (this.#open === null) throw new Error('no item is open');
    const { kind, item, text } = this.#open;
    if (kind === 'function_call') return { ...item, status, arguments: text };
    const content: Json = text === '' ? [] : [{ type: kind === 'message' ? 'output_text' : 'reasoning_text', text }];
    return { ...item, status, content };
  }

  #close(): string {
    if (this.#open === null) return '';
    const { kind, text } = this.#open;
    const item = this.#whole('completed');
    const place = { output_index: this.#output.length, content_index: 0 };
    this.#output.push(item);
    this.#open = null;
    const done = {
      message: () => typedEvent('response.output_text.done', { ...place, text }),
      reasoning: () => typedEvent('response.reasoning_text.done', { ...place, text }),
      function_call: () => typedEvent('response.function_call_arguments.done', { ...place, arguments: text }),
    }[kind];
    return done() + typedEvent('response.output_item.done', { ...place, item });
  }
}
