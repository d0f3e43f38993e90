import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { childEnvironment } from '../src/config.js';
import { createLogger } from '../src/telemetry.js';
import { startTrainingProcess } from '../src/training-process.js';
import { afterwards, temporaryFolder } from './support/folder.js';

/** A real process that writes down what it is told. */
const TRAINER = `
import { appendFileSync } from 'node:fs';
const [file, how] = process.argv.slice(2);
const say = (line) => appendFileSync(file, line + '\\n');
say('started');
process.on('message', ({ type }) => say(type));
process.on('SIGTERM', () => {
  if (how === 'stubborn') return;
  say('ended');
  process.exit(0);
});
if (how === 'dying') setTimeout(() => process.exit(3), 50);
setInterval(() => undefined, 1000);
`;

async function keepTrainer(t: TestContext, how: 'obedient' | 'stubborn' | 'dying') {
  const folder = await temporaryFolder(t);
  const entry = join(folder, 'trainer.mjs');
  const told = join(folder, 'told');
  await writeFile(entry, TRAINER);
  const serving = { busy: false };
  const training = startTrainingProcess({
    command: [entry, told, how],
    environment: childEnvironment(),
    isBusy: () => serving.busy,
    logger: createLogger('silent'),
  });
  afterwards(t, () => training.stop());
  const lines = async (): Promise<string[]> => (await readFile(told, 'utf8').catch(() => '')).split('\n').slice(0, -1);
  const heard = async (expected: readonly string[]): Promise<void> => {
    const deadline = Date.now() + 20_000;
    while ((await lines()).length < expected.length && Date.now() < deadline) await pause(20);
    assert.deepEqual(await lines(), expected);
  };
  return { training, serving, heard };
}

const isAlive = (processId: number): boolean => {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
};

describe('the trainer beside a gateway', () => {
  test('pauses while requests are served, and goes on when there are none', async (t) => {
    const { training, serving, heard } = await keepTrainer(t, 'obedient');
    await heard(['started']);
    serving.busy = true;
    await heard(['started', 'pause']);
    serving.busy = false;
    await heard(['started', 'pause', 'resume']);
    await training.stop();
    await heard(['started', 'pause', 'resume', 'ended']);
  });

  test('is started again when it dies, and not after a stop', async (t) => {
    const { training, heard } = await keepTrainer(t, 'dying');
    await heard(['started', 'started']);
    await Promise.all([training.stop(), training.stop()]);
    assert.equal(training.processId, null);
  });

  test('is ended when it does not end by itself', async (t) => {
    const { training, heard } = await keepTrainer(t, 'stubborn');
    await heard(['started']);
    const { processId } = training;
    assert.ok(processId !== null && isAlive(processId));
    await training.stop();
    assert.equal(isAlive(processId), false);
  });
});
