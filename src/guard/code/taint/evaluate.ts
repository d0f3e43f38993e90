/** Evaluates expressions of the IR to abstract values. */
import type { Expression } from '../ir.js';
import { evaluateArithmetic } from './arithmetic.js';
import { evaluateCall } from './calls.js';
import { elementOf, memberOf, readItem } from './collections.js';
import { applyFacts, comparisonFacts, factsOf } from './conditions.js';
import { hole, numberIn } from './formats.js';
import { defineFunction } from './functions.js';
import { aimedAt, type Frame, type Machine } from './machine.js';
import { State } from './state.js';
import { checkAssignment, checkComparison } from './triggers.js';
import {
  CLEAN,
  constantValue,
  joinValues,
  mapFlows,
  mergeFlows,
  type Part,
  textOf,
  truthOf,
  UNKNOWN,
  type Value,
} from './value.js';

export function evaluateExpression(machine: Machine, expression: Expression, frame: Frame): Value {
  const evaluate = (inner: Expression): Value => machine.evaluate(inner, frame);
  switch (expression.kind) {
    case 'constant':
      return constantValue(expression.value);
    case 'name':
      return evaluateName(machine, expression.name, frame);
    case 'member':
      return memberOf(machine, evaluate(expression.object), expression.name);
    case 'index':
      return readItem(machine, evaluate(expression.object), evaluate(expression.index));
    case 'slice': {
      expression.bounds.forEach(evaluate);
      return sliced(machine, evaluate(expression.object));
    }
    case 'call':
      return evaluateCall(machine, expression, frame);
    case 'text':
      return evaluateText(machine, expression.parts, frame);
    case 'binary':
      return evaluateBinary(machine, expression, frame);
    case 'logical':
      return evaluateLogical(machine, expression, frame);
    case 'not': {
      const operand = evaluate(expression.operand);
      const truth = truthOf(operand);
      const { whenTrue, whenFalse } = factsOf(operand, machine);
      return {
        ...CLEAN,
        ...(truth === null ? {} : { constant: !truth }),
        facts: { whenTrue: whenFalse, whenFalse: whenTrue },
      };
    }
    case 'compare': {
      const left = evaluate(expression.left);
      const right = evaluate(expression.right);
      checkComparison(machine, expression, [left, right]);
      return comparisonFacts(machine, expression.operator, left, right);
    }
    case 'conditional':
      return evaluateConditional(machine, expression, frame);
    case 'bind': {
      const value = evaluate(expression.value);
      machine.setVariable(expression.name, value, frame);
      return value;
    }
    default:
      return evaluateContainer(machine, expression, frame);
  }
}

type Of<Kind extends Expression['kind']> = Extract<Expression, { kind: Kind }>;

function evaluateContainer(
  machine: Machine,
  expression: Of<'collection' | 'record' | 'lambda' | 'comprehension' | 'opaque'>,
  frame: Frame,
): Value {
  switch (expression.kind) {
    case 'collection': {
      const items = new Map<string, Value>();
      const rest: Value[] = [];
      for (const item of expression.items) {
        const value = machine.evaluate(item.value, frame);
        if (item.spread) rest.push(elementOf(machine, value));
        else items.set(String(items.size), value);
      }
      const clean = [...items.values(), ...rest].every((value) => value.clean);
      return machine.object(items, rest.length > 0 ? joinValues(rest) : null, { type: expression.type, clean });
    }
    case 'record':
      return evaluateRecord(machine, expression, frame);
    case 'lambda':
      return { ...UNKNOWN, callable: defineFunction(machine, expression.function, frame, null) };
    case 'comprehension':
      return evaluateComprehension(machine, expression, frame);
    case 'opaque':
      return {
        ...UNKNOWN,
        flows: mergeFlows(...expression.children.map((child) => machine.evaluate(child, frame).flows)),
      };
  }
}

function evaluateName(machine: Machine, name: string, frame: Frame): Value {
  const { knowledge } = machine;
  const named = machine.sourceFlows(knowledge.sourcesNamed(name), name);
  const bound = machine.lookup(name, frame.scope);
  if (bound !== undefined)
    return named.length === 0 || bound.clean ? bound : { ...bound, flows: mergeFlows(bound.flows, named) };
  const path = knowledge.model.aliases.get(name) ?? name;
  const sources = knowledge.sourceReads.match(path, path);
  const flows = mergeFlows(named, machine.sourceFlows(sources, path));
  return { path, flows, clean: flows.length === 0 && knowledge.model.constants.test(name) };
}

function evaluateText(machine: Machine, parts: Of<'text'>['parts'], frame: Frame): Value {
  return textOf(
    parts.map(({ value, numeric }): Part => {
      const part = machine.evaluate(value, frame);
      return (numeric ? numberIn : hole)(machine, part);
    }),
  );
}

function sliced(machine: Machine, object: Value): Value {
  const { items, rest } = machine.contents(object);
  if (items.size > 0 || rest !== null)
    return machine.object(new Map(), elementOf(machine, object), { flows: object.flows, type: object.type });
  return {
    ...mapFlows(object, (flow) => ({ ...flow, part: 'part' })),
    constant: undefined,
    facts: undefined,
    path: undefined,
  };
}

function evaluateBinary(machine: Machine, expression: Of<'binary'>, frame: Frame): Value {
  // The left spine of a long chain is walked in a loop, for the same reason as when it was lowered.
  const spine: Of<'binary'>[] = [];
  let leftmost: Expression = expression;
  while (leftmost.kind === 'binary') {
    spine.push(leftmost);
    leftmost = leftmost.left;
  }
  let value = machine.evaluate(leftmost, frame);
  for (const { operator, right } of spine.reverse())
    value = evaluateArithmetic(machine, operator, value, machine.evaluate(right, frame));
  return value;
}

function evaluateLogical(machine: Machine, expression: Of<'logical'>, frame: Frame): Value {
  const left = machine.evaluate(expression.left, frame);
  const isAnd = expression.operator === 'and';
  const leftFacts = factsOf(left, machine);
  const truth = truthOf(left);
  if (truth !== null && truth !== isAnd && left.facts === undefined) return left;
  let right = UNKNOWN;
  const overlay = machine.branch(() => {
    applyFacts(machine, isAnd ? leftFacts.whenTrue : leftFacts.whenFalse);
    right = machine.evaluate(expression.right, frame);
  });
  const untouched = machine.branch(() => undefined);
  machine.state.join([untouched, overlay]);
  const rightFacts = factsOf(right, machine);
  const both = (a: typeof leftFacts.whenTrue, b: typeof leftFacts.whenTrue) =>
    a.flatMap((fact) => {
      const other = b.find(({ origin }) => origin === fact.origin);
      return other === undefined ? [] : [{ origin: fact.origin, mask: fact.mask & other.mask }];
    });
  const facts = isAnd
    ? {
        whenTrue: [...leftFacts.whenTrue, ...rightFacts.whenTrue],
        whenFalse: both(leftFacts.whenFalse, rightFacts.whenFalse),
      }
    : {
        whenTrue: both(leftFacts.whenTrue, rightFacts.whenTrue),
        whenFalse: [...leftFacts.whenFalse, ...rightFacts.whenFalse],
      };
  // `x or default` gives either; `a and b` gives b where it matters.
  const joined = truth === isAnd ? right : isAnd ? right : joinValues([left, right]);
  return { ...joined, facts };
}

function evaluateConditional(machine: Machine, expression: Of<'conditional'>, frame: Frame): Value {
  const condition = machine.evaluate(expression.condition, frame);
  const truth = truthOf(condition);
  const { whenTrue, whenFalse } = factsOf(condition, machine);
  const values: Value[] = [];
  const run = (facts: typeof whenTrue, branch: Expression): void => {
    machine.branch(() => {
      applyFacts(machine, facts);
      const value = machine.evaluate(branch, frame);
      // A check holds in this branch alone, so it is written into the value that leaves it.
      values.push(machine.state.withChecks(value));
    });
  };
  if (truth !== false) run(whenTrue, expression.then);
  if (truth !== true) run(whenFalse, expression.otherwise);
  return joinValues(values);
}

function evaluateRecord(machine: Machine, { entries }: Of<'record'>, frame: Frame): Value {
  const items = new Map<string, Value>();
  const rest: Value[] = [];
  let clean = true;
  for (const { key, value } of entries) {
    const keyValue = key === null ? null : machine.evaluate(key, frame);
    const name = keyValue?.constant;
    const item = machine.evaluate(value, aimedAt(frame, typeof name === 'string' ? name : ''));
    clean &&= item.clean;
    if (name !== undefined) {
      items.set(String(name), item);
      if (typeof name === 'string') checkAssignment(machine, { name, value: item, range: value, frame });
    } else rest.push(key === null ? elementOf(machine, item) : item);
    if (key === null) for (const [inner, known] of machine.contents(item).items) items.set(inner, known);
  }
  return machine.object(items, rest.length > 0 ? joinValues(rest) : null, { type: 'dict', clean });
}

function evaluateComprehension(machine: Machine, expression: Of<'comprehension'>, frame: Frame): Value {
  const { element, key } = machine.on(new State(machine.state), () => {
    for (const clause of expression.clauses) {
      const iterable = machine.evaluate(clause.iterable, frame);
      bindTarget(machine, clause.target, elementOf(machine, iterable), frame);
      for (const condition of clause.conditions)
        applyFacts(machine, factsOf(machine.evaluate(condition, frame), machine).whenTrue);
    }
    return {
      key: expression.key === null ? null : machine.evaluate(expression.key, frame),
      element: machine.state.withChecks(machine.evaluate(expression.body, frame)),
    };
  });
  const rest = key === null ? element : joinValues([element, key]);
  return machine.object(new Map(), rest, { clean: element.clean, facts: element.facts });
}

/** Assigns to the names of a pattern such as `a, (b, *c)`. */
function bindTarget(machine: Machine, target: Expression, value: Value, frame: Frame): void {
  if (target.kind === 'name') {
    machine.setVariable(target.name, value, frame);
    return;
  }
  if (target.kind !== 'collection') return;
  const { items } = machine.contents(value);
  for (const [index, item] of target.items.entries()) {
    const known = items.get(String(index));
    bindTarget(machine, item.value, known !== undefined && !item.spread ? known : elementOf(machine, value), frame);
  }
}
