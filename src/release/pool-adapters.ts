/**
 * The upstreams of a pool as one engine that serves adapters. Each loads a version and is proven by itself: it scores the completions of the
 * probe, and gets the version's requests only if it scores them as the learner did. One that is away gets it when it is back.
 */
import { basename, dirname, join } from 'node:path';
import type { AdapterServer } from '../engine/upstream/adapter-server.js';
import { PurpgateError, toPurpgateError } from '../errors.js';
import type { Logger } from '../telemetry.js';
import type { TokenSpan, VersionName } from '../types.js';
import { judgeProbe, type ProbeEntry, type Proof, type ScoredEntry, type Tolerance } from './probe.js';
import type { AdapterEngine } from './swap.js';

interface PoolAdaptersParts {
  readonly servers: readonly AdapterServer[];
  /** Of the base at the servers. */
  readonly model: string;
  /** Where the servers find the artifact store. */
  readonly folder: string;
  readonly logger: Logger;
  /** Milliseconds between two looks at what the servers have. */
  readonly everyMs?: number;
}

interface Tended {
  /** As the servers see it. */
  readonly path: string;
  entries: readonly ProbeEntry[];
  /** Servers that failed the proof. */
  readonly refused: Set<string>;
}

const EVERY_MS = 10_000;
/** To load an adapter, or to score a probe. */
const TIMEOUT_MS = 120_000;
/** Kernels in half precision differ by more than rounding, token by token and from batch to batch; their mean is what is bounded. */
const RESCORED: Tolerance = { mostDifference: Infinity, leastChange: 1e-3 };

export class PoolAdapters implements AdapterEngine {
  readonly #parts: PoolAdaptersParts;
  readonly #versions = new Map<VersionName, Tended>();
  #lookedAt = performance.now();

  constructor(parts: PoolAdaptersParts) {
    this.#parts = parts;
  }

  /** Loaded is it by `prove`, server by server. */
  loadAdapter(version: VersionName, file: string): Promise<void> {
    const path = join(this.#parts.folder, basename(dirname(file)));
    this.#versions.set(version, { path, entries: [], refused: new Set() });
    return Promise.resolve();
  }

  /** Proven where at least one server is; failed where one that was asked is not, and none is. */
  async prove(version: VersionName, entries: readonly ProbeEntry[], signal: AbortSignal): Promise<Proof> {
    const tended = this.#versions.get(version);
    if (tended === undefined) throw new PurpgateError('internal_error', { message: `${version} was not loaded` });
    if (entries.some(({ promptIds }) => promptIds === undefined))
      return { outcome: 'failed', reason: 'its probe does not say the ids of its prompts, so no server can score it' };
    tended.entries = entries;
    const { servers } = this.#parts;
    const proofs = await Promise.all(servers.map((server) => this.#bring(server, version, signal)));
    signal.throwIfAborted();
    const known = proofs.filter((proof) => proof !== null);
    const best = known.find(({ outcome }) => outcome === 'proven') ?? known[0];
    if (best === undefined)
      throw new PurpgateError('engine_unavailable', { message: `no upstream could be asked to serve ${version}` });
    return best;
  }

  async unloadAdapter(version: VersionName): Promise<void> {
    this.#versions.delete(version);
    await Promise.all(this.#parts.servers.map((server) => this.#drop(server, version)));
  }

  async tend(signal: AbortSignal): Promise<void> {
    const { servers, everyMs = EVERY_MS } = this.#parts;
    if (performance.now() - this.#lookedAt < everyMs) return;
    await Promise.all(servers.map((server) => this.#look(server, signal)));
    this.#lookedAt = performance.now();
  }

  /** A server that was started anew has forgotten what it had. */
  async #look(server: AdapterServer, signal: AbortSignal): Promise<void> {
    try {
      const names = await server.models(within(signal));
      for (const [version, { refused, entries }] of this.#versions) {
        if (!names.includes(version)) server.dismiss(version);
        if (entries.length > 0 && !server.serves(version) && !refused.has(server.id))
          await this.#bring(server, version, signal);
      }
    } catch {
      // It is away: the pool's circuits keep requests from it, and it is looked at again.
    }
  }

  /** Null where the server could not be asked. Never rejects. */
  async #bring(server: AdapterServer, version: VersionName, signal: AbortSignal): Promise<Proof | null> {
    const tended = this.#versions.get(version);
    if (tended === undefined) return null;
    const { logger } = this.#parts;
    const told = { version, upstream: server.id };
    try {
      await server.load(version, tended.path, within(signal));
      const proof = await this.#judge(server, version, { entries: tended.entries, signal });
      if (proof.outcome === 'proven') {
        server.admit(version);
        logger.info({ ...told, ...proof }, 'an upstream was proven to serve a version');
      } else {
        tended.refused.add(server.id);
        logger.error(
          { ...told, reason: proof.reason },
          'an upstream failed the proof of a version and gets none of it',
        );
        await this.#drop(server, version);
      }
      return proof;
    } catch (thrown) {
      logger.warn({ ...told, error: toPurpgateError(thrown) }, 'an upstream does not serve a version yet');
      return null;
    }
  }

  async #judge(
    server: AdapterServer,
    version: VersionName,
    { entries, signal }: { readonly entries: readonly ProbeEntry[]; readonly signal: AbortSignal },
  ): Promise<Proof> {
    if (!(await server.models(within(signal))).includes(version))
      return { outcome: 'failed', reason: 'it was loaded, and is not in the list of models' };
    const scored: ScoredEntry[] = [];
    for (const { promptIds = [], completionIds } of entries) {
      const score = async (model: string): Promise<TokenSpan> => ({
        ids: completionIds,
        logprobs: await server.score(model, { promptIds, completionIds }, within(signal)),
      });
      scored.push({ served: await score(version), untrained: await score(this.#parts.model) });
    }
    return judgeProbe(entries, scored, RESCORED);
  }

  /** A server that is away forgets it by itself. Never rejects. */
  async #drop(server: AdapterServer, version: VersionName): Promise<void> {
    server.dismiss(version);
    try {
      await server.unload(version, AbortSignal.timeout(TIMEOUT_MS));
    } catch (thrown) {
      const error = toPurpgateError(thrown);
      this.#parts.logger.warn({ version, upstream: server.id, error }, 'an upstream did not unload a version');
    }
  }
}

const within = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
