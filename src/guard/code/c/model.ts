/** What the memory analysis knows of library functions, as written in models/c.yaml and checked when it is loaded. */
import { Field } from '../schema.js';
import { LEVELS, type Level } from '../taint/value.js';

/** Which results say that a function failed. */
const FAILURES = ['null', 'negative', 'nonzero', 'zero', 'end'] as const;
type Failure = (typeof FAILURES)[number];

/** Arguments are named by their position, from 0. */
export interface LibraryFunction {
  readonly name: string;
  /** Gives memory or a handle that must be released: its size is the product of these arguments. */
  readonly allocates: {
    readonly family: string;
    readonly sizes: readonly number[];
    readonly extra: number;
    /** The argument whose string is copied into it. */
    readonly text: number | null;
    readonly isZeroed: boolean;
    /** The argument that points to where the new pointer is stored; null where it is the result. */
    readonly to: number | null;
  } | null;
  readonly releases: { readonly family: string; readonly argument: number } | null;
  readonly resizes: { readonly family: string; readonly argument: number; readonly size: number } | null;
  /** Copies a string, or appends it. */
  readonly string: {
    readonly to: number;
    readonly from: number;
    readonly limit: number | null;
    readonly appends: boolean;
    readonly terminates: boolean;
  } | null;
  /** Writes so many bytes, from another place or of one value. */
  readonly moves: { readonly to: number; readonly from: number | null; readonly sizes: readonly number[] } | null;
  /** Reads data from outside into an argument: at most so many bytes. */
  readonly reads: { readonly to: number; readonly sizes: readonly number[]; readonly isString: boolean } | null;
  readonly format: { readonly at: number; readonly to: number | null; readonly limit: number | null } | null;
  readonly scan: { readonly at: number; readonly from: number | null } | null;
  /** Level of the data that it brings in; with no `reads`, its result. */
  readonly level: Level | null;
  readonly what: string;
  /** Its result is a number that the string argument spells, and may be any number of its type. */
  readonly parses: number | null;
  /** Its result is the length of the string argument. */
  readonly measures: number | null;
  /** Its result points into the string argument. */
  readonly within: number | null;
  /** Its result is this argument. */
  readonly gives: number | null;
  readonly compares: boolean;
  /** True only of characters that are harmless everywhere. */
  readonly isStrict: boolean;
  /** The argument that gets the path of another without links and `..`. */
  readonly normalises: { readonly to: number; readonly from: number } | null;
  readonly exits: boolean;
  readonly fails: Failure | null;
  /** Comparisons of its result that can never tell a failure, such as `== 0`. */
  readonly wrong: readonly string[];
  /** The argument that bounds the number that it gives. */
  readonly counts: number | null;
  readonly locks: boolean;
  readonly unlocks: boolean;
  /** The argument that is run in another thread. */
  readonly starts: number | null;
  /** Waits for the world: a loop around it is no endless loop. */
  readonly waits: boolean;
  /** Looks at the path that is the argument, without opening it. */
  readonly checksPath: number | null;
  readonly usesPath: number | null;
  /** Keeps its arguments: what it is given need not be released by the caller. */
  readonly keeps: boolean;
  /** Result lies between these. */
  readonly between: readonly number[];
  /** Whether ignoring its result leaves the program in a dangerous state. */
  readonly mustCheck: boolean;
  /** Starts a process or thread. */
  readonly spawns: boolean;
}

export interface CModel {
  readonly functions: ReadonlyMap<string, LibraryFunction>;
  /** Values of names that headers define. */
  readonly constants: ReadonlyMap<string, number>;
  /** Names of variables and parameters that hold secrets. */
  readonly secrets: RegExp;
  /** Names of variables that hold data from outside though the file does not show where from. */
  readonly inputs: RegExp;
}

const NAMES = [
  'allocates',
  'releases',
  'resizes',
  'string',
  'moves',
  'reads',
  'format',
  'scan',
  'level',
  'what',
  'parses',
  'measures',
  'within',
  'gives',
  'compares',
  'isStrict',
  'normalises',
  'exits',
  'fails',
  'wrong',
  'counts',
  'locks',
  'unlocks',
  'starts',
  'waits',
  'checksPath',
  'usesPath',
  'keeps',
  'between',
  'mustCheck',
  'spawns',
] as const;

const number = (field: Field): number => field.number();
const optionalNumber = (field: Field): number | null => field.optional(number);
const isTrue = (field: Field): boolean => field.optional((item) => item.constant()) === true;

function parseMemory(fields: Record<'allocates' | 'releases' | 'resizes' | 'moves' | 'reads' | 'string', Field>) {
  return {
    allocates: fields.allocates.optional((field) => {
      const own = field.fields(['family', 'sizes', 'extra', 'text', 'zeroed', 'to']);
      return {
        family: own.family.text(),
        sizes: own.sizes.list(number),
        extra: optionalNumber(own.extra) ?? 0,
        text: optionalNumber(own.text),
        isZeroed: isTrue(own.zeroed),
        to: optionalNumber(own.to),
      };
    }),
    releases: fields.releases.optional((field) => {
      const own = field.fields(['family', 'argument']);
      return { family: own.family.text(), argument: own.argument.number() };
    }),
    resizes: fields.resizes.optional((field) => {
      const own = field.fields(['family', 'argument', 'size']);
      return { family: own.family.text(), argument: own.argument.number(), size: own.size.number() };
    }),
    string: fields.string.optional((field) => {
      const own = field.fields(['to', 'from', 'limit', 'appends', 'unterminated']);
      return {
        to: own.to.number(),
        from: own.from.number(),
        limit: optionalNumber(own.limit),
        appends: isTrue(own.appends),
        terminates: !isTrue(own.unterminated),
      };
    }),
    moves: fields.moves.optional((field) => {
      const own = field.fields(['to', 'from', 'sizes']);
      return { to: own.to.number(), from: optionalNumber(own.from), sizes: own.sizes.list(number) };
    }),
    reads: fields.reads.optional((field) => {
      const own = field.fields(['to', 'sizes', 'string']);
      return { to: own.to.number(), sizes: own.sizes.list(number), isString: isTrue(own.string) };
    }),
  };
}

function parseFunction(name: string, field: Field): LibraryFunction {
  const fields = field.fields(NAMES);
  return {
    name,
    ...parseMemory(fields),
    format: fields.format.optional((inner) => {
      const own = inner.fields(['at', 'to', 'limit']);
      return { at: own.at.number(), to: optionalNumber(own.to), limit: optionalNumber(own.limit) };
    }),
    scan: fields.scan.optional((inner) => {
      const own = inner.fields(['at', 'from']);
      return { at: own.at.number(), from: optionalNumber(own.from) };
    }),
    level: fields.level.optional((inner) => inner.oneOf(LEVELS)),
    what: fields.what.optional((inner) => inner.text()) ?? name,
    parses: optionalNumber(fields.parses),
    measures: optionalNumber(fields.measures),
    within: optionalNumber(fields.within),
    gives: optionalNumber(fields.gives),
    compares: isTrue(fields.compares),
    isStrict: isTrue(fields.isStrict),
    normalises: fields.normalises.optional((inner) => {
      const own = inner.fields(['to', 'from']);
      return { to: own.to.number(), from: own.from.number() };
    }),
    exits: isTrue(fields.exits),
    fails: fields.fails.optional((inner) => inner.oneOf(FAILURES)),
    wrong: fields.wrong.list((inner) => inner.text()),
    counts: optionalNumber(fields.counts),
    locks: isTrue(fields.locks),
    unlocks: isTrue(fields.unlocks),
    starts: optionalNumber(fields.starts),
    waits: isTrue(fields.waits),
    checksPath: optionalNumber(fields.checksPath),
    usesPath: optionalNumber(fields.usesPath),
    keeps: isTrue(fields.keeps),
    between: fields.between.list(number),
    mustCheck: isTrue(fields.mustCheck),
    spawns: isTrue(fields.spawns),
  };
}

/** @throws PurpgateError `setting_invalid` that names file and field. */
export function parseCModel(value: unknown, place: string): CModel {
  const fields = new Field(value, place).fields(['functions', 'constants', 'secrets', 'inputs']);
  const functions = new Map<string, LibraryFunction>();
  // One entry may describe several functions: `strcmp, strcasecmp`.
  for (const [names, field] of fields.functions.entries())
    for (const name of names.split(/,\s*/)) functions.set(name, parseFunction(name, field));
  return {
    functions,
    constants: new Map(fields.constants.entries().map(([name, field]) => [name, field.number()])),
    secrets: fields.secrets.pattern(),
    inputs: fields.inputs.pattern(),
  };
}
