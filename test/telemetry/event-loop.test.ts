import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'node:test';
import { createMetrics } from '../../src/telemetry.js';
import { watchEventLoop } from '../../src/telemetry/event-loop.js';

test('a main thread that lets others wait is seen in /metrics, and no longer after the end of the watch', async () => {
  const metrics = createMetrics();
  const watch = watchEventLoop(metrics);
  const seen = async () =>
    (await metrics.eventLoopDelay.get()).values.find(({ metricName }) => metricName?.endsWith('_sum'))?.value ?? 0;
  await delay(15);
  const before = await seen();
  const end = performance.now() + 60;
  while (performance.now() < end);
  await delay(15);
  const after = await seen();
  assert.ok(after - before >= 0.045, `${before} s, then ${after} s`);
  await watch.stop();
  await delay(15);
  assert.equal(await seen(), after);
});

test('the memory of the process is read when it is asked for', async () => {
  const { memory } = createMetrics();
  const { values } = await memory.get();
  const bytes = (kind: string) => values.find(({ labels }) => labels.kind === kind)?.value ?? 0;
  assert.ok(bytes('resident') > bytes('heap') && bytes('heap') > 1e6);
});
