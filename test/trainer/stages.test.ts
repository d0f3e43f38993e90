import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { Stages } from '../../trainer/stages.js';
import { hasRun, readLines, recordRun, requireRun } from '../../trainer/training-folder.js';

async function temporary(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'purpgate-stages-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe('the stages of a build', () => {
  test('a save that failed in the middle does not fail a stage that can be saved at its end', async (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    const folder = await temporary(context);
    const stages = await Stages.open(folder);
    const obstacle = join(folder, `stages.json.tmp-${process.pid}`);
    const outcome = await stages.run('first', async () => {
      await mkdir(obstacle);
      // The save that this starts fails: the file that it writes first is a folder.
      context.mock.timers.tick(5000);
      await assert.rejects(writeFile(obstacle, ''), { code: 'EISDIR' });
      await rm(obstacle, { recursive: true, force: true });
      return 'finished';
    });
    assert.equal(outcome, 'finished');
    const again = await Stages.open(folder);
    assert.equal(await again.run('first', () => assert.fail('it is done')), 'finished');
  });
});

describe('the folder of a training', () => {
  test('a run that cannot be read is there, so that nobody begins anew over it', async (context) => {
    const folder = await temporary(context);
    assert.equal(await hasRun(folder), false);
    await mkdir(join(folder, 'training-run.json'));
    await assert.rejects(hasRun(folder), { code: 'EISDIR' });
    await assert.rejects(readLines(folder), { code: 'EISDIR' });
  });

  test('no run and another run are told apart', async (context) => {
    const folder = await temporary(context);
    await assert.rejects(requireRun(folder, { seed: 1 }), { message: /^--resume: .* holds no run/ });
    await recordRun(folder, { seed: 1 });
    await requireRun(folder, { seed: 1 });
    await assert.rejects(requireRun(folder, { seed: 2 }), {
      message: /^--out: .* holds another run; give the options/,
    });
  });
});
