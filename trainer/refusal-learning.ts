/** Learns to tell the sentences of an answer that decline from those that give and from those that stand around (`src/reward/refusal-model.ts`). */
import type { RefusalModel } from '../src/reward/refusal-model.js';
import { learnWordWeights } from './word-learning.js';

export type SentenceRole = 'declines' | 'gives' | 'around';

export interface SentenceExample {
  readonly text: string;
  readonly role: SentenceRole;
  /** How much it weighs; 1 is the rule. */
  readonly weight: number;
}

/** The same examples and seed give the same model. */
export function learnRefusals(examples: readonly SentenceExample[], seed: number): RefusalModel {
  return learnWordWeights({
    questions: ['declines', 'gives'] as const,
    texts_N: examples.map(({ text }) => text),
    wanted: (question, n) => {
      const example = examples[n];
      if (example === undefined) return null;
      return { wanted: Number(example.role === question), offset: 0, weight: example.weight };
    },
    ...{ seed, epochs: 4, decay: 1e-4, leastTexts: 1, leastWeight: 0.1 },
  });
}
