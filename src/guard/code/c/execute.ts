/** Statements of C and C++ on the abstract machine, each on all of the paths that reach it. */
import { compare } from './conditions.js';
import { declare } from './declarations.js';
import { executeLoop } from './loops.js';
import { addExits, limitPaths, newFlowing } from './paths.js';
import type { CExpression, CStatement } from './ast.js';
import type { CMachine, Flowing } from './machine.js';
import type { State } from './memory.js';
import { converted } from './arithmetic.js';
import { PLAIN } from './values.js';

export function executeStatements(
  machine: CMachine,
  statements: readonly CStatement[],
  states: readonly State[],
): Flowing {
  const result = newFlowing();
  const outer = new Map(machine.frame.variables);
  let current = limitPaths(machine, states);
  for (const statement of statements) {
    if (statement.kind === 'label') {
      const jumps = result.gotos.filter(({ label }) => label === statement.label);
      result.gotos = result.gotos.filter(({ label }) => label !== statement.label);
      current = limitPaths(machine, [...current, ...jumps.map(({ state }) => state)]);
      continue;
    }
    if (current.length === 0) continue;
    const flowing = executeStatement(machine, statement, current);
    addExits(result, flowing);
    current = limitPaths(machine, flowing.next);
  }
  result.next = current;
  // Names of this block end with it; those of a function's outermost block end with its frame.
  const { variables } = machine.frame;
  for (const name of [...variables.keys()]) {
    const before = outer.get(name);
    if (before === undefined) variables.delete(name);
    else variables.set(name, before);
  }
  return result;
}

/** Runs `work` on each path, and gives the states that it leads to. */
const eachState = (machine: CMachine, states: readonly State[], work: () => void): State[] =>
  states.flatMap((state) => machine.run(state, work).map((outcome) => outcome.state));

function executeStatement(machine: CMachine, statement: CStatement, states: readonly State[]): Flowing {
  const result = newFlowing();
  switch (statement.kind) {
    case 'expression':
      if (statement.value.kind === 'statements') return executeStatements(machine, statement.value.body, states);
      noteIgnored(machine, statement.value);
      result.next = eachState(machine, states, () => machine.evaluate(statement.value));
      return result;
    case 'declare':
      result.next = eachState(machine, states, () => {
        for (const declaration of statement.declarations) declare(machine, declaration, 'local');
      });
      return result;
    case 'if':
      return executeIf(machine, statement, states);
    case 'loop':
      for (const state of states) {
        const flowing = executeLoop(machine, statement, state);
        addExits(result, flowing);
        result.next.push(...flowing.next);
      }
      return result;
    case 'switch':
      return executeSwitch(machine, statement, states);
    case 'block':
      return executeStatements(machine, statement.body, states);
    case 'return':
      for (const state of states)
        result.returns.push(
          ...machine.run(state, () => {
            const type = machine.frame.function?.result ?? null;
            if (statement.value === null) return PLAIN;
            const value = machine.evaluate(statement.value);
            return value.targets !== null ? value : converted(machine, value, type, statement);
          }),
        );
      return result;
    case 'break':
      result.breaks = [...states];
      return result;
    case 'continue':
      result.continues = [...states];
      return result;
    case 'goto':
      result.gotos = states.map((state) => ({ label: statement.label, state }));
      return result;
    case 'try': {
      const body = machine.parts.execute(machine, statement.body, states);
      // What was thrown may have been thrown before anything was done.
      const handled = statement.handlers.map((handler) =>
        machine.parts.execute(
          machine,
          handler,
          states.map((state) => state.fork()),
        ),
      );
      for (const flowing of [body, ...handled]) {
        addExits(result, flowing);
        result.next.push(...flowing.next);
      }
      machine.escapes += 1;
      return result;
    }
    case 'throw':
      machine.escapes += 1;
      return result;
    case 'label':
      result.next = [...states];
      return result;
  }
}

/** A call whose failure leaves the program with rights that it thinks to have given up. */
function noteIgnored(machine: CMachine, value: CExpression): void {
  if (value.kind !== 'call' || value.callee.kind !== 'name') return;
  if (machine.knowledge.model.functions.get(value.callee.name)?.mustCheck === true)
    machine.report('unchecked-result', value);
}

type Of<Kind extends CStatement['kind']> = Extract<CStatement, { kind: Kind }>;

function executeIf(machine: CMachine, statement: Of<'if'>, states: readonly State[]): Flowing {
  const result = newFlowing();
  const ways = states.flatMap((state) => machine.run(state, () => machine.truth(statement.condition)));
  for (const [truth, body] of [
    [true, statement.then],
    [false, statement.otherwise],
  ] as const) {
    const taken = ways.filter(({ value }) => value === truth).map(({ state }) => state);
    if (taken.length === 0) continue;
    const flowing = machine.parts.execute(machine, body, taken);
    addExits(result, flowing);
    result.next.push(...flowing.next);
  }
  return result;
}

function executeSwitch(machine: CMachine, statement: Of<'switch'>, states: readonly State[]): Flowing {
  const result = newFlowing();
  const { cases } = statement;
  const fallback = cases.findIndex(({ value }) => value === null);
  const entries: State[][] = cases.map(() => []);
  for (const state of states) {
    const ways = machine.run(state, () => {
      const value = machine.evaluate(statement.value);
      for (const [index, clause] of cases.entries()) {
        if (clause.value === null) continue;
        const label = machine.evaluate(clause.value);
        if (compare(machine, { operator: '==', left: value, right: label }, statement)) return index;
      }
      return fallback;
    });
    for (const { state: entered, value: index } of ways) {
      if (index < 0) result.next.push(entered);
      else entries[index]?.push(entered);
    }
  }
  let current: State[] = [];
  for (const [index, clause] of cases.entries()) {
    current = limitPaths(machine, [...current, ...(entries[index] ?? [])]);
    if (current.length === 0) continue;
    const flowing = machine.parts.execute(machine, clause.body, current);
    result.next.push(...flowing.breaks);
    addExits(result, { ...flowing, breaks: [] });
    current = flowing.next;
  }
  result.next.push(...current);
  return result;
}
