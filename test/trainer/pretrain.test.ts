import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import type { DecoderConfig } from '../../src/lm/model-config.js';
import { trainCommand } from '../../trainer/command.js';
import { NANO_CONFIG } from '../../trainer/model-folder.js';
import { pretrain, type PretrainOptions } from '../../trainer/pretrain.js';

const TINY: DecoderConfig = {
  ...NANO_CONFIG,
  layers: 1,
  hidden: 32,
  heads: 2,
  kvHeads: 1,
  headDim: 16,
  intermediate: 32,
};
const BATCH_TOKENS = 256;
const STEPS = 6;

describe('pretraining', () => {
  let root = '';
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'purpgate-pretrain-'));
  });
  after(() => rm(root, { recursive: true, force: true }));

  const options = (name: string, changes: Partial<PretrainOptions> = {}): PretrainOptions => ({
    folder: join(root, name),
    tokens: STEPS * BATCH_TOKENS,
    seed: 1,
    config: TINY,
    batchTokens: BATCH_TOKENS,
    threads: 1,
    checkpointSteps: 2,
    evaluationSteps: 3,
    mode: 'fresh',
    signal: new AbortController().signal,
    report: () => undefined,
    ...changes,
  });
  const weights = (name: string): Promise<Buffer> => readFile(join(root, name, 'model.safetensors'));

  test('a run that is stopped and resumed ends with the weights of an uninterrupted one', async () => {
    await pretrain(options('whole'));
    const controller = new AbortController();
    const lines: string[] = [];
    await pretrain(
      options('parts', {
        signal: controller.signal,
        report: (line) => {
          lines.push(line);
          // The evaluation of step 3 reports; the run then stops between two steps.
          controller.abort();
        },
      }),
    );
    assert.equal(lines.length, 1);
    assert.notDeepEqual(await weights('parts'), await weights('whole'));
    await pretrain(options('parts', { mode: 'resume' }));
    assert.deepEqual(await weights('parts'), await weights('whole'));
  });

  test('a killed run goes on from its last checkpoint, and ends the same', async () => {
    const kill = (): never => {
      throw new Error('killed after step 3');
    };
    await assert.rejects(pretrain(options('killed', { report: kill })), /killed/);
    await pretrain(options('killed', { mode: 'resume' }));
    assert.deepEqual(await weights('killed'), await weights('whole'));
  });

  test('a run is not resumed with another seed, or where there is none', async () => {
    await assert.rejects(pretrain(options('nowhere', { mode: 'resume' })), { code: 'setting_invalid' });
    await assert.rejects(pretrain(options('whole', { mode: 'resume', seed: 2 })), { code: 'setting_invalid' });
  });

  test('losses of the evaluations are recorded, and a resumed run does not repeat steps that it has taken', async () => {
    const steps = async (name: string): Promise<number[]> => {
      const text = await readFile(join(root, name, 'training-losses.jsonl'), 'utf8');
      return text
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { step: number }).step);
    };
    assert.deepEqual(await steps('whole'), [3, 6]);
    assert.deepEqual(await steps('parts'), [3, 6]);
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

  test('--help prints the options, and a call without a task is refused with them', async () => {
    const help = await run(['--help']);
    assert.equal(help.code, 0);
    assert.match(help.out, /--tokens N/);
    const bare = await run([]);
    assert.equal(bare.code, 1);
    assert.match(bare.error, /Usage: purpgate train/);
  });

  test('an argument that is not valid is named', async () => {
    await assert.rejects(run(['pretrain', '--out', 'x', '--tokens', 'many']), /--tokens \(is "many"\)/);
    await assert.rejects(run(['pretrain', '--fast']), { code: 'setting_invalid' });
  });
});
