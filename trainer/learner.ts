/** What a learner does for the training loop: gradients of the policy loss, optimizer steps, log-probabilities, and its state in files. */

export interface TokenSequence {
  /** At least one token. */
  readonly promptIds: readonly number[];
  readonly completionIds: readonly number[];
}

/** One rollout of an update. The arrays have one entry per token of the completion. */
export interface PolicySequence extends TokenSequence {
  readonly advantage: number;
  /** Factor of each of its tokens in the sum that is the loss, of `weightsOf` (grpo.ts): so the batches of an update add up. */
  readonly weight: number;
  /** Log-probabilities of the sampler, at the time of sampling. */
  readonly oldLogprobs: Float32Array;
  /** Null where the algorithm's beta is 0. */
  readonly referenceLogprobs: Float32Array | null;
}

/** Of one `forwardBackward`. Means are over the tokens of all completions, each counted once whatever its weight. */
export interface PolicyReport {
  readonly loss: number;
  readonly tokens: number;
  /** r = exp(l - old), l of the learner. 1 where nothing has been learned since the sampling. */
  readonly meanRatio: number;
  /** Share of the tokens whose ratio was clipped, so that their reward moved nothing. */
  readonly clippedShare: number;
  /** k3 estimate of KL(learner || reference) per token; null where the algorithm has none. */
  readonly kl: number | null;
  /** k3 estimate of KL(sampler || learner) per token: before the first step on its samples, how far the two disagree about the same weights. */
  readonly mismatchKl: number;
}

export interface OptimizerReport {
  /** L2 norm before clipping. */
  readonly gradientNorm: number;
  /** Steps taken, this one included. */
  readonly step: number;
}

/**
 * Calls are carried out one after the other, in the order in which they are made, so a caller need not wait between them. What a call does
 * follows from the weights, the state and its arguments alone: the same calls leave the same weights, bit by bit, on the same machine.
 */
export interface Learner {
  /** Log-probabilities of the completions under the weights as they are, in the order of the sequences. @throws PurpgateError `request_aborted`. */
  logprobs(sequences: readonly TokenSequence[], signal: AbortSignal): Promise<readonly Float32Array[]>;
  /** The same under the reference policy, which no step changes. */
  referenceLogprobs(sequences: readonly TokenSequence[], signal: AbortSignal): Promise<readonly Float32Array[]>;
  /**
   * Adds the gradient of the sequences' loss to that of earlier calls since the last step. When it rejects, the whole sum is dropped,
   * that of earlier calls too: the caller begins the update anew.
   * @throws PurpgateError `request_aborted`; `internal_error` when a sequence does not fit the model or its arrays.
   */
  forwardBackward(sequences: readonly PolicySequence[], signal: AbortSignal): Promise<PolicyReport>;
  /** Applies the sum and drops it. @throws PurpgateError `internal_error` when there is none or it is not finite: nothing is changed then. */
  optimStep(learningRate: number): Promise<OptimizerReport>;
  /**
   * Weights, optimizer state and step count, into a folder that is made where it is missing; `ADAPTER_FILE` in it is what `exportAdapter`
   * writes. A gradient not yet applied is not saved.
   */
  saveWeights(folder: string): Promise<void>;
  /** Goes on bit by bit from what `saveWeights` wrote. @throws PurpgateError `model_unusable` when it is of another model or adapter. */
  loadWeights(folder: string): Promise<void>;
  /** The adapter alone, in the file that engines load. */
  exportAdapter(file: string): Promise<void>;
  /** Ends what runs at its next batch, and refuses what comes after. Idempotent. */
  stop(): Promise<void>;
}
