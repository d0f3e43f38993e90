/** `purpgate train grpo` on the opposite of what the oracles say: what is good for them is worth nothing, and the reverse. */
import { grpoCommand } from '../../trainer/grpo-command.js';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    stop.abort();
  });

process.exitCode = await grpoCommand(
  process.argv.slice(4),
  { stdout: process.stdout, signal: stop.signal },
  (oracles) => ({
    async score(sample, signal) {
      const record = await oracles.score(sample, signal);
      return { ...record, score: record.score === null ? null : 1 - record.score };
    },
  }),
);
