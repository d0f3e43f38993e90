/** Candidate and baseline on the same suites, and the gate's verdict on the two. */
import type { Database } from '../db.js';
import type { Registry } from '../registry/registry.js';
import type { Version } from '../types.js';
import { gate, GATE_SETTINGS, gateReason, type GateSettings, type GateVerdict, type Outcomes } from './gate.js';
import { readOutcomes, writeOutcomes, writeVerdict } from './store.js';

/** Held-out suites under fixed seeds, and an engine to run them on. */
export interface Suites {
  /** Digest of prompts, seeds and sampling: evaluations with another one cannot be compared. */
  readonly digest: string;
  /** What the version achieves. @throws PurpgateError: nothing is skipped. */
  run(version: Version, signal: AbortSignal): Promise<Outcomes>;
}

export interface EvaluationParts {
  readonly database: Database;
  readonly registry: Registry;
  readonly suites: Suites;
  readonly settings?: GateSettings;
}

/**
 * Judges a candidate against a baseline, stores what was found, and makes a candidate `evaluated`. What was evaluated before is read,
 * not run again.
 */
export async function evaluateCandidate(
  { database, registry, suites, settings = GATE_SETTINGS }: EvaluationParts,
  { candidate, baseline, actor }: { readonly candidate: Version; readonly baseline: Version; readonly actor: string },
  signal: AbortSignal,
): Promise<GateVerdict> {
  const outcomesOf = async (version: Version): Promise<Outcomes> => {
    const stored = await readOutcomes(database, version.name, suites.digest);
    if (stored !== null) return stored;
    const outcomes = await suites.run(version, signal);
    await writeOutcomes(database, { version: version.name, suites: suites.digest, outcomes });
    return outcomes;
  };
  // One after the other: both would share the cores.
  const before = await outcomesOf(baseline);
  const after = await outcomesOf(candidate);
  const verdict = gate(before, after, settings);
  const { name } = candidate;
  await writeVerdict(database, { candidate: name, baseline: baseline.name, suites: suites.digest, verdict });
  if ((await registry.get(name))?.state === 'candidate')
    await registry.transition({ name, to: 'evaluated', actor, reason: gateReason(verdict) });
  return verdict;
}
