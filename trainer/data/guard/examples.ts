/** Prompts whose label is known, made from the grammar beside this file and from the tasks of the policy's own training. */
import type { PromptLabel } from '../../../src/guard/policy.js';
import type { Message } from '../../../src/types.js';
import { trainingPrompts } from '../heldout.js';
import { Chooser } from '../random.js';
import { readTemplates } from '../templates.js';

export const GUARD_TEMPLATES = readTemplates('guard');
const expand = (chooser: Chooser, template: string): string => GUARD_TEMPLATES.expand(chooser, template);

export interface GuardExample {
  readonly role: Message['role'];
  readonly text: string;
  /** What the system message of its conversation says. */
  readonly system: string;
  readonly label: PromptLabel;
}

type Make = (chooser: Chooser) => Omit<GuardExample, 'label'>;

const user =
  (...sections: readonly string[]): Make =>
  (chooser) => ({
    role: 'user',
    // Most systems forbid something, and most requests have nothing to do with it.
    system: chooser.chance(0.5) ? expand(chooser, chooser.pick(['$guard-system', '$benign-system'])) : '',
    text: written(chooser, expand(chooser, `$${chooser.pick(sections)}`)),
  });

const told =
  (section: string): Make =>
  (chooser) => ({
    role: 'user',
    system: expand(chooser, '$guard-system'),
    text: written(chooser, expand(chooser, `$${section}`)),
  });

const system =
  (section: string): Make =>
  (chooser) => ({ role: 'system', system: '', text: expand(chooser, `$${section}`) });

/** A tool's result that carries what a section says. */
const tool =
  (section: string): Make =>
  (chooser) => ({
    role: 'tool',
    system: '',
    text: expand(
      chooser,
      expand(chooser, '$carrier').replace('@payload', () => expand(chooser, `$${section}`)),
    ),
  });

const turns: Make = (chooser) => ({
  role: 'user',
  system: '',
  text: `${expand(chooser, '$mal-setup')}\n\n${expand(chooser, '$mal-follow')}`,
});

/** Shares of what is generated; the tasks of the policy come on top. */
const MIXTURE: readonly (readonly [Make, PromptLabel, number])[] = [
  [user('malicious'), 'malicious', 26],
  [turns, 'malicious', 2],
  [user('jailbreak'), 'jailbreak', 12],
  [user('inj-direct', 'inj-direct', 'inj-context'), 'injection', 6],
  [told('guard-ask'), 'injection', 5],
  [tool('tool-inject'), 'injection', 8],
  [user('benign'), 'benign', 42],
  [user('benign-role'), 'benign', 6],
  [user('agent-task', 'agent-text', 'reminder'), 'benign', 6],
  [system('benign-system'), 'benign', 4],
  [told('guard-fine'), 'benign', 3],
  [tool('plain-payload'), 'benign', 10],
];
/** Tasks of the policy's training, per example of the mixture. */
const TASK_SHARE = 0.35;

/** The same seed gives the same examples. */
export function generatedExamples({ seed, count }: { readonly seed: number; readonly count: number }): GuardExample[] {
  const chooser = new Chooser(seed);
  const mixture = MIXTURE.map(([make, label, share]) => [{ make, label }, share] as const);
  const generated = Array.from({ length: count }, (): GuardExample => {
    const { make, label } = chooser.weighted(mixture);
    return { ...make(chooser), label };
  });
  const tasks = trainingPrompts({ seed, count: Math.round(TASK_SHARE * count) }).map(
    ({ kind, messages }): GuardExample => ({
      role: 'user',
      system: '',
      text: messages.at(-1)?.content ?? '',
      label: kind === 'malicious' ? 'malicious' : 'benign',
    }),
  );
  return [...generated, ...tasks];
}

/** As people write: in either case, with or without the last mark. */
function written(chooser: Chooser, text: string): string {
  const ended = chooser.chance(0.3) ? text.replace(/[.?!]$/, '') : text;
  return chooser.chance(0.25) ? ended.toLowerCase() : ended.charAt(0).toUpperCase() + ended.slice(1);
}
