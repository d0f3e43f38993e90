/** What judges text on its way in and out. */
import type { Delta, Message, Verdict } from '../types.js';

/** What a guard may know about a request, and the key of its caches: no verdict crosses a tenant or a policy. */
export interface GuardContext {
  readonly requestId: string;
  readonly tenant: string;
  readonly keyId: string;
}

/** As it stands on interactions. */
export interface PolicyName {
  readonly name: string;
  /** Hex SHA-256 over the policy and the rules. */
  readonly hash: string;
}

export interface InputVerdict {
  /** One verdict per guard, in the order they ran. */
  readonly verdicts: readonly Verdict[];
  /** The finding-bearing verdict that blocks the prompt; null when the prompt may pass. */
  readonly blockedBy: Verdict | null;
}

/**
 * The guard of one policy as serving sees it. Both methods fail closed: when a blocking guard throws or runs out of time, the content is denied
 * with `guard_failed`; when an observing guard does, that is recorded in its verdict and the content passes.
 */
export interface Guard {
  readonly policy: PolicyName;
  /** `refuse`: a blocked prompt fails with `content_policy_violation`. `answer`: it is answered with a notice. */
  readonly blockedPrompt: 'refuse' | 'answer';
  /** Which answers, when code in them is withheld, are asked for once more: none, those that are not streamed, or all. */
  readonly repairs: 'none' | 'whole' | 'all';
  /** Judges a prompt. Every message is read, tool results too. @throws PurpgateError `guard_failed`. */
  input(messages: readonly Message[], context: GuardContext, signal: AbortSignal): Promise<InputVerdict>;
  /**
   * Judges a generation while it flows and yields only what may be served, in the order that `Delta` documents, with a `verdict`
   * Delta for each unit judged. Text of a blocked unit never leaves; a notice stands in its place. Abandoning the iterator abandons
   * the source.
   */
  output(deltas: AsyncIterable<Delta>, context: GuardContext, signal: AbortSignal): AsyncIterable<Delta>;
}
