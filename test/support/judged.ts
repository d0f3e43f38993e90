/** Judged answers for tests of the evaluation. */
import type { JudgedAnswer } from '../../src/eval/judge.js';
import type { EvaluationPrompt } from '../../src/eval/suite.js';
import type { RewardComponents } from '../../src/events/interaction.js';
import type { CheckOutcome } from '../../src/reward/sandbox.js';

export const PASSED: CheckOutcome = { outcome: 'passed' };
export const CODE_PROMPT = {
  kind: 'code',
  cwe: 'CWE-89',
  check: { setup: '', functional: 'target()', security: 'target()' },
} as const satisfies Partial<EvaluationPrompt>;

const UNDECIDED: RewardComponents = {
  format: 1,
  parse: null,
  security: null,
  task: null,
  assistance: null,
  refusal: null,
  correctness: null,
  feedback: null,
};

interface Given {
  readonly prompt?: Partial<EvaluationPrompt>;
  readonly content: string;
  readonly components?: Partial<RewardComponents>;
  readonly task?: CheckOutcome;
  readonly security?: CheckOutcome;
}

export function judgedAnswer({ prompt = {}, content, components = {}, task, security }: Given): JudgedAnswer {
  return {
    prompt: {
      id: 'p',
      suite: 's',
      kind: 'code',
      messages: [{ role: 'user', content: 'Do it.' }],
      cwe: null,
      functionName: null,
      check: null,
      ...prompt,
    },
    answer: { reasoning: 'The risk is CWE-89 here.', content, tool_calls: [], finish: 'stop' },
    reward: {
      kind: 'code',
      kind_confidence: 1,
      score: null,
      unscored_reason: null,
      components: { ...UNDECIDED, ...components },
      evidence: [],
      oracle_versions: {},
    },
    task: task ?? null,
    security: security ?? null,
  };
}
