import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { packageRoot } from '../src/config.js';
import { ERRORS, type ErrorCode, PurpgateError, toErrorBody, toPurpgateError } from '../src/errors.js';

interface Row {
  readonly status: string;
  readonly type: string;
  readonly retryable: string;
}

/** Rows of the table in docs/errors.md: `| code | status | type | retry | meaning |`. */
function documented(): Map<string, Row> {
  const text = readFileSync(join(packageRoot, 'docs', 'errors.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `(\w+)` \| (\S+) \| `(\w+)` \| (yes|no) \|/gm)];
  return new Map(
    rows.map(([, code = '', status = '', type = '', retryable = '']) => [code, { status, type, retryable }]),
  );
}

describe('the error table', () => {
  const rows = documented();

  test('is documented code by code, and nothing else is documented', () => {
    assert.deepEqual([...rows.keys()].sort(), Object.keys(ERRORS).sort());
  });

  for (const [code, entry] of Object.entries(ERRORS)) {
    test(`documents ${code} as it is`, () => {
      const status = entry.type === 'startup_error' ? '-' : String(entry.status);
      assert.deepEqual(rows.get(code), { status, type: entry.type, retryable: entry.retryable ? 'yes' : 'no' });
    });
  }

  test('gives every error its own code, status and body', () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      const error = new PurpgateError(code);
      assert.equal(error.status, ERRORS[code].status);
      assert.equal(toErrorBody(error).error.code, code);
      assert.equal(toErrorBody(error).error.message, ERRORS[code].text);
    }
  });
});

describe('an error of somebody else', () => {
  test('keeps its text for the log and shows none of it', () => {
    const error = toPurpgateError(new Error('password of db is hunter2'));
    assert.equal(error.code, 'internal_error');
    assert.match(error.message, /hunter2/);
    assert.doesNotMatch(JSON.stringify(toErrorBody(error)), /hunter2/);
  });
});
