import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createMetrics } from '../../src/telemetry.js';
import { temporaryFolder } from '../support/folder.js';
import { count, drain, logFiles, openFresh, record, reopen, topic } from '../support/spool.js';

describe('spool', () => {
  test('gives records back whole and in the order of the calls', async (t) => {
    const { spool } = await openFresh(t);
    const records = count(50).map((n) => record(n));
    await Promise.all(records.map((one) => spool.append(topic, one)));
    const batch = await spool.read();
    assert.deepEqual(
      batch?.records.map((one) => one.record),
      records,
    );
    assert.ok(batch.records.every((one) => one.topic === topic));
    assert.equal(new Set(batch.records.map(({ place }) => place)).size, 50);
  });

  test('gives the same records until they are acknowledged, also after a restart', async (t) => {
    const { spool, folder } = await openFresh(t);
    for (const n of count(3)) await spool.append(topic, record(n));
    const first = await spool.read();
    assert.deepEqual(await spool.read(), first);
    await spool.close();
    const again = await reopen(folder);
    assert.deepEqual(await again.read(), first);
    assert.deepEqual(await drain(again), [0, 1, 2]);
    await again.append(topic, record(3));
    await again.close();
    const third = await reopen(folder);
    assert.deepEqual(await drain(third), [3]);
    await third.close();
  });

  test('behaves like a queue, whatever is appended, read and restarted in whatever order', async (t) => {
    const folder = await temporaryFolder(t);
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({ do: fc.constant('append' as const), sizes: fc.array(fc.nat(9000), { maxLength: 6 }) }),
      },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('acknowledge' as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const options = { maxBytes: 1 << 17 };
        const place = join(folder, `${run++}`);
        let spool = await reopen(place, options);
        const model: number[] = [];
        let next = 0;
        for (const one of steps) {
          if (one.do === 'append') {
            const outcomes = await Promise.allSettled(
              one.sizes.map(async (size) => {
                const n = next++;
                await spool.append(topic, record(n, size));
                return n;
              }),
            );
            for (const outcome of outcomes) if (outcome.status === 'fulfilled') model.push(outcome.value);
          } else if (one.do === 'acknowledge') {
            const batch = await spool.read();
            const numbers = batch?.records.map(({ record: { value } }) => value['n']) ?? [];
            assert.deepEqual(numbers, model.splice(0, numbers.length));
            if (batch !== null) await spool.acknowledge(batch);
          } else {
            await spool.close();
            spool = await reopen(place, options);
          }
          assert.equal(spool.pending.bytes > 0, model.length > 0);
        }
        assert.deepEqual(await drain(spool), model);
        await spool.close();
      }),
      { numRuns: 25 },
    );
  });

  test('carries a record that is larger than its files', async (t) => {
    const { spool } = await openFresh(t, { maxBytes: 1 << 23 });
    await spool.append(topic, record(0));
    await spool.append(topic, record(1, 5 << 20));
    await spool.append(topic, record(2));
    assert.deepEqual(await drain(spool), [0, 1, 2]);
  });

  test('wakes its reader', async (t) => {
    const { spool } = await openFresh(t);
    const readable = spool.whenReadable(new AbortController().signal);
    await spool.append(topic, record(0));
    await readable;
    const stop = new AbortController();
    await drain(spool);
    const stopped = spool.whenReadable(stop.signal);
    stop.abort();
    await stopped;
  });

  test('tells how much waits and for how long', async (t) => {
    let now = 1_000_000;
    const metrics = createMetrics();
    const { spool, folder } = await openFresh(t, { now: () => now, metrics });
    assert.deepEqual(spool.pending, { bytes: 0, oldestMs: null });
    await spool.append(topic, record(0));
    now += 5_000;
    await spool.append(topic, record(1));
    assert.equal(spool.pending.oldestMs, 5_000);
    assert.equal(spool.pending.bytes, (await stat(join(folder, (await logFiles(folder))[0] ?? ''))).size);
    await spool.close();
    const again = await reopen(folder, { now: () => now, metrics });
    assert.equal(again.pending.oldestMs, 5_000);
    assert.match(await metrics.registry.metrics(), /purpgate_spool_oldest_seconds 5\n/);
    await drain(again);
    assert.deepEqual(again.pending, { bytes: 0, oldestMs: null });
    assert.match(await metrics.registry.metrics(), /purpgate_spool_bytes 0\n/);
    await again.close();
  });

  test('refuses what comes after its end', async (t) => {
    const { spool } = await openFresh(t);
    const last = spool.append(topic, record(0));
    await Promise.all([spool.close(), spool.close()]);
    await last;
    await assert.rejects(spool.append(topic, record(1)), { code: 'interaction_log_full' });
    assert.ok(spool.isFull());
  });
});

describe('a full spool', () => {
  test('warns before it refuses, refuses without a trace, and takes records again when it was read', async (t) => {
    const { spool, folder } = await openFresh(t, { maxBytes: 1 << 16 });
    let written = 0;
    let warnedAt = 0;
    for (;;) {
      const outcome = await spool.append(topic, record(written, 1000)).catch((thrown: unknown) => thrown);
      if (outcome !== undefined) {
        assert.ok(outcome instanceof Error && 'code' in outcome && outcome.code === 'interaction_log_full');
        break;
      }
      written++;
      if (!spool.isFull()) warnedAt = written;
    }
    assert.ok(warnedAt > 40 && warnedAt < written, `full at ${warnedAt}, refused at ${written}`);
    assert.deepEqual(await drain(spool), count(written));
    assert.equal(spool.isFull(), false);
    await spool.append(topic, record(0));
    const sizes = await Promise.all(
      (await logFiles(folder)).map(async (name) => (await stat(join(folder, name))).size),
    );
    assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 1 << 14, 'files that were read are still there');
  });

  test('is not stuck on one record that fills it', async (t) => {
    const { spool } = await openFresh(t, { maxBytes: 1 << 16 });
    await spool.append(topic, record(0, 60_000));
    await assert.rejects(spool.append(topic, record(1, 10_000)), { code: 'interaction_log_full' });
    assert.deepEqual(await drain(spool), [0]);
    await spool.append(topic, record(2, 60_000));
    assert.deepEqual(await drain(spool), [2]);
  });
});
