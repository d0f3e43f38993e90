/** Numbers within bounds, as grammars over their digits. Exact: bounds are integers of any size, in units of the last decimal place. */
import { bytes, choice, EMPTY, literal, NOTHING, repeat, sequence, type Grammar } from './grammar.js';

const MOST_DIGITS = 18;
/** Decimal places beyond those of the bounds. */
const MORE_PLACES = 4;

/** Inclusive bounds; null means none. */
interface Range {
  readonly low: number | null;
  readonly high: number | null;
  readonly isLowExcluded?: boolean;
  readonly isHighExcluded?: boolean;
}

export function integerWithin(range: Range): Grammar {
  return within(range, 0);
}

/** Without exponents, and with no more decimal places than the bounds and a few. */
export function numberWithin(range: Range): Grammar {
  const given = Math.max(placesOf(range.low ?? 0), placesOf(range.high ?? 0));
  return choice(...Array.from({ length: given + MORE_PLACES + 1 }, (_, places) => within(range, places)));
}

function within({ low, high, isLowExcluded, isHighExcluded }: Range, places: number): Grammar {
  const most = 10n ** BigInt(MOST_DIGITS + places) - 1n;
  let least = low === null ? -most : scaled(low, places, 'up');
  let greatest = high === null ? most : scaled(high, places, 'down');
  if (low !== null && isLowExcluded === true && least === scaled(low, places, 'down')) least += 1n;
  if (high !== null && isHighExcluded === true && greatest === scaled(high, places, 'up')) greatest -= 1n;
  const larger = (a: bigint, b: bigint) => (a > b ? a : b);
  const positive = span(larger(least, 0n), -larger(-greatest, -most), places);
  const negative = span(larger(-greatest, 1n), -larger(least, -most), places);
  return choice(positive, sequence(literal('-'), negative));
}

/** A bound in units of 10^-places, rounded into the range or out of it. */
function scaled(bound: number, places: number, rounding: 'up' | 'down'): bigint {
  const { digits, exponent } = decimal(bound);
  const shift = exponent + places;
  if (shift >= 0) return digits * 10n ** BigInt(shift);
  const unit = 10n ** BigInt(-shift);
  const towardsZero = digits / unit;
  const isExact = towardsZero * unit === digits;
  if (isExact) return towardsZero;
  if (rounding === 'up') return digits > 0n ? towardsZero + 1n : towardsZero;
  return digits < 0n ? towardsZero - 1n : towardsZero;
}

function placesOf(bound: number): number {
  return Math.min(20, Math.max(0, -decimal(bound).exponent));
}

/** A double as its shortest decimal: digits * 10^exponent. */
function decimal(value: number): { digits: bigint; exponent: number } {
  const [mantissa = '', power = '0'] = value.toExponential().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), exponent: Number(power) - fraction.length };
}

/** Numbers from `low` to `high`, not negative, written without leading zeros. */
function span(low: bigint, high: bigint, places: number): Grammar {
  const options: Grammar[] = [];
  const shortest = String(low).padStart(places + 1, '0').length;
  for (let length = shortest; length <= String(high).padStart(places + 1, '0').length && low <= high; length++) {
    const first = length === places + 1 ? 0n : 10n ** BigInt(length - 1);
    const last = 10n ** BigInt(length) - 1n;
    const text = (value: bigint) => String(value).padStart(length, '0');
    options.push(digits(text(low > first ? low : first), text(high < last ? high : last), places));
  }
  return choice(...options);
}

/** Texts of equal length from `low` to `high`; the point stands `places` before the end. */
function digits(low: string, high: string, places: number): Grammar {
  if (low > high) return NOTHING;
  const point = (rest: number) => (rest === places && rest > 0 ? literal('.') : EMPTY);
  const rest = low.length - 1;
  if (low === '') return EMPTY;
  if (/^0*$/.test(low) && /^9*$/.test(high)) return anyDigits(low.length, places);
  const [lowest, highest] = [low.charAt(0), high.charAt(0)];
  const [lowRest, highRest] = [low.slice(1), high.slice(1)];
  const next = (digit: string, from: string, to: string) =>
    sequence(literal(digit), point(rest), digits(from, to, places));
  if (lowest === highest) return next(lowest, lowRest, highRest);
  const between = digitsBetween(Number(lowest) + 1, Number(highest) - 1);
  return choice(
    next(lowest, lowRest, '9'.repeat(rest)),
    sequence(between, point(rest), anyDigits(rest, places)),
    next(highest, '0'.repeat(rest), highRest),
  );
}

/** The last `count` digits, the point included where it stands among them. */
function anyDigits(count: number, places: number): Grammar {
  const digit = digitsBetween(0, 9);
  if (places === 0 || count <= places) return repeat(digit, count, count);
  return sequence(repeat(digit, count - places, count - places), literal('.'), repeat(digit, places, places));
}

function digitsBetween(first: number, last: number): Grammar {
  return first > last ? NOTHING : bytes([0x30 + first, 0x30 + last]);
}
