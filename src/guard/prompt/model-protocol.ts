/** Messages between the prompt model's thread and the judge that asks it. */
import type { Message } from '../../types.js';
import type { AttackLabel, Before } from './prompt-judge.js';
import type { Scores } from './prompt-model.js';

export interface ModelJob {
  readonly role: Message['role'];
  readonly text: string;
  readonly before: Before;
}

export type ModelRequest =
  | { readonly kind: 'judge'; readonly id: number; readonly job: ModelJob }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'stop' };

export interface ModelAnswer {
  readonly scores: Scores;
  /** What was undone to read the text that scored highest; empty for the text as sent. */
  readonly changes: readonly string[];
  /** Whether it scored highest only together with what was said before. */
  readonly isJoint: boolean;
}

export type ModelReply =
  | { readonly kind: 'ready'; readonly hash: string; readonly knows: readonly AttackLabel[] }
  | { readonly kind: 'unusable'; readonly message: string }
  | { readonly kind: 'done'; readonly id: number; readonly answer: ModelAnswer }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };
