/** What a library function that the model knows does to memory, and what it gives. */
import { unknownOf } from './access.js';
import { applyFormat, applyScan } from './formats.js';
import { allocate, release } from './heap.js';
import { type CMachine, PATH_END } from './machine.js';
import { keyOf } from './memory.js';
import type { LibraryFunction } from './model.js';
import {
  copyString,
  moveBytes,
  placeOf,
  readBytes,
  setString,
  sizeOfArguments,
  stringAt,
  useArgument,
} from './strings.js';
import { type CCall, dataOf, knownText } from './triggers.js';
import { CHAR, INT, LONG, pointerTo, SIZE } from './types.js';
import {
  addAmounts,
  constant,
  constantOf,
  type Flow,
  isConstant,
  mergeFlows,
  NULL_TARGET,
  numberValue,
  type Target,
  type Value,
} from './values.js';

export function applyLibrary(machine: CMachine, known: LibraryFunction, call: CCall): Value {
  if (known.exits) {
    machine.escapes += 1;
    throw PATH_END;
  }
  if (known.waits) machine.escapes += 1;
  if (known.locks) machine.state.locks += 1;
  if (known.unlocks) machine.state.locks = Math.max(0, machine.state.locks - 1);
  if (known.releases === null) for (const value of call.arguments) noteFreed(machine, value, call);
  for (const value of call.arguments) fill(machine, value);
  noteThread(machine, known, call);
  notePaths(machine, known, call);
  copyString(machine, known, call);
  moveBytes(machine, known, call);
  const flow = freshFlow(machine, known);
  readBytes(machine, known, call, flow);
  applyFormat(machine, known, call);
  normalise(machine, known, call);
  sanitise(machine, call);
  if (known.keeps) for (const value of call.arguments) machine.state.escape(value);
  if (known.releases !== null) {
    const pointer = call.arguments[known.releases.argument];
    if (pointer !== undefined) release(machine, pointer, known.releases.family, call);
  }
  if (known.scan !== null) return applyScan(machine, known, call, flow);
  const result = resultOf(machine, known, call, flow);
  return { ...result, from: result.from === '' ? known.name : result.from };
}

/** Memory that was released and is handed on. */
export function noteFreed(machine: CMachine, value: Value, range: CCall): void {
  const places = (machine.state.targetsOf(value) ?? []).filter(({ object }) => object !== 0);
  const isFreed = ({ object }: Target): boolean => machine.state.object(object)?.status === 'freed';
  if (places.length > 0 && places.every(isFreed)) machine.report('use-after-free', range);
}

/** What a function is given the address of, it may fill. */
export function fill(machine: CMachine, value: Value): void {
  for (const { object } of machine.state.targetsOf(value) ?? [])
    if (machine.state.object(object)?.rest === 'uninitialised') machine.state.change(object, { rest: 'unknown' });
}

const freshFlow = (machine: CMachine, known: LibraryFunction): Flow => ({
  level: known.level ?? 'none',
  kind: 'input',
  origin: machine.nextId(),
  cleaned: 0,
  isPart: false,
  isNormalised: false,
});

function resultOf(machine: CMachine, known: LibraryFunction, call: CCall, flow: Flow): Value {
  const { allocates, resizes } = known;
  const [first] = call.arguments;
  if (allocates !== null) return allocation(machine, known, call);
  if (resizes !== null) return resize(machine, known, call);
  if (known.gives !== null) return given(machine, known, call);
  if (known.measures !== null) return measured(machine, call.arguments[known.measures], call);
  if (known.within !== null) return within(machine, known, call);
  if (known.parses !== null) {
    const value = call.arguments[known.parses];
    useArgument(machine, value, call);
    const data = value === undefined ? [] : dataOf(machine, value);
    const text = value === undefined ? null : knownText(machine, value);
    const type = /^ato[fi]$|^_wtoi$/.test(known.name) ? INT : LONG;
    if (text !== null && /^\s*-?\d{1,9}$/.test(text)) return numberValue(constant(Number(text)), type);
    return machine.unknown(
      type,
      data.map((item) => ({ ...item, isPart: true })),
    );
  }
  if (known.compares) return comparison(machine, call);
  if (known.counts !== null) return counted(machine, known, call, flow);
  if (known.isStrict && first !== undefined) {
    const value = machine.unknown(INT, [], { low: 0, high: 2048 });
    const parts = first.flows.filter(({ isPart }) => isPart);
    if (value.amount !== null && parts.length > 0)
      machine.facts.set(value.amount.symbol, { isZero: false, flows: parts, mask: -1 });
    return value;
  }
  if (known.level !== null && known.level !== 'none' && known.reads === null) return fromOutside(machine, known, flow);
  const [low, high] = known.between;
  if (low !== undefined && high !== undefined) return machine.unknown(INT, [], { low, high });
  if (known.fails === 'null') return failing(machine, unknownOf(machine, pointerTo({ kind: 'void' })));
  return machine.unknown(INT);
}

/** A pointer that may be NULL. */
const failing = (machine: CMachine, value: Value): Value => ({
  ...value,
  targets: [...(value.targets ?? []).filter(({ object }) => object !== 0), NULL_TARGET],
  identity: machine.nextId(),
});

function fromOutside(machine: CMachine, known: LibraryFunction, flow: Flow): Value {
  const [low, high] = known.between;
  if (low !== undefined && high !== undefined) return machine.unknown(INT, [{ ...flow, isPart: true }], { low, high });
  const value = unknownOf(machine, pointerTo(CHAR), [flow]);
  const pointer = { ...value, flows: [] };
  return known.fails === 'null' ? failing(machine, pointer) : pointer;
}

function allocation(machine: CMachine, known: LibraryFunction, call: CCall): Value {
  const rule = known.allocates;
  if (rule === null) return machine.unknown(null);
  const source = rule.text === null ? null : placeOf(machine, call.arguments[rule.text]);
  if (rule.text !== null) useArgument(machine, call.arguments[rule.text], call);
  const text = source === null ? null : stringAt(machine, source);
  const named = rule.sizes.length === 0 ? null : sizeOfArguments(machine, call, rule.sizes);
  const size = text === null ? named : addAmounts(text.length, constant(1));
  const value = allocate(
    machine,
    {
      family: rule.family,
      size: size === null ? null : addAmounts(size, constant(rule.extra)),
      from: known.name,
      isZeroed: rule.isZeroed,
      canFail: known.fails === 'null',
      sizes: rule.sizes.flatMap((index) => call.arguments[index] ?? []),
    },
    call,
  );
  const place = placeOf(machine, value);
  if (text !== null && place !== null) setString(machine, place, text);
  if (rule.to === null) return value;
  const to = placeOf(machine, call.arguments[rule.to]);
  if (to !== null) machine.state.change(to.object, { cells: new Map([[keyOf(to.offset), value]]) });
  return machine.unknown(INT, [], { low: -1, high: 0x7fff_ffff });
}

/** Either the old memory is gone and there is new, or the old stays and the result is NULL. */
function resize(machine: CMachine, known: LibraryFunction, call: CCall): Value {
  const rule = known.resizes;
  const old = rule === null ? undefined : call.arguments[rule.argument];
  if (rule === null || old === undefined) return machine.unknown(null);
  const sizes = [call.arguments[rule.size]].filter((value) => value !== undefined);
  const fails = machine.choose(() => [false, true]);
  machine.state.decisions += 1;
  if (fails) return machine.null(pointerTo({ kind: 'void' }));
  const from = placeOf(machine, old);
  const contents = from === null ? null : machine.state.object(from.object);
  release(machine, old, rule.family, call);
  const size = sizes[0]?.amount ?? null;
  const value = allocate(
    machine,
    { family: rule.family, size, from: known.name, isZeroed: false, canFail: false, sizes },
    call,
  );
  const [target] = value.targets ?? [];
  if (contents !== null && target !== undefined)
    machine.state.change(target.object, {
      cells: contents.cells,
      texts: contents.texts,
      flows: contents.flows,
      rest: 'unknown',
    });
  return value;
}

function given(machine: CMachine, known: LibraryFunction, call: CCall): Value {
  const value = known.gives === null ? undefined : call.arguments[known.gives];
  if (value === undefined) return machine.unknown(null);
  if (known.fails !== 'null') return value;
  return failing(machine, { ...value, targets: machine.state.targetsOf(value) });
}

function measured(machine: CMachine, value: Value | undefined, call: CCall): Value {
  useArgument(machine, value, call);
  const place = placeOf(machine, value);
  if (place === null) return machine.unknown(SIZE, value?.flows ?? [], { low: 0, high: 2 ** 31 });
  const { length, flows } = stringAt(machine, place);
  // How long a string is that was not cut is the choice of who sent it.
  return numberValue(
    length,
    SIZE,
    Number.isFinite(machine.state.interval(length).high)
      ? []
      : flows.map((flow) => ({ ...flow, level: 'unknown' as const, isPart: true })),
  );
}

/** A pointer into the string, or NULL where it does not hold what was looked for. */
function within(machine: CMachine, known: LibraryFunction, call: CCall): Value {
  const value = known.within === null ? undefined : call.arguments[known.within];
  useArgument(machine, value, call);
  const place = placeOf(machine, value);
  if (value === undefined || place === null)
    return failing(machine, unknownOf(machine, pointerTo(CHAR), value?.flows ?? []));
  const text = stringAt(machine, place);
  const { high } = machine.state.interval(text.length);
  const shift = machine.unknownAmount({ low: 0, high });
  const offset = addAmounts(place.offset, shift) ?? shift;
  const pointer = machine.pointerTo([{ ...place, offset }, NULL_TARGET], value.type, value.flows);
  const wanted = call.arguments[1];
  const needle =
    wanted === undefined
      ? null
      : (knownText(machine, wanted) ??
        (constantOf(wanted) === null ? null : String.fromCharCode(constantOf(wanted) ?? 0)));
  // A path without `..` or separators stays where it is.
  if (needle !== null && /^(\.\.[/\\]?|[/\\])$/.test(needle))
    machine.facts.set(pointer.identity, { isZero: true, flows: text.flows, mask: machine.knowledge.mask('path') });
  return known.fails === 'null' ? pointer : { ...pointer, targets: [{ ...place, offset }] };
}

/** Equal to what the program holds: then it is known. With a prefix, a path without links and `..` stays below it. */
function comparison(machine: CMachine, call: CCall): Value {
  const [left, right] = call.arguments;
  if (left === undefined || right === undefined) return machine.unknown(INT);
  useArgument(machine, left, call);
  useArgument(machine, right, call);
  const [first, second] = [knownText(machine, left), knownText(machine, right)];
  const isPrefix = call.arguments.length > 2;
  if (first !== null && second !== null && !isPrefix)
    return numberValue(constant(first === second ? 0 : first < second ? -1 : 1), INT);
  const value = machine.unknown(INT, [], { low: -255, high: 255 });
  const flows = mergeFlows(dataOf(machine, left), dataOf(machine, right));
  const mask = isPrefix ? machine.knowledge.mask('path') : -1;
  const checked = isPrefix
    ? flows.filter(({ isNormalised }) => isNormalised)
    : first !== null || second !== null
      ? flows
      : [];
  if (value.amount !== null && checked.length > 0)
    machine.facts.set(value.amount.symbol, { isZero: true, flows: checked, mask });
  return value;
}

/** The number of bytes that were read: a stranger's choice, up to what was asked for, or a failure. */
function counted(machine: CMachine, known: LibraryFunction, call: CCall, flow: Flow): Value {
  const limit = known.counts === null ? null : (call.arguments[known.counts]?.amount ?? null);
  const low = known.fails === 'negative' ? -1 : 0;
  const high = machine.state.interval(limit).high;
  const value = machine.unknown(LONG, [{ ...flow, isPart: true }], { low, high: Math.max(low, high) });
  if (limit !== null && !isConstant(limit) && value.amount !== null && value.amount.symbol !== 0)
    machine.state.setSymbol(value.amount.symbol, { below: limit });
  return value;
}

function normalise(machine: CMachine, known: LibraryFunction, call: CCall): void {
  const rule = known.normalises;
  const from = rule === null ? undefined : call.arguments[rule.from];
  const to = rule === null ? null : placeOf(machine, call.arguments[rule.to]);
  if (rule === null || from === undefined || to === null) return;
  const flows = dataOf(machine, from).map((flow) => ({ ...flow, isNormalised: true }));
  setString(machine, to, { length: machine.unknownAmount({ low: 1, high: 4095 }), known: null, flows });
}

/** A sanitiser cleans what it is given, wherever that goes. */
function sanitise(machine: CMachine, call: CCall): void {
  for (const mask of machine.knowledge.sanitisers.match(call.name, call.name))
    for (const value of call.arguments) machine.state.check(dataOf(machine, value), mask);
}

function noteThread(machine: CMachine, known: LibraryFunction, call: CCall): void {
  const started = known.starts === null ? null : (call.arguments[known.starts]?.callable ?? null);
  if (started !== null) machine.threads.set(started, (machine.threads.get(started) ?? 0) + 1);
}

/** A path that is looked at and then opened may be another by then; a file that threads write without a lock is torn. */
function notePaths(machine: CMachine, known: LibraryFunction, call: CCall): void {
  const index = known.checksPath ?? known.usesPath;
  const value = index === null ? undefined : call.arguments[index];
  const place = placeOf(machine, value);
  if (value === undefined || place === null) return;
  const key = `${place.object}+${keyOf(place.offset)}`;
  if (known.checksPath !== null) machine.state.lookAt(key);
  else if (machine.state.wasLookedAt(key)) machine.report('check-then-use', call);
  const mode = call.arguments[1] === undefined ? null : knownText(machine, call.arguments[1]);
  const isWriting = mode !== null && /[wa+]/.test(mode);
  if (machine.frame.isThread && machine.state.locks === 0 && isWriting && knownText(machine, value) !== null)
    machine.report('race', call);
}
