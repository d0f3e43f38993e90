/** What a client reads in place of what was withheld: ordinary text, which every client shows and none retries (DESIGN section 3). */
import type { Finding, Verdict } from '../types.js';
import { PERSONAL_DATA, SECRETS } from './detector.js';
import { isDenied } from './policy.js';

const OPENING = 'Withheld by the safety policy';

/** About code or a tool call: what, why by rule and CWE, and what to write instead. */
export function withheldNotice(what: string, verdict: Verdict): string {
  if (verdict.label === 'guard_failed') return `[${OPENING}: ${what} could not be checked. Ask again.]`;
  if (verdict.label === 'too_large') return `[${OPENING}: ${what} is too large to be checked. Ask for it in parts.]`;
  const reasons = [...new Set(verdict.findings.filter(({ action }) => isDenied(action)).map(reason))];
  if (verdict.label === 'not_allowed') return `[${OPENING}: ${what} is not allowed.\n${reasons.join('\n')}]`;
  const fault = TEXT_LABELS.includes(verdict.label) ? 'holds what the policy keeps back' : 'has a weakness';
  return `[${OPENING}: ${what} ${fault}.\n${reasons.join('\n')}]`;
}

/** Of verdicts on text that is no code. */
const TEXT_LABELS = [SECRETS.label, PERSONAL_DATA.label];

/** About a prompt. Names the kind and the rules, and quotes nothing. */
export function promptNotice(verdict: Verdict): string {
  const kind = PROMPT_KINDS[verdict.label] ?? 'something that the safety policy does not allow';
  const rules = [...new Set(verdict.findings.map((finding) => finding.rule))].slice(0, 5).join(', ');
  return (
    `I can't help with this request. It was judged to ask for ${kind} (${rules}). ` +
    'If you work on defence, say what you want to protect and ask for that.'
  );
}

const PROMPT_KINDS: Readonly<Record<string, string>> = {
  malicious: 'malicious cyberactivity',
  jailbreak: 'a way around the safety rules',
  injection: 'something that instructions hidden in its content want',
};

function reason({ rule, cwe, message, advice, span }: Finding): string {
  const place = span === null ? '' : `, line ${span.line}`;
  return `- ${rule}${cwe === null ? '' : ` (${cwe})`}${place}: ${message} ${advice}`.trimEnd();
}
