/** What a report of llmprobe says about the gateway. */

interface Failure {
  readonly label: string;
  readonly severity?: 'MUST' | 'SHOULD' | 'MAY';
  readonly message?: string;
}

interface Result {
  readonly id: string;
  readonly outcome: string;
  readonly reason?: string;
  readonly failures?: readonly Failure[];
}

export interface Report {
  readonly conformance: {
    /** Assertions that MUST hold. */
    readonly passed: number;
    readonly total: number;
    readonly bySurface: readonly { readonly surface: string; readonly passed: number; readonly total: number }[];
    readonly warnings: readonly { readonly id: string; readonly label: string; readonly message?: string }[];
    readonly results: readonly Result[];
  };
}

export interface Judgement {
  readonly summary: readonly string[];
  /** By id of the check, sorted. */
  readonly outcomes: Readonly<Record<string, string>>;
  /** Empty when all is well. */
  readonly complaints: readonly string[];
}

const SURFACES = ['models', 'chat', 'responses', 'messages', 'count-tokens', 'completions'];
const SHOULD_SHARE = 0.95;

/** @param baseline outcomes of an earlier run; null: none to compare with */
export function judge({ conformance }: Report, baseline: Readonly<Record<string, string>> | null): Judgement {
  const { passed, total, bySurface, warnings, results } = conformance;
  const outcomes = Object.fromEntries(
    results.map(({ id, outcome }) => [id, outcome] as const).sort(([left], [right]) => (left < right ? -1 : 1)),
  );
  const exercised = results.filter(({ outcome }) => outcome === 'pass' || outcome === 'fail');
  // The report counts the SHOULD assertions that failed, and not those that held: a check with a warning counts as lost whole.
  const share = exercised.length === 0 ? 0 : 1 - Math.min(1, warnings.length / exercised.length);
  const missing = SURFACES.filter((surface) => !bySurface.some((one) => one.surface === surface));
  return {
    summary: [
      ...bySurface.map((one) => `${one.surface}: ${one.passed} of ${one.total} MUST`),
      `all: ${passed} of ${total} MUST, ${(100 * share).toFixed(1)} % of ${exercised.length} checks without a SHOULD warning`,
      ...warnings.map(({ id, label, message = '' }) => `SHOULD ${id}: ${label} (${message})`),
    ],
    outcomes,
    complaints: [
      ...missing.map((surface) => `${surface} was not examined`),
      ...results.filter(({ outcome }) => outcome === 'fail').map(describeFailure),
      ...(passed === total && total > 0 ? [] : [`${total - passed} of ${total} MUST failed`]),
      ...(share >= SHOULD_SHARE ? [] : [`too many SHOULD warnings: ${warnings.length}`]),
      ...(baseline === null ? [] : changes(baseline, outcomes)),
    ],
  };
}

function describeFailure({ id, failures = [], reason = '' }: Result): string {
  return `failed ${id}: ${failures.map(({ label, message = '' }) => `${label} (${message})`).join('; ')}${reason}`;
}

function changes(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((id) => before[id] !== after[id])
    .map((id) => `changed ${id}: ${before[id] ?? 'absent'} in the baseline, ${after[id] ?? 'absent'} now`);
}
