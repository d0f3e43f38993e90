import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loadConfig, packageRoot, SETTINGS } from '../src/config.js';
import { PurpgateError } from '../src/errors.js';

describe('the configuration', () => {
  test('has a default for every setting', () => {
    const config = loadConfig({});
    assert.equal(config.port, 8080);
    assert.equal(config.host, '127.0.0.1');
    assert.equal(config.databaseUrl, null);
    assert.ok(Object.isFrozen(config));
  });

  test('is documented setting by setting, with its default, and nothing else is documented', () => {
    const text = readFileSync(join(packageRoot, 'docs', 'configuration.md'), 'utf8');
    const rows = [...text.matchAll(/^\| `([A-Z_]+)` \| (?:`([^`]*)`|) ?\|/gm)].map(([, name, fallback]) => [
      name,
      fallback ?? '',
    ]);
    const settings = Object.values(SETTINGS).map(({ variable, fallback }) => [variable, fallback]);
    assert.deepEqual(rows, settings);
  });

  for (const [variable, value, reason] of [
    ['PORT', 'eighty', /whole number from 0 to 65535/],
    ['PORT', '70000', /whole number/],
    ['DATABASE_URL', 'mysql://localhost/x', /postgres:/],
    ['UPSTREAM_URL', 'localhost:8000', /http:/],
    ['LOG_LEVEL', 'loud', /info/],
    ['TRUSTED_PROXIES', '10.0.0.0/8,proxy.example', /addresses or networks.*proxy\.example/],
    ['KAFKA_BROKERS', 'kafka-1:9092,kafka-2', /kafka-1:9092, not kafka-2/],
    ['KAFKA_BROKERS', 'me:secret@kafka-1:9092', /addresses/],
    ['KAFKA_TOPIC_PREFIX', 'a/b', /letters/],
    ['KAFKA_REPLICATION_FACTOR', '0', /whole number from 1/],
    ['KAFKA_SASL_MECHANISM', 'gssapi', /scram-sha-512/],
    ['TRUSTED_PROXIES', '10.0.0.0/33', /addresses or networks/],
  ] as const) {
    test(`refuses ${variable}=${value}, naming the setting and what is allowed`, () => {
      assert.throws(
        () => loadConfig({ [variable]: value }),
        (error) =>
          error instanceof PurpgateError &&
          error.code === 'setting_invalid' &&
          error.publicMessage.startsWith(variable) &&
          reason.test(error.publicMessage),
      );
    });
  }

  test('takes addresses and networks of proxies', () => {
    const { trustedProxies } = loadConfig({ TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8,::1,fd00::/8' });
    assert.deepEqual(trustedProxies, ['127.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8']);
  });

  test('does not repeat a secret in its complaint', () => {
    assert.throws(
      () => loadConfig({ DATABASE_URL: 'mysql://me:hunter2@localhost/x' }),
      (error) => error instanceof PurpgateError && !error.message.includes('hunter2'),
    );
  });

  test('wants a user and a password with SASL', () => {
    const given = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'me' };
    assert.throws(() => loadConfig(given), /KAFKA_SASL_PASSWORD/);
    assert.equal(loadConfig({ ...given, KAFKA_SASL_PASSWORD: 'hunter2' }).kafkaSaslPassword, 'hunter2');
  });

  test('wants a model with an upstream', () => {
    assert.throws(() => loadConfig({ UPSTREAM_URL: 'http://127.0.0.1:9/v1' }), /UPSTREAM_MODEL/);
  });
});
