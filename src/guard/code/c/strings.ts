/** Strings in memory: their lengths and data, and what copies and fills them. */
import type { Range } from '../ir.js';
import { type Access, checkAccess, levelOf, textAt } from './access.js';
import type { CMachine } from './machine.js';
import type { Text } from './memory.js';
import type { LibraryFunction } from './model.js';
import type { CCall } from './triggers.js';
import {
  addAmounts,
  type Amount,
  constant,
  type Flow,
  isConstant,
  mergeFlows,
  scaleAmount,
  type Target,
  type Value,
} from './values.js';

/** The place that a string argument points to; null for NULL, and for what is no pointer. */
export function placeOf(machine: CMachine, value: Value | undefined): Target | null {
  const targets = value === undefined ? null : machine.state.targetsOf(value);
  return targets?.find(({ object }) => object !== 0) ?? null;
}

/** Using a pointer argument: what it points to must be there. */
export function useArgument(machine: CMachine, value: Value | undefined, range: Range): void {
  const targets = value === undefined ? null : machine.state.targetsOf(value);
  if (value === undefined || targets === null) return;
  const isNull = targets.every(({ object, isAssumed }) => object === 0 && !isAssumed);
  const mayBe = targets.some(({ object, isAssumed }) => object === 0 && !isAssumed);
  if (mayBe) machine.report('null-dereference', range, isNull ? 'remote' : 'unknown');
  if (mayBe && !isNull)
    machine.state.pick(
      value,
      targets.filter(({ object }) => object !== 0),
    );
}

/** The string at a place, noted so that a second look finds the same length. */
export function stringAt(machine: CMachine, target: Target): Text {
  const object = machine.state.object(target.object);
  const found = object === null ? null : textAt(object, target);
  if (found !== null) {
    const { value, at } = found;
    const rest = addAmounts(value.length, scaleAmount(at, -1));
    const known = value.known !== null && isConstant(at) ? value.known.slice(at.offset) : null;
    if (rest !== null) return { length: rest, known, flows: value.flows };
    const { high } = machine.state.interval(value.length);
    return { length: machine.unknownAmount({ low: 0, high }), known: null, flows: value.flows };
  }
  const flows = object?.flows ?? [];
  const first = object?.cells.get(String(target.base));
  const isEmpty =
    object?.rest === 'zero' || (first?.amount != null && isConstant(first.amount) && first.amount.offset === 0);
  const length = isEmpty && object?.cells.size === 0 ? constant(0) : machine.unknownAmount({ low: 0, high: Infinity });
  const text: Text = { length, known: null, flows };
  setString(machine, target, text);
  return text;
}

export function setString(machine: CMachine, target: Target, text: Text): void {
  const object = machine.state.object(target.object);
  if (object === null || object.kind === 'literal') return;
  const texts = new Map(object.texts);
  const start = isConstant(target.offset) ? target.offset.offset : target.base;
  texts.set(start, text);
  // What was known of single characters is overwritten.
  const cells = new Map([...object.cells].filter(([, cell]) => cell.type?.kind !== 'integer' || cell.type.size > 1));
  machine.state.change(target.object, {
    texts,
    cells,
    ...(object.rest === 'uninitialised' ? { rest: 'unknown' } : {}),
  });
}

/** The bytes that arguments name: the product of them. */
export function sizeOfArguments(machine: CMachine, call: CCall, sizes: readonly number[]): Amount | null {
  let product: Amount = constant(1);
  for (const index of sizes) {
    const amount = call.arguments[index]?.amount ?? null;
    if (amount === null) return null;
    if (isConstant(product)) product = scaleAmount(amount, product.offset);
    else if (isConstant(amount)) product = scaleAmount(product, amount.offset);
    else {
      const [first, second] = [machine.state.interval(product), machine.state.interval(amount)];
      product = machine.unknownAmount({ low: 0, high: first.high * second.high });
    }
  }
  return product;
}

interface Use {
  readonly target: Target;
  readonly size: Amount;
  readonly access: Access;
  readonly flows: readonly Flow[];
}

function use(machine: CMachine, { target, size, access, flows }: Use, range: Range): void {
  checkAccess(machine, { target, size, access, flows }, range);
}

const smaller = (machine: CMachine, left: Amount, right: Amount): Amount => {
  const [first, second] = [machine.state.interval(left), machine.state.interval(right)];
  if (first.high <= second.low) return left;
  if (second.high <= first.low) return right;
  const low = Math.min(first.low, second.low);
  return machine.unknownAmount({ low, high: Math.min(first.high, second.high) });
};

/** `strcpy`, `strncpy`, `strcat` and the like. */
export function copyString(machine: CMachine, known: LibraryFunction, call: CCall): void {
  const rule = known.string;
  if (rule === null) return;
  const [to, from] = [call.arguments[rule.to], call.arguments[rule.from]];
  useArgument(machine, to, call);
  useArgument(machine, from, call);
  const [target, source] = [placeOf(machine, to), placeOf(machine, from)];
  if (target === null) return;
  const text: Text =
    source === null
      ? { length: machine.unknownAmount({ low: 0, high: Infinity }), known: null, flows: from?.flows ?? [] }
      : stringAt(machine, source);
  const limitValue = rule.limit === null ? null : (call.arguments[rule.limit] ?? null);
  const limit = limitValue?.amount ?? null;
  noteSize(machine, limitValue, call);
  const own = rule.appends ? stringAt(machine, target) : null;
  const start = own === null ? constant(0) : own.length;
  if (own !== null) setString(machine, target, own);
  const copied = limit === null ? text.length : smaller(machine, text.length, limit);
  const end = addAmounts(start, copied) ?? sumOf(machine, start, copied);
  const flows = mergeFlows(text.flows, limitValue?.flows ?? []);
  // `strncpy` fills up to its limit whatever the length.
  const written = rule.terminates || limit === null ? addAmounts(end, constant(1)) : limit;
  if (written !== null) use(machine, { target, size: written, access: 'write', flows }, call);
  const isWhole = copied === text.length;
  const fits = target.extent === null ? Infinity : machine.state.interval(target.extent).high - 1;
  const most = machine.state.interval(end);
  // On the path that goes on, it has fitted.
  const length =
    most.high > fits
      ? machine.unknownAmount({ low: Math.max(0, Math.min(most.low, fits)), high: Math.max(0, fits) })
      : end;
  const joined = own === null ? text.known : own.known !== null && text.known !== null ? own.known + text.known : null;
  setString(machine, target, {
    length,
    known: isWhole ? joined : null,
    flows: mergeFlows(own?.flows ?? [], text.flows),
  });
}

export function sumOf(machine: CMachine, left: Amount, right: Amount): Amount {
  const [first, second] = [machine.state.interval(left), machine.state.interval(right)];
  return machine.unknownAmount({ low: first.low + second.low, high: first.high + second.high });
}

/** A size that is that of a pointer, or that may be negative. */
export function noteSize(machine: CMachine, size: Value | null | undefined, range: Range): void {
  if (size == null) return;
  if (size.from === 'sizeof pointer') machine.report('pointer-size', range);
  if (size.amount === null) return;
  const level = levelOf(machine, size.flows);
  const { low, high } = machine.state.interval(size.amount);
  if (high < 0) machine.report('negative-size', range);
  else if (low < 0 && level !== 'none') machine.report('negative-size', range, level);
}

/** `memcpy`, `memset` and the like. */
export function moveBytes(machine: CMachine, known: LibraryFunction, call: CCall): void {
  const rule = known.moves;
  if (rule === null) return;
  const to = call.arguments[rule.to];
  const from = rule.from === null ? undefined : call.arguments[rule.from];
  useArgument(machine, to, call);
  useArgument(machine, from, call);
  for (const index of rule.sizes) noteSize(machine, call.arguments[index], call);
  const size = sizeOfArguments(machine, call, rule.sizes);
  const flows = rule.sizes.flatMap((index) => call.arguments[index]?.flows ?? []);
  const [target, source] = [placeOf(machine, to), placeOf(machine, from)];
  if (size === null || target === null) return;
  use(machine, { target, size, access: 'write', flows }, call);
  const object = machine.state.object(target.object);
  if (object === null) return;
  if (source === null) {
    const fill = rule.from === null ? (call.arguments[1]?.amount ?? null) : null;
    const isZero = fill !== null && isConstant(fill) && fill.offset === 0;
    machine.state.change(target.object, {
      rest: isZero ? 'zero' : 'unknown',
      cells: new Map(),
      texts: new Map(),
      flows: [],
    });
    return;
  }
  use(machine, { target: source, size, access: 'read', flows }, call);
  const text = stringAt(machine, source);
  const others = machine.state.object(source.object)?.flows ?? [];
  machine.state.change(target.object, { rest: 'unknown', cells: new Map(), flows: mergeFlows(object.flows, others) });
  setString(machine, target, { ...text, length: machine.unknownAmount({ low: 0, high: Infinity }), known: null });
}

/** `fgets`, `read`, `recv` and the like: data from outside, of at most so many bytes. */
export function readBytes(machine: CMachine, known: LibraryFunction, call: CCall, flow: Flow): void {
  const rule = known.reads;
  if (rule === null) return;
  const to = call.arguments[rule.to];
  useArgument(machine, to, call);
  for (const index of rule.sizes) noteSize(machine, call.arguments[index], call);
  const target = placeOf(machine, to);
  if (target === null) return;
  const isUnlimited = rule.sizes.length === 0;
  const given = isUnlimited ? null : sizeOfArguments(machine, call, rule.sizes);
  const size = given ?? machine.unknownAmount({ low: 1, high: Infinity });
  const flows = isUnlimited ? [flow] : rule.sizes.flatMap((index) => call.arguments[index]?.flows ?? []);
  use(machine, { target, size, access: 'write', flows }, call);
  const most = machine.state.interval(size).high - (rule.isString ? 1 : 0);
  const high = target.extent === null ? most : Math.min(most, machine.state.interval(target.extent).high);
  machine.state.change(target.object, { rest: 'unknown', cells: new Map(), flows: [flow] });
  setString(machine, target, {
    length: machine.unknownAmount({ low: 0, high: Math.max(0, high) }),
    known: null,
    flows: [flow],
  });
}
