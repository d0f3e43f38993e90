/** Trains a policy from scratch on generated data. */
import { loadChatTemplate } from '../src/lm/chat-template.js';
import { PurpgateError } from '../src/errors.js';
import type { DecoderConfig } from '../src/lm/model-config.js';
import { loadTokenizer, readStopIds } from '../src/lm/tokenizer.js';
import { createBatch } from '../src/lm/training-batch.js';
import { BatchSource } from './data/batches.js';
import { encodeSample, weighted, type Codec, type EncodedSample } from './data/encoding.js';
import { createGenerator } from './data/generator.js';
import { HELD_OUT, TRAINING, type Split } from './data/sample.js';
import { initialWeights } from './initial-weights.js';
import { writeModelFolder } from './model-folder.js';
import { SUPERVISED_FILES, trainSupervised, type SupervisedRun, type TrainingControl } from './supervised.js';
import { forgetRun, holdFolder, recordRun, requireRun } from './training-folder.js';

export interface PretrainOptions extends TrainingControl {
  readonly folder: string;
  /** Tokens to train on, prompt and answer. */
  readonly tokens: number;
  readonly seed: number;
  readonly config: DecoderConfig;
  /** Tokens per step, on average. */
  readonly batchTokens: number;
}

const PROMPT_WEIGHT = 0.1;
const EVALUATION_SAMPLES = 96;

/**
 * Writes a Hugging Face folder; see `trainSupervised` for what a stopped or killed run leaves.
 * @throws PurpgateError `setting_invalid` when a run cannot be resumed, `data_folder_in_use`, `data_folder_unusable`.
 */
export async function pretrain(options: PretrainOptions): Promise<'finished' | 'stopped'> {
  return holdFolder(options.folder, async () => {
    const { folder, seed, tokens, batchTokens, config } = options;
    const identity = { seed, tokens, batchTokens, config };
    if (options.mode === 'resume') await requireRun(folder, identity);
    else {
      await forgetRun(folder, SUPERVISED_FILES);
      await writeModelFolder({ folder, config, seed });
      await recordRun(folder, identity);
    }
    return trainSupervised(await plan(options));
  });
}

async function plan(options: PretrainOptions): Promise<SupervisedRun> {
  const { folder, seed, tokens, batchTokens, config } = options;
  const steps = Math.ceil(tokens / batchTokens);
  const codec = await loadCodec(folder);
  const source = new BatchSource({ codec, seed, batchTokens });
  return {
    folder,
    config,
    weights: initialWeights(config, seed),
    steps,
    batchTokens,
    learningRate: { peak: 1.4e-3, warmupSteps: Math.min(150, Math.ceil(steps / 10)), totalSteps: steps, minimum: 7e-5 },
    batch: (step) => {
      const samples = source.batch(step);
      return {
        batch: createBatch(weighted(samples, PROMPT_WEIGHT)),
        tokens: samples.reduce((sum, { ids }) => sum + ids.length, 0),
      };
    },
    seen: evaluationSamples(codec, TRAINING),
    heldOut: evaluationSamples(codec, HELD_OUT),
    title: 'Pretraining: loss on answers with seen and with held-out words',
    control: options,
  };
}

export async function loadCodec(folder: string): Promise<Codec> {
  const tokenizer = await loadTokenizer(folder);
  const template = await loadChatTemplate(folder);
  const [endOfTurn] = await readStopIds(folder, tokenizer);
  if (endOfTurn === undefined) throw new PurpgateError('model_unusable', { message: `${folder} has no end of turn` });
  return { tokenizer, template, endOfTurn };
}

/** The same samples every time, and none of a training pool: those seeds are far larger. */
function evaluationSamples(codec: Codec, split: Split): readonly EncodedSample[] {
  const generator = createGenerator(split.names === 'train' ? 11 : 12, split);
  return Array.from({ length: EVALUATION_SAMPLES }, () => encodeSample(codec, generator.next()));
}
