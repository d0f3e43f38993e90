/** Every route of both listeners, who may call it, and the schema of its body. The test of the contract reads the routes from here by registering them. */
import type { FastifyInstance } from 'fastify';
import { toAnthropicErrorBody } from '../protocol/messages/errors.js';
import type { createAdminHandlers } from './admin.js';
import { contractSchema, type Contract } from './contract.js';
import type { createCountTokensHandler } from './count-tokens.js';
import type { createFeedbackHandler } from './feedback.js';
import type { createGenerationHandler } from './generation.js';
import type { createHealthHandlers } from './health.js';
import type { createModelHandlers } from './models.js';

type GenerationHandler = ReturnType<typeof createGenerationHandler>;

interface PublicHandlers {
  readonly chat: GenerationHandler;
  readonly responses: GenerationHandler;
  readonly messages: GenerationHandler;
  readonly completions: GenerationHandler;
  readonly countTokens: ReturnType<typeof createCountTokensHandler>;
  readonly models: ReturnType<typeof createModelHandlers>;
  readonly feedback: ReturnType<typeof createFeedbackHandler>;
  readonly health: ReturnType<typeof createHealthHandlers>;
  readonly contract: () => Contract;
}

export function registerPublicRoutes(
  app: FastifyInstance,
  { chat, responses, messages, completions, countTokens, models, feedback, health, contract }: PublicHandlers,
): void {
  const errorBody = toAnthropicErrorBody;
  app.get('/health/live', { config: { access: 'public' } }, health.live);
  app.get('/health/ready', { config: { access: 'public' } }, health.ready);
  // Claude Code asks whether anybody is there before it sends its first request.
  for (const url of ['/', '/api/hello']) app.head(url, { config: { access: 'public' } }, () => '');
  app.get('/openapi.json', { config: { access: 'public' } }, contract);
  app.get('/v1/models', { config: { access: 'inference' } }, models.list);
  app.get('/v1/models/:id', { config: { access: 'inference' } }, models.retrieve);
  app.post(
    '/v1/chat/completions',
    { config: { access: 'inference' }, schema: { body: contractSchema('ChatCompletionRequest') } },
    chat,
  );
  app.post(
    '/v1/responses',
    { config: { access: 'inference' }, schema: { body: contractSchema('ResponsesRequest') } },
    responses,
  );
  app.post(
    '/v1/completions',
    { config: { access: 'inference' }, schema: { body: contractSchema('TextCompletionRequest') } },
    completions,
  );
  app.post(
    '/v1/messages',
    { config: { access: 'inference', errorBody }, schema: { body: contractSchema('MessagesRequest') } },
    messages,
  );
  app.post(
    '/v1/messages/count_tokens',
    { config: { access: 'inference', errorBody }, schema: { body: contractSchema('CountTokensRequest') } },
    countTokens,
  );
  app.post(
    '/v1/feedback',
    { config: { access: 'feedback' }, schema: { body: contractSchema('FeedbackRequest') } },
    feedback,
  );
}

interface AdminHandlers {
  readonly admin: ReturnType<typeof createAdminHandlers>;
  readonly health: ReturnType<typeof createHealthHandlers>;
}

export function registerAdminRoutes(app: FastifyInstance, { admin, health }: AdminHandlers): void {
  app.get('/health/live', { config: { access: 'public' } }, health.live);
  app.get('/health/ready', { config: { access: 'public' } }, health.ready);
  app.get('/metrics', { config: { access: 'public' } }, admin.metrics);
  app.get('/admin/v1/keys', { config: { access: 'admin' } }, admin.listKeys);
  app.post(
    '/admin/v1/keys',
    { config: { access: 'admin' }, schema: { body: contractSchema('CreateKeyRequest') } },
    admin.createKey,
  );
  app.delete('/admin/v1/keys/:id', { config: { access: 'admin' } }, admin.revokeKey);
  app.post('/admin/v1/reload', { config: { access: 'admin' } }, admin.reload);
  app.get('/admin/v1/versions', { config: { access: 'admin' } }, admin.listVersions);
  app.post(
    '/admin/v1/versions',
    { config: { access: 'admin' }, schema: { body: contractSchema('RegisterVersionRequest') } },
    admin.registerVersion,
  );
  app.post(
    '/admin/v1/versions/:name/promote',
    { config: { access: 'admin' }, schema: { body: contractSchema('PromoteVersionRequest') } },
    admin.promoteVersion,
  );
  app.post(
    '/admin/v1/versions/:name/rollback',
    { config: { access: 'admin' }, schema: { body: contractSchema('RollbackVersionRequest') } },
    admin.rollbackVersion,
  );
}
