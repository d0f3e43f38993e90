/** What is allocated, and must be released once: memory, files, handles. */
import type { Range } from '../ir.js';
import { levelOf } from './access.js';
import type { CMachine } from './machine.js';
import type { MemoryObject, State } from './memory.js';
import { type Amount, isConstant, mergeFlows, NULL_TARGET, type Target, type Value } from './values.js';

/** Families whose release functions fit each other, though mixing them is wrong. */
const MEMORY = new Set(['malloc', 'new', 'new[]']);
/** More than this at the word of a stranger is no limit. */
const GENEROUS = 256 * 1024 * 1024;

interface Allocation {
  readonly family: string;
  readonly size: Amount | null;
  readonly from: string;
  readonly isZeroed: boolean;
  readonly canFail: boolean;
  /** Values that the size was computed from. */
  readonly sizes: readonly Value[];
}

export function allocate(machine: CMachine, allocation: Allocation, range: Range): Value {
  const { family, size, from, isZeroed, canFail, sizes } = allocation;
  checkSizes(machine, sizes, range);
  const object = machine.addObject({
    kind: 'heap',
    size,
    family,
    site: { start: range.start, end: range.end },
    rest: isZeroed ? 'zero' : MEMORY.has(family) ? 'uninitialised' : 'unknown',
  });
  const pointer = machine.pointer(object, { kind: 'pointer', to: { kind: 'void' } });
  const targets = canFail ? [...(pointer.targets ?? []), NULL_TARGET] : pointer.targets;
  return { ...pointer, targets, from };
}

/** A size that a stranger chooses: it may have wrapped, be negative, or be far too large. */
function checkSizes(machine: CMachine, sizes: readonly Value[], range: Range): void {
  for (const value of sizes) {
    const level = levelOf(machine, value.flows);
    if (level === 'none' || value.amount === null) continue;
    const { low, high } = machine.state.interval(value.amount);
    if (value.from === 'wrapped') machine.report('allocation-overflow', range, level);
    if (high > GENEROUS && level !== 'parameter') machine.report('unlimited-allocation', range, level);
    if (low < 0 && level !== 'parameter') machine.report('negative-size', range, level);
  }
}

export function release(machine: CMachine, pointer: Value, family: string, range: Range): void {
  const targets = machine.state.targetsOf(pointer);
  if (targets === null) {
    const level = levelOf(machine, pointer.flows);
    if (pointer.isUninitialised) machine.report('uninitialised', range);
    if (pointer.type?.kind === 'integer' && level !== 'none') machine.report('foreign-pointer', range, level);
    return;
  }
  const places = targets.filter(({ object }) => object !== 0);
  if (places.length === 0) return;
  const target = places.length === 1 && targets.length === 1 ? targets[0] : machine.choose(() => targets);
  if (target === undefined) return;
  if (targets.length > 1) machine.state.pick(pointer, [target]);
  if (target.object === 0) dropUnborn(machine, { state: machine.state, left: pointer, dropped: places });
  const object = machine.state.object(target.object);
  if (target.object === 0 || object === null) return;
  // One of several that it may be: which of them was released before is not known.
  if (object.status === 'freed' && places.length > 1) return;
  const offset = machine.state.interval(target.offset);
  if (object.status === 'freed') machine.report(object.family === 'stdio' ? 'double-close' : 'double-free', range);
  else if (object.kind === 'heap' && isMoved(offset)) machine.report('free-inside', range);
  else if (object.kind === 'local' || object.kind === 'global' || object.kind === 'literal')
    machine.report('free-foreign', range);
  else if (object.kind === 'heap' && object.family !== family) machine.report('mismatched-release', range);
  // What another file gave may be released here, and again elsewhere.
  machine.state.change(target.object, { status: 'freed' });
}

/** A pointer that has moved away from the start on some way to here. */
const isMoved = ({ low, high }: { readonly low: number; readonly high: number }): boolean =>
  low > 0 || high < 0 || (Number.isFinite(low) && high > 0);

/** Where an allocation has failed, there is nothing to release. */
export function dropUnborn(
  machine: CMachine,
  { state, left, dropped }: { readonly state: State; readonly left: Value; readonly dropped: readonly Target[] },
): void {
  const known = machine.knowledge.model.functions.get(left.from);
  if (known?.allocates == null && known?.resizes == null) return;
  for (const { object } of dropped) if (state.object(object)?.kind === 'heap') state.remove(object);
}

/** What code that the file does not show may have written through a pointer. */
export function overwrite(machine: CMachine, value: Value): void {
  for (const { object: id } of machine.state.targetsOf(value) ?? []) {
    const object = machine.state.object(id);
    if (object === null || object.kind === 'literal') continue;
    const flows = mergeFlows(object.flows, ...[...object.texts.values()].map((text) => text.flows));
    machine.state.change(id, { cells: new Map(), texts: new Map(), rest: 'unknown', flows });
  }
}

/** Reports what is live at the end of a function and can be reached from nowhere. */
export function checkLeaks(machine: CMachine, state: State, returned: Value, frame: number): void {
  const heap = [...state.allObjects()].filter(
    ({ kind, status, isEscaped, family }) => kind === 'heap' && status === 'live' && !isEscaped && family !== '',
  );
  if (heap.length === 0) return;
  const all = [...state.allObjects()];
  const isOwn = (object: MemoryObject): boolean => object.kind === 'local' && object.frame === frame;
  const outside = all.filter((object) => object.isEscaped || (object.kind !== 'heap' && !isOwn(object)));
  const kept = reachable(state, [
    ...(state.targetsOf(returned) ?? []).map(({ object }) => object),
    ...outside.map(({ id }) => id),
  ]);
  // A pointer that a caller has only in passing, as an argument that is evaluated, is none of this function's.
  const known = reachable(
    state,
    all.filter(isOwn).map(({ id }) => id),
  );
  for (const { id, family, site } of heap) {
    if (kept.has(id) || (id < frame && !known.has(id))) continue;
    machine.report(MEMORY.has(family) ? 'leak' : 'handle-leak', site);
    // Once is enough: those who called would report it again.
    state.change(id, { isEscaped: true });
  }
}

function reachable(state: State, from: readonly number[]): ReadonlySet<number> {
  const reached = new Set<number>();
  const open = [...from];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === 0 || reached.has(id)) continue;
    reached.add(id);
    for (const cell of state.object(id)?.cells.values() ?? [])
      for (const { object } of state.targetsOf(cell) ?? []) open.push(object);
  }
  return reached;
}

/** A pointer to a local variable that outlives it. */
export function checkReturned(machine: CMachine, state: State, returned: Value, range: Range): void {
  if (returned.type?.kind === 'record' || returned.type?.kind === 'unknown') return;
  for (const { object: id, offset } of state.targetsOf(returned) ?? []) {
    const object = state.object(id);
    if (object?.kind === 'local' && object.frame === machine.frame.id && object.rest !== 'zero' && isConstant(offset))
      machine.report('local-address', range);
  }
}
