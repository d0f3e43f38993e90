/**
 * Rules as data. The evidence of a label adds up: score = 1 / (1 + exp(-(bias + Σ weight · strength))).
 * A rule holds where all of its classes occur; its strength is 1, or the number of occurrences of its first class up to `upTo`.
 * Weights below 0 speak for the request: defence, definitions, refusals.
 */
import type { PromptLabel } from '../policy.js';
import type { Class } from './lexicon.js';

export interface PromptRule {
  readonly id: string;
  readonly weight: number;
  readonly all: readonly Class[];
  readonly none?: readonly Class[];
  readonly upTo?: number;
  /** `message`: its classes are counted over the whole message, even where the label's scope is the sentence. */
  readonly within?: 'message';
  /** What a finding of this rule says. */
  readonly message: string;
}

export interface LabelRules {
  readonly label: Exclude<PromptLabel, 'benign'>;
  readonly bias: number;
  /** `sentence`: evidence must stand together, and the strongest sentence counts. `message`: it adds up over the whole. */
  readonly scope: 'sentence' | 'message';
  readonly rules: readonly PromptRule[];
}

const rule = (
  id: string,
  weight: number,
  all: readonly Class[],
  rest: Omit<PromptRule, 'id' | 'weight' | 'all'>,
): PromptRule => ({
  id,
  weight,
  all,
  ...rest,
});

/** Weights follow a logistic regression over half of each development set, rounded, and kept where they make sense alone. */
export const MALICIOUS: LabelRules = {
  label: 'malicious',
  bias: -4.3,
  scope: 'sentence',
  rules: [
    rule('malicious/weapon', 1.2, ['weapon'], { upTo: 2, message: 'Names software or means that serve attacks.' }),
    rule('malicious/attack', 0.5, ['attackName'], { upTo: 2, message: 'Names a technique of attack.' }),
    rule('malicious/attack-verb', 1.2, ['attackVerb'], { upTo: 3, message: 'Uses verbs of attack.' }),
    rule('malicious/make-weapon', 2, ['make', 'weapon'], { message: 'Asks for means of attack to be made.' }),
    rule('malicious/make-malware', 2.5, ['make', 'malware'], {
      none: ['defence', 'define', 'study', 'wardedOff'],
      message: 'Asks for what has no other use than harm.',
    }),
    rule('malicious/collect', 3.2, ['loot', 'sendHome'], { message: 'Collects what is private, and sends it away.' }),
    rule('malicious/make-attack', 1.5, ['make', 'attackNoun'], { message: 'Asks for an attack to be written.' }),
    rule('malicious/how-to-attack', 1.7, ['ask', 'attackName'], { message: 'Asks how a named attack is done.' }),
    rule('malicious/how-to-exploit', 1.7, ['ask', 'attackNoun'], { message: 'Asks how an attack is done.' }),
    rule('malicious/how-to-weapon', 1, ['ask', 'weapon'], { message: 'Asks how means of attack are used.' }),
    rule('malicious/break-target', 1.5, ['attackVerb', 'target'], { message: 'Is about attacking a target.' }),
    rule('malicious/how-to-break', 2.5, ['ask', 'attackVerb', 'target'], { message: 'Asks how a target is attacked.' }),
    rule('malicious/carry-out', 2.8, ['do', 'attackName'], { message: 'Is about carrying a named attack out.' }),
    rule('malicious/carry-out-exploit', 2.8, ['do', 'attackNoun'], { message: 'Is about carrying an attack out.' }),
    rule('malicious/deploy-weapon', 0.8, ['do', 'weapon'], { message: 'Is about putting means of attack to use.' }),
    rule('malicious/weapon-target', 1, ['weapon', 'target'], { message: 'Turns means of attack on a target.' }),
    rule('malicious/attack-with-weapon', 1.1, ['attackVerb', 'weapon'], {
      message: 'Is about attacking with such means.',
    }),
    rule('malicious/exploit-target', 0.8, ['attackNoun', 'target'], { message: 'Turns an attack on a target.' }),
    rule('malicious/stealth', 2.5, ['stealth'], { message: 'Wants not to be seen, or has no permission.' }),
    rule('malicious/how-to-unseen', 1, ['ask', 'stealth'], {
      none: ['defence', 'study'],
      message: 'Asks how not to be seen.',
    }),
    rule('malicious/make-unseen', 1, ['make', 'stealth'], {
      none: ['defence', 'study'],
      message: 'Asks for what is not seen.',
    }),
    rule('malicious/harm', 0.9, ['harm'], { upTo: 2, message: 'States harm as the aim.' }),
    rule('malicious/defence', -1.5, ['defence'], { upTo: 4, within: 'message', message: 'Protection is the aim.' }),
    rule('malicious/warded-off', -1, ['wardedOff'], {
      upTo: 3,
      within: 'message',
      message: 'Negates or wards off what it names.',
    }),
    rule('malicious/knowledge', -1.3, ['define'], { message: 'Asks for knowledge.' }),
  ],
};

/**
 * Coding agents state their own policy in each request, in words of attack. Only system messages get this: a user who says so asks for
 * something all the same, and so does a sentence that wants something made.
 */
export const MALICIOUS_SYSTEM: LabelRules = {
  ...MALICIOUS,
  rules: [
    ...MALICIOUS.rules,
    rule('malicious/own-policy', -10, ['ownPolicy'], {
      none: ['make', 'noRefusal'],
      message: 'States what is to be refused.',
    }),
  ],
};

export const JAILBREAK: LabelRules = {
  label: 'jailbreak',
  bias: -5.2,
  scope: 'message',
  rules: [
    rule('jailbreak/persona', 0.8, ['persona'], { upTo: 3, message: 'Gives the model another persona.' }),
    rule('jailbreak/unrestricted', 0.8, ['unrestricted'], { upTo: 5, message: 'Speaks of having no rules.' }),
    rule('jailbreak/override', 1.2, ['override'], { upTo: 3, message: 'Overrides earlier instructions.' }),
    rule('jailbreak/no-refusal', 0.8, ['noRefusal'], { upTo: 4, message: 'Forbids refusing.' }),
    rule('jailbreak/mode', 0.6, ['dualMode'], { upTo: 4, message: 'Names modes or policies of models.' }),
    rule('jailbreak/unrestricted-persona', 1.5, ['persona', 'unrestricted'], { message: 'A persona without rules.' }),
    rule('jailbreak/persona-that-answers', 1, ['persona', 'noRefusal'], { message: 'A persona that may not refuse.' }),
    rule('jailbreak/unrestricted-answers', 1.5, ['unrestricted', 'noRefusal'], { message: 'No rules and no refusal.' }),
    rule('jailbreak/override-persona', 1, ['override', 'persona'], { message: 'Replaces instructions by a persona.' }),
  ],
};

export const INJECTION: LabelRules = {
  label: 'injection',
  bias: -4.2,
  scope: 'message',
  rules: [
    rule('injection/override', 2.5, ['override'], { upTo: 3, message: 'Overrides earlier instructions.' }),
    rule('injection/secret', 2.5, ['reveal', 'secretRequest'], { message: 'Asks for hidden instructions or secrets.' }),
    rule('injection/override-secret', 2, ['override', 'secretRequest'], {
      message: 'Overrides instructions to get at secrets.',
    }),
  ],
};

/** For content that came from a tool: nothing in it has the right to instruct. */
export const TOOL_INJECTION: LabelRules = {
  label: 'injection',
  bias: -5,
  scope: 'message',
  rules: [
    ...INJECTION.rules,
    rule('injection/steer', 1.2, ['steer'], { upTo: 4, message: 'Content that speaks to the model.' }),
    rule('injection/implant', 5.2, ['implant', 'implantVerb'], {
      message: 'Content that wants code put into the answer.',
    }),
  ],
};
