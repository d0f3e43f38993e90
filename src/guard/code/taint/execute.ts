/** Runs statements of the IR on the abstract machine. */
import type { Statement } from '../ir.js';
import { evaluateArithmetic } from './arithmetic.js';
import { assign, elementOf } from './collections.js';
import { applyFacts, factsOf } from './conditions.js';
import { defineClass, defineFunction } from './functions.js';
import { aimedAt, type Frame, type Loop, type Machine } from './machine.js';
import { State } from './state.js';
import { checkReturn } from './triggers.js';
import { CLEAN, truthOf, UNKNOWN } from './value.js';

type Of<Kind extends Statement['kind']> = Extract<Statement, { kind: Kind }>;

export function executeStatements(machine: Machine, statements: readonly Statement[], frame: Frame): void {
  for (const statement of statements) {
    if (machine.state.ended) {
      // Dead code still defines functions: a handler below `app.run()` is served all the same.
      if (statement.kind === 'function' || statement.kind === 'class') executeDefinition(machine, statement, frame);
      continue;
    }
    executeStatement(machine, statement, frame);
  }
}

function executeStatement(machine: Machine, statement: Statement, frame: Frame): void {
  switch (statement.kind) {
    case 'expression':
      machine.evaluate(statement.value, frame);
      return;
    case 'assign': {
      const [target] = statement.targets;
      const value = machine.evaluate(statement.value, aimedAt(frame, targetName(target)));
      for (const each of statement.targets) assign(machine, each, value, frame, statement);
      return;
    }
    case 'augment': {
      const old = machine.evaluate(statement.target, frame);
      const added = machine.evaluate(statement.value, frame);
      assign(machine, statement.target, evaluateArithmetic(machine, statement.operator, old, added), frame, statement);
      return;
    }
    case 'if':
      executeIf(machine, statement, frame);
      return;
    case 'loop':
      executeLoop(machine, statement, frame);
      return;
    case 'try':
      executeTry(machine, statement, frame);
      return;
    case 'block':
      machine.execute(statement.body, frame);
      return;
    case 'return': {
      const value =
        statement.value === null ? CLEAN : machine.state.withChecks(machine.evaluate(statement.value, frame));
      checkReturn(machine, value, frame, statement);
      frame.returns.push({ value, state: machine.state.snapshot(frame.base) });
      machine.state.ended = true;
      return;
    }
    case 'raise':
      if (statement.value !== null) machine.evaluate(statement.value, frame);
      machine.state.ended = true;
      return;
    case 'jump':
      if (frame.loop !== null) frame.loop.exits.push(machine.state.snapshot(frame.loop.base));
      machine.state.ended = true;
      return;
    case 'assert': {
      const condition = machine.evaluate(statement.condition, frame);
      applyFacts(machine, factsOf(condition, machine).whenTrue);
      return;
    }
    case 'function':
    case 'class':
      executeDefinition(machine, statement, frame);
      return;
    case 'import':
      for (const { name, path } of statement.bindings) machine.setVariable(name, importedValue(machine, path), frame);
      return;
    case 'global':
      for (const name of statement.names) frame.globals.add(name);
  }
}

function importedValue(machine: Machine, path: string): typeof UNKNOWN {
  const { knowledge } = machine;
  const flows = machine.sourceFlows(knowledge.sourceReads.match(path, path), path);
  return {
    path,
    flows,
    clean: flows.length === 0 && knowledge.model.constants.test(path.slice(path.lastIndexOf('.') + 1)),
  };
}

function targetName(target: Of<'assign'>['targets'][number] | undefined): string {
  if (target?.kind === 'name' || target?.kind === 'member') return target.name;
  if (target?.kind === 'index' && target.index.kind === 'constant') return String(target.index.value);
  return '';
}

function executeDefinition(machine: Machine, statement: Of<'function' | 'class'>, frame: Frame): void {
  if (statement.kind === 'function') {
    const callable = defineFunction(machine, statement.function, frame, null);
    machine.setVariable(statement.function.name, { ...UNKNOWN, callable }, frame);
  } else {
    const callable = defineClass(machine, statement, frame);
    machine.setVariable(statement.name, { ...UNKNOWN, callable, path: undefined, type: statement.name }, frame);
  }
}

function executeIf(machine: Machine, statement: Of<'if'>, frame: Frame): void {
  const ends: State[] = [];
  // Each condition runs on a state of its own where all before it were false.
  let rest = new State(machine.state);
  for (const { condition, body } of statement.branches) {
    const value = machine.on(rest, () => machine.evaluate(condition, frame));
    const truth = truthOf(value);
    const { whenTrue, whenFalse } = factsOf(value, machine);
    const runs = new State(rest);
    rest = new State(rest);
    if (truth !== false) {
      machine.on(runs, () => {
        applyFacts(machine, whenTrue);
        machine.execute(body, frame);
      });
      ends.push(runs);
    }
    rest.ended = truth === true;
    if (rest.ended) break;
    machine.on(rest, () => {
      applyFacts(machine, whenFalse);
    });
  }
  if (!rest.ended) {
    machine.on(rest, () => {
      machine.execute(statement.otherwise, frame);
    });
  }
  machine.state.join([...ends, rest]);
}

/** A second pass carries what the first one changed around the loop; deep nests and tired machines do with one. */
const MAX_REPEATED_DEPTH = 2;

function executeLoop(machine: Machine, statement: Of<'loop'>, frame: Frame): void {
  const depth = (frame.loop?.depth ?? 0) + 1;
  const passes = depth > MAX_REPEATED_DEPTH || machine.isTired ? 1 : 2;
  const iterable = statement.each === null ? null : machine.evaluate(statement.each.iterable, frame);
  for (let pass = 0; pass < passes; pass += 1) {
    const loop: Loop = { depth, base: machine.state, exits: [] };
    const inner: Frame = { ...frame, loop };
    const once = machine.branch(() => {
      if (statement.condition !== null) {
        const condition = machine.evaluate(statement.condition, frame);
        applyFacts(machine, factsOf(condition, machine).whenTrue);
      }
      if (statement.each !== null && iterable !== null)
        assign(machine, statement.each.target, elementOf(machine, iterable), inner, statement.each.target);
      machine.execute(statement.body, inner);
    });
    const none = new State(machine.state);
    if (statement.condition !== null) {
      // Leaving by its condition means that the condition was false.
      const { condition } = statement;
      machine.on(none, () => {
        applyFacts(machine, factsOf(machine.evaluate(condition, frame), machine).whenFalse);
      });
    }
    // `while True` is left only from within.
    const endless =
      statement.condition !== null &&
      loop.exits.length > 0 &&
      truthOf(machine.evaluate(statement.condition, frame)) === true;
    machine.state.join(endless ? loop.exits : [none, once, ...loop.exits]);
  }
  machine.execute(statement.otherwise, frame);
}

function executeTry(machine: Machine, statement: Of<'try'>, frame: Frame): void {
  const before = machine.branch(() => undefined);
  const body = machine.branch(() => {
    machine.execute(statement.body, frame);
  });
  const tried = new State(body);
  const handled = statement.handlers.map((handler) =>
    machine.branch(() => {
      // The exception may have come before or after any change of the body.
      machine.state.join([before, tried]);
      if (handler.name !== null) {
        const sources = machine.knowledge.sourcesNamed('except');
        machine.setVariable(handler.name, { flows: machine.sourceFlows(sources, handler.name), clean: false }, frame);
      }
      machine.execute(handler.body, frame);
    }),
  );
  if (!body.ended)
    machine.on(body, () => {
      machine.execute(statement.otherwise, frame);
    });
  machine.state.join([body, ...handled]);
  const wasEnded = machine.state.ended;
  machine.state.ended = false;
  machine.execute(statement.last, frame);
  machine.state.ended ||= wasEnded;
}
