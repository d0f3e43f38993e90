/**
 * What the analysis knows about a value: its constant or string shape, the name it denotes, and the flows of outside data in it.
 * Values never change; what a program changes (variables, collections, attributes) lives in `State`.
 */
import type { Constant, FunctionNode } from '../ir.js';

/** How much of a value an outsider chooses. `unknown` is the absence of knowledge, as of a call that the file does not show. */
export const LEVELS = ['none', 'unknown', 'local', 'parameter', 'remote'] as const;
export type Level = (typeof LEVELS)[number];

const levelRank = (level: Level): number => LEVELS.indexOf(level);
export const higherLevel = (left: Level, right: Level): Level => (levelRank(left) >= levelRank(right) ? left : right);

/** Where data enters: one expression of the program, or a known element of what came from one. */
export interface Origin {
  readonly id: number;
  readonly parent: Origin | null;
  /** For the message, such as `request.args` or `parameter name`. */
  readonly what: string;
}

export interface Flow {
  readonly level: Level;
  /** What kind of data: `input`, or what a source of the model names (`random`, `secret`, `archive`). */
  readonly kind: string;
  readonly origin: Origin;
  /** Bit per sanitiser label; a set bit means harmless for the rules of that label. */
  readonly cleaned: number;
  /** Whether the value is all of the data, a cut of it, or the host of a URL. A check on a cut says nothing about the rest. */
  readonly part: 'whole' | 'part' | 'host';
  /** False once it went through a call that the file does not show and the model does not know. */
  readonly direct: boolean;
}

export type Part = string | Value;

export interface Environment {
  readonly id: number;
  readonly parent: Environment | null;
}

export interface FunctionValue {
  readonly kind: 'function';
  readonly node: FunctionNode;
  readonly scope: Environment;
  /** The class that holds it; null for a plain function. */
  readonly owner: ClassValue | null;
  /** What `self` is, for a method taken from an instance. */
  readonly self: Value | null;
}

export interface ClassValue {
  readonly kind: 'class';
  readonly name: string;
  readonly methods: ReadonlyMap<string, FunctionValue>;
  readonly attributes: ReadonlyMap<string, Value>;
  readonly bases: readonly Value[];
}

/** That data of an origin is harmless for these labels, once a condition is known to hold. */
export interface Fact {
  readonly origin: Origin;
  readonly mask: number;
}

export interface Facts {
  readonly whenTrue: readonly Fact[];
  readonly whenFalse: readonly Fact[];
}

export interface Value {
  readonly constant?: Constant | undefined;
  /** Shape of a string that is partly known; never set together with `constant`. */
  readonly text?: readonly Part[] | undefined;
  readonly flows: readonly Flow[];
  /** True where nobody outside chooses the value: a constant, a length, an identifier of the program. */
  readonly clean: boolean;
  /** Qualified name that this denotes, such as `os.path`. */
  readonly path?: string | undefined;
  /** Qualified call that made it, such as `sqlite3.connect()`. */
  readonly type?: string | undefined;
  /** Key of the contents in the state: collections and objects. */
  readonly reference?: number | undefined;
  readonly callable?: FunctionValue | ClassValue | undefined;
  readonly instanceOf?: ClassValue | undefined;
  readonly facts?: Facts | undefined;
  /** The values it may be, one per branch that was joined. */
  readonly options?: readonly Value[] | undefined;
}

export const UNKNOWN: Value = { flows: [], clean: false };
export const CLEAN: Value = { flows: [], clean: true };

/** Type of a text that was cut at its spaces. */
export const WORDS = 'words of a text';

export const constantValue = (constant: Constant): Value => ({ constant, flows: [], clean: true });

/** Flows beyond this are dropped, weakest first: a finding needs one. */
const MAX_FLOWS = 8;

const sameFlow = (left: Flow, right: Flow): boolean =>
  left.origin === right.origin &&
  left.level === right.level &&
  left.kind === right.kind &&
  left.cleaned === right.cleaned &&
  left.part === right.part &&
  left.direct === right.direct;

export function mergeFlows(...lists: readonly (readonly Flow[])[]): readonly Flow[] {
  const filled = lists.filter((list) => list.length > 0);
  if (filled.length <= 1) return filled[0] ?? [];
  const merged: Flow[] = [];
  for (const flow of filled.flat()) if (!merged.some((other) => sameFlow(other, flow))) merged.push(flow);
  if (merged.length <= MAX_FLOWS) return merged;
  return merged.sort((left, right) => levelRank(right.level) - levelRank(left.level)).slice(0, MAX_FLOWS);
}

const MAX_OPTIONS = 6;

/** The value after branches meet. */
export function joinValues(values: readonly Value[]): Value {
  const options: Value[] = [];
  for (const value of values)
    for (const option of value.options ?? [value])
      if (!options.some((other) => other === option || sameConstant(other, option))) options.push(option);
  const [first] = options;
  if (first === undefined) return UNKNOWN;
  if (options.length === 1) return first;
  const flows = mergeFlows(...options.map((option) => option.flows));
  const clean = options.every((option) => option.clean);
  if (options.length <= MAX_OPTIONS) return { flows, clean, options };
  const text = options.find((option) => option.text !== undefined && option.flows.length > 0)?.text;
  return { flows, clean, text };
}

function sameConstant(left: Value, right: Value): boolean {
  return (
    left.constant !== undefined && left.constant === right.constant && left.flows.length + right.flows.length === 0
  );
}

const MAX_PARTS = 48;

/** The string that these parts make, neighbours joined; a constant where all of it is known. */
export function textOf(parts: readonly Part[]): Value {
  const flat: Part[] = [];
  const add = (part: Part): void => {
    const last = flat.at(-1);
    if (typeof part === 'string' && typeof last === 'string') flat[flat.length - 1] = last + part;
    else if (part !== '') flat.push(part);
  };
  const values: Value[] = [];
  for (const part of parts) {
    if (typeof part === 'string') add(part);
    else if (part.constant !== undefined) add(String(part.constant));
    else if (part.text !== undefined) part.text.forEach(add);
    else add(part);
    if (typeof part !== 'string') values.push(part);
  }
  const flows = mergeFlows(...values.map((value) => value.flows));
  const clean = values.every((value) => value.clean);
  const [only] = flat;
  if (flat.length === 0) return { constant: '', flows, clean };
  if (flat.length === 1 && typeof only === 'string') return { constant: only, flows, clean };
  if (flat.length <= MAX_PARTS) return { text: flat, flows, clean };
  return { text: [...flat.slice(0, MAX_PARTS - 1), { flows, clean }], flows, clean };
}

/** Changes every flow of a value and of its parts. */
export function mapFlows(value: Value, change: (flow: Flow) => Flow): Value {
  if (value.flows.length === 0) return value;
  return {
    ...value,
    flows: value.flows.map(change),
    text: value.text?.map((part) => (typeof part === 'string' ? part : mapFlows(part, change))),
    options: value.options?.map((option) => mapFlows(option, change)),
  };
}

/** Known string, or null. */
export const knownString = (value: Value): string | null =>
  typeof value.constant === 'string' ? value.constant : null;

/** What a condition on this value comes to, where that is known. */
export function truthOf(value: Value): boolean | null {
  if (value.constant !== undefined) return Boolean(value.constant);
  if (value.options !== undefined) {
    const truths = new Set(value.options.map(truthOf));
    return truths.size === 1 ? ([...truths][0] ?? null) : null;
  }
  return null;
}
