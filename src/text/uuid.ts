/** Ids that sort by time. */
import { randomUUID } from 'node:crypto';

/**
 * A UUID of version 7 (RFC 9562), lower case: 48 bits of time, then 74 random bits.
 * @param now milliseconds since 1970
 */
export function uuidv7(now: number = Date.now()): string {
  const time = now.toString(16).padStart(12, '0');
  // Everything behind the version digit of a version 4 id is what version 7 wants there: 12 random bits, the variant, 62 random bits.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
