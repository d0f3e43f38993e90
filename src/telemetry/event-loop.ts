/** How long the main thread lets others wait. */
import { performance } from 'node:perf_hooks';
import type { Metrics } from '../telemetry.js';

const EVERY_MS = 10;

/**
 * Observes how late a timer fires. Not `monitorEventLoopDelay`: its histogram cannot be added up over the scrapes of several readers, as
 * Prometheus does with buckets.
 */
export function watchEventLoop({ eventLoopDelay }: Pick<Metrics, 'eventLoopDelay'>): { stop(): Promise<void> } {
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    eventLoopDelay.observe(Math.max(0, now - last - EVERY_MS) / 1000);
    last = now;
  }, EVERY_MS).unref();
  return {
    stop: () => {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}
