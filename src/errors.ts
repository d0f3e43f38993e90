/**
 * The one table of errors. A code is stable, is documented in docs/errors.md (a test compares both ways) and is never reused.
 * Each error has two messages: `publicMessage` may reach any caller, `message` is for the log alone.
 */

interface ErrorEntry {
  /** HTTP status of the response; for errors at start, 500 (they never reach a client). */
  readonly status: number;
  /** `error.type` of OpenAI's error body. */
  readonly type: string;
  /** What a caller reads when the thrower gives no text of its own. Says what is wrong and the remedy. */
  readonly text: string;
  /** Whether the same request may succeed later without a change. */
  readonly retryable: boolean;
}

const entry = (status: number, type: string, text: string, retryable = false): ErrorEntry => ({
  status,
  type,
  text,
  retryable,
});

const INVALID = 'invalid_request_error';
const SERVER = 'server_error';
const START = 'startup_error';

export const ERRORS = {
  invalid_request: entry(400, INVALID, 'The request is not valid.'),
  invalid_json: entry(400, INVALID, 'The body is not valid JSON.'),
  unsupported_parameter: entry(400, INVALID, 'The request uses a parameter that this model does not support.'),
  context_length_exceeded: entry(400, INVALID, 'The prompt is longer than the context of this model. Shorten it.'),
  content_policy_violation: entry(400, INVALID, 'The request was withheld by the safety policy.'),
  invalid_api_key: entry(
    401,
    'authentication_error',
    'The API key is missing or not valid. Send it as `Authorization: Bearer pg-…`.',
  ),
  insufficient_scope: entry(403, 'permission_error', 'This API key may not call this route.'),
  route_not_found: entry(404, INVALID, 'There is no such route. GET /docs lists them.'),
  model_not_found: entry(404, INVALID, 'There is no such model. GET /v1/models lists them.'),
  interaction_not_found: entry(404, INVALID, 'There is no such interaction for this key.'),
  key_not_found: entry(404, INVALID, 'There is no such API key.'),
  request_too_large: entry(413, INVALID, 'The request body is too large.'),
  unsupported_media_type: entry(415, INVALID, 'Send the body as `Content-Type: application/json`.'),
  rate_limit_exceeded: entry(429, 'rate_limit_error', 'Too many requests for this key. Wait and try again.', true),
  login_attempts_exceeded: entry(
    429,
    'rate_limit_error',
    'Too many failed logins from this address. Wait and try again.',
    true,
  ),
  insufficient_quota: entry(429, 'insufficient_quota', 'A budget of this key or of its tenant is used up.'),
  request_aborted: entry(499, INVALID, 'The client closed the request.'),
  internal_error: entry(500, SERVER, 'Something went wrong on our side.', true),
  guard_failed: entry(500, SERVER, 'A guard could not judge the content, so it was withheld.', true),
  upstream_error: entry(502, SERVER, 'The model server answered with an error.', true),
  access_unavailable: entry(503, SERVER, 'The API key could not be checked. Try again in a few seconds.', true),
  engine_unavailable: entry(503, SERVER, 'The model is not ready. Try again in a few seconds.', true),
  overloaded: entry(503, SERVER, 'Too many requests are in flight. Try again in a few seconds.', true),
  interaction_log_full: entry(503, SERVER, 'The interaction log is full, so this request was not started.', true),
  event_log_unavailable: entry(503, SERVER, 'The event log cannot be reached.', true),
  upstream_timeout: entry(504, SERVER, 'The model server took too long.', true),
  setting_invalid: entry(500, START, 'A setting is not valid.'),
  port_unavailable: entry(500, START, 'The port cannot be listened on.'),
  data_folder_unusable: entry(500, START, 'The data folder cannot be used.'),
  data_folder_in_use: entry(500, START, 'Another purpgate runs on this data folder.'),
  database_unavailable: entry(500, START, 'The database cannot be reached.', true),
  migration_failed: entry(500, START, 'The database schema could not be brought up to date.'),
  model_unusable: entry(500, START, 'The model folder cannot be loaded.'),
  event_invalid: entry(500, SERVER, 'An event of the log does not follow its schema.'),
  artifact_corrupt: entry(500, START, 'A stored artifact does not match its digest.'),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

interface ErrorDetails {
  /** Text for the caller; the table's text when absent. Never holds a secret, a path of the server or an inner message. */
  readonly publicMessage?: string;
  /** Text for the log; the public text when absent. */
  readonly message?: string;
  /** The request field at fault, as in OpenAI's error body. */
  readonly param?: string;
  /** Seconds after which a retry makes sense, for `Retry-After`. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** The only error that purpgate throws on purpose. */
export class PurpgateError extends Error {
  override readonly name = 'PurpgateError';
  readonly publicMessage: string;
  readonly param: string | null;
  readonly retryAfterSeconds: number | null;

  constructor(
    readonly code: ErrorCode,
    details: ErrorDetails = {},
  ) {
    const publicMessage = details.publicMessage ?? ERRORS[code].text;
    super(details.message ?? publicMessage, { cause: details.cause });
    this.publicMessage = publicMessage;
    this.param = details.param ?? null;
    this.retryAfterSeconds = details.retryAfterSeconds ?? null;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }
}

/** Any thrown value as a PurpgateError; what is not ours becomes `internal_error` and keeps its text for the log only. */
export function toPurpgateError(thrown: unknown): PurpgateError {
  if (thrown instanceof PurpgateError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new PurpgateError('internal_error', { message, cause: thrown });
}

/** OpenAI's error body: `{error: {message, type, param, code}}`. */
export function toErrorBody(error: PurpgateError): {
  error: { message: string; type: string; param: string | null; code: ErrorCode };
} {
  return {
    error: {
      message: error.publicMessage,
      type: ERRORS[error.code].type,
      param: error.param,
      code: error.code,
    },
  };
}

/** Throws; for the `default` of a switch over a closed union. */
export function unreachable(value: never): never {
  throw new PurpgateError('internal_error', { message: `unexpected value ${JSON.stringify(value)}` });
}
