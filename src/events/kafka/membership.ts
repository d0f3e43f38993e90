/** Keeps a member of a consumer group alive while its handler works, and tells when it no longer is one. */
import { protocolErrors } from './connection.js';

export interface Membership {
  /** Aborts when other members may have been given this one's partitions: what it does is done again by them. */
  readonly lost: AbortSignal;
  /** Aborts as soon as the group wants to share out anew; the running handler may finish, so that its progress counts. */
  readonly leaving: AbortSignal;
  stop(): void;
}

interface MembershipOptions {
  /** Does nothing when the last one is not long ago. */
  readonly heartbeat: () => Promise<void>;
  readonly heartbeatMs: number;
  readonly sessionMs: number;
}

export function keepMembership({ heartbeat, heartbeatMs, sessionMs }: MembershipOptions): Membership {
  const lost = new AbortController();
  const leaving = new AbortController();
  let aliveAt = Date.now();
  const beat = async (): Promise<void> => {
    try {
      await heartbeat();
      aliveAt = Date.now();
    } catch (error) {
      const types = protocolErrors(error);
      // The coordinator has counted this heartbeat too: it waits for the member to finish and to join again.
      if (types.includes('REBALANCE_IN_PROGRESS')) aliveAt = Date.now();
      else if (types.includes('UNKNOWN_MEMBER_ID') || types.includes('ILLEGAL_GENERATION')) lost.abort(error);
      else if (Date.now() - aliveAt < sessionMs) return;
      else lost.abort(error);
      leaving.abort(error);
    }
  };
  let beating: Promise<void> | null = null;
  const timer = setInterval(() => {
    beating ??= beat().finally(() => {
      beating = null;
    });
  }, heartbeatMs);
  return {
    lost: lost.signal,
    leaving: leaving.signal,
    stop() {
      clearInterval(timer);
    },
  };
}
