/** Calls: of the file's own functions, of library functions that the model knows, of anything else. */
import { levelOf, store, unknownOf } from './access.js';
import { converted } from './arithmetic.js';
import type { Range } from '../ir.js';
import { type CExpression, type CFunction, walkExpression } from './ast.js';
import { checkLeaks, checkReturned, overwrite } from './heap.js';
import { sizeOf } from './layout.js';
import { applyLibrary, noteFreed } from './library.js';
import type { CMachine, Frame, Place } from './machine.js';
import { keyOf, type MemoryObject, type State } from './memory.js';
import { type CCall, checkCall, dataOf } from './triggers.js';
import { constantOf, type Flow, flowsOf, mergeFlows, PLAIN, type Value, ZERO } from './values.js';

type CallExpression = Extract<CExpression, { kind: 'call' }>;

/** Calls within calls, and of a function within itself. */
const MAX_DEPTH = 90;
const MAX_UNCLEAR_DEPTH = 6;
/** Ways out of a function that its caller goes on with. */
const MAX_RETURNS = 8;
/** Functions that, as their name says, tell whether data is acceptable, or make it so. */
const VALIDATOR = /^(is_?)?(valid|verif|sanit|escape|check_?(path|input|name|valid)|allowed|whitelist|safe)/i;

export function evaluateCall(machine: CMachine, expression: CallExpression): Value {
  const { callee } = expression;
  const receiver = callee.kind === 'member' ? machine.evaluate(callee.object) : null;
  const named = callee.kind === 'name' ? callee.name : callee.kind === 'member' ? callee.name : '';
  const isVariable = callee.kind === 'name' && machine.locate(callee) !== null;
  const pointed = callee.kind === 'member' || (callee.kind === 'name' && !isVariable) ? null : machine.evaluate(callee);
  const name = pointed === null ? named : (pointed.callable ?? '');
  const own = machine.program.functions.get(name);
  const [first] = expression.arguments;
  if (name === 'assert' && own === undefined && first !== undefined) return assertion(machine, first, expression);
  noteOrder(machine, own, expression);
  const known = receiver === null ? machine.knowledge.model.functions.get(name) : undefined;
  if (own === undefined && known === undefined) fillNames(machine, expression.arguments);
  const args = expression.arguments.map((argument) => machine.evaluate(argument));
  const call: CCall = { name, arguments: args, start: expression.start, end: expression.end };
  if (own !== undefined && (callee.kind !== 'member' || own.parameters[0]?.name === 'this')) {
    const self = own.parameters[0]?.name === 'this' ? [receiver ?? unknownOf(machine, own.parameters[0].type)] : [];
    return callOwn(machine, own, { call: { ...call, arguments: [...self, ...args] }, expression });
  }
  checkCall(machine, call);
  if (known !== undefined) return applyLibrary(machine, known, call);
  return callUnknown(machine, call, receiver);
}

/** A condition that must hold: where it cannot, or data from outside decides, the program may end here. */
function assertion(machine: CMachine, condition: CExpression, range: Range): Value {
  const ways = machine.run(machine.state, () => machine.truth(condition));
  const holds = ways.filter(({ value }) => value);
  if (holds.length === 0 && ways.length > 0) machine.report('assertion', range);
  else if (holds.length < ways.length) {
    const flows: Flow[] = [];
    walkExpression(condition, (inner) => {
      if (inner.kind === 'name') flows.push(...machine.evaluate(inner).flows);
    });
    machine.report('assertion', range, levelOf(machine, flows));
  }
  return machine.chooseState(() => holds.map(({ state }) => ({ state, value: PLAIN })));
}

/** What is not known may be a macro, which can set the variables that it names. */
function fillNames(machine: CMachine, args: readonly CExpression[]): void {
  for (const argument of args) {
    const place = argument.kind === 'name' ? machine.locate(argument) : null;
    const object = place === null ? null : machine.state.object(place.target.object);
    if (object?.kind === 'local' && object.rest === 'uninitialised')
      machine.state.change(object.id, { rest: 'unknown', ...(hasGarbage(object) ? { cells: new Map() } : {}) });
  }
}

const hasGarbage = ({ cells }: MemoryObject): boolean => [...cells.values()].some((cell) => cell.isUninitialised);

/** Code that the file does not show: it may keep, read and change what it is given. */
function callUnknown(machine: CMachine, call: CCall, receiver: Value | null): Value {
  machine.escapes += 1;
  const all = [...(receiver === null ? [] : [receiver]), ...call.arguments];
  const masks = machine.knowledge.sanitisers.match(call.name, call.name);
  const mask = masks.reduce((whole, next) => whole | next, VALIDATOR.test(call.name) ? -1 : 0);
  const data = mergeFlows(flowsOf(all), ...all.map((value) => dataOf(machine, value)));
  if (mask !== 0) machine.state.check(data, mask);
  for (const value of all) {
    noteFreed(machine, value, call);
    machine.state.escape(value);
    overwrite(machine, value);
  }
  const flows = data.map((flow) => ({ ...flow, cleaned: flow.cleaned | mask }));
  return { ...machine.unknown(null, flows), from: call.name };
}

/** Arguments whose names are those of other parameters, and calls with too few or too many. */
function noteOrder(machine: CMachine, own: CFunction | undefined, expression: CallExpression): void {
  if (own === undefined || own.parameters[0]?.name === 'this') return;
  const { parameters, isVariadic } = own;
  const { arguments: args } = expression;
  const hasNames = parameters.every(({ name }) => name !== '');
  if (args.length < parameters.length || (args.length > parameters.length && !isVariadic && parameters.length > 0)) {
    machine.report('argument-count', expression);
    return;
  }
  if (!hasNames) return;
  const names = args.map((argument) => (argument.kind === 'name' ? argument.name.toLowerCase() : ''));
  const wanted = parameters.map(({ name }) => name.toLowerCase());
  const isSwapped = names.some((name, index) => {
    const other = name === '' || name === wanted[index] ? -1 : wanted.indexOf(name);
    return other >= 0 && names[other] === wanted[index];
  });
  if (isSwapped) machine.report('argument-order', expression);
}

interface Site {
  readonly call: CCall;
  readonly expression: CallExpression | null;
}

const keyOfArguments = (args: readonly Value[]): string =>
  args
    .map((value) => {
      const number = constantOf(value);
      if (number !== null) return String(number);
      if (value.amount !== null) return keyOf(value.amount);
      return (value.targets ?? []).map(({ object, offset }) => `${object}+${keyOf(offset)}`).join('|');
    })
    .join(',');

function activeFrames(machine: CMachine, of: CFunction): Frame[] {
  const found: Frame[] = [];
  for (let frame: Frame | null = machine.frame; frame !== null; frame = frame.outer)
    if (frame.function === of) found.push(frame);
  return found;
}

function callOwn(machine: CMachine, own: CFunction, { call, expression }: Site): Value {
  const active = activeFrames(machine, own);
  const key = keyOfArguments(call.arguments);
  const repeated = active.find((frame) => frame.key === key && frame.decisions === machine.state.decisions);
  const isExact = call.arguments.every((value) => constantOf(value) !== null || value.targets?.length === 1);
  const isTooDeep = machine.frame.depth >= MAX_DEPTH || (active.length > 0 && machine.isTired);
  if (repeated !== undefined) machine.report('recursion', call);
  else if (isTooDeep && isExact && isDiverging(active, call)) machine.report('recursion', call);
  const isCut =
    repeated !== undefined ||
    isTooDeep ||
    (active.length >= 2 && !isExact) ||
    (!isExact && machine.frame.depth >= MAX_UNCLEAR_DEPTH);
  if (isCut || machine.isTired) {
    if (active.length > 0) machine.state.isCut = true;
    for (const value of call.arguments) {
      machine.state.escape(value);
      overwrite(machine, value);
    }
    return unknownOf(machine, own.result, flowsOf(call.arguments));
  }
  return machine.chooseState(() => outcomesOf(machine, own, { call, expression, key }));
}

/** Calls that lead ever further away from zero, and so from any end. */
function isDiverging(active: readonly Frame[], call: CCall): boolean {
  const first = active.at(-1)?.numbers ?? [];
  return call.arguments.some((value, index) => {
    const now = constantOf(value);
    const then = first[index] ?? null;
    return now !== null && then !== null && now < 0 && Math.abs(now) > Math.abs(then);
  });
}

/** The ways through a function's body, each with what it returns. */
function outcomesOf(
  machine: CMachine,
  own: CFunction,
  { call, expression, key }: Site & { readonly key: string },
): readonly { readonly state: State; readonly value: Value }[] {
  const outer = machine.frame;
  const { decisions } = machine.state;
  const numbers = call.arguments.map(constantOf);
  const frame = machine.newFrame(own, outer, { key, decisions, numbers });
  const caller = machine.state;
  machine.executed.add(own);
  machine.state = caller.fork();
  try {
    // References are of the caller's variables.
    const places = own.parameters.map(({ isReference }, index) => {
      const argument = expression?.arguments[index - (own.parameters[0]?.name === 'this' ? 1 : 0)];
      return isReference && argument !== undefined ? machine.locate(argument) : null;
    });
    machine.frame = frame;
    bindParameters(machine, own, { call, places });
    const { next, returns } = machine.parts.execute(machine, own.body, [machine.state]);
    const ends = [...returns, ...next.map((state) => ({ state, value: PLAIN }))].slice(0, MAX_RETURNS);
    return ends.map(({ state, value }) => leave(machine, { state, value, own, frame }));
  } finally {
    machine.frame = outer;
    machine.state = caller;
  }
}

function bindParameters(
  machine: CMachine,
  own: CFunction,
  { call, places }: { readonly call: CCall; readonly places: readonly (Place | null)[] },
): void {
  for (const [index, { name, type }] of own.parameters.entries()) {
    const place = places[index];
    if (place != null) {
      machine.frame.variables.set(name, place);
      continue;
    }
    const value = call.arguments[index] ?? machine.unknown(type);
    bindParameter(machine, { name, value, range: call }, type);
  }
}

export function bindParameter(
  machine: CMachine,
  { name, value, range }: { readonly name: string; readonly value: Value; readonly range: CCall },
  type: CFunction['result'],
): void {
  const size = sizeOf(machine, type);
  const object = machine.addObject({ kind: 'local', size, type, name, site: range, rest: 'unknown' });
  const place: Place = { target: { object, offset: ZERO, base: 0, extent: size, isAssumed: false }, type };
  machine.frame.variables.set(name, place);
  if (type.kind === 'record' || type.kind === 'unknown') {
    const [source] = machine.state.targetsOf(value) ?? [];
    const known = source === undefined ? null : machine.state.object(source.object);
    const flows = mergeFlows(value.flows, known?.flows ?? []);
    const isWhole = known !== null && known.type?.kind === 'record';
    machine.state.change(
      object,
      isWhole ? { ...known, id: object, kind: 'local', name, frame: machine.frame.id, site: range } : { flows },
    );
    return;
  }
  const given = converted(machine, value, type, range);
  store(machine, place, given.targets === null ? given : { ...given, type });
}

/** The end of a function: its variables are gone, and what only they knew is lost. */
export function leave(
  machine: CMachine,
  {
    state,
    value,
    own,
    frame,
  }: { readonly state: State; readonly value: Value; readonly own: CFunction; readonly frame: Frame },
): { readonly state: State; readonly value: Value } {
  checkReturned(machine, state, value, own);
  checkLeaks(machine, state, value, frame.id);
  const [returned] = state.targetsOf(value) ?? [];
  for (const object of [...state.allObjects()])
    if (object.kind === 'local' && object.frame === frame.id && object.id !== returned?.object) state.remove(object.id);
  return { state, value };
}
