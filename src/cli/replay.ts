/** `purpgate score --replay`: scores logged interactions again with the oracles of now. */
import { parseArgs } from 'node:util';
import { displayOn, duration } from '../../trainer/progress.js';
import { loadConfig } from '../config.js';
import { PurpgateError } from '../errors.js';
import { openEventLog } from '../events/open.js';
import { createCodeScanner } from '../guard/code/scanner.js';
import { Resources } from '../resources.js';
import { createLazySandbox } from '../reward/lazy-sandbox.js';
import { replayScores, type ReplayProgress } from '../reward/replay.js';
import type { SampleFilter } from '../reward/samples.js';
import { judgeOf } from '../reward/judge.js';
import { openRewards } from '../reward/own-oracle.js';
import { createSampleScorer } from '../reward/score.js';
import { createLogger, createMetrics } from '../telemetry.js';
import type { CommandIo } from './command.js';
import { withDatabase } from './database-commands.js';
import { parseSampleFilter, SAMPLE_OPTIONS, UsageError } from './sample-options.js';

/** Resolves with the exit code: 0 done, 1 stopped before the end, 2 wrong usage. */
export async function replayCommand(args: readonly string[], io: CommandIo): Promise<number> {
  let filter: SampleFilter;
  try {
    const options = { ...SAMPLE_OPTIONS, replay: { type: 'boolean' } } as const;
    filter = parseSampleFilter(parseArgs({ args: [...args], options }).values);
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    io.stderr.write(`purpgate score --replay: ${thrown.message}\n`);
    return 2;
  }
  const resources = new Resources();
  try {
    const { done, scored, unscored } = await withDatabase(async (open) => {
      const config = loadConfig();
      const logger = createLogger(config.logLevel);
      const database = await open();
      try {
        const log = resources.own(
          'event log',
          await openEventLog(config, { database, metrics: createMetrics(), logger }),
        );
        const scanner = resources.own('code scanner', await createCodeScanner());
        const onUnavailable = (reason: string) =>
          io.stderr.write(`purpgate score --replay: correctness is not scored: ${reason}\n`);
        const runner = resources.own('sandbox', createLazySandbox({ onUnavailable }));
        const judge = judgeOf(config);
        if (judge !== null) resources.own('judge', judge);
        const rewards = resources.own('own oracles', await openRewards(config));
        const scorer = createSampleScorer({ scanner, runner, judge, rewards });
        return await replayScores({ database, log, scorer, filter, signal: io.signal, onProgress: progressOn(io) });
      } finally {
        await resources.stop();
      }
    });
    io.stdout.write(`Scored ${done} interactions again: ${scored} answers have a score, ${unscored} have none.\n`);
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof PurpgateError && thrown.code === 'request_aborted')) throw thrown;
    io.stderr.write('Stopped. What was scored is kept; the same command goes on from there.\n');
    return 1;
  }
}

function progressOn({ stderr }: CommandIo): (progress: ReplayProgress) => void {
  const display = displayOn(stderr);
  const startedAt = performance.now();
  return ({ done, total }) => {
    const seconds = (performance.now() - startedAt) / 1000;
    const left = done === total ? '' : `, ${duration((seconds / done) * (total - done))} left`;
    display.status(`${done} of ${total} interactions${left}`, done / total);
  };
}
