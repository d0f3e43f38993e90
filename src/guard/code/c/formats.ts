/** Format strings: what they write, what they read, and how many arguments they want. */
import { checkAccess, levelOf, store } from './access.js';
import type { CMachine } from './machine.js';

import type { LibraryFunction } from './model.js';
import { noteSize, placeOf, setString, stringAt, sumOf, useArgument } from './strings.js';
import { type CCall, dataOf, knownText } from './triggers.js';
import { INT } from './types.js';
import {
  addAmounts,
  type Amount,
  constant,
  constantOf,
  type Flow,
  isConstant,
  mergeFlows,
  type Value,
} from './values.js';

const DIRECTIVE = /%(?:%|([-+ #0']*)(\*|\d+)?(?:\.(\*|\d+)?)?(hh|h|ll|l|j|z|t|L|q)?([a-zA-Z])|(\[\^?\]?[^\]]*\]))/g;

/** Characters that a number takes at most: of 64 bits in octal, with a sign. */
const NUMBER_WIDTH = 24;
const WIDTHS: Readonly<Record<string, number>> = { c: 1, d: 11, i: 11, u: 10, x: 8, X: 8, o: 11, p: 18 };

/** `printf` and the like. */
export function applyFormat(machine: CMachine, known: LibraryFunction, call: CCall): void {
  const rule = known.format;
  if (rule === null) return;
  const format = call.arguments[rule.at];
  if (format === undefined) return;
  useArgument(machine, format, call);
  const text = knownText(machine, format);
  const isLiteral = text !== null;
  if (!isLiteral) {
    const level = levelOf(machine, dataOf(machine, format));
    if (level !== 'none') machine.report('format', call, level);
  }
  const args = call.arguments.slice(rule.at + 1);
  const built = text === null ? null : build(machine, { text, args, isList: /^v/.test(known.name) }, call);
  const to = rule.to === null ? undefined : call.arguments[rule.to];
  const target = placeOf(machine, to);
  if (target === null) return;
  useArgument(machine, to, call);
  const limit = rule.limit === null ? null : (call.arguments[rule.limit] ?? null);
  noteSize(machine, limit, call);
  const length = built?.length ?? machine.unknownAmount({ low: 0, high: Infinity });
  const flows = built?.flows ?? mergeFlows(...args.map((argument) => dataOf(machine, argument)));
  const limited = limit?.amount ?? null;
  // A limit larger than the buffer is wrong once the text may be that long.
  const whole = addAmounts(length, constant(1)) ?? length;
  const size = limited === null ? whole : least(machine, whole, limited);
  checkAccess(machine, { target, size, access: 'write', flows: mergeFlows(flows, limit?.flows ?? []) }, call);
  const room = Math.min(
    target.extent === null ? Infinity : machine.state.interval(target.extent).high,
    limited === null ? Infinity : machine.state.interval(limited).high,
  );
  const { low, high } = machine.state.interval(length);
  const fitted =
    high < room
      ? length
      : machine.unknownAmount({ low: Math.max(0, Math.min(low, room - 1)), high: Math.max(0, room - 1) });
  setString(machine, target, { length: fitted, known: high < room ? (built?.known ?? null) : null, flows });
}

const least = (machine: CMachine, left: Amount, right: Amount): Amount => {
  const [first, second] = [machine.state.interval(left), machine.state.interval(right)];
  if (first.high <= second.low) return left;
  // Without a known length, what is written is not known to reach the limit.
  if (first.high === Infinity && first.low <= second.low) return isConstant(right) ? right : left;
  return second.high <= first.low ? right : left;
};

interface Built {
  readonly length: Amount;
  readonly flows: readonly Flow[];
  readonly known: string | null;
}

function build(
  machine: CMachine,
  { text, args, isList }: { readonly text: string; readonly args: readonly Value[]; readonly isList: boolean },
  call: CCall,
): Built {
  const values = [...args];
  let length: Amount = constant(0);
  let known: string | null = '';
  let end = 0;
  let wanted = 0;
  const flows: (readonly Flow[])[] = [];
  const add = (amount: Amount, piece: string | null): void => {
    length = addAmounts(length, amount) ?? sumOf(machine, length, amount);
    known = known !== null && piece !== null ? known + piece : null;
  };
  for (const match of text.matchAll(DIRECTIVE)) {
    const [whole, , width, precision, , letter] = match;
    const before = text.slice(end, match.index);
    add(constant(before.length), before);
    end = match.index + whole.length;
    if (letter === undefined) {
      add(constant(1), '%');
      continue;
    }
    for (const part of [width, precision])
      if (part === '*') {
        values.shift();
        wanted += 1;
      }
    wanted += 1;
    const value = values.shift();
    if (value === undefined) continue;
    if (letter === 's') {
      useArgument(machine, value, call);
      const place = placeOf(machine, value);
      const own = place === null ? null : stringAt(machine, place);
      const limit = precision !== undefined && precision !== '*' ? Number(precision) : null;
      const found = own?.length ?? machine.unknownAmount({ low: 0, high: Infinity });
      const isCut = limit !== null && machine.state.interval(found).high > limit;
      add(isCut ? machine.unknownAmount({ low: 0, high: limit }) : found, isCut ? null : (own?.known ?? null));
      flows.push(dataOf(machine, value));
    } else addNumber(machine, { value, letter, width }, add);
  }
  const rest = text.slice(end);
  add(constant(rest.length), rest);
  if (!isList && args.length < wanted) machine.report('argument-count', call);
  return { length, flows: mergeFlows(...flows), known };
}

function addNumber(
  machine: CMachine,
  { value, letter, width }: { readonly value: Value; readonly letter: string; readonly width: string | undefined },
  add: (amount: Amount, piece: string | null) => void,
): void {
  const number = constantOf(value);
  const least = width === undefined || width === '*' ? 0 : Number(width);
  if (number !== null && /^[diu]$/.test(letter)) {
    const piece = String(number).padStart(least);
    add(constant(piece.length), piece);
    return;
  }
  const most = WIDTHS[letter] ?? NUMBER_WIDTH;
  const high = machine.state.interval(value.amount).high;
  const digits = /^[xX]$/.test(letter) && high <= 255 ? 2 : most;
  add(machine.unknownAmount({ low: Math.max(1, least), high: Math.max(digits, least) }), null);
}

/** `scanf` and the like. */
export function applyScan(machine: CMachine, known: LibraryFunction, call: CCall, flow: Flow): Value {
  const rule = known.scan;
  const format = rule === null ? undefined : call.arguments[rule.at];
  const text = format === undefined ? null : knownText(machine, format);
  if (rule === null || text === null) return machine.unknown(INT);
  const source = rule.from === null ? undefined : call.arguments[rule.from];
  const flows = source === undefined ? [flow] : dataOf(machine, source);
  const values = call.arguments.slice(rule.at + 1);
  for (const match of text.matchAll(DIRECTIVE)) {
    const [, , width, , , letter, set] = match;
    if ((letter === undefined && set === undefined) || width === '*') continue;
    const value = values.shift();
    const target = placeOf(machine, value);
    if (value === undefined || target === null) continue;
    const count = width === undefined ? null : Number(width);
    if (letter === 's' || set !== undefined) {
      const size = count === null ? machine.unknownAmount({ low: 1, high: Infinity }) : constant(count + 1);
      const isOpen = count === null && (source === undefined || flows.length > 0);
      const written = isOpen || count !== null ? size : null;
      checkAccess(machine, { target, size: written, access: 'write', flows }, call);
      const high = count ?? (target.extent === null ? Infinity : machine.state.interval(target.extent).high - 1);
      const length = machine.unknownAmount({ low: 1, high: Math.max(1, high) });
      machine.state.change(target.object, { flows });
      setString(machine, target, { length, known: null, flows });
      continue;
    }
    const type = value.type?.kind === 'pointer' ? value.type.to : INT;
    const most = count === null ? null : 10 ** Math.min(count, 18) - 1;
    const isUnsigned = letter === 'u' || letter === 'x';
    const range = most === null ? undefined : { low: isUnsigned ? 0 : -most, high: most };
    const parts = flows.map((item) => ({ ...item, isPart: true }));
    store(
      machine,
      { target, type },
      range === undefined ? machine.unknown(type, parts) : machine.unknown(type, parts, range),
    );
  }
  return machine.unknown(INT, [], { low: -1, high: 64 });
}
