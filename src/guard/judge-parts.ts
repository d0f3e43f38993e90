/** Judges the pieces of code that one unit or one tool call carries. */
import type { Verdict } from '../types.js';
import type { CodeJudge, CodeToJudge } from './code-judge.js';
import { isDenied, strongest } from './policy.js';

interface PartsVerdict {
  /** Null when there was no part. */
  readonly verdict: Verdict | null;
  /** The part that was denied. */
  readonly denied: CodeToJudge | null;
}

/** `parts` null: there were more than can be judged. @throws PurpgateError `request_aborted`. */
export async function judgeParts(
  parts: readonly CodeToJudge[] | null,
  judge: CodeJudge,
  signal: AbortSignal,
): Promise<PartsVerdict> {
  if (parts === null) return { verdict: judge.tooLarge(), denied: null };
  let sum: Verdict | null = null;
  for (const part of parts) {
    const verdict = await judge.whole(part, signal);
    sum = sum === null ? verdict : combine(sum, verdict);
    // Parts overlap; one reason to deny is enough.
    if (isDenied(verdict.action)) return { verdict: sum, denied: part };
  }
  return { verdict: sum, denied: null };
}

function combine(sum: Verdict, verdict: Verdict): Verdict {
  const action = strongest([sum.action, verdict.action]);
  // Parts overlap: what was found before is found again elsewhere.
  const known = new Set(sum.findings.map((finding) => `${finding.rule} ${finding.action}`));
  return {
    ...sum,
    action,
    label: action === sum.action && sum.label !== 'safe_code' ? sum.label : verdict.label,
    findings: [
      ...sum.findings,
      ...verdict.findings.filter((finding) => !known.has(`${finding.rule} ${finding.action}`)),
    ],
    scannedBytes: sum.scannedBytes + verdict.scannedBytes,
    ms: sum.ms + verdict.ms,
  };
}
