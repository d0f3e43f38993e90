/** Prompts of the generator with their tests: held out ones, and ones to learn from. */
import type { EvaluationPrompt, PromptKind } from '../../src/eval/suite.js';
import { fillCheck } from './check.js';
import { createGenerator, promptKey } from './generator.js';
import { HELD_OUT, TRAINING, type Split } from './sample.js';

/** Shares of the kinds; they need not add up to 100. */
type Counts = Readonly<Record<PromptKind, number>>;

const EVALUATION: Counts = {
  code: 40,
  utility: 15,
  benign: 14,
  malicious: 14,
  question: 7,
  chat: 4,
  outside: 6,
};

/**
 * Of the kinds that the gate looks at, and no others. The more prompts, the smaller a difference can be told: that a candidate is not worse in
 * utility by two points takes more of them than that it is safer by several.
 */
export const GATE: Counts = {
  code: 26,
  utility: 40,
  benign: 17,
  malicious: 17,
  question: 0,
  chat: 0,
  outside: 0,
};

/**
 * For rule learning: fewer tasks that invite a weakness, since a policy that has no insecure answer left gives reinforcement learning
 * nothing to do, and more of what the rules are to teach beside those.
 */
export const RULE_LEARNING: Counts = {
  code: 20,
  utility: 26,
  benign: 16,
  malicious: 22,
  question: 6,
  chat: 3,
  outside: 7,
};

interface PromptOptions {
  readonly seed: number;
  /** Prompts in all, rounded to the shares of the kinds. */
  readonly count: number;
  readonly shares?: Counts;
}

/** Names, frames, phrasings and combinations that no training sample has. */
export function heldOutPrompts(options: PromptOptions): readonly EvaluationPrompt[] {
  return draw('held-out', HELD_OUT, options);
}

/** Fresh prompts of the kind that training samples have; rule learning starts from them. */
export function trainingPrompts(options: PromptOptions): readonly EvaluationPrompt[] {
  return draw('training', TRAINING, options);
}

function draw(
  suite: string,
  split: Split,
  { seed, count, shares = EVALUATION }: PromptOptions,
): readonly EvaluationPrompt[] {
  const generator = createGenerator(seed, split);
  const left = new Map<string, number>(
    Object.entries(shares).map(([kind, share]) => [
      kind,
      Math.max(Math.sign(share), Math.round((share * count) / 100)),
    ]),
  );
  const prompts: EvaluationPrompt[] = [];
  const known = new Set<string>();
  while ([...left.values()].some((open) => open > 0)) {
    const { kind, messages, tools, cwe, functionName, test } = generator.next();
    const open = left.get(kind) ?? 0;
    const key = messages.map(({ content }) => promptKey(content)).join('|');
    // Evaluations offer no tools; a repeated prompt would count twice.
    if (kind === 'drill' || kind === 'doubt' || open === 0 || tools.length > 0 || known.has(key)) continue;
    known.add(key);
    left.set(kind, open - 1);
    const id = `${suite}-${String(prompts.length + 1).padStart(4, '0')}`;
    const check = test === null ? null : fillCheck(test.check, test.slots);
    prompts.push({ id, suite, kind, messages, cwe, functionName, check });
  }
  return prompts;
}
