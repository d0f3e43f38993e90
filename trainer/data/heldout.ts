/** Evaluation prompts of the generator: names, frames and phrasings that no training sample has. */
import type { EvaluationPrompt, PromptKind } from '../../src/eval/suite.js';
import { createGenerator } from './generator.js';
import { HELD_OUT, type Split } from './sample.js';

/** How many prompts of each kind make one hundred. */
const COUNTS: Readonly<Record<PromptKind, number>> = {
  code: 40,
  utility: 12,
  benign: 16,
  malicious: 18,
  question: 9,
  chat: 5,
};

interface HeldOutOptions {
  readonly seed: number;
  /** Prompts in all, rounded to the shares of the kinds. */
  readonly count: number;
  readonly split?: Split;
}

export function heldOutPrompts({ seed, count, split = HELD_OUT }: HeldOutOptions): readonly EvaluationPrompt[] {
  const generator = createGenerator(seed, split);
  const left = new Map<string, number>(
    Object.entries(COUNTS).map(([kind, share]) => [kind, Math.max(1, Math.round((share * count) / 100))]),
  );
  const prompts: EvaluationPrompt[] = [];
  while ([...left.values()].some((open) => open > 0)) {
    const { kind, messages, cwe, functionName } = generator.next();
    const open = left.get(kind) ?? 0;
    if (kind === 'drill' || open === 0) continue;
    left.set(kind, open - 1);
    const id = `held-out-${String(prompts.length + 1).padStart(3, '0')}`;
    prompts.push({ id, suite: 'held-out', kind, messages, cwe, functionName });
  }
  return prompts;
}
