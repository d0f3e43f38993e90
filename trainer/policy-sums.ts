/** What an update's tokens say about the policies, summed over batches: shared by learners that get log-probabilities back. */
import type { Algorithm } from './grpo.js';
import type { PolicyReport, PolicySequence } from './learner.js';

export class PolicySums {
  tokens = 0;
  private loss = 0;
  private ratios = 0;
  private clipped = 0;
  private kl = 0;
  private mismatchKl = 0;

  constructor(private readonly clip: Pick<Algorithm, 'clipLow' | 'clipHigh'>) {}

  addLoss(loss: number): void {
    this.loss += loss;
  }

  /** `logprobs`: of the completion, under the learner. */
  add({ advantage, oldLogprobs, referenceLogprobs }: PolicySequence, logprobs: Float32Array): void {
    logprobs.forEach((logprob, t) => {
      const difference = logprob - (oldLogprobs[t] ?? NaN);
      const ratio = Math.exp(difference);
      this.tokens += 1;
      this.ratios += ratio;
      this.mismatchKl += k3(difference);
      if (isClipped(ratio, advantage, this.clip)) this.clipped += 1;
      if (referenceLogprobs !== null) this.kl += k3((referenceLogprobs[t] ?? NaN) - logprob);
    });
  }

  /** `beta`: of the algorithm. */
  report(beta: number): PolicyReport {
    const { tokens } = this;
    return {
      loss: this.loss,
      tokens,
      meanRatio: this.ratios / tokens,
      clippedShare: this.clipped / tokens,
      kl: beta === 0 ? null : this.kl / tokens,
      mismatchKl: this.mismatchKl / tokens,
    };
  }
}

/**
 * Schulman's estimate of KL(q || p) from a token drawn from q, with difference = log p - log q: exp(difference) - difference - 1
 * (http://joschu.net/blog/kl-approx.html).
 */
const k3 = (difference: number): number => Math.expm1(difference) - difference;

/** Whether the clipped term is the smaller one: only on the side to which the advantage pushes. */
const isClipped = (ratio: number, advantage: number, { clipLow, clipHigh }: Pick<Algorithm, 'clipLow' | 'clipHigh'>) =>
  (advantage > 0 && ratio > 1 + clipHigh) || (advantage < 0 && ratio < 1 - clipLow);
