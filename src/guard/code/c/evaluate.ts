/** Expressions of C and C++ on the abstract machine. */
import type { Range } from '../ir.js';
import { load, movePointer } from './access.js';
import { converted, evaluateArithmetic } from './arithmetic.js';
import type { CExpression, CType } from './ast.js';
import { evaluateCall } from './calls.js';
import { isComparison } from './conditions.js';
import { initialise } from './declarations.js';
import { sizeOf } from './layout.js';
import type { CMachine, Place } from './machine.js';

import { release } from './heap.js';
import { pointedAt, readPlace, write } from './places.js';
import { readStream } from './streams.js';
import { CHAR, INT, pointerTo, SIZE } from './types.js';
import {
  addAmounts,
  constant,
  type Flow,
  flowsOf,
  isConstant,
  mergeFlows,
  numberValue,
  PLAIN,
  type Value,
  ZERO,
} from './values.js';

type Of<Kind extends CExpression['kind']> = Extract<CExpression, { kind: Kind }>;

export function evaluateExpression(machine: CMachine, expression: CExpression): Value {
  switch (expression.kind) {
    case 'number':
      return numberValue(constant(expression.value), expression.type);
    case 'string':
      return literal(machine, expression.text, expression);
    case 'null':
      return machine.null(pointerTo({ kind: 'void' }));
    case 'name':
      return evaluateName(machine, expression);
    case 'member':
    case 'index':
      return read(machine, expression);
    case 'unary':
      return evaluateUnary(machine, expression);
    case 'binary':
      if (isComparison(expression.operator)) return numberValue(constant(machine.truth(expression) ? 1 : 0), INT);
      return evaluateBinary(machine, expression);
    case 'logical':
      return numberValue(constant(machine.truth(expression) ? 1 : 0), INT);
    case 'assign':
      return assign(machine, expression);
    case 'update': {
      const place = machine.locate(expression.target);
      const old = place === null ? machine.evaluate(expression.target) : readPlace(machine, place, expression);
      const one = numberValue(constant(expression.step), INT);
      const next = add(machine, { operator: '+', left: old, right: one }, expression);
      if (place !== null) write(machine, place, converted(machine, next, place.type, expression), expression);
      return expression.isPrefix ? next : old;
    }
    case 'conditional':
      return machine.evaluate(machine.truth(expression.condition) ? expression.then : expression.otherwise);
    case 'comma':
      machine.evaluate(expression.left);
      return machine.evaluate(expression.right);
    case 'call':
      return evaluateCall(machine, expression);
    default:
      return evaluateRest(machine, expression);
  }
}

function evaluateRest(
  machine: CMachine,
  expression: Of<'cast' | 'sizeof' | 'initial' | 'new' | 'delete' | 'statements' | 'opaque'>,
): Value {
  switch (expression.kind) {
    case 'cast':
      return evaluateCast(machine, expression);
    case 'sizeof':
      return evaluateSizeof(machine, expression);
    case 'initial': {
      const values = expression.items.map(({ value }) => machine.evaluate(value));
      return values.length === 1 && values[0] !== undefined ? values[0] : { ...PLAIN, flows: flowsOf(values) };
    }
    case 'new': {
      const count = expression.count === null ? null : machine.evaluate(expression.count).amount;
      const values = expression.arguments.map((argument) => machine.evaluate(argument));
      const unit = sizeOf(machine, expression.type);
      const size = unit === null || !isConstant(unit) ? null : count === null ? unit : addScaled(count, unit.offset);
      const family = expression.count === null ? 'new' : 'new[]';
      const isClass = expression.type.kind === 'unknown' || expression.type.kind === 'record';
      const object = machine.addObject({
        kind: 'heap',
        size,
        type: expression.type,
        family,
        site: expression,
        rest: isClass || values.length > 0 ? 'unknown' : 'uninitialised',
        flows: flowsOf(values),
      });
      return machine.pointer(object, pointerTo(expression.type));
    }
    case 'delete':
      release(machine, machine.evaluate(expression.value), expression.isArray ? 'new[]' : 'new', expression);
      return PLAIN;
    case 'statements': {
      const { next } = machine.parts.execute(machine, expression.body, [machine.state]);
      return machine.chooseState(() => next.map((state) => ({ state, value: PLAIN })));
    }
    case 'opaque': {
      const values = expression.children.map((child) => machine.evaluate(child));
      return machine.unknown(null, flowsOf(values));
    }
  }
}

const addScaled = (count: { symbol: number; scale: number; offset: number }, unit: number) => ({
  symbol: count.symbol,
  scale: count.scale * unit,
  offset: count.offset * unit,
});

/** A pointer to a string of the program; equal strings are one object. */
export function literal(machine: CMachine, text: string, range: Range): Value {
  const known = machine.literals.get(text);
  if (known !== undefined && machine.state.object(known) !== null) return machine.pointer(known, pointerTo(CHAR));
  const size = constant(text.length + 1);
  const texts = new Map([[0, { length: constant(text.length), known: text, flows: [] }]]);
  const site = { start: range.start, end: range.end };
  const object = machine.addObject({ kind: 'literal', size, type: null, texts, site });
  machine.literals.set(text, object);
  return machine.pointer(object, pointerTo(CHAR));
}

function evaluateName(machine: CMachine, expression: Of<'name'>): Value {
  const { name } = expression;
  const { model } = machine.knowledge;
  const named: Flow[] = [];
  const flow = { origin: nameOrigin(machine, name), cleaned: 0, isPart: false, isNormalised: false };
  if (model.secrets.test(name)) named.push({ ...flow, level: 'remote', kind: 'secret' });
  if (model.inputs.test(name)) named.push({ ...flow, level: 'remote', kind: 'input' });
  if (machine.locate(expression) !== null) {
    const value = read(machine, expression);
    return named.length === 0 ? value : { ...value, flows: mergeFlows(value.flows, named) };
  }
  if (name === 'nullptr') return machine.null(pointerTo({ kind: 'void' }));
  const known = machine.program.enumerators.get(name) ?? model.constants.get(name);
  if (known !== undefined) {
    const size = Math.abs(known) > 0x7fff_ffff ? 8 : 4;
    return numberValue(constant(known), {
      kind: 'integer',
      size,
      signed: known <= 0x7fff_ffff || !/^U|SIZE/.test(name),
    });
  }
  return { ...machine.unknown(null, named), callable: name };
}

function nameOrigin(machine: CMachine, name: string): number {
  const known = machine.literals.get(`name ${name}`) ?? machine.nextId();
  machine.literals.set(`name ${name}`, known);
  return known;
}

/** The value at the place that an expression names, with the checks of a reading. */
function read(machine: CMachine, expression: CExpression): Value {
  const place = machine.locate(expression);
  if (place === null) return machine.unknown(null);
  return readPlace(machine, place, expression);
}

function evaluateUnary(machine: CMachine, expression: Of<'unary'>): Value {
  const { operator, operand } = expression;
  switch (operator) {
    case '!':
      return numberValue(constant(machine.truth(expression) ? 1 : 0), INT);
    case '*': {
      const value = machine.evaluate(operand);
      // A function behind a pointer is the function.
      if (value.callable !== null && value.targets === null) return value;
      return readPlace(machine, pointedAt(machine, value, expression), expression);
    }
    case '&': {
      const place = machine.locate(operand);
      if (place === null) return machine.evaluate(operand);
      const { target, type } = place;
      const isElement = operand.kind === 'index';
      const own = isConstant(target.offset) && !isElement && type?.kind !== 'array';
      const extent = own ? sizeOf(machine, type) : target.extent;
      const base = own && isConstant(target.offset) ? target.offset.offset : target.base;
      return machine.pointerTo([{ ...target, base, extent }], pointerTo(type ?? INT));
    }
    case '-':
      return add(
        machine,
        { operator: '-', left: numberValue(ZERO, INT), right: machine.evaluate(operand) },
        expression,
      );
    default: {
      const value = machine.evaluate(operand);
      return operator === '+' ? value : machine.unknown(value.type, value.flows);
    }
  }
}

interface Operation {
  readonly operator: string;
  readonly left: Value;
  readonly right: Value;
}

function evaluateBinary(machine: CMachine, expression: Of<'binary'>): Value {
  // The left spine of a long chain is walked in a loop, for the same reason as when it was lowered.
  const spine: Of<'binary'>[] = [];
  let leftmost: CExpression = expression;
  while (leftmost.kind === 'binary' && !isComparison(leftmost.operator)) {
    spine.push(leftmost);
    leftmost = leftmost.left;
  }
  let value = machine.evaluate(leftmost);
  for (const part of spine.reverse()) {
    const right = machine.evaluate(part.right);
    if (part.operator === '>>' && value.callable === 'cin') value = readStream(machine, part.right, value);
    else value = add(machine, { operator: part.operator, left: value, right }, part);
  }
  return value;
}

/** Addition and the like, of pointers too. */
function add(machine: CMachine, { operator, left, right }: Operation, range: Range): Value {
  const isPointer = (value: Value): boolean => value.targets !== null && value.type?.kind !== 'integer';
  if (isPointer(left) && !isPointer(right) && right.amount !== null && (operator === '+' || operator === '-')) {
    const { amount } = right;
    const count = operator === '+' ? amount : addScaled(amount, -1);
    return movePointer(machine, left, count, left.type?.kind === 'pointer' ? left.type.to : null);
  }
  if (isPointer(right) && operator === '+' && left.amount !== null)
    return movePointer(machine, right, left.amount, right.type?.kind === 'pointer' ? right.type.to : null);
  if (isPointer(left) && isPointer(right) && operator === '-') return distance(machine, left, right);
  if (left.amount === null || right.amount === null)
    return { ...machine.unknown(left.targets === null ? null : INT, mergeFlows(left.flows, right.flows)) };
  return evaluateArithmetic(machine, { operator, left, right }, range);
}

function distance(machine: CMachine, left: Value, right: Value): Value {
  const [[first], [second]] = [machine.state.targetsOf(left) ?? [], machine.state.targetsOf(right) ?? []];
  const type: CType = { kind: 'integer', size: 8, signed: true };
  const flows = mergeFlows(left.flows, right.flows);
  if (first === undefined || second === undefined || first.object !== second.object)
    return machine.unknown(type, flows);
  const gap = addAmounts(first.offset, addScaled(second.offset, -1));
  const unit = left.type?.kind === 'pointer' ? sizeOf(machine, left.type.to) : null;
  return gap !== null && unit?.offset === 1 ? numberValue(gap, type, flows) : machine.unknown(type, flows);
}

function assign(machine: CMachine, expression: Of<'assign'>): Value {
  const { operator, target, value: source } = expression;
  if (operator === '') {
    const value = machine.evaluate(source);
    const place = machine.locate(target);
    if (place === null) return value;
    if (source.kind === 'initial') {
      initialise(machine, place, source);
      return value;
    }
    const stored = converted(machine, value, place.type, expression);
    write(machine, place, stored, expression);
    return stored;
  }
  const place = machine.locate(target);
  const old = place === null ? machine.evaluate(target) : readPlace(machine, place, target);
  const result = add(machine, { operator, left: old, right: machine.evaluate(source) }, expression);
  const stored = place === null ? result : converted(machine, result, place.type, expression);
  if (place !== null) write(machine, place, stored, expression);
  return stored;
}

function evaluateCast(machine: CMachine, expression: Of<'cast'>): Value {
  const { type } = expression;
  if (expression.value.kind === 'initial') {
    const object = machine.addObject({ kind: 'local', size: sizeOf(machine, type), type, site: expression });
    const place: Place = { target: machine.pointer(object, null).targets?.[0] ?? nowhere, type };
    initialise(machine, place, expression.value);
    return type.kind === 'array' ? load(machine, place, expression) : { ...PLAIN, type, targets: [place.target] };
  }
  const value = machine.evaluate(expression.value);
  if (value.targets !== null) {
    if (type.kind === 'pointer') nameContents(machine, value, type.to);
    return type.kind === 'pointer' || type.kind === 'integer' ? { ...value, type } : value;
  }
  return converted(machine, value, type, expression);
}

const nowhere = { object: 0, offset: ZERO, base: 0, extent: null, isAssumed: false };

/** Fresh memory is what it is first taken for. */
function nameContents(machine: CMachine, value: Value, type: CType): void {
  for (const { object } of value.targets ?? []) {
    const known = machine.state.object(object);
    if (known?.kind === 'heap' && known.type === null && type.kind !== 'void') machine.state.change(object, { type });
  }
}

function evaluateSizeof(machine: CMachine, expression: Of<'sizeof'>): Value {
  if (expression.type !== null) return sized(machine, sizeOf(machine, expression.type));
  const { value } = expression;
  if (value === null) return machine.unknown(SIZE);
  if (value.kind === 'string') return numberValue(constant(value.text.length + 1), SIZE);
  // What stands in `sizeof` is not evaluated: only its type is asked for.
  const [outcome] = machine.quietly(() =>
    machine.run(machine.state, () => {
      const place = machine.locate(value);
      return place === null ? machine.evaluate(value).type : place.type;
    }),
  );
  const type = outcome?.value ?? null;
  const result = sized(machine, sizeOf(machine, type));
  return type?.kind === 'pointer' && value.kind === 'name' ? { ...result, from: 'sizeof pointer' } : result;
}

const sized = (machine: CMachine, size: Value['amount']): Value =>
  size === null ? machine.unknown(SIZE, [], { low: 1, high: 2 ** 31 }) : numberValue(size, SIZE);
