/** What judges one answer. */
import type { Evidence, RecordedAnswer, SampleKind } from '../events/interaction.js';
import type { PromptTurn } from './prompt.js';
import type { PromptTests } from './prompt-tests.js';

/** One prompt and one answer to it, ready to be judged. */
export interface Sample {
  readonly kind: SampleKind;
  readonly prompt: readonly PromptTurn[];
  /** As the model wrote it, before any guard. */
  readonly response: RecordedAnswer;
  /** `required` for models that were trained to write `## Analysis` / `## Answer`; other models have no such format to keep. */
  readonly format: 'required' | 'absent';
  /** Tests that the answer's code must pass. */
  readonly tests: PromptTests | 'none';
}

/** `reason` says why there is no value, or what a value below 1 rests on where evidence does not. */
export interface Judgement {
  /** In [0, 1]; null when the oracle could not run or has nothing to judge. Null is never a pass. */
  readonly value: number | null;
  readonly evidence: readonly Evidence[];
  readonly reason?: string;
}

/**
 * An implementer owes: the same judgement for the same sample and version; null, never a value, for what it could not look at; an end
 * within a step of `signal` aborting. It may throw: the scorer takes that as null.
 */
export interface Oracle {
  readonly name: 'format' | 'parse' | 'security' | 'task' | 'assistance' | 'refusal' | 'correctness';
  /** Changes whenever the judgement of any sample may. */
  readonly version: string;
  judge(sample: Sample, signal: AbortSignal): Promise<Judgement>;
}

export function undecided(reason: string): Judgement {
  return { value: null, evidence: [], reason };
}
