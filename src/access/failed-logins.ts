/** Counts failed logins per address in windows of one minute. */
import { BoundedCache } from '../bounded-cache.js';

const WINDOW_MS = 60_000;
/** An attacker with more addresses than this makes the oldest be forgotten; memory stays bounded. */
const ADDRESSES = 10_000;

interface Window {
  readonly endsAt: number;
  failures: number;
}

export class FailedLogins {
  private readonly windows = new BoundedCache<Window>(ADDRESSES);

  constructor(
    private readonly perMinute: number,
    private readonly clock: () => number,
  ) {}

  record(address: string): void {
    const window = this.current(address);
    if (window === undefined) this.windows.set(address, { endsAt: this.clock() + WINDOW_MS, failures: 1 });
    else window.failures += 1;
  }

  /** Seconds until the address may try again, at least 1; null when it may try now. */
  secondsToWait(address: string): number | null {
    const window = this.current(address);
    if (window === undefined || window.failures < this.perMinute) return null;
    return Math.max(1, Math.ceil((window.endsAt - this.clock()) / 1000));
  }

  private current(address: string): Window | undefined {
    const window = this.windows.get(address);
    return window !== undefined && window.endsAt > this.clock() ? window : undefined;
  }
}
