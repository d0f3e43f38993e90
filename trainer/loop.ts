/**
 * The training loop of a pool: intake beside it, step after step, versions now and then. States of a run: `locking` (another trainer may hold
 * the pool) -> `restoring` (weights of the last manifest, leftovers swept) -> `waiting` for prompts <-> `stepping` -> `ended`. Any failure ends
 * the run: what is in memory may be ahead of the last manifest, and a new run begins from the manifest and the rows.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Database, Session } from '../src/db.js';
import { PurpgateError } from '../src/errors.js';
import type { EventLog } from '../src/events/event-log.js';
import type { VersionName } from '../src/types.js';
import { loadCheckpoint, saveCheckpoint, sweepCheckpoints } from './checkpoint.js';
import { drawRewards, rewardPoints } from './curve.js';
import { INITIAL_SAMPLING, type KindCounts, type SamplingState } from './groups.js';
import { startIntake, type Intake, type IntakeSettings } from './intake.js';
import { createManifestStore, type Manifest } from './manifest-store.js';
import { createRolloutStore, type StepRow } from './rollout-store.js';
import { runStep, type StepParts, type StepSettings } from './step.js';

export interface LoopSettings extends StepSettings {
  /** B: groups wanted per step. */
  readonly promptsPerStep: number;
  readonly intake: IntakeSettings;
}

export interface TrainingOptions extends Pick<StepParts, 'learner' | 'rollouts' | 'folder' | 'mayRun' | 'display'> {
  readonly database: Database;
  readonly log: EventLog;
  readonly settings: LoopSettings;
  /** Of everything that decides what a step computes: settings, base model, rank. A step ends with the one that it began with. */
  readonly configHash: string;
  /** `drain`: ends when the log is read and its prompts are trained on. `wait`: for prompts to come. */
  readonly mode: 'wait' | 'drain';
  /** Steps of this run; null for no end. */
  readonly steps: number | null;
  /** Null where no versions are made. */
  readonly publish: Publishing | null;
}

export interface Publishing {
  /** Steps between versions; what was trained is also published when the run has finished. */
  readonly every: number;
  /** The learner holds the weights of the manifest. Called again for the same one after a crash, it must give the same. */
  readonly candidate: (manifest: Manifest, parent: VersionName | null) => Promise<VersionName>;
}

export interface TrainingSummary {
  /** `stopped`: by `stop`. */
  readonly outcome: 'finished' | 'stopped';
  readonly steps: number;
  readonly last: Manifest;
}

export interface Training {
  /** @throws PurpgateError of what ended the run. */
  readonly done: Promise<TrainingSummary>;
  /** Idempotent; the generation or batch that runs is the last, and nothing is lost. Waits for the end. Learner and engine are not stopped. */
  stop(): Promise<void>;
}

const POLL_MS = 100;
const LOCK_MS = 10_000;
/** Drawn anew after every step, in the folder of the checkpoints. */
export const REWARD_CURVE_FILE = 'reward-curve.svg';
const DAY_MS = 86_400_000;

export function startTraining(options: TrainingOptions): Training {
  const stopping = new AbortController();
  const done = holdPool(options, stopping.signal, (signal) => new Run(options, signal).run());
  return {
    done,
    async stop() {
      stopping.abort();
      await done.catch(() => undefined);
    },
  };
}

/** Waits while `isPaused`, as long as the signal does not abort. For `mayRun`. */
export function whilePaused(isPaused: () => boolean): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    while (isPaused() && !signal.aborted) await rest(signal);
    if (signal.aborted) throw new PurpgateError('request_aborted');
  };
}

/** Of all trainers of a pool one works at a time, else a step would be taken twice. A killed one's lock goes with its connection. */
async function holdPool<Result>(
  { database, settings }: TrainingOptions,
  stopping: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const session = await database.connect();
  try {
    await lockPool(session, settings.pool, stopping);
    return await work(AbortSignal.any([stopping, session.lost]));
  } catch (thrown) {
    if (session.lost.aborted && !stopping.aborted)
      throw new PurpgateError('database_unavailable', { message: 'the lock on the pool is lost', cause: thrown });
    throw thrown;
  } finally {
    await session.close();
  }
}

async function lockPool(session: Session, pool: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + LOCK_MS;
  for (;;) {
    const [row] = await session.query<{ locked: boolean }>(
      'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked',
      [`purpgate.train ${pool}`],
    );
    if (row?.locked === true) return;
    if (signal.aborted || Date.now() > deadline)
      throw new PurpgateError('setting_invalid', { publicMessage: `Another trainer works on the pool ${pool}.` });
    await rest(signal);
  }
}

/**
 * Groups wanted of each waiting kind: in proportion to what waits of it and to how much of that is effective, so that all kinds last equally
 * long and every step has the mixture of the traffic. Equal shares would use up the rare kinds first and end on the common one alone, which
 * then undoes what the rare ones have taught. Webster's method (Sainte-Laguë): no kind is favoured by the rounding.
 */
export function sharesOf(waiting: KindCounts, { utilisation }: SamplingState, prompts: number): KindCounts {
  const counts: Record<string, number> = {};
  const quotient = (kind: string): number =>
    ((waiting[kind] ?? 0) * (utilisation[kind] ?? 1)) / (2 * (counts[kind] ?? 0) + 1);
  for (let left = prompts; left > 0; left -= 1) {
    const open = Object.keys(waiting).filter((kind) => (counts[kind] ?? 0) < (waiting[kind] ?? 0));
    const [most] = open.sort((a, b) => quotient(b) - quotient(a) || (a < b ? -1 : 1));
    if (most === undefined) break;
    counts[most] = (counts[most] ?? 0) + 1;
  }
  return counts;
}

/** The mutable state of one run. */
class Run {
  readonly #parts: StepParts;
  readonly #intake: Intake;
  #steps = 0;

  constructor(
    private readonly options: TrainingOptions,
    private readonly signal: AbortSignal,
  ) {
    const { database, log, settings } = options;
    const { pool } = settings;
    const store = createRolloutStore(database, pool);
    this.#parts = { ...options, store, manifests: createManifestStore(database, pool) };
    this.#intake = startIntake({ database, log, settings: settings.intake, pool });
  }

  async run(): Promise<TrainingSummary> {
    let last: Manifest | null = null;
    try {
      // An intake that fails takes the loop along.
      last = await this.#restore();
      for (;;) {
        const step = await this.#nextStep(last);
        if (step === null) break;
        last = await this.#take(step, last);
      }
      if (this.options.publish !== null) last = await this.#publish(last, 'finished');
      return { outcome: 'finished', steps: this.#steps, last };
    } catch (thrown) {
      if (last === null || !this.signal.aborted || !isAbort(thrown)) throw thrown;
      return { outcome: 'stopped', steps: this.#steps, last };
    } finally {
      await this.#intake.stop();
    }
  }

  /** The learner holds the weights of the last manifest afterwards. A chain that is new begins with those that it holds. */
  async #restore(): Promise<Manifest> {
    const { learner, folder, configHash, publish } = this.options;
    const { manifests } = this.#parts;
    await mkdir(folder, { recursive: true });
    const found = await manifests.last();
    if (found === null) {
      const checkpoint = await saveCheckpoint(learner, folder, 0);
      const first = { seq: 0, sampling: INITIAL_SAMPLING, oracleVersions: {}, configHash, report: null };
      await manifests.commit({ ...first, ...checkpoint }, 0);
      return this.#last();
    }
    await loadCheckpoint(learner, folder, found);
    await sweepCheckpoints(folder, [found.folder]);
    // It may have been killed between a manifest and its version.
    return publish === null ? found : this.#publish(found, 'due');
  }

  async #last(): Promise<Manifest> {
    const last = await this.#parts.manifests.last();
    if (last === null) throw new PurpgateError('internal_error', { message: 'a manifest that was committed is gone' });
    return last;
  }

  /** The step that is under way, else a new one as soon as there are prompts; null where the run is at its end. */
  async #nextStep(last: Manifest): Promise<StepRow | null> {
    const { settings, configHash, mode, steps } = this.options;
    if (steps !== null && this.#steps >= steps) return null;
    const { store } = this.#parts;
    const unfinished = await store.unfinished();
    if (unfinished !== null) {
      if (unfinished.configHash === configHash) return unfinished;
      throw new PurpgateError('setting_invalid', {
        publicMessage: `Step ${unfinished.seq} of the pool ${settings.pool} began with other options; let it end with those, then change them.`,
      });
    }
    for (;;) {
      this.#refuseAborted();
      const isDrained = mode === 'drain' && (await this.#intake.isDrained());
      const waiting = await store.waiting(new Date(Date.now() - settings.intake.expiryDays * DAY_MS));
      const wanted = sharesOf(waiting, last.sampling, settings.promptsPerStep);
      const prompts = Object.values(waiting).reduce((sum, count) => sum + count, 0);
      // When everything is read, the last step makes do with fewer prompts, or with none where only verdicts are left to account for.
      const isLeft = isDrained && (prompts > 0 || (await this.#parts.manifests.openVerdicts()) > 0);
      if (prompts >= settings.promptsPerStep || isLeft) {
        const step = { seq: last.seq + 1, configHash, wanted, sampling: last.sampling };
        await store.begin(step);
        return step;
      }
      if (isDrained) return null;
      await Promise.race([rest(this.signal), this.#intake.done]);
    }
  }

  async #take(step: StepRow, parent: Manifest): Promise<Manifest> {
    const { folder, publish, steps, display, settings } = this.options;
    await runStep(this.#parts, step, { parent, signal: this.signal });
    const last = await this.#last();
    this.#steps += 1;
    display.status(describeStep(last), steps === null ? 0 : this.#steps / steps);
    display.line(describeStep(last));
    const points = rewardPoints(await this.#parts.manifests.list());
    await writeFile(join(this.options.folder, REWARD_CURVE_FILE), drawRewards(`Rewards of ${settings.pool}`, points));
    // The engine may have to read the parent's adapter again until the next one is in use.
    await sweepCheckpoints(folder, [parent.folder, last.folder]);
    return publish === null ? last : this.#publish(last, 'due');
  }

  async #publish(manifest: Manifest, when: 'due' | 'finished'): Promise<Manifest> {
    const { publish } = this.options;
    if (publish === null || manifest.version !== null || manifest.seq === 0) return manifest;
    if (when === 'due' && manifest.seq % publish.every !== 0) return manifest;
    const { manifests } = this.#parts;
    const earlier = (await manifests.list()).filter(({ seq }) => seq < manifest.seq);
    const published = earlier.findLast(({ version }) => version !== null) ?? null;
    // Steps without a lesson make no version.
    if ((published ?? earlier[0])?.adapterSha256 === manifest.adapterSha256) return manifest;
    const version = await publish.candidate(manifest, published?.version ?? null);
    await manifests.setVersion(manifest.seq, version);
    this.options.display.line(`step ${manifest.seq}: published as ${version}`);
    return { ...manifest, version };
  }

  #refuseAborted(): void {
    if (this.signal.aborted) throw new PurpgateError('request_aborted');
  }
}

const isAbort = (thrown: unknown): boolean => thrown instanceof PurpgateError && thrown.code === 'request_aborted';

/** Such as `step 3  reward code 0.52 malicious 0.80  trained 12/16  KL 0.0004  utilisation code 0.70`. */
function describeStep({ seq, report, sampling }: Manifest): string {
  const shares = (values: unknown): string =>
    Object.entries(values ?? {})
      .map(([kind, value]) => `${kind} ${Number(value).toFixed(2)}`)
      .join(' ');
  const value = (name: string): string => {
    const measured = report?.[name];
    return typeof measured === 'number' ? measured.toPrecision(2) : '-';
  };
  const count = (name: string): number => Number(report?.[name] ?? 0);
  const trained = `trained ${count('trained')}/${count('drawn')} groups`;
  return `step ${seq}  reward ${shares(report?.['rewards'])}  ${trained}  KL ${value('kl')}  entropy ${value('entropy')}  utilisation ${shares(sampling.utilisation)}`;
}

/** Ends early when the signal aborts. */
async function rest(signal: AbortSignal): Promise<void> {
  await pause(POLL_MS, undefined, { signal }).catch(() => undefined);
}
