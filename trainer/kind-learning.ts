/**
 * Learns what the rules of `kind.ts` miss: for each of its questions a logistic regression over the words of a request, with the logit of the
 * rules as a fixed offset, so that only their error is learned (boosting: Friedman, Hastie, Tibshirani, 2000).
 *
 * Shapes, in names: N requests, F features.
 */
import type { SampleKind } from '../src/events/interaction.js';
import { ruleLogits, weighSigns } from '../src/reward/kind.js';
import { featuresOf } from '../src/reward/kind-features.js';
import type { KindLogits, KindModel } from '../src/reward/kind-model.js';
import { regress, type Target } from './logistic.js';

export interface KindExample {
  /** As `wording` gives it. */
  readonly text: string;
  /** `harmless`: anything but malicious; whether it asks for code is left to the rules. */
  readonly kind: SampleKind | 'harmless';
  /** How much it weighs; 1 is the rule. */
  readonly weight: number;
}

const LEARNING = { epochs: 6, rate: 0.1, decay: 1e-3, initialSquares: 0.1 };
/** Features of fewer requests, and weights closer to zero, are left out: they say more about a data set than about a language. */
const LEAST_REQUESTS = 4;
const LEAST_WEIGHT = 0.2;

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
  const table = intern(examples);
  const rules_N = examples.map(({ text }) => ruleLogits(weighSigns(text)));
  const learn = (question: Question) =>
    regress(targetsOf(question, { examples, rules_N, features_N: table.features_N }), {
      ...LEARNING,
      features: table.names_F.length,
      seed,
    });
  const learned = {
    harm: learn('harm'),
    code: learn('code'),
    security: learn('security'),
  };
  const kept = (question: Question, f: number): number => {
    const weight = learned[question].weights[f] ?? 0;
    return Math.abs(weight) < LEAST_WEIGHT ? 0 : weight;
  };
  const rows = table.names_F.flatMap((name, f): [string, KindLogits][] => {
    if ((table.requests_F[f] ?? 0) < LEAST_REQUESTS) return [];
    const logits = { harm: kept('harm', f), code: kept('code', f), security: kept('security', f) };
    return logits.harm === 0 && logits.code === 0 && logits.security === 0 ? [] : [[name, logits]];
  });
  const bias = { harm: learned.harm.bias, code: learned.code.bias, security: learned.security.bias };
  return { bias, weights: new Map(rows) };
}

interface Features {
  readonly names_F: readonly string[];
  /** Requests that have the feature. */
  readonly requests_F: readonly number[];
  /** Indices into F of each request. */
  readonly features_N: readonly Int32Array[];
}

function intern(examples: readonly KindExample[]): Features {
  const indices = new Map<string, number>();
  const requests_F: number[] = [];
  const features_N = examples.map(({ text }) =>
    Int32Array.from(featuresOf(text), (feature) => {
      const index = indices.get(feature) ?? indices.size;
      indices.set(feature, index);
      requests_F[index] = (requests_F[index] ?? 0) + 1;
      return index;
    }),
  );
  return { names_F: [...indices.keys()], requests_F, features_N };
}

interface Asked {
  readonly examples: readonly KindExample[];
  readonly rules_N: readonly KindLogits[];
  readonly features_N: readonly Int32Array[];
}

function targetsOf(question: Question, { examples, rules_N, features_N }: Asked): readonly Target[] {
  return examples.flatMap((example, n): Target[] => {
    const [rules, features] = [rules_N[n], features_N[n]];
    const wanted = rules === undefined ? null : TARGETS[question](example, rules);
    if (wanted === null || rules === undefined || features === undefined) return [];
    return [{ features, scale: 1, wanted, offset: rules[question], weight: example.weight }];
  });
}
