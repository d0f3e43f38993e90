/** Tests that say in a line what the scanner must find in a snippet. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Analyser } from '../../../src/guard/code/scan.js';

export const analyser = new Analyser();

/** `rule:line` of the findings that are not low. */
export async function rulesIn(code: string): Promise<string[]> {
  const result = await analyser.scan(code, 'python');
  assert.equal(result.outcome, 'scanned');
  return result.findings
    .filter(({ severity }) => severity !== 'low')
    .map(({ rule, span }) => `${rule.replace('python/', '')}:${span?.line ?? 0}`);
}

export function flagged(name: string, code: string, ...expected: readonly string[]): void {
  test(`flags ${name}`, async () => {
    assert.deepEqual(await rulesIn(code), expected);
  });
}

export function clean(name: string, code: string): void {
  test(`leaves alone ${name}`, async () => {
    assert.deepEqual(await rulesIn(code), []);
  });
}
