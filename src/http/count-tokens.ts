/** POST /v1/messages/count_tokens: how long a prompt is, before anybody pays for it. */
import type { FastifyRequest } from 'fastify';
import { parseCountTokens } from '../protocol/messages/request.js';
import type { CountTokensAnswer, CountTokensRequest } from '../protocol/wire.js';
import type { Serving } from '../serve/serve.js';
import { sessionOf } from './generation.js';
import { cancellationOf } from './limits.js';

export function createCountTokensHandler(serving: Serving) {
  return async (request: FastifyRequest<{ Body: CountTokensRequest }>): Promise<CountTokensAnswer> => {
    const parsed = parseCountTokens(request.body, { id: request.id, session: sessionOf(request) });
    return { input_tokens: await serving.countPromptTokens(parsed, cancellationOf(request)) };
  };
}
