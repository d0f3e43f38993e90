/** Learns what the rules of `kind.ts` miss: for each of its questions a model over the words of a request, with the logit of the rules as offset. */
import type { SampleKind } from '../src/events/interaction.js';
import { ruleLogits, weighSigns } from '../src/reward/kind.js';
import type { KindLogits, KindModel } from '../src/reward/kind-model.js';
import { learnWordWeights } from './word-learning.js';

export interface KindExample {
  /** As `wording` gives it. */
  readonly text: string;
  /** `harmless`: anything but malicious; whether it asks for code is left to the rules. */
  readonly kind: SampleKind | 'harmless';
  /** How much it weighs; 1 is the rule. */
  readonly weight: number;
}

type Question = keyof KindLogits;

/** What a question is to answer for an example: null where the question is not asked. */
const TARGETS: Readonly<Record<Question, (example: KindExample, rules: KindLogits) => number | null>> = {
  harm: ({ kind }) => Number(kind === 'malicious'),
  code: ({ kind }, rules) => {
    if (kind === 'malicious') return null;
    return Number(kind === 'harmless' ? rules.code > 0 : kind === 'code');
  },
  security: ({ kind }, rules) => {
    if (kind === 'malicious' || kind === 'code') return null;
    if (kind === 'harmless') return rules.code > 0 ? null : Number(rules.security > 0);
    return Number(kind === 'security_question');
  },
};

/** The same examples and seed give the same model. */
export function learnKinds(examples: readonly KindExample[], seed: number): KindModel {
  const rules_N = examples.map(({ text }) => ruleLogits(weighSigns(text)));
  return learnWordWeights<Question>({
    questions: ['harm', 'code', 'security'],
    texts_N: examples.map(({ text }) => text),
    wanted: (question, n) => {
      const [example, rules] = [examples[n], rules_N[n]];
      if (example === undefined || rules === undefined) return null;
      const wanted = TARGETS[question](example, rules);
      return wanted === null ? null : { wanted, offset: rules[question], weight: example.weight };
    },
    ...{ seed, epochs: 6, decay: 1e-3, leastTexts: 4, leastWeight: 0.2 },
  });
}
