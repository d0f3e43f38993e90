import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createAuthenticator } from '../../src/access/authenticator.js';
import { createKey, findKey, keyStore, listKeys, publicPart, revokeKey, type NewKey } from '../../src/access/keys.js';
import { PurpgateError } from '../../src/errors.js';
import { createLogger } from '../../src/telemetry.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const INPUT: NewKey = {
  tenant: 'acme',
  name: 'laptop',
  training: 'allow',
  scopes: ['inference', 'feedback', 'inference'],
  expiresAt: new Date('2100-01-01T00:00:00Z'),
  requestsPerMinute: 7,
  honourStoreFalse: true,
};

describe('API keys in Postgres', () => {
  let test_: TestDatabase;
  before(async () => {
    test_ = await createTestDatabase();
  });
  after(() => test_.drop());

  test('have a public part and 192 secret bits, and are stored as their digest alone', async () => {
    const { database } = test_;
    const { id, key } = await createKey(database, INPUT);
    assert.match(key, new RegExp(`^pg-${id}-[0-9a-f]{48}$`));
    assert.equal(publicPart(key), id);
    const rows = await database.query<{ row: string }>('SELECT row_to_json(api_keys)::text AS row FROM api_keys');
    assert.ok(rows.length === 1 && !rows[0]?.row.includes(key.slice(-48)));
  });

  test('come back as they were made', async () => {
    const { database } = test_;
    const { id } = await createKey(database, INPUT);
    const stored = await findKey(database, id);
    assert.ok(stored !== null);
    const { createdAt, sha256, ...rest } = stored;
    assert.ok(Math.abs(createdAt.getTime() - Date.now()) < 60_000 && sha256.length === 32);
    assert.deepEqual(rest, { ...INPUT, id, scopes: ['inference', 'feedback'], revokedAt: null, budgets: [] });
    assert.equal(await findKey(database, 'ffffffffffff'), null);
  });

  test('are not revoked by what has not the form of an id, which a database might refuse to read', async () => {
    for (const id of ['', 'a\0', 'A'.repeat(12), 'a'.repeat(400)])
      assert.equal(await revokeKey(test_.database, id), false);
  });

  test('are listed newest first, for all tenants or for one', async () => {
    const { database } = test_;
    const { id } = await createKey(database, { ...INPUT, tenant: 'other' });
    assert.equal((await listKeys(database))[0]?.id, id);
    assert.deepEqual(
      (await listKeys(database, { tenant: 'other' })).map((key) => key.id),
      [id],
    );
    assert.equal((await keyStore(database).list()).length, (await listKeys(database)).length);
  });

  test('are revoked once: a second time keeps the first', async () => {
    const { database } = test_;
    const { id } = await createKey(database, INPUT);
    assert.equal(await revokeKey(database, id), true);
    const first = (await findKey(database, id))?.revokedAt;
    assert.ok(first instanceof Date);
    assert.equal(await revokeKey(database, id), true);
    assert.deepEqual((await findKey(database, id))?.revokedAt, first);
    assert.equal(await revokeKey(database, 'ffffffffffff'), false);
  });

  test('need a decision about training, by the schema', async () => {
    await assert.rejects(
      test_.database.query(
        "INSERT INTO api_keys (id, sha256, tenant, name, scopes, honour_store_false) VALUES ('x', $1, 't', 'n', '{admin}', false)",
        [Buffer.alloc(32)],
      ),
      /training/,
    );
  });

  test('log in, until they are revoked', async () => {
    const { database } = test_;
    const { id, key } = await createKey(database, INPUT);
    const time = { now: Date.now() };
    const authenticator = createAuthenticator({
      database,
      logger: createLogger('silent'),
      failedLoginsPerMinute: 10,
      clock: () => time.now,
    });
    const caller = await authenticator.authenticate({ key, address: '192.0.2.1' });
    assert.deepEqual([caller.keyId, caller.tenant, caller.consent, caller.requestsPerMinute], [id, 'acme', 'allow', 7]);
    await revokeKey(database, id);
    time.now += 10_000;
    await assert.rejects(
      authenticator.authenticate({ key, address: '192.0.2.1' }),
      (thrown) => thrown instanceof PurpgateError && thrown.code === 'invalid_api_key',
    );
  });
});
