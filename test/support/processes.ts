/** Watching processes and what they bring about. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

export function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resolves when the condition holds; fails after ten seconds. */
export async function eventually(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !condition(); turn++) await delay(10);
  assert.ok(condition());
}
