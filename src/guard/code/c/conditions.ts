/** Conditions: which way they may go, and what holds on each way. */
import type { Range } from '../ir.js';
import type { CExpression } from './ast.js';
import { dropUnborn } from './heap.js';
import type { CMachine } from './machine.js';
import type { State } from './memory.js';
import { addAmounts, type Amount, constant, isConstant, scaleAmount, type Value } from './values.js';

const NEGATED: Readonly<Record<string, string>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
};
const MIRRORED: Readonly<Record<string, string>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '>': '<',
  '<=': '>=',
  '>=': '<=',
};

export const isComparison = (operator: string): boolean => operator in NEGATED;

/** Whether the condition holds on this path; where it may go either way, the path splits. */
export function truthOf(machine: CMachine, expression: CExpression): boolean {
  switch (expression.kind) {
    case 'logical': {
      const first = machine.truth(expression.left);
      if (expression.operator === '&&') return first && machine.truth(expression.right);
      return first || machine.truth(expression.right);
    }
    case 'unary':
      if (expression.operator === '!') return !machine.truth(expression.operand);
      break;
    case 'binary':
      if (isComparison(expression.operator)) {
        const [left, right] = [machine.evaluate(expression.left), machine.evaluate(expression.right)];
        return compare(machine, { operator: expression.operator, left, right }, expression);
      }
      break;
    default:
      break;
  }
  const value = machine.evaluate(expression);
  return compare(machine, { operator: '!=', left: value, right: zero(value) }, expression);
}

const zero = (value: Value): Value => ({
  ...value,
  amount: constant(0),
  targets: null,
  identity: 0,
  flows: [],
  from: '',
  callable: null,
});

interface Comparison {
  readonly operator: string;
  readonly left: Value;
  readonly right: Value;
}

const isNull = (machine: CMachine, value: Value): boolean => {
  const targets = machine.state.targetsOf(value);
  if (targets !== null) return targets.every(({ object, isAssumed }) => object === 0 && !isAssumed);
  return value.amount !== null && isConstant(value.amount) && value.amount.offset === 0;
};

export function compare(machine: CMachine, comparison: Comparison, range: Range): boolean {
  noteWrongCheck(machine, comparison, range);
  const { operator, left, right } = comparison;
  if (left.targets === null && right.targets !== null) {
    const swapped = { operator: MIRRORED[operator] ?? operator, left: right, right: left };
    return comparePointer(machine, swapped);
  }
  return left.targets !== null ? comparePointer(machine, comparison) : compareNumbers(machine, comparison);
}

/** A comparison that can never see the failure of a library function, such as `malloc(…) < 0`. */
function noteWrongCheck(machine: CMachine, { operator, left, right }: Comparison, range: Range): void {
  for (const [value, other, sign] of [
    [left, right, operator],
    [right, left, MIRRORED[operator] ?? operator],
  ] as const) {
    const wrong = machine.knowledge.model.functions.get(value.from)?.wrong ?? [];
    if (wrong.length === 0) continue;
    const isEquality = sign === '==' || sign === '!=';
    const number = other.amount !== null && isConstant(other.amount) ? other.amount.offset : null;
    const written = other.targets !== null && isNull(machine, other) ? 'NULL' : String(number);
    const isWrong = wrong.some((entry) =>
      isEquality ? entry === `== ${written}` : entry === sign[0] && number !== null,
    );
    if (isWrong) machine.report('wrong-check', range);
  }
}

function comparePointer(machine: CMachine, { operator, left, right }: Comparison): boolean {
  const targets = machine.state.targetsOf(left) ?? [];
  if (operator !== '==' && operator !== '!=') {
    // Order and distance of pointers are not followed.
    return either(machine, [true, false]);
  }
  const wanted = operator === '==';
  if (isNull(machine, right)) {
    const none = targets.filter(({ object }) => object === 0).map((target) => ({ ...target, isAssumed: false }));
    const some = targets.filter(({ object }) => object !== 0);
    const ways: { readonly state: State; readonly value: boolean }[] = [];
    for (const [kept, value] of [
      [some, !wanted],
      [none, wanted],
    ] as const) {
      if (kept.length === 0) continue;
      const state = machine.state.fork();
      state.pick(left, kept);
      if (value === wanted) dropUnborn(machine, { state, left, dropped: some });
      applyFacts(machine, { state, id: left.identity, isZero: value === wanted });
      ways.push({ state, value });
    }
    return machine.chooseState(() => ways);
  }
  const others = machine.state.targetsOf(right);
  const [own, other] = [targets[0], others?.[0]];
  if (targets.length === 1 && others?.length === 1 && own !== undefined && other !== undefined) {
    if (own.object !== other.object) {
      const isKnown = [own, other].every(({ object }) => machine.state.object(object)?.kind !== 'outside');
      if (isKnown) return !wanted;
    } else {
      const gap = addAmounts(own.offset, scaleAmount(other.offset, -1));
      if (gap !== null && isConstant(gap)) return (gap.offset === 0) === wanted;
    }
  }
  return either(machine, [true, false]);
}

/** Both ways, with nothing known of either. */
export function either(machine: CMachine, ways: readonly boolean[]): boolean {
  const way = machine.choose(() => ways);
  machine.state.decisions += 1;
  return way;
}

function compareNumbers(machine: CMachine, comparison: Comparison): boolean {
  const { operator, left, right } = comparison;
  if (left.amount === null || right.amount === null) return either(machine, [true, false]);
  if (isConstant(left.amount) && isConstant(right.amount))
    return holds(operator, left.amount.offset, right.amount.offset);
  const [first, second] = [left.amount, right.amount];
  return machine.chooseState(() =>
    [true, false].flatMap((value) => {
      const state = machine.state.fork();
      const sign = value ? operator : (NEGATED[operator] ?? operator);
      const isWhole = left.type?.kind !== 'float' && right.type?.kind !== 'float';
      if (!refine(state, { sign, left: first, right: second, isWhole })) return [];
      for (const side of [left, right]) noteChecked(machine, state, side);
      return [{ state, value }];
    }),
  );
}

function holds(operator: string, left: number, right: number): boolean {
  switch (operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    default:
      return left >= right;
  }
}

interface Refinement {
  readonly sign: string;
  readonly left: Amount;
  readonly right: Amount;
  /** Whole numbers: less than 10 is at most 9. */
  readonly isWhole: boolean;
}

/** Narrows what the two may be so that the comparison holds; false where it cannot. */
function refine(state: State, { sign, left, right, isWhole }: Refinement): boolean {
  const gap = addAmounts(left, scaleAmount(right, -1));
  if (gap !== null && isConstant(gap)) return holds(sign, gap.offset, 0);
  const step = isWhole ? 1 : 0;
  switch (sign) {
    case '<':
    case '<=': {
      const margin = sign === '<' ? step : 0;
      noteBound(state, left, addAmounts(right, constant(-margin)));
      const isLeft = state.narrow(left, { low: -Infinity, high: state.interval(right).high - margin });
      return isLeft && state.narrow(right, { low: state.interval(left).low + margin, high: Infinity });
    }
    case '>':
    case '>=':
      return refine(state, { sign: sign === '>' ? '<' : '<=', left: right, right: left, isWhole });
    case '==': {
      const range = state.interval(right);
      return state.narrow(left, range) && state.narrow(right, state.interval(left));
    }
    default: {
      const [first, second] = [state.interval(left), state.interval(right)];
      return without(state, left, second) && without(state, right, first);
    }
  }
}

/** Takes one number away from what an amount may be. */
function without(state: State, amount: Amount, { low, high }: { low: number; high: number }): boolean {
  if (low !== high || amount.symbol === 0) return true;
  const own = state.interval(amount);
  if (low === 0 && amount.offset === 0) state.setSymbol(amount.symbol, { isNonzero: true });
  if (own.low === low) return state.narrow(amount, { low: low + 1, high: Infinity });
  return own.high === low ? state.narrow(amount, { low: -Infinity, high: low - 1 }) : true;
}

/** Remembers that one amount never exceeds another. */
function noteBound(state: State, amount: Amount, bound: Amount | null): void {
  if (bound === null || amount.symbol === 0 || amount.scale !== 1) return;
  if (isConstant(bound) || bound.symbol === amount.symbol) return;
  state.setSymbol(amount.symbol, { below: addAmounts(bound, constant(-amount.offset)) });
}

/** A character that is known to be harmless, and what was promised of a number that is zero or not. */
function noteChecked(machine: CMachine, state: State, value: Value): void {
  const { amount, flows } = value;
  if (amount === null || amount.symbol === 0) return;
  const { low, high } = state.interval(amount);
  const parts = flows.filter(({ isPart }) => isPart);
  if (parts.length > 0 && value.type?.kind === 'integer' && value.type.size === 1) {
    const mask = machine.knowledge.harmlessMask(low, high);
    if (mask !== 0) state.check(parts, mask);
  }
  if (low === 0 && high === 0) applyFacts(machine, { state, id: amount.symbol, isZero: true });
  else if (!state.mayBeZero(amount)) applyFacts(machine, { state, id: amount.symbol, isZero: false });
}

function applyFacts(
  machine: CMachine,
  { state, id, isZero }: { readonly state: State; readonly id: number; readonly isZero: boolean },
): void {
  const fact = machine.facts.get(id);
  if (fact?.isZero === isZero) state.check(fact.flows, fact.mask);
}
