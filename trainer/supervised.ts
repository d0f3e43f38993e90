/** The loop that pretraining and rule learning share: steps, evaluations, checkpoints, the curve. */
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { stat } from 'node:fs/promises';
import type { DecoderConfig } from '../src/lm/model-config.js';
import type { Schedule } from '../src/lm/optimizer.js';
import { writeSafetensors, type Weights } from '../src/lm/safetensors.js';
import { createTrainer, type Trainer } from '../src/lm/trainer.js';
import { createBatch, type TrainingBatch } from '../src/lm/training-batch.js';
import { weighted, type EncodedSample } from './data/encoding.js';
import { drawCurve, type CurvePoint } from './curve.js';
import { StepMeter, type Display } from './progress.js';
import { appendLine, readLines, writeLines, writeWhole } from './training-folder.js';

export interface StepBatch {
  readonly batch: TrainingBatch;
  /** Real tokens, without padding. */
  readonly tokens: number;
}

export interface SupervisedRun {
  readonly folder: string;
  readonly config: DecoderConfig;
  /** Where a run without a checkpoint starts. */
  readonly weights: Weights;
  readonly steps: number;
  /** Tokens per step, on average. */
  readonly batchTokens: number;
  readonly learningRate: Schedule;
  /** The batch of a step, which counts from 0: it must follow from the step alone. */
  readonly batch: (step: number) => StepBatch;
  /** What the loss is measured on: samples like those that are trained on, and samples that are not. */
  readonly seen: readonly EncodedSample[];
  readonly heldOut: readonly EncodedSample[];
  /** Title of the curve. */
  readonly title: string;
  readonly control: TrainingControl;
}

/** What both commands leave to their caller. */
export interface TrainingControl {
  readonly threads: number;
  /** Steps between checkpoints. */
  readonly checkpointSteps: number;
  /** Steps between evaluations; 0 means never. */
  readonly evaluationSteps: number;
  readonly mode: 'fresh' | 'resume';
  readonly signal: AbortSignal;
  readonly display: Display;
}

const LOSSES_FILE = 'training-losses.jsonl';
const STATE_FILE = 'training-state.safetensors';
const EVALUATION_ROWS = 16;
export const CURVE_FILE = 'training-curve.svg';

/** What a fresh run must not find in its folder. */
export const SUPERVISED_FILES = [STATE_FILE, LOSSES_FILE, CURVE_FILE, 'model.safetensors'] as const;

/**
 * Runs until all steps are taken or the signal aborts; either way the folder then holds a checkpoint. A killed run loses the steps since
 * the last checkpoint, and a resumed one ends with the weights that it would have had.
 */
export async function trainSupervised(run: SupervisedRun): Promise<'finished' | 'stopped'> {
  const { folder, config, steps, control } = run;
  const { signal, display, checkpointSteps, evaluationSteps } = control;
  const trainer = await createTrainer(config, run.weights, {
    trainable: 'all',
    loss: { type: 'supervised' },
    optimizer: { learningRate: run.learningRate, weightDecay: 0.1, clipNorm: 1 },
    threads: control.threads,
  });
  try {
    const points = await restore(trainer, run);
    if (evaluationSteps > 0 && points.length === 0) await evaluate(trainer, run, points);
    const meter = new StepMeter(steps, trainer.steps, display);
    while (trainer.steps < steps && !signal.aborted) {
      const { batch, tokens } = run.batch(trainer.steps);
      const { loss } = await trainer.step(batch);
      meter.add(trainer.steps, loss, tokens);
      const isLast = trainer.steps === steps;
      if (evaluationSteps > 0 && (isLast || trainer.steps % evaluationSteps === 0))
        await evaluate(trainer, run, points);
      if (!isLast && trainer.steps % checkpointSteps === 0) await saveCheckpoint(trainer, folder);
      // A step blocks the thread: signals are only seen between steps.
      await nextTurn();
    }
    await saveCheckpoint(trainer, folder);
    return trainer.steps < steps ? 'stopped' : 'finished';
  } finally {
    await trainer.stop();
  }
}

/** The points of the curve up to the checkpoint: later ones are measured again. A run that was killed before its first one starts anew. */
async function restore(trainer: Trainer, { folder, control }: SupervisedRun): Promise<CurvePoint[]> {
  if (control.mode === 'fresh') return [];
  const state = join(folder, STATE_FILE);
  const isThere = await stat(state).catch(() => null);
  if (isThere !== null) await trainer.restoreState(state);
  const lines = (await readLines(join(folder, LOSSES_FILE))) as readonly CurvePoint[];
  const points = lines.filter(({ step }) => step <= trainer.steps);
  await writeLines(join(folder, LOSSES_FILE), points);
  return points;
}

/** The state to resume from, then the weights to serve; each is replaced whole. */
async function saveCheckpoint(trainer: Trainer, folder: string): Promise<void> {
  await trainer.saveState(join(folder, STATE_FILE));
  await writeSafetensors(join(folder, 'model.safetensors'), trainer.parameters(), {
    dtype: 'F16',
    metadata: { format: 'pt', steps: String(trainer.steps) },
  });
}

async function evaluate(trainer: Trainer, run: SupervisedRun, points: CurvePoint[]): Promise<void> {
  const { folder, title, batchTokens, control } = run;
  const seen = await answerLoss(trainer, run.seen);
  const heldOut = await answerLoss(trainer, run.heldOut);
  const point = { step: trainer.steps, tokens: trainer.steps * batchTokens, seen, heldOut };
  points.push(point);
  await appendLine(join(folder, LOSSES_FILE), point);
  await writeWhole(join(folder, CURVE_FILE), drawCurve(title, points));
  control.display.line(`step ${trainer.steps}  answer loss: seen ${seen.toFixed(3)}, held out ${heldOut.toFixed(3)}`);
}

/** Mean negative log-likelihood of the answers, in nats per token. In parts of similar lengths: the logits of all would fill the memory. */
async function answerLoss(trainer: Trainer, samples: readonly EncodedSample[]): Promise<number> {
  const rows = weighted(samples, 0).sort((a, b) => a.ids.length - b.ids.length);
  let sum = 0;
  for (let at = 0; at < rows.length; at += EVALUATION_ROWS)
    sum += (await trainer.evaluate(createBatch(rows.slice(at, at + EVALUATION_ROWS)))).loss;
  return sum;
}
