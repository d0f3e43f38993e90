/** Reading and writing memory, and what must not happen there. */
import type { Range } from '../ir.js';
import { higherLevel, type Level } from '../taint/value.js';
import type { CType } from './ast.js';
import type { CMachine, Place } from './machine.js';
import { keyOf, type MemoryObject, type Text } from './memory.js';
import { sizeOf } from './layout.js';
import { CHAR, INT } from './types.js';
import {
  addAmounts,
  type Amount,
  constant,
  type Flow,
  isConstant,
  mergeFlows,
  NULL_TARGET,
  numberValue,
  PLAIN,
  scaleAmount,
  type Target,
  type Value,
  ZERO,
} from './values.js';

/** Level of the worst input in a value that no check has cleared. */
export function levelOf(machine: CMachine, flows: readonly Flow[], mask = 0): Level {
  let worst: Level = 'none';
  for (const flow of flows)
    if (flow.kind === 'input' && (mask === 0 || machine.state.isDangerous(flow, mask)))
      worst = higherLevel(worst, flow.level);
  return worst;
}

/** A place outside of the file that a pointer of unknown origin points to. */
function outsideTarget(machine: CMachine, type: CType | null, flows: readonly Flow[]): Target {
  const site = { start: 0, end: 0 };
  const object = machine.addObject({ kind: 'outside', type, site, flows, rest: 'unknown' });
  return { object, offset: ZERO, base: 0, extent: null, isAssumed: false };
}

/** The one place that a pointer points to on this path; ends the path where that is nowhere. */
export function dereference(machine: CMachine, pointer: Value, range: Range): Target {
  const { state } = machine;
  const known = state.targetsOf(pointer);
  if (known === null) {
    const level = levelOf(machine, pointer.flows);
    if (pointer.type?.kind === 'integer' && pointer.amount !== null && level !== 'none' && level !== 'parameter')
      machine.report('foreign-pointer', range, level);
    if (pointer.isUninitialised) machine.report('uninitialised', range);
    if (pointer.amount !== null && isConstant(pointer.amount) && pointer.amount.offset === 0) {
      machine.report('null-dereference', range);
    }
    return outsideTarget(machine, null, pointer.flows);
  }
  const places = known.filter(({ object }) => object !== 0);
  if (known.some(({ object, isAssumed }) => object === 0 && !isAssumed))
    machine.report('null-dereference', range, places.length === 0 ? 'remote' : 'unknown');
  // Which of several was released before is not known.
  const live = places.filter(({ object }) => state.object(object)?.status !== 'freed');
  const target = machine.choose(() => (live.length > 0 && places.length > 1 ? live : places).slice(0, 3));
  if (known.length > 1) machine.state.pick(pointer, [target]);
  return target;
}

export type Access = 'read' | 'write';

/** Reports what is wrong with using so many bytes at a place. */
export function checkAccess(
  machine: CMachine,
  { target, size, access, flows }: { target: Target; size: Amount | null; access: Access; flows?: readonly Flow[] },
  range: Range,
): void {
  const object = machine.state.object(target.object);
  if (object === null) return;
  if (object.status === 'freed') machine.report('use-after-free', range);
  if (size === null) return;
  const level = outsideLevel(machine, { target, size, flows: flows ?? [] });
  if (level !== null) machine.report(access === 'write' ? 'write-outside' : 'read-outside', range, level);
}

/** Null where the bytes lie inside, or nothing says that they do not. */
function outsideLevel(
  machine: CMachine,
  { target, size, flows }: { readonly target: Target; readonly size: Amount; readonly flows: readonly Flow[] },
): Level | null {
  const { state } = machine;
  const { extent, base } = target;
  const offset = addAmounts(target.offset, constant(-base)) ?? target.offset;
  const places = state.interval(offset);
  if (places.high < 0) return 'remote';
  const isChosen = isBounded(machine, offset);
  // A parameter that is used as an index may well have been checked by who calls.
  const worst = levelOf(machine, flows);
  const tainted = worst === 'parameter' && isConstant(size) ? 'unknown' : worst;
  if (places.low < 0 && Number.isFinite(places.low) && isChosen.low) return 'remote';
  if (extent === null) return null;
  const end = addAmounts(offset, size);
  const room = state.interval(extent);
  const last = end === null ? sum(state.interval(offset), state.interval(size)) : state.interval(end);
  if (last.low > room.high) return 'remote';
  const bound = upperBound(machine, end);
  const slack = bound === null ? null : addAmounts(extent, scaleAmount(bound, -1));
  if (slack !== null && isConstant(slack)) return slack.offset < 0 ? 'remote' : null;
  // Where two unknowns are added, that both are largest at once says little.
  const isRelated = end !== null || (tainted !== 'none' && tainted !== 'unknown');
  if (isConstant(extent) && last.high > room.high && isRelated) {
    const isBound = isChosen.high && isBounded(machine, size).high;
    if (isBound && Number.isFinite(last.high)) return tainted === 'none' ? 'remote' : tainted;
    if (tainted !== 'none') return tainted;
  }
  if (tainted !== 'none' && places.low < 0) return tainted;
  return null;
}

const sum = (left: { low: number; high: number }, right: { low: number; high: number }) => ({
  low: left.low + right.low,
  high: left.high + right.high,
});

/** Whether a condition or a loop, and not the type alone, bounds an amount. */
function isBounded(machine: CMachine, { symbol, scale }: Amount): { readonly low: boolean; readonly high: boolean } {
  if (symbol === 0) return { low: true, high: true };
  const { low, high } = machine.state.rangeOfSymbol(symbol);
  const isRim = (value: number): boolean =>
    !Number.isFinite(value) ||
    /^(127|128|255|32767|32768|65535|21474836\d\d|42949672\d\d|9223372036854775\d+|18446744073709552000)$/.test(
      String(Math.abs(value)),
    );
  const [least, most] = scale >= 0 ? [low, high] : [high, low];
  return { low: !isRim(least) && least !== 0, high: !isRim(most) };
}

/** The amount with its symbol replaced by what it never exceeds. */
function upperBound(machine: CMachine, amount: Amount | null): Amount | null {
  if (amount === null || amount.symbol === 0) return amount;
  const { below } = machine.state.rangeOfSymbol(amount.symbol);
  if (below === null || amount.scale < 0) return amount;
  return addAmounts(scaleAmount(below, amount.scale), constant(amount.offset));
}

/** Type of an object's declared elements, where it is an array of scalars. */
function elementType(type: CType | null): CType | null {
  let inner = type;
  while (inner?.kind === 'array') inner = inner.of;
  return inner;
}

export function load(machine: CMachine, { target, type }: Place, range: Range): Value {
  const { state } = machine;
  const object = state.object(target.object);
  if (object === null) return machine.unknown(type);
  if (type?.kind === 'array') {
    const extent = sizeOf(machine, type);
    const base = isConstant(target.offset) ? target.offset.offset : target.base;
    // A row of an array whose index is not constant keeps the bounds of the whole.
    const bounds = isConstant(target.offset) ? { base, extent } : {};
    return machine.pointerTo([{ ...target, ...bounds }], { kind: 'pointer', to: type.of }, object.flows);
  }
  const key = keyOf(target.offset);
  const known = object.cells.get(key);
  if (known !== undefined) {
    noteConfusion(machine, { known, type }, range);
    return type !== null && known.type?.kind === 'unknown' ? { ...known, type } : known;
  }
  noteWidened(machine, object, type, range);
  const value = unwritten(machine, object, { target, type });
  // The same place read twice gives the same value, so that what is checked of one reading holds for the next.
  if (!value.isUninitialised && object.cells.size < MAX_CELLS) storeCell(machine, object, key, value);
  return value;
}

/** What is read where nothing was written that is known. */
function unwritten(machine: CMachine, object: MemoryObject, { target, type }: Place): Value {
  const text = textAt(object, target);
  const isChar = type?.kind === 'integer' && type.size === 1;
  if (text !== null && isChar) {
    const { value, at } = text;
    if (value.known !== null && isConstant(at))
      return numberValue(constant(value.known.charCodeAt(at.offset) || 0), CHAR);
    const flows = value.flows.map((flow) => ({ ...flow, isPart: true }));
    return machine.unknown(type, flows, { low: -128, high: 255 });
  }
  const isConstantPlace = isConstant(target.offset);
  if (object.rest === 'zero' && (isConstantPlace || object.cells.size === 0))
    return type?.kind === 'pointer' ? machine.null(type) : numberValue(ZERO, type);
  if (object.rest === 'uninitialised' && isConstantPlace && object.cells.size === 0 && text === null)
    return { ...machine.unknown(type), isUninitialised: true };
  if (isChar)
    return machine.unknown(
      type,
      object.flows.map((flow) => ({ ...flow, isPart: true })),
      { low: -128, high: 255 },
    );
  return unknownOf(machine, type, object.flows);
}

/** Something of a type that comes from code that the file does not show. */
export function unknownOf(machine: CMachine, type: CType | null, flows: readonly Flow[] = []): Value {
  if (type?.kind === 'pointer') {
    const target = outsideTarget(machine, type.to, flows);
    return machine.pointerTo([target, { ...NULL_TARGET, isAssumed: true }], type, flows);
  }
  if (type?.kind === 'record' || type?.kind === 'unknown') return { ...PLAIN, type, flows };
  return machine.unknown(type, flows);
}

function noteConfusion(
  machine: CMachine,
  { known, type }: { readonly known: Value; readonly type: CType | null },
  range: Range,
): void {
  const stored = known.type;
  if (stored === null || type === null || known.amount === null) return;
  const isScalar = (item: CType): boolean => item.kind === 'float' || item.kind === 'integer';
  if (isScalar(stored) && isScalar(type) && stored.kind !== type.kind) machine.report('type-confusion', range);
}

/** Characters of a declared array that are read as a wider number: alignment and contents are left to chance. */
function noteWidened(machine: CMachine, object: MemoryObject, type: CType | null, range: Range): void {
  const element = object.type?.kind === 'array' ? elementType(object.type) : null;
  const isWider = (type?.kind === 'integer' && type.size > 1) || type?.kind === 'float';
  if (object.kind === 'local' && element?.kind === 'integer' && element.size === 1 && isWider)
    machine.report('type-confusion', range, 'unknown');
}

export function store(machine: CMachine, { target, type }: Place, value: Value): void {
  const { state } = machine;
  const object = state.object(target.object);
  if (object === null) return;
  const key = keyOf(target.offset);
  const isAddress = type?.kind === 'pointer' && value.amount !== null;
  const converted = type === null || value.targets !== null || isAddress ? value : { ...value, type };
  machine.spend(object.cells.size / CELLS_PER_STEP);
  const cells = new Map(object.cells);
  const forget = (other: string): void => {
    const lost = cells.get(other);
    if (lost !== undefined && lost.targets !== null) state.escape(lost);
    cells.delete(other);
  };
  if (isConstant(target.offset)) {
    // What was known of a place with an index that is not constant may be what is overwritten.
    for (const other of [...cells.keys()]) if (other.includes(':')) forget(other);
  } else for (const other of [...cells.keys()]) if (other !== key) forget(other);
  cells.set(key, converted);
  const flows = mergeFlows(object.flows, type?.kind === 'integer' && type.size > 1 ? [] : value.flows);
  const isOpen = !isConstant(target.offset) && object.rest !== 'unknown';
  state.change(object.id, { cells, flows, ...(isOpen ? { rest: 'unknown' as const } : {}) });
  if (isCharacter(object, type)) writeCharacter(machine, object.id, target, value);
}

const isCharacter = (object: MemoryObject, type: CType | null): boolean =>
  type?.kind === 'integer' && type.size === 1 && elementType(object.type)?.kind !== 'record';

/** A character written into a string: a terminator may shorten it, any other makes it unknown. */
function writeCharacter(machine: CMachine, id: number, target: Target, value: Value): void {
  const object = machine.state.object(id);
  if (object === null) return;
  const found = textAt(object, target);
  const start = found?.start ?? target.base;
  const at = addAmounts(target.offset, constant(-start)) ?? target.offset;
  const isEnd = value.amount !== null && isConstant(value.amount) && value.amount.offset === 0;
  const texts = new Map(object.texts);
  if (isEnd) {
    const old = found?.value ?? null;
    const length = isConstant(at) ? at : machine.unknownAmount({ low: 0, high: oldHigh(machine, old, at) });
    const isEmpty = isConstant(at) && at.offset === 0;
    const known = old?.known != null && isConstant(at) ? old.known.slice(0, at.offset) : null;
    texts.set(start, { length, known, flows: isEmpty ? [] : (old?.flows ?? object.flows) });
  } else {
    const room = target.extent === null ? Infinity : machine.state.interval(target.extent).high - 1;
    const length = machine.unknownAmount({ low: 0, high: Math.max(0, room) });
    texts.set(start, { length, known: null, flows: mergeFlows(found?.value.flows ?? [], value.flows) });
  }
  machine.state.change(id, { texts });
}

function oldHigh(machine: CMachine, old: Text | null, at: Amount): number {
  const most = machine.state.interval(at).high;
  return old === null ? Math.max(0, most) : Math.max(0, Math.min(most, machine.state.interval(old.length).high));
}

/** Values that are copied in the time of one step. */
const CELLS_PER_STEP = 16;
/** Values of one object that are remembered though nothing was written. */
const MAX_CELLS = 400;

function storeCell(machine: CMachine, object: MemoryObject, key: string, value: Value): void {
  machine.spend(object.cells.size / CELLS_PER_STEP);
  const cells = new Map(object.cells);
  cells.set(key, value);
  machine.state.change(object.id, { cells });
}

/** The string that a place lies in, and where in it. */
export function textAt(
  object: MemoryObject,
  { offset, base }: Target,
): { readonly value: Text; readonly start: number; readonly at: Amount } | null {
  const exact = isConstant(offset) ? object.texts.get(offset.offset) : undefined;
  if (exact !== undefined && isConstant(offset)) return { value: exact, start: offset.offset, at: ZERO };
  const value = object.texts.get(base);
  if (value === undefined) return null;
  return { value, start: base, at: addAmounts(offset, constant(-base)) ?? offset };
}

/** Moves a pointer by so many elements. */
export function movePointer(machine: CMachine, pointer: Value, count: Amount, type: CType | null): Value {
  const targets = machine.state.targetsOf(pointer);
  if (targets === null) return { ...pointer, amount: null };
  const size = sizeOf(machine, type ?? INT);
  const step = size !== null && isConstant(size) ? scaleAmount(count, size.offset) : null;
  const moved = targets.map((target): Target => {
    if (target.object === 0) return target;
    const offset = step === null ? null : addAmounts(target.offset, step);
    return offset === null ? { ...target, offset: farOffset(machine, target, step) } : { ...target, offset };
  });
  return machine.pointerTo(moved, pointer.type, pointer.flows);
}

function farOffset(machine: CMachine, target: Target, step: Amount | null): Amount {
  if (step === null) return machine.unknownAmount({ low: -Infinity, high: Infinity });
  return machine.unknownAmount(sum(machine.state.interval(target.offset), machine.state.interval(step)));
}
