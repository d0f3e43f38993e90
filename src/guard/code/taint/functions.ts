/** The file's own functions and classes: definition, calls followed into their bodies, and runs as entries from outside. */
import type { Expression, FunctionNode, Parameter, Statement } from '../ir.js';
import { newFlow } from './knowledge.js';
import type { CallSite, Entry, Frame, Machine } from './machine.js';
import { State } from './state.js';
import { checkAssignment, checkDecorator } from './triggers.js';
import {
  CLEAN,
  type ClassValue,
  type Fact,
  type Facts,
  type FunctionValue,
  joinValues,
  type Level,
  mergeFlows,
  type Origin,
  truthOf,
  UNKNOWN,
  type Value,
} from './value.js';

/** Calls followed into calls. */
const MAX_DEPTH = 5;

export function newFrame(
  machine: Machine,
  base: Pick<Frame, 'name' | 'entry' | 'owner' | 'depth'>,
  parent: Frame['scope'],
): Frame {
  const scope = { id: machine.nextId(), parent };
  return { ...base, scope, base: machine.state, loop: null, globals: new Set(), returns: [], pending: [], target: '' };
}

/** What a decorator such as `@app.route('/x')` or `@login_required` is called, and whether it is called at all. */
function decoratorName(decorator: Expression): string {
  const callee = decorator.kind === 'call' ? decorator.callee : decorator;
  return callee.kind === 'member' || callee.kind === 'name' ? callee.name : '';
}

const firstText = (decorator: Expression): string | null => {
  const value = decorator.kind === 'call' ? decorator.arguments[0]?.value : undefined;
  return value?.kind === 'constant' && typeof value.value === 'string' ? value.value : null;
};

function entryOf(machine: Machine, node: FunctionNode, frame: Frame): Entry {
  const { model } = machine.knowledge;
  for (const decorator of node.decorators) {
    if (!model.handlers.test(decoratorName(decorator))) continue;
    const isRoute = /^(route|expose|view_config|api_view|api_route)$/.test(decoratorName(decorator));
    if (!isRoute && !/^[/^<]|^$/.test(firstText(decorator) ?? 'none')) continue;
    const callee = decorator.kind === 'call' ? decorator.callee : decorator;
    const application = callee.kind === 'member' ? machine.evaluate(callee.object, frame) : UNKNOWN;
    return model.jsonApplications.test(application.type ?? application.path ?? '') ? 'json' : 'html';
  }
  return 'plain';
}

export function defineFunction(
  machine: Machine,
  node: FunctionNode,
  frame: Frame,
  owner: ClassValue | null,
): FunctionValue {
  for (const decorator of node.decorators)
    checkDecorator(machine, machine.evaluate(decorator, frame), decoratorName(decorator), decorator);
  for (const { name, fallback } of node.parameters)
    if (fallback !== null)
      checkAssignment(machine, { name, value: machine.evaluate(fallback, frame), range: fallback, frame });
  const value: FunctionValue = { kind: 'function', node, scope: frame.scope, owner, self: null };
  frame.pending.push({ function: value, entry: entryOf(machine, node, frame) });
  return value;
}

export function defineClass(
  machine: Machine,
  statement: Extract<Statement, { kind: 'class' }>,
  frame: Frame,
): ClassValue {
  const methods = new Map<string, FunctionValue>();
  const attributes = new Map<string, Value>();
  const bases = statement.bases.map((base) => machine.evaluate(base, frame));
  const owner: ClassValue = { kind: 'class', name: statement.name, methods, attributes, bases };
  for (const decorator of statement.decorators) machine.evaluate(decorator, frame);
  const body = newFrame(machine, { name: statement.name, entry: 'plain', owner, depth: frame.depth }, frame.scope);
  machine.execute(
    statement.body.filter((inner) => inner.kind !== 'function'),
    body,
  );
  for (const inner of statement.body) {
    if (inner.kind === 'function')
      methods.set(inner.function.name, defineFunction(machine, inner.function, frame, owner));
    if (inner.kind !== 'assign') continue;
    for (const target of inner.targets)
      if (target.kind === 'name') attributes.set(target.name, machine.lookup(target.name, body.scope) ?? UNKNOWN);
  }
  // Classes within classes find their way out through the frame of the outer one.
  frame.pending.push(...body.pending);
  return owner;
}

/** Runs a body and gives what it returns; what it changes outside itself stays changed. */
function run(
  machine: Machine,
  callee: FunctionValue,
  bindings: ReadonlyMap<string, Value>,
  entry: Entry,
  depth: number,
): Value {
  const { node } = callee;
  const outer = machine.state;
  const base = new State(outer);
  machine.state = base;
  const frame = newFrame(machine, { name: node.name, entry, owner: callee.owner, depth }, callee.scope);
  machine.running.add(node);
  machine.executed.add(node);
  try {
    for (const [name, value] of bindings) machine.setVariable(name, value, frame);
    const end = machine.branch(() => {
      machine.execute(node.body, frame);
      runPending(machine, frame);
    });
    const left = frame.returns.map(({ state }) => state);
    base.join(end.ended ? left : [...left, end]);
  } finally {
    machine.running.delete(node);
    machine.state = outer;
  }
  if (!base.ended) outer.absorb(base, `${frame.scope.id}:`);
  return returnValue(frame, base);
}

function returnValue(frame: Frame, base: State): Value {
  if (frame.returns.length === 0) return CLEAN;
  const facts = (wanted: boolean): Fact[] => {
    const relevant = frame.returns.filter(({ value }) => truthOf(value) !== !wanted);
    const all = relevant.map(({ value, state }) => {
      const masks = new Map<Origin, number>(state.checksSince(base));
      const own = wanted ? value.facts?.whenTrue : value.facts?.whenFalse;
      for (const { origin, mask } of own ?? []) masks.set(origin, (masks.get(origin) ?? 0) | mask);
      return masks;
    });
    const [first, ...others] = all;
    return [...(first ?? [])].flatMap(([origin, mask]) => {
      const common = others.reduce((rest, masks) => rest & (masks.get(origin) ?? 0), mask);
      return common === 0 ? [] : [{ origin, mask: common }];
    });
  };
  const both: Facts = { whenTrue: facts(true), whenFalse: facts(false) };
  const joined = joinValues(frame.returns.map(({ value }) => value));
  return { ...joined, facts: both };
}

const isStatic = (node: FunctionNode): boolean =>
  node.decorators.some((decorator) => decoratorName(decorator) === 'staticmethod');

/** Null where the call is not followed. */
export function invoke(
  machine: Machine,
  callee: FunctionValue | ClassValue,
  site: CallSite,
  frame: Frame,
): Value | null {
  if (callee.kind === 'class') return instantiate(machine, callee, { site, frame });
  if (machine.running.has(callee.node) || frame.depth >= MAX_DEPTH || machine.isTired) return null;
  // Generators, coroutines and decorated functions give what their body gives, near enough.
  return run(machine, callee, bindArguments(machine, callee, site, frame), 'inlined', frame.depth + 1);
}

function bindArguments(machine: Machine, callee: FunctionValue, site: CallSite, frame: Frame): Map<string, Value> {
  const bindings = new Map<string, Value>();
  const parameters = [...callee.node.parameters];
  const [first] = parameters;
  if (callee.owner !== null && callee.self !== null && !isStatic(callee.node) && first !== undefined) {
    bindings.set(first.name, callee.self);
    parameters.shift();
  }
  const positional = site.arguments.filter((argument) => argument.name === null);
  const spread = joinValues(positional.filter((argument) => argument.spread).map((argument) => argument.value));
  const hasSpread = positional.some((argument) => argument.spread);
  const plain = positional.filter((argument) => !argument.spread).map((argument) => argument.value);
  for (const parameter of parameters) {
    const named = site.arguments.find((argument) => argument.name === parameter.name)?.value;
    const value = named ?? (parameter.kind === 'plain' ? plain.shift() : undefined);
    if (value !== undefined) bindings.set(parameter.name, value);
    else if (parameter.kind === 'rest') {
      const items = new Map(plain.splice(0).map((item, index) => [String(index), item] as const));
      bindings.set(parameter.name, machine.object(items, hasSpread ? spread : null, { type: 'tuple' }));
    } else if (parameter.kind === 'keywords') {
      const known = new Set(callee.node.parameters.map(({ name }) => name));
      const items = site.arguments.flatMap((argument) =>
        argument.name === null || known.has(argument.name) ? [] : [[argument.name, argument.value] as const],
      );
      bindings.set(parameter.name, machine.object(new Map(items), hasSpread ? spread : null, { type: 'dict' }));
    } else if (hasSpread) bindings.set(parameter.name, { ...UNKNOWN, flows: spread.flows });
    else
      bindings.set(parameter.name, parameter.fallback === null ? UNKNOWN : machine.evaluate(parameter.fallback, frame));
  }
  return bindings;
}

function constructorOf(owner: ClassValue, depth = 8): FunctionValue | null {
  const own = owner.methods.get('__init__');
  if (own !== undefined || depth === 0) return own ?? null;
  for (const base of owner.bases) {
    const inherited = base.callable?.kind === 'class' ? constructorOf(base.callable, depth - 1) : null;
    if (inherited !== null) return inherited;
  }
  return null;
}

/** An instance; `call` null makes it as an outsider would, with parameters from outside. */
function instantiate(machine: Machine, owner: ClassValue, call: { site: CallSite; frame: Frame } | null): Value {
  const self = machine.object(new Map(), null, { instanceOf: owner, type: owner.name });
  const constructor = constructorOf(owner);
  if (constructor === null || machine.running.has(constructor.node)) return self;
  const bound: FunctionValue = { ...constructor, self };
  if (call === null) run(machine, bound, outsideArguments(machine, bound, 'plain'), 'plain', 0);
  else invoke(machine, bound, call.site, call.frame);
  return self;
}

/** Parameters as an outsider chooses them. */
function outsideArguments(machine: Machine, callee: FunctionValue, entry: Entry): Map<string, Value> {
  const { knowledge } = machine;
  const { model } = knowledge;
  const { node, self } = callee;
  const parameters = [...node.parameters];
  const bindings = new Map<string, Value>();
  const [first] = parameters;
  if (callee.owner !== null && self !== null && !isStatic(node) && first !== undefined) {
    bindings.set(first.name, self);
    parameters.shift();
  }
  const numbers = new Set(
    node.decorators.flatMap((decorator) =>
      [...(firstText(decorator) ?? '').matchAll(/<(?:int|float|uuid):(\w+)>/g)].map(([, name]) => name),
    ),
  );
  const isRequest = (parameter: Parameter): boolean => knowledge.sourcesOfParameter(parameter).length > 0;
  // Where no compiler checks types, a framework that parses requests may.
  const isEnforced = model.checksTypes || entry === 'json';
  // Beside a request stand the pieces of its URL.
  const level: Level = entry === 'html' || entry === 'json' || parameters.some(isRequest) ? 'remote' : 'parameter';
  for (const parameter of parameters) {
    const { name, annotation, fallback } = parameter;
    const isNumber =
      fallback?.kind === 'constant' && (typeof fallback.value === 'number' || typeof fallback.value === 'boolean');
    const sources = knowledge.sourcesOfParameter(parameter);
    const isTyped = sources.some(({ types }) => types !== null);
    const isInjected = fallback?.kind === 'call' && decoratorName(fallback) === 'Depends';
    const reference = machine.nextId();
    if (parameter === node.parameters[0] && /^(self|cls)$/.test(name)) bindings.set(name, { ...UNKNOWN, reference });
    else if (numbers.has(name) || (annotation !== null && model.cleanTypes.test(annotation)))
      bindings.set(
        name,
        isEnforced || numbers.has(name) ? { ...CLEAN, type: annotation ?? undefined } : { ...UNKNOWN, reference },
      );
    // A function without a name is called by who knows whom, unless the type of its parameter tells.
    else if (isNumber || isInjected || (node.name === '' && !isTyped)) bindings.set(name, { ...UNKNOWN, reference });
    else {
      const what = `parameter ${name}`;
      const own = newFlow(machine.origin(`${what}@${node.start}`, what), level, 'input');
      const flows = sources.length > 0 ? machine.sourceFlows(sources, `${name}@${node.start}`) : [own];
      const path = sources.length > 0 ? model.aliases.get(name) : undefined;
      const secrets = machine.sourceFlows(knowledge.sourcesNamed(name), name);
      const type = model.checksTypes ? (annotation ?? undefined) : undefined;
      bindings.set(name, { flows: mergeFlows(flows, secrets), clean: false, path, type, reference });
    }
  }
  return bindings;
}

/**
 * Runs the functions of a frame that outsiders may call: all but those that the file itself calls outside of demonstrations, and
 * then those too that were not reached after all.
 */
export function runPending(machine: Machine, frame: Frame): void {
  const { model } = machine.knowledge;
  const hasCaller = ({ node }: FunctionValue): boolean =>
    [...(machine.program.callers.get(node.name) ?? [])].some(
      (caller) => caller !== '' && caller !== node.name && !model.demonstrations.test(caller),
    );
  const instances = new Map<ClassValue, Value>();
  const instanceOf = (owner: ClassValue): Value => {
    const instance = instances.get(owner) ?? instantiate(machine, owner, null);
    instances.set(owner, instance);
    return instance;
  };
  const runOne = ({ function: callee, entry }: Frame['pending'][number]): void => {
    if (machine.running.has(callee.node)) return;
    const self = callee.owner === null ? null : instanceOf(callee.owner);
    machine.branch(() => {
      const bound: FunctionValue = { ...callee, self };
      run(machine, bound, outsideArguments(machine, bound, entry), entry, 0);
    });
  };
  const pending = frame.pending.splice(0);
  const called = pending.filter((item) => item.entry === 'plain' && hasCaller(item.function));
  for (const item of pending) if (!called.includes(item)) runOne(item);
  for (const item of called) if (!machine.executed.has(item.function.node)) runOne(item);
}
