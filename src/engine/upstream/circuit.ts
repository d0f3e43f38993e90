/**
 * Whether an upstream should be given requests: a circuit breaker per upstream. Failures in a row open it (outlier ejection as Envoy's
 * `consecutive_gateway_failure` does it, with times that grow); afterwards one request at a time tries whether it is well again (half-open).
 * Failed health checks, and the upstream's own Retry-After, keep requests away too. Knows no I/O: it is told what happened.
 */

const FAILURES_TO_OPEN = 3;
const CHECKS_TO_LEAVE = 2;
const FIRST_OPEN_MS = 5_000;
const LONGEST_OPEN_MS = 300_000;
/** An upstream that asks for more is asked again after this. */
const LONGEST_PAUSE_MS = 60_000;

export class Circuit {
  #failures = 0;
  #failedChecks = 0;
  /** Times that it opened since it was last well. */
  #openings = 0;
  /** null: closed. */
  #openUntil: number | null = null;
  #pausedUntil = 0;
  #isTrying = false;

  /** `now`: milliseconds of any clock that only grows. */
  constructor(private readonly now: () => number) {}

  get isAvailable(): boolean {
    const now = this.now();
    if (this.#failedChecks >= CHECKS_TO_LEAVE || now < this.#pausedUntil) return false;
    return this.#openUntil === null || (now >= this.#openUntil && !this.#isTrying);
  }

  /** A request is given to it; exactly one of the methods below must follow. */
  begin(): void {
    if (this.#openUntil !== null) this.#isTrying = true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openings = 0;
    this.#openUntil = null;
    this.#isTrying = false;
  }

  failed(): void {
    this.#failures += 1;
    const now = this.now();
    const isTrial = this.#isTrying && this.#openUntil !== null && now >= this.#openUntil;
    this.#isTrying = false;
    const isOpen = this.#openUntil !== null && now < this.#openUntil;
    // What failed of the requests that were under way when it opened says nothing new.
    if (isOpen || (!isTrial && this.#failures < FAILURES_TO_OPEN)) return;
    this.#openUntil = now + Math.min(FIRST_OPEN_MS * 2 ** this.#openings, LONGEST_OPEN_MS);
    this.#openings += 1;
  }

  /** It is well, and asks for a pause. */
  throttled(seconds: number): void {
    this.#isTrying = false;
    this.#pausedUntil = Math.max(this.#pausedUntil, this.now() + Math.min(seconds * 1000, LONGEST_PAUSE_MS));
  }

  /** The request ended for reasons that say nothing about the upstream. */
  left(): void {
    this.#isTrying = false;
  }

  /** The result of a health check. */
  checked(isWell: boolean): void {
    this.#failedChecks = isWell ? 0 : this.#failedChecks + 1;
  }
}
