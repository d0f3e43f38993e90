/** Server-sent events as they are written. */

// Line ends to Unicode, though not to JSON or to server-sent events: clients that read a stream by lines break an event at them.
const UNICODE_LINE_ENDS = /[\u0085\u2028\u2029]/g;

/** JSON that is one line to every reader. */
export function toLine(value: string | object): string {
  return JSON.stringify(value).replace(
    UNICODE_LINE_ENDS,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** OpenAI's end of a stream that went well. */
export const DONE_EVENT = 'data: [DONE]\n\n';

/** A comment: every reader skips it. */
export const KEEP_ALIVE_COMMENT = ': keep-alive\n\n';
