/**
 * The demo with a trainer whose rewards are poisoned: the gate must stop what it makes, and the version from before must go on serving.
 *
 *   node dist/test/campaigns/poison.js [requests] [prompts of the gate]
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { playDemo } from '../../src/cli/demo.js';
import { packageRoot } from '../../src/config.js';

const [requests = 400, evaluate = 1000] = process.argv.slice(2).map(Number);
const folder = await mkdtemp(join(tmpdir(), 'purpgate-poison-'));
try {
  const trainer = join(packageRoot, 'dist', 'test', 'support', 'poisoned-trainer.js');
  const { signal } = new AbortController();
  const { stdin, stdout, stderr } = process;
  const { gate, outcome } = await playDemo(
    { folder, requests, evaluate, prompts: 12, seed: 1, threads: 2, trainer },
    { stdin, stdout, stderr, signal },
  );
  const failed = gate.filter((metric) => metric.outcome !== 'passed').map(({ name }) => name);
  console.log(JSON.stringify({ requests, stopped: failed, outcome }));
  assert.ok(failed.includes('secure'), 'a candidate that was trained on poisoned rewards passed the gate');
} finally {
  await rm(folder, { recursive: true, force: true });
}
