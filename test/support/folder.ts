import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

const stacks = new WeakMap<TestContext, (() => Promise<unknown>)[]>();

/** Runs `work` after the test, the last registered first: what was built on something is taken down before it. */
export function afterwards(t: TestContext, work: () => Promise<unknown>): void {
  const there = stacks.get(t);
  if (there !== undefined) {
    there.push(work);
    return;
  }
  const stack = [work];
  stacks.set(t, stack);
  t.after(async () => {
    for (const one of stack.reverse()) await one();
  });
}

/** A folder for a suite, which removes it. Other users may pass through it, as the database server's user must when tests run as root. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'purpgate-test-'));
  await chmod(folder, 0o711);
  return folder;
}

/** A folder that goes with the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await makeFolder();
  afterwards(t, () => rm(folder, { recursive: true, force: true }));
  return folder;
}
