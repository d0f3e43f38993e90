import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { temporaryFolder } from '../support/folder.js';
import { runProgram } from './process.js';

/** Holds the pipes, so that the program has not ended for its reader while this runs. */
const LASTING = 'sleep 600';

const runShell = async (t: TestContext, script: string, limits: { signal?: AbortSignal; timeoutMs?: number } = {}) => {
  const home = await temporaryFolder(t);
  const environment = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: home };
  const { signal = t.signal, timeoutMs = 60_000 } = limits;
  return runProgram(['sh', '-c', script], { cwd: home, environment, timeoutMs, signal, ownHome: home });
};

describe('runProgram', { timeout: 30_000 }, () => {
  test('tells the exit code and what was printed', async (t) => {
    assert.deepEqual(await runShell(t, 'echo one; echo two >&2; exit 3'), { code: 3, output: 'one\ntwo\n' });
  });

  test('ends what the program leaves behind', async (t) => {
    assert.deepEqual(await runShell(t, `${LASTING} & echo done`), { code: 0, output: 'done\n' });
  });

  test('ends what the program leaves behind in a session of its own', {
    skip: process.platform !== 'linux',
  }, async (t) => {
    const script = `mkfifo ready; setsid sh -c 'echo > ready; ${LASTING}' & read line < ready; echo done`;
    assert.deepEqual(await runShell(t, script), { code: 0, output: 'done\n' });
  });

  test('ends a program whose time is up, or whose run is stopped, with all it started', async (t) => {
    assert.equal((await runShell(t, `${LASTING} & ${LASTING}`, { timeoutMs: 200 })).code, null);
    assert.equal((await runShell(t, LASTING, { signal: AbortSignal.abort() })).code, null);
  });

  test('rejects when there is no such program', async (t) => {
    const home = await temporaryFolder(t);
    const run = { cwd: home, environment: {}, timeoutMs: 10_000, signal: t.signal };
    await assert.rejects(runProgram([`${home}/none`], run), { code: 'ENOENT' });
  });
});
