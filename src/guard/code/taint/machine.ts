/** The abstract machine that runs one file: its current state, the frames of running functions, its budget and what it found. */
import type { Severity } from '../../../types.js';
import type { Expression, FunctionNode, Program, Range, Statement } from '../ir.js';
import type { Source } from '../model.js';
import type { Rule } from '../rules.js';
import { type Knowledge, newFlow } from './knowledge.js';
import { EMPTY, State } from './state.js';
import type { ClassValue, Environment, Flow, FunctionValue, Origin, Value } from './value.js';

/** How a function came to run. Only what is returned to the network can be shown in a browser. */
export type Entry = 'module' | 'html' | 'json' | 'plain' | 'inlined';

/** The innermost loop of a function that is running. */
export interface Loop {
  readonly depth: number;
  /** State before this pass of its body. */
  readonly base: State;
  /** Snapshots of where the body was left by `break` or `continue`. */
  readonly exits: State[];
}

export interface Frame {
  readonly scope: Environment;
  readonly name: string;
  readonly entry: Entry;
  readonly owner: ClassValue | null;
  /** Number of inlined calls above. */
  readonly depth: number;
  /** Names that belong to the module. */
  readonly globals: Set<string>;
  readonly returns: { readonly value: Value; readonly state: State }[];
  /** State that the function's body began on. */
  readonly base: State;
  readonly loop: Loop | null;
  /** Functions defined here that nobody has called yet. */
  readonly pending: { readonly function: FunctionValue; readonly entry: Entry }[];
  /** Name that takes the value under evaluation; '' where none does. */
  readonly target: string;
}

/** The frame while what `target` takes is evaluated. */
export const aimedAt = (frame: Frame, target: string): Frame =>
  frame.target === target ? frame : { ...frame, target };

export interface EvaluatedArgument {
  readonly name: string | null;
  readonly value: Value;
  readonly spread: boolean;
  readonly expression: Expression;
}

export interface CallSite extends Range {
  /** Qualified name, where known. */
  readonly path: string | undefined;
  /** As written, without calls and subscripts in between: `self.db.execute`. */
  readonly written: string;
  readonly name: string;
  readonly receiver: Value | null;
  readonly callee: Value;
  readonly arguments: readonly EvaluatedArgument[];
}

/** The mutually recursive parts, handed in so that their files need not import each other. */
interface Parts {
  evaluate(machine: Machine, expression: Expression, frame: Frame): Value;
  execute(machine: Machine, statements: readonly Statement[], frame: Frame): void;
  invoke(machine: Machine, callee: FunctionValue | ClassValue, site: CallSite, frame: Frame): Value | null;
}

export interface RawFinding extends Range {
  readonly rule: Rule;
  readonly severity: Severity;
}

/** Expressions evaluated per scan before calls stop being followed and loops are run once. About 0.2 s. */
const STEP_BUDGET = 150_000;

export class Machine {
  state = new State(null);
  readonly moduleScope: Environment = { id: 0, parent: null };
  /** Functions that are running, to cut recursion. */
  readonly running = new Set<FunctionNode>();
  /** Functions that ran at least once. */
  readonly executed = new Set<FunctionNode>();
  private lastId = 0;
  private steps = 0;
  private readonly origins = new Map<string, Origin>();

  constructor(
    readonly program: Program,
    readonly knowledge: Knowledge,
    readonly parts: Parts,
    readonly report: (finding: RawFinding) => void,
  ) {}

  get isTired(): boolean {
    return this.steps > STEP_BUDGET;
  }

  evaluate(expression: Expression, frame: Frame): Value {
    this.steps += 1;
    return this.parts.evaluate(this, expression, frame);
  }

  execute(statements: readonly Statement[], frame: Frame): void {
    this.parts.execute(this, statements, frame);
  }

  nextId(): number {
    this.lastId += 1;
    return this.lastId;
  }

  /** Runs `work` on an overlay of the state and gives that overlay; the state itself is unchanged. */
  branch(work: () => void): State {
    const overlay = new State(this.state);
    this.on(overlay, work);
    return overlay;
  }

  /** Runs `work` on a given state. */
  on<Result>(state: State, work: () => Result): Result {
    const outer = this.state;
    this.state = state;
    try {
      return work();
    } finally {
      this.state = outer;
    }
  }

  lookup(name: string, scope: Environment): Value | undefined {
    for (let current: Environment | null = scope; current !== null; current = current.parent) {
      const value = this.state.variable(`${current.id}:${name}`);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  setVariable(name: string, value: Value, frame: Frame): void {
    const scope = frame.globals.has(name) ? this.moduleScope : frame.scope;
    this.state.setVariable(`${scope.id}:${name}`, value);
  }

  /** The same origin for the same key, so that a check of `request.args['x']` holds for its next reading. */
  origin(key: string, what: string): Origin {
    const known = this.origins.get(key);
    if (known !== undefined) return known;
    const origin = { id: this.nextId(), parent: null, what };
    this.origins.set(key, origin);
    return origin;
  }

  /** Origin of an element of what came from another. */
  childOrigin(parent: Origin, key: string): Origin {
    const whole = `${parent.id}>${key}`;
    const known = this.origins.get(whole);
    if (known !== undefined) return known;
    // A chain such as a.b.c.d… in a loop would otherwise grow for ever.
    if (this.origins.size > 20_000) return parent;
    const origin = { id: this.nextId(), parent, what: parent.what };
    this.origins.set(whole, origin);
    return origin;
  }

  sourceFlows(sources: readonly Source[], key: string): readonly Flow[] {
    return sources.map((source) =>
      newFlow(this.origin(`${source.what}|${key}`, source.what), source.level, source.kind),
    );
  }

  /** A fresh object with these contents. */
  object(items: ReadonlyMap<string, Value>, rest: Value | null, shape: Partial<Value> = {}): Value {
    const reference = this.nextId();
    this.state.setContents(reference, { items, rest });
    return { flows: [], clean: false, ...shape, reference };
  }

  contents(value: Value): { readonly items: ReadonlyMap<string, Value>; readonly rest: Value | null } {
    return value.reference === undefined ? EMPTY : (this.state.contentsOf(value.reference) ?? EMPTY);
  }
}
