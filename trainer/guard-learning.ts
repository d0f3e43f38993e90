/**
 * Learns the table of the prompt model: for each label a logistic regression over the features of windows. The classes of attack are told
 * from what is benign, and not from each other: a jailbreak may ask for malware, and either name is right.
 */
import type { PromptLabel } from '../src/guard/policy.js';
import { BUCKETS, featuresOf, guardedWords, windowsOf } from '../src/guard/prompt/model-features.js';
import { ATTACKS, LABELS_BY_ROLE, type AttackLabel } from '../src/guard/prompt/prompt-judge.js';
import { viewsOf } from '../src/guard/prompt/views.js';
import type { GuardExample } from './data/guard/examples.js';
import { regress, type Regression, type Target } from './logistic.js';

const LEARNING = { epochs: 8, rate: 0.3, decay: 1e-4, initialSquares: 0.1 };

/** An example as windows of features. */
export interface Featured {
  readonly source: GuardExample;
  readonly label: PromptLabel;
  /** The labels that its role is judged for. */
  readonly asked: readonly AttackLabel[];
  readonly long: readonly Int32Array[];
  /** None where one window holds all. */
  readonly short: readonly Int32Array[];
  /** How much it weighs; 1 is the rule. */
  readonly weight: number;
}

export function featured(source: GuardExample, weight: number): Featured {
  const { role, text, system, label } = source;
  const plain = viewsOf(text)[0]?.text ?? text;
  const surroundings = { role, guarded: guardedWords(system) };
  const read = (scale: 'long' | 'short'): Int32Array[] =>
    windowsOf(plain, scale).map((window) => featuresOf(window, surroundings));
  const short = read('short');
  const windows = short.length > 1 ? { long: read('long'), short } : { long: short, short: [] };
  return { source, label, asked: LABELS_BY_ROLE[role], ...windows, weight };
}

type ByLabel<Value> = Readonly<Record<AttackLabel, Value>>;
export type GuardWeights = ByLabel<Regression>;

export function byLabel<Value>(of: (label: AttackLabel) => Value): ByLabel<Value> {
  return { malicious: of('malicious'), jailbreak: of('jailbreak'), injection: of('injection') };
}

interface GuardLearning {
  readonly seed: number;
  /** Told now and then which share of the work is done, in [0, 1]. */
  readonly onProgress?: (share: number) => void;
}

/** The same examples and seed give the same weights. */
export function learnGuard(examples: readonly Featured[], { seed, onProgress }: GuardLearning): GuardWeights {
  const all = LEARNING.epochs * ATTACKS.length;
  return byLabel((label) =>
    regress(targetsOf(label, examples), {
      ...LEARNING,
      features: BUCKETS,
      seed,
      onEpoch: (done) => onProgress?.((ATTACKS.indexOf(label) * LEARNING.epochs + done) / all),
    }),
  );
}

function targetsOf(wanted: AttackLabel, examples: readonly Featured[]): Target[] {
  return examples.flatMap(({ label, asked, long, short, weight }): Target[] => {
    if (!asked.includes(wanted) || (label !== 'benign' && label !== wanted)) return [];
    // Where an attack stands in a long text is not known; that none stands in a benign one is.
    const windows = label === 'benign' ? [...long, ...short] : long;
    return windows.map((features) => ({
      features,
      scale: 1 / Math.sqrt(features.length),
      wanted: Number(label === wanted),
      offset: 0,
      weight,
    }));
  });
}

/** The highest logit over the windows of an example, by label; minus infinity for what its role is not judged for. */
export function logitsOf(weights: GuardWeights, { asked, long, short }: Featured): ByLabel<number> {
  return byLabel((label) => {
    if (!asked.includes(label)) return -Infinity;
    const { weights: table, bias } = weights[label];
    const logits = [...long, ...short].map((features) => {
      let sum = 0;
      for (const feature of features) sum += table[feature] ?? 0;
      return bias + sum / Math.sqrt(features.length);
    });
    return Math.max(-Infinity, ...logits);
  });
}
