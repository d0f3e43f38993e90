/** Builds models/nano from nothing: pretraining, mid-training, rule learning, measurement, release. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { samplesDocument } from '../src/eval/samples.js';
import type { DecoderConfig } from '../src/lm/model-config.js';
import { measure, type Measurement } from './measure.js';
import { pretrain } from './pretrain.js';
import { writeRelease } from './release.js';
import { learnRules } from './rule-learning.js';
import { Stages } from './stages.js';
import type { TrainingControl } from './supervised.js';
import { hasRun, holdFolder, recordRun, requireRun, writeWhole } from './training-folder.js';

export interface NanoOptions extends Omit<TrainingControl, 'mode'> {
  readonly folder: string;
  readonly config: DecoderConfig;
  /** Tokens of pretraining. */
  readonly tokens: number;
  /** Tokens of mid-training. */
  readonly midTraining: number;
  readonly seed: number;
  readonly batchTokens: number;
  /** Of rule learning. */
  readonly prompts: number;
  readonly samples: number;
  readonly temperature: number;
  /** Held-out prompts that both policies are measured on. */
  readonly evaluationPrompts: number;
}

/** The policy before and after rule learning. */
export interface Evaluation {
  readonly seed: number;
  readonly base: Measurement;
  readonly ruleLearned: Measurement;
}

/**
 * Goes on where an earlier run in the folder ended, however it ended.
 * @throws PurpgateError `setting_invalid` when the folder holds a run with other options; else as the stages do.
 */
export async function buildNano(options: NanoOptions): Promise<'finished' | 'stopped'> {
  const { folder } = options;
  return holdFolder(folder, async () => {
    const { tokens, midTraining, seed, batchTokens, config, prompts, samples, temperature, evaluationPrompts } =
      options;
    const identity = {
      seed,
      tokens,
      midTraining,
      batchTokens,
      config,
      prompts,
      samples,
      temperature,
      evaluationPrompts,
    };
    if (await hasRun(folder)) await requireRun(folder, identity);
    else await recordRun(folder, identity);
    const stages = await Stages.open(folder);
    for (const { name, work } of plan(options, stages)) {
      options.display.line(`stage: ${name}`);
      if ((await stages.run(name, work)) === 'stopped') return 'stopped';
    }
    return 'finished';
  });
}

/** Rule learning takes so many times fewer steps than pretraining, and is evaluated as often more. */
const RULE_LEARNING_SHARE = 10;

interface Stage {
  readonly name: string;
  readonly work: () => Promise<'finished' | 'stopped'>;
}

function plan(options: NanoOptions, stages: Stages): readonly Stage[] {
  const { folder, seed } = options;
  const pretrained = join(folder, 'pretrained');
  const base = join(folder, 'base');
  const ruleLearned = join(folder, 'rule-learned');
  const mode = async (stage: string): Promise<'fresh' | 'resume'> => ((await hasRun(stage)) ? 'resume' : 'fresh');
  return [
    {
      name: 'pretraining',
      work: async () =>
        pretrain({ ...options, start: { type: 'pretraining' }, folder: pretrained, mode: await mode(pretrained) }),
    },
    {
      name: 'mid-training',
      work: async () =>
        pretrain({
          ...options,
          start: { type: 'mid-training', model: pretrained },
          tokens: options.midTraining,
          folder: base,
          mode: await mode(base),
        }),
    },
    {
      name: 'rule learning',
      work: async () =>
        learnRules({
          ...options,
          model: base,
          folder: ruleLearned,
          evaluationSteps: Math.ceil(options.evaluationSteps / RULE_LEARNING_SHARE),
          mode: await mode(ruleLearned),
        }),
    },
    { name: 'evaluation of the base policy', work: () => evaluate(options, base) },
    { name: 'evaluation of the rule-learned policy', work: () => evaluate(options, ruleLearned) },
    {
      name: 'release',
      work: async () => {
        const evaluation = { seed, base: await readMeasurement(base), ruleLearned: await readMeasurement(ruleLearned) };
        await writeWhole(join(folder, 'evaluation.json'), `${JSON.stringify(evaluation, null, 1)}\n`);
        await writeRelease({ ...options, pretrained, base, ruleLearned, evaluation, seconds: stages.seconds });
        return 'finished';
      },
    },
  ];
}

const MEASUREMENT_FILE = 'evaluation.json';

/** Leaves the numbers, all answers, and the first of them to be read. */
async function evaluate(options: NanoOptions, model: string): Promise<'finished' | 'stopped'> {
  const { signal, evaluationPrompts: count } = options;
  const measured = await measure({ ...options, model, count }).catch((thrown: unknown) => {
    if (signal.aborted) return null;
    throw thrown;
  });
  if (measured === null) return 'stopped';
  const { version, metrics, judged } = measured;
  await writeFile(join(model, 'samples.md'), samplesDocument(version, judged));
  await writeFile(join(model, 'answers.json'), JSON.stringify(judged));
  await writeWhole(join(model, MEASUREMENT_FILE), `${JSON.stringify({ version, metrics }, null, 1)}\n`);
  return 'finished';
}

async function readMeasurement(model: string): Promise<Measurement> {
  return JSON.parse(await readFile(join(model, MEASUREMENT_FILE), 'utf8')) as Measurement;
}
