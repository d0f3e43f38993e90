/** What is looked for in text that is no code: secrets, and personal data. */
import { findPersonalData } from '../text/personal-data.js';
import { PersonalHold } from '../text/personal-hold.js';
import { SecretHold, type Stretch } from '../text/secret-hold.js';
import { findSecrets, type SecretSpan } from '../text/secrets.js';
import type { Action, Finding, Verdict } from '../types.js';

/** Finds in a text that arrives in pieces what `Detector.find` finds in the whole. */
export interface TextHold {
  push(text: string): Stretch[];
  /** The text goes on later: what may be the beginning of a finding stays held. */
  pause(): Stretch[];
  end(): Stretch[];
}

export interface Detector {
  /** Of the guard, and of the rules in front of the kind. */
  readonly guard: string;
  readonly label: string;
  readonly cleanLabel: string;
  readonly finding: Pick<Finding, 'cwe' | 'severity' | 'advice'>;
  readonly what: string;
  /** In order, disjoint. */
  find(text: string): readonly SecretSpan[];
  hold(): TextHold;
}

export const SECRETS: Detector = {
  guard: 'secrets',
  label: 'secret',
  cleanLabel: 'no_secret',
  finding: { cwe: 'CWE-798', severity: 'high', advice: 'Read credentials from the environment or a secret store.' },
  what: 'a credential',
  find: findSecrets,
  hold: () => new SecretHold(),
};

export const PERSONAL_DATA: Detector = {
  guard: 'personal-data',
  label: 'personal_data',
  cleanLabel: 'no_personal_data',
  finding: { cwe: 'CWE-359', severity: 'medium', advice: 'Use made-up data, such as names under example.com.' },
  what: 'personal data',
  find: findPersonalData,
  hold: () => new PersonalHold(),
};

/** `kinds`: of what was found. */
export function textVerdict(
  detector: Detector,
  kinds: readonly string[],
  of: { readonly action: Action; readonly bytes: number },
): Verdict {
  return {
    stage: 'output',
    guard: detector.guard,
    action: kinds.length === 0 ? 'allow' : of.action,
    label: kinds.length === 0 ? detector.cleanLabel : detector.label,
    score: null,
    findings: kinds.map((kind) => ({
      ...detector.finding,
      rule: `${detector.guard}/${kind}`,
      message: `Text in the form of ${detector.what} (${kind}).`,
      span: null,
      action: of.action,
    })),
    scannedBytes: of.bytes,
    ms: 0,
  };
}
