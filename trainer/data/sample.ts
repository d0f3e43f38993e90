import type { PromptKind } from '../../src/eval/suite.js';
import type { Message } from '../../src/types.js';
import type { Side } from './identifiers.js';

/** Which slots of a sample come from what training never sees. */
export interface Split {
  readonly names: Side;
  readonly frames: Side;
  readonly phrasings: Side;
}

export const TRAINING: Split = { names: 'train', frames: 'train', phrasings: 'train' };
export const HELD_OUT: Split = { names: 'held-out', frames: 'held-out', phrasings: 'held-out' };

export interface Sample {
  readonly kind: PromptKind | 'drill';
  /** Id of the scenario, task or topic. */
  readonly source: string;
  /** Ends with a user message. */
  readonly messages: readonly Message[];
  readonly analysis: string;
  readonly answer: string;
  readonly cwe: string | null;
  /** Name that the prompt tells; null where it tells none. */
  readonly functionName: string | null;
  /** What the answer is; `plain` where neither safety nor refusal is at stake. */
  readonly outcome: 'secure' | 'insecure' | 'refused' | 'complied' | 'plain';
}

/** Phrasings of one side; the last of a table is the one held out. */
export function phrasingsOf(all: readonly string[], side: Side): readonly string[] {
  return side === 'held-out' ? all.slice(-1) : all.slice(0, -1);
}

export function fence(code: string): string {
  return `\`\`\`python\n${code}\n\`\`\``;
}
