/** Runs a program on the abstract machine and gives what the rules forbid. */
import type { Program } from '../ir.js';
import { evaluateExpression } from './evaluate.js';
import { executeStatements } from './execute.js';
import { invoke, newFrame, runPending } from './functions.js';
import type { Knowledge } from './knowledge.js';
import { type Frame, Machine, type RawFinding } from './machine.js';

const SEVERITIES = ['low', 'medium', 'high'] as const;

export function analyse(program: Program, knowledge: Knowledge): readonly RawFinding[] {
  const findings = new Map<string, RawFinding>();
  const report = (finding: RawFinding): void => {
    // One place, one rule, one finding: the same statement runs several times.
    const key = `${finding.rule.id}@${finding.start}`;
    const known = findings.get(key);
    const isWorse = known === undefined || SEVERITIES.indexOf(finding.severity) > SEVERITIES.indexOf(known.severity);
    if (isWorse) findings.set(key, finding);
  };
  const machine = new Machine(
    program,
    knowledge,
    { evaluate: evaluateExpression, execute: executeStatements, invoke },
    report,
  );
  const base = newFrame(machine, { name: '', entry: 'module', owner: null, depth: 0 }, machine.moduleScope);
  const frame: Frame = { ...base, scope: machine.moduleScope };
  machine.execute(program.body, frame);
  machine.state.ended = false;
  runPending(machine, frame);
  return [...findings.values()].sort((left, right) => left.start - right.start || left.end - right.end);
}
