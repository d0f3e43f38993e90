/** Every failure of the http layer as the error body of its route. Inner text goes to the log and to no caller. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchemaValidationError } from 'fastify';
import { PurpgateError, toErrorBody, toPurpgateError, type ErrorCode } from '../errors.js';
import type { Logger } from '../telemetry.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How failures of the route are written; as OpenAI's where it says nothing. */
    errorBody?: (error: PurpgateError, requestId: string) => object;
  }
}

/** Where a 503 names no time of its own. */
const RETRY_SECONDS = 1;

/** Fastify's own failures, by code. Texts of these are safe and say what to change. */
const FASTIFY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'request_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_request',
  FST_ERR_BAD_URL: 'invalid_request',
  FST_ERR_MAX_PARAM_LENGTH: 'route_not_found',
};

/** Any value thrown below a route, as one of ours. */
function toHttpError(thrown: unknown): PurpgateError {
  if (thrown instanceof PurpgateError || !(thrown instanceof Error)) return toPurpgateError(thrown);
  const code = 'code' in thrown && typeof thrown.code === 'string' ? FASTIFY_CODES[thrown.code] : undefined;
  if (code !== undefined) return new PurpgateError(code, { message: thrown.message, cause: thrown });
  const status = 'statusCode' in thrown && typeof thrown.statusCode === 'number' ? thrown.statusCode : 500;
  if (status < 500) return new PurpgateError('invalid_request', { message: thrown.message, cause: thrown });
  return toPurpgateError(thrown);
}

export function installErrorHandlers(app: FastifyInstance, logger: Logger): void {
  app.setErrorHandler((thrown: unknown, request, reply) => sendError(toHttpError(thrown), { request, reply, logger }));
  app.setNotFoundHandler((request, reply) =>
    sendError(new PurpgateError('route_not_found'), { request, reply, logger }),
  );
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly logger: Logger;
}

function sendError(error: PurpgateError, { request, reply, logger }: Exchange): FastifyReply {
  if (error.status >= 500) logger.error({ requestId: request.id, error }, 'request failed');
  const retryAfter = error.retryAfterSeconds ?? (error.status === 503 ? RETRY_SECONDS : null);
  if (retryAfter !== null) reply.header('retry-after', retryAfter);
  // OpenAI's and Anthropic's clients try any other 429 again at once.
  if (error.status === 429 && !error.retryable) reply.header('x-should-retry', 'false');
  if (error.status === 401) reply.header('www-authenticate', 'Bearer');
  const write = request.routeOptions.config.errorBody ?? toErrorBody;
  return reply.code(error.status).type('application/json; charset=utf-8').send(write(error, request.id));
}

/** For failures of the router, which come before any handler is chosen. */
export function sendFrameworkError(thrown: Error, response: ServerResponse): void {
  const error = toHttpError(thrown);
  response.writeHead(error.status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(toErrorBody(error)));
}

/** For bytes that are not HTTP, and for headers that are too large or too slow: there is no request to answer. */
export function answerBrokenRequest(thrown: Error, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(
    toErrorBody(
      new PurpgateError('invalid_request', { publicMessage: 'This is not a valid HTTP request.', cause: thrown }),
    ),
  );
  socket.end(
    'HTTP/1.1 400 Bad Request\r\nContent-Type: application/json; charset=utf-8\r\nConnection: close\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** The validator's findings about a body as one error whose `param` is a path such as `messages[0].role`. */
export function toValidationError(errors: readonly FastifySchemaValidationError[]): PurpgateError {
  // In an anyOf every branch complains. The deepest complaint is about the branch that was meant.
  const located = errors.map((error) => ({ error, path: pathOf(error) }));
  const deepest = Math.max(...located.map(({ path }) => path.length));
  const told = located.find(({ error, path }) => path.length === deepest && error.keyword !== 'anyOf') ?? located[0];
  if (told === undefined) return new PurpgateError('invalid_request');
  const param = told.path
    .map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
  const publicMessage = `${param === '' ? 'The body' : `${param}:`} ${describe(told.error)}`;
  return new PurpgateError('invalid_request', { publicMessage, ...(param !== '' && { param }) });
}

function pathOf(error: FastifySchemaValidationError): string[] {
  const steps = error.instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const { missingProperty, additionalProperty } = error.params;
  const property = error.keyword === 'required' ? missingProperty : additionalProperty;
  return typeof property === 'string' ? [...steps, property] : steps;
}

function describe(error: FastifySchemaValidationError): string {
  const { allowedValues } = error.params;
  if (error.keyword === 'required') return 'is required';
  if (error.keyword === 'additionalProperties') return 'is not a known field';
  if (Array.isArray(allowedValues)) return `must be one of ${allowedValues.join(', ')}`;
  return (error.message ?? 'is not valid').replaceAll(',', ' or ');
}
