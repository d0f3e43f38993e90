/** The upstreams of a pool: who is given a request, what came of it, and the health checks. */
import type { PurpgateError } from '../../errors.js';
import type { Metrics } from '../../telemetry.js';
import type { VersionName } from '../../types.js';
import { AdapterServer } from './adapter-server.js';
import { choose } from './balancer.js';
import { Circuit } from './circuit.js';
import { UpstreamConnection } from './connection.js';
import type { PoolSettings, UpstreamSettings } from './pools.js';

/** How an attempt ended; `left`: nobody waits for it any more. */
export type Outcome =
  | { readonly type: 'answered' }
  | { readonly type: 'left' }
  | { readonly type: 'threw'; readonly error: PurpgateError };

interface Member {
  readonly id: string;
  readonly weight: number;
  readonly connection: UpstreamConnection;
  readonly circuit: Circuit;
  /** Adapters that it was proven to serve. */
  readonly adapters: Set<VersionName>;
  outstanding: number;
  inFlight: number;
}

export interface Work {
  /** Estimate, prompt and completion together. */
  readonly tokens: number;
  /** As `choose` takes it. */
  readonly affinity: string | undefined;
  /** Null: the model that the upstreams were started with. */
  readonly adapter: VersionName | null;
}

export interface Lease {
  readonly id: string;
  readonly connection: UpstreamConnection;
  /** Its answer has begun. */
  begun(): void;
  /** It does not know the adapter that it was asked for, and gets no more requests for it until it is proven anew. */
  lost(): void;
  /** Once, when the attempt has ended. */
  release(outcome: Outcome): void;
}

/** Longest time that a server may take to answer a health check. */
const CHECK_TIMEOUT_MS = 5_000;

export class Members {
  readonly #members: readonly Member[];
  #timer: NodeJS.Timeout | undefined;
  #checks: Promise<void> = Promise.resolve();

  constructor(
    private readonly settings: PoolSettings,
    private readonly metrics: Metrics,
    base: VersionName | null,
  ) {
    this.#members = settings.upstreams.map((upstream) => createMember(settings, upstream, base));
    for (const member of this.#members) this.#take(member, 0);
  }

  /** Those that may load adapters. */
  get servers(): readonly AdapterServer[] {
    return this.#members.map(({ id, connection, adapters }) => new AdapterServer(id, connection, adapters));
  }

  /** The upstream that is asked next, or null where all that were not tried, and serve the adapter, are at their limit. */
  lease(work: Work, tried: readonly string[]): Lease | null {
    const withRoom = this.#withRoom(work, tried);
    // Where none is thought well, one of them is asked all the same: to refuse everything helps nobody (Envoy's panic mode).
    const well = withRoom.filter(({ circuit }) => circuit.isAvailable);
    const member = choose(well, work) ?? choose(withRoom, work);
    if (member === null) return null;
    member.inFlight += 1;
    member.circuit.begin();
    this.#take(member, work.tokens);
    const startedAt = performance.now();
    let isWell = false;
    return {
      id: member.id,
      connection: member.connection,
      lost: () => {
        if (work.adapter === null) return;
        member.adapters.delete(work.adapter);
        isWell = true;
      },
      begun: () => {
        const seconds = (performance.now() - startedAt) / 1000;
        this.metrics.upstreamFirstDeltaSeconds.observe(this.#labels(member), seconds);
      },
      release: (outcome) => {
        member.inFlight -= 1;
        const label = isWell ? refused(member.circuit) : tell(member.circuit, outcome);
        this.metrics.upstreamRequests.inc({ ...this.#labels(member), outcome: label });
        this.#take(member, -work.tokens);
      },
    };
  }

  hasOther(work: Work, tried: readonly string[]): boolean {
    return this.#withRoom(work, tried).length > 0;
  }

  #withRoom({ adapter }: Work, tried: readonly string[]): readonly Member[] {
    return this.#members.filter(
      ({ id, inFlight, adapters }) =>
        inFlight < this.settings.inFlight && !tried.includes(id) && (adapter === null || adapters.has(adapter)),
    );
  }

  /** Checks the upstreams from now on, where the pool says so. */
  watch(): void {
    const { healthCheckMs } = this.settings;
    if (healthCheckMs === null || this.#timer !== undefined) return;
    this.#timer = setInterval(() => {
      this.#checks = this.#check(Math.min(healthCheckMs, CHECK_TIMEOUT_MS));
    }, healthCheckMs);
    this.#timer.unref();
  }

  /** Idempotent; what is in flight fails. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#members.map(({ connection }) => connection.stop()));
    await this.#checks;
  }

  async #check(timeoutMs: number): Promise<void> {
    const check = async (member: Member) => {
      member.circuit.checked(await member.connection.isWell(timeoutMs));
      this.#show(member);
    };
    await Promise.all(this.#members.map(check));
  }

  #labels({ id }: Member): { pool: string; upstream: string } {
    return { pool: this.settings.name, upstream: id };
  }

  /** Counted and not set: after a reload the same upstream may still work for the pool as it was. */
  #take(member: Member, tokens: number): void {
    member.outstanding += tokens;
    this.metrics.upstreamOutstanding.inc(this.#labels(member), tokens);
    this.#show(member);
  }

  #show(member: Member): void {
    this.metrics.upstreamAvailable.set(this.#labels(member), member.circuit.isAvailable ? 1 : 0);
  }
}

function createMember(settings: PoolSettings, upstream: UpstreamSettings, base: VersionName | null): Member {
  const { url: id, weight } = upstream;
  const connection = new UpstreamConnection(settings, upstream, base);
  const circuit = new Circuit(() => performance.now());
  return { id, weight, connection, circuit, adapters: new Set(), outstanding: 0, inFlight: 0 };
}

/** The name of the outcome in the metrics. */
function tell(circuit: Circuit, outcome: Outcome): string {
  if (outcome.type === 'left') {
    circuit.left();
    return 'aborted';
  }
  if (outcome.type === 'answered') {
    circuit.succeeded();
    return 'answered';
  }
  const { code, retryAfterSeconds } = outcome.error;
  if (code !== 'upstream_error' && code !== 'upstream_timeout') {
    return refused(circuit);
  }
  if (retryAfterSeconds !== null) {
    circuit.throttled(retryAfterSeconds);
    return 'throttled';
  }
  circuit.failed();
  return code === 'upstream_timeout' ? 'timed_out' : 'failed';
}

/** It judged the request, and is well. */
function refused(circuit: Circuit): string {
  circuit.succeeded();
  return 'refused';
}
