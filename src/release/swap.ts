/**
 * Brings the engine of this gateway to the version that the registry wants live: load it beside, prove it, give it the new requests, let
 * those under way end on the version they began with, unload. All that must outlast this process is in Postgres, so a kill at any
 * point leaves nothing to repair: the next start loads and proves the live version before it serves.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '../db.js';
import type { Engine } from '../engine/engine.js';
import { PurpgateError, toPurpgateError } from '../errors.js';
import type { Registry } from '../registry/registry.js';
import type { Logger } from '../telemetry.js';
import type { Version, VersionName } from '../types.js';
import { ADAPTER_FILE, proveVersion, readProbe, type ProbeEntry, type Proof } from './probe.js';
import { writeProof } from './store.js';

/** What serves several adapters of one base. */
export interface AdapterEngine {
  /** @param file of the tensors; what else belongs to the version lies beside it. */
  loadAdapter(version: VersionName, file: string): Promise<void>;
  unloadAdapter(version: VersionName): Promise<void>;
  /** Whether it serves a loaded version as it was trained. @throws PurpgateError where that cannot be found out now. */
  prove(version: VersionName, entries: readonly ProbeEntry[], signal: AbortSignal): Promise<Proof>;
  /** Looks after what was proven, where that can get lost while this process runs. */
  tend?(signal: AbortSignal): Promise<void>;
}

type Loading = Pick<AdapterEngine, 'loadAdapter' | 'unloadAdapter'>;

/** An engine that proves a version by generating its probe again. */
export function byGeneration(engine: Loading & Pick<Engine, 'generate'>, base: VersionName): AdapterEngine {
  return {
    loadAdapter: (version, file) => engine.loadAdapter(version, file),
    unloadAdapter: (version) => engine.unloadAdapter(version),
    prove: (version, entries, signal) => proveVersion({ engine, version, base, entries }, signal),
  };
}

interface SwapParts {
  readonly database: Database;
  readonly registry: Registry;
  readonly engine: AdapterEngine;
  /** Name of the engine's base checkpoint. */
  readonly base: VersionName;
  readonly pool: string;
  readonly logger: Logger;
  readonly pollMs?: number;
}

/** The right of one request to its version: it is not unloaded before `release`, which is idempotent. */
interface Lease {
  readonly version: VersionName;
  release(): void;
}

export class Swap {
  readonly #parts: SwapParts;
  readonly #stop = new AbortController();
  /** Requests under way, by version. */
  readonly #inFlight = new Map<VersionName, number>();
  /** Adapters that were loaded and proven. */
  readonly #proven = new Set<VersionName>();
  /** Why versions must not serve here. */
  readonly #failed = new Map<VersionName, string>();
  #current: VersionName;
  #wanted: VersionName | null = null;
  #lastTrouble = '';
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: SwapParts) {
    this.#parts = parts;
    this.#current = parts.base;
  }

  /** The version of new requests. */
  get current(): VersionName {
    return this.#current;
  }

  /** Whether new requests get the version that the registry wants. */
  isSettled(): boolean {
    return this.#wanted === this.#current;
  }

  acquire(): Lease {
    const version = this.#current;
    this.#inFlight.set(version, (this.#inFlight.get(version) ?? 0) + 1);
    let isHeld = true;
    return {
      version,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#inFlight.set(version, (this.#inFlight.get(version) ?? 1) - 1);
      },
    };
  }

  /**
   * Loads the live version, then follows the registry. A version that fails its proof is no failure of the start: the base serves.
   * @throws PurpgateError of the registry or the engine.
   */
  async start(): Promise<void> {
    await this.reconcile();
    this.#schedule();
  }

  /** One look at the registry, and what follows from it; looks never overlap. */
  reconcile(): Promise<void> {
    const run = this.#running.then(() => this.#reconcile());
    this.#running = run.catch(() => undefined);
    return run;
  }

  /** Idempotent; adapters go with the engine. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#stop.abort();
    await this.#running;
  }

  #schedule(): void {
    if (this.#stop.signal.aborted) return;
    this.#timer = setTimeout(() => void this.#poll(), this.#parts.pollMs ?? 1_000);
  }

  async #poll(): Promise<void> {
    try {
      await this.reconcile();
      this.#lastTrouble = '';
    } catch (thrown) {
      // Each second anew: only what changes is news.
      const error = toPurpgateError(thrown);
      if (error.message !== this.#lastTrouble && !this.#stop.signal.aborted)
        this.#parts.logger.error({ error, served: this.#current }, 'the wanted version is not served yet');
      this.#lastTrouble = error.message;
    }
    this.#schedule();
  }

  async #reconcile(): Promise<void> {
    const { registry, pool } = this.#parts;
    const live = await registry.live(pool);
    // Nothing is wanted: what serves goes on.
    if (live === null) return;
    this.#wanted = live.name;
    if (live.name !== this.#current) {
      if (await this.#isUsable(live)) this.#switchTo(live.name);
      else await this.#leaveHarmful();
    }
    await this.#unloadDrained(live);
    await this.#parts.engine.tend?.(this.#stop.signal);
  }

  /** @throws PurpgateError when it could not be found out; the next look tries again. */
  async #isUsable(version: Version): Promise<boolean> {
    const { name } = version;
    if (name === this.#parts.base || this.#proven.has(name)) return true;
    if (this.#failed.has(name)) return false;
    const proof = await this.#prove(version);
    await writeProof(this.#parts.database, name, proof);
    if (proof.outcome === 'proven') {
      this.#proven.add(name);
      return true;
    }
    this.#failed.set(name, proof.reason);
    await this.#unload(name);
    this.#parts.logger.error(
      { version: name, reason: proof.reason, served: this.#current },
      'a version failed its proof and gets no traffic',
    );
    return false;
  }

  async #prove(version: Version): Promise<Proof> {
    const { engine, base } = this.#parts;
    const { name, adapter, sha256 } = version;
    if (adapter === null)
      return { outcome: 'failed', reason: `it is another checkpoint than ${base}, which this engine has loaded` };
    const file = join(adapter, ADAPTER_FILE);
    try {
      if ((await digestOf(file)) !== sha256)
        return { outcome: 'failed', reason: 'its adapter file does not have the digest that is registered' };
      const entries = await readProbe(adapter);
      await engine.loadAdapter(name, file);
      return await engine.prove(name, entries, this.#stop.signal);
    } catch (thrown) {
      const error = toPurpgateError(thrown);
      // What is wrong with its files will still be wrong in a second; all else says nothing of the version.
      if (error.code !== 'model_unusable' && error.code !== 'artifact_corrupt') throw error;
      return { outcome: 'failed', reason: error.message };
    }
  }

  #switchTo(name: VersionName): void {
    const previous = this.#current;
    this.#current = name;
    this.#parts.logger.info(
      { version: name, previous, draining: this.#inFlight.get(previous) ?? 0 },
      'new requests get another version',
    );
  }

  /** What was rolled back must not go on because its successor cannot serve: the base does. */
  async #leaveHarmful(): Promise<void> {
    const { registry, base } = this.#parts;
    if (this.#current !== base && (await registry.get(this.#current))?.state === 'rolled-back') this.#switchTo(base);
  }

  /** The parent of what serves stays, so that a rollback to it needs no loading. */
  async #unloadDrained(live: Version): Promise<void> {
    for (const name of this.#proven) {
      const isKept = name === this.#current || name === live.name || name === live.parent;
      if (isKept || (this.#inFlight.get(name) ?? 0) > 0) continue;
      this.#proven.delete(name);
      this.#inFlight.delete(name);
      await this.#unload(name);
      this.#parts.logger.info({ version: name }, 'a version was unloaded');
    }
  }

  /** An engine that is being restarted forgets the version too. */
  async #unload(name: VersionName): Promise<void> {
    try {
      await this.#parts.engine.unloadAdapter(name);
    } catch (thrown) {
      const error = toPurpgateError(thrown);
      if (error.code !== 'engine_unavailable') throw error;
    }
  }
}

/** @throws PurpgateError `artifact_corrupt`. */
async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const part of createReadStream(file) as AsyncIterable<Buffer>) hash.update(part);
  } catch (thrown) {
    throw new PurpgateError('artifact_corrupt', { message: `${file} cannot be read`, cause: thrown });
  }
  return hash.digest('hex');
}
