/** The public listener: builds it and does not listen. */
import type { FastifyInstance } from 'fastify';
import { chatFormat } from '../protocol/chat/chat.js';
import { completionsFormat } from '../protocol/completions/completions.js';
import { messagesFormat } from '../protocol/messages/messages.js';
import { responsesFormat } from '../protocol/responses/responses.js';
import type { Serving } from '../serve/serve.js';
import { buildBaseApp, type BaseAppOptions } from './base-app.js';
import { readContract } from './contract.js';
import { installDocs } from './docs.js';
import { createCountTokensHandler } from './count-tokens.js';
import { createFeedbackHandler } from './feedback.js';
import { createGenerationHandler, type StreamTimes } from './generation.js';
import { createHealthHandlers, type HealthCheck } from './health.js';
import { createModelHandlers } from './models.js';
import { STALLED_MS } from './response-end.js';
import { registerPublicRoutes } from './routes.js';

export interface AppOptions extends Omit<BaseAppOptions, 'stalledMs'> {
  readonly serving: Serving;
  /** What must be ready before requests can be served. */
  readonly health: readonly HealthCheck[];
  readonly times?: Partial<StreamTimes>;
}

const TIMES: StreamTimes = { readyMs: 5_000, keepAliveMs: 15_000, stalledMs: STALLED_MS };

/** `close` of the app drains it: it resolves when every response has ended. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { serving, logger } = options;
  const contract = readContract();
  const times = { ...TIMES, ...options.times };
  const { app, isDraining } = await buildBaseApp({ ...options, stalledMs: times.stalledMs }, contract);
  await installDocs(app, contract);
  const generation = { serving, logger, times };
  registerPublicRoutes(app, {
    chat: createGenerationHandler(chatFormat, generation),
    responses: createGenerationHandler(responsesFormat, generation),
    messages: createGenerationHandler(messagesFormat, generation),
    completions: createGenerationHandler(completionsFormat, generation),
    countTokens: createCountTokensHandler(serving),
    models: createModelHandlers(serving),
    feedback: createFeedbackHandler(serving),
    health: createHealthHandlers(options.health, isDraining),
    contract: () => contract,
  });
  return app;
}
