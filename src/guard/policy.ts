/** Policies as data: what each guard does about what it finds. */
import { createHash } from 'node:crypto';
import type { Config } from '../config.js';
import type { Action, Finding, Severity } from '../types.js';

/** What a prompt was judged to be; only `benign` has no threshold. */
export type PromptLabel = 'benign' | 'malicious' | 'jailbreak' | 'injection';

export interface Policy {
  readonly name: Config['policy'];
  /** `observe`: every verdict is recorded and nothing is changed, held or denied, not even when a guard fails. */
  readonly mode: 'enforce' | 'observe';
  /** `by-rule` takes the action that a rule earned by its measured precision; else one action for the severity. */
  readonly code: Readonly<Record<Severity, Action | 'by-rule'>>;
  /** Whether a block of code is let go statement by statement, or only once all of it was judged; see docs/guard.md for the bound of the first. */
  readonly release: 'by-statement' | 'by-block';
  readonly secrets: Action;
  /** In arguments of tools. A redacted argument is a file with a hole, or a command that fails: the default only tells. */
  readonly toolSecrets: Action;
  readonly prompt: {
    /** Score in [0, 1] from which a prompt of this label is blocked. Above 1: never. */
    readonly blockFrom: Readonly<Record<Exclude<PromptLabel, 'benign'>, number>>;
    /** Score from which a verdict is an annotation. */
    readonly annotateFrom: number;
  };
}

/** Thresholds are measured: docs/guard.md has recall and false-positive rate at each. */
const DEFAULT: Policy = {
  name: 'default',
  mode: 'enforce',
  code: { high: 'by-rule', medium: 'by-rule', low: 'by-rule' },
  release: 'by-statement',
  secrets: 'redact',
  toolSecrets: 'annotate',
  prompt: { blockFrom: { malicious: 0.8, jailbreak: 0.8, injection: 0.8 }, annotateFrom: 0.5 },
};

const POLICIES: Readonly<Record<Config['policy'], Policy>> = {
  default: DEFAULT,
  strict: {
    ...DEFAULT,
    name: 'strict',
    release: 'by-block',
    toolSecrets: 'redact',
    code: { high: 'block', medium: 'block', low: 'annotate' },
  },
  observe: {
    ...DEFAULT,
    name: 'observe',
    mode: 'observe',
    code: { high: 'observe', medium: 'observe', low: 'observe' },
    secrets: 'observe',
    toolSecrets: 'observe',
  },
};

export function policyOf(name: Config['policy']): Policy {
  return POLICIES[name];
}

/** Hex SHA-256 over the policy and what its guards go by; equal for equal behaviour. */
export function hashPolicy(policy: Policy, ruleHashes: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([policy, ruleHashes]))
    .digest('hex');
}

const STRENGTH: readonly Action[] = ['allow', 'observe', 'annotate', 'redact', 'repair', 'block'];

export function strongest(actions: readonly Action[]): Action {
  return STRENGTH[Math.max(0, ...actions.map((action) => STRENGTH.indexOf(action)))] ?? 'allow';
}

/** A code finding with the policy's action in place of the rule's own. */
export function applyPolicy(policy: Policy, finding: Finding): Finding {
  const action = policy.code[finding.severity];
  return action === 'by-rule' ? finding : { ...finding, action };
}

/** Whether text with this action may not be served as it is. Repair is not there yet, and what cannot be repaired is blocked. */
export function isDenied(action: Action): boolean {
  return action === 'block' || action === 'repair';
}
