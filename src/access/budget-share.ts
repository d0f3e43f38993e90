/** What one request has reserved of one account. */
import type { Account } from './budget-account.js';

/** What a request reads and writes. */
export interface TokenCount {
  readonly prompt: number;
  readonly completion: number;
}

/** In US dollars per million tokens. */
export interface TokenPrices {
  readonly input: number;
  readonly output: number;
}

/** Completion tokens that are reserved ahead of those that were generated. */
const STEP_TOKENS = 256;

export class BudgetShare {
  #reserved = 0;
  #isSettled = false;

  constructor(
    readonly account: Account,
    private readonly prices: TokenPrices | undefined,
  ) {}

  holds(tokens: TokenCount): boolean {
    return this.#amountOf(tokens) <= this.#reserved;
  }

  /** Whether the account has too little free for so many tokens. */
  lacks(tokens: TokenCount): boolean {
    return this.#amountOf(tokens) - this.#reserved > this.account.free;
  }

  /** The account must not lack so many; a step more is reserved as far as it is free. */
  reserve(tokens: TokenCount): void {
    // A request may end while it waits for more.
    if (this.#isSettled) return;
    const amount = Math.max(0, Math.min(this.#withStep(tokens), this.account.free));
    this.#reserved += amount;
    this.account.reserve(amount);
  }

  /** Until the returned function is called, more is asked for. */
  want(tokens: TokenCount): () => void {
    return this.account.want(Math.max(0, this.#withStep(tokens)));
  }

  /** Idempotent. */
  settle(tokens: TokenCount): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.account.settle(this.#reserved, this.#amountOf(tokens));
    this.#reserved = 0;
  }

  #withStep({ prompt, completion }: TokenCount): number {
    return this.#amountOf({ prompt, completion: completion + STEP_TOKENS }) - this.#reserved;
  }

  #amountOf({ prompt, completion }: TokenCount): number {
    switch (this.account.budget.unit) {
      case 'tokens':
        return prompt + completion;
      case 'cost':
        // A price per million tokens is one in millionths per token.
        return Math.ceil(prompt * (this.prices?.input ?? 0) + completion * (this.prices?.output ?? 0));
    }
  }
}

/** Of all or of none. */
export function reserveOfAll(shares: readonly BudgetShare[], tokens: TokenCount): boolean {
  if (shares.some((share) => share.lacks(tokens))) return false;
  for (const share of shares) share.reserve(tokens);
  return true;
}
