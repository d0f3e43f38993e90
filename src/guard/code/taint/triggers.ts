/** Compares what the program does with the rules and reports what they forbid. */
import type { Range } from '../ir.js';
import type { Condition, Selector } from '../rules.js';
import type { RuleTrigger } from './knowledge.js';
import type { CallSite, Frame, Machine } from './machine.js';
import { isSecret } from './secrets.js';
import { SHAPES } from './shapes.js';
import { allFlows } from './state.js';
import { higherLevel, type Level, type Value } from './value.js';

/** What a trigger's conditions may ask about. */
interface Occasion {
  readonly range: Range;
  readonly frame: Frame | null;
  /** Null for anything but a call. */
  readonly site: CallSite | null;
  /** What is assigned, returned or compared. */
  readonly value: Value | null;
}

export function checkCall(machine: Machine, site: CallSite, frame: Frame): void {
  for (const entry of machine.knowledge.calls.match(site.path, site.written))
    check(machine, entry, { range: site, frame, site, value: null });
}

export function checkDecorator(machine: Machine, value: Value, written: string, range: Range): void {
  for (const entry of machine.knowledge.decorators.match(value.path, written))
    check(machine, entry, { range, frame: null, site: null, value });
}

interface AssignmentOccasion {
  readonly name: string;
  readonly value: Value;
  readonly range: Range;
  readonly frame: Frame;
  readonly owner?: Value;
  readonly index?: Value;
}

export function checkAssignment(
  machine: Machine,
  { name, value, range, frame, owner, index }: AssignmentOccasion,
): void {
  const path = owner === undefined ? undefined : (owner.path ?? owner.type ?? '?');
  // `flask.session['user'] = …` is known to rules as `user` and as `flask.session[user]`.
  const names = [name, ...(path === undefined ? [] : [index === undefined ? `${path}.${name}` : `${path}[${name}]`])];
  for (const entry of machine.knowledge.assignments) {
    const { place } = entry.trigger;
    if (place.kind === 'assign' && names.some((candidate) => candidate !== '' && place.name.test(candidate)))
      check(machine, entry, { range, frame, site: null, value });
  }
}

export function checkReturn(machine: Machine, returned: Value, frame: Frame, range: Range): void {
  // `return body, status`: what is shown is the body.
  const body = returned.type === 'tuple' ? machine.contents(returned).items.get('0') : undefined;
  const value = body ?? returned;
  for (const entry of machine.knowledge.returns) {
    const { place } = entry.trigger;
    if (place.kind !== 'return') continue;
    const applies =
      place.from === 'any'
        ? frame.entry !== 'inlined'
        : place.from === 'handler'
          ? frame.entry === 'html'
          : place.from.test(frame.name);
    if (applies) check(machine, entry, { range, frame, site: null, value });
  }
}

export function checkComparison(
  machine: Machine,
  expression: Range & {
    readonly operator: string;
    readonly left: { kind: string; name?: string };
    readonly right: { kind: string; name?: string };
  },
  [left, right]: readonly [Value, Value],
): void {
  const kind = /^(==|!=|is|is not)$/.test(expression.operator)
    ? 'compare'
    : /^(not )?in$/.test(expression.operator)
      ? 'contains'
      : null;
  for (const entry of machine.knowledge.comparisons) {
    const { place } = entry.trigger;
    if (place.kind !== kind) continue;
    const occasion = { range: expression, frame: null, site: null };
    if (place.name.test(expression.right.name ?? '')) check(machine, entry, { ...occasion, value: left });
    else if (kind === 'compare' && place.name.test(expression.left.name ?? ''))
      check(machine, entry, { ...occasion, value: right });
  }
}

function check(machine: Machine, entry: RuleTrigger, occasion: Occasion): void {
  const { rule, trigger } = entry;
  const holds = (condition: Condition): boolean => testCondition(machine, condition, occasion);
  if (!trigger.where.every(holds) || trigger.unless.some(holds)) return;
  const level = trigger.taint === null ? 'remote' : taintLevel(machine, entry, occasion);
  const severity = rule.severity[level];
  if (severity !== undefined) machine.report({ rule, severity, start: occasion.range.start, end: occasion.range.end });
}

function taintLevel(machine: Machine, { rule, trigger, mask }: RuleTrigger, { site, value }: Occasion): Level {
  if (trigger.taint === null) return 'none';
  const shape = SHAPES[trigger.taint.shape];
  const subjects = site === null ? [value] : subjectsOf(site, trigger.taint.argument);
  const level = (part: Value): Level => levelOf(machine, part, { kind: rule.source, mask });
  const items = (part: Value): readonly Value[] | null => {
    if (part.type !== 'list' && part.type !== 'tuple') return null;
    const contents = machine.contents(part);
    return [...contents.items.values(), ...(contents.rest === null ? [] : [contents.rest])];
  };
  let worst: Level = 'none';
  for (const subject of subjects)
    for (const option of subject?.options ?? (subject ? [subject] : []))
      worst = higherLevel(worst, shape({ value: option, level, items }));
  return worst;
}

function levelOf(machine: Machine, value: Value, { kind, mask }: { kind: string; mask: number }): Level {
  const flows = allFlows(value, machine.state);
  const own = flows.filter((flow) => flow.kind === kind);
  let worst: Level = 'none';
  for (const flow of own) if (machine.state.isDangerous(flow, mask)) worst = higherLevel(worst, flow.level);
  if (own.length > 0 || kind !== 'input') return worst;
  return value.clean || value.constant !== undefined || flows.length > 0 ? 'none' : 'unknown';
}

/** The values that a selector means; of several selectors, those of the first that the call has. */
function subjectsOf(site: CallSite, selectors: readonly Selector[]): readonly Value[] {
  for (const selector of selectors) {
    if (selector === 'receiver') return site.receiver === null ? [] : [site.receiver];
    if (selector === 'all') return site.arguments.map((argument) => argument.value);
    const found = argumentOf(site, selector);
    if (found !== null) return [found];
  }
  return [];
}

export function argumentOf(site: CallSite, selector: Selector): Value | null {
  if (typeof selector === 'string') return site.arguments.find((argument) => argument.name === selector)?.value ?? null;
  const positional = site.arguments.filter((argument) => argument.name === null);
  if (positional.slice(0, selector + 1).some((argument) => argument.spread)) return null;
  return positional[selector]?.value ?? null;
}

function testCondition(machine: Machine, condition: Condition, occasion: Occasion): boolean {
  const { test } = condition;
  const { site, frame } = occasion;
  if (test.kind === 'receiver') {
    const written = site?.written ?? '';
    return test.pattern.test(written.slice(0, Math.max(0, written.lastIndexOf('.'))));
  }
  if (test.kind === 'context') return test.pattern.test(frame?.name ?? '') || test.pattern.test(frame?.target ?? '');
  const hasSpread = site?.arguments.some((argument) => argument.spread) ?? false;
  const selected = site === null ? occasion.value : (subjectsOf(site, condition.argument)[0] ?? null);
  // An option is missing only where all of them are known.
  if (test.kind === 'missing' && condition.key !== null && selected !== null) {
    const { items, rest } = machine.contents(selected);
    return selected.type === 'dict' && rest === null && !items.has(condition.key);
  }
  const inside =
    selected !== null && condition.key !== null
      ? (machine.contents(selected).items.get(condition.key) ?? null)
      : selected;
  // `f(**options)` may hold any keyword.
  if (test.kind === 'missing') return inside === null && !hasSpread;
  if (inside === null) return false;
  return (inside.options ?? [inside]).some((option) => testValue(machine, test, option));
}

function testValue(machine: Machine, test: Condition['test'], value: Value): boolean {
  const { constant } = value;
  switch (test.kind) {
    case 'is':
      return constant !== undefined && test.constants.includes(constant);
    case 'matches':
      return typeof constant === 'string' && test.pattern.test(constant.slice(0, 400));
    case 'path':
      return [value.path, value.type, ...[...machine.contents(value).items.values()].map((item) => item.path)].some(
        (path) => path !== undefined && test.pattern.test(path),
      );
    case 'below':
      return typeof constant === 'number' && constant < test.limit;
    case 'bits':
      return typeof constant === 'number' && (constant & test.mask) !== 0;
    case 'type':
      return value.type !== undefined && test.pattern.test(value.type);
    case 'has': {
      const elements = [value, ...machine.contents(value).items.values()].map((item) => item.constant);
      return elements.some((element) => typeof element === 'string' && test.pattern.test(element.slice(0, 400)));
    }
    case 'variable':
      return constant === undefined;
    case 'literal':
      return constant !== undefined && constant !== null;
    case 'secret':
      return typeof constant === 'string' && isSecret(constant);
    default:
      return false;
  }
}
