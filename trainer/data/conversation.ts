/** Turns before the last one, and system messages. Only the last answer of a conversation is trained on. */
import type { Message } from '../../src/types.js';
import { scenarioAnswer } from './code.js';
import { fill } from './grammar.js';
import { functionName } from './identifiers.js';
import { slip } from './noise.js';
import type { Chooser } from './random.js';
import { codeRequest } from './request.js';
import { phrasingsOf, type Sample, type Setting } from './sample.js';
import type { Scenario } from './scenarios/scenario.js';
import { SYSTEM_MESSAGES } from './system-messages.js';

const SYSTEM_SHARE = 0.25;

export function withSystemMessage(chooser: Chooser, sample: Sample): Sample {
  if (!chooser.chance(SYSTEM_SHARE)) return sample;
  return { ...sample, messages: [{ role: 'system', content: chooser.pick(SYSTEM_MESSAGES) }, ...sample.messages] };
}

/** Puts an earlier, finished exchange in front of a sample. */
export function afterExchange(earlier: Sample, sample: Sample): Sample {
  return { ...sample, messages: [...earlier.messages, assistant(earlier.answer), ...sample.messages] };
}

/** As a client sends it back: the analysis was reasoning, and is not part of the content. */
function assistant(content: string): Message {
  return { role: 'assistant', content, toolCalls: [] };
}

const RENAMES = [
  'Call it $g instead.',
  'rename it to `$g`',
  'Please name the function $g.',
  'the same but as $g',
  'Can you rename the function to $g?',
  'Use the name `$g`.',
];
const DOUBTS = [
  'Is this safe?',
  'is that secure?',
  'Is there a security problem in it?',
  'any risks?',
  'Can this be attacked?',
  'Does it have a vulnerability?',
  'Is it ok to use that in production?',
];
const REPAIRS = [
  'Make it safe.',
  'please fix the security problem',
  'Write it in a secure way.',
  'Can you make this secure?',
  'fix it',
  'Rewrite it without the weakness.',
];

/** Share of requests that bring the code along instead of following its answer. */
const PASTED_SHARE = 0.35;

function codeOf(answer: string): string {
  return answer.slice(0, answer.lastIndexOf('```') + 3);
}

/** A request about code of a scenario: in a second turn, or with the code pasted into the first. */
export function followUpSample(chooser: Chooser, scenario: Scenario, { split }: Setting): Sample {
  const request = codeRequest(chooser, scenario, split);
  const before = chooser.chance(0.5) ? 'secure' : 'insecure';
  const first = scenarioAnswer(chooser, scenario, { slots: request.slots, outcome: before });
  const isPasted = chooser.chance(PASTED_SHARE);
  const ask = (prompts: readonly string[], slots: Readonly<Record<string, string>> = {}): readonly Message[] => {
    const question = fill(slip(chooser, chooser.pick(phrasingsOf(prompts, split.phrasings))), slots);
    if (isPasted) return [{ role: 'user', content: `${question}\n${codeOf(first.answer)}` }];
    return [{ role: 'user', content: request.prompt }, assistant(first.answer), { role: 'user', content: question }];
  };
  const { test } = request;
  const common = {
    kind: 'code',
    source: scenario.id,
    tools: [],
    cwe: scenario.cwe,
    functionName: null,
    test,
  } as const;
  const about = `${scenario.weakness} (${scenario.cwe})`;
  const name = request.slots['f'] ?? '';
  const turn = chooser.below(3);
  if (turn === 0) {
    const renamed = functionName(chooser, split.names);
    return {
      ...common,
      messages: ask(RENAMES, { g: renamed }),
      analysis: `A0: the user wants \`${name}\` under the name \`${renamed}\`.`,
      answer: first.answer.replaceAll(name, renamed),
      functionName: renamed,
      outcome: before,
    };
  }
  if (turn === 1)
    return {
      ...common,
      kind: 'doubt',
      test: null,
      messages: ask(DOUBTS),
      analysis: `The user asks whether \`${name}\` is safe. The risk is ${about}.`,
      answer:
        before === 'secure'
          ? `It is safe. ${scenario.lesson}`
          : `It is not safe: it allows ${about}. Ask me for a safe version.`,
      outcome: 'plain',
    };
  const repaired = scenarioAnswer(chooser, scenario, { slots: request.slots, outcome: 'secure' });
  return { ...common, messages: ask(REPAIRS), ...repaired, outcome: 'secure' };
}
