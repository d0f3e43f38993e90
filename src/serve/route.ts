/** Which version answers a request. */
import type { VersionName } from '../types.js';

/** The right to a version that is not unloaded before `release`, which is idempotent. */
export interface VersionLease {
  readonly version: VersionName;
  release(): void;
}

/** Versions that come and go while requests run (src/release/swap.ts). */
export interface VersionRoute {
  /** The version of new requests. */
  readonly current: VersionName;
  acquire(): VersionLease;
}
