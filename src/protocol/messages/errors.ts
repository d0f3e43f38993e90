/** Failures in the form of Anthropic's API. */
import type { PurpgateError } from '../../errors.js';
import type { MessagesError } from '../wire.js';

type ErrorType = MessagesError['error']['type'];

/** Any other status is `api_error` from 500 on, and `invalid_request_error` below. */
const TYPES: Readonly<Record<number, ErrorType>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
};

export function toAnthropicErrorBody(error: PurpgateError, requestId: string): MessagesError {
  const type = TYPES[error.status] ?? (error.status >= 500 ? 'api_error' : 'invalid_request_error');
  return { type: 'error', error: { type, message: messageOf(error) }, request_id: requestId };
}

/** Claude Code knows a prompt that is too long by these words alone, and then shortens the conversation by itself. */
const TOO_LONG = 'prompt is too long';

function messageOf({ code, publicMessage }: PurpgateError): string {
  if (code !== 'context_length_exceeded' || publicMessage.toLowerCase().includes(TOO_LONG)) return publicMessage;
  return `${TOO_LONG}: ${publicMessage}`;
}
