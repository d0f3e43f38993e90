/**
 * The abstract machine of the memory analysis. It follows paths: where something is not known, the path splits, and each half remembers
 * what it took for granted. An expression is evaluated again for each way that it may go; what was decided on the way is on a tape.
 */
import type { Range } from '../ir.js';
import type { RawFinding } from '../taint/machine.js';
import type { Level } from '../taint/value.js';
import type { CExpression, CFunction, CProgram, CStatement, CType } from './ast.js';
import type { CKnowledge } from './knowledge.js';
import { type MemoryObject, State } from './memory.js';
import {
  type Amount,
  constant,
  type Flow,
  type Interval,
  NULL_TARGET,
  numberValue,
  PLAIN,
  rangeOfType,
  type Target,
  type Value,
  ZERO,
} from './values.js';

/** A place in memory that an expression names. */
export interface Place {
  /** Of the index that leads to it. */
  readonly flows?: readonly Flow[];
  readonly target: Target;
  readonly type: CType | null;
}

export interface Frame {
  readonly id: number;
  readonly function: CFunction | null;
  readonly variables: Map<string, Place>;
  /** Number of calls that are followed above. */
  readonly depth: number;
  /** Values of the arguments, as text, to notice a call that repeats. */
  readonly key: string;
  /** Ways that the path had been split when it began. */
  readonly decisions: number;
  /** The arguments that are constants. */
  readonly numbers: readonly (number | null)[];
  readonly outer: Frame | null;
  /** Whether it runs in a thread of which there are several. */
  readonly isThread: boolean;
}

/** How the paths through statements leave them. */
export interface Flowing {
  next: State[];
  breaks: State[];
  continues: State[];
  returns: { readonly state: State; readonly value: Value }[];
  gotos: { readonly label: string; readonly state: State }[];
}

/** The mutually recursive parts, handed in so that their files need not import each other. */
interface Parts {
  evaluate(machine: CMachine, expression: CExpression): Value;
  locate(machine: CMachine, expression: CExpression): Place | null;
  truth(machine: CMachine, expression: CExpression): boolean;
  execute(machine: CMachine, statements: readonly CStatement[], states: readonly State[]): Flowing;
}

/** Thrown where a path ends within an expression: the program exits, or the path is impossible. */
export const PATH_END = new Error('the path ends here');

/** Thrown where the budget is used up. What was found until then stands. */
export const OUT_OF_BUDGET = new Error('the budget of the scan is used up');

/** Expressions evaluated per scan before paths are no longer split; after half as many more, the scan ends. About 0.2 s. */
const STEP_BUDGET = 25_000;
/** Ways that one expression may go. */
const MAX_OUTCOMES = 24;
/** … and that are tried, those that turn out impossible included. */
const MAX_TRIES = 40;

export class CMachine {
  state = new State();
  frame: Frame;
  readonly globals = new Map<string, Place>();
  readonly literals = new Map<string, number>();
  /** What is known of data once a number, or a pointer, turns out to be zero, or not. */
  readonly facts = new Map<
    number,
    { readonly isZero: boolean; readonly flows: readonly Flow[]; readonly mask: number }
  >();
  /** Counts what may end a loop from within: exits, waits, calls of code that the file does not show. */
  escapes = 0;
  /** Functions that run in threads, each with the number of times that one was started. */
  readonly threads = new Map<string, number>();
  /** Functions that ran at least once. */
  readonly executed = new Set<CFunction>();
  private lastId = 0;
  private steps = 0;
  private tape: { readonly options: readonly unknown[]; index: number }[] = [];
  private position = 0;
  private wasChoice = false;
  private isQuiet = false;
  /** Objects of declarations, by frame and place. */
  readonly slots = new Map<string, number>();

  constructor(
    readonly program: CProgram,
    readonly knowledge: CKnowledge,
    readonly parts: Parts,
    private readonly onFinding: (finding: RawFinding) => void,
  ) {
    this.frame = this.newFrame(null, null);
  }

  /** Whether paths are no longer split. Never while a way is gone again: what was chosen on it would meet other questions. */
  get isTired(): boolean {
    return this.steps > STEP_BUDGET && this.position >= this.tape.length;
  }

  /** Steps that are left of the budget. */
  get left(): number {
    return STEP_BUDGET - this.steps;
  }

  newFrame(of: CFunction | null, outer: Frame | null, more: Partial<Frame> = {}): Frame {
    const depth = outer === null ? 0 : outer.depth + 1;
    return {
      id: this.nextId(),
      function: of,
      variables: new Map(),
      depth,
      key: '',
      decisions: 0,
      numbers: [],
      outer,
      isThread: outer?.isThread ?? false,
      ...more,
    };
  }

  nextId(): number {
    this.lastId += 1;
    return this.lastId;
  }

  private step(): void {
    this.spend(1);
  }

  /** @throws OUT_OF_BUDGET */
  spend(steps: number): void {
    this.steps += steps;
    if (this.steps > STEP_BUDGET * 1.5) throw OUT_OF_BUDGET;
  }

  evaluate(expression: CExpression): Value {
    this.step();
    return this.parts.evaluate(this, expression);
  }

  locate(expression: CExpression): Place | null {
    this.step();
    return this.parts.locate(this, expression);
  }

  truth(expression: CExpression): boolean {
    this.step();
    return this.parts.truth(this, expression);
  }

  /** Does `work` on a state in each way that it may go. */
  run<Result>(state: State, work: () => Result): { readonly state: State; readonly value: Result }[] {
    const outer = { state: this.state, tape: this.tape, position: this.position, frame: this.frame };
    const outcomes: { state: State; value: Result }[] = [];
    this.tape = [];
    let tries = 0;
    try {
      do {
        tries += 1;
        this.position = 0;
        this.state = state.fork();
        this.frame = outer.frame;
        try {
          const value = work();
          outcomes.push({ state: this.state, value });
        } catch (thrown) {
          if (thrown !== PATH_END) throw thrown;
        }
      } while (outcomes.length < MAX_OUTCOMES && tries < MAX_TRIES && this.advance());
    } finally {
      this.state = outer.state;
      this.tape = outer.tape;
      this.position = outer.position;
      this.frame = outer.frame;
    }
    return outcomes;
  }

  private advance(): boolean {
    for (let last = this.tape.at(-1); last !== undefined; last = this.tape.at(-1)) {
      last.index += 1;
      if (last.index < last.options.length && !this.isTired) return true;
      this.tape.pop();
    }
    return false;
  }

  /** One of several ways to go on; the others are taken when the expression is evaluated again. */
  choose<Option>(options: () => readonly Option[]): Option {
    let entry = this.tape[this.position];
    if (entry === undefined) {
      // What the options are found by may itself choose.
      const { tape, position } = this;
      const found = options();
      this.tape = tape;
      this.position = position;
      entry = { options: found, index: 0 };
      this.tape.push(entry);
    }
    this.position += 1;
    this.wasChoice = entry.options.length > 1;
    if (entry.options.length === 0) throw PATH_END;
    return entry.options[entry.index] as Option;
  }

  /** Goes on in one of these states. */
  chooseState<Result>(options: () => readonly { readonly state: State; readonly value: Result }[]): Result {
    const { state, value } = this.choose(options);
    const { decisions } = this.state;
    this.state = state.fork();
    if (this.wasChoice) this.state.decisions = Math.max(decisions, this.state.decisions) + 1;
    return value;
  }

  /** Does `work`, which the program does not do, without findings. */
  quietly<Result>(work: () => Result): Result {
    const outer = this.isQuiet;
    this.isQuiet = true;
    try {
      return work();
    } finally {
      this.isQuiet = outer;
    }
  }

  report(event: string, range: Range, level: Level = 'remote'): void {
    if (this.isQuiet) return;
    for (const rule of this.knowledge.rulesOf(event)) {
      const severity = rule.severity[level];
      if (severity !== undefined) this.onFinding({ rule, severity, start: range.start, end: range.end });
    }
  }

  reportRule(finding: RawFinding): void {
    this.onFinding(finding);
  }

  /** A number that nothing is known of but its type. */
  unknown(type: CType | null, flows: readonly Flow[] = [], range: Interval = rangeOfType(type)): Value {
    return numberValue(this.unknownAmount(range), type, flows);
  }

  unknownAmount({ low, high }: Interval): Amount {
    if (low === high) return constant(low);
    const symbol = this.nextId();
    this.state.setSymbol(symbol, { low, high });
    return { symbol, scale: 1, offset: 0 };
  }

  addObject(object: Partial<MemoryObject> & Pick<MemoryObject, 'kind' | 'site'>): number {
    const id = this.nextId();
    this.state.add({
      size: null,
      type: null,
      name: '',
      frame: this.frame.id,
      status: 'live',
      family: '',
      rest: 'unknown',
      cells: new Map(),
      texts: new Map(),
      flows: [],
      isEscaped: false,
      ...object,
      id,
    });
    return id;
  }

  /** A pointer to an object's start. */
  pointer(object: number, type: CType | null, flows: readonly Flow[] = []): Value {
    const size = this.state.object(object)?.size ?? null;
    const target: Target = { object, offset: ZERO, base: 0, extent: size, isAssumed: false };
    return this.pointerTo([target], type, flows);
  }

  pointerTo(targets: readonly Target[], type: CType | null, flows: readonly Flow[] = []): Value {
    return { ...PLAIN, targets, identity: this.nextId(), type, flows };
  }

  null(type: CType | null = null): Value {
    return { ...PLAIN, targets: [NULL_TARGET], type };
  }
}
