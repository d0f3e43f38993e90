import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createSandbox } from '../../src/reward/sandbox.js';

test('without bubblewrap or python3 nothing is run, and the reason says which is missing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'purpgate-path-'));
  try {
    const nothing = await createSandbox({ path: folder });
    assert.match(nothing.unavailable ?? '', /python3 was not found/);
    writeFileSync(join(folder, 'python3'), '');
    const noBubblewrap = await createSandbox({ path: folder });
    assert.match(noBubblewrap.unavailable ?? '', /bwrap was not found/);
    writeFileSync(join(folder, 'bwrap'), '#!/bin/sh\necho "No permissions to create new namespace" >&2\nexit 1\n', {
      mode: 0o755,
    });
    // It may be started as another user.
    chmodSync(folder, 0o755);
    const refused = await createSandbox({ path: folder });
    assert.match(refused.unavailable ?? '', /No permissions to create new namespace/);
    const job = { code: 'def f():\n    pass', functionName: null, setup: '', test: 'target()' };
    const outcome = await refused.check(job, new AbortController().signal);
    assert.deepEqual(outcome, { outcome: 'unavailable', reason: refused.unavailable });
    await refused.stop();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
