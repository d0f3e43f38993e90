/** What an upstream's failures become. Their texts are for the log, but for those that tell a caller what to change. */
import { PurpgateError, type ErrorCode } from '../../errors.js';

/** Longest text of an upstream that a caller is shown. */
const MAX_TEXT = 500;

const TOO_LONG =
  /maximum context length|context[ _](length|window)|prompt is too long|exceeds? the (available )?context/i;

/**
 * The error in a response of the given status, or inside a stream.
 * `body`: parsed JSON, or the text where it is none.
 */
export function readUpstreamError(
  body: unknown,
  status: number | 'stream',
  retryAfter: string | null = null,
): PurpgateError {
  const { text, code } = describe(body);
  const message = `upstream ${status === 'stream' ? 'error in the stream' : `answered ${status}`}: ${text}`;
  const isRefusal = status === 'stream' || status === 400 || status === 413 || status === 422;
  if (isRefusal && (code === 'context_length_exceeded' || TOO_LONG.test(text)))
    return new PurpgateError('context_length_exceeded', { publicMessage: text, message, param: 'messages' });
  if (status === 400 || status === 422)
    return new PurpgateError('invalid_request', {
      publicMessage: `The model server refused the request: ${text}`,
      message,
    });
  const kind: ErrorCode = status === 408 || status === 504 ? 'upstream_timeout' : 'upstream_error';
  // RFC 6585 leaves the header to the server.
  const seconds = retryAfterSeconds(retryAfter) ?? (status === 429 ? 1 : null);
  const cause = status === 404 ? { cause: NOT_FOUND } : {};
  return new PurpgateError(kind, { message, ...cause, ...(seconds === null ? {} : { retryAfterSeconds: seconds }) });
}

const NOT_FOUND = 'HTTP 404';

/** Whether the upstream does not know what it was asked for, such as the model. */
export const isNotFound = ({ cause }: PurpgateError): boolean => cause === NOT_FOUND;

/** The error behind a request that never got its answer. */
export function toConnectionError(thrown: unknown): PurpgateError {
  if (thrown instanceof PurpgateError) return thrown;
  const code = codeOf(thrown);
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const message = `upstream connection: ${text}`;
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED')
    return new PurpgateError('engine_unavailable', { message, cause: thrown });
  const isTimeout = code !== null && /TIMEOUT|ETIMEDOUT/.test(code);
  return new PurpgateError(isTimeout ? 'upstream_timeout' : 'upstream_error', { message, cause: thrown });
}

function codeOf(thrown: unknown): string | null {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : null;
}

/** OpenAI: `{error: {message, code}}`; others: `{message}`, `{detail}`, `{error: "text"}`, or plain text. */
function describe(body: unknown): { text: string; code: string | null } {
  const outer = fields(body);
  const inner = fields(outer['error']);
  const candidates = [inner['message'], outer['message'], outer['detail'], outer['error'], body];
  const text = candidates.find((candidate): candidate is string => typeof candidate === 'string') ?? 'no text';
  const code = [inner['code'], outer['code']].find((candidate) => typeof candidate === 'string');
  return { text: text.slice(0, MAX_TEXT), code: typeof code === 'string' ? code : null };
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Seconds, or a date, as RFC 9110 has it. */
function retryAfterSeconds(header: string | null): number | null {
  if (header === null) return null;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : null;
}
