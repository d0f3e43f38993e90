import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, open, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { packageRoot } from '../../src/config.js';
import type { CreateFile } from '../../src/events/segments.js';
import { createMetrics } from '../../src/telemetry.js';
import { temporaryFolder } from '../support/folder.js';
import { count, drain, logFiles, openFresh, record, reopen, topic } from '../support/spool.js';

type Fault = 'none' | 'partial write' | 'sync';

interface Disk {
  fault: Fault;
  created: number;
  readonly createFile: CreateFile;
}

/** Files on a disk that fails as long as it is told to: after half a write, or at the sync. */
function failingDisk(): Disk {
  const error = (code: string): Error => Object.assign(new Error(code), { code });
  const disk: Disk = {
    fault: 'none',
    created: 0,
    createFile: async (path) => {
      const file = await open(path, 'wx');
      disk.created++;
      return {
        write: async (bytes, offset, length, position) => {
          if (disk.fault !== 'partial write') return file.write(bytes, offset, length, position);
          await file.write(bytes, offset, Math.floor(length / 2), position);
          throw error('ENOSPC');
        },
        datasync: () => (disk.fault === 'sync' ? Promise.reject(error('EIO')) : file.datasync()),
        truncate: (length) => file.truncate(length),
        close: () => file.close(),
      };
    },
  };
  return disk;
}

describe('a slow disk', () => {
  test('is waited for: a record counts, and is read, only after its sync, and one sync serves all that wait', async (t) => {
    const syncs: (() => void)[] = [];
    const { spool } = await openFresh(t, {
      createFile: async (path) => {
        const file = await open(path, 'wx');
        return {
          write: file.write.bind(file),
          truncate: file.truncate.bind(file),
          close: file.close.bind(file),
          datasync: () => new Promise((resolve) => syncs.push(resolve)),
        };
      },
    });
    const acknowledged: number[] = [];
    const appends = count(10).map(async (n) => {
      await spool.append(topic, record(n));
      acknowledged.push(n);
    });
    while (syncs.length < 1) await turn();
    assert.deepEqual(acknowledged, []);
    assert.equal(await spool.read(), null);
    syncs[0]?.();
    while (syncs.length < 2) await turn();
    assert.deepEqual(acknowledged, [0]);
    syncs[1]?.();
    await Promise.all(appends);
    assert.equal(syncs.length, 2);
    assert.deepEqual(await drain(spool), count(10));
  });
});

describe('a failing disk', () => {
  for (const fault of ['partial write', 'sync'] as const) {
    test(`(${fault}) rejects all that wait, keeps what was acknowledged, and is used again when it recovers`, async (t) => {
      t.mock.timers.enable({ apis: ['setTimeout'] });
      const disk = failingDisk();
      const { spool, folder } = await openFresh(t, { createFile: disk.createFile });
      await spool.append(topic, record(0));
      disk.fault = fault;
      const outcomes = await Promise.allSettled([1, 2, 3].map((n) => spool.append(topic, record(n))));
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ['rejected', 'rejected', 'rejected'],
      );
      assert.ok(spool.isFull());
      await assert.rejects(spool.append(topic, record(4)), { code: 'interaction_log_full', retryable: true });

      // The disk still fails: so does the probe.
      const before = disk.created;
      t.mock.timers.tick(1_000);
      while (disk.created === before && fault === 'partial write') await turn();
      await turn();
      assert.ok(spool.isFull());

      disk.fault = 'none';
      while (spool.isFull()) {
        t.mock.timers.tick(1_000);
        await turn();
      }
      await spool.append(topic, record(5));
      await spool.close();
      // What was rejected is not on the disk either.
      const metrics = createMetrics();
      const again = await reopen(folder, { metrics });
      assert.deepEqual(await drain(again), [0, 5]);
      await again.close();
      assert.doesNotMatch(await metrics.registry.metrics(), /purpgate_dead_letters_total\{/);
      assert.ok((await logFiles(folder)).length <= 1, 'probes left files behind');
    });
  }
});

describe('a disk that the spool itself has filled', () => {
  test('has room again when the records are read, though not even their place can be written', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const folder = await temporaryFolder(t);
    // A folder of this name: writing the place fails.
    await mkdir(join(folder, 'cursor.json'));
    const used = async (): Promise<number> => {
      const sizes = (await logFiles(folder)).map(async (name) => (await stat(join(folder, name))).size);
      return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    };
    const spool = await reopen(folder, {
      createFile: async (path) => {
        const file = await open(path, 'wx');
        return {
          write: async (bytes, offset, length, position) => {
            if ((await used()) + length > 100_000) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
            return file.write(bytes, offset, length, position);
          },
          truncate: file.truncate.bind(file),
          close: file.close.bind(file),
          datasync: file.datasync.bind(file),
        };
      },
    });
    let written = 0;
    while (!spool.isFull())
      await spool.append(topic, record(written, 3_000)).then(
        () => written++,
        () => undefined,
      );
    assert.ok(written > 30);
    assert.deepEqual(await drain(spool), count(written));
    while (spool.isFull()) {
      t.mock.timers.tick(1_000);
      await turn();
    }
    await spool.append(topic, record(99));
    await spool.close();
    const again = await reopen(folder);
    assert.deepEqual(await drain(again), [99]);
    await again.close();
  });
});

describe('a damaged spool', () => {
  test('cuts a torn end, and goes on behind it', async (t) => {
    const { spool, folder } = await openFresh(t);
    for (const n of count(5)) await spool.append(topic, record(n));
    await spool.close();
    const [name = ''] = await logFiles(folder);
    await appendFile(join(folder, name), Buffer.from([200, 0, 0, 0, 1, 2, 3, 4, 5, 6]));
    const metrics = createMetrics();
    const again = await reopen(folder, { metrics });
    await again.append(topic, record(5));
    assert.deepEqual(await drain(again), [0, 1, 2, 3, 4, 5]);
    await again.close();
    assert.doesNotMatch(await metrics.registry.metrics(), /purpgate_dead_letters_total\{/);
  });

  test('skips a frame whose content has changed, counts it, and keeps its file for a look', async (t) => {
    const folder = await temporaryFolder(t);
    let spool = await reopen(folder);
    for (const n of count(5)) await spool.append(topic, record(n));
    await spool.close();
    spool = await reopen(folder);
    await spool.append(topic, record(5));
    await spool.close();
    const [name = ''] = await logFiles(folder);
    const file = await open(join(folder, name), 'r+');
    const { size } = await file.stat();
    await file.write(Buffer.from('?'), 0, 1, Math.floor(size / 2));
    await file.close();
    const metrics = createMetrics();
    spool = await reopen(folder, { metrics });
    assert.deepEqual(await drain(spool), [0, 1, 3, 4, 5]);
    await spool.close();
    assert.match(await metrics.registry.metrics(), /purpgate_dead_letters_total\{place="spool"\} 1\n/);
    assert.ok((await readdir(folder)).includes(`${name}.damaged`));
  });

  test('gives up a file from a frame whose length has changed, and goes on with the next file', async (t) => {
    const folder = await temporaryFolder(t);
    for (const n of count(3)) {
      const spool = await reopen(folder);
      await spool.append(topic, record(n));
      await spool.close();
    }
    const file = await open(join(folder, (await logFiles(folder))[1] ?? ''), 'r+');
    await file.write(Buffer.from([255, 255, 255, 127]), 0, 4, 0);
    await file.close();
    const spool = await reopen(folder);
    assert.deepEqual(await drain(spool), [0, 2]);
    await spool.close();
  });

  test('ships all again when its place is unreadable, rather than nothing', async (t) => {
    const { spool, folder } = await openFresh(t);
    for (const n of count(3)) await spool.append(topic, record(n));
    await spool.close();
    // The last two look like places: one is behind everything, one was right once and has lost a digit.
    for (const place of ['{"sequence":', '{"sequence":999999,"offset":0}', '{"sequence":1,"offset":4096,"sum":17}']) {
      await writeFile(join(folder, 'cursor.json'), place);
      const again = await reopen(folder);
      const batch = await again.read();
      assert.deepEqual(
        batch?.records.map(({ record: { value } }) => value['n']),
        [0, 1, 2],
      );
      await again.close();
    }
  });
});

describe('a killed process', () => {
  test('loses no record that it had acknowledged, in five kills with SIGKILL', { timeout: 60_000 }, async (t) => {
    const folder = await temporaryFolder(t);
    const acknowledged: number[] = [];
    const found: number[] = [];
    for (let round = 0; round < 5; round++) {
      const script = join(packageRoot, 'dist/test/support/spool-child.js');
      const child = spawn(process.execPath, [script, folder, String(round * 1_000_000)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let printed = '';
      child.stdout.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        if (printed.length > 2_000 * (round + 1)) child.kill('SIGKILL');
      });
      await once(child, 'close');
      // The last line may itself be cut, and then says nothing.
      acknowledged.push(...printed.split('\n').slice(0, -1).map(Number));
      // What a power failure may leave behind the end.
      const newest = (await logFiles(folder)).at(-1);
      if (round % 2 === 1 && newest !== undefined) await appendFile(join(folder, newest), Buffer.alloc(37));
      if (round % 2 === 0) continue;
      const spool = await reopen(folder);
      found.push(...(await drain(spool)).map(Number));
      await spool.close();
    }
    const spool = await reopen(folder);
    found.push(...(await drain(spool)).map(Number));
    await spool.close();
    const there = new Set(found);
    assert.deepEqual(
      acknowledged.filter((n) => !there.has(n)),
      [],
    );
    assert.ok(acknowledged.length > 1_000);
    assert.deepEqual(
      found,
      [...found].sort((a, b) => a - b),
      'the order was not kept',
    );
    assert.equal(there.size, found.length);
  });
});
