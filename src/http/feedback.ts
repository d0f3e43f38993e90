/** POST /v1/feedback. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PurpgateError, unreachable } from '../errors.js';
import type { FeedbackObject, FeedbackRequest } from '../protocol/wire.js';
import type { Serving } from '../serve/serve.js';
import type { Json } from '../types.js';
import { callerOf } from './auth.js';

type FeedbackHttpRequest = FastifyRequest<{ Body: FeedbackRequest }>;

const LONGEST_IDEMPOTENCY_KEY = 255;

export function createFeedbackHandler(serving: Serving) {
  return async (request: FeedbackHttpRequest, reply: FastifyReply): Promise<FeedbackObject> => {
    const { kind } = request.body;
    const interactionId = request.body.interaction_id.replace(/^(?:chatcmpl-|resp_|msg_|cmpl-)/, '');
    const value = parseValue(request.body);
    const idempotencyKey = request.body.idempotency_key ?? idempotencyHeader(request) ?? request.id;
    const id = await serving.feedback({ interactionId, kind, value, idempotencyKey }, callerOf(request));
    reply.code(202);
    return { id, object: 'feedback', interaction_id: interactionId, kind };
  };
}

function idempotencyHeader(request: FastifyRequest): string | null {
  const header = request.headers['idempotency-key'];
  if (typeof header !== 'string' || header === '') return null;
  if (header.length > LONGEST_IDEMPOTENCY_KEY)
    throw invalid(`idempotency-key: must have at most ${LONGEST_IDEMPOTENCY_KEY} characters`, 'idempotency-key');
  return header;
}

function parseValue({ kind, value }: FeedbackRequest): Json {
  switch (kind) {
    case 'accept':
    case 'reject':
      if (value === undefined || value === null) return null;
      if (typeof value === 'string') return value;
      throw invalid('value: must be a text, or absent');
    case 'edit':
      if (typeof value === 'string') return value;
      throw invalid('value: must be the text as it was used');
    case 'score':
      if (typeof value === 'number' && value >= 0 && value <= 1) return value;
      throw invalid('value: must be a number from 0 to 1');
    case 'test_result': {
      const passed = count(value, 'passed');
      const failed = count(value, 'failed');
      if (passed !== null && failed !== null) return { passed, failed };
      throw invalid('value: must be {passed, failed}, whole numbers of tests');
    }
    case 'wrong_verdict':
      if (value === 'allow' || value === 'block') return value;
      throw invalid('value: must be what the guard should have done, allow or block');
    default:
      return unreachable(kind);
  }
}

function count(value: unknown, field: 'passed' | 'failed'): number | null {
  if (typeof value !== 'object' || value === null) return null;
  const number: unknown = Object.getOwnPropertyDescriptor(value, field)?.value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

function invalid(publicMessage: string, param = 'value'): PurpgateError {
  return new PurpgateError('invalid_request', { publicMessage, param });
}
