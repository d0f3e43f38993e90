/** What judges one message of a prompt: rules now, a trained classifier beside or in place of them later. */
import type { Message } from '../../types.js';
import type { PromptLabel } from '../policy.js';

export interface PromptJudgement {
  /** The label with the highest score; `benign` only when nothing at all was found. */
  readonly label: PromptLabel;
  /** In [0, 1]. */
  readonly score: number;
  /** What speaks for the label, by rule id; weights are the judge's own. Never quotes the text. */
  readonly evidence: readonly { readonly rule: string; readonly message: string; readonly weight: number }[];
}

/**
 * An implementer owes: the same judgement for the same role and text, whatever else was judged; nothing of the text in its messages;
 * turns of the event loop while a long text is read; `guard_failed` when it cannot judge or the signal aborts.
 */
export interface PromptJudge {
  /** Name of the guard in verdicts. */
  readonly name: string;
  /** Hex SHA-256 over everything the judgement goes by. */
  readonly hash: string;
  judge(role: Message['role'], text: string, signal: AbortSignal): Promise<PromptJudgement>;
}
