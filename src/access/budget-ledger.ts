/**
 * Reserves of budgets when requests start, settles when they end. A replica leases a slice of each budget in use, so that a request waits for
 * the database only when its budget is new here or nearly used up. What was settled is reported within REPORT_MS.
 *
 * Bounds, whatever the order of things: what is used and what replicas hold never exceeds a budget by more than what requests turned out to
 * use beyond their reservations. A replica that hears nothing of the database for a whole lease finishes what it has begun, and what others
 * are granted meanwhile comes on top. One that is killed takes with it what it had not reported.
 */
import { randomUUID } from 'node:crypto';
import type { Database } from '../db.js';
import { PurpgateError } from '../errors.js';
import type { Logger, Metrics } from '../telemetry.js';
import type { Budget } from '../types.js';
import { withinTime } from './authenticator.js';
import { Account } from './budget-account.js';
import { exchange, LEASE_MS } from './budget-leases.js';
import { BudgetShare, reserveOfAll, type TokenCount, type TokenPrices } from './budget-share.js';
import { describeAmount, periodOf } from './budgets.js';

export interface ReservationRequest {
  /** At least one. */
  readonly budgets: readonly Budget[];
  /** Absent: the tokens cost nothing. */
  readonly prices: TokenPrices | undefined;
  /** Without room for these it is not worth to begin. */
  readonly least: TokenCount;
}

export interface Reservation {
  /** Reserves more where these are more than was reserved. False, or a promise of it: there is no more. */
  cover(tokens: TokenCount): boolean | Promise<boolean>;
  /** What was really used; counts once, and ends the reservation. */
  settle(tokens: TokenCount): void;
}

export interface Budgets {
  /**
   * @throws PurpgateError `insufficient_quota`, naming the budget and when it resets, or `access_unavailable` where more is needed than is
   * held here and the database cannot be reached.
   */
  reserve(request: ReservationRequest): Promise<Reservation>;
  /** Idempotent; reports what was settled and gives everything else back. */
  stop(): Promise<void>;
}

interface LedgerOptions {
  readonly database: Database;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
}

/** How long what was settled waits for more of it before it is reported. */
const REPORT_MS = 100;
const RETRY_MS = 1_000;
/** Often enough for two failures in the time of a lease. */
const RENEW_MS = LEASE_MS / 3;
/** How long a request waits for the database. */
const WAIT_MS = 2_000;
/** Each of them asks again for what another request was faster to take. */
const ATTEMPTS = 3;

const nameOf = (budget: number, start: string): string => `${budget} ${start}`;

export class BudgetLedger implements Budgets {
  /** Names its leases. */
  readonly replica = randomUUID();
  readonly #accounts = new Map<string, Account>();
  readonly #clock: () => number;
  readonly #renewal: NodeJS.Timeout;
  #reports = 0;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<unknown> = Promise.resolve();
  /** Has not begun yet: whoever wants something joins it. */
  #next: Promise<void> | null = null;
  #isRenewing = false;
  #stopping: Promise<void> | null = null;

  constructor(private readonly options: LedgerOptions) {
    this.#clock = options.clock ?? Date.now;
    this.#renewal = setInterval(() => {
      this.renew().catch(() => undefined);
    }, RENEW_MS).unref();
  }

  async reserve({ budgets, prices, least }: ReservationRequest): Promise<Reservation> {
    const shares = budgets.map((budget) => new BudgetShare(this.#accountOf(budget), prices));
    const lacking = await this.#cover(shares, least);
    if (lacking !== null) {
      this.#countRefusal(lacking, 'refused');
      throw this.#exhausted(lacking);
    }
    return {
      cover: (tokens) => this.#coverMore(shares, tokens),
      settle: (tokens) => {
        for (const share of shares) share.settle(tokens);
        this.#reportSoon(REPORT_MS);
      },
    };
  }

  /** Tells the database what was settled; a timer does it, too. */
  report(): Promise<void> {
    this.#next ??= this.#exchangeAfter(this.#running);
    return this.#next;
  }

  /** As `report`, and gives back what is idle; a timer does it, too. */
  renew(): Promise<void> {
    this.#isRenewing = true;
    return this.report();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    clearInterval(this.#renewal);
    try {
      // Twice: what was drawn counts as needed for one renewal.
      await withinTime(
        this.renew().then(() => this.renew()),
        WAIT_MS,
      );
    } catch (error) {
      this.options.logger.error(
        { error },
        'what was last used of budgets is not counted: the database does not answer',
      );
    }
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #accountOf(budget: Budget): Account {
    const { start, resetsAt } = periodOf(budget.period, this.#clock());
    const name = nameOf(budget.id, start);
    const account = this.#accounts.get(name) ?? new Account(budget, { start, resetsAt, clock: this.#clock });
    this.#accounts.set(name, account);
    return account;
  }

  #coverMore(shares: readonly BudgetShare[], tokens: TokenCount): boolean | Promise<boolean> {
    if (shares.every((share) => share.holds(tokens))) return true;
    if (!reserveOfAll(shares, tokens)) return this.#coverOrCut(shares, tokens);
    this.#reportSoon(REPORT_MS);
    return true;
  }

  async #coverOrCut(shares: readonly BudgetShare[], tokens: TokenCount): Promise<boolean> {
    try {
      const lacking = await this.#cover(shares, tokens);
      if (lacking !== null) this.#countRefusal(lacking, 'cut');
      return lacking === null;
    } catch (error) {
      this.options.logger.warn({ error }, 'an answer is cut: its budget cannot be asked for more');
      return false;
    }
  }

  /** Null when all is reserved, else an account that has too little. */
  async #cover(shares: readonly BudgetShare[], tokens: TokenCount): Promise<Account | null> {
    for (let attempt = 0; ; attempt += 1) {
      if (reserveOfAll(shares, tokens)) return null;
      const lacking = shares.filter((share) => share.lacks(tokens)).map(({ account }) => account);
      const given = lacking.find((account) => account.isEmpty) ?? (attempt === ATTEMPTS ? lacking[0] : undefined);
      if (given !== undefined) return given;
      await this.#askForMore(shares, tokens);
    }
  }

  async #askForMore(shares: readonly BudgetShare[], tokens: TokenCount): Promise<void> {
    const wishes = shares.map((share) => share.want(tokens));
    try {
      await withinTime(this.report(), WAIT_MS);
    } catch (thrown) {
      if (!(thrown instanceof PurpgateError) || thrown.code !== 'database_unavailable') throw thrown;
      throw new PurpgateError('access_unavailable', {
        publicMessage: 'The budget of this key could not be checked. Try again in a few seconds.',
        message: `budgets could not be asked for: ${thrown.message}`,
        retryAfterSeconds: 2,
        cause: thrown,
      });
    } finally {
      for (const withdraw of wishes) withdraw();
    }
  }

  #reportSoon(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.report().catch(() => undefined);
    }, ms);
  }

  async #exchangeAfter(earlier: Promise<unknown>): Promise<void> {
    await earlier;
    this.#next = null;
    const exchanged = this.#exchange();
    this.#running = exchanged.catch((error: unknown) => {
      this.options.logger.warn({ error }, 'budgets: the database does not answer; what was used waits');
      if (this.#stopping === null) this.#reportSoon(RETRY_MS);
    });
    await exchanged;
  }

  async #exchange(): Promise<void> {
    const isRenewing = this.#isRenewing;
    this.#isRenewing = false;
    const accounts = [...this.#accounts].filter(([, account]) => isRenewing || account.hasNews);
    if (accounts.length === 0) return;
    const sentAt = this.#clock();
    this.#reports += 1;
    if (isRenewing) for (const [, account] of accounts) account.yieldIdle();
    const reports = accounts.map(([, account]) => account.report(this.#reports, !isRenewing));
    let outcome = 'failed';
    try {
      const grants = await exchange(this.options.database, this.replica, reports);
      outcome = 'done';
      const granted = new Map(grants.map((grant) => [nameOf(grant.budget, grant.start), grant]));
      for (const [name, account] of accounts) {
        account.take(granted.get(name) ?? null, sentAt);
        if (account.isIdle) this.#accounts.delete(name);
      }
    } finally {
      this.options.metrics.budgetExchanges.inc({ outcome });
    }
  }

  #countRefusal({ budget: { owner, unit, period } }: Account, outcome: 'refused' | 'cut'): void {
    this.options.metrics.budgetRefusals.inc({ owner, unit, period, outcome });
  }

  #exhausted({ budget, used, total, resetsAt }: Account): PurpgateError {
    const what = `${budget.period === 'day' ? 'daily' : 'monthly'} ${budget.unit === 'tokens' ? 'token' : 'cost'} budget`;
    const amounts = `${describeAmount(budget.unit, used)} of ${describeAmount(budget.unit, total)} are used`;
    return new PurpgateError('insufficient_quota', {
      publicMessage: `The ${what} of this ${budget.owner} has too little left for this request: ${amounts}, and requests under way hold the rest. It resets at ${resetsAt.toISOString()}.`,
      retryAfterSeconds: Math.max(1, Math.ceil((resetsAt.getTime() - this.#clock()) / 1000)),
    });
  }
}
