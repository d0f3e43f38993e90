/** GET /v1/models: one shape that OpenAI's and Anthropic's clients both read. */
import type { FastifyRequest } from 'fastify';
import { PurpgateError } from '../errors.js';
import type { ModelList, ModelObject } from '../protocol/wire.js';
import type { Serving } from '../serve/serve.js';

export function createModelHandlers(serving: Serving) {
  const startedAt = new Date();
  const toObject = ({ id, contextLength, version }: Serving['models'][number]): ModelObject => ({
    id,
    object: 'model',
    created: Math.floor(startedAt.getTime() / 1000),
    owned_by: 'purpgate',
    type: 'model',
    display_name: id,
    created_at: startedAt.toISOString(),
    context_length: contextLength,
    purpgate: { version },
  });
  return {
    list: (): ModelList => {
      const data = serving.models.map(toObject);
      return { object: 'list', data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
    },
    retrieve: (request: FastifyRequest<{ Params: { id: string } }>): ModelObject => {
      const model = serving.models.find(({ id }) => id === request.params.id);
      if (model === undefined) throw new PurpgateError('model_not_found', { param: 'model' });
      return toObject(model);
    },
  };
}
