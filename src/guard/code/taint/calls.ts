/** Evaluates calls: of the file's own functions, of what the model knows, of anything else. */
import type { Expression } from '../ir.js';
import { cutOf, memberOf } from './collections.js';
import { acceptedFacts, applyFacts, factsOf, matchFacts, type MatchKind } from './conditions.js';
import type { KnownCall } from './knowledge.js';
import { aimedAt, type CallSite, type EvaluatedArgument, type Frame, type Machine } from './machine.js';
import { callMethod } from './methods.js';
import { lastName } from './names.js';
import { allFlows } from './state.js';
import { argumentOf, checkAssignment, checkCall } from './triggers.js';
import {
  CLEAN,
  constantValue,
  type Flow,
  joinValues,
  knownString,
  mapFlows,
  mergeFlows,
  type Part,
  textOf,
  UNKNOWN,
  type Value,
} from './value.js';

type CallExpression = Extract<Expression, { kind: 'call' }>;

/** The callee as written, without what stands in parentheses or brackets. */
function writtenName(expression: Expression): string {
  const names: string[] = [];
  let current = expression;
  for (;;) {
    if (current.kind === 'member') {
      names.push(current.name);
      current = current.object;
    } else if (current.kind === 'call') current = current.callee;
    else if (current.kind === 'index') current = current.object;
    else break;
  }
  names.push(current.kind === 'name' ? current.name : '');
  return names.reverse().join('.');
}

/** `__salt__['cmd.run']` is known to rules as `__salt__[cmd.run]`, as in assignments. */
function tableEntry(callee: Expression, { path }: Value): string | undefined {
  if (callee.kind !== 'index' || callee.index.kind !== 'constant' || !path?.endsWith('.[]')) return undefined;
  return `${path.slice(0, -'.[]'.length)}[${String(callee.index.value)}]`;
}

export function evaluateCall(machine: Machine, expression: CallExpression, frame: Frame): Value {
  const { callee } = expression;
  const receiver = callee.kind === 'member' ? machine.evaluate(callee.object, aimedAt(frame, '')) : null;
  const called =
    callee.kind === 'member' && receiver !== null
      ? memberOf(machine, receiver, callee.name)
      : machine.evaluate(callee, frame);
  const args = expression.arguments.map((argument): EvaluatedArgument => {
    const value = machine.evaluate(argument.value, argument.name === null ? frame : aimedAt(frame, argument.name));
    if (argument.name !== null) checkAssignment(machine, { name: argument.name, value, range: expression, frame });
    return { name: argument.name, value, spread: argument.spread, expression: argument.value };
  });
  const named = called.options?.find((option) => option.path !== undefined || option.callable !== undefined) ?? called;
  const written = writtenName(callee);
  const path = tableEntry(callee, named) ?? named.path ?? (callee.kind === 'member' ? undefined : named.type);
  const { start, end } = expression;
  const site: CallSite = {
    path,
    written,
    name: lastName(written),
    receiver,
    callee: named,
    arguments: args,
    start,
    end,
  };
  // What the file shows is judged by its body, not by its name.
  if (named.callable === undefined) checkCall(machine, site, frame);
  const object = callee.kind === 'member' ? callee.object : null;
  return resultOf(machine, site, { frame, object });
}

interface Surroundings {
  readonly frame: Frame;
  /** Expression of the receiver. */
  readonly object: Expression | null;
}

function resultOf(machine: Machine, site: CallSite, { frame, object }: Surroundings): Value {
  const { knowledge } = machine;
  const { callable } = site.callee;
  if (callable !== undefined) {
    const result = machine.parts.invoke(machine, callable, site, frame);
    if (result !== null) return result;
  }
  const known = knowledge.callOf(site.path, site.written);
  if (known.role === 'exits') {
    machine.state.ended = true;
    return UNKNOWN;
  }
  if (site.arguments.length === 0 && site.path !== undefined && knowledge.model.scopes.includes(site.path))
    return machine.object(machine.state.variablesOf(frame.scope.id), null, { type: 'dict' });
  if (known.sources.length > 0) {
    const flows = machine.sourceFlows(known.sources, `${site.written}@${site.start}`);
    return { flows, clean: false, type: typeOf(site), reference: machine.nextId() };
  }
  return (
    libraryResult(machine, site, known) ??
    (site.receiver === null || object === null ? null : callMethod(machine, site, { frame, object })) ??
    namedResult(machine, site) ??
    unknownResult(machine, site)
  );
}

const typeOf = (site: CallSite): string | undefined => (site.path === undefined ? undefined : `${site.path}()`);

const argumentFlows = (machine: Machine, site: CallSite): readonly Flow[] =>
  mergeFlows(...site.arguments.map((argument) => allFlows(argument.value, machine.state)));

/** Numbers and the like carry no attack, but a weak random number stays one. */
const withoutInput = (flows: readonly Flow[]): Value => ({
  flows: flows.filter((flow) => flow.kind === 'random'),
  clean: true,
});

/** What the model and the rules know of a qualified name. */
function libraryResult(machine: Machine, site: CallSite, { cleans, role }: KnownCall): Value | null {
  if (cleans !== 0) {
    const flows = mergeFlows(argumentFlows(machine, site), site.receiver?.flows ?? []);
    return {
      flows: flows.map((flow) => ({ ...flow, cleaned: flow.cleaned | cleans })),
      clean: flows.length === 0,
      type: typeOf(site),
    };
  }
  const first = argumentOf(site, 0);
  switch (role) {
    case null:
    case 'exits':
      return null;
    case 'fullMatches':
      return matchResult(machine, site, 'full');
    case 'startMatches':
      return matchResult(machine, site, 'start');
    case 'searches':
      return matchResult(machine, site, 'search');
    case 'substitutions':
      return substituted(machine, site);
    case 'clean':
      return cleanResult(machine, site, first);
    case 'normalisers':
      return normalised(machine, site, first);
    case 'joins':
      return joinedPath(machine, site);
    case 'urlParts': {
      const flows = first === null ? [] : allFlows(first, machine.state);
      return { flows, clean: first?.clean ?? false, type: typeOf(site), reference: machine.nextId() };
    }
    case 'part':
      return cutOf({ ...(first ?? UNKNOWN), flows: argumentFlows(machine, site) }, 'part');
    case 'whole': {
      if (first === null)
        return { flows: argumentFlows(machine, site), clean: site.arguments.length === 0, type: typeOf(site) };
      const facts = factsOf(first, machine);
      return { ...first, facts, flows: mergeFlows(first.flows, argumentFlows(machine, site)) };
    }
  }
}

function normalised(machine: Machine, site: CallSite, first: Value | null): Value {
  const segments = site.arguments.filter(({ name }) => name === null).map(({ value }) => value);
  const subject = segments.length > 1 ? joinSegments(machine, segments) : (first ?? site.receiver ?? UNKNOWN);
  const mask = machine.knowledge.mask('normalised');
  return mapFlows({ ...subject, constant: undefined }, (flow) => ({ ...flow, cleaned: flow.cleaned | mask }));
}

function cleanResult(machine: Machine, site: CallSite, first: Value | null): Value {
  const { constant } = first ?? {};
  if (site.path === 'int' && typeof constant === 'string' && /^\d+$/.test(constant))
    return constantValue(Number(constant));
  if (site.path === 'len' && typeof constant === 'string') return constantValue(constant.length);
  // isinstance(x, int) and the like say what x is, any(…) and all(…) what their elements are.
  const facts = first === null ? undefined : first.facts;
  if (site.path === 'isinstance' && first !== null) {
    const types = argumentOf(site, 1);
    const names = types === null ? [] : [types, ...machine.contents(types).items.values()].map((type) => type.path);
    const { model } = machine.knowledge;
    const isNumber = names.some((name) => name !== undefined && model.cleanTypes.test(name));
    const accepted = isNumber ? acceptedFacts(machine, first.flows) : [];
    // Text holds no operators of a query.
    const mask = names.includes('string') ? machine.knowledge.mask('nosql') : 0;
    const texts = mask === 0 ? [] : first.flows.map(({ origin }) => ({ origin, mask }));
    return { ...CLEAN, facts: { whenTrue: [...accepted, ...texts], whenFalse: [] } };
  }
  return { ...withoutInput(argumentFlows(machine, site)), facts, type: typeOf(site) };
}

function matchResult(machine: Machine, site: CallSite, kind: MatchKind): Value {
  // `re.match(pattern, text)`, or `compiled.match(text)` on what `re.compile(pattern)` gave.
  const compiled = site.arguments.length === 1 && site.receiver !== null;
  const pattern = compiled
    ? (machine.contents(site.receiver).items.get('.pattern') ?? UNKNOWN)
    : (argumentOf(site, 0) ?? UNKNOWN);
  const subject = (compiled ? argumentOf(site, 0) : argumentOf(site, 1)) ?? UNKNOWN;
  const flows = cutOf({ ...subject, flows: allFlows(subject, machine.state) }, 'part').flows;
  return {
    flows,
    clean: subject.clean,
    facts: matchFacts(machine, kind, pattern, subject),
    reference: machine.nextId(),
  };
}

function substituted(machine: Machine, site: CallSite): Value {
  const compiled = site.arguments.length === 2 && site.receiver !== null;
  const pattern = compiled ? machine.contents(site.receiver).items.get('.pattern') : argumentOf(site, 0);
  const subject = argumentOf(site, compiled ? 1 : 2) ?? argumentOf(site, 'string') ?? UNKNOWN;
  const text = pattern ? knownString(pattern) : null;
  const result = { ...subject, constant: undefined, text: undefined };
  // `[^a-z0-9]` replaced keeps nothing but what it lists.
  return text !== null && /^\(?\[\^/.test(text) ? mapFlows(result, (flow) => ({ ...flow, cleaned: -1 })) : result;
}

function joinedPath(machine: Machine, site: CallSite): Value {
  const base =
    site.receiver !== null && machine.knowledge.callOf(site.path, '').role !== 'joins' ? [site.receiver] : [];
  return joinSegments(machine, [...base, ...site.arguments.map((argument) => argument.value)]);
}

function joinSegments(machine: Machine, segments: readonly Value[]): Value {
  const parts: Part[] = [];
  for (const segment of segments) {
    if (parts.length > 0) parts.push('/');
    const option = segment.options?.find((item) => item.flows.length > 0) ?? segment;
    parts.push({ ...option, flows: allFlows(segment, machine.state) });
  }
  return textOf(parts);
}

/** What the name of a function says that the file does not show. */
function namedResult(machine: Machine, site: CallSite): Value | null {
  const { predicates } = machine.knowledge.model;
  const { name } = site;
  const flows = argumentFlows(machine, site);
  if (predicates.sanitisers.test(name)) {
    const all = mergeFlows(flows, site.receiver?.flows ?? []);
    return { flows: all.map((flow) => ({ ...flow, cleaned: -1 })), clean: all.length === 0 };
  }
  if (predicates.notValidators.test(name)) return null;
  if (predicates.refusers.test(name))
    return { ...CLEAN, facts: { whenTrue: [], whenFalse: acceptedFacts(machine, flows) } };
  if (predicates.enforcers.test(name)) applyFacts(machine, acceptedFacts(machine, flows));
  if (predicates.validators.test(name))
    return { ...CLEAN, facts: { whenTrue: acceptedFacts(machine, flows), whenFalse: [] } };
  return null;
}

function unknownResult(machine: Machine, site: CallSite): Value {
  const fromArguments = argumentFlows(machine, site)
    // What was secret or an error is rarely so after a call that is not known.
    .filter((flow) => flow.kind === 'input' || flow.kind === 'random')
    .map((flow) => ({ ...flow, direct: false }));
  // A method of a parameter gives anything, of a request something of the request.
  const fromReceiver = (site.receiver?.flows ?? []).filter(
    (flow) => flow.level === 'remote' || flow.kind === 'archive',
  );
  const reference = machine.nextId();
  const flows = mergeFlows(fromArguments, fromReceiver);
  // What a digest or a number gives is no more open to choice than itself.
  const clean = flows.length === 0 && (site.receiver?.clean ?? false) && site.receiver?.path === undefined;
  const result: Value = { flows, clean, type: typeOf(site), reference };
  const pattern = site.path === 're.compile' ? argumentOf(site, 0) : null;
  if (pattern !== null) machine.state.setContents(reference, { items: new Map([['.pattern', pattern]]), rest: null });
  return result.flows.length === 0 && site.receiver !== null && site.receiver.options !== undefined
    ? joinValues([result])
    : result;
}
