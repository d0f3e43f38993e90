/** Server-sent events from bytes that arrive in any cut, after the HTML standard's parsing rules. */
import { PurpgateError } from '../../errors.js';

export interface ServerSentEvent {
  /** null where the server names none. */
  readonly event: string | null;
  readonly data: string;
}

/** Characters of one event; more is no answer to any request of ours. */
const MAX_EVENT = 16 << 20;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

export class SseParser {
  readonly #decoder = new TextDecoder('utf-8');
  /** Beginning of the line under way. Appended to and not searched again: the work is linear however small the pieces. */
  #line = '';
  #data: string[] = [];
  #event: string | null = null;
  #size = 0;
  #endedByReturn = false;

  /** Events that are complete. @throws PurpgateError `upstream_error` when one grows beyond any measure. */
  push(bytes: Uint8Array): ServerSentEvent[] {
    return this.#read(this.#decoder.decode(bytes, { stream: true }));
  }

  /** What is there when the connection closes: many servers leave out the last blank line. */
  end(): ServerSentEvent[] {
    return this.#read(`${this.#decoder.decode()}\n\n`);
  }

  #read(text: string): ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    let start = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code !== LINE_FEED && code !== CARRIAGE_RETURN) continue;
      const isSecondHalf = code === LINE_FEED && at === start && this.#line === '' && this.#endedByReturn;
      if (!isSecondHalf) this.#endLine(this.#line + text.slice(start, at), events);
      this.#endedByReturn = code === CARRIAGE_RETURN;
      this.#line = '';
      start = at + 1;
    }
    if (start < text.length) {
      this.#endedByReturn = false;
      this.#line += text.slice(start);
    }
    if (this.#line.length + this.#size > MAX_EVENT)
      throw new PurpgateError('upstream_error', { message: `an event of the upstream is longer than ${MAX_EVENT}` });
    return events;
  }

  #endLine(line: string, events: ServerSentEvent[]): void {
    if (line === '') {
      if (this.#data.length > 0) events.push({ event: this.#event, data: this.#data.join('\n') });
      this.#data = [];
      this.#event = null;
      this.#size = 0;
      return;
    }
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + (line.charAt(colon + 1) === ' ' ? 2 : 1));
    if (field === 'data') {
      this.#data.push(value);
      this.#size += line.length;
    } else if (field === 'event') this.#event = value;
  }
}
