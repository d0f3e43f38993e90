/** Trains a policy on generated data: from scratch, or further. */
import { hashWeights } from '../src/engine/embedded/folder.js';
import { loadChatTemplate } from '../src/lm/chat-template.js';
import { PurpgateError } from '../src/errors.js';
import type { DecoderConfig } from '../src/lm/model-config.js';
import { readModelWeights } from '../src/lm/safetensors.js';
import { loadTokenizer, readStopIds } from '../src/lm/tokenizer.js';
import { createBatch } from '../src/lm/training-batch.js';
import { BatchSource } from './data/batches.js';
import { encodeSample, weighted, type Codec, type EncodedSample } from './data/encoding.js';
import { createGenerator } from './data/generator.js';
import { HELD_OUT, TRAINING, type Split } from './data/sample.js';
import { initialWeights } from './initial-weights.js';
import { copyModelFiles, writeModelFolder } from './model-folder.js';
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
  readonly start: Start;
}

/**
 * `mid-training` goes on from the weights of a Hugging Face folder with new moments, another warm-up and cosine, and the focused mixture: the
 * stage of language models between pretraining and post-training, in which less data of better choice is learned (OLMo 2, arXiv 2501.00656).
 */
export type Start = { readonly type: 'pretraining' } | { readonly type: 'mid-training'; readonly model: string };

const PEAK_RATE = { pretraining: 1.4e-3, 'mid-training': 8e-4 } as const;
const TITLE = { pretraining: 'Pretraining', 'mid-training': 'Mid-training' } as const;
const LEAST_RATE = 0.05;

const PROMPT_WEIGHT = 0.1;
const EVALUATION_SAMPLES = 96;

/**
 * Writes a Hugging Face folder; see `trainSupervised` for what a stopped or killed run leaves.
 * @throws PurpgateError `setting_invalid` when a run cannot be resumed, `data_folder_in_use`, `data_folder_unusable`.
 */
export async function pretrain(options: PretrainOptions): Promise<'finished' | 'stopped'> {
  return holdFolder(options.folder, async () => {
    const { folder, seed, tokens, batchTokens, config, start } = options;
    const from = start.type === 'mid-training' ? { sha256: hashWeights(start.model) } : {};
    const identity = { seed, tokens, batchTokens, config, ...from };
    if (options.mode === 'resume') await requireRun(folder, identity);
    else {
      await forgetRun(folder, SUPERVISED_FILES);
      if (start.type === 'mid-training') await copyModelFiles(start.model, folder);
      else await writeModelFolder({ folder, config, seed });
      await recordRun(folder, identity);
    }
    return trainSupervised(await plan(options));
  });
}

async function plan(options: PretrainOptions): Promise<SupervisedRun> {
  const { folder, seed, tokens, batchTokens, config, start } = options;
  const steps = Math.ceil(tokens / batchTokens);
  const codec = await loadCodec(folder);
  const isFirst = start.type === 'pretraining';
  // Seeds of their own: no sample of pretraining comes again.
  const data = isFirst ? ({ seed, mixture: 'broad' } as const) : ({ seed: seed + 1, mixture: 'focused' } as const);
  const source = new BatchSource({ codec, batchTokens, ...data });
  const peak = PEAK_RATE[start.type];
  return {
    folder,
    config,
    weights: isFirst ? initialWeights(config, seed) : await readModelWeights(start.model),
    steps,
    batchTokens,
    learningRate: {
      peak,
      warmupSteps: Math.min(150, Math.ceil(steps / 10)),
      totalSteps: steps,
      minimum: peak * LEAST_RATE,
    },
    batch: (step) => {
      const samples = source.batch(step);
      return {
        batch: createBatch(weighted(samples, PROMPT_WEIGHT)),
        tokens: samples.reduce((sum, { ids }) => sum + ids.length, 0),
      };
    },
    seen: evaluationSamples(codec, TRAINING),
    heldOut: evaluationSamples(codec, HELD_OUT),
    title: `${TITLE[start.type]}: loss on answers with seen and with held-out words`,
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
