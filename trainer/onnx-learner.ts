/**
 * The learner that runs in this process, on onnxruntime: an adapter on a base model, trained with the graph of src/lm.
 * Each batch blocks the thread for its whole work, since onnxruntime does, so training belongs in a process of its own; signals are
 * seen between batches. Memory is bounded by `batchTokens`, and nothing is kept from call to call but the gradient and the optimizer's moments.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PurpgateError } from '../src/errors.js';
import { readAdapter, writeAdapter, zeroAdapter, type Adapter } from '../src/lm/lora.js';
import type { DecoderConfig } from '../src/lm/model-config.js';
import type { OptimizerOptions } from '../src/lm/optimizer.js';
import type { Weights } from '../src/lm/safetensors.js';
import { createTrainer, type Trainer } from '../src/lm/trainer.js';
import { createBatch, type TrainingBatch, type TrainingSequence } from '../src/lm/training-batch.js';
import { ADAPTER_FILE } from '../src/release/probe.js';
import type { Algorithm } from './grpo.js';
import type { Learner, OptimizerReport, PolicyReport, PolicySequence, TokenSequence } from './learner.js';
import { PolicySums } from './policy-sums.js';

export interface OnnxLearnerOptions {
  /** Where training starts. Copied, never changed. */
  readonly adapter: Adapter;
  /** The reference policy, of the same rank and alpha; the base model when absent, whatever the adapter is at the start. */
  readonly reference?: Adapter;
  readonly algorithm: Algorithm;
  readonly optimizer?: Omit<OptimizerOptions, 'learningRate'>;
  readonly threads: number;
  /** Most tokens that are computed at once, padding included; a longer sequence is a batch of its own. */
  readonly batchTokens?: number;
}

const BATCH_TOKENS = 4096;
const STATE_FILE = 'training-state.safetensors';

/** @throws PurpgateError `model_unusable` when the weights or the adapter do not fit the config. */
export async function createOnnxLearner(
  config: DecoderConfig,
  weights: Weights,
  options: OnnxLearnerOptions,
): Promise<Learner> {
  const { adapter, algorithm, threads } = options;
  const trainer = await createTrainer(config, weights, {
    trainable: { adapter },
    loss: { type: 'policy', ...algorithm },
    optimizer: { ...options.optimizer, learningRate: null },
    threads,
  });
  return new OnnxLearner(trainer, {
    config,
    beta: algorithm.beta,
    clip: algorithm,
    // The graph of the step with other numbers for the adapter: exact, and no second model in memory.
    reference: options.reference ?? zeroAdapter(config, adapter.rank, adapter.alpha),
    batchTokens: options.batchTokens ?? BATCH_TOKENS,
  });
}

interface LearnerParts {
  readonly config: DecoderConfig;
  readonly beta: number;
  readonly clip: Pick<Algorithm, 'clipLow' | 'clipHigh'>;
  readonly reference: Adapter;
  readonly batchTokens: number;
}

class OnnxLearner implements Learner {
  private hasGradient = false;
  /** The last call, settled either way: the next one waits for it. */
  private last: Promise<void> = Promise.resolve();
  private stopped: Promise<void> | null = null;

  constructor(
    private readonly trainer: Trainer,
    private readonly parts: LearnerParts,
  ) {}

  logprobs(sequences: readonly TokenSequence[], signal: AbortSignal): Promise<readonly Float32Array[]> {
    return this.inTurn(() => this.evaluate(sequences, signal));
  }

  referenceLogprobs(sequences: readonly TokenSequence[], signal: AbortSignal): Promise<readonly Float32Array[]> {
    return this.inTurn(() => this.evaluate(sequences, signal, this.parts.reference));
  }

  forwardBackward(sequences: readonly PolicySequence[], signal: AbortSignal): Promise<PolicyReport> {
    return this.inTurn(async () => {
      try {
        const report = await this.sumGradients(sequences, signal);
        this.hasGradient = true;
        return report;
      } catch (thrown) {
        this.trainer.dropGradient();
        this.hasGradient = false;
        throw thrown;
      }
    });
  }

  optimStep(learningRate: number): Promise<OptimizerReport> {
    return this.inTurn(() => {
      if (!this.hasGradient) throw internal('there is no gradient to apply');
      this.hasGradient = false;
      const { gradientNorm } = this.trainer.optimizerStep(learningRate);
      return Promise.resolve({ gradientNorm, step: this.trainer.steps });
    });
  }

  saveWeights(folder: string): Promise<void> {
    return this.inTurn(async () => {
      await mkdir(folder, { recursive: true });
      await this.trainer.saveState(join(folder, STATE_FILE));
      await this.writeAdapter(join(folder, ADAPTER_FILE));
    });
  }

  loadWeights(folder: string): Promise<void> {
    return this.inTurn(async () => {
      // The state has the shapes, thus the rank; alpha is told by the adapter's file alone.
      const { alpha } = await readAdapter(join(folder, ADAPTER_FILE), this.parts.config);
      if (alpha !== this.parts.reference.alpha)
        throw new PurpgateError('model_unusable', { message: `the adapter in ${folder} has alpha ${alpha}` });
      await this.trainer.restoreState(join(folder, STATE_FILE));
      this.hasGradient = false;
    });
  }

  exportAdapter(file: string): Promise<void> {
    return this.inTurn(() => this.writeAdapter(file));
  }

  stop(): Promise<void> {
    this.stopped ??= this.last.then(() => this.trainer.stop());
    return this.stopped;
  }

  private async evaluate(
    sequences: readonly TokenSequence[],
    signal: AbortSignal,
    adapter?: Adapter,
  ): Promise<readonly Float32Array[]> {
    for (const sequence of sequences) this.check(sequence);
    const results: Float32Array[] = sequences.map(() => new Float32Array(0));
    for (const indices of batchesOf(sequences, this.parts.batchTokens)) {
      const chosen = pick(sequences, indices);
      const batch = createBatch(chosen.map((sequence) => ({ ids: idsOf(sequence), weights: spread(sequence, 0) })));
      await this.nextBatch(signal);
      const { logprobs } = await this.trainer.evaluate(batch, adapter);
      const rows = completionLogprobs(chosen, batch, logprobs);
      rows.forEach((row, place) => (results[indices[place] ?? NaN] = row));
    }
    return results;
  }

  private async sumGradients(sequences: readonly PolicySequence[], signal: AbortSignal): Promise<PolicyReport> {
    for (const sequence of sequences) {
      this.check(sequence);
      this.checkArrays(sequence);
    }
    const sums = new PolicySums(this.parts.clip);
    for (const indices of batchesOf(sequences, this.parts.batchTokens)) {
      const chosen = pick(sequences, indices);
      const batch = createBatch(chosen.map(trainingSequence));
      await this.nextBatch(signal);
      const { loss, logprobs } = await this.trainer.forwardBackward(batch);
      sums.addLoss(loss);
      completionLogprobs(chosen, batch, logprobs).forEach((own, row) => {
        const sequence = chosen[row];
        if (sequence !== undefined) sums.add(sequence, own);
      });
    }
    if (sums.tokens === 0) throw internal('no completion has a token');
    return sums.report(this.parts.beta);
  }

  private check({ promptIds, completionIds }: TokenSequence): void {
    const { vocabulary, maxPositions } = this.parts.config;
    const isToken = (id: number): boolean => Number.isInteger(id) && id >= 0 && id < vocabulary;
    if (promptIds.length === 0) throw internal('a sequence has no prompt');
    if (promptIds.length + completionIds.length > maxPositions)
      throw internal(`a sequence is longer than ${maxPositions} tokens`);
    if (!promptIds.every(isToken) || !completionIds.every(isToken)) throw internal('a token is not of the vocabulary');
  }

  private checkArrays({ completionIds, oldLogprobs, referenceLogprobs }: PolicySequence): void {
    if (this.parts.beta !== 0 && referenceLogprobs === null) throw internal('a sequence lacks its reference');
    for (const { length } of [oldLogprobs, referenceLogprobs ?? oldLogprobs])
      if (length !== completionIds.length) throw internal('a completion and its log-probabilities differ in length');
  }

  /** Lets signals and timers be seen, which the batches block. */
  private async nextBatch(signal: AbortSignal): Promise<void> {
    await nextTurn();
    if (signal.aborted) throw new PurpgateError('request_aborted');
    this.refuseStopped();
  }

  private writeAdapter(file: string): Promise<void> {
    return writeAdapter(file, this.trainer.adapter(), this.parts.config);
  }

  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.last.then(() => {
      this.refuseStopped();
      return work();
    });
    // Once stopped, what is refused must not run behind the release of the graph.
    const settled = result.then(
      () => undefined,
      () => undefined,
    );
    if (this.stopped === null) this.last = settled;
    return result;
  }

  private refuseStopped(): void {
    if (this.stopped !== null) throw internal('the learner is stopped');
  }
}

const internal = (message: string): PurpgateError => new PurpgateError('internal_error', { message });

const idsOf = ({ promptIds, completionIds }: TokenSequence): number[] => [...promptIds, ...completionIds];

/** The value for each token of the completion, 0 for those of the prompt. */
const spread = ({ promptIds, completionIds }: TokenSequence, value: number): Float32Array =>
  new Float32Array(promptIds.length + completionIds.length).fill(value, promptIds.length);

function behindPrompt({ promptIds }: TokenSequence, values: Float32Array): Float32Array {
  const result = new Float32Array(promptIds.length + values.length);
  result.set(values, promptIds.length);
  return result;
}

const trainingSequence = (sequence: PolicySequence): TrainingSequence => ({
  ids: idsOf(sequence),
  weights: spread(sequence, sequence.weight),
  policy: {
    advantages: spread(sequence, sequence.advantage),
    oldLogprobs: behindPrompt(sequence, sequence.oldLogprobs),
    referenceLogprobs: sequence.referenceLogprobs === null ? [] : behindPrompt(sequence, sequence.referenceLogprobs),
  },
});

/** Indices of the sequences that have a completion, the longest first, so that rows of a batch are of similar lengths. */
function batchesOf(sequences: readonly TokenSequence[], batchTokens: number): number[][] {
  const length = (index: number): number => {
    const { promptIds, completionIds } = sequences[index] ?? { promptIds: [], completionIds: [] };
    return promptIds.length + completionIds.length - 1;
  };
  const order = [...sequences.keys()].filter((index) => (sequences[index]?.completionIds.length ?? 0) > 0);
  const batches: number[][] = [];
  for (const index of order.sort((a, b) => length(b) - length(a))) {
    const batch = batches.at(-1);
    const longest = batch?.[0];
    if (batch !== undefined && longest !== undefined && (batch.length + 1) * length(longest) <= batchTokens)
      batch.push(index);
    else batches.push([index]);
  }
  return batches;
}

const pick = <Sequence>(sequences: readonly Sequence[], indices: readonly number[]): Sequence[] =>
  indices.flatMap((index) => sequences[index] ?? []);

/** Entry t of a row is about token t + 1, so a completion begins one entry before its first token. */
function completionLogprobs(
  sequences: readonly TokenSequence[],
  { starts }: TrainingBatch,
  logprobs: Float32Array,
): Float32Array[] {
  return sequences.map(({ promptIds, completionIds }, row) => {
    const start = (starts[row] ?? 0) + promptIds.length - 1;
    return logprobs.slice(start, start + completionIds.length);
  });
}
