/**
 * Streams whose events have types (Anthropic's Messages, OpenAI's Responses), by way of the chunks of chat: what servers get wrong in calls,
 * usage and ends is the same in all, and is put right in one place.
 */
import type { Delta, JsonObject } from '../../types.js';
import { type Asked, ChatReader, parseEvent, type StreamReader } from './chat.js';
import { isRecord } from './json.js';
import type { ServerSentEvent } from './sse.js';

export type EventFields = Readonly<Record<string, unknown>>;

/** Chunks of one choice, without their frame. */
export interface Translation {
  /** Whether nothing follows the events that were read. */
  readonly isOver: boolean;
  chunksOf(type: string, fields: EventFields): readonly JsonObject[];
}

export class TypedEventReader implements StreamReader {
  readonly captureFault = null;
  readonly #chat: ChatReader;

  constructor(
    asked: Asked,
    private readonly translation: Translation,
  ) {
    this.#chat = new ChatReader(asked);
  }

  get isDone(): boolean {
    return this.#chat.isDone;
  }

  get isComplete(): boolean {
    return this.#chat.isComplete;
  }

  read({ event, data }: ServerSentEvent): Delta[] {
    // Some servers say it as in chat; it ends nothing here, or an answer that was cut would look whole.
    if (data.trim() === '[DONE]') return [];
    const fields = parseEvent(data);
    const type = textOf(fields, 'type') || (event ?? '');
    const chunks = isFailure(type, fields) ? [errorChunk(fields)] : this.translation.chunksOf(type, fields);
    const deltas = chunks.flatMap((chunk) => this.#chat.readChunk(chunk));
    this.#chat.isDone = this.translation.isOver;
    return deltas;
  }

  end(): Delta[] {
    return this.#chat.end();
  }
}

export function textOf(fields: EventFields, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
}

export function recordOf(fields: EventFields, name: string): EventFields {
  const value = fields[name];
  return isRecord(value) ? value : {};
}

export function indexOf(fields: EventFields, name: string): number {
  const value = fields[name];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

export function chunk(delta: JsonObject): JsonObject {
  return { choices: [{ index: 0, delta }] };
}

/** Text for the call of the given number; none is no piece. */
export function argumentsChunk(index: number, text: string): readonly JsonObject[] {
  return text === '' ? [] : [chunk({ tool_calls: [{ index, function: { arguments: text } }] })];
}

export function callChunk(index: number, { id, name }: { readonly id: string; readonly name: string }): JsonObject {
  return chunk({ tool_calls: [{ index, id, function: { name } }] });
}

/** `error` with its fields beside the type or one level deeper, and an error without a type, as some servers send it. */
function isFailure(type: string, fields: EventFields): boolean {
  return type === 'error' || isRecord(fields['error']);
}

export function errorChunk(fields: EventFields): JsonObject {
  const error = isRecord(fields['error']) ? fields['error'] : fields;
  return { error: { message: textOf(error, 'message') || 'no text', code: textOf(error, 'code') } };
}
