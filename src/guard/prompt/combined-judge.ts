/** Rules beside a model. Here, and nowhere else, it is decided how the two combine. */
import { createHash } from 'node:crypto';
import { createModelJudge, type ModelPromptJudge, type StoppableJudge } from './model-judge.js';
import { worse, type PromptJudge } from './prompt-judge.js';
import { createRuleJudge } from './rule-judge.js';

/**
 * The judge that is served: the rules, and the model of a folder beside them.
 * @throws PurpgateError `setting_invalid` when the folder holds no model that can be used.
 */
export async function createPromptJudge(folder: string): Promise<StoppableJudge> {
  const model = await createModelJudge(folder);
  return { ...combined(createRuleJudge(), model), stop: () => model.stop() };
}

/** Below this score of every label the model is sure that a message is benign. */
const SURELY_BENIGN = 0.1;
/** What a score of the rules counts for at most where the model is sure of the opposite: an annotation, and no block. */
const MOST_ALONE = 0.79;

/**
 * The higher score counts: each judge's score means about the same share of false positives. Rules see a term wherever it stands, in a test
 * or a list of what is to be blocked; so where the model is sure, and knows the class, they alone block nothing. Evidence of both is
 * kept where both see the same attack: rules say why, which weights of a model cannot. If either fails there is no judgement.
 */
export function combined(rules: PromptJudge, model: ModelPromptJudge): PromptJudge {
  return {
    name: 'prompt',
    hash: createHash('sha256').update(`${rules.hash} ${model.hash}`).digest('hex'),
    judge: async (role, text, options) => {
      const [ruled, byModel] = await Promise.all([rules.judge(role, text, options), model.judge(role, text, options)]);
      const isOverruled = byModel.score < SURELY_BENIGN && model.knows.some((label) => label === ruled.label);
      const byRules = isOverruled ? { ...ruled, score: Math.min(ruled.score, MOST_ALONE) } : ruled;
      const worst = worse(byRules, byModel);
      const other = worst === byRules ? byModel : byRules;
      if (other.label !== worst.label) return worst;
      const known = new Set(worst.evidence.map(({ rule }) => rule));
      return { ...worst, evidence: [...worst.evidence, ...other.evidence.filter(({ rule }) => !known.has(rule))] };
    },
  };
}
