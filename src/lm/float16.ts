/** IEEE 754 half precision and bfloat16 to float32, and float32 to half precision. */

const halfValues = new Float32Array(65_536);
let halfValuesReady = false;

/** All 65,536 half-precision values, made at first use: a table look-up is the fastest conversion that JavaScript has. */
function halfTable(): Float32Array {
  if (halfValuesReady) return halfValues;
  for (let bits = 0; bits < 65_536; bits += 1) {
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    let magnitude: number;
    if (exponent === 0) magnitude = fraction * 2 ** -24;
    else if (exponent === 0x1f) magnitude = fraction === 0 ? Infinity : NaN;
    else magnitude = (1 + fraction / 1024) * 2 ** (exponent - 15);
    halfValues[bits] = bits >= 0x8000 ? -magnitude : magnitude;
  }
  halfValuesReady = true;
  return halfValues;
}

export function fromFloat16(bits: Uint16Array): Float32Array {
  const table = halfTable();
  const values = new Float32Array(bits.length);
  for (let index = 0; index < bits.length; index += 1) values[index] = table[bits[index] ?? 0] ?? 0;
  return values;
}

/** bfloat16 is the upper half of a float32. */
export function fromBfloat16(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let index = 0; index < bits.length; index += 1) words[index] = (bits[index] ?? 0) << 16;
  return new Float32Array(words.buffer);
}

/** Rounds to nearest, ties to even; beyond 65,504 it is infinite. */
export function toFloat16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const bits = new Uint16Array(values.length);
  for (let index = 0; index < bits.length; index += 1) bits[index] = roundToHalf(words[index] ?? 0);
  return bits;
}

function roundToHalf(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // rounds to 65,536 or more
  if (magnitude < 0x33000000) return sign; // below half of the least subnormal, 2^-25
  const exponent = magnitude >>> 23;
  // A normal value drops 13 bits of the fraction; a subnormal one (below 2^-14) drops one more per power of two.
  const isNormal = exponent >= 113;
  const dropped = isNormal ? 13 : 126 - exponent;
  const fraction = isNormal ? magnitude - (112 << 23) : (magnitude & 0x7fffff) | 0x800000;
  const kept = fraction >>> dropped;
  const rest = fraction & ((1 << dropped) - 1);
  const half = 1 << (dropped - 1);
  const roundsUp = rest > half || (rest === half && (kept & 1) === 1);
  return sign | (kept + (roundsUp ? 1 : 0));
}
