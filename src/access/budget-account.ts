/** One budget in one period, as one replica holds it: a slice of the whole, of which requests reserve and use. */
import type { Budget } from '../types.js';
import { LEASE_MS, type Grant, type LeaseReport } from './budget-leases.js';

/** How long it is believed that nobody is granted more, so that refusals cost no query. */
const REFUSING_MS = 1_000;

interface AccountOptions {
  /** First day of the period, such as 2026-11-01. */
  readonly start: string;
  readonly resetsAt: Date;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

export class Account {
  /** Granted and not yet reported as used. */
  #amount = 0;
  /** By requests under way. */
  #reserved = 0;
  /** By requests that have ended, not yet reported. */
  #spent = 0;
  /** Reserved since the last look at what is idle. */
  #drawn = 0;
  #usableUntil = 0;
  #emptyUntil = 0;
  /** Sent, and not known to have arrived. */
  #underWay: { readonly report: number; readonly spent: number } | null = null;
  /** Of those who wait. */
  #wanted = 0;
  #isDirty = false;
  #isRemoved = false;
  /** As last heard; of the whole budget. */
  total: number;
  used = 0;

  constructor(
    readonly budget: Budget,
    private readonly options: AccountOptions,
  ) {
    this.total = budget.amount;
  }

  get resetsAt(): Date {
    return this.options.resetsAt;
  }

  get free(): number {
    if (this.#isRemoved) return Infinity;
    return this.options.clock() < this.#usableUntil ? Math.max(0, this.#amount - this.#spent - this.#reserved) : 0;
  }

  /** Whether nobody is granted any more at present. */
  get isEmpty(): boolean {
    return this.options.clock() < this.#emptyUntil;
  }

  /** Whether something has changed since the last report that has arrived. */
  get hasNews(): boolean {
    return this.#isDirty || this.#wanted > 0 || this.#underWay !== null;
  }

  /** Whether it may be forgotten. */
  get isIdle(): boolean {
    return !this.hasNews && this.#reserved === 0 && (this.#amount === 0 || this.#isRemoved);
  }

  /** The amount must be free. */
  reserve(amount: number): void {
    this.#reserved += amount;
    this.#drawn += amount;
    this.#isDirty = true;
  }

  /** Once for what a request has reserved in all; `used` may be more than that. */
  settle(reserved: number, used: number): void {
    this.#reserved -= reserved;
    this.#spent += used;
    this.#isDirty = true;
  }

  /** Until the returned function is called, reports ask for so much more. */
  want(amount: number): () => void {
    this.#wanted += amount;
    return () => {
      this.#wanted -= amount;
    };
  }

  /** Leaves to others what is free, beyond twice what was reserved since the last time. */
  yieldIdle(): void {
    this.#amount = Math.min(this.#amount, this.#reserved + this.#spent + Math.min(this.free, 2 * this.#drawn));
    this.#drawn = 0;
  }

  report(number: number, growth: boolean): LeaseReport {
    this.#underWay ??= { report: number, spent: this.#spent };
    this.#isDirty = this.#spent > this.#underWay.spent;
    const { report, spent } = this.#underWay;
    return {
      budget: this.budget.id,
      start: this.options.start,
      report,
      spent,
      kept: Math.max(0, this.#amount - spent),
      least: this.#spent - spent + this.#reserved + this.#wanted,
      growth,
    };
  }

  /** The answer to the report; null: the budget is gone. `sentAt` is when the report was made. */
  take(grant: Grant | null, sentAt: number): void {
    this.#spent -= this.#underWay?.spent ?? 0;
    this.#underWay = null;
    this.#isRemoved = grant === null;
    if (grant === null) return;
    this.#amount = grant.amount;
    this.#usableUntil = sentAt + LEASE_MS;
    this.#emptyUntil = grant.isLast ? this.options.clock() + REFUSING_MS : 0;
    this.total = grant.total;
    this.used = grant.used;
  }
}
