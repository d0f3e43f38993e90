/** What is known of data once a condition holds: allow-lists, type tests, path and host checks, validators. */
import type { Machine } from './machine.js';
import { allFlows } from './state.js';
import { CLEAN, type Fact, type Facts, type Flow, knownString, type Value } from './value.js';

const NONE: Facts = { whenTrue: [], whenFalse: [] };

export function applyFacts(machine: Machine, facts: readonly Fact[]): void {
  for (const { origin, mask } of facts) machine.state.check(origin, mask);
}

/** What the truth of a value says. A host that is absent is a URL that stays on the site. */
export function factsOf(value: Value, machine: Machine): Facts {
  if (value.facts !== undefined) return value.facts;
  const hosts = value.flows.filter((flow) => flow.part === 'host');
  if (hosts.length === 0) return NONE;
  return { whenTrue: [], whenFalse: factsFor(hosts, machine.knowledge.mask('url')) };
}

const factsFor = (flows: readonly Flow[], mask: number): Fact[] => flows.map(({ origin }) => ({ origin, mask }));

/** That each flow is acceptable as it is. A check of a cut tells nothing, but that of a host tells all about a URL. */
export function acceptedFacts(machine: Machine, flows: readonly Flow[]): Fact[] {
  const { knowledge } = machine;
  return flows.flatMap((flow): Fact[] => {
    // An archive is checked member by member.
    if (flow.kind === 'archive') return [{ origin: rootOf(flow), mask: -1 }];
    if (flow.part === 'whole') return [{ origin: flow.origin, mask: -1 }];
    return flow.part === 'host' ? [{ origin: flow.origin, mask: knowledge.mask('url') }] : [];
  });
}

function rootOf(flow: Flow): Flow['origin'] {
  let { origin } = flow;
  while (origin.parent !== null) origin = origin.parent;
  return origin;
}

/** What it rules out that this text occurs in the data. */
function deniedMask(machine: Machine, text: string | null): number {
  const { knowledge } = machine;
  // A list of forbidden texts that the file does not show: its author knew what to forbid.
  if (text === null) return -1;
  let mask = 0;
  if (/\.\.|^[/\\]$|%2e/i.test(text)) mask |= knowledge.mask('path');
  if (/[<>&]/.test(text)) mask |= knowledge.mask('html');
  if (/[;|&`$\n]/.test(text)) mask |= knowledge.mask('shell');
  if (/['"]|--/.test(text)) mask |= knowledge.mask('code') | knowledge.mask('xpath');
  // The double quote alone leaves open the one that ends a text in every dialect.
  if (/'|--/.test(text)) mask |= knowledge.mask('sql');
  if (/[*()\\]/.test(text)) mask |= knowledge.mask('ldap');
  if (/[\r\n]/.test(text)) mask |= knowledge.mask('log') | knowledge.mask('header');
  if (/^https?:|\/\//.test(text)) mask |= knowledge.mask('url');
  return mask;
}

function membership(machine: Machine, left: Value, right: Value): Facts {
  const leftFlows = allFlows(left, machine.state);
  const rightFlows = allFlows(right, machine.state);
  if (leftFlows.length > 0 && rightFlows.length === 0) {
    const refused = [...machine.contents(right).items.values()].some(isPrototypeKey);
    if (refused) return { whenTrue: [], whenFalse: factsFor(leftFlows, machine.knowledge.mask('prototype')) };
    return { whenTrue: acceptedFacts(machine, leftFlows), whenFalse: [] };
  }
  if (rightFlows.length === 0 || leftFlows.length > 0) return NONE;
  if (right.path?.endsWith('.parents')) {
    // `folder in path.parents` is about the path, of which `.parents` is an element.
    const whenTrue = rightFlows.map(({ origin }) => ({
      origin: origin.parent ?? origin,
      mask: machine.knowledge.mask('path'),
    }));
    return { whenTrue, whenFalse: [] };
  }
  const masks = (left.options ?? [left]).map((option) => deniedMask(machine, knownString(option)));
  return {
    whenTrue: [],
    whenFalse: factsFor(
      rightFlows,
      masks.reduce((mask, next) => mask | next, 0),
    ),
  };
}

const isTrivial = (value: Value): boolean =>
  value.constant === null || value.constant === '' || value.constant === true;

export function comparisonFacts(machine: Machine, operator: string, left: Value, right: Value): Value {
  const folded = foldComparison(machine, operator, left, right);
  if (folded !== null) return { ...CLEAN, constant: folded };
  return { ...CLEAN, facts: compareFacts(machine, operator, left, right) };
}

function compareFacts(machine: Machine, operator: string, left: Value, right: Value): Facts {
  switch (operator) {
    case 'in':
      return membership(machine, left, right);
    case 'not in':
      return swap(membership(machine, left, right));
    case '==':
    case 'is':
      if (right.constant === null || right.constant === false) return swap(factsOf(left, machine));
      if (right.constant === true) return factsOf(left, machine);
      return equality(machine, left, right);
    case '!=':
    case 'is not':
    case '<>':
      if (right.constant === null || right.constant === false) return factsOf(left, machine);
      if (right.constant === true) return swap(factsOf(left, machine));
      return swap(equality(machine, left, right));
    default:
      return NONE;
  }
}

const swap = ({ whenTrue, whenFalse }: Facts): Facts => ({ whenTrue: whenFalse, whenFalse: whenTrue });

/** The key through which JavaScript reaches what all objects share. */
const isPrototypeKey = ({ constant }: Value): boolean => constant === '__proto__';

function equality(machine: Machine, left: Value, right: Value): Facts {
  if (isPrototypeKey(right))
    return { whenTrue: [], whenFalse: factsFor(left.flows, machine.knowledge.mask('prototype')) };
  return { whenTrue: equalFacts(machine, left, right), whenFalse: [] };
}

function equalFacts(machine: Machine, left: Value, right: Value): Fact[] {
  if (isTrivial(right)) {
    // Nothing is said of what equals the empty string but that it has no host.
    return factsOf(left, machine).whenFalse.slice();
  }
  const leftFlows = left.flows;
  const rightFlows = right.flows;
  if (leftFlows.length > 0 && rightFlows.length === 0) return acceptedFacts(machine, leftFlows);
  if (rightFlows.length > 0 && leftFlows.length === 0) return acceptedFacts(machine, rightFlows);
  return [];
}

function foldComparison(machine: Machine, operator: string, left: Value, right: Value): boolean | null {
  const a = left.constant;
  if (a === undefined) return null;
  if (operator === 'in' || operator === 'not in') {
    const { items, rest } = machine.contents(right);
    const known = [...items.values()].map((item) => item.constant);
    // Only of a collection that the file spells out is it known what it lacks.
    const isSpeltOut = right.type === 'list' || right.type === 'tuple' || right.type === 'set';
    if (!isSpeltOut || rest !== null || known.some((item) => item === undefined)) return null;
    return known.includes(a) === (operator === 'in');
  }
  const b = right.constant;
  if (b === undefined) return null;
  switch (operator) {
    case '==':
    case 'is':
      return a === b;
    case '!=':
    case 'is not':
      return a !== b;
    default:
      return typeof a === 'number' && typeof b === 'number' ? foldOrder(operator, a, b) : null;
  }
}

function foldOrder(operator: string, a: number, b: number): boolean | null {
  switch (operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    default:
      return null;
  }
}

/** Whether an anchored expression lets only plain characters through; one with `.` or a negated class lets all. */
function isStrict(pattern: string): boolean {
  const bare = pattern.replace(/\\[.dwsbAzZ/\\-]/g, '');
  return !/(^|[^\\])\.[*+?{]/.test(bare) && !/\[\^/.test(bare) && !/\\[SDW]/.test(bare);
}

/** Whether a match must cover all of the text, begin with it, or lie anywhere in it. */
export type MatchKind = 'full' | 'start' | 'search';

/** What a regular-expression test says of its subject. */
export function matchFacts(machine: Machine, kind: MatchKind, pattern: Value, subject: Value): Facts {
  const text = knownString(pattern);
  const flows = allFlows(subject, machine.state);
  if (flows.length === 0) return NONE;
  const anchoredStart = kind !== 'search' || (text?.startsWith('^') ?? false) || (text?.startsWith('\\A') ?? false);
  const anchoredEnd = kind === 'full' || (text !== null && /(\$|\\Z|\\z)$/.test(text));
  if (text === null || (anchoredStart && anchoredEnd && isStrict(text)))
    return { whenTrue: acceptedFacts(machine, flows), whenFalse: [] };
  // An expression that is searched for anywhere names what is forbidden.
  return anchoredStart || anchoredEnd ? NONE : { whenTrue: [], whenFalse: acceptedFacts(machine, flows) };
}

/** What a test for a known beginning says. */
export function prefixFacts(machine: Machine, subject: Value, prefix: Value): Facts {
  const { knowledge } = machine;
  const text = knownString(prefix);
  const flows = allFlows(subject, machine.state);
  const normalised = flows.filter((flow) => (flow.cleaned & knowledge.mask('normalised')) !== 0);
  const facts = factsFor(normalised, knowledge.mask('path'));
  if (text !== null && /^[a-z]+:\/\/[^/]+\/|^\/$/i.test(text)) facts.push(...factsFor(flows, knowledge.mask('url')));
  // A refused beginning such as `//` or `http:` keeps a redirect on the site.
  const refused = text !== null && /^(\/\/|https?:)/.test(text) ? factsFor(flows, knowledge.mask('url')) : [];
  // `path.relative(folder, file)` that does not lead upwards.
  if (text === '..') refused.push(...factsFor(normalised, knowledge.mask('path')));
  return { whenTrue: facts, whenFalse: refused };
}
