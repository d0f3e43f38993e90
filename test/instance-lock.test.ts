import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { packageRoot } from '../src/config.js';
import { PurpgateError } from '../src/errors.js';
import { lockDataFolder } from '../src/instance-lock.js';
import { temporaryFolder } from './support/folder.js';

const locksIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith('.lock'));

async function startChild(folder: string): Promise<{ child: ChildProcess; outcome: string }> {
  const child = spawn(process.execPath, [join(packageRoot, 'dist/test/support/lock-child.js'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, outcome: chunk.toString().trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

describe('lockDataFolder', { timeout: 60_000 }, () => {
  test('makes the folder, passable and not listable', async (t) => {
    const folder = join(await temporaryFolder(t), 'new', 'data');
    const lock = await lockDataFolder(folder);
    assert.equal((await stat(folder)).mode & 0o777, 0o711);
    await lock.release();
  });

  test('a folder that cannot be made is an error at once, in the words of who asked for it', async (t) => {
    const file = join(await temporaryFolder(t), 'file');
    await writeFile(file, '');
    for (const folder of ['/proc/nowhere', '/proc/nowhere/below', file, join(file, 'below')])
      await assert.rejects(lockDataFolder(folder, '--out'), (error) => {
        assert.ok(error instanceof PurpgateError && error.code === 'data_folder_unusable');
        assert.match(error.publicMessage, /^--out: the folder .+ cannot be written to/);
        return true;
      });
  });

  test('refuses a second holder and names the process, until the first lets go', async (t) => {
    const folder = await temporaryFolder(t);
    const first = await lockDataFolder(folder);
    await assert.rejects(lockDataFolder(folder), (error) => {
      assert.ok(error instanceof PurpgateError && error.code === 'data_folder_in_use');
      assert.match(error.publicMessage, new RegExp(`process ${process.pid}, runs on ${folder}`));
      return true;
    });
    assert.equal((await locksIn(folder)).length, 1);
    await Promise.all([first.release(), first.release()]);
    await (await lockDataFolder(folder)).release();
    assert.deepEqual(await locksIn(folder), []);
  });

  test('takes the folder over from a process that was killed with SIGKILL', async (t) => {
    const folder = await temporaryFolder(t);
    const { child, outcome } = await startChild(folder);
    assert.equal(outcome, 'held');
    await assert.rejects(lockDataFolder(folder), { code: 'data_folder_in_use' });
    await kill(child);
    const lock = await lockDataFolder(folder);
    assert.equal((await locksIn(folder)).length, 1);
    await lock.release();
  });

  test('is not misled by a process that was given the id of a dead one', async (t) => {
    const folder = await temporaryFolder(t);
    const lock = await lockDataFolder(folder);
    const [name = ''] = await locksIn(folder);
    const owner = JSON.parse(await readFile(join(folder, name), 'utf8')) as Record<string, unknown>;
    await lock.release();
    await writeFile(join(folder, name), JSON.stringify({ ...owner, startedAt: '1' }));
    await (await lockDataFolder(folder)).release();
  });

  test('believes an owner of another container as long as its file is touched, also one emptied by a power failure', async (t) => {
    const folder = await temporaryFolder(t);
    const elsewhere = join(folder, 'instance-00000000-0000-0000-0000-000000000000.lock');
    for (const text of [JSON.stringify({ pid: 1, startedAt: '1', world: 'another machine' }), '']) {
      await writeFile(elsewhere, text);
      await assert.rejects(lockDataFolder(folder), { code: 'data_folder_in_use' });
      const before = new Date(Date.now() - 20_000);
      await utimes(elsewhere, before, before);
      await (await lockDataFolder(folder)).release();
    }
  });

  test('lets exactly one of many starters in, also over the remains of a dead one', async (t) => {
    for (let round = 0; round < 3; round++) {
      const folder = await temporaryFolder(t);
      await kill((await startChild(folder)).child);
      const children = await Promise.all(Array.from({ length: 5 }, () => startChild(folder)));
      const outcomes = children.map(({ outcome }) => outcome).sort();
      await Promise.all(children.map(({ child }) => kill(child)));
      assert.deepEqual(outcomes, [...Array<string>(4).fill('data_folder_in_use'), 'held']);
    }
    const folder = await temporaryFolder(t);
    const starts = await Promise.allSettled(Array.from({ length: 30 }, () => lockDataFolder(folder)));
    const held = starts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    assert.equal(held.length, 1);
    await held[0]?.release();
  });

  test('starters that make the same missing parents at once do not fail for it', async (t) => {
    const folder = join(await temporaryFolder(t), 'of', 'many', 'parents');
    const starts = await Promise.allSettled(Array.from({ length: 8 }, () => lockDataFolder(folder)));
    const held = starts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const codes = starts.flatMap((one) => (one.status === 'rejected' ? [(one.reason as PurpgateError).code] : []));
    assert.deepEqual([held.length, new Set(codes)], [1, new Set(['data_folder_in_use'])]);
    await held[0]?.release();
  });

  test('names the setting when the folder cannot be used', async (t) => {
    const file = join(await temporaryFolder(t), 'file');
    await writeFile(file, '');
    await assert.rejects(lockDataFolder(join(file, 'data')), (error) => {
      assert.ok(error instanceof PurpgateError && error.code === 'data_folder_unusable');
      assert.match(error.publicMessage, /^PURPGATE_DATA: /);
      return true;
    });
  });
});
