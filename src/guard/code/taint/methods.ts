/** Methods of strings and collections, by the effect that the model gives their names. */
import type { Expression } from '../ir.js';
import { cutOf, elementOf, insertItem, owned, readItem, takeItem, writeItem } from './collections.js';
import { acceptedFacts, prefixFacts } from './conditions.js';
import { formatBraces, joinTexts } from './formats.js';
import type { CallSite, Frame, Machine } from './machine.js';
import { allFlows } from './state.js';
import { argumentOf } from './triggers.js';
import { CLEAN, constantValue, joinValues, knownString, mapFlows, UNKNOWN, type Value, WORDS } from './value.js';

interface Surroundings {
  readonly frame: Frame;
  readonly object: Expression;
}

/** Null where the model knows no such method. */
export function callMethod(machine: Machine, site: CallSite, { frame, object }: Surroundings): Value | null {
  const receiver = site.receiver ?? UNKNOWN;
  const { model } = machine.knowledge;
  const first = argumentOf(site, 0);
  if (model.predicates.strict.test(site.name))
    return { ...CLEAN, facts: { whenTrue: acceptedFacts(machine, receiver.flows), whenFalse: [] } };
  if (/^startswith$/i.test(site.name)) return { ...CLEAN, facts: prefixFacts(machine, receiver, first ?? UNKNOWN) };
  const effect = model.methods.get(site.name);
  switch (effect) {
    case undefined:
      return null;
    case 'clean':
      return CLEAN;
    case 'same':
      return same(site.name, receiver);
    case 'part':
      return parts(machine, receiver, first);
    case 'each':
    case 'then':
      return callBack(machine, site, frame, effect === 'each' ? elementOf(machine, receiver) : receiver);
    case 'host':
      return cutOf(receiver, 'host');
    case 'format':
      return overOptions(receiver, (template) => formatBraces(machine, template, site.arguments));
    case 'join':
      return joinTexts(machine, receiver, first ?? UNKNOWN);
    case 'replace':
      return replaced(machine, receiver, site);
    case 'keys':
      return { flows: receiver.flows, clean: receiver.flows.length === 0 };
    case 'values':
      return machine.object(new Map(), elementOf(machine, receiver), { flows: receiver.flows });
    case 'pairs': {
      const key: Value = { flows: receiver.flows, clean: receiver.flows.length === 0 };
      const pair = new Map([
        ['0', key],
        ['1', elementOf(machine, receiver)],
      ]);
      return machine.object(new Map(), machine.object(pair, null, { type: 'tuple' }), { flows: receiver.flows });
    }
    case 'read':
      return readMethod(machine, receiver, site);
    default: {
      const target = owned(machine, object, receiver, frame);
      return mutate(machine, target, effect, site);
    }
  }
}

/** The result of the function that a method was given, which it calls with `value`; null where the file does not show it. */
function callBack(machine: Machine, site: CallSite, frame: Frame, value: Value): Value | null {
  const given = argumentOf(site, 0);
  if (given?.callable === undefined) return null;
  const expression = site.arguments[0]?.expression;
  if (expression === undefined) return null;
  const inner: CallSite = {
    ...site,
    receiver: null,
    callee: given,
    arguments: [{ name: null, value, spread: false, expression }],
  };
  const result = machine.parts.invoke(machine, given.callable, inner, frame);
  if (result === null) return null;
  if (site.name === 'forEach') return CLEAN;
  if (/^(filter|find|sort|findLast|finally|catch|tap)$/.test(site.name))
    return site.name.startsWith('find') ? value : (site.receiver ?? UNKNOWN);
  if (/^(some|every|findIndex)$/.test(site.name)) return CLEAN;
  return site.name === 'then' ? result : machine.object(new Map(), result, { type: 'list', flows: result.flows });
}

type Mutation = 'add' | 'insert' | 'merge' | 'take' | 'write';

function mutate(machine: Machine, target: Value, effect: Mutation, site: CallSite): Value {
  const first = argumentOf(site, 0);
  const second = argumentOf(site, 1);
  const position = typeof first?.constant === 'number' ? first.constant : null;
  switch (effect) {
    case 'add':
      if (first !== null) insertItem(machine, target, null, first);
      return CLEAN;
    case 'insert':
      if (second !== null) insertItem(machine, target, position, second);
      return CLEAN;
    case 'merge':
      for (const { name, value } of site.arguments) merge(machine, target, name, value);
      return CLEAN;
    case 'write': {
      const values = site.arguments.filter((argument) => argument.name === null).map((argument) => argument.value);
      const value = values.at(-1);
      if (value !== undefined && values.length > 1)
        writeItem(machine, target, compositeKey(values.slice(0, -1)), value);
      return CLEAN;
    }
    case 'take': {
      if (typeof first?.constant === 'string') return readMethod(machine, target, site);
      const isKnown = first === null || position !== null;
      return (isKnown ? takeItem(machine, target, position) : null) ?? elementOf(machine, target);
    }
  }
}

function merge(machine: Machine, target: Value, name: string | null, value: Value): void {
  if (name !== null) {
    writeItem(machine, target, name, value);
    return;
  }
  const { items, rest } = machine.contents(value);
  const isMapping = value.type === 'dict';
  for (const [key, item] of items)
    if (isMapping) writeItem(machine, target, key, item);
    else insertItem(machine, target, null, item);
  if (rest !== null || items.size === 0) writeItem(machine, target, null, elementOf(machine, value));
}

/** `set(section, key, value)` and `get(section, key)` of configurations and caches. */
function compositeKey(values: readonly Value[]): string | null {
  const keys = values.map((value) => value.constant);
  return keys.some((key) => key === undefined) ? null : keys.map(String).join('\0');
}

function readMethod(machine: Machine, receiver: Value, site: CallSite): Value {
  const positional = site.arguments.filter((argument) => argument.name === null).map((argument) => argument.value);
  const { items } = machine.contents(receiver);
  const composite = compositeKey(positional);
  const found = composite === null ? undefined : items.get(composite);
  if (found !== undefined) return found;
  const [key, fallback] = positional;
  if (key === undefined) return { ...elementOf(machine, receiver), reference: machine.nextId() };
  const known = typeof key.constant === 'string' ? items.get(key.constant) : undefined;
  if (known !== undefined) return known;
  const read = readItem(machine, receiver, key);
  return fallback === undefined ? read : joinValues([{ ...read, path: undefined }, fallback]);
}

function overOptions(value: Value, apply: (option: Value) => Value): Value {
  return value.options === undefined ? apply(value) : joinValues(value.options.map(apply));
}

function same(name: string, receiver: Value): Value {
  const text = knownString(receiver);
  if (text === null) return { ...receiver, constant: undefined, facts: undefined };
  if (name === 'lower' || name === 'casefold') return { ...receiver, constant: text.toLowerCase() };
  if (name === 'upper') return { ...receiver, constant: text.toUpperCase() };
  return name === 'strip' ? { ...receiver, constant: text.trim() } : receiver;
}

function parts(machine: Machine, receiver: Value, separator: Value | null): Value {
  const text = knownString(receiver);
  const between = separator === null ? null : knownString(separator);
  if (text === null || (separator !== null && between === null)) {
    const cut = cutOf(receiver, 'part');
    return separator === null || between === ' ' ? { ...cut, type: WORDS } : cut;
  }
  const pieces = (between === null ? text.split(/\s+/) : text.split(between)).slice(0, 32);
  const items = new Map(pieces.map((piece, index) => [String(index), constantValue(piece)] as const));
  return machine.object(items, null, { type: 'list', clean: true });
}

/** Removal of `../` can be undone by nesting it, so only escaping of quotes and brackets counts. */
const REPLACEABLE: readonly (readonly [RegExp, readonly string[]])[] = [
  [/'/, ['sql', 'xpath']],
  [/[<>]/, ['html']],
  [/[\r\n]/, ['log', 'header']],
  [/[*()]/, ['ldap']],
];

function replaced(machine: Machine, receiver: Value, site: CallSite): Value {
  const old = argumentOf(site, 0);
  const next = argumentOf(site, 1);
  const oldText = old === null ? null : knownString(old);
  const nextText = next === null ? null : knownString(next);
  const text = knownString(receiver);
  if (text !== null && oldText !== null && nextText !== null && oldText !== '')
    return { ...receiver, constant: text.replaceAll(oldText, nextText) };
  if (text !== null || (receiver.text !== undefined && receiver.flows.length === 0)) {
    // A template filled in by hand: `template.replace('{name}', name)`.
    const flows = next === null ? [] : allFlows(next, machine.state);
    if (flows.length > 0) return { text: [text ?? '', { ...(next ?? UNKNOWN), flows }], flows, clean: false };
  }
  if (oldText === null) return { ...receiver, constant: undefined };
  // `[^a-z0-9]` replaced keeps nothing but what it lists.
  if (/^\(?\[\^/.test(oldText))
    return mapFlows({ ...receiver, constant: undefined }, (flow) => ({ ...flow, cleaned: -1 }));
  const labels = REPLACEABLE.filter(([pattern]) => pattern.test(oldText)).flatMap(([, names]) => names);
  const mask = labels.reduce((all, label) => all | machine.knowledge.mask(label), 0);
  return mapFlows({ ...receiver, constant: undefined }, (flow) => ({ ...flow, cleaned: flow.cleaned | mask }));
}
