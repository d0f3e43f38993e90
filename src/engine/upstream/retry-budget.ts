/**
 * How many requests may be tried again: a share of the recent ones and a few, so that retries never multiply the load of servers that are
 * in trouble. Numbers and window are those of Finagle's RetryBudget.
 */

const SLOTS = 10;
const SLOT_MS = 1_000;
const SHARE = 0.2;
const FREE_PER_SECOND = 10;

interface Slot {
  readonly second: number;
  requests: number;
  retries: number;
}

export class RetryBudget {
  #slots: Slot[] = [];

  /** `now`: milliseconds of any clock that only grows. */
  constructor(private readonly now: () => number) {}

  /** A request has come. */
  note(): void {
    this.#slot().requests += 1;
  }

  /** Whether one may be tried again; counts it when so. */
  take(): boolean {
    const slot = this.#slot();
    const sum = (pick: (slot: Slot) => number) => this.#slots.reduce((total, each) => total + pick(each), 0);
    const allowed = FREE_PER_SECOND * SLOTS + SHARE * sum(({ requests }) => requests);
    if (sum(({ retries }) => retries) + 1 > allowed) return false;
    slot.retries += 1;
    return true;
  }

  #slot(): Slot {
    const second = Math.floor(this.now() / SLOT_MS);
    const last = this.#slots.at(-1);
    if (last?.second === second) return last;
    const slot = { second, requests: 0, retries: 0 };
    this.#slots = [...this.#slots.filter((each) => each.second > second - SLOTS), slot];
    return slot;
  }
}
