/** A harmless coding task with one solution. */
import type { Check } from '../check.js';

export interface Task {
  readonly id: string;
  /** Parameters of the function; `$a` is the main one. */
  readonly parameters: string;
  /** What `$a` may be called; the first where the prompt does not say. */
  readonly argument: readonly string[];
  readonly name: string;
  /** Tasks with verbs marked by `~`; some are held out from training (see phrasingsOf). */
  readonly phrasings: readonly string[];
  readonly code: string;
  readonly check: Check;
}

type Row = readonly [
  id: string,
  parameters: string,
  argument: string,
  name: string,
  phrasings: readonly string[],
  code: string,
  /** The functional test (see Check), or a whole check where the task needs more. */
  check: string | Check,
];

/** Builds tasks from rows; `argument` is a list of names separated by blanks. */
export function tasks(rows: readonly Row[]): readonly Task[] {
  return rows.map(([id, parameters, argument, name, phrasings, code, check]) => ({
    id,
    parameters,
    argument: argument.split(' '),
    name,
    phrasings,
    code,
    check: typeof check === 'string' ? { functional: check } : check,
  }));
}
