import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PurpgateError } from '../src/errors.js';
import { createLogger } from '../src/telemetry.js';
import { PLANTS } from './support/plants.js';

const logged = (error: unknown): string => {
  const lines: string[] = [];
  createLogger('info', { write: (line) => void lines.push(line) }).warn({ error }, 'it failed');
  return lines.join('');
};

describe('the log', () => {
  test('shows no secret and no personal data that an error quotes, nor the error that caused it', () => {
    for (const { text, secret } of PLANTS) {
      const message = `the server said: cannot read ${text}`;
      const line = logged(new PurpgateError('upstream_error', { message, cause: new Error(message) }));
      assert.ok(!line.includes(secret), line);
      assert.match(line, /the server said: cannot read/);
    }
  });

  test('cuts what an error tells at length', () => {
    assert.ok(logged(new PurpgateError('upstream_error', { message: 'x'.repeat(100_000) })).length < 10_000);
  });
});
