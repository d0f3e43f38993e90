/** Operators: strings are built, constants are folded, the rest becomes a number or keeps its flows. */
import type { Constant } from '../ir.js';
import { elementOf } from './collections.js';
import { formatPercent } from './formats.js';
import type { Machine } from './machine.js';
import { CLEAN, constantValue, joinValues, mergeFlows, type Part, textOf, type Value } from './value.js';

/** Longer strings are not folded: `'a' * 10 ** 9`. */
const MAX_TEXT = 20_000;

const isText = (value: Value): boolean =>
  value.text !== undefined || typeof value.constant === 'string' || (value.options?.some(isText) ?? false);

function foldNumbers(operator: string, left: number, right: number): Constant | undefined {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return right === 0 ? undefined : left / right;
    case '//':
      return right === 0 ? undefined : Math.floor(left / right);
    case '%':
      return right === 0 ? undefined : ((left % right) + right) % right;
    case '**':
      return left ** right;
    case '|':
      return left | right;
    case '&':
      return left & right;
    case '<<':
      return left << right;
    default:
      return undefined;
  }
}

export function evaluateArithmetic(machine: Machine, operator: string, left: Value, right: Value): Value {
  if (typeof left.constant === 'number' && typeof right.constant === 'number') {
    const folded = foldNumbers(operator, left.constant, right.constant);
    return folded === undefined ? CLEAN : constantValue(folded);
  }
  if (operator === '%' && (isText(left) || left.flows.length > 0))
    return overTexts(left, (text) => formatPercent(machine, text, right));
  if (operator === '+') return add(machine, left, right);
  if (operator === '/' && (isText(right) || isText(left) || right.flows.length > 0 || left.flows.length > 0)) {
    // `folder / name` joins paths where an operand is no number.
    return textOf([part(machine, left), '/', part(machine, right)]);
  }
  if (operator === '*' && (isText(left) || left.type === 'list')) return repeat(left, right);
  const flows = mergeFlows(left.flows, right.flows);
  return operator === '|' || operator === '-' || operator === '&'
    ? { flows, clean: left.clean && right.clean }
    : { flows, clean: true };
}

/** Applies to each string that the value may be; more than a few are not told apart. */
function overTexts(value: Value, apply: (text: Value) => Value): Value {
  const texts = value.options?.filter(isText) ?? [];
  return texts.length > 1 ? joinValues(texts.map(apply)) : apply(texts[0] ?? value);
}

const part = (machine: Machine, value: Value): Part =>
  value.reference === undefined ? value : { ...value, flows: mergeFlows(value.flows, elementOf(machine, value).flows) };

function add(machine: Machine, left: Value, right: Value): Value {
  const leftContents = machine.contents(left);
  const rightContents = machine.contents(right);
  const isList = (value: Value): boolean => value.type === 'list' || value.type === 'tuple';
  if (isList(left) || isList(right)) {
    const items = new Map(leftContents.items);
    const isKnown = isList(left) && isList(right) && leftContents.rest === null;
    if (isKnown) for (const item of rightContents.items.values()) items.set(String(items.size), item);
    const rest = [
      leftContents.rest,
      rightContents.rest,
      ...(isKnown ? [] : [elementOf(machine, right), ...(isList(left) ? [] : [elementOf(machine, left)])]),
    ].filter((value) => value !== null);
    return machine.object(items, rest.length > 0 ? joinValues(rest) : null, {
      type: 'list',
      flows: mergeFlows(left.flows, right.flows),
      clean: left.clean && right.clean,
    });
  }
  const lefts = left.options?.filter(isText) ?? [];
  if (lefts.length > 1 && lefts.length <= 4) return joinValues(lefts.map((option) => textOf([option, right])));
  return textOf([part(machine, pick(left)), part(machine, pick(right))]);
}

/** The option that matters in a string: one with flows, else one that is text. */
function pick(value: Value): Value {
  const option = value.options?.find((item) => item.flows.length > 0) ?? value.options?.find(isText);
  return option === undefined ? value : { ...option, flows: value.flows };
}

function repeat(left: Value, right: Value): Value {
  const { constant: text } = left;
  const { constant: times } = right;
  if (typeof text === 'string' && typeof times === 'number' && times >= 0 && text.length * times <= MAX_TEXT)
    return constantValue(text.repeat(times));
  return { flows: left.flows, clean: left.clean, type: left.type, reference: left.reference };
}
