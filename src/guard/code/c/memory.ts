/** The memory of one path through a program: objects, what is known of numbers and pointers, and what was checked. */
import type { Range } from '../ir.js';
import type { CType } from './ast.js';
import { IntMap } from './int-map.js';
import { type Amount, type Flow, type Interval, mergeFlows, type Target, type Value } from './values.js';

/** The string that begins at a place. */
export interface Text {
  /** Characters before the terminator. */
  readonly length: Amount;
  /** All of it, where it is known. */
  readonly known: string | null;
  readonly flows: readonly Flow[];
}

export interface MemoryObject {
  readonly id: number;
  readonly kind: 'local' | 'heap' | 'global' | 'outside' | 'literal';
  /** Bytes; null where unknown. */
  readonly size: Amount | null;
  readonly type: CType | null;
  readonly name: string;
  /** Number of the running function that it belongs to. */
  readonly frame: number;
  readonly status: 'live' | 'freed' | 'maybe';
  /** What must release it, such as `malloc`; '' for what needs no release. */
  readonly family: string;
  readonly site: Range;
  /** What is read where nothing was written. */
  readonly rest: 'uninitialised' | 'zero' | 'unknown';
  /** By byte offset, or by the name of an offset that is not constant. */
  readonly cells: ReadonlyMap<string, Value>;
  /** By byte offset. */
  readonly texts: ReadonlyMap<number, Text>;
  /** Of data in it at any place. */
  readonly flows: readonly Flow[];
  /** Known to code that the file does not show. */
  readonly isEscaped: boolean;
}

const EVERYTHING: Interval = { low: -Infinity, high: Infinity };

export const keyOf = ({ symbol, scale, offset }: Amount): string =>
  symbol === 0 ? String(offset) : `${symbol}:${scale}:${offset}`;

interface Symbol {
  readonly low: number;
  readonly high: number;
  readonly isNonzero: boolean;
  /** Never above this. */
  readonly below: Amount | null;
}

const UNBOUND: Symbol = { low: -Infinity, high: Infinity, isNonzero: false, below: null };

interface Mask {
  readonly mask: number;
}

/** What a fork takes over as it is. */
interface Parts {
  readonly objects: IntMap<MemoryObject>;
  readonly symbols: IntMap<Symbol>;
  readonly picks: IntMap<readonly Target[]>;
  readonly checks: IntMap<Mask>;
  readonly lookedAt: readonly string[];
}

const scrambled = (left: number, right: number): number =>
  Math.imul(Math.imul(left, 0x9e3779b1) ^ (right + 0x7f4a7c15), 0x85ebca6b);

const hashOfObject = (object: MemoryObject | undefined): number =>
  object?.kind === 'heap' ? scrambled(object.id, object.status.length) : 0;

const hashOfPick = (identity: number, targets: readonly Target[] | undefined): number =>
  targets === undefined ? 0 : targets.reduce((sum, { object }) => scrambled(sum, object), identity);

export class State {
  private objects: IntMap<MemoryObject> = IntMap.empty();
  private symbols: IntMap<Symbol> = IntMap.empty();
  private picks: IntMap<readonly Target[]> = IntMap.empty();
  /** Labels for which the data of an origin was checked. */
  private checks: IntMap<Mask> = IntMap.empty();
  /** Paths that were looked at, and not opened yet. */
  private lookedAt: readonly string[] = [];
  /** Locks that are held. */
  locks = 0;
  /** Whether a call into a function that is running was left out. */
  isCut = false;
  /** How often the path was split. */
  decisions = 0;
  /** Over the heap's objects and their status, and over the targets that are left of pointers. */
  private heapHash = 0;
  private pickHash = 0;

  fork(): State {
    const copy = new State();
    const { objects, symbols, picks, checks, lookedAt } = this;
    copy.take({ objects, symbols, picks, checks, lookedAt });
    copy.locks = this.locks;
    copy.isCut = this.isCut;
    copy.decisions = this.decisions;
    copy.heapHash = this.heapHash;
    copy.pickHash = this.pickHash;
    return copy;
  }

  private take({ objects, symbols, picks, checks, lookedAt }: Parts): void {
    this.objects = objects;
    this.symbols = symbols;
    this.picks = picks;
    this.checks = checks;
    this.lookedAt = lookedAt;
  }

  lookAt(path: string): void {
    this.lookedAt = [...this.lookedAt, path];
  }

  wasLookedAt(path: string): boolean {
    return this.lookedAt.includes(path);
  }

  checked(): readonly (readonly [number, number])[] {
    return this.checks.entries().map(([origin, { mask }]) => [origin, mask] as const);
  }

  checkedMask(origin: number): number {
    return this.checks.get(origin)?.mask ?? 0;
  }

  setChecked(origin: number, mask: number): void {
    this.checks = this.checks.with(origin, { mask });
  }

  object(id: number): MemoryObject | null {
    return this.objects.get(id) ?? null;
  }

  allObjects(): readonly MemoryObject[] {
    return this.objects.entries().map(([, object]) => object);
  }

  add(object: MemoryObject): void {
    this.put(object.id, object);
  }

  change(id: number, change: Partial<MemoryObject>): void {
    const object = this.objects.get(id);
    if (object !== undefined) this.put(id, { ...object, ...change });
  }

  remove(id: number): void {
    this.put(id, undefined);
  }

  private put(id: number, object: MemoryObject | undefined): void {
    this.heapHash ^= hashOfObject(this.objects.get(id)) ^ hashOfObject(object);
    this.objects = this.objects.with(id, object);
  }

  rangeOfSymbol(symbol: number): Symbol {
    return this.symbols.get(symbol) ?? UNBOUND;
  }

  setSymbol(symbol: number, change: Partial<Symbol>): void {
    this.symbols = this.symbols.with(symbol, { ...this.rangeOfSymbol(symbol), ...change });
  }

  interval(amount: Amount | null): Interval {
    if (amount === null) return EVERYTHING;
    const { symbol, scale, offset } = amount;
    if (symbol === 0) return { low: offset, high: offset };
    const { low, high } = this.rangeOfSymbol(symbol);
    return scale >= 0
      ? { low: low * scale + offset, high: high * scale + offset }
      : { low: high * scale + offset, high: low * scale + offset };
  }

  /** Whether the amount may be zero, as far as is known. */
  mayBeZero(amount: Amount): boolean {
    const { low, high } = this.interval(amount);
    if (low > 0 || high < 0) return false;
    return !(amount.symbol !== 0 && amount.offset === 0 && this.rangeOfSymbol(amount.symbol).isNonzero);
  }

  /** Narrows what an amount may be; false where nothing is left. */
  narrow(amount: Amount, { low, high }: Interval): boolean {
    const { symbol, scale, offset } = amount;
    if (symbol === 0) return offset >= low && offset <= high;
    if (scale === 0) return true;
    const known = this.rangeOfSymbol(symbol);
    const first = (low - offset) / scale;
    const second = (high - offset) / scale;
    const narrowed = {
      low: Math.max(known.low, Math.min(first, second)),
      high: Math.min(known.high, Math.max(first, second)),
    };
    if (!(narrowed.low <= narrowed.high)) return false;
    // Zero at the rim of a range that excludes it moves the rim.
    if (known.isNonzero && narrowed.low === 0) narrowed.low = 1;
    if (known.isNonzero && narrowed.high === 0) narrowed.high = -1;
    if (narrowed.low > narrowed.high) return false;
    this.symbols = this.symbols.with(symbol, { ...known, ...narrowed });
    return true;
  }

  /** The targets that are left of a pointer. */
  targetsOf(value: Value): readonly Target[] | null {
    if (value.targets === null) return null;
    return (value.identity === 0 ? undefined : this.picks.get(value.identity)) ?? value.targets;
  }

  pick(value: Value, targets: readonly Target[]): void {
    const { identity } = value;
    if (identity === 0) return;
    this.pickHash ^= hashOfPick(identity, this.picks.get(identity)) ^ hashOfPick(identity, targets);
    this.picks = this.picks.with(identity, targets);
  }

  /** Everything that a value leads to is known outside of the file, which may release it. */
  escape(value: Value): void {
    const open = (this.targetsOf(value) ?? []).map(({ object }) => object);
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      const object = this.object(id);
      if (object === null || object.isEscaped) continue;
      this.change(id, { isEscaped: true });
      for (const cell of object.cells.values())
        for (const { object: inner } of this.targetsOf(cell) ?? []) open.push(inner);
    }
  }

  check(flows: readonly Flow[], mask: number): void {
    for (const { origin } of flows) this.setChecked(origin, this.checkedMask(origin) | mask);
  }

  isDangerous(flow: Flow, mask: number): boolean {
    return ((flow.cleaned | this.checkedMask(flow.origin)) & mask) !== mask;
  }

  /** What tells two paths apart that must not be taken for one: what is live, what is NULL, what is locked. */
  signature(): string {
    return `${this.locks} ${this.isCut ? 1 : 0} ${this.heapHash} ${this.pickHash}`;
  }

  /**
   * Two paths of the same signature as one: numbers that differ become a range, what differs otherwise is taken from either.
   * @param fresh gives a symbol that is not used yet.
   * @returns the number of values that were compared.
   */
  join(other: State, fresh: () => number): number {
    let cost = 0;
    for (const { key, own, other: second } of this.symbols.differences(other.symbols)) {
      if (own === undefined || second === undefined) {
        this.symbols = this.symbols.with(key, own ?? second);
        continue;
      }
      const [low, high] = [Math.min(own.low, second.low), Math.max(own.high, second.high)];
      this.symbols = this.symbols.with(key, { low, high, isNonzero: own.isNonzero && second.isNonzero, below: null });
    }
    for (const { key, own, other: second } of this.checks.differences(other.checks))
      this.setChecked(key, (own?.mask ?? 0) & (second?.mask ?? 0));
    for (const { key, own, other: second } of this.objects.differences(other.objects)) {
      if (own === undefined) this.put(key, second);
      else if (second !== undefined) {
        cost += own.cells.size + second.cells.size;
        this.put(key, this.joinObjects(own, second, { other, fresh }));
      }
    }
    return cost;
  }

  private joinObjects(
    own: MemoryObject,
    object: MemoryObject,
    { other, fresh }: { readonly other: State; readonly fresh: () => number },
  ): MemoryObject {
    const hull = (left: Amount, right: Amount): Amount => {
      if (keyOf(left) === keyOf(right)) return left;
      const [first, second] = [this.interval(left), other.interval(right)];
      const symbol = fresh();
      this.setSymbol(symbol, { low: Math.min(first.low, second.low), high: Math.max(first.high, second.high) });
      return { symbol, scale: 1, offset: 0 };
    };
    const cells = new Map<string, Value>();
    for (const [key, value] of own.cells) {
      const second = object.cells.get(key);
      // A pointer that only one of the paths has is not lost: it is only not followed any more.
      if (second === undefined) {
        this.escape(value);
        continue;
      }
      if (second === value) cells.set(key, value);
      else cells.set(key, joinValues(value, second, { hull, fresh }));
    }
    for (const [key, value] of object.cells) if (!own.cells.has(key)) this.escape(value);
    const texts = new Map<number, Text>();
    for (const [offset, text] of own.texts) {
      const second = object.texts.get(offset);
      if (second === undefined) continue;
      const isSame = second === text;
      texts.set(offset, {
        length: isSame ? text.length : hull(text.length, second.length),
        known: isSame ? text.known : null,
        flows: mergeFlows(text.flows, second.flows),
      });
    }
    const isSame = own.cells.size === object.cells.size && [...own.cells.keys()].every((key) => object.cells.has(key));
    return {
      ...own,
      cells,
      texts,
      rest: isSame && own.rest === object.rest ? own.rest : 'unknown',
      status: own.status === object.status ? own.status : 'maybe',
      flows: mergeFlows(own.flows, object.flows),
      isEscaped: own.isEscaped || object.isEscaped,
    };
  }
}

/** Places that a pointer may point to; beyond these they are not told apart. */
const MAX_TARGETS = 5;

export function mergeTargets(all: readonly Target[]): readonly Target[] {
  const merged: Target[] = [];
  for (const target of all) {
    if (merged.length >= MAX_TARGETS) break;
    const isKnown = merged.some(
      ({ object, offset }) => object === target.object && keyOf(offset) === keyOf(target.offset),
    );
    if (!isKnown) merged.push(target);
  }
  return merged;
}

function joinValues(
  left: Value,
  right: Value,
  { hull, fresh }: { readonly hull: (a: Amount, b: Amount) => Amount; readonly fresh: () => number },
): Value {
  const targets =
    left.targets === null && right.targets === null
      ? null
      : mergeTargets([...(left.targets ?? []), ...(right.targets ?? [])]);
  const amount =
    left.amount !== null && right.amount !== null ? hull(left.amount, right.amount) : (left.amount ?? right.amount);
  return {
    ...left,
    targets,
    identity: targets === null ? 0 : fresh(),
    amount: targets === null ? amount : null,
    flows: mergeFlows(left.flows, right.flows),
    isUninitialised: left.isUninitialised && right.isUninitialised,
    from: left.from === right.from ? left.from : '',
    callable: left.callable === right.callable ? left.callable : null,
  };
}
