import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { trainCommand } from '../../trainer/command.js';
import { pretrain, type PretrainOptions } from '../../trainer/pretrain.js';
import { runTraining, SILENT, TINY_CONFIG } from '../support/training.js';

const BATCH_TOKENS = 256;
const STEPS = 6;

describe('pretraining', () => {
  let root = '';
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'purpgate-pretrain-'));
    await pretrain(options('whole'));
  });
  after(() => rm(root, { recursive: true, force: true }));

  const options = (name: string, changes: Partial<PretrainOptions> = {}): PretrainOptions => ({
    folder: join(root, name),
    tokens: STEPS * BATCH_TOKENS,
    seed: 1,
    config: TINY_CONFIG,
    batchTokens: BATCH_TOKENS,
    start: { type: 'pretraining' },
    threads: 1,
    checkpointSteps: 2,
    evaluationSteps: 3,
    mode: 'fresh',
    signal: new AbortController().signal,
    display: SILENT,
    ...changes,
  });
  const weights = (name: string): Promise<Buffer> => readFile(join(root, name, 'model.safetensors'));
  const text = (name: string, file: string): Promise<string> => readFile(join(root, name, file), 'utf8');

  test('a run that is stopped and resumed ends with the weights of an uninterrupted one', async () => {
    const controller = new AbortController();
    const lines: string[] = [];
    const display = {
      ...SILENT,
      line: (line: string): void => {
        lines.push(line);
        // The evaluation of step 3 tells a line; the run then stops between two steps.
        if (lines.length === 2) controller.abort();
      },
    };
    assert.equal(await pretrain(options('parts', { signal: controller.signal, display })), 'stopped');
    assert.equal(lines.length, 2);
    assert.notDeepEqual(await weights('parts'), await weights('whole'));
    let shown = 0;
    const counting = {
      ...SILENT,
      status: (): void => {
        shown += 1;
      },
    };
    assert.equal(await pretrain(options('parts', { mode: 'resume', display: counting })), 'finished');
    assert.equal(shown, 3, 'steps that were taken are not taken again');
    assert.deepEqual(await weights('parts'), await weights('whole'));
  });

  test('a run that is killed at any point ends, resumed, with the same weights, losses and curve', async (context) => {
    const lines = randomInt(1, STEPS + 3);
    context.diagnostic(`killed after ${lines} lines`);
    await runTraining('pretrain', options('killed'), lines);
    await pretrain(options('killed', { mode: 'resume' }));
    assert.deepEqual(await weights('killed'), await weights('whole'));
    for (const file of ['training-losses.jsonl', 'training-curve.svg'])
      assert.equal(await text('killed', file), await text('whole', file));
  });

  test('losses are measured at the start, on the way and at the end', async () => {
    const lines = (await text('whole', 'training-losses.jsonl')).trim().split('\n');
    const points = lines.map((line) => JSON.parse(line) as { step: number; seen: number; heldOut: number });
    assert.deepEqual(
      points.map(({ step }) => step),
      [0, 3, 6],
    );
    const [first, , last] = points;
    assert.ok(first !== undefined && last !== undefined);
    assert.ok(last.seen < first.seen && last.heldOut < first.heldOut);
  });

  test('mid-training goes on from the weights of a policy, with its tokenizer and other samples', async () => {
    const start = { type: 'mid-training', model: join(root, 'whole') } as const;
    await pretrain(options('mid', { start }));
    const lossesOf = async (name: string): Promise<number[]> =>
      (await text(name, 'training-losses.jsonl'))
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { heldOut: number }).heldOut);
    const before = (await lossesOf('whole')).at(-1) ?? NaN;
    const [first = NaN, ...later] = await lossesOf('mid');
    // The weights are stored in half precision.
    assert.ok(Math.abs(first - before) < 1e-3, `${first} follows upon ${before}`);
    assert.ok((later.at(-1) ?? NaN) < first);
    assert.equal(await text('mid', 'tokenizer.json'), await text('whole', 'tokenizer.json'));
    await pretrain(options('mid', { start, mode: 'resume' }));
    const other = { type: 'mid-training', model: join(root, 'mid') } as const;
    await assert.rejects(pretrain(options('mid', { start: other, mode: 'resume' })), { code: 'setting_invalid' });
  });

  test('a run is not resumed with another seed, or where there is none', async () => {
    await assert.rejects(pretrain(options('nowhere', { mode: 'resume' })), { code: 'setting_invalid' });
    await assert.rejects(pretrain(options('whole', { mode: 'resume', seed: 2 })), { code: 'setting_invalid' });
  });

  test('a second run in the folder is refused while the first one goes on', async () => {
    const controller = new AbortController();
    const seconds: Promise<unknown>[] = [];
    const status = (): void => {
      if (seconds.length > 0) return;
      const second = pretrain(options('shared'));
      seconds.push(second);
      const stop = (): void => {
        controller.abort();
      };
      second.then(stop, stop);
    };
    // So many steps that only the end of the second one ends it, and batches that have room for the longest sample.
    await pretrain(
      options('shared', {
        tokens: 1e9,
        batchTokens: 1024,
        evaluationSteps: 0,
        signal: controller.signal,
        display: { ...SILENT, status },
      }),
    );
    await assert.rejects(Promise.all(seconds), {
      code: 'data_folder_in_use',
      message: /^--out: another purpgate, process \d+, runs on/,
    });
  });

  test('a folder that is a file and a full disk are told as what they are', async () => {
    await writeFile(join(root, 'file'), '');
    await assert.rejects(pretrain(options('file')), { code: 'data_folder_unusable', message: /^--out: the folder/ });
    // The state is written to this name first; here it leads to a device that is always full.
    const temporary = join(root, 'whole', `training-state.safetensors.tmp-${process.pid}`);
    await symlink('/dev/full', temporary);
    const before = await weights('whole');
    await assert.rejects(pretrain(options('whole', { mode: 'resume' })), {
      code: 'data_folder_unusable',
      message: /ENOSPC: no space left on device.*--resume/,
    });
    assert.deepEqual(await weights('whole'), before);
  });
});

describe('purpgate train', () => {
  const run = async (args: readonly string[]) => {
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    const code = await trainCommand(args, { stdout, stderr, signal: new AbortController().signal });
    const read = (stream: PassThrough): string => (stream.read() as Buffer | null)?.toString() ?? '';
    return { code, out: read(stdout), error: read(stderr) };
  };

  test('--help prints the options, and a call that says too little is refused with them', async () => {
    const help = await run(['--help']);
    assert.equal(help.code, 0);
    assert.match(help.out, /--tokens N/);
    for (const args of [[], ['nano'], ['rule-learning', '--out', 'x'], ['sing', '--out', 'x']]) {
      const short = await run(args);
      assert.equal(short.code, 1);
      assert.match(short.error, /Usage: purpgate train/);
    }
  });

  test('an argument that is not valid is named', async () => {
    await assert.rejects(run(['pretrain', '--out', 'x', '--tokens', 'many']), /--tokens \(is "many"\)/);
    await assert.rejects(run(['nano', '--out', 'x', '--temperature', '3']), /--temperature \(is "3"\)/);
    await assert.rejects(run(['nano', '--out', 'x', '--evaluate', '0']), /--evaluate \(is "0"\)/);
    await assert.rejects(run(['pretrain', '--out', 'x', '--threads', '99999']), /--threads .* from 1 to 256/);
    await assert.rejects(run(['nano', '--out', 'x', '--prompts', '1e15']), /--prompts \(is "1e15"\)/);
    await assert.rejects(run(['rule-learning', '--out', 'x', '--model', 'y', '--samples', '1e15']), /--samples/);
    await assert.rejects(run(['pretrain', '--out', '']), /--out \(is ""\): expected a folder/);
    await assert.rejects(run(['rule-learning', '--out', 'x', '--model', '']), /--model \(is ""\): expected a folder/);
    await assert.rejects(run(['pretrain', '--fast']), { code: 'setting_invalid' });
  });
});
