/** Runs a C or C++ program on the abstract machine and gives what the rules forbid. */
import type { SyntaxNode } from '../syntax.js';
import type { RawFinding } from '../taint/machine.js';
import { unknownOf } from './access.js';
import type { CFunction, CParameter } from './ast.js';
import { bindParameter, leave } from './calls.js';
import { truthOf } from './conditions.js';
import { declare } from './declarations.js';
import { evaluateExpression } from './evaluate.js';
import { executeStatements } from './execute.js';
import { locateExpression } from './places.js';
import type { CKnowledge } from './knowledge.js';
import { lowerC } from './lower.js';
import type { Parse } from './lowering.js';
import { CMachine, OUT_OF_BUDGET } from './machine.js';
import type { State } from './memory.js';
import { CHAR, INT, pointerTo } from './types.js';
import { type Flow, PLAIN, type Value } from './values.js';

interface Source {
  readonly root: SyntaxNode;
  readonly code: string;
  readonly hasErrors: boolean;
  readonly parse: Parse;
}

const SEVERITIES = ['low', 'medium', 'high'] as const;

export function analyseC(
  source: Source,
  knowledge: CKnowledge,
): { readonly findings: readonly RawFinding[]; readonly parse: 'clean' | 'errors' } {
  const program = lowerC(source);
  const findings = new Map<string, RawFinding>();
  const machine = new CMachine(
    program,
    knowledge,
    { evaluate: evaluateExpression, locate: locateExpression, truth: truthOf, execute: executeStatements },
    (finding) => {
      const key = `${finding.rule.id}@${finding.start}`;
      const known = findings.get(key);
      if (known === undefined || SEVERITIES.indexOf(finding.severity) > SEVERITIES.indexOf(known.severity))
        findings.set(key, finding);
    },
  );
  guarded(() => {
    runAll(machine);
  });
  const sorted = [...findings.values()].sort((left, right) => left.start - right.start || left.end - right.end);
  return { findings: sorted, parse: program.hasErrors ? 'errors' : 'clean' };
}

/** Code that nests deeper than the machine's own stack, or that takes too long, is not followed to its end. */
function guarded(work: () => void): void {
  try {
    work();
  } catch (thrown) {
    if (!(thrown instanceof RangeError) && thrown !== OUT_OF_BUDGET) throw thrown;
  }
}

function runAll(machine: CMachine): void {
  const { functions, callers, globals } = machine.program;
  let start = machine.state;
  for (const declaration of globals)
    guarded(() => {
      const [begun] = machine.run(start, () => {
        declare(machine, declaration, 'global');
      });
      start = begun?.state ?? start;
    });
  const all = [...functions.values()];
  const isCalled = ({ name }: CFunction): boolean => [...(callers.get(name) ?? [])].some((caller) => caller !== name);
  const entries = all.filter((item) => !isCalled(item) || item.name === 'main');
  const runOne = (entry: CFunction, isThread = false): void => {
    guarded(() => {
      runEntry(machine, entry, start, isThread);
    });
  };
  for (const entry of entries) runOne(entry);
  for (const left of all) if (!machine.executed.has(left)) runOne(left);
  const threads = [...machine.threads];
  const isShared = threads.length > 1 || threads.some(([, count]) => count > 1);
  for (const [name] of threads) {
    const started = functions.get(name);
    if (started !== undefined && isShared) runOne(started, true);
  }
}

/** Runs a function as one that outsiders call. */
function runEntry(machine: CMachine, entry: CFunction, start: State, isThread = false): void {
  if (machine.isTired) return;
  machine.executed.add(entry);
  const outer = { frame: machine.frame, state: machine.state };
  const frame = machine.newFrame(entry, null, { isThread });
  machine.frame = frame;
  machine.state = start.fork();
  try {
    const range = { name: entry.name, arguments: [], start: entry.start, end: entry.end };
    for (const parameter of entry.parameters)
      bindParameter(
        machine,
        { name: parameter.name, value: outsideValue(machine, entry, parameter), range },
        parameter.type,
      );
    const { next, returns } = machine.parts.execute(machine, entry.body, [machine.state]);
    const ends = [...returns, ...next.map((state) => ({ state, value: PLAIN }))];
    // Each way out leads through a call of the function itself: there is none.
    if (ends.length > 0 && ends.every(({ state }) => state.isCut) && callsItself(machine, entry))
      machine.report('recursion', nameRange(entry));
    for (const { state, value } of ends) leave(machine, { state, value, own: entry, frame });
  } finally {
    machine.frame = outer.frame;
    machine.state = outer.state;
  }
}

const callsItself = (machine: CMachine, { name }: CFunction): boolean =>
  machine.program.callers.get(name)?.has(name) ?? false;

const nameRange = ({ start, end }: CFunction) => ({ start, end });

function outsideValue(machine: CMachine, entry: CFunction, { name, type }: CParameter): Value {
  const input = (level: Flow['level']): Flow => ({
    level,
    kind: 'input',
    origin: machine.nextId(),
    cleaned: 0,
    isPart: false,
    isNormalised: false,
  });
  const isMain = /^w?main$/.test(entry.name) && entry.parameters.length >= 2;
  if (isMain && type.kind === 'integer') return machine.unknown(INT, [], { low: 0, high: 0x7fff_ffff });
  const { inputs, secrets } = machine.knowledge.model;
  const flow = input(isMain ? 'local' : inputs.test(name) ? 'remote' : 'parameter');
  if (isMain) {
    const words = machine.addObject({ kind: 'outside', type: null, site: entry, flows: [flow] });
    return machine.pointer(words, pointerTo(pointerTo(CHAR)));
  }
  const flows: Flow[] = [flow];
  if (secrets.test(name)) flows.push({ ...input('remote'), kind: 'secret' });
  const value = unknownOf(machine, type, flows);
  return value;
}
