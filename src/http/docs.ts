/** The contract for people: /docs, readable without a network. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { DOCS_PATH } from './auth.js';
import type { Contract } from './contract.js';

/** The page loads nothing from elsewhere and cannot be framed. Swagger UI writes inline styles, and its icons are data URLs. */
const CONTENT_POLICY = [
  "default-src 'none'",
  "base-uri 'none'",
  "connect-src 'self'",
  "font-src 'self' data:",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "img-src 'self' data:",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
].join('; ');

export async function installDocs(app: FastifyInstance, contract: Contract): Promise<void> {
  await app.register(swagger, { mode: 'static', specification: { document: contract } });
  await app.register(swaggerUi, {
    routePrefix: DOCS_PATH,
    staticCSP: CONTENT_POLICY,
    theme: { title: 'purpgate API' },
    // Without the bar that asks for another document's address: there is this one.
    uiConfig: { defaultModelsExpandDepth: 0, layout: 'BaseLayout' },
  });
}
