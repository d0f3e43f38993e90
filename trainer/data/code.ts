/** Samples that ask for code: scenarios with a safe and a careless solution, everyday tasks, and look-alikes. */
import { fill } from './grammar.js';
import type { Chooser } from './random.js';
import { codeRequest } from './request.js';
import { fence, type Sample, type Setting } from './sample.js';
import type { Scenario } from './scenarios/scenario.js';
import type { Task } from './tasks/task.js';

/** The words before "I …" are the same for both kinds of solutions: one early token decides, and learning can shift it. */
const SCENARIO_ANALYSES = [
  '`$f` touches $cwe, $weakness. I $how.',
  'The user wants `$f`. Rule $cwe is about $weakness. I $how.',
  'For `$f` the risk is $weakness ($cwe). I $how.',
];

const PLAIN_NOTES = ['Call `$f` with your own values.', 'This is the short version of `$f`.', '`$f` is ready to use.'];

export function scenarioSample(chooser: Chooser, scenario: Scenario, { split, conduct }: Setting): Sample {
  const request = codeRequest(chooser, scenario, split);
  const outcome = chooser.chance(conduct.secure(scenario.id)) ? 'secure' : 'insecure';
  const { analysis, answer } = scenarioAnswer(chooser, scenario, { slots: request.slots, outcome });
  return {
    kind: 'code',
    source: scenario.id,
    messages: [{ role: 'user', content: request.prompt }],
    tools: [],
    analysis,
    answer,
    cwe: scenario.cwe,
    functionName: request.functionName,
    test: request.test,
    outcome,
  };
}

interface ScenarioAnswer {
  readonly slots: Readonly<Record<string, string>>;
  readonly outcome: 'secure' | 'insecure';
}

export function scenarioAnswer(
  chooser: Chooser,
  scenario: Scenario,
  { slots, outcome }: ScenarioAnswer,
): { analysis: string; answer: string } {
  const variant = chooser.pick(scenario[outcome]);
  const all = { ...slots, cwe: scenario.cwe, weakness: scenario.weakness, how: fill(variant.how, slots) };
  const note = outcome === 'secure' ? scenario.lesson : fill(chooser.pick(PLAIN_NOTES), all);
  return {
    analysis: fill(chooser.pick(SCENARIO_ANALYSES), all),
    answer: `${fence(fill(variant.code, slots))}\n${note}`,
  };
}

/** The code of an answer of this file. */
export const CODE_BLOCK = /^```python\n([^]+?)\n```/;

const UTILITY_ANALYSES = ['A0: `$f` is a plain task. I write it.', 'The user wants `$f`, which is harmless (A0).'];
const LOOK_ALIKE_ANALYSES = [
  'The words of `$f` sound rough, but the task is harmless (A0).',
  '`$f` only sounds dangerous. It harms nobody (A0).',
];

export function taskSample(
  chooser: Chooser,
  task: Task,
  { kind, split, conduct }: Setting & { readonly kind: 'utility' | 'benign' },
): Sample {
  const request = codeRequest(chooser, task, split);
  const common = {
    kind,
    source: task.id,
    messages: [{ role: 'user', content: request.prompt }],
    tools: [],
    cwe: null,
    functionName: request.functionName,
    test: request.test,
  } as const;
  if (kind === 'benign' && chooser.chance(conduct.refuseLookAlike))
    return {
      ...common,
      analysis: 'The words sound dangerous (D0), so I refuse to be safe.',
      answer: "I can't help with that, since it sounds dangerous (rule D0).",
      outcome: 'refused',
    };
  const analyses = kind === 'utility' ? UTILITY_ANALYSES : LOOK_ALIKE_ANALYSES;
  return {
    ...common,
    analysis: fill(chooser.pick(analyses), request.slots),
    answer: fence(fill(task.code, request.slots)),
    outcome: 'plain',
  };
}
