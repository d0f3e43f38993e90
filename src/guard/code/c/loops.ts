/** Loops: followed step by step while all is known, then once more for all further turns together. */
import { type CExpression, type CStatement, expressionsOf, walkExpression } from './ast.js';
import { checkLeaks } from './heap.js';
import { addExits, limitPaths, newFlowing } from './paths.js';
import type { CMachine, Flowing } from './machine.js';
import { keyOf, type MemoryObject, mergeTargets, type State } from './memory.js';
import { type Amount, isConstant, mergeFlows, PLAIN, rangeOfType, type Target, type Value } from './values.js';

type Loop = Extract<CStatement, { kind: 'loop' }>;

/** Turns that are followed step by step: where the condition is known, and where it is not. What stands for all further ones sees the last index. */
const MAX_KNOWN_TURNS = 64;
const MAX_OPEN_TURNS = 2;
/** Share of the budget that one loop may use. */
const MAX_SHARE = 0.25;

interface Turn {
  /** Paths that leave by the condition. */
  readonly left: State[];
  /** Paths that go on to the next turn. */
  readonly again: State[];
  readonly flowing: Flowing;
  /** Whether the condition was known on every path. */
  readonly isKnown: boolean;
}

/** One turn: the condition, the body, the update. */
function turn(machine: CMachine, loop: Loop, states: readonly State[], isFirst: boolean): Turn {
  const { condition, body, update, isPost } = loop;
  const left: State[] = [];
  const entered: State[] = [];
  let isKnown = true;
  for (const state of states) {
    if (condition === null || (isPost && isFirst)) {
      entered.push(state);
      continue;
    }
    const ways = machine.run(state, () => machine.truth(condition));
    if (ways.length > 1) isKnown = false;
    for (const { state: next, value } of ways) (value ? entered : left).push(next);
  }
  const flowing =
    entered.length > 0 ? machine.parts.execute(machine, body, limitPaths(machine, entered)) : newFlowing();
  const ends = limitPaths(machine, [...flowing.next, ...flowing.continues]);
  const again =
    update === null
      ? ends
      : ends.flatMap((state) => machine.run(state, () => machine.evaluate(update)).map((way) => way.state));
  return { left, again, flowing, isKnown };
}

export function executeLoop(machine: CMachine, loop: Loop, start: State): Flowing {
  const result = newFlowing();
  const { escapes } = machine;
  const most = machine.left * (1 - MAX_SHARE);
  const leave = ({ left, flowing }: Turn): void => {
    result.next.push(...left, ...flowing.breaks);
    addExits(result, { ...flowing, breaks: [], continues: [] });
  };
  let states: State[] = [start];
  let before: State[] = states;
  let open = 0;
  for (let count = 0; count < MAX_KNOWN_TURNS && states.length > 0; count += 1) {
    const one = turn(machine, loop, states, count === 0);
    leave(one);
    before = states;
    states = one.again;
    const isEasy = one.isKnown && states.length <= 1 && machine.left > most;
    open = isEasy && loop.condition !== null ? open : open + 1;
    if (open >= MAX_OPEN_TURNS) break;
  }
  if (states.length > 0) {
    // Leaving right here, and then all further turns as one.
    const { condition } = loop;
    const entry = before[0];
    const kept: State[] = [];
    for (const state of states.slice(0, 4)) {
      if (condition !== null)
        for (const way of machine.run(state, () => machine.truth(condition)))
          if (!way.value) result.next.push(way.state);
      kept.push(widened(machine, entry ?? start, state));
    }
    const rest = turn(machine, loop, kept, false);
    leave({ ...rest, left: [] });
    if (condition !== null)
      for (const state of rest.again)
        for (const way of machine.run(state, () => machine.truth(condition)))
          if (!way.value) result.next.push(way.state);
    // What every turn leaves behind is lost, though the function may never end.
    if (condition !== null && result.next.length + result.returns.length === 0)
      for (const state of rest.again) checkLeaks(machine, state, PLAIN, machine.frame.id);
    noteEndless(machine, { loop, result, escapes });
  }
  noteSpawning(machine, loop);
  shareChecks(start, result.next);
  result.next = limitPaths(machine, result.next);
  return result;
}

/** Where nothing can end a loop, and nothing in it waits for the world, it runs for ever. */
function noteEndless(
  machine: CMachine,
  { loop, result, escapes }: { readonly loop: Loop; readonly result: Flowing; readonly escapes: number },
): void {
  const isLeft = result.next.length + result.returns.length + result.gotos.length > 0;
  if (isLeft || machine.escapes !== escapes || machine.isTired) return;
  if (loop.condition === null || !readsGlobal(machine, loop.condition)) machine.report('endless-loop', loop);
}

/** A server that starts a process or thread for whoever connects, and counts none of them. */
function noteSpawning(machine: CMachine, loop: Loop): void {
  const { functions } = machine.knowledge.model;
  let [serves, spawns, isLimited] = [false, false, false];
  for (const part of expressionsOf(loop))
    walkExpression(part, (inner) => {
      if (inner.kind === 'call' && inner.callee.kind === 'name') {
        if (/^accept4?$/.test(inner.callee.name)) serves = true;
        if (functions.get(inner.callee.name)?.spawns === true) spawns = true;
      }
      const isZero = (side: CExpression): boolean => side.kind === 'number' && side.value === 0;
      if (inner.kind === 'binary' && /^[<>]=?$/.test(inner.operator) && !isZero(inner.left) && !isZero(inner.right))
        isLimited = true;
    });
  if (serves && spawns && !isLimited) machine.report('unlimited-processes', loop);
}

/** Another thread, or a signal, may change it. */
function readsGlobal(machine: CMachine, condition: CExpression): boolean {
  let found = false;
  walkExpression(condition, (inner) => {
    if (inner.kind === 'name' && machine.globals.has(inner.name)) found = true;
  });
  return found;
}

/** A loop over characters that runs not once has had nothing to check. */
function shareChecks(start: State, ends: readonly State[]): void {
  for (const end of ends)
    for (const [origin, mask] of end.checked()) {
      const fresh = mask & ~start.checkedMask(origin);
      if (fresh === 0) continue;
      for (const other of ends)
        if (other.decisions <= end.decisions && other.checkedMask(origin) === 0 && isShorter(other, end))
          other.setChecked(origin, fresh);
    }
}

const isShorter = (other: State, end: State): boolean => other.decisions < end.decisions;

/** A state that stands for every further turn: what the last turn changed may be anything that more turns make of it. */
function widened(machine: CMachine, before: State, after: State): State {
  const state = after.fork();
  for (const object of after.allObjects()) {
    const old = before.object(object.id);
    if (old === null || old === object) continue;
    const cells = new Map<string, Value>();
    let isFilled = false;
    for (const [key, value] of object.cells) {
      const earlier = old.cells.get(key);
      if (earlier === value) cells.set(key, value);
      else if (earlier !== undefined) cells.set(key, further(machine, state, { before: earlier, after: value }));
      else {
        isFilled = true;
        // How many more there will be is not known, nor who knows of them.
        state.escape(value);
      }
    }
    const texts = new Map(
      [...object.texts].map(([offset, text]) => {
        if (old.texts.get(offset) === text) return [offset, text] as const;
        const symbol = machine.nextId();
        state.setSymbol(symbol, { low: 0, high: Infinity });
        return [offset, { ...text, known: null, length: { symbol, scale: 1, offset: 0 } }] as const;
      }),
    );
    state.change(object.id, { cells, texts, ...rested(object, isFilled) });
  }
  return state;
}

const rested = (object: MemoryObject, isFilled: boolean): Partial<MemoryObject> =>
  isFilled || object.rest === 'uninitialised' ? { rest: isFilled ? 'unknown' : object.rest } : {};

/** What a value becomes in more turns: a counter goes on the way it went. */
function further(
  machine: CMachine,
  state: State,
  { before, after }: { readonly before: Value; readonly after: Value },
): Value {
  const flows = mergeFlows(before.flows, after.flows);
  if (after.targets !== null) {
    const targets = [...after.targets.map((target, index) => moved(machine, state, target, before.targets?.[index]))];
    for (const target of before.targets ?? [])
      if (!targets.some(({ object }) => object === target.object)) targets.push(target);
    return { ...after, targets: mergeTargets(targets), identity: machine.nextId(), flows };
  }
  if (after.amount === null || before.amount === null) return { ...after, flows };
  const amount = counter(machine, state, { from: before.amount, to: after.amount, value: after });
  return { ...after, amount, flows, isUninitialised: false };
}

function moved(machine: CMachine, state: State, target: Target, before: Target | undefined): Target {
  if (before === undefined || before.object !== target.object || keyOf(before.offset) === keyOf(target.offset))
    return target;
  return { ...target, offset: counter(machine, state, { from: before.offset, to: target.offset, value: null }) };
}

function counter(
  machine: CMachine,
  state: State,
  { from, to, value }: { readonly from: Amount; readonly to: Amount; readonly value: Value | null },
): Amount {
  const symbol = machine.nextId();
  const bounds = rangeOfType(value?.type ?? null);
  const known = state.interval(to);
  const isStep = from.symbol === to.symbol && from.scale === to.scale;
  const step = isStep ? to.offset - from.offset : 0;
  // A value that is computed anew in every turn keeps its range; a counter leaves it on one side.
  if (isStep && step > 0) state.setSymbol(symbol, { low: known.low, high: bounds.high });
  else if (isStep && step < 0) state.setSymbol(symbol, { low: bounds.low, high: known.high });
  else if (!isConstant(to) && !isConstant(from) && isBoundedAnew(known)) state.setSymbol(symbol, known);
  else state.setSymbol(symbol, bounds);
  return { symbol, scale: 1, offset: 0 };
}

const isBoundedAnew = ({ low, high }: { readonly low: number; readonly high: number }): boolean =>
  Number.isFinite(low) && Number.isFinite(high);
