/** Whether tests that need the sandbox can run here. Where everything is to be tested they never skip: that would hide that nothing was. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createSandbox, type Sandbox } from '../../src/reward/sandbox.js';

const mustRun = process.env['CI'] === 'true';
const probe = await createSandbox({ workers: 1 });
await probe.stop();

/** For `describe(name, { skip }, …)`. */
export const skipWithoutSandbox: string | false = mustRun ? false : (probe.unavailable ?? false);

/** Whether the test was skipped. */
export function sandboxOrSkip(sandbox: Sandbox, context: Pick<TestContext, 'skip'>): boolean {
  if (sandbox.unavailable === null) return false;
  assert.ok(!mustRun, sandbox.unavailable);
  context.skip(sandbox.unavailable);
  return true;
}
