import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { QueryResultRow } from 'pg';
import { createAuthenticator, type Authenticator } from '../../src/access/authenticator.js';
import { digestOf } from '../../src/access/keys.js';
import type { Queryable } from '../../src/db.js';
import { PurpgateError, type ErrorCode } from '../../src/errors.js';
import { createLogger } from '../../src/telemetry.js';

const SECOND = 1_000;
const MINUTE = 60_000;
const keyOf = (id: string, digit = '1') => `pg-${id}-${digit.repeat(48)}`;
const ID = 'abcdef012345';
const KEY = keyOf(ID);
const WRONG = keyOf(ID, '2');
const HOME = '192.0.2.1';

/** The table of keys, which can be changed and cut off. */
class FakeTable implements Queryable {
  readonly rows = new Map<string, QueryResultRow>();
  outage: 'none' | 'refused' | 'silent' = 'none';
  queries = 0;

  add(key: string, fields: QueryResultRow = {}): void {
    const id = key.slice(3, 15);
    this.rows.set(id, {
      id,
      sha256: digestOf(key),
      tenant: 'acme',
      name: 'test',
      training: 'deny',
      scopes: ['inference'],
      honour_store_false: true,
      requests_per_minute: 5,
      budgets: [],
      created_at: new Date(0),
      expires_at: null,
      revoked_at: null,
      ...fields,
    });
  }

  query<Row extends QueryResultRow>(_: string, [id]: readonly unknown[] = []): Promise<Row[]> {
    this.queries += 1;
    if (this.outage === 'refused') return Promise.reject(new PurpgateError('database_unavailable'));
    if (this.outage === 'silent') return new Promise(() => undefined);
    const row = this.rows.get(String(id));
    return Promise.resolve(row === undefined ? [] : [row as Row]);
  }
}

function setUp(options: { failedLoginsPerMinute?: number } = {}) {
  const table = new FakeTable();
  table.add(KEY);
  const time = { now: 1_700_000_000_000 };
  const authenticator = createAuthenticator({
    database: table,
    logger: createLogger('silent'),
    failedLoginsPerMinute: options.failedLoginsPerMinute ?? 1000,
    clock: () => time.now,
    lookupMs: 20,
  });
  return { table, time, authenticator };
}

async function outcome(authenticator: Authenticator, key: string | null, address = HOME): Promise<ErrorCode | 'ok'> {
  try {
    await authenticator.authenticate({ key, address });
    return 'ok';
  } catch (thrown) {
    assert.ok(thrown instanceof PurpgateError);
    return thrown.code;
  }
}

describe('the authenticator', () => {
  test('tells who calls', async () => {
    const { authenticator } = setUp();
    assert.deepEqual(await authenticator.authenticate({ key: KEY, address: HOME }), {
      keyId: ID,
      tenant: 'acme',
      scopes: new Set(['inference']),
      consent: 'deny',
      honourStoreFalse: true,
      requestsPerMinute: 5,
    });
  });

  test('refuses missing, malformed, unknown, wrong, revoked and expired keys alike', async () => {
    const { authenticator, table, time } = setUp();
    const revoked = keyOf('000000000001');
    const expired = keyOf('000000000002');
    table.add(revoked, { revoked_at: new Date(time.now) });
    table.add(expired, { expires_at: new Date(time.now) });
    const messages = new Set<string>();
    for (const key of [
      null,
      '',
      'sk-other',
      `${KEY}0`,
      KEY.toUpperCase(),
      keyOf('ffffffffffff'),
      WRONG,
      revoked,
      expired,
    ])
      await authenticator.authenticate({ key, address: HOME }).then(
        () => assert.fail(`accepted ${key ?? 'nothing'}`),
        (thrown: unknown) => {
          assert.ok(thrown instanceof PurpgateError && thrown.code === 'invalid_api_key');
          messages.add(`${thrown.message} ${thrown.publicMessage}`);
        },
      );
    assert.equal(messages.size, 1);
  });

  test('believes a look-up for ten seconds, so that a revocation takes effect in that time', async () => {
    const { authenticator, table, time } = setUp();
    assert.equal(await outcome(authenticator, KEY), 'ok');
    table.add(KEY, { revoked_at: new Date(time.now) });
    time.now += 10 * SECOND - 1;
    assert.equal(await outcome(authenticator, KEY), 'ok');
    assert.equal(table.queries, 1);
    time.now += 1;
    assert.equal(await outcome(authenticator, KEY), 'invalid_api_key');
  });

  test('refuses a key at the moment it expires, cached or not', async () => {
    const { authenticator, table, time } = setUp();
    table.add(KEY, { expires_at: new Date(time.now + SECOND) });
    assert.equal(await outcome(authenticator, KEY), 'ok');
    time.now += SECOND;
    assert.equal(await outcome(authenticator, KEY), 'invalid_api_key');
    assert.equal(table.queries, 1);
  });

  test('asks the database once for requests that come together', async () => {
    const { authenticator, table } = setUp();
    await Promise.all(Array.from({ length: 50 }, () => authenticator.authenticate({ key: KEY, address: HOME })));
    assert.equal(table.queries, 1);
  });

  test('asks the database once in ten seconds for a key that does not exist', async () => {
    const { authenticator, table, time } = setUp();
    const key = keyOf('ffffffffffff');
    for (let attempt = 0; attempt < 5; attempt += 1) await outcome(authenticator, key);
    assert.equal(table.queries, 1);
    table.add(key);
    time.now += 10 * SECOND;
    assert.equal(await outcome(authenticator, key), 'ok');
  });

  for (const outage of ['refused', 'silent'] as const) {
    test(`serves keys that it knows for five more minutes when the database is ${outage}`, async () => {
      const { authenticator, table, time } = setUp();
      assert.equal(await outcome(authenticator, KEY), 'ok');
      table.outage = outage;
      time.now += 10 * SECOND + 5 * MINUTE - 1;
      assert.equal(await outcome(authenticator, KEY), 'ok');
      assert.equal(await outcome(authenticator, WRONG), 'invalid_api_key');
      time.now += 1 + SECOND;
      assert.equal(await outcome(authenticator, KEY), 'access_unavailable');
      table.outage = 'none';
      assert.equal(await outcome(authenticator, KEY), 'ok');
    });
  }

  test('cannot judge an unknown key in an outage, and does not count it as a failed login', async () => {
    const { authenticator, table } = setUp({ failedLoginsPerMinute: 1 });
    table.outage = 'refused';
    assert.equal(await outcome(authenticator, KEY), 'access_unavailable');
    table.outage = 'none';
    assert.equal(await outcome(authenticator, KEY), 'ok');
  });

  test('does not wait for the database at every request of an outage', async () => {
    const { authenticator, table, time } = setUp();
    await outcome(authenticator, KEY);
    table.outage = 'refused';
    time.now += MINUTE;
    for (let request = 0; request < 10; request += 1) assert.equal(await outcome(authenticator, KEY), 'ok');
    assert.equal(table.queries, 2);
  });

  test('reports a defect as itself and serves nothing from the cache', async () => {
    const { authenticator, table, time } = setUp();
    await outcome(authenticator, KEY);
    table.query = () => Promise.reject(new TypeError('broken'));
    time.now += MINUTE;
    await assert.rejects(authenticator.authenticate({ key: KEY, address: HOME }), TypeError);
  });
});

describe('failed logins', () => {
  test('are limited per address and minute, before any query', async () => {
    const { authenticator, table, time } = setUp({ failedLoginsPerMinute: 3 });
    for (let attempt = 0; attempt < 3; attempt += 1)
      assert.equal(await outcome(authenticator, keyOf(`00000000000${attempt}`)), 'invalid_api_key');
    const { queries } = table;
    assert.equal(await outcome(authenticator, keyOf('eeeeeeeeeeee')), 'login_attempts_exceeded');
    assert.equal(await outcome(authenticator, null), 'login_attempts_exceeded');
    assert.equal(table.queries, queries);
    assert.equal(await outcome(authenticator, null, '192.0.2.2'), 'invalid_api_key');
    time.now += MINUTE;
    assert.equal(await outcome(authenticator, null), 'invalid_api_key');
  });

  test('say after how many seconds the address may try again', async () => {
    const { authenticator, time } = setUp({ failedLoginsPerMinute: 1 });
    await outcome(authenticator, null);
    time.now += 20 * SECOND;
    await assert.rejects(
      authenticator.authenticate({ key: null, address: HOME }),
      (thrown) => thrown instanceof PurpgateError && thrown.retryAfterSeconds === 40,
    );
  });

  test('do not lock out a key in use that shares the address', async () => {
    const { authenticator } = setUp({ failedLoginsPerMinute: 1 });
    assert.equal(await outcome(authenticator, KEY), 'ok');
    await outcome(authenticator, null);
    assert.equal(await outcome(authenticator, KEY), 'ok');
    assert.equal(await outcome(authenticator, WRONG), 'login_attempts_exceeded');
  });

  test('keep a revoked key out although its address is beyond its limit', async () => {
    const { authenticator, table, time } = setUp({ failedLoginsPerMinute: 1 });
    assert.equal(await outcome(authenticator, KEY), 'ok');
    table.add(KEY, { revoked_at: new Date(time.now) });
    time.now += 10 * SECOND;
    await outcome(authenticator, null);
    assert.equal(await outcome(authenticator, KEY), 'login_attempts_exceeded');
  });
});
