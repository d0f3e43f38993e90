import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { KeyRecord, NewKey } from '../../src/access/keys.js';
import { loadConfig } from '../../src/config.js';
import { PurpgateError } from '../../src/errors.js';
import { buildAdminApp } from '../../src/http/admin.js';
import { createLogger, createMetrics } from '../../src/telemetry.js';
import type { Version } from '../../src/types.js';
import { CALLER, authenticatorOf, errorOf } from './support.js';

const RECORD: KeyRecord = {
  id: 'abcdef012345',
  tenant: 'acme',
  name: 'ci',
  training: 'allow',
  scopes: ['inference'],
  expiresAt: null,
  requestsPerMinute: null,
  honourStoreFalse: false,
  createdAt: new Date('2026-01-01T00:00:00Z'),
  revokedAt: new Date('2026-02-01T00:00:00Z'),
};

const LIVE: Version = {
  name: 'purp@0123456789ab',
  state: 'live',
  sha256: 'ab'.repeat(32),
  base: '/srv/models/nano',
  adapter: null,
  parent: null,
  pool: 'acme',
  createdAt: new Date('2026-01-01T00:00:00Z'),
};

async function openAdmin(context: TestContext) {
  const created: NewKey[] = [];
  const asked: object[] = [];
  const reloads: string[] = [];
  const metrics = createMetrics();
  const app = await buildAdminApp({
    config: loadConfig({}),
    authenticator: authenticatorOf({ admin: { ...CALLER, scopes: new Set(['admin']) }, user: CALLER }),
    metrics,
    logger: createLogger('silent'),
    health: [],
    keys: {
      create: (input) => {
        created.push(input);
        return Promise.resolve({ id: RECORD.id, key: 'pg-secret' });
      },
      list: () => Promise.resolve([RECORD]),
      revoke: (id) => Promise.resolve(id === RECORD.id),
    },
    reload: (actor) => {
      reloads.push(actor);
      if (reloads.length > 1)
        return Promise.reject(
          new PurpgateError('setting_invalid', { publicMessage: 'engines.a.model: expected a text' }),
        );
      return Promise.resolve({ added: ['a'], removed: [], kept: ['b'], policies: ['default'], configHash: 'c0ffee' });
    },
    versions: {
      list: () => Promise.resolve([LIVE]),
      register: (request) => {
        asked.push(request);
        return Promise.resolve({ ...LIVE, state: 'candidate' });
      },
      promote: (request) => {
        asked.push(request);
        if (!request.force)
          return Promise.reject(new PurpgateError('invalid_request', { publicMessage: 'Not passed.' }));
        return Promise.resolve(LIVE);
      },
      rollback: (request) => {
        asked.push(request);
        return Promise.resolve(LIVE);
      },
    },
  });
  context.after(() => app.close());
  return { app, created, asked, reloads, metrics };
}

const headers = { 'x-api-key': 'admin' };
const create = (payload: object) => ({ method: 'POST', url: '/admin/v1/keys', headers, payload }) as const;
const KEY = { tenant: 'acme', name: 'ci', training: 'deny' };

describe('the admin API', () => {
  test('is for keys with the admin scope alone', async (context) => {
    const { app } = await openAdmin(context);
    for (const url of ['/admin/v1/keys', '/admin/v1/versions']) {
      assert.equal((await app.inject(url)).statusCode, 401);
      assert.equal((await app.inject({ url, headers: { 'x-api-key': 'user' } })).statusCode, 403);
      assert.equal((await app.inject({ url, headers })).statusCode, 200);
    }
  });

  test('creates keys', async (context) => {
    const { app, created } = await openAdmin(context);
    const response = await app.inject(create(KEY));
    assert.deepEqual([response.statusCode, response.json()], [201, { id: RECORD.id, key: 'pg-secret' }]);
    await app.inject(
      create({
        ...KEY,
        scopes: ['admin'],
        expires_at: '2100-01-01T00:00:00+01:00',
        requests_per_minute: 5,
        honour_store_false: true,
      }),
    );
    assert.deepEqual(created, [
      { ...KEY, scopes: ['inference', 'feedback'], expiresAt: null, requestsPerMinute: null, honourStoreFalse: false },
      {
        ...KEY,
        scopes: ['admin'],
        expiresAt: new Date('2099-12-31T23:00:00Z'),
        requestsPerMinute: 5,
        honourStoreFalse: true,
      },
    ]);
  });

  for (const [name, fields, param] of [
    ['without a decision about training', { training: undefined }, 'training'],
    ['with an unknown decision', { training: 'maybe' }, 'training'],
    ['with a misspelt field, which would be a limit that is not there', { requestsPerMinute: 5 }, 'requestsPerMinute'],
    ['with an unknown scope', { scopes: ['root'] }, 'scopes[0]'],
    ['without any scope', { scopes: [] }, 'scopes'],
    ['that has expired', { expires_at: '2001-01-01T00:00:00Z' }, 'expires_at'],
    ['that expires at no moment', { expires_at: '2100-01-01' }, 'expires_at'],
    ['for a tenant whose name no database holds', { tenant: 'a\0' }, 'tenant'],
    ['whose name breaks lines', { name: 'a\nb' }, 'name'],
    ['with a limit that is none', { requests_per_minute: 1e300 }, 'requests_per_minute'],
    ['that expires on no day', { expires_at: '2100-13-01T00:00:00Z' }, 'expires_at'],
  ] as const)
    test(`creates no key ${name}`, async (context) => {
      const { app, created } = await openAdmin(context);
      const response = await app.inject(create({ ...KEY, ...fields }));
      assert.deepEqual([response.statusCode, errorOf(response).param, created.length], [400, param, 0]);
    });

  test('lists keys without a secret', async (context) => {
    const { app } = await openAdmin(context);
    const response = await app.inject({ url: '/admin/v1/keys', headers });
    assert.deepEqual(response.json(), {
      data: [
        {
          id: RECORD.id,
          tenant: 'acme',
          name: 'ci',
          training: 'allow',
          scopes: ['inference'],
          created_at: '2026-01-01T00:00:00.000Z',
          expires_at: null,
          revoked_at: '2026-02-01T00:00:00.000Z',
          requests_per_minute: null,
          honour_store_false: false,
        },
      ],
    });
  });

  test('revokes keys, and says which do not exist', async (context) => {
    const { app } = await openAdmin(context);
    const revoked = await app.inject({ method: 'DELETE', url: `/admin/v1/keys/${RECORD.id}`, headers });
    assert.deepEqual(revoked.json(), { id: RECORD.id, revoked: true });
    const unknown = await app.inject({ method: 'DELETE', url: '/admin/v1/keys/none', headers });
    assert.deepEqual([unknown.statusCode, errorOf(unknown).code], [404, 'key_not_found']);
  });

  test('lists versions without folders of the server', async (context) => {
    const { app } = await openAdmin(context);
    const response = await app.inject({ url: '/admin/v1/versions', headers });
    const { name, state, sha256, parent, pool } = LIVE;
    assert.deepEqual(response.json(), {
      data: [{ name, state, sha256, parent, pool, created_at: '2026-01-01T00:00:00.000Z' }],
    });
  });

  const post = (url: string, payload: object) => ({ method: 'POST', url, headers, payload }) as const;
  const OTHER = 'purp@ffffffffffff';

  test('registers adapters in the name of the key, and takes no more than the contract says', async (context) => {
    const { app, asked } = await openAdmin(context);
    const wanted = { folder: 'acme/run-7', sha256: 'ab'.repeat(32), base: LIVE.name };
    const made = await app.inject(post('/admin/v1/versions', wanted));
    assert.deepEqual([made.statusCode, made.json<{ state: string }>().state], [201, 'candidate']);
    assert.deepEqual(asked, [{ ...wanted, actor: `key ${CALLER.keyId}`, reason: 'registered by an admin' }]);
    for (const wrong of [{}, { ...wanted, sha256: 'ab' }, { ...wanted, folder: '' }, { ...wanted, pool: 'shared' }])
      assert.equal((await app.inject(post('/admin/v1/versions', wrong))).statusCode, 400);
    assert.equal(asked.length, 1);
  });

  test('promotes versions in the name of the key, past the gate only where it is asked to', async (context) => {
    const { app, asked } = await openAdmin(context);
    const url = `/admin/v1/versions/${LIVE.name}/promote`;
    const refused = await app.inject(post(url, {}));
    assert.deepEqual([refused.statusCode, errorOf(refused).message], [400, 'Not passed.']);
    const forced = await app.inject(post(url, { force: true, reason: 'an outage' }));
    const { name, state, sha256, parent, pool } = LIVE;
    const shown = { name, state, sha256, parent, pool, created_at: '2026-01-01T00:00:00.000Z' };
    assert.deepEqual([forced.statusCode, forced.json()], [200, shown]);
    const actor = `key ${CALLER.keyId}`;
    assert.deepEqual(asked, [
      { name, force: false, actor, reason: 'promoted by an admin' },
      { name, force: true, actor, reason: 'an outage' },
    ]);
  });

  test('rolls versions back to their parent, or to the one that is named', async (context) => {
    const { app, asked } = await openAdmin(context);
    const url = `/admin/v1/versions/${LIVE.name}/rollback`;
    assert.equal((await app.inject(post(url, {}))).statusCode, 200);
    assert.equal((await app.inject(post(url, { to: OTHER }))).statusCode, 200);
    const audit = { actor: `key ${CALLER.keyId}`, reason: 'rolled back by an admin' };
    assert.deepEqual(asked, [
      { name: LIVE.name, ...audit },
      { name: LIVE.name, to: OTHER, ...audit },
    ]);
  });

  test('changes no version for a user, by a name that is none, or with a field that it does not know', async (context) => {
    const { app, asked } = await openAdmin(context);
    for (const verb of ['promote', 'rollback']) {
      const url = `/admin/v1/versions/${LIVE.name}/${verb}`;
      assert.equal((await app.inject({ ...post(url, {}), headers: { 'x-api-key': 'user' } })).statusCode, 403);
      assert.equal((await app.inject(post(url, { forced: true }))).statusCode, 400);
      const unknown = await app.inject(post(`/admin/v1/versions/latest/${verb}`, {}));
      assert.deepEqual([unknown.statusCode, errorOf(unknown).code], [404, 'model_not_found']);
    }
    assert.deepEqual(asked, []);
  });

  test('reads the engines again for an admin, and tells what is wrong with them', async (context) => {
    const { app, reloads } = await openAdmin(context);
    const url = '/admin/v1/reload';
    const done = await app.inject({ method: 'POST', url, headers });
    assert.deepEqual(done.json(), {
      added: ['a'],
      removed: [],
      kept: ['b'],
      policies: ['default'],
      config_hash: 'c0ffee',
    });
    const refused = await app.inject({ method: 'POST', url, headers });
    assert.deepEqual([refused.statusCode, errorOf(refused).message], [400, 'engines.a.model: expected a text']);
    assert.equal((await app.inject({ method: 'POST', url, headers: { 'x-api-key': 'user' } })).statusCode, 403);
    assert.deepEqual(reloads, Array(2).fill(`key ${CALLER.keyId}`));
  });

  test('shows metrics to Prometheus', async (context) => {
    const { app, metrics } = await openAdmin(context);
    metrics.tokens.inc({ kind: 'prompt' }, 3);
    const response = await app.inject('/metrics');
    assert.match(String(response.headers['content-type']), /^text\/plain/);
    assert.match(response.body, /^purpgate_tokens_total\{kind="prompt"\} 3$/m);
  });
});
