/** A harmless coding task with one solution. */
export interface Task {
  readonly id: string;
  /** Parameters of the function; `$a` is the main one. */
  readonly parameters: string;
  /** What `$a` may be called; the first where the prompt does not say. */
  readonly argument: readonly string[];
  readonly name: string;
  /** Tasks with verbs marked by `~`; the last one is held out from training. */
  readonly phrasings: readonly string[];
  readonly code: string;
}

type Row = readonly [
  id: string,
  parameters: string,
  argument: string,
  name: string,
  phrasings: readonly string[],
  code: string,
];

/** Builds tasks from rows; `argument` is a list of names separated by blanks. */
export function tasks(rows: readonly Row[]): readonly Task[] {
  return rows.map(([id, parameters, argument, name, phrasings, code]) => ({
    id,
    parameters,
    argument: argument.split(' '),
    name,
    phrasings,
    code,
  }));
}
