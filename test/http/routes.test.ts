import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RouteOptions } from 'fastify';
import { loadConfig } from '../../src/config.js';
import { buildAdminApp } from '../../src/http/admin.js';
import { buildBaseApp } from '../../src/http/base-app.js';
import { readContract } from '../../src/http/contract.js';
import { registerAdminRoutes, registerPublicRoutes } from '../../src/http/routes.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import { authenticatorOf, openGateway } from './support.js';

const base = () => ({
  config: loadConfig({}),
  authenticator: authenticatorOf(),
  metrics: createMetrics(),
  logger: createLogger('silent'),
});

const handler = () => ({}) as never;
type PublicHandlers = Parameters<typeof registerPublicRoutes>[1];
type AdminHandlers = Parameters<typeof registerAdminRoutes>[1];
const health = { live: handler, ready: handler };
const PUBLIC: PublicHandlers = {
  chat: handler,
  responses: handler,
  messages: handler,
  completions: handler,
  countTokens: handler,
  models: { list: handler, retrieve: handler },
  feedback: handler,
  health,
  contract: handler,
};
const ADMIN: AdminHandlers = {
  admin: {
    metrics: handler,
    listKeys: handler,
    createKey: handler,
    revokeKey: handler,
    reload: handler,
    listVersions: handler,
    registerVersion: handler,
    promoteVersion: handler,
    rollbackVersion: handler,
  },
  health,
};

/** `GET /v1/models/{id}`, as the contract writes it. */
async function registered(
  register: (app: Awaited<ReturnType<typeof buildBaseApp>>['app']) => void,
): Promise<RouteOptions[]> {
  const { app } = await buildBaseApp(base(), readContract());
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    if (route.method !== 'HEAD') routes.push(route);
  });
  register(app);
  await app.ready();
  await app.close();
  return routes;
}

const nameOf = ({ method, url }: RouteOptions) => `${String(method)} ${url.replace(/:(\w+)/g, '{$1}')}`;

interface Operation {
  readonly security?: readonly unknown[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: { readonly $ref: string } }> };
}

function documented(listener: 'public' | 'admin'): Map<string, Operation> {
  const operations = new Map<string, Operation>();
  for (const [path, item] of Object.entries(readContract().paths)) {
    const { servers, ...methods } = item as { servers?: unknown } & Record<string, Operation>;
    const isOn = path.startsWith('/health/') || (servers === undefined ? 'public' : 'admin') === listener;
    if (isOn)
      for (const [method, operation] of Object.entries(methods))
        operations.set(`${method.toUpperCase()} ${path}`, operation);
  }
  return operations;
}

for (const [listener, register] of [
  [
    'public',
    (app) => {
      registerPublicRoutes(app, PUBLIC);
    },
  ],
  [
    'admin',
    (app) => {
      registerAdminRoutes(app, ADMIN);
    },
  ],
] as const satisfies readonly [string, Parameters<typeof registered>[0]][]) {
  describe(`the ${listener} listener`, () => {
    test('has every route of the contract, and no other', async () => {
      const routes = await registered(register);
      assert.deepEqual(routes.map(nameOf).sort(), [...documented(listener).keys()].sort());
    });

    test('asks for a key exactly where the contract does, and checks bodies by its schemas', async () => {
      const operations = documented(listener);
      for (const route of await registered(register)) {
        const operation = operations.get(nameOf(route));
        const isPublic = operation?.security?.length === 0;
        assert.equal(route.config?.access === 'public', isPublic, nameOf(route));
        const schema = operation?.requestBody?.content['application/json']?.schema.$ref;
        const body = (route.schema?.body as { $ref?: string } | undefined)?.$ref;
        assert.equal(body?.replace('contract#', '#'), schema, nameOf(route));
      }
    });
  });
}

test('a route that does not say who may call it cannot be registered', async () => {
  const { app } = await buildBaseApp(base(), readContract());
  assert.throws(() => app.get('/v1/forgotten', handler), /does not say who may call it/);
  await app.close();
});

test('every schema of the contract that is referred to exists', () => {
  const contract = readContract();
  const text = JSON.stringify(contract);
  for (const [, path = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const found = path
      .split('/')
      .reduce<unknown>((node, step) => (node as Record<string, unknown> | undefined)?.[step], contract);
    assert.ok(found !== undefined, path);
  }
  assert.ok(!/"(nullable|discriminator|oneOf)":/.test(text));
});

describe('the documentation', () => {
  test('is served as a document and as a page, without a key', async (context) => {
    const { app } = await openGateway(context);
    const document = await app.inject('/openapi.json');
    assert.deepEqual(document.json(), readContract());
    for (const url of ['/docs', '/docs/']) {
      const page = await app.inject(url);
      assert.equal(page.statusCode, 200);
      assert.match(String(page.headers['content-type']), /text\/html/);
    }
  });

  test('is readable without a network: every file is served here, and the policy lets nothing else in', async (context) => {
    const { app } = await openGateway(context);
    const page = await app.inject('/docs');
    const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file = '']) => file);
    assert.ok(files.length >= 5);
    for (const file of files) {
      const response = await app.inject(new URL(file, 'http://localhost/docs').pathname);
      assert.equal(response.statusCode, 200, file);
    }
    const policy = String(page.headers['content-security-policy']);
    assert.match(policy, /default-src 'none'/);
    assert.ok(!/https?:|unsafe-eval|upgrade-insecure-requests/.test(policy));
    assert.ok(!/<script>|<style>|onload=/.test(page.body), 'no inline script, which the policy would stop');
    const specification = await app.inject('/docs/json');
    assert.deepEqual(specification.json(), readContract());
  });
});

test('the admin listener has no inference, and the public one no administration', async (context) => {
  const { app } = await openGateway(context);
  const admin = await buildAdminApp({
    ...base(),
    keys: { create: handler, list: handler, revoke: handler },
    reload: handler,
    versions: { list: handler, register: handler, promote: handler, rollback: handler },
    health: [],
  });
  context.after(() => admin.close());
  assert.equal((await app.inject('/admin/v1/keys')).statusCode, 404);
  assert.equal((await app.inject('/metrics')).statusCode, 404);
  assert.equal((await admin.inject('/v1/models')).statusCode, 404);
});
