/** String formatting: `%`, `str.format`, `str.join`. */
import { elementOf } from './collections.js';
import type { EvaluatedArgument, Machine } from './machine.js';
import { allFlows } from './state.js';
import { CLEAN, type Part, textOf, UNKNOWN, type Value } from './value.js';

/** A hole of a string: the value with all that flows inside it. */
export function hole(machine: Machine, value: Value): Value {
  if (value.reference === undefined && value.options === undefined) return value;
  const option = value.options?.find((item) => item.flows.length > 0) ?? value.options?.find((item) => !item.clean);
  return { ...(option ?? value), flows: allFlows(value, machine.state) };
}

/** What a format such as `%d` leaves of a value: a number, of which only a rule about numbers may say anything. */
export function numberIn(machine: Machine, value: Value): Value {
  if (value.constant !== undefined) return hole(machine, value);
  const { flows } = hole(machine, value);
  const inputs = flows.filter((flow) => flow.kind === 'input').map((flow) => ({ ...flow, kind: 'number' }));
  // A number that can be guessed can be guessed by its digits too.
  return { ...CLEAN, flows: [...inputs, ...flows.filter((flow) => flow.kind === 'random')] };
}

const NUMERIC_CONVERSIONS = 'diouxXeEfFgGc';
const PERCENT = /%(?:\((\w*)\))?[-#0 +]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[hlL]?([diouxXeEfFgGcrsab%])/g;

/** `template % argument`, where the template is a constant or partly known. */
export function formatPercent(machine: Machine, template: Value, argument: Value): Value {
  const { items } = machine.contents(argument);
  const isTuple = argument.type === 'tuple';
  let position = 0;
  const next = (): Value => {
    const value = isTuple ? items.get(String(position)) : position === 0 ? argument : undefined;
    position += 1;
    return value ?? elementOf(machine, argument);
  };
  const parts: Part[] = [];
  const templateParts: readonly Part[] =
    typeof template.constant === 'string' ? [template.constant] : (template.text ?? [template, argument]);
  for (const piece of templateParts) {
    if (typeof piece !== 'string') {
      parts.push(piece);
      continue;
    }
    let last = 0;
    for (const match of piece.matchAll(PERCENT)) {
      parts.push(piece.slice(last, match.index));
      last = match.index + match[0].length;
      const [, name, conversion = 's'] = match;
      if (conversion === '%') parts.push('%');
      else {
        const value = name === undefined ? next() : (items.get(name) ?? elementOf(machine, argument));
        parts.push((NUMERIC_CONVERSIONS.includes(conversion) ? numberIn : hole)(machine, value));
      }
    }
    parts.push(piece.slice(last));
  }
  return textOf(parts);
}

const BRACES = /\{\{|\}\}|\{([^{}!:]*)(?:![rsa])?(:[^{}]*)?\}/g;
const NUMERIC = /[dfFeEgGxXobn%,]$|\.\d+$/;

/** `template.format(...)`; `mapping` for `format_map` and templates with named holes. */
export function formatBraces(machine: Machine, template: Value, args: readonly EvaluatedArgument[]): Value {
  const positional = args.filter((argument) => argument.name === null && !argument.spread);
  const spread = args.filter((argument) => argument.spread).map((argument) => argument.value);
  let position = 0;
  const find = (field: string): Value => {
    const root = field.split(/[.[]/)[0] ?? '';
    const index = root === '' ? position++ : Number(root);
    const named = args.find((argument) => argument.name === root && root !== '')?.value;
    const spreadItem = spread
      .map((value) => machine.contents(value).items.get(root))
      .find((item) => item !== undefined);
    const spreadRest = spread[0] === undefined ? UNKNOWN : elementOf(machine, spread[0]);
    return named ?? positional[index]?.value ?? spreadItem ?? spreadRest;
  };
  const parts: Part[] = [];
  const pieces: readonly Part[] =
    typeof template.constant === 'string'
      ? [template.constant]
      : (template.text ?? [template, ...args.map((argument) => hole(machine, argument.value))]);
  for (const piece of pieces) {
    if (typeof piece !== 'string') {
      parts.push(piece);
      continue;
    }
    let last = 0;
    for (const match of piece.matchAll(BRACES)) {
      parts.push(piece.slice(last, match.index));
      last = match.index + match[0].length;
      const [whole, field = '', format] = match;
      if (whole === '{{' || whole === '}}') {
        parts.push(whole.charAt(0));
        continue;
      }
      const value = find(field);
      const isNumber = format !== undefined && NUMERIC.test(format);
      parts.push((isNumber ? numberIn : hole)(machine, value));
    }
    parts.push(piece.slice(last));
  }
  return textOf(parts);
}

/** `separator.join(list)`. */
export function joinTexts(machine: Machine, separator: Value, list: Value): Value {
  const { items, rest } = machine.contents(list);
  if (items.size === 0 && rest === null)
    return textOf([{ ...hole(machine, list), constant: undefined }, ...(list.clean ? [] : [separator])]);
  const parts: Part[] = [];
  for (const item of items.values()) {
    if (parts.length > 0) parts.push(separator);
    parts.push(hole(machine, item));
  }
  if (rest !== null) {
    if (parts.length > 0) parts.push(separator);
    parts.push(hole(machine, rest));
  }
  return textOf(parts);
}
