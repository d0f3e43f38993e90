/** What judges one message of a prompt: rules, a trained model, or both (combined-judge.ts). */
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

/** Every label that speaks against a prompt. */
export const ATTACKS = ['malicious', 'jailbreak', 'injection'] as const satisfies readonly PromptLabel[];
export type AttackLabel = (typeof ATTACKS)[number];

/** What each role is judged for. What a system message orders is not jailbreaking; what a tool returns has no right to order. */
export const LABELS_BY_ROLE: Readonly<Record<Message['role'], readonly AttackLabel[]>> = {
  system: ['malicious'],
  user: ATTACKS,
  assistant: ['malicious', 'jailbreak'],
  tool: ['injection'],
};

/** What stands before a message in its conversation, as far as it can change what the message means. */
export interface Before {
  /** The latest earlier messages of the user, the last one last; empty for none. */
  readonly said: string;
  /** Stems of the words that the system messages tell to keep secret or to stay away from; see `guardedWords`. */
  readonly guarded: readonly string[];
}

export const NOTHING_BEFORE: Before = { said: '', guarded: [] };

export interface JudgeOptions {
  readonly signal: AbortSignal;
  /** Nothing, where it is left out. */
  readonly before?: Before;
}

/** The stronger of two judgements. */
export function worse(a: PromptJudgement, b: PromptJudgement): PromptJudgement {
  return b.score > a.score ? b : a;
}

/**
 * An implementer owes: the same judgement for the same role, text and what stands before, whatever else was judged; nothing of the text in its messages;
 * turns of the event loop while a long text is read; `guard_failed` when it cannot judge or the signal aborts.
 */
export interface PromptJudge {
  /** Name of the guard in verdicts. */
  readonly name: string;
  /** Hex SHA-256 over everything the judgement goes by. */
  readonly hash: string;
  judge(role: Message['role'], text: string, options: JudgeOptions): Promise<PromptJudgement>;
}
