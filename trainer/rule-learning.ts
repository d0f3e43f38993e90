/**
 * PurpCode's first stage (arXiv 2507.19060): the policy answers under the rules, oracles keep what is good, and the policy is trained on it
 * without the rules in the prompt, so that it heeds them unasked.
 */
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { hashWeights } from '../src/engine/embedded/folder.js';
import { PurpgateError } from '../src/errors.js';
import type { EvaluationPrompt } from '../src/eval/suite.js';
import { readModelConfig } from '../src/lm/model-config.js';
import { readModelWeights } from '../src/lm/safetensors.js';
import { createBatch } from '../src/lm/training-batch.js';
import { encodeTurn, weighted, type EncodedSample } from './data/encoding.js';
import { RULE_LEARNING, trainingPrompts } from './data/heldout.js';
import { Chooser } from './data/random.js';
import { copyModelFiles } from './model-folder.js';
import { withPolicy } from './policy.js';
import { loadCodec } from './pretrain.js';
import { ANSWERS_FILE, sampleGoodAnswers, type SampledPrompt } from './rule-sampling.js';
import { SUPERVISED_FILES, trainSupervised, type SupervisedRun, type TrainingControl } from './supervised.js';
import { forgetRun, holdFolder, recordRun, requireRun, writeWhole } from './training-folder.js';

export interface RuleLearningOptions extends TrainingControl {
  /** Hugging Face folder of the policy that is to learn. */
  readonly model: string;
  readonly folder: string;
  readonly prompts: number;
  /** Answers per prompt. */
  readonly samples: number;
  readonly temperature: number;
  readonly seed: number;
  /** Tokens per step, on average. */
  readonly batchTokens: number;
}

export const SUMMARY_FILE = 'rule-learning.json';
/** Of the prompts with kept answers; those of the first, and so on, are not trained on, only measured. */
const HELD_BACK_EVERY = 16;
/** Length of a packed row in tokens, unless an answer needs more. */
const PACKED_LENGTH = 512;
const PEAK_RATE = 1e-4;
const WARMUP_STEPS = 32;

/**
 * Writes a Hugging Face folder; `mode` resume goes on with the sampling or with the training, whichever was not done.
 * @throws PurpgateError `setting_invalid` when a run cannot be resumed, `model_unusable` when no answer is good, `data_folder_in_use`,
 * `data_folder_unusable`.
 */
export async function learnRules(options: RuleLearningOptions): Promise<'finished' | 'stopped'> {
  return holdFolder(options.folder, async () => {
    await prepare(options);
    const prompts = trainingPrompts({ seed: options.seed, count: options.prompts, shares: RULE_LEARNING });
    const sampled = await sample(prompts, options);
    if (sampled === null) return 'stopped';
    const encoded = await encode(prompts, sampled, options.folder);
    if (encoded.train.length === 0)
      throw new PurpgateError('model_unusable', {
        publicMessage: `No answer of the model was good enough to learn from; see ${ANSWERS_FILE}. Train it longer first.`,
      });
    const batches = cutBatches(encoded.train, options);
    await writeSummary(sampled, { options, steps: batches.length, ...encoded });
    options.display.line(`training on ${encoded.train.length} answers, ${batches.length} steps`);
    return trainSupervised(await plan(batches, encoded, options));
  });
}

async function prepare(options: RuleLearningOptions): Promise<void> {
  const { model, folder, prompts, samples, temperature, seed, batchTokens } = options;
  const identity = { sha256: hashWeights(model), prompts, samples, temperature, seed, batchTokens };
  if (options.mode === 'resume') {
    await requireRun(folder, identity);
    return;
  }
  // The next line would remove its weights.
  if ((await realpath(model)) === (await realpath(folder)))
    throw new PurpgateError('setting_invalid', {
      publicMessage: `--out: ${folder} is the folder of the policy that is to learn; choose another one`,
    });
  await forgetRun(folder, [...SUPERVISED_FILES, ANSWERS_FILE, SUMMARY_FILE]);
  await copyModelFiles(model, folder);
  await recordRun(folder, identity);
}

/** Null when the signal aborted. */
async function sample(
  prompts: readonly EvaluationPrompt[],
  options: RuleLearningOptions,
): Promise<readonly SampledPrompt[] | null> {
  const { model, threads, signal } = options;
  try {
    return await withPolicy({ folder: model, threads, signal }, (policy) =>
      sampleGoodAnswers(policy, { ...options, prompts }),
    );
  } catch (thrown) {
    if (signal.aborted) return null;
    throw thrown;
  }
}

interface Encoded {
  readonly train: readonly EncodedSample[];
  readonly heldBack: readonly EncodedSample[];
}

/** The prompts without the rules, and the answers as they were sampled. */
async function encode(
  prompts: readonly EvaluationPrompt[],
  sampled: readonly SampledPrompt[],
  folder: string,
): Promise<Encoded> {
  const codec = await loadCodec(folder);
  const messagesOf = new Map(prompts.map(({ id, messages }) => [id, messages]));
  const train: EncodedSample[] = [];
  const heldBack: EncodedSample[] = [];
  const learnable = sampled.filter(({ kept }) => kept.length > 0);
  for (const [index, { id, kept }] of learnable.entries()) {
    const target = index % HELD_BACK_EVERY === 0 ? heldBack : train;
    for (const turn of kept) target.push(encodeTurn(codec, { messages: messagesOf.get(id) ?? [], tools: [] }, turn));
  }
  return { train, heldBack };
}

/** All samples once, in random order. */
function cutBatches(
  samples: readonly EncodedSample[],
  { seed, batchTokens }: RuleLearningOptions,
): readonly (readonly EncodedSample[])[] {
  const chooser = new Chooser(seed);
  const shuffled = samples
    .map((encoded) => ({ encoded, order: chooser.uniform() }))
    .sort((a, b) => a.order - b.order)
    .map(({ encoded }) => encoded);
  const total = tokensOf(shuffled);
  const count = Math.max(1, Math.round(total / batchTokens));
  const batches: EncodedSample[][] = Array.from({ length: count }, () => []);
  let before = 0;
  for (const encoded of shuffled) {
    batches[Math.min(count - 1, Math.floor((before * count) / total))]?.push(encoded);
    before += encoded.ids.length;
  }
  return batches.filter((batch) => batch.length > 0);
}

const tokensOf = (samples: readonly EncodedSample[]): number => samples.reduce((sum, { ids }) => sum + ids.length, 0);

async function plan(
  batches: readonly (readonly EncodedSample[])[],
  { train, heldBack }: Encoded,
  options: RuleLearningOptions,
): Promise<SupervisedRun> {
  const { model, folder, batchTokens } = options;
  const steps = batches.length;
  const longest = [...train].reduce((most, { ids }) => Math.max(most, ids.length), 0);
  return {
    folder,
    config: await readModelConfig(model),
    weights: await readModelWeights(model),
    steps,
    batchTokens,
    learningRate: {
      peak: PEAK_RATE,
      warmupSteps: Math.min(WARMUP_STEPS, Math.ceil(steps / 4)),
      totalSteps: steps,
      minimum: PEAK_RATE / 10,
    },
    batch: (step) => {
      const samples = batches[step] ?? [];
      const packTo = Math.max(PACKED_LENGTH, longest);
      return { batch: createBatch(weighted(samples, 0), { packTo }), tokens: tokensOf(samples) };
    },
    seen: train.filter((_encoded, index) => index % Math.ceil(train.length / 96) === 0),
    heldOut: heldBack,
    title: 'Rule learning: loss on kept answers, without the rules in the prompt',
    control: options,
  };
}

interface Training extends Encoded {
  readonly options: RuleLearningOptions;
  readonly steps: number;
}

/** Counts per kind of what was sampled, kept, and dropped for which reason. */
async function writeSummary(
  sampled: readonly SampledPrompt[],
  { options, steps, train, heldBack }: Training,
): Promise<void> {
  const { folder, samples, temperature, seed } = options;
  const kinds: Record<string, { prompts: number; sampled: number; outcomes: Record<string, number> }> = {};
  for (const { kind, outcomes } of sampled) {
    const counts = (kinds[kind] ??= { prompts: 0, sampled: 0, outcomes: {} });
    counts.prompts += 1;
    counts.sampled += samples;
    for (const [outcome, count] of Object.entries(outcomes))
      counts.outcomes[outcome] = (counts.outcomes[outcome] ?? 0) + count;
  }
  const summary = {
    prompts: sampled.length,
    samples,
    temperature,
    seed,
    answers: { trained: train.length, heldBack: heldBack.length },
    tokens: tokensOf(train),
    steps,
    kinds,
  };
  await writeWhole(join(folder, SUMMARY_FILE), `${JSON.stringify(summary, null, 2)}\n`);
}
