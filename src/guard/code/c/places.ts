/** Places in memory that expressions name, and reading and writing there. */
import type { Range } from '../ir.js';
import { checkAccess, dereference, load, movePointer, store } from './access.js';
import type { CExpression, CType } from './ast.js';
import { fieldPlace, sizeOf } from './layout.js';
import type { CMachine, Place } from './machine.js';

import { addAmounts, constant, isConstant, mergeFlows, PLAIN, type Value } from './values.js';

type Of<Kind extends CExpression['kind']> = Extract<CExpression, { kind: Kind }>;

export function readPlace(machine: CMachine, place: Place, range: Range): Value {
  const { type, target } = place;
  if (type?.kind === 'record' || type?.kind === 'unknown') {
    const object = machine.state.object(target.object);
    checkAccess(machine, { target, size: null, access: 'read' }, range);
    return { ...PLAIN, type, targets: [target], flows: object?.flows ?? [] };
  }
  if (type?.kind !== 'array')
    checkAccess(machine, { target, size: sizeOf(machine, type), access: 'read', flows: place.flows ?? [] }, range);
  const value = load(machine, place, range);
  const object = machine.state.object(target.object);
  const isScalar =
    object?.type?.kind === 'integer' || object?.type?.kind === 'float' || object?.type?.kind === 'pointer';
  if (value.isUninitialised && isScalar && object.kind === 'local') {
    machine.report('uninitialised', range);
    const known = { ...value, isUninitialised: false };
    store(machine, place, known);
    return known;
  }
  return value;
}

export function write(machine: CMachine, place: Place, value: Value, range: Range): void {
  const { target, type } = place;
  const size = sizeOf(machine, type);
  checkAccess(machine, { target, size, access: 'write', flows: place.flows ?? [] }, range);
  noteShared(machine, place, range);
  if (type?.kind === 'record' || type?.kind === 'unknown') copyRecord(machine, place, value);
  else store(machine, place, value);
}

/** A global that a thread changes without a lock while another may do the same. */
function noteShared(machine: CMachine, { target }: Place, range: Range): void {
  if (!machine.frame.isThread || machine.state.locks > 0 || !isConstant(target.offset)) return;
  const object = machine.state.object(target.object);
  if (object?.kind !== 'global' || (object.type?.kind === 'unknown' && /atomic/i.test(object.type.name))) return;
  if (object.type?.kind !== 'array') machine.report('race', range);
}

function copyRecord(machine: CMachine, { target }: Place, value: Value): void {
  const [from] = machine.state.targetsOf(value) ?? [];
  const source = from === undefined ? null : machine.state.object(from.object);
  const object = machine.state.object(target.object);
  if (object === null) return;
  const flows = mergeFlows(object.flows, value.flows);
  if (source === null || from === undefined || !isConstant(from.offset) || !isConstant(target.offset)) {
    machine.state.change(object.id, { flows, rest: 'unknown', cells: new Map(), texts: new Map() });
    return;
  }
  const shift = target.offset.offset - from.offset.offset;
  const cells = new Map(object.cells);
  for (const [key, cell] of source.cells) if (!key.includes(':')) cells.set(String(Number(key) + shift), cell);
  const texts = new Map(object.texts);
  for (const [offset, text] of source.texts) texts.set(offset + shift, text);
  machine.state.change(object.id, { flows, cells, texts, rest: source.rest });
}

/** The place that a pointer points to. */
export function pointedAt(machine: CMachine, pointer: Value, range: Range): Place {
  const target = dereference(machine, pointer, range);
  return { target, type: pointer.type?.kind === 'pointer' ? pointer.type.to : null };
}

export function locateExpression(machine: CMachine, expression: CExpression): Place | null {
  switch (expression.kind) {
    case 'name': {
      const { name } = expression;
      return machine.frame.variables.get(name) ?? machine.globals.get(name) ?? null;
    }
    case 'unary': {
      if (expression.operator !== '*') return null;
      return pointedAt(machine, machine.evaluate(expression.operand), expression);
    }
    case 'index': {
      const object = machine.evaluate(expression.object);
      const index = machine.evaluate(expression.index);
      const type = object.type?.kind === 'pointer' ? object.type.to : null;
      const count = index.amount ?? machine.unknownAmount({ low: -Infinity, high: Infinity });
      if (object.targets === null && object.amount === null)
        return { target: dereference(machine, object, expression), type, flows: index.flows };
      const moved = movePointer(machine, object, count, type);
      const known = { ...moved, identity: 0, targets: machine.state.targetsOf(object) === null ? null : moved.targets };
      noteNull(machine, object, expression);
      return { target: dereference(machine, known, expression), type, flows: index.flows };
    }
    case 'member':
      return locateMember(machine, expression);
    case 'cast':
    case 'call':
    case 'conditional':
    case 'comma':
    case 'assign': {
      const value = machine.evaluate(expression);
      const [target] = machine.state.targetsOf(value) ?? [];
      const isRecord = value.type?.kind === 'record' || value.type?.kind === 'unknown';
      return isRecord && target !== undefined ? { target, type: value.type } : null;
    }
    default:
      return null;
  }
}

/** An index into what may be NULL: that it is not is known from then on. */
function noteNull(machine: CMachine, pointer: Value, range: Range): void {
  const known = machine.state.targetsOf(pointer);
  if (known === null || known.length < 2) return;
  const places = known.filter(({ object }) => object !== 0);
  if (places.length > 0 && places.length < known.length) {
    if (known.some(({ object, isAssumed }) => object === 0 && !isAssumed))
      machine.report('null-dereference', range, 'unknown');
    machine.state.pick(pointer, places);
  }
}

function locateMember(machine: CMachine, expression: Of<'member'>): Place | null {
  const { object: inner, name, isArrow } = expression;
  let target: Place['target'];
  let type: CType | null;
  if (isArrow) {
    const pointer = machine.evaluate(inner);
    target = dereference(machine, pointer, expression);
    type = pointer.type?.kind === 'pointer' ? pointer.type.to : null;
    checkAccess(machine, { target, size: null, access: 'read' }, expression);
  } else {
    const place = machine.locate(inner);
    if (place === null) return null;
    ({ target, type } = place);
  }
  const record = type?.kind === 'record' ? (machine.program.records.get(type.name) ?? null) : null;
  noteRecord(machine, { target, type }, expression);
  const { offset, field } = fieldPlace(machine, record, name);
  const at = addAmounts(target.offset, constant(offset)) ?? target.offset;
  const base = isConstant(at) ? at.offset : target.base;
  const extent = field === null ? null : sizeOf(machine, field.type);
  const bounds = isConstant(at) ? { base, extent } : {};
  return { target: { ...target, offset: at, ...bounds }, type: field?.type ?? null };
}

/** An object that was made as one record and is used as another. */
function noteRecord(machine: CMachine, { target, type }: Place, range: Range): void {
  const object = machine.state.object(target.object);
  if (object?.type?.kind !== 'record' || type?.kind !== 'record' || object.type.name === type.name) return;
  if (object.kind === 'heap' || !isConstant(target.offset) || target.offset.offset !== 0) return;
  const [made, used] = [object.type.name, type.name].map((name) => machine.program.records.get(name));
  const isPart = made?.fields.some((field) => field.type.kind === 'record' && field.type.name === type.name) ?? true;
  const first = used?.fields[0]?.type;
  if (!isPart && !(first?.kind === 'record' && first.name === object.type.name) && used !== undefined)
    machine.report('type-confusion', range);
}
