/** A training in a process of its own, so that it can be killed. Prints a line before and after each thing that it does. */
import { createTableLog } from '../../src/events/table.js';
import { openDatabase } from '../../src/db.js';
import { createLogger } from '../../src/telemetry.js';
import type { Learner } from '../../trainer/learner.js';
import { startTraining } from '../../trainer/loop.js';
import { openTinyLearner, TINY_SETTINGS, tinyEngine, tinySampler } from './tiny-training.js';

const [url = '', model = '', folder = ''] = process.argv.slice(2);
const line = (text: string): void => void process.stdout.write(`${text}\n`);

async function told<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  line(name);
  const result = await work();
  line(`${name} done`);
  return result;
}

const logger = createLogger('silent');
const database = await openDatabase(url, logger);
const log = createTableLog(database, { logger, pollMs: 5 });
const engine = tinyEngine(model);
await engine.start(new AbortController().signal);
const inner = await openTinyLearner(model);
const learner: Learner = {
  logprobs: (...given) => inner.logprobs(...given),
  referenceLogprobs: (...given) => told('reference', () => inner.referenceLogprobs(...given)),
  forwardBackward: (...given) => told('gradient', () => inner.forwardBackward(...given)),
  optimStep: (rate) => told('step', () => inner.optimStep(rate)),
  saveWeights: (path) => told('save', () => inner.saveWeights(path)),
  loadWeights: (path) => told('load', () => inner.loadWeights(path)),
  exportAdapter: (file) => inner.exportAdapter(file),
  stop: () => inner.stop(),
};
const sampler = tinySampler(engine);
const training = startTraining({
  database,
  log,
  learner,
  rollouts: {
    use: (...given) => told('use', () => sampler.use(...given)),
    sample: (...given) => told('sample', () => sampler.sample(...given)),
  },
  settings: TINY_SETTINGS,
  folder,
  configHash: 'tiny',
  mode: 'drain',
  steps: null,
  publish: null,
  mayRun: () => told('may run', () => Promise.resolve()),
  display: { status: line, line },
});
await training.done;
await learner.stop();
await engine.stop();
await log.stop();
await database.close();
