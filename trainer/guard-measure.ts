/** What the prompt model does on prompts of a source that it has not learned from, and the thresholds it is served with. */
import { policyOf } from '../src/guard/policy.js';
import { combined } from '../src/guard/prompt/combined-judge.js';
import type { ModelPromptJudge } from '../src/guard/prompt/model-judge.js';
import { ATTACKS, type AttackLabel } from '../src/guard/prompt/prompt-judge.js';
import { createRuleJudge } from '../src/guard/prompt/rule-judge.js';
import { byLabel, learnGuard, logitsOf, type Featured, type GuardWeights } from './guard-learning.js';

/** Prompts of one origin, which are learned from, or left out, together. */
export interface GuardSource {
  readonly name: string;
  /** Sources with one group say the same things: they are left out together. */
  readonly group: string;
  readonly examples: readonly Featured[];
}

export type Thresholds = Readonly<Record<AttackLabel, number>>;

/**
 * Factor on the logits of the model that is served: it moves no prompt over the threshold at which the policy blocks, and so many fewer over
 * the lower one at which it annotates.
 */
export const STEEPNESS = 2;

/** What is added to `STEEPNESS` times a logit, so that the threshold of its label gets the score from which the default policy blocks. */
export function shiftOf(label: AttackLabel, thresholds: Thresholds): number {
  const blockFrom = policyOf('default').prompt.blockFrom[label];
  return Math.log(blockFrom / (1 - blockFrom)) - STEEPNESS * thresholds[label];
}

const scoreOf = (logit: number, label: AttackLabel, thresholds: Thresholds): number =>
  1 / (1 + Math.exp(-(STEEPNESS * logit + shiftOf(label, thresholds))));

/** Share of benign prompts, each source weighing the same, that may lie above the threshold of a label. Together 1 %. */
const FALSE_POSITIVES: Thresholds = { malicious: 0.006, jailbreak: 0.002, injection: 0.002 };
/**
 * The lowest thresholds. Benign prompts that were generated, or that learned-from sources resemble, are told too easily: the share alone
 * would put the threshold where an attack is still improbable.
 */
const LEAST: Thresholds = { malicious: -0.1, jailbreak: -1.3, injection: -1.3 };

interface Calibration {
  /** Logits from which a prompt is blocked. */
  readonly thresholds: Thresholds;
  /** Share of the benign prompts that these thresholds were set on, and that are above one of them; each source weighs the same. */
  readonly falsePositives: number;
}

/** Sets thresholds on the benign prompts in one half of each source, by a model of the other halves. */
export function calibrate(sources: readonly GuardSource[], seed: number): Calibration {
  const half = (rest: number) => (_: Featured, n: number) => n % 2 === rest;
  const weights = learnGuard(
    sources.flatMap(({ examples }) => examples.filter(half(0))),
    { seed },
  );
  const benign = sources
    .map(({ examples }) => examples.filter(half(1)).filter(({ label }) => label === 'benign'))
    .filter(({ length }) => length > 0);
  const logits = benign.map((source) => source.map((example) => logitsOf(weights, example)));
  const thresholds = byLabel((label) => {
    const weighed = logits.flatMap((source) =>
      source.map((of) => ({ logit: of[label], share: 1 / source.length / logits.length })),
    );
    weighed.sort((a, b) => b.logit - a.logit);
    let above = 0;
    for (const { logit, share } of weighed) {
      above += share;
      if (above > FALSE_POSITIVES[label]) return Math.max(LEAST[label], logit);
    }
    return LEAST[label];
  });
  const shares = benign.map((source) => shareAbove(source, weights, thresholds));
  return { thresholds, falsePositives: shares.reduce((sum, share) => sum + share, 0) / shares.length };
}

/** Shares of a source's prompts, in [0, 1]. */
export interface LeftOut {
  readonly source: string;
  readonly prompts: number;
  readonly isAttack: boolean;
  readonly blocked: number;
  /** By the model or the rules, as `combined` has it. The rules are what they are: nothing was left out of them. */
  readonly blockedWithRules: number;
  /** Of its thresholds; see Calibration. */
  readonly falsePositives: number;
}

/** Learns and sets thresholds without a source, and judges that source. */
export async function leaveOut(source: GuardSource, all: readonly GuardSource[], seed: number): Promise<LeftOut> {
  const others = all.filter(({ group }) => group !== source.group);
  const { thresholds, falsePositives } = calibrate(others, seed);
  const weights = learnGuard(
    others.flatMap(({ examples }) => examples),
    { seed },
  );
  return {
    source: source.name,
    prompts: source.examples.length,
    isAttack: source.examples.some(({ label }) => label !== 'benign'),
    blocked: shareAbove(source.examples, weights, thresholds),
    blockedWithRules: await shareBlocked(source.examples, { weights, thresholds }),
    falsePositives,
  };
}

function shareAbove(examples: readonly Featured[], weights: GuardWeights, thresholds: Thresholds): number {
  const above = examples.filter((example) => {
    const logits = logitsOf(weights, example);
    return ATTACKS.some((label) => logits[label] >= thresholds[label]);
  });
  return above.length / examples.length;
}

/** A judge like the one that is served, from what was learned. */
function judgeOf(example: Featured, { weights, thresholds }: Learned): ModelPromptJudge {
  const logits = logitsOf(weights, example);
  return {
    name: 'learned',
    hash: 'learned',
    knows: ATTACKS,
    judge: () => {
      const scores = byLabel((label) => scoreOf(logits[label], label, thresholds));
      const label = ATTACKS.reduce((worst, next) => (scores[next] > scores[worst] ? next : worst));
      return Promise.resolve({ label, score: scores[label], evidence: [] });
    },
  };
}

interface Learned {
  readonly weights: GuardWeights;
  readonly thresholds: Thresholds;
}

async function shareBlocked(examples: readonly Featured[], learned: Learned): Promise<number> {
  const rules = createRuleJudge();
  const { signal } = new AbortController();
  const { blockFrom } = policyOf('default').prompt;
  let blocked = 0;
  for (const example of examples) {
    const { role, text } = example.source;
    const { label, score } = await combined(rules, judgeOf(example, learned)).judge(role, text, { signal });
    if (label !== 'benign' && score >= blockFrom[label]) blocked += 1;
  }
  return blocked / examples.length;
}
