/** Operators on numbers: exact where all is known, a range elsewhere. Reports overflow and division by zero. */
import type { Range } from '../ir.js';
import { levelOf } from './access.js';
import type { CType } from './ast.js';
import type { CMachine } from './machine.js';

import { DOUBLE, INT } from './types.js';
import {
  addAmounts,
  type Amount,
  constant,
  type Interval,
  isConstant,
  mergeFlows,
  numberValue,
  rangeOfType,
  scaleAmount,
  type Value,
} from './values.js';

/** The type of an operation on two numbers (C11 6.3.1.8, shortened). */
export function commonType(left: CType | null, right: CType | null): CType | null {
  if (left?.kind === 'float' || right?.kind === 'float')
    return left?.kind === 'float' && right?.kind === 'float' && left.size < right.size
      ? right
      : left?.kind === 'float'
        ? left
        : (right ?? DOUBLE);
  if (left?.kind !== 'integer' || right?.kind !== 'integer') return null;
  const size = Math.max(left.size, right.size, 4);
  const isUnsigned = (type: CType): boolean => type.kind === 'integer' && !type.signed && type.size === size;
  return { kind: 'integer', size, signed: !(isUnsigned(left) || isUnsigned(right)) };
}

function fold(operator: string, left: number, right: number, isFloat: boolean): number | null {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return right === 0 ? null : isFloat ? left / right : Math.trunc(left / right);
    case '%':
      return right === 0 ? null : left % right;
    case '<<':
      return right >= 0 && right < 64 ? left * 2 ** right : null;
    case '>>':
      return right >= 0 && right < 64 ? Math.floor(left / 2 ** right) : null;
    case '&':
    case '|':
    case '^': {
      if (!Number.isSafeInteger(left) || !Number.isSafeInteger(right)) return null;
      const [first, second] = [BigInt(left), BigInt(right)];
      return Number(operator === '&' ? first & second : operator === '|' ? first | second : first ^ second);
    }
    default:
      return null;
  }
}

const safe = (value: number): number => (Number.isNaN(value) ? 0 : value);

function corners(left: Interval, right: Interval, apply: (a: number, b: number) => number): Interval {
  const all = [
    apply(left.low, right.low),
    apply(left.low, right.high),
    apply(left.high, right.low),
    apply(left.high, right.high),
  ].map(safe);
  return { low: Math.min(...all), high: Math.max(...all) };
}

function combine(operator: string, left: Interval, right: Interval): Interval {
  switch (operator) {
    case '+':
      return { low: safe(left.low + right.low), high: safe(left.high + right.high) };
    case '-':
      return { low: safe(left.low - right.high), high: safe(left.high - right.low) };
    case '*':
      return corners(left, right, (a, b) => a * b);
    case '/':
      return right.low > 0 || right.high < 0
        ? corners(left, right, (a, b) => Math.trunc(a / b))
        : {
            low: -Math.max(Math.abs(left.low), Math.abs(left.high)),
            high: Math.max(Math.abs(left.low), Math.abs(left.high)),
          };
    case '%': {
      const most = Math.max(Math.abs(right.low), Math.abs(right.high)) - 1;
      return {
        low: left.low < 0 ? -Math.min(most, -left.low) : 0,
        high: left.high > 0 ? Math.min(most, left.high) : 0,
      };
    }
    case '&': {
      const masks = [left, right].filter(({ low }) => low >= 0).map(({ high }) => high);
      return masks.length > 0 ? { low: 0, high: Math.min(...masks) } : { low: -Infinity, high: Infinity };
    }
    case '>>':
      return right.low >= 0
        ? corners(left, right, (a, b) => Math.floor(a / 2 ** b))
        : { low: -Infinity, high: Infinity };
    case '|':
    case '^':
      return left.low >= 0 && right.low >= 0 ? { low: 0, high: Infinity } : { low: -Infinity, high: Infinity };
    default:
      return { low: -Infinity, high: Infinity };
  }
}

/** The operation where it stays linear in one symbol. */
function linear(operator: string, left: Amount, right: Amount): Amount | null {
  if (operator === '+') return addAmounts(left, right);
  if (operator === '-') return addAmounts(left, scaleAmount(right, -1));
  if (operator !== '*') return null;
  if (isConstant(right)) return scaleAmount(left, right.offset);
  return isConstant(left) ? scaleAmount(right, left.offset) : null;
}

export function evaluateArithmetic(
  machine: CMachine,
  { operator, left, right }: { readonly operator: string; readonly left: Value; readonly right: Value },
  range: Range,
): Value {
  const type = /^(<<|>>)$/.test(operator) ? commonType(left.type, INT) : commonType(left.type, right.type);
  const flows = mergeFlows(left.flows, right.flows);
  const isFloat = type?.kind === 'float';
  if (left.amount === null || right.amount === null) return machine.unknown(type, flows);
  if (operator === '/' || operator === '%') checkDivisor(machine, right, { isFloat, range });
  const [first, second] = [machine.state.interval(left.amount), machine.state.interval(right.amount)];
  if (isConstant(left.amount) && isConstant(right.amount)) {
    const folded = fold(operator, left.amount.offset, right.amount.offset, isFloat);
    if (folded === null) return machine.unknown(type, flows);
    return limited(machine, numberValue(constant(folded), type, flows), { range, isFolded: true });
  }
  const exact = isFloat ? null : linear(operator, left.amount, right.amount);
  if (exact !== null) return limited(machine, numberValue(exact, type, flows), { range, isFolded: false });
  const whole = combine(operator, first, second);
  return limited(machine, machine.unknown(type, flows, whole), { range, isFolded: false });
}

function checkDivisor(
  machine: CMachine,
  divisor: Value,
  { isFloat, range }: { readonly isFloat: boolean; readonly range: Range },
): void {
  const { amount } = divisor;
  if (amount === null || !machine.state.mayBeZero(amount)) return;
  if (isConstant(amount)) {
    machine.report('division', range);
    return;
  }
  const { low, high } = machine.state.interval(amount);
  const level = levelOf(machine, divisor.flows);
  if (level === 'remote' || level === 'local') machine.report('division', range, level);
  else if (level === 'parameter' && !isFloat) machine.report('division', range, 'parameter');
  else if (Number.isFinite(low) && Number.isFinite(high) && high - low < 65_536)
    machine.report('division', range, 'unknown');
  // The path on which the divisor is zero is not followed.
  if (amount.offset === 0) machine.state.setSymbol(amount.symbol, { isNonzero: true });
}

/** Keeps a number in its type. What cannot be represented is reported where the program's meaning is lost. */
function limited(
  machine: CMachine,
  value: Value,
  { range, isFolded }: { readonly range: Range; readonly isFolded: boolean },
): Value {
  const { type, amount, flows } = value;
  if (type?.kind !== 'integer' || amount === null) return value;
  const bounds = rangeOfType(type);
  const { low, high } = machine.state.interval(amount);
  if (low >= bounds.low && high <= bounds.high) return value;
  if (isFolded) {
    if (type.signed) machine.report('overflow', range);
    return numberValue(constant(wrapped(low, type)), type, flows);
  }
  const isFinite = Number.isFinite(low) && Number.isFinite(high);
  const level = levelOf(machine, flows);
  if (type.signed && isFinite && level !== 'none') machine.report('overflow', range, level);
  // A wrapped number used as a size is a finding of its own.
  const from = isFinite && level !== 'none' && high > bounds.high ? 'wrapped' : value.from;
  // An unsigned number stays linear: whether it can be below zero is judged where it is used.
  if (!type.signed && low < 0 && high <= bounds.high) return { ...value, from };
  // A program that is defined does not leave the range: what is left of it is what is within.
  const within = { low: Math.max(low, bounds.low), high: Math.min(high, bounds.high) };
  if (type.signed && within.low <= within.high) return { ...machine.unknown(type, flows, within), from };
  return { ...machine.unknown(type, flows), from };
}

function wrapped(value: number, type: CType): number {
  if (type.kind !== 'integer') return value;
  if (type.size === 8)
    return Number.isSafeInteger(value)
      ? Number(type.signed ? BigInt.asIntN(64, BigInt(value)) : BigInt.asUintN(64, BigInt(value)))
      : value;
  const modulus = 2 ** (type.size * 8);
  const rest = ((value % modulus) + modulus) % modulus;
  return type.signed && rest >= modulus / 2 ? rest - modulus : rest;
}

/** What a value becomes in a variable, or by a cast, of another type. */
export function converted(machine: CMachine, value: Value, type: CType | null, range: Range): Value {
  const { amount } = value;
  if (type === null || amount === null || (type.kind !== 'integer' && type.kind !== 'float')) {
    return type?.kind === 'pointer' && amount !== null && value.targets === null
      ? asPointer(value, type)
      : { ...value, type: type ?? value.type };
  }
  if (type.kind === 'float') {
    if (isConstant(amount) && type.size === 4 && amount.offset !== 0) {
      const narrow = Math.fround(amount.offset);
      if (narrow === 0 || !Number.isFinite(narrow)) machine.report('overflow', range);
      return { ...value, type };
    }
    return { ...value, type };
  }
  if (isConstant(amount)) {
    const { offset } = amount;
    return { ...value, amount: constant(wrapped(Number.isFinite(offset) ? Math.trunc(offset) : 0, type)), type };
  }
  const { low, high } = machine.state.interval(amount);
  const bounds = rangeOfType(type);
  if (low >= bounds.low && high <= bounds.high) return { ...value, type };
  // A length that may be negative becomes a huge one.
  if (!type.signed && type.size >= 4 && low < 0) return { ...value, type };
  const isFullRange = !Number.isFinite(low) || !Number.isFinite(high);
  if (isFullRange) {
    const kept = { low: Math.max(low, bounds.low), high: Math.min(high, bounds.high) };
    machine.state.narrow(amount, kept);
    return { ...value, type };
  }
  return { ...machine.unknown(type, value.flows), from: value.from, isUninitialised: value.isUninitialised };
}

/** A number that is taken for an address: 0 is NULL. */
function asPointer(value: Value, type: CType): Value {
  return { ...value, type: value.amount !== null && isConstant(value.amount) ? type : (value.type ?? type) };
}
