/**
 * Releases candidates, one at a time over all processes. A canary on live traffic will stand between the gate and the promotion: the
 * versions' states and the table of what may follow what have its place already.
 */
import type { Database, Session } from '../db.js';
import { PurpgateError } from '../errors.js';
import type { Audit, Registry } from '../registry/registry.js';
import type { Logger } from '../telemetry.js';
import type { Version, VersionName } from '../types.js';
import { evaluateCandidate, type EvaluationParts } from './evaluation.js';
import { gateReason, type GateVerdict } from './gate.js';
import { readVerdict } from './store.js';

const ACTOR = 'release-controller';
/** Any constant: all controllers agree on it, and nothing else uses it. */
const RELEASE_LOCK = '7022374623952';

export interface Release {
  readonly version: VersionName;
  readonly outcome: 'live' | 'retired';
  readonly verdict: GateVerdict;
}

/**
 * Evaluates the pool's candidates against its live version, oldest first; what the gate passes becomes live and the baseline of the next.
 * Resolves with null when another process is at it. What is stopped half way is done at the next call.
 * @throws PurpgateError of the suites or the database; `invalid_request` when an operator made another version live meanwhile.
 */
export async function releaseCandidates(
  parts: EvaluationParts & { readonly pool: string; readonly logger: Logger },
  signal: AbortSignal,
): Promise<readonly Release[] | null> {
  const lock = await takeLock(parts.database);
  if (lock === null) return null;
  // Who has lost the lock must stop: another one may hold it already.
  const held = AbortSignal.any([signal, lock.lost]);
  try {
    const releases: Release[] = [];
    for (;;) {
      if (held.aborted) throw new PurpgateError('request_aborted', { message: 'the release was stopped' });
      const waiting = await waitingVersion(parts.registry, parts.pool);
      const baseline = await parts.registry.live(parts.pool);
      if (waiting === undefined || baseline === null) return releases;
      releases.push(await release(parts, { candidate: waiting, baseline }, held));
    }
  } finally {
    await lock.close();
  }
}

async function takeLock(database: Database): Promise<Session | null> {
  const session = await database.connect();
  try {
    const [row] = await session.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [RELEASE_LOCK]);
    if (row?.taken === true) return session;
  } catch (thrown) {
    await session.close();
    throw thrown;
  }
  await session.close();
  return null;
}

/** An evaluated one was left by a controller that died before it had decided. */
async function waitingVersion(registry: Registry, pool: string): Promise<Version | undefined> {
  const versions = await registry.list({ pool });
  return versions.find(({ state }) => state === 'candidate' || state === 'evaluated');
}

async function release(
  parts: EvaluationParts & { readonly logger: Logger },
  { candidate, baseline }: { readonly candidate: Version; readonly baseline: Version },
  signal: AbortSignal,
): Promise<Release> {
  const { registry, logger } = parts;
  const { name } = candidate;
  const verdict = await evaluateCandidate(parts, { candidate, baseline, actor: ACTOR }, signal);
  const audit = { actor: ACTOR, reason: gateReason(verdict) };
  if (signal.aborted) throw new PurpgateError('request_aborted', { message: 'the release was stopped' });
  const outcome = verdict.outcome === 'passed' ? 'live' : 'retired';
  if (outcome === 'live') await registry.promote({ name, displaces: baseline.name, ...audit });
  else await registry.transition({ name, to: 'retired', ...audit });
  logger.info({ version: name, baseline: baseline.name, outcome, reason: audit.reason }, 'a candidate was judged');
  return { version: name, outcome, verdict };
}

interface Decisions {
  readonly database: Database;
  readonly registry: Registry;
}

/**
 * An operator makes a version live. What the gate has not passed against the version that is live needs `force`, which the audit tells.
 * @throws PurpgateError `model_not_found` or `invalid_request`.
 */
export async function promoteVersion(
  { database, registry }: Decisions,
  { name, force, actor, reason }: Audit & { readonly name: VersionName; readonly force: boolean },
): Promise<Version> {
  if (force) return registry.promote({ name, actor, reason: `${reason} (forced past the gate)` });
  if ((await registry.get(name)) === null)
    throw new PurpgateError('model_not_found', { publicMessage: `There is no version ${name}.` });
  const last = await readVerdict(database, name);
  if (last?.verdict.outcome !== 'passed')
    throw new PurpgateError('invalid_request', {
      publicMessage: `Version ${name} may not become live: ${last === null ? 'the gate has not judged it' : gateReason(last.verdict)}. It can be forced.`,
    });
  return registry.promote({ name, displaces: last.baseline, actor, reason });
}

/** An operator takes the live version of a pool away. @throws PurpgateError `model_not_found` or `invalid_request`. */
export async function rollbackVersion(
  registry: Registry,
  { pool, to, ...audit }: Audit & { readonly pool: string; readonly to: VersionName | null },
): Promise<Version> {
  const live = await registry.live(pool);
  if (live === null)
    throw new PurpgateError('model_not_found', { publicMessage: `No version is live in the pool ${pool}.` });
  return registry.rollback({ name: live.name, ...(to !== null && { to }), ...audit });
}
