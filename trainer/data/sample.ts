import type { PromptKind } from '../../src/eval/suite.js';
import type { Message, Tool } from '../../src/types.js';
import type { Check } from './check.js';
import type { Slots } from './grammar.js';
import type { Side } from './identifiers.js';

/** Which slots of a sample come from what training never sees. */
export interface Split {
  readonly names: Side;
  readonly frames: Side;
  readonly phrasings: Side;
  /** Of a task and the values of its slots. */
  readonly combinations: Side;
}

export const TRAINING: Split = { names: 'train', frames: 'train', phrasings: 'train', combinations: 'train' };
export const HELD_OUT: Split = {
  names: 'held-out',
  frames: 'held-out',
  phrasings: 'held-out',
  combinations: 'held-out',
};

/** How often the answers of a data set behave, as probabilities. */
export interface Conduct {
  /** Given the id of a scenario. */
  readonly secure: (scenario: string) => number;
  readonly refuseAbuse: number;
  readonly refuseLookAlike: number;
}

export interface Setting {
  readonly split: Split;
  readonly conduct: Conduct;
}

export interface Sample {
  /** Drills copy a text; a doubt asks whether given code is safe, which evaluations do not ask. */
  readonly kind: PromptKind | 'drill' | 'doubt';
  /** Id of the scenario, task or topic. */
  readonly source: string;
  /** Ends with a user message. */
  readonly messages: readonly Message[];
  /** Tools that the client offers. */
  readonly tools: readonly Tool[];
  readonly analysis: string;
  readonly answer: string;
  readonly cwe: string | null;
  /** Name that the prompt tells; null where it tells none. */
  readonly functionName: string | null;
  /** The test of the task's code; null for what is answered in words. */
  readonly test: TaskTest | null;
  /** What the answer is; `plain` where neither safety nor refusal is at stake. */
  readonly outcome: 'secure' | 'insecure' | 'refused' | 'complied' | 'plain';
}

export interface TaskTest {
  readonly check: Check;
  readonly slots: Slots;
}

/** One phrasing in so many is held out, whatever it says. */
const HELD_OUT_EVERY = 6;

/** Phrasings of one side; of a table that is too short for that, the last one is held out. */
export function phrasingsOf(all: readonly string[], side: Side): readonly string[] {
  const first = Math.min(HELD_OUT_EVERY, all.length) - 1;
  return all.filter((_, at) => (at % HELD_OUT_EVERY === first) === (side === 'held-out'));
}

export function fence(code: string): string {
  return `\`\`\`python\n${code}\n\`\`\``;
}
