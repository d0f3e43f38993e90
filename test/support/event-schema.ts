/** Validates by openapi/events.schema.json. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fastify } from 'fastify';
import { packageRoot } from '../../src/config.js';

/** Fastify's own validator, with nothing coerced, removed or filled in. */
export async function schemaOf(definition: string): Promise<(value: unknown) => boolean> {
  const app = fastify({ ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } } });
  app.addSchema(JSON.parse(readFileSync(join(packageRoot, 'openapi', 'events.schema.json'), 'utf8')));
  const schema = { $ref: `https://purpgate.dev/schemas/events-1.json#/definitions/${definition}` };
  return new Promise((resolve, reject) => {
    app.get('/', (request) => {
      resolve((value) => request.validateInput(value, schema));
      return 'ready';
    });
    app.inject('/').catch(reject);
  });
}
