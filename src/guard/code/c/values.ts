/** What the memory analysis knows of a value. Values never change; what a program changes lives in `State`. */
import type { Level } from '../taint/value.js';
import type { CType } from './ast.js';

/** `scale × symbol + offset`; symbol 0 stands for none, and the number is the offset. */
export interface Amount {
  readonly symbol: number;
  readonly scale: number;
  readonly offset: number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Data from outside within a value. */
export interface Flow {
  readonly level: Level;
  /** `input`, or another kind that the model or a rule names, such as `secret`. */
  readonly kind: string;
  /** The same number for the same entry of data. */
  readonly origin: number;
  /** Bit per label of rules for which it is harmless. */
  readonly cleaned: number;
  /** One character of it, or a number read from it. */
  readonly isPart: boolean;
  /** Whether links and `..` are gone. */
  readonly isNormalised: boolean;
}

/** A place that a pointer may point to. */
export interface Target {
  /** 0 for NULL. */
  readonly object: number;
  /** Bytes from the object's start. */
  readonly offset: Amount;
  /** Bytes from the object's start to the array or member that the pointer was made of. */
  readonly base: number;
  /** Bytes of that array or member; null where unknown. */
  readonly extent: Amount | null;
  /** A NULL that nothing but the type allows, as of a parameter: no finding of its own. */
  readonly isAssumed: boolean;
}

export interface Value {
  /** Null for what is a pointer only. */
  readonly amount: Amount | null;
  readonly targets: readonly Target[] | null;
  /** Names the set of targets, so that a check of one copy of a pointer holds for all. */
  readonly identity: number;
  readonly flows: readonly Flow[];
  readonly type: CType | null;
  readonly isUninitialised: boolean;
  /** Library function that gave it; '' for anything else. */
  readonly from: string;
  /** Function that it denotes. */
  readonly callable: string | null;
}

export const constant = (offset: number): Amount => ({ symbol: 0, scale: 0, offset });
export const ZERO = constant(0);

export const isConstant = (amount: Amount): boolean => amount.symbol === 0;

export const PLAIN: Value = {
  amount: null,
  targets: null,
  identity: 0,
  flows: [],
  type: null,
  isUninitialised: false,
  from: '',
  callable: null,
};

export const numberValue = (amount: Amount, type: CType | null, flows: readonly Flow[] = []): Value => ({
  ...PLAIN,
  amount,
  type,
  flows,
});

export const NULL_TARGET: Target = { object: 0, offset: ZERO, base: 0, extent: null, isAssumed: false };
export const ASSUMED_NULL: Target = { ...NULL_TARGET, isAssumed: true };

/** The constant that a value is; null where it is none, or a pointer. */
export const constantOf = ({ amount, targets }: Value): number | null =>
  targets === null && amount !== null && amount.symbol === 0 ? amount.offset : null;

/** Flows beyond these are dropped. */
const MAX_FLOWS = 6;

export function mergeFlows(...lists: readonly (readonly Flow[])[]): readonly Flow[] {
  const filled = lists.filter((list) => list.length > 0);
  if (filled.length <= 1) return filled[0] ?? [];
  const merged: Flow[] = [];
  for (const flow of filled.flat()) {
    const isKnown = merged.some(
      (other) =>
        other.origin === flow.origin &&
        other.kind === flow.kind &&
        other.cleaned === flow.cleaned &&
        other.isPart === flow.isPart,
    );
    if (!isKnown) merged.push(flow);
  }
  return merged.slice(0, MAX_FLOWS);
}

/** Range that a type can hold; everything where that is not known. */
export function rangeOfType(type: CType | null): Interval {
  if (type?.kind !== 'integer') return { low: -Infinity, high: Infinity };
  const bits = type.size * 8;
  return type.signed ? { low: -(2 ** (bits - 1)), high: 2 ** (bits - 1) - 1 } : { low: 0, high: 2 ** bits - 1 };
}

export const flowsOf = (values: readonly Value[]): readonly Flow[] => mergeFlows(...values.map(({ flows }) => flows));

const moved = (amount: Amount, by: number): Amount =>
  by === 0 ? amount : { symbol: amount.symbol, scale: amount.scale, offset: amount.offset + by };

/** Sum of two amounts where it stays linear; null where it does not. */
export function addAmounts(left: Amount, right: Amount): Amount | null {
  if (isConstant(left)) return moved(right, left.offset);
  if (isConstant(right)) return moved(left, right.offset);
  if (left.symbol !== right.symbol) return null;
  const scale = left.scale + right.scale;
  const offset = left.offset + right.offset;
  return scale === 0 ? constant(offset) : { symbol: left.symbol, scale, offset };
}

export function scaleAmount(amount: Amount, factor: number): Amount {
  if (factor === 0 || isConstant(amount)) return constant(amount.symbol === 0 ? amount.offset * factor : 0);
  return { symbol: amount.symbol, scale: amount.scale * factor, offset: amount.offset * factor };
}
