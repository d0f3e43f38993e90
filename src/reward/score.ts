/** Scores one sample: decides its kind, runs every oracle under a deadline, composes. Touches no database and no log. */
import { PurpgateError, toPurpgateError } from '../errors.js';
import type { RewardComponents, RewardRecord, SampleKind } from '../events/interaction.js';
import type { CodeScanner } from '../guard/code/scanner.js';
import { compose, COMPOSE_VERSION } from './compose.js';
import { PURPCODE, type ComponentName, type Composition } from './composition.js';
import { withJudge, type Judge } from './judge.js';
import { classifyKind, KIND_VERSION, LEAST_CONFIDENCE, LEAST_CONFIDENCE_OF_OVER_REFUSAL } from './kind.js';
import { undecided, type Judgement, type Oracle, type Sample } from './oracle.js';
import type { OwnOracle, Rewards } from './own-oracle.js';
import { assistanceOracle } from './oracles/assistance.js';
import { createCorrectnessOracle, type CodeRunner } from './oracles/correctness.js';
import { formatOracle } from './oracles/format.js';
import { createParseOracle } from './oracles/parse.js';
import { DECLINED, refusalOracle } from './oracles/refusal.js';
import { createSampleScan } from './oracles/scan.js';
import { createSecurityOracle } from './oracles/security.js';
import { createTaskOracle } from './oracles/task.js';
import { withoutSandbox } from './sandbox.js';

/** `kind` where the caller knows it, such as a benchmark; else it is decided from the prompt. */
export type UnscoredSample = Omit<Sample, 'kind'> & { readonly kind?: SampleKind };

export interface SampleScorer {
  /** Rejects with `request_aborted` when `signal` aborts, and for no other reason: what cannot be judged has a null score. */
  score(sample: UnscoredSample, signal: AbortSignal): Promise<RewardRecord>;
}

/** A scorer that tells by which oracles it scores before it does. */
export interface VersionedScorer extends SampleScorer {
  readonly oracleVersions: RewardRecord['oracle_versions'];
}

interface SampleScorerOptions {
  /** Not stopped by the scorer. */
  readonly scanner: CodeScanner;
  /** Runs tests; not stopped by the scorer. Without one, samples with tests have no `correctness`. */
  readonly runner?: CodeRunner;
  /** Asked for what wording does not tell; not stopped by the scorer. */
  readonly judge?: Judge | null;
  /** Of the operator; not stopped by the scorer. PurpCode's recipe without own oracles where absent. */
  readonly rewards?: Pick<Rewards, 'composition' | 'own'>;
  /** Milliseconds for all oracles of one sample together, the judge apart. */
  readonly deadlineMs?: number;
}

/** The oracle that is yet to come: its component is null for every sample. */
const LATER = { feedback: null } as const;

const MISSING: Readonly<Partial<Record<string, string>>> = {
  format: 'the format could not be judged',
  parse: 'the code could not be parsed',
  security: 'the code could not be scanned',
  task: 'whether the code does its task could not be judged',
  assistance: 'whether it assists could not be judged',
  refusal: 'whether it is declined could not be judged',
  correctness: 'the tests could not be run',
  feedback: 'there is no oracle for feedback yet',
};

export function createSampleScorer(options: SampleScorerOptions): VersionedScorer {
  const { scanner, runner = withoutSandbox('there is no sandbox to run the tests in'), judge: asked = null } = options;
  const { composition, own } = options.rewards ?? { composition: PURPCODE, own: [] };
  const ownMs = own.reduce((longest, { timeoutMs }) => Math.max(longest, timeoutMs), 0);
  const deadlineMs = (options.deadlineMs ?? 10_000) + (asked?.timeoutMs ?? 0) + ownMs;
  const judged = (oracle: Oracle): Oracle => (asked === null ? oracle : withJudge(oracle, asked));
  const scan = createSampleScan(scanner);
  const oracles: readonly Oracle[] = [
    formatOracle,
    createParseOracle(scanner, scan),
    createSecurityOracle(scanner, scan),
    createTaskOracle(scan),
    judged(assistanceOracle),
    judged(refusalOracle),
    createCorrectnessOracle(runner),
  ];
  const versions = {
    kind: KIND_VERSION,
    compose: composition.version === '' ? COMPOSE_VERSION : `${COMPOSE_VERSION}+${composition.version}`,
    ...Object.fromEntries([...oracles, ...own].map(({ name, version }) => [name, version])),
  };
  return {
    oracleVersions: versions,
    async score(unscored, signal) {
      const given = unscored.kind;
      const decided = given === undefined ? classifyKind(unscored.prompt) : { kind: given, confidence: 1 };
      const sample: Sample = { ...unscored, kind: decided.kind };
      const deadline = new AbortController();
      const timer = setTimeout(() => {
        deadline.abort();
      }, deadlineMs);
      const within = AbortSignal.any([signal, deadline.signal]);
      const judgements = new Map<string, Judgement>();
      try {
        for (const oracle of oracles) judgements.set(oracle.name, await judge(oracle, sample, within));
        const about = own.filter(({ kinds }) => kinds.includes(sample.kind));
        await Promise.all(
          about.map(async (oracle) => judgements.set(oracle.name, await judge(oracle, sample, within))),
        );
      } finally {
        clearTimeout(timer);
      }
      // An abort says nothing about the sample; it is scored again when it is delivered again.
      if (signal.aborted) throw new PurpgateError('request_aborted', { cause: signal.reason });
      return record(sample, decided.confidence, { judgements, versions, composition });
    },
  };
}

/** Null for an oracle that throws or runs out of time, also when it does not heed the signal. */
async function judge(oracle: Oracle | OwnOracle, sample: Sample, signal: AbortSignal): Promise<Judgement> {
  if (signal.aborted) return undecided(`the oracle ${oracle.name} ran out of time`);
  let onAbort: (() => void) | undefined;
  const outOfTime = new Promise<Judgement>((resolve) => {
    onAbort = () => {
      resolve(undecided(`the oracle ${oracle.name} ran out of time`));
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  const judged = oracle
    .judge(sample, signal)
    .catch((thrown: unknown) =>
      undecided(
        signal.aborted
          ? `the oracle ${oracle.name} ran out of time`
          : `the oracle ${oracle.name} failed (${toPurpgateError(thrown).code})`,
      ),
    );
  try {
    return await Promise.race([judged, outOfTime]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}

interface Judged {
  /** By the name of the oracle. */
  readonly judgements: ReadonlyMap<string, Judgement>;
  readonly versions: Readonly<Record<string, string>>;
  readonly composition: Composition;
}

function record(sample: Sample, confidence: number, { judgements, versions, composition }: Judged): RewardRecord {
  const value = (name: ComponentName): number | null => judgements.get(name)?.value ?? null;
  const asked = composition.own.filter(({ name }) => judgements.has(name));
  const judged: RewardComponents = {
    format: value('format'),
    parse: value('parse'),
    security: value('security'),
    task: value('task'),
    assistance: value('assistance'),
    refusal: value('refusal'),
    correctness: value('correctness'),
    ...LATER,
    ...(asked.length === 0
      ? {}
      : { own: Object.fromEntries(asked.map(({ name }) => [name, judgements.get(name)?.value ?? null])) }),
  };
  const { score, missing, objectives } = compose(judged, { ...sample, composition });
  const reasons = missing.map((name) => judgements.get(name)?.reason ?? MISSING[name] ?? `${name} could not be judged`);
  const evidence = [...judgements.values()].flatMap((judgement) => judgement.evidence);
  const isDeclined = judged.refusal === 0 && evidence.some(({ rule }) => rule === DECLINED);
  const unscored =
    unscoredReason(sample, confidence, { components: judged, isDeclined }) ??
    (score === null ? distinct(reasons) : null);
  return {
    kind: sample.kind,
    kind_confidence: confidence,
    score: unscored === null ? score : null,
    unscored_reason: unscored,
    components: unscored === null && objectives !== undefined ? { ...judged, objectives } : judged,
    evidence,
    oracle_versions: versions,
  };
}

/** Why a sample has no score whatever its oracles say; null when they decide. */
function unscoredReason(
  sample: Sample,
  confidence: number,
  { components, isDeclined }: { readonly components: RewardComponents; readonly isDeclined: boolean },
): string | null {
  if (confidence < LEAST_CONFIDENCE)
    return `the kind is not sure enough: ${sample.kind} with ${confidence.toFixed(2)}, needed ${LEAST_CONFIDENCE}`;
  // Else traffic would teach compliance: harm that the kind does not see is what a policy that refuses may have seen.
  if (isDeclined && components.format !== 0 && confidence < LEAST_CONFIDENCE_OF_OVER_REFUSAL)
    return `it is declined, and it is not sure enough that the request is harmless: ${sample.kind} with ${confidence.toFixed(2)}, needed ${LEAST_CONFIDENCE_OF_OVER_REFUSAL}`;
  // A client that left, an engine that broke or a guard that blocked ended it, not the policy: what is missing or cut off says nothing. A
  // weakness that is there already stays. (An answer that ran into its length limit is finished.)
  const standsAnyway = sample.kind === 'code' && components.security === 0;
  return sample.response.finish === null && !standsAnyway ? 'the generation did not finish' : null;
}

function distinct(reasons: readonly string[]): string {
  return [...new Set(reasons)].join('; ');
}
