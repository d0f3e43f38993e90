/** Evaluations, verdicts of the gate and proofs in Postgres. */
import type { Queryable } from '../db.js';
import type { VersionName } from '../types.js';
import type { GateVerdict, Outcomes } from './gate.js';
import type { Proof } from './probe.js';

export interface RecordedVerdict {
  readonly baseline: VersionName;
  readonly verdict: GateVerdict;
  readonly at: Date;
}

export interface RecordedProof {
  readonly outcome: Proof['outcome'];
  readonly reason: string;
  readonly at: Date;
}

export async function readOutcomes(client: Queryable, version: VersionName, suites: string): Promise<Outcomes | null> {
  const [row] = await client.query<{ outcomes: Record<string, Record<string, boolean>> }>(
    'SELECT outcomes FROM evaluations WHERE version = $1 AND suites = $2',
    [version, suites],
  );
  if (row === undefined) return null;
  return new Map(
    Object.entries(row.outcomes).map(([metric, ofPrompts]) => [metric, new Map(Object.entries(ofPrompts))]),
  );
}

/** The first evaluation of a version stays: a verdict must be found to rest on what is stored. */
export async function writeOutcomes(
  client: Queryable,
  {
    version,
    suites,
    outcomes,
  }: { readonly version: VersionName; readonly suites: string; readonly outcomes: Outcomes },
): Promise<void> {
  const plain = Object.fromEntries([...outcomes].map(([metric, ofPrompts]) => [metric, Object.fromEntries(ofPrompts)]));
  await client.query(
    'INSERT INTO evaluations (version, suites, outcomes) VALUES ($1, $2, $3) ON CONFLICT (version, suites) DO NOTHING',
    [version, suites, JSON.stringify(plain)],
  );
}

interface NewVerdict {
  readonly candidate: VersionName;
  readonly baseline: VersionName;
  readonly suites: string;
  readonly verdict: GateVerdict;
}

export async function writeVerdict(
  client: Queryable,
  { candidate, baseline, suites, verdict }: NewVerdict,
): Promise<void> {
  await client.query(
    'INSERT INTO gate_verdicts (candidate, baseline, suites, outcome, verdict) VALUES ($1, $2, $3, $4, $5)',
    [candidate, baseline, suites, verdict.outcome, JSON.stringify(verdict)],
  );
}

/** The last one; null for a version that the gate has not judged. */
export async function readVerdict(client: Queryable, candidate: VersionName): Promise<RecordedVerdict | null> {
  const [row] = await client.query<{ baseline: VersionName; verdict: GateVerdict; at: Date }>(
    'SELECT baseline, verdict, at FROM gate_verdicts WHERE candidate = $1 ORDER BY id DESC LIMIT 1',
    [candidate],
  );
  return row ?? null;
}

export async function writeProof(client: Queryable, version: VersionName, proof: Proof): Promise<void> {
  const reason =
    proof.outcome === 'failed'
      ? proof.reason
      : `${proof.tokens} tokens as the learner scored them: largest difference ${proof.maxDifference.toPrecision(2)}, KL ${proof.mismatchKl.toPrecision(2)} per token`;
  await client.query('INSERT INTO version_proofs (version, outcome, reason) VALUES ($1, $2, $3)', [
    version,
    proof.outcome,
    reason,
  ]);
}

/** Oldest first. */
export function readProofs(client: Queryable, version: VersionName): Promise<readonly RecordedProof[]> {
  return client.query<{ outcome: Proof['outcome']; reason: string; at: Date }>(
    'SELECT outcome, reason, at FROM version_proofs WHERE version = $1 ORDER BY id',
    [version],
  );
}
