/** What the suites of the trainings share: a model that trains in a moment, and trainings that are killed. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../src/config.js';
import type { DecoderConfig } from '../../src/lm/model-config.js';
import { NANO_CONFIG } from '../../trainer/model-folder.js';
import type { Display } from '../../trainer/progress.js';

export const TINY_CONFIG: DecoderConfig = {
  ...NANO_CONFIG,
  layers: 1,
  hidden: 32,
  heads: 2,
  kvHeads: 1,
  headDim: 16,
  intermediate: 32,
  vocabulary: 400,
};

export const SILENT: Display = { status: () => undefined, line: () => undefined };

/**
 * Runs a training in a child process that gets SIGKILL as soon as it has shown so many lines.
 * @returns how many lines it showed; fewer than `lines` when it ended by itself.
 */
export async function runTraining(command: string, options: object, lines = Infinity): Promise<number> {
  const file = join(packageRoot, 'dist', 'test', 'support', 'training-child.js');
  const child = spawn(process.execPath, [file, JSON.stringify({ command, options })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  let shown = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    assert.notEqual(line, '');
    shown += 1;
    if (shown === lines) child.kill('SIGKILL');
  }
  const [code, signal] = (await closed) as [number | null, string | null];
  assert.ok(signal === 'SIGKILL' || code === 0, `the training ended with ${code ?? signal}`);
  return shown;
}
