/** What the analysis knows of a language's libraries, as written in models/<language>.yaml and checked when it is loaded. */
import { Field } from './schema.js';
import { LEVELS, type Level } from './taint/value.js';

export interface Source {
  readonly reads: readonly string[];
  readonly calls: readonly string[];
  /** Names of parameters that hold such data. */
  readonly parameters: RegExp | null;
  /** Types of parameters that hold such data, as written. */
  readonly types: RegExp | null;
  /** Names of variables, attributes and keys that hold such data. */
  readonly names: RegExp | null;
  readonly level: Level;
  readonly kind: string;
  readonly what: string;
}

/** What a method does to its receiver, or gives back of it. */
const METHOD_EFFECTS = [
  'same',
  'part',
  'host',
  'add',
  'insert',
  'merge',
  'read',
  'take',
  'write',
  'values',
  'pairs',
  'keys',
  'format',
  'join',
  'replace',
  'clean',
  /** Calls its argument with each element, or with the value of a promise. */
  'each',
  'then',
] as const;
type MethodEffect = (typeof METHOD_EFFECTS)[number];

export interface Model {
  /** What a name means that a snippet uses without importing it. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly sources: readonly Source[];
  /** Calls whose result nobody outside chooses, such as a length or a number. */
  readonly clean: readonly string[];
  /** Calls whose result is the data of the arguments in another form. */
  readonly whole: readonly string[];
  /** Calls whose result is a cut of the arguments' data. */
  readonly part: readonly string[];
  /** Calls that give the parts of a URL. */
  readonly urlParts: readonly string[];
  /** Calls that join path segments. */
  readonly joins: readonly string[];
  readonly methods: ReadonlyMap<string, MethodEffect>;
  /** Attributes whose value nobody outside chooses. */
  readonly cleanAttributes: RegExp;
  readonly hostAttributes: RegExp;
  /** Types of parameters whose value cannot carry an attack. */
  readonly cleanTypes: RegExp;
  /** Whether a compiler checks the types of parameters: where nothing does, such a value is merely not known. */
  readonly checksTypes: boolean;
  /** Names that a program gives to what it never changes. */
  readonly constants: RegExp;
  /** Calls that give the local variables as a mapping. */
  readonly scopes: readonly string[];
  /** Calls that never return. */
  readonly exits: readonly string[];
  /** Last names of decorators that make a function an entry from the network. */
  readonly handlers: RegExp;
  /** Makers of applications whose handlers answer JSON rather than HTML. */
  readonly jsonApplications: RegExp;
  readonly predicates: {
    /** Methods that are true only of text without special characters. */
    readonly strict: RegExp;
    /** Functions that, as their name says, tell whether a value is acceptable. */
    readonly validators: RegExp;
    /** … but do not tell that of a whole path or command. */
    readonly notValidators: RegExp;
    /** Functions that, as their name says, tell whether a value is unacceptable. */
    readonly refusers: RegExp;
    /** Functions that, as their name says, throw unless a value is acceptable. */
    readonly enforcers: RegExp;
    /** Functions that, as their name says, make a value harmless. */
    readonly sanitisers: RegExp;
    /** Calls that match a regular expression: all of the text, its beginning, or anywhere in it. */
    readonly fullMatches: readonly string[];
    readonly startMatches: readonly string[];
    readonly searches: readonly string[];
    /** Calls that replace what matches a regular expression. */
    readonly substitutions: readonly string[];
    /** Calls that give a path without `..` and links. */
    readonly normalisers: readonly string[];
  };
  /** Functions that run a program as an example or a test; their calls say nothing about who else calls. */
  readonly demonstrations: RegExp;
}

function parseSource(field: Field): Source {
  const fields = field.fields(['read', 'call', 'parameter', 'type', 'name', 'level', 'kind', 'what']);
  return {
    reads: fields.read.list((item) => item.text()),
    calls: fields.call.list((item) => item.text()),
    parameters: fields.parameter.optional((item) => item.pattern()),
    types: fields.type.optional((item) => item.pattern()),
    names: fields.name.optional((item) => item.pattern()),
    level: fields.level.oneOf(LEVELS),
    kind: fields.kind.optional((item) => item.text()) ?? 'input',
    what: fields.what.text(),
  };
}

/** @throws PurpgateError `setting_invalid` that names file and field. */
export function parseModel(value: unknown, place: string): Model {
  const texts = (field: Field): string[] => field.list((item) => item.text());
  const fields = new Field(value, place).fields([
    'aliases',
    'sources',
    'clean',
    'whole',
    'part',
    'urlParts',
    'joins',
    'methods',
    'cleanAttributes',
    'hostAttributes',
    'cleanTypes',
    'checksTypes',
    'constants',
    'scopes',
    'exits',
    'handlers',
    'jsonApplications',
    'predicates',
    'demonstrations',
  ]);
  const methods = new Map<string, MethodEffect>();
  for (const [effect, names] of fields.methods.entries()) {
    const known = new Field(effect, names.place).oneOf(METHOD_EFFECTS);
    for (const name of texts(names)) methods.set(name, known);
  }
  const predicates = fields.predicates.fields([
    'strict',
    'validators',
    'notValidators',
    'refusers',
    'enforcers',
    'sanitisers',
    'fullMatches',
    'startMatches',
    'searches',
    'substitutions',
    'normalisers',
  ]);
  return {
    aliases: new Map(fields.aliases.entries().map(([name, path]) => [name, path.text()])),
    sources: fields.sources.list(parseSource),
    clean: texts(fields.clean),
    whole: texts(fields.whole),
    part: texts(fields.part),
    urlParts: texts(fields.urlParts),
    joins: texts(fields.joins),
    methods,
    cleanAttributes: fields.cleanAttributes.pattern(),
    hostAttributes: fields.hostAttributes.pattern(),
    cleanTypes: fields.cleanTypes.pattern(),
    checksTypes: fields.checksTypes.constant() === true,
    constants: new RegExp(fields.constants.pattern().source),
    scopes: texts(fields.scopes),
    exits: texts(fields.exits),
    handlers: fields.handlers.pattern(),
    jsonApplications: fields.jsonApplications.pattern(),
    predicates: {
      strict: predicates.strict.pattern(),
      validators: predicates.validators.pattern(),
      notValidators: predicates.notValidators.pattern(),
      refusers: predicates.refusers.pattern(),
      enforcers: predicates.enforcers.pattern(),
      sanitisers: predicates.sanitisers.pattern(),
      fullMatches: texts(predicates.fullMatches),
      startMatches: texts(predicates.startMatches),
      searches: texts(predicates.searches),
      substitutions: texts(predicates.substitutions),
      normalisers: texts(predicates.normalisers),
    },
    demonstrations: fields.demonstrations.pattern(),
  };
}
