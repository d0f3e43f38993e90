/** Trains models/nano from scratch on generated data. */
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PurpgateError } from '../src/errors.js';
import { loadChatTemplate } from '../src/lm/chat-template.js';
import type { DecoderConfig } from '../src/lm/model-config.js';
import { writeSafetensors } from '../src/lm/safetensors.js';
import { loadTokenizer, readStopIds } from '../src/lm/tokenizer.js';
import { createTrainer, type Trainer } from '../src/lm/trainer.js';
import { createBatch } from '../src/lm/training-batch.js';
import { BatchSource } from './data/batches.js';
import { encodeSample, weighted, type Codec } from './data/encoding.js';
import { createGenerator } from './data/generator.js';
import { HELD_OUT, TRAINING, type Split } from './data/sample.js';
import { initialWeights } from './initial-weights.js';
import { writeModelFolder } from './model-folder.js';

export interface PretrainOptions {
  readonly folder: string;
  /** Tokens to train on, prompt and answer. */
  readonly tokens: number;
  readonly seed: number;
  readonly config: DecoderConfig;
  /** Tokens per step, on average. */
  readonly batchTokens: number;
  readonly threads: number;
  /** Steps between checkpoints. */
  readonly checkpointSteps: number;
  /** Steps between evaluations; 0 means never. */
  readonly evaluationSteps: number;
  readonly mode: 'fresh' | 'resume';
  readonly signal: AbortSignal;
  /** Called with one line of progress. */
  readonly report: (line: string) => void;
}

const PROMPT_WEIGHT = 0.1;
const EVALUATION_SAMPLES = 96;
const REPORT_STEPS = 10;

/** What must be the same when a run is resumed. */
interface RunIdentity {
  readonly seed: number;
  readonly tokens: number;
  readonly batchTokens: number;
  readonly config: DecoderConfig;
}

const LOSSES_FILE = 'training-losses.jsonl';
const STATE_FILE = 'training-state.safetensors';

/**
 * Runs until `tokens` are used or `signal` aborts; either way the folder then holds a checkpoint. A killed run loses the steps since
 * the last checkpoint, and a resumed one ends with the weights that it would have had.
 * @throws PurpgateError `setting_invalid` when a run cannot be resumed.
 */
export async function pretrain(options: PretrainOptions): Promise<void> {
  const { folder, signal, config, batchTokens } = options;
  const steps = Math.ceil(options.tokens / batchTokens);
  await prepareFolder(options);
  const codec = await loadCodec(folder);
  const trainer = await createTrainer(config, initialWeights(config, options.seed), {
    trainable: 'all',
    loss: { type: 'supervised' },
    optimizer: {
      learningRate: { peak: 2e-3, warmupSteps: Math.min(150, Math.ceil(steps / 10)), totalSteps: steps, minimum: 1e-4 },
      weightDecay: 0.1,
      clipNorm: 1,
    },
    threads: options.threads,
  });
  try {
    if (options.mode === 'resume') await trainer.restoreState(join(folder, STATE_FILE));
    const source = new BatchSource({ codec, seed: options.seed, batchTokens });
    const progress = new Progress(steps, trainer.steps, options.report);
    while (trainer.steps < steps && !signal.aborted) {
      const samples = source.batch(trainer.steps);
      const { loss } = await trainer.step(createBatch(weighted(samples, PROMPT_WEIGHT)));
      progress.add(
        trainer.steps,
        loss,
        samples.reduce((sum, { ids }) => sum + ids.length, 0),
      );
      if (trainer.steps % options.checkpointSteps === 0) await saveCheckpoint(trainer, folder);
      if (options.evaluationSteps > 0 && trainer.steps % options.evaluationSteps === 0)
        await recordEvaluation(trainer, codec, options);
      // A step blocks the thread: signals are only seen between steps.
      await nextTurn();
    }
    await saveCheckpoint(trainer, folder);
  } finally {
    await trainer.stop();
  }
}

async function prepareFolder({ folder, tokens, seed, batchTokens, config, mode }: PretrainOptions): Promise<void> {
  const file = join(folder, 'training-run.json');
  const identity: RunIdentity = { seed, tokens, batchTokens, config };
  if (mode === 'fresh') {
    await mkdir(folder, { recursive: true });
    await rm(join(folder, LOSSES_FILE), { force: true });
    await writeModelFolder({ folder, config, seed });
    await writeFile(file, JSON.stringify(identity));
    return;
  }
  const found = await readFile(file, 'utf8').catch(() => null);
  if (found !== JSON.stringify(identity))
    throw new PurpgateError('setting_invalid', {
      publicMessage: `--resume: the folder holds ${found === null ? 'no run' : 'another run'}; give the --seed and --tokens that it was started with`,
    });
}

export async function loadCodec(folder: string): Promise<Codec> {
  const tokenizer = await loadTokenizer(folder);
  const template = await loadChatTemplate(folder);
  const [endOfTurn] = await readStopIds(folder, tokenizer);
  if (endOfTurn === undefined) throw new PurpgateError('model_unusable', { message: `${folder} has no end of turn` });
  return { tokenizer, template, endOfTurn };
}

/** The state to resume from, then the weights to serve; each is replaced whole. */
async function saveCheckpoint(trainer: Trainer, folder: string): Promise<void> {
  await trainer.saveState(join(folder, STATE_FILE));
  await writeSafetensors(join(folder, 'model.safetensors'), trainer.parameters(), {
    dtype: 'F16',
    metadata: { format: 'pt', steps: String(trainer.steps) },
  });
}

/** Mean negative log-likelihood of the answers of one split, in nats per token. */
async function answerLoss(trainer: Trainer, codec: Codec, split: Split): Promise<number> {
  // The same samples every time, and none of a training pool: those seeds are far larger.
  const generator = createGenerator(split.names === 'train' ? 11 : 12, split);
  const samples = Array.from({ length: EVALUATION_SAMPLES }, () => encodeSample(codec, generator.next()));
  const { loss } = await trainer.evaluate(createBatch(weighted(samples, 0)));
  return loss;
}

async function recordEvaluation(trainer: Trainer, codec: Codec, options: PretrainOptions): Promise<void> {
  const { folder, report, batchTokens } = options;
  const seen = await answerLoss(trainer, codec, TRAINING);
  const heldOut = await answerLoss(trainer, codec, HELD_OUT);
  const line = { step: trainer.steps, tokens: trainer.steps * batchTokens, seen, heldOut };
  await appendFile(join(folder, LOSSES_FILE), `${JSON.stringify(line)}\n`);
  report(`step ${trainer.steps}  answer loss: training words ${seen.toFixed(3)}, held-out words ${heldOut.toFixed(3)}`);
}

class Progress {
  private readonly started = performance.now();
  private tokens = 0;
  private smoothed: number | null = null;

  constructor(
    private readonly steps: number,
    private readonly firstStep: number,
    private readonly report: (line: string) => void,
  ) {}

  add(step: number, loss: number, tokens: number): void {
    this.tokens += tokens;
    this.smoothed = this.smoothed === null ? loss : 0.95 * this.smoothed + 0.05 * loss;
    if (step % REPORT_STEPS !== 0 && step !== this.steps) return;
    const seconds = (performance.now() - this.started) / 1000;
    const left = (seconds / (step - this.firstStep)) * (this.steps - step);
    const time = `${Math.floor(left / 60)}:${String(Math.floor(left % 60)).padStart(2, '0')}`;
    const rate = Math.round(this.tokens / seconds);
    this.report(`step ${step}/${this.steps}  loss ${this.smoothed.toFixed(3)}  ${rate} tokens/s  ${time} left`);
  }
}
