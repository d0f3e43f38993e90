/** Compares calls and assignments with the rules that name them. */
import type { Range } from '../ir.js';
import type { Condition, Selector } from '../rules.js';
import type { RuleTrigger } from '../taint/knowledge.js';
import { isSecret } from '../taint/secrets.js';
import { higherLevel, type Level } from '../taint/value.js';
import { textAt } from './access.js';
import type { CMachine } from './machine.js';
import { constantOf, type Flow, mergeFlows, type Value } from './values.js';

export interface CCall extends Range {
  readonly name: string;
  readonly arguments: readonly Value[];
}

/** The data of a value: its own, and that of the string that it points to. */
export function dataOf(machine: CMachine, value: Value): readonly Flow[] {
  const [target] = (machine.state.targetsOf(value) ?? []).filter(({ object }) => object !== 0);
  if (target === undefined) return value.flows;
  const object = machine.state.object(target.object);
  if (object === null) return value.flows;
  const text = textAt(object, target);
  if (text === null) return mergeFlows(value.flows, object.flows);
  // The pointer's own data is where it came from: the string may have been written since.
  return mergeFlows(
    value.flows.filter(({ kind }) => kind !== 'input'),
    text.value.flows,
  );
}

/** The text that a pointer points to, where all of it is known. */
export function knownText(machine: CMachine, value: Value): string | null {
  const [target] = machine.state.targetsOf(value) ?? [];
  const object = target === undefined ? null : machine.state.object(target.object);
  if (target === undefined || object === null) return null;
  const text = textAt(object, target);
  if (text === null || text.value.known === null || text.at.symbol !== 0) return null;
  return text.value.known.slice(text.at.offset);
}

export function checkCall(machine: CMachine, call: CCall): void {
  for (const entry of machine.knowledge.calls.match(call.name, call.name)) check(machine, entry, call);
}

interface Assignment {
  readonly name: string;
  readonly value: Value;
  readonly range: Range;
  /** Whether a list of constants is assigned. */
  readonly isList: boolean;
}

export function checkAssignment(machine: CMachine, { name, value, range, isList }: Assignment): void {
  for (const entry of machine.knowledge.assignments) {
    const { place } = entry.trigger;
    if (place.kind !== 'assign' || !place.name.test(name)) continue;
    check(machine, entry, { name, arguments: [value], start: range.start, end: range.end }, isList);
  }
}

function check(machine: CMachine, { rule, trigger, mask }: RuleTrigger, call: CCall, isList = false): void {
  const holds = (condition: Condition): boolean => testCondition(machine, condition, call, isList);
  if (!trigger.where.every(holds) || trigger.unless.some(holds)) return;
  let level: Level = 'remote';
  if (trigger.taint !== null) {
    level = 'none';
    for (const value of subjectsOf(call, trigger.taint.argument))
      for (const flow of dataOf(machine, value))
        if (flow.kind === rule.source && machine.state.isDangerous(flow, mask)) level = higherLevel(level, flow.level);
  }
  const severity = rule.severity[level];
  if (severity !== undefined) machine.reportRule({ rule, severity, start: call.start, end: call.end });
}

function subjectsOf(call: CCall, selectors: readonly Selector[]): readonly Value[] {
  if (selectors.includes('all')) return call.arguments;
  return selectors.flatMap((selector) => {
    const value = typeof selector === 'number' ? call.arguments.at(selector) : undefined;
    return value === undefined ? [] : [value];
  });
}

function testCondition(machine: CMachine, { argument, test }: Condition, call: CCall, isList: boolean): boolean {
  if (test.kind === 'context') return test.pattern.test(machine.frame.function?.name ?? '');
  const values = argument.length === 0 ? call.arguments.slice(0, 1) : subjectsOf(call, argument);
  if (test.kind === 'missing') return values.length === 0;
  return values.some((value) => testValue(machine, test, value, isList));
}

function testValue(machine: CMachine, test: Condition['test'], value: Value, isList: boolean): boolean {
  const text = knownText(machine, value);
  const number = constantOf(value);
  switch (test.kind) {
    case 'is':
      return test.constants.some((item) => item === text || item === number);
    case 'matches':
    case 'has':
      return text !== null && test.pattern.test(text.slice(0, 400));
    case 'path':
      return value.callable !== null && test.pattern.test(value.callable);
    case 'type':
      return value.from !== '' && test.pattern.test(value.from);
    case 'below':
      return number !== null && number < test.limit;
    case 'bits':
      return number !== null && (number & test.mask) !== 0;
    case 'literal':
      return text !== null || number !== null || isList;
    case 'variable':
      return text === null && number === null;
    case 'secret':
      return isList || (text !== null && isSecret(text));
    default:
      return false;
  }
}
