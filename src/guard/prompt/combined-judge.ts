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
/** What a score counts for at most where it is not to block alone: an annotation. */
const MOST_ALONE = 0.79;

/** Characters of a message of the user above which it is rather a page that was pasted than a request. */
const LONGEST_REQUEST = 2000;
/** Jailbreaks are long themselves. */
const SURE_JAILBREAK = 0.97;
/** Score of the rules from which they count as seeing something, too: that of an annotation. */
const SUSPICIOUS = 0.5;

/**
 * The higher score counts: each judge's score means about the same share of false positives. Rules see a term wherever it stands, in a test
 * or a list of what is to be blocked; so where the model is sure, and knows the class, they alone block nothing. Evidence of both is
 * kept where both see the same attack: rules say why, which weights of a model cannot. If either fails there is no judgement.
 * In a page that a user pastes, words of attacks stand for many reasons; there the model alone annotates, unless it is very
 * sure of a jailbreak.
 */
export function combined(rules: PromptJudge, model: ModelPromptJudge): PromptJudge {
  return {
    name: 'prompt',
    hash: createHash('sha256').update(`${rules.hash} ${model.hash}`).digest('hex'),
    judge: async (role, text, options) => {
      // The model first: it works in a thread of its own while the rules read.
      const modelling = model.judge(role, text, options);
      const [ruled, byModel] = await Promise.all([rules.judge(role, text, options), modelling]);
      const isOverruled = byModel.score < SURELY_BENIGN && model.knows.some((label) => label === ruled.label);
      const byRules = isOverruled ? { ...ruled, score: Math.min(ruled.score, MOST_ALONE) } : ruled;
      const isSure = byModel.label === 'jailbreak' && byModel.score >= SURE_JAILBREAK;
      const isPage = role === 'user' && text.length > LONGEST_REQUEST && !isSure;
      const modelled =
        isPage && ruled.score < SUSPICIOUS ? { ...byModel, score: Math.min(byModel.score, MOST_ALONE) } : byModel;
      const worst = worse(byRules, modelled);
      const other = worst === byRules ? modelled : byRules;
      if (other.label !== worst.label) return worst;
      const known = new Set(worst.evidence.map(({ rule }) => rule));
      return { ...worst, evidence: [...worst.evidence, ...other.evidence.filter(({ rule }) => !known.has(rule))] };
    },
  };
}
