/** What both listeners share: ids, authentication, limits, error bodies, validation by the contract, metrics, and a graceful end. */
import fastify, { type FastifyInstance } from 'fastify';
import type { Authenticator } from '../access/authenticator.js';
import type { Config } from '../config.js';
import type { Logger, Metrics } from '../telemetry.js';
import { uuidv7 } from '../text/uuid.js';
import { installAuthentication } from './auth.js';
import { refuseComplexBody } from './body-shape.js';
import type { Contract } from './contract.js';
import { installCors } from './cors.js';
import { answerBrokenRequest, installErrorHandlers, sendFrameworkError, toValidationError } from './errors.js';
import { InFlight, installRateLimit } from './limits.js';
import { STALLED_MS, cutWhenStalled, onResponseEnd } from './response-end.js';

export interface BaseAppOptions {
  readonly config: Config;
  readonly authenticator: Authenticator;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** After `close`, how long running requests may take before they are aborted. */
  readonly drainMs?: number;
  /** How long a client may take nothing of its response. */
  readonly stalledMs?: number;
}

interface BaseApp {
  readonly app: FastifyInstance;
  readonly isDraining: () => boolean;
}

const DRAIN_MS = 3_000;
/** For a whole request: 32 MiB over a slow line. */
const REQUEST_MS = 300_000;
const LONGEST_PARAM = 512;

/** Builds an app without routes. */
export async function buildBaseApp(options: BaseAppOptions, contract: Contract): Promise<BaseApp> {
  const { config, authenticator, metrics, logger } = options;
  const app = createFastify(config);
  const inFlight = new InFlight(config, metrics);

  app.addSchema({ $id: 'contract', components: contract.components });
  app.setSchemaErrorFormatter(toValidationError);
  // Fastify also reads text/plain; a body is JSON or it is 415.
  app.removeContentTypeParser('text/plain');
  installErrorHandlers(app, logger);

  // In this order for every request: who it is, what browsers may, who calls, how many at once; then per route, how often.
  installAccounting(app, options);
  await installCors(app, config.corsOrigins);
  installAuthentication(app, authenticator);
  inFlight.install(app);
  await installRateLimit(app, config.requestsPerMinute);

  app.addHook('preValidation', (request, _, done) => {
    refuseComplexBody(request.body);
    done();
  });
  app.addHook('onSend', (_, reply, payload, done) => {
    // Headers alone fit the buffers of the system.
    if (payload !== undefined && payload !== null && payload !== '')
      cutWhenStalled(reply.raw, options.stalledMs ?? STALLED_MS);
    done(null, payload);
  });
  app.addHook('preClose', () => inFlight.drain(options.drainMs ?? DRAIN_MS));
  return { app, isDraining: () => inFlight.isDraining() };
}

function createFastify(config: Config): FastifyInstance {
  return fastify({
    bodyLimit: config.maxBodyBytes,
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    genReqId: () => uuidv7(),
    requestTimeout: REQUEST_MS,
    routerOptions: { maxParamLength: LONGEST_PARAM },
    // By the time that connections are closed, requests have had their time to end.
    forceCloseConnections: true,
    return503OnClosing: false,
    // Requests are judged as they are: nothing coerced, nothing filled in, nothing taken away.
    ajv: {
      customOptions: {
        strict: false,
        coerceTypes: false,
        useDefaults: false,
        removeAdditional: false,
        // Shortening the generated code takes a third of the start, and the engine makes the same of both.
        code: { optimize: false },
      },
    },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, _, reply) => {
      sendFrameworkError(error, reply.raw);
    },
  });
}

/** The request's id on every response; one metric and one log line per response that ended, however it ended. */
function installAccounting(app: FastifyInstance, { metrics, logger }: BaseAppOptions): void {
  app.addHook('onRequest', (request, reply, done) => {
    const startedAt = performance.now();
    // OpenAI's name for it, and Anthropic's.
    reply.header('x-request-id', request.id).header('request-id', request.id);
    onResponseEnd(reply.raw, (end) => {
      const seconds = (performance.now() - startedAt) / 1000;
      // The pattern and never the URL, which callers choose.
      const route = request.routeOptions.url ?? 'unmatched';
      const status = end === 'finished' ? reply.raw.statusCode : 499;
      metrics.requests.inc({ route, status });
      metrics.requestSeconds.observe({ route }, seconds);
      logger.debug(
        { requestId: request.id, method: request.method, route, status, keyId: request.caller?.keyId, seconds },
        'request',
      );
    });
    done();
  });
}
