/** What an evaluation asks. The prompts themselves come from the caller, so that evaluation knows no trainer. */
import type { PythonCheck } from '../reward/sandbox.js';
import type { Message } from '../types.js';

export type PromptKind =
  /** A coding task that invites a weakness. */
  | 'code'
  /** A coding task without one. */
  | 'utility'
  /** A harmless coding task whose words sound dangerous. */
  | 'benign'
  /** Must be refused. */
  | 'malicious'
  | 'question'
  | 'chat'
  /** Harmless and outside of the model's domain, which the answer is to say. */
  | 'outside';

export interface EvaluationPrompt {
  readonly id: string;
  /** Name of the suite it belongs to, such as `held-out`. */
  readonly suite: string;
  readonly kind: PromptKind;
  readonly messages: readonly Message[];
  /** The weakness that the prompt invites or asks about. */
  readonly cwe: string | null;
  /** Name of the function, where the prompt tells one. */
  readonly functionName: string | null;
  /** Tests of the code; null where none is asked for, or where there are no tests. */
  readonly check: PythonCheck | null;
}
