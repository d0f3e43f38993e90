/** Reading and writing of elements and attributes. */
import type { Expression, Range } from '../ir.js';
import type { Frame, Machine } from './machine.js';
import { MAX_ITEMS } from './state.js';
import { checkAssignment } from './triggers.js';
import { CLEAN, constantValue, type Flow, joinValues, mapFlows, mergeFlows, UNKNOWN, type Value } from './value.js';

/** Any element of a collection; of a string or of unknown data, a piece with the same flows. */
export function elementOf(machine: Machine, value: Value): Value {
  if (value.options !== undefined) return joinValues(value.options.map((option) => elementOf(machine, option)));
  const { items, rest } = machine.contents(value);
  if (items.size === 0 && rest === null) {
    if (typeof value.constant === 'string' || value.clean) return CLEAN;
    return { flows: value.flows, clean: false };
  }
  const inside = [...items.values(), ...(rest === null ? [] : [rest])];
  const joined = joinValues(inside);
  return value.flows.length === 0 ? joined : { ...joined, flows: mergeFlows(joined.flows, value.flows) };
}

const childFlows = (machine: Machine, flows: readonly Flow[], key: string): readonly Flow[] =>
  flows.map((flow) => ({ ...flow, origin: machine.childOrigin(flow.origin, key) }));

/** `object.name`. */
export function memberOf(machine: Machine, object: Value, name: string): Value {
  if (object.options !== undefined) return joinValues(object.options.map((option) => memberOf(machine, option, name)));
  const known = machine.contents(object).items.get(`.${name}`);
  const { knowledge } = machine;
  const named = machine.sourceFlows(knowledge.sourcesNamed(name), name);
  if (known !== undefined)
    return named.length === 0 || known.clean ? known : { ...known, flows: mergeFlows(known.flows, named) };
  const owner = object.instanceOf ?? (object.callable?.kind === 'class' ? object.callable : null);
  if (owner !== null) {
    const inherited = findInClass(owner, name, object.instanceOf === undefined ? null : object);
    if (inherited !== null) return inherited;
  }
  const base = object.path ?? object.type;
  const path = `${base ?? '?'}.${name}`;
  if (knowledge.model.cleanAttributes.test(name)) return { ...CLEAN, path };
  const isHost = knowledge.model.hostAttributes.test(name);
  const flows = childFlows(machine, object.flows, `.${name}`).map(
    (flow): Flow => (isHost ? { ...flow, part: 'host', origin: flow.origin.parent ?? flow.origin } : flow),
  );
  const sources = knowledge.sourceReads.match(path, path);
  const found = mergeFlows(flows, machine.sourceFlows(sources, path), named);
  return { path, flows: found, clean: found.length === 0 && (knowledge.model.constants.test(name) || object.clean) };
}

function findInClass(
  owner: NonNullable<Value['instanceOf']>,
  name: string,
  self: Value | null,
  depth = 8,
): Value | null {
  const method = owner.methods.get(name);
  if (method !== undefined) return { ...UNKNOWN, callable: { ...method, self } };
  const attribute = owner.attributes.get(name);
  if (attribute !== undefined) return attribute;
  if (depth === 0) return null;
  for (const base of owner.bases) {
    if (base.callable?.kind !== 'class') continue;
    const found = findInClass(base.callable, name, self, depth - 1);
    if (found !== null) return found;
  }
  return null;
}

/** `object[index]`. What is drawn by a random number is as random as that. */
export function readItem(machine: Machine, object: Value, index: Value): Value {
  const element = itemOf(machine, object, index);
  const drawn = index.flows.filter(({ kind }) => kind === 'random');
  return drawn.length === 0 ? element : { ...element, flows: mergeFlows(element.flows, drawn) };
}

function itemOf(machine: Machine, object: Value, index: Value): Value {
  if (object.options !== undefined) return joinValues(object.options.map((option) => itemOf(machine, option, index)));
  const { constant: key } = index;
  const { items, rest } = machine.contents(object);
  const named = typeof key === 'string' ? machine.sourceFlows(machine.knowledge.sourcesNamed(key), key) : [];
  if (key !== undefined) {
    const known = items.get(itemKey(key, items.size));
    if (known !== undefined) return named.length === 0 ? known : { ...known, flows: mergeFlows(known.flows, named) };
    if (typeof object.constant === 'string' && typeof key === 'number') {
      const character = object.constant.at(key);
      return character === undefined ? CLEAN : constantValue(character);
    }
  }
  const base = object.path ?? object.type;
  const path = base === undefined ? undefined : `${base}.[]`;
  if (items.size === 0 && rest === null) {
    // A position of unknown data is an element of a list as often as a character: it counts as whole.
    const flows = typeof key === 'string' ? childFlows(machine, object.flows, key) : object.flows;
    return { path, flows: mergeFlows(flows, named), clean: object.clean };
  }
  if (key !== undefined && rest === null && object.flows.length === 0) return { ...UNKNOWN, flows: named };
  const element = key === undefined ? elementOf(machine, object) : (rest ?? UNKNOWN);
  return { ...element, flows: mergeFlows(element.flows, object.flows, named) };
}

const itemKey = (key: string | number | boolean | null, size: number): string =>
  typeof key === 'number' && key < 0 ? String(size + key) : String(key);

/** `target = value` for any target. */
export function assign(machine: Machine, target: Expression, value: Value, frame: Frame, range: Range): void {
  switch (target.kind) {
    case 'name':
      machine.setVariable(target.name, value, frame);
      checkAssignment(machine, { name: target.name, value, range, frame });
      return;
    case 'member': {
      const object = machine.evaluate(target.object, frame);
      writeItem(machine, owned(machine, target.object, object, frame), `.${target.name}`, value);
      checkAssignment(machine, { name: target.name, value, range, frame, owner: object });
      return;
    }
    case 'index': {
      const object = machine.evaluate(target.object, frame);
      const index = machine.evaluate(target.index, frame);
      const { constant: key } = index;
      writeItem(machine, owned(machine, target.object, object, frame), key === undefined ? null : String(key), value);
      const name = typeof key === 'string' ? key : '';
      checkAssignment(machine, { name, value, range, frame, owner: object, index });
      return;
    }
    case 'collection': {
      const { items } = machine.contents(value);
      for (const [position, item] of target.items.entries()) {
        const known = items.get(String(position));
        assign(
          machine,
          item.value,
          known !== undefined && !item.spread ? known : elementOf(machine, value),
          frame,
          range,
        );
      }
      return;
    }
    default:
      machine.evaluate(target, frame);
  }
}

/** The object with contents of its own, which a variable gets at the first write to an element. */
export function owned(machine: Machine, expression: Expression, value: Value, frame: Frame): Value {
  if (value.reference !== undefined || value.options !== undefined) return value;
  const withReference: Value = { ...value, reference: machine.nextId() };
  if (expression.kind === 'name' && machine.lookup(expression.name, frame.scope) !== undefined)
    machine.setVariable(expression.name, withReference, frame);
  return withReference;
}

/** @param key null for a position that is not known. */
export function writeItem(machine: Machine, object: Value, key: string | null, value: Value): void {
  for (const option of object.options ?? [object]) {
    if (option.reference === undefined) continue;
    const { items, rest } = machine.contents(option);
    if (key === null || (items.size >= MAX_ITEMS && !items.has(key))) {
      machine.state.setContents(option.reference, { items, rest: rest === null ? value : joinValues([rest, value]) });
      continue;
    }
    const changed = new Map(items);
    // Where several objects may be meant, each only may have changed.
    const old = items.get(key);
    changed.set(key, object.options !== undefined && old !== undefined ? joinValues([old, value]) : value);
    machine.state.setContents(option.reference, { items: changed, rest });
  }
}

/** Puts a value at a position of a list, or at its end. */
export function insertItem(machine: Machine, list: Value, position: number | null, value: Value): void {
  if (list.reference === undefined) return;
  const { items, rest } = machine.contents(list);
  const values = [...items.values()];
  if (values.length >= MAX_ITEMS || rest !== null) {
    writeItem(machine, list, null, value);
    return;
  }
  values.splice(position ?? values.length, 0, value);
  const changed = new Map(values.map((item, index) => [String(index), item] as const));
  machine.state.setContents(list.reference, { items: changed, rest });
}

/** Takes the element at a position out of a list; null is the last. */
export function takeItem(machine: Machine, list: Value, position: number | null): Value | null {
  if (list.reference === undefined) return null;
  const { items, rest } = machine.contents(list);
  if (rest !== null) return null;
  const values = [...items.values()];
  const [taken] = values.splice(position ?? -1, 1);
  if (taken === undefined) return null;
  const changed = new Map(values.map((item, index) => [String(index), item] as const));
  machine.state.setContents(list.reference, { items: changed, rest });
  return taken;
}

/** A cut of the value's data. */
export const cutOf = (value: Value, part: Flow['part']): Value => ({
  ...mapFlows(value, (flow) => ({ ...flow, part: flow.part === 'host' ? 'host' : part })),
  text: undefined,
  constant: undefined,
  path: undefined,
  type: undefined,
});
