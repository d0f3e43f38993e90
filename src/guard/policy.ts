/** Policies as data: what each guard does about what it finds. */
import { createHash } from 'node:crypto';
import { matchesGlob } from '../text/glob.js';
import type { Action, Finding, Severity } from '../types.js';
import type { WebhookSettings } from './webhook.js';

/** What a prompt was judged to be; only `benign` has no threshold. */
export type PromptLabel = 'benign' | 'malicious' | 'jailbreak' | 'injection';

/** `by-rule`: the action that a rule earned by its measured precision. */
export type CodeAction = Action | 'by-rule';

/** `off`: is not looked for. */
export type TextAction = Action | 'off';

/** What is done about something in text and reasoning, and in arguments of tools. */
export interface TextActions {
  readonly text: TextAction;
  readonly tools: TextAction;
}

/** Findings that are only recorded. */
export interface Suppression {
  /** Ids of rules; empty: all. */
  readonly rules: readonly string[];
  /** Patterns as `matchesGlob` reads them. Code that names no file is never meant. */
  readonly paths: readonly string[];
  /** For people. */
  readonly reason: string;
}

export interface Policy {
  readonly name: string;
  /** `observe`: every verdict is recorded and nothing is changed, held or denied, not even when a guard fails. */
  readonly mode: 'enforce' | 'observe';
  readonly code: Readonly<Record<Severity, CodeAction>>;
  /** By id of a rule; goes before the action of the severity. */
  readonly rules: Readonly<Record<string, CodeAction>>;
  readonly suppressions: readonly Suppression[];
  /** Whether a block of code is let go statement by statement, or only once all of it was judged; see docs/guard.md for the bound of the first. */
  readonly release: 'by-statement' | 'by-block';
  /** Whether `block` of code means `repair`: the engine is asked once more; for a stream only where code is let go by block. */
  readonly repair: boolean;
  /** A redacted argument of a tool is a file with a hole, or a command that fails: the default only tells. */
  readonly secrets: TextActions;
  readonly personalData: TextActions;
  readonly prompt: {
    /** What becomes of a prompt above its threshold: an ordinary answer that says so, HTTP 400, a note; `off`: no prompt is judged. */
    readonly action: 'answer' | 'refuse' | 'annotate' | 'off';
    /** Score in [0, 1] from which a prompt of this label is blocked. Above 1: never. */
    readonly blockFrom: Readonly<Record<Exclude<PromptLabel, 'benign'>, number>>;
    /** Score from which a verdict is an annotation. */
    readonly annotateFrom: number;
  };
  readonly webhooks: readonly WebhookSettings[];
}

/** Thresholds are measured: docs/guard.md has recall and false-positive rate at each. */
const DEFAULT: Policy = {
  name: 'default',
  mode: 'enforce',
  code: { high: 'by-rule', medium: 'by-rule', low: 'by-rule' },
  rules: {},
  suppressions: [],
  release: 'by-statement',
  repair: false,
  secrets: { text: 'redact', tools: 'annotate' },
  personalData: { text: 'off', tools: 'off' },
  prompt: {
    action: 'answer',
    blockFrom: { malicious: 0.8, jailbreak: 0.8, injection: 0.8 },
    annotateFrom: 0.5,
  },
  webhooks: [],
};

/** As they are written; `policyOf` gives what they mean. */
export const BUILT_IN = {
  default: DEFAULT,
  strict: {
    ...DEFAULT,
    name: 'strict',
    release: 'by-block',
    secrets: { text: 'redact', tools: 'redact' },
    code: { high: 'block', medium: 'block', low: 'annotate' },
    prompt: { ...DEFAULT.prompt, action: 'refuse' },
  },
  observe: { ...DEFAULT, name: 'observe', mode: 'observe' },
} as const satisfies Readonly<Record<string, Policy>>;

export type BuiltInPolicy = keyof typeof BUILT_IN;

export function policyOf(name: BuiltInPolicy): Policy {
  return effective(BUILT_IN[name]);
}

/** Under `observe` everything that is looked for is only recorded, whatever else the policy says. */
export function effective(policy: Policy): Policy {
  if (policy.mode === 'enforce') return policy;
  const shown = ({ text, tools }: TextActions): TextActions => ({ text: observed(text), tools: observed(tools) });
  return {
    ...policy,
    code: { high: 'observe', medium: 'observe', low: 'observe' },
    rules: {},
    secrets: shown(policy.secrets),
    personalData: shown(policy.personalData),
  };
}

const observed = (action: TextAction): TextAction => (action === 'off' ? 'off' : 'observe');

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

/** A code finding with the policy's action in place of the rule's own. `paths`: of all files that the code may be written to. */
export function applyPolicy(policy: Policy, finding: Finding, paths: readonly string[] = []): Finding {
  const own = Object.hasOwn(policy.rules, finding.rule) ? policy.rules[finding.rule] : undefined;
  const set = own ?? policy.code[finding.severity];
  if (isSuppressed(policy, finding, paths)) return { ...finding, action: 'observe' };
  const action = set === 'by-rule' ? finding.action : set;
  return { ...finding, action: policy.repair && action === 'block' ? 'repair' : action };
}

/** Whether the policy wants anything repaired. */
export function wantsRepair({ repair, code, rules }: Policy): boolean {
  return repair || [...Object.values(code), ...Object.values(rules)].includes('repair');
}

function isSuppressed({ suppressions }: Policy, { rule }: Finding, paths: readonly string[]): boolean {
  return (
    paths.length > 0 &&
    suppressions.some(
      (suppression) =>
        (suppression.rules.length === 0 || suppression.rules.includes(rule)) &&
        paths.every((path) => suppression.paths.some((pattern) => matchesGlob(path, pattern))),
    )
  );
}

/** Whether text with this action may not be served as it is: what cannot be repaired is blocked. */
export function isDenied(action: Action): boolean {
  return action === 'block' || action === 'repair';
}
