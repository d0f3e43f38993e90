/** Variables: their place in memory, and what is in it at first. */
import { load, store } from './access.js';
import { converted } from './arithmetic.js';
import type { CExpression, CType, Declaration } from './ast.js';
import { fieldPlace, sizeOf } from './layout.js';
import type { CMachine, Place } from './machine.js';

import { checkAssignment } from './triggers.js';
import { CHAR } from './types.js';
import { addAmounts, type Amount, constant, isConstant, PLAIN, scaleAmount, type Value, ZERO } from './values.js';

/** Declares a variable in the frame that runs, or a global. */
export function declare(machine: CMachine, declaration: Declaration, kind: 'local' | 'global'): void {
  const { name, type, initial, isReference, isExternal } = declaration;
  const names = kind === 'global' ? machine.globals : machine.frame.variables;
  if (isReference && initial !== null) {
    const place = machine.locate(initial);
    if (place !== null) {
      names.set(name, { ...place, type: place.type ?? type });
      return;
    }
  }
  // A variable that another file fills, or a class whose constructor does.
  const isSnippet = kind === 'global' && machine.program.functions.has('');
  const isFilled = isSnippet || isExternal || type.kind === 'unknown' || (type.kind === 'record' && initial !== null);
  const size = sizeOf(machine, type) ?? sizeOfInitial(machine, type, initial);
  const id = slotOf(machine, declaration, kind);
  machine.state.add({
    id,
    kind,
    size,
    type,
    name,
    frame: machine.frame.id,
    status: 'live',
    family: '',
    site: declaration,
    rest: isFilled ? 'unknown' : kind === 'global' || declaration.isStatic ? 'zero' : 'uninitialised',
    cells: new Map(),
    texts: new Map(),
    flows: [],
    isEscaped: false,
  });
  const target = { object: id, offset: ZERO, base: 0, extent: size, isAssumed: false };
  const place: Place = { target, type: type.kind === 'array' && type.count === null ? fitted(type, size) : type };
  names.set(name, place);
  if (initial !== null) initialise(machine, place, initial, name);
}

/** The same object for the same declaration in every path of a frame. */
function slotOf(machine: CMachine, declaration: Declaration, kind: string): number {
  const key = `${kind === 'global' ? 0 : machine.frame.id}@${declaration.start}@${declaration.name}`;
  const known = machine.slots.get(key) ?? machine.nextId();
  machine.slots.set(key, known);
  return known;
}

function fitted(type: CType, size: Amount | null): CType {
  if (type.kind !== 'array' || size === null || !isConstant(size)) return type;
  const unit = type.of.kind === 'integer' || type.of.kind === 'float' ? type.of.size : 8;
  const count: CExpression = { kind: 'number', value: size.offset / unit, type: CHAR, start: 0, end: 0 };
  return { ...type, count };
}

function sizeOfInitial(machine: CMachine, type: CType, initial: CExpression | null): Amount | null {
  if (type.kind !== 'array' || type.count !== null || initial === null) return null;
  if (initial.kind === 'string') return constant(initial.text.length + 1);
  const unit = sizeOf(machine, type.of);
  return initial.kind === 'initial' && unit !== null ? scaleAmount(unit, initial.items.length) : null;
}

export function initialise(machine: CMachine, place: Place, initial: CExpression, name = ''): void {
  const { type, target } = place;
  if (initial.kind === 'string' && type?.kind === 'array') {
    const flows = [] as const;
    const texts = new Map(machine.state.object(target.object)?.texts ?? []);
    const start = isConstant(target.offset) ? target.offset.offset : 0;
    texts.set(start, { length: constant(initial.text.length), known: initial.text, flows });
    machine.state.change(target.object, { texts, rest: 'zero' });
    if (name !== '') noteAssignment(machine, { name, value: pointerTo(machine, place) }, initial);
    return;
  }
  if (initial.kind === 'initial' && (type?.kind === 'array' || type?.kind === 'record')) {
    initialiseAll(machine, place, initial);
    if (name !== '') noteAssignment(machine, { name, value: pointerTo(machine, place) }, initial);
    return;
  }
  const value = machine.evaluate(initial);
  const [source] = machine.state.targetsOf(value) ?? [];
  if (type?.kind === 'record' || type?.kind === 'unknown' || type?.kind === 'array') {
    const flows = [...value.flows];
    machine.state.change(target.object, { flows, rest: 'unknown' });
    if (source !== undefined && type.kind === 'record') copyCells(machine, source.object, target.object);
    return;
  }
  const stored = converted(machine, value, type, initial);
  store(machine, place, stored);
  if (name !== '') noteAssignment(machine, { name, value: stored }, initial);
}

const pointerTo = (machine: CMachine, { target }: Place): Value => machine.pointerTo([target], null);

function noteAssignment(
  machine: CMachine,
  { name, value }: { readonly name: string; readonly value: Value },
  range: CExpression,
): void {
  checkAssignment(machine, { name, value, range, isList: range.kind === 'initial' && isKey(range) });
}

/** Bytes that look chosen: many, and not all alike. */
const LEAST_BYTES = 8;
const isKey = ({ items }: Extract<CExpression, { kind: 'initial' }>): boolean =>
  items.length >= LEAST_BYTES &&
  new Set(items.map(({ value }) => (value.kind === 'number' ? value.value : null))).size > LEAST_BYTES / 2;

function copyCells(machine: CMachine, from: number, to: number): void {
  const source = machine.state.object(from);
  if (source === null) return;
  const { cells, texts, rest, flows } = source;
  machine.state.change(to, { cells, texts, rest, flows });
}

function initialiseAll(machine: CMachine, place: Place, initial: Extract<CExpression, { kind: 'initial' }>): void {
  const { type, target } = place;
  machine.state.change(target.object, { rest: 'zero' });
  const record = type?.kind === 'record' ? (machine.program.records.get(type.name) ?? null) : null;
  let next = 0;
  for (const item of initial.items) {
    let inner: Place | null = null;
    if (type?.kind === 'array') {
      const at = item.index === null ? null : machine.evaluate(item.index).amount;
      if (at !== null && isConstant(at)) next = at.offset;
      const unit = sizeOf(machine, type.of);
      if (unit !== null && isConstant(unit)) inner = placeAt(place, next * unit.offset, type.of, unit);
    } else {
      const field = item.field ?? record?.fields[next]?.name ?? null;
      if (field !== null) {
        const found = fieldPlace(machine, record, field);
        const fieldType = found.field?.type ?? null;
        inner = placeAt(place, found.offset, fieldType, sizeOf(machine, fieldType));
      }
    }
    next += 1;
    if (inner !== null && next < 2000) initialise(machine, inner, item.value, item.field ?? '');
    else machine.evaluate(item.value);
  }
}

function placeAt({ target }: Place, offset: number, type: CType | null, extent: Amount | null): Place {
  const at = addAmounts(target.offset, constant(offset)) ?? target.offset;
  const isNested = type?.kind === 'array' || type?.kind === 'record';
  return {
    type,
    target: { ...target, offset: at, ...(isNested && isConstant(at) ? { base: at.offset, extent } : {}) },
  };
}

/** The value at a place, for tests of what a variable holds. */
export function valueAt(machine: CMachine, place: Place): Value {
  return place.type?.kind === 'record'
    ? { ...PLAIN, type: place.type, targets: [place.target] }
    : load(machine, place, { start: 0, end: 0 });
}
