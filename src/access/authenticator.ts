/** Who is calling: API keys against the database, with a cache that bounds its load, its latency and the harm of its outages. */
import { timingSafeEqual } from 'node:crypto';
import type { Queryable } from '../db.js';
import { PurpgateError } from '../errors.js';
import type { Logger } from '../telemetry.js';
import type { Caller } from '../types.js';
import { BoundedCache } from '../bounded-cache.js';
import { FailedLogins } from './failed-logins.js';
import { digestOf, findKey, publicPart, type StoredKey } from './keys.js';

export interface Authenticator {
  /**
   * @throws PurpgateError `invalid_api_key` (missing, malformed, unknown, wrong, revoked and expired keys alike), `login_attempts_exceeded`, or
   * `access_unavailable` when the key is not known here and the database cannot be reached.
   */
  authenticate(attempt: LoginAttempt): Promise<Caller>;
}

interface LoginAttempt {
  /** As presented; null when there is none. */
  readonly key: string | null;
  /** Where it came from, as failed logins are counted. */
  readonly address: string;
}

interface AuthenticatorOptions {
  readonly database: Queryable;
  readonly logger: Logger;
  readonly failedLoginsPerMinute: number;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  /** How long a look-up may take before the database counts as unreachable. */
  readonly lookupMs?: number;
}

/** How long a look-up is believed: a revocation takes effect within this time. */
const FRESH_MS = 10_000;
/** How much longer a key that was looked up before is believed while the database cannot be reached. */
const OUTAGE_MS = 5 * 60_000;
/** How long an outage is believed before the next look-up, so that requests do not each wait for it. */
const RETRY_MS = 1_000;
const LOOKUP_MS = 2_000;
const CACHED_KEYS = 10_000;
/** What keys are compared with that do not exist, so that they take the path of those that do. */
const NO_DIGEST = Buffer.alloc(32);

interface CachedKey {
  readonly key: StoredKey;
  freshUntil: number;
  /** End of the outage allowance. */
  readonly usableUntil: number;
}

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  return new CachingAuthenticator(options);
}

class CachingAuthenticator implements Authenticator {
  private readonly clock: () => number;
  private readonly failedLogins: FailedLogins;
  private readonly known = new BoundedCache<CachedKey>(CACHED_KEYS);
  /** Public parts that do not exist, with the time until which that is believed; apart from `known`, so that guesses cannot evict keys. */
  private readonly unknown = new BoundedCache<number>(CACHED_KEYS);
  private readonly lookups = new Map<string, Promise<StoredKey | null>>();

  constructor(private readonly options: AuthenticatorOptions) {
    this.clock = options.clock ?? Date.now;
    this.failedLogins = new FailedLogins(options.failedLoginsPerMinute, this.clock);
  }

  async authenticate({ key, address }: LoginAttempt): Promise<Caller> {
    const id = key === null ? null : publicPart(key);
    const secondsToWait = this.failedLogins.secondsToWait(address);
    // Beyond its limit an address costs neither a hash nor a query. Keys in use stay usable: one bad client must not lock out those that share its
    // address.
    if (secondsToWait !== null && (id === null || this.known.get(id) === undefined)) throw exceeded(secondsToWait);
    const stored = id === null ? null : await this.find(id);
    const isRight = timingSafeEqual(digestOf(key ?? ''), stored?.sha256 ?? NO_DIGEST);
    if (stored !== null && isRight && this.isActive(stored)) return toCaller(stored);
    this.failedLogins.record(address);
    throw secondsToWait === null ? new PurpgateError('invalid_api_key') : exceeded(secondsToWait);
  }

  private isActive(key: StoredKey): boolean {
    return key.revokedAt === null && (key.expiresAt === null || key.expiresAt.getTime() > this.clock());
  }

  private async find(id: string): Promise<StoredKey | null> {
    const now = this.clock();
    const cached = this.known.get(id);
    if (cached !== undefined && cached.freshUntil > now) return cached.key;
    if ((this.unknown.get(id) ?? 0) > now) return null;
    try {
      return await this.lookUpOnce(id);
    } catch (thrown) {
      if (!(thrown instanceof PurpgateError) || thrown.code !== 'database_unavailable') throw thrown;
      if (cached === undefined || cached.usableUntil <= now)
        throw new PurpgateError('access_unavailable', {
          message: `key ${id} could not be looked up: ${thrown.message}`,
          retryAfterSeconds: 2,
          cause: thrown,
        });
      cached.freshUntil = this.clock() + RETRY_MS;
      this.options.logger.warn({ keyId: id, error: thrown }, 'served from the key cache: the database is unreachable');
      return cached.key;
    }
  }

  /** Requests that come together share one look-up. */
  private lookUpOnce(id: string): Promise<StoredKey | null> {
    const running = this.lookups.get(id);
    if (running !== undefined) return running;
    const lookup = this.lookUp(id).finally(() => this.lookups.delete(id));
    this.lookups.set(id, lookup);
    return lookup;
  }

  private async lookUp(id: string): Promise<StoredKey | null> {
    const key = await withinTime(findKey(this.options.database, id), this.options.lookupMs ?? LOOKUP_MS);
    const freshUntil = this.clock() + FRESH_MS;
    if (key === null) {
      this.known.delete(id);
      this.unknown.set(id, freshUntil);
    } else {
      this.known.set(id, { key, freshUntil, usableUntil: freshUntil + OUTAGE_MS });
    }
    return key;
  }
}

/** @throws PurpgateError `database_unavailable` when the time is over. */
export async function withinTime<Result>(work: Promise<Result>, ms: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const timeOut = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new PurpgateError('database_unavailable', { message: `no answer within ${ms} ms` }));
    }, ms);
  });
  try {
    return await Promise.race([work, timeOut]);
  } finally {
    clearTimeout(timer);
  }
}

function exceeded(seconds: number): PurpgateError {
  return new PurpgateError('login_attempts_exceeded', { retryAfterSeconds: seconds });
}

function toCaller(key: StoredKey): Caller {
  return {
    keyId: key.id,
    tenant: key.tenant,
    scopes: new Set(key.scopes),
    consent: key.training,
    honourStoreFalse: key.honourStoreFalse,
    requestsPerMinute: key.requestsPerMinute,
    ...(key.budgets.length > 0 && { budgets: key.budgets }),
  };
}
