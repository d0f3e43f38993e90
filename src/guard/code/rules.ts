/** The rules of a language, as written in rules/<language>/*.yaml and checked when they are loaded. */
import type { Action, Severity } from '../../types.js';
import { Field } from './schema.js';
import { SHAPES, type ShapeName } from './taint/shapes.js';
import { LEVELS, type Level } from './taint/value.js';

/** A position, a keyword, the object whose method is called, or every argument. */
export type Selector = number | string;

export interface Condition {
  /** The first of these that the call has. Empty for an assignment: the assigned value. */
  readonly argument: readonly Selector[];
  /** Look at the element of a mapping rather than at the mapping. */
  readonly key: string | null;
  readonly test:
    | { readonly kind: 'is'; readonly constants: readonly (string | number | boolean | null)[] }
    | { readonly kind: 'matches'; readonly pattern: RegExp }
    | { readonly kind: 'path'; readonly pattern: RegExp }
    /** The qualified call that made it matches. */
    | { readonly kind: 'type'; readonly pattern: RegExp }
    | { readonly kind: 'missing' }
    | { readonly kind: 'below'; readonly limit: number }
    | { readonly kind: 'bits'; readonly mask: number }
    | { readonly kind: 'literal' }
    /** Anything but a constant. */
    | { readonly kind: 'variable' }
    /** The constant, or an element of the collection, matches. */
    | { readonly kind: 'has'; readonly pattern: RegExp }
    | { readonly kind: 'secret' }
    /** Text of the expression before the last dot, as written. */
    | { readonly kind: 'receiver'; readonly pattern: RegExp }
    /** Name of the function around it, or of the variable that takes the result. */
    | { readonly kind: 'context'; readonly pattern: RegExp };
}

type Place =
  | { readonly kind: 'call'; readonly callees: readonly string[] }
  /** A variable, attribute, key, keyword argument or default value of this name. */
  | { readonly kind: 'assign'; readonly name: RegExp }
  | { readonly kind: 'return'; readonly from: 'handler' | 'any' | RegExp }
  | { readonly kind: 'compare'; readonly name: RegExp }
  /** `text in name`; the text is what conditions look at. */
  | { readonly kind: 'contains'; readonly name: RegExp }
  | { readonly kind: 'decorator'; readonly names: readonly string[] }
  /** What the memory analysis notices by itself, such as `double-free`. */
  | { readonly kind: 'event'; readonly names: readonly string[] };

export interface Trigger {
  readonly place: Place;
  /** What must not be tainted, and in what way; null for a rule about the call as such. */
  readonly taint: { readonly argument: readonly Selector[]; readonly shape: ShapeName } | null;
  readonly where: readonly Condition[];
  readonly unless: readonly Condition[];
}

export interface Rule {
  readonly id: string;
  readonly cwe: string;
  readonly message: string;
  readonly advice: string;
  readonly action: Action;
  /** Severity by the level of the worst flow; a level that is absent is no finding. Rules without taint use `remote`. */
  readonly severity: Readonly<Partial<Record<Level, Severity>>>;
  /** Sanitisers with this label make data harmless for this rule. */
  readonly label: string;
  /** Kind of flow that the rule is about. */
  readonly source: string;
  readonly triggers: readonly Trigger[];
  /** Calls whose result is harmless for this rule. */
  readonly sanitisers: readonly string[];
  /** Characters that do no harm for this rule wherever they stand; null where the rule names none. */
  readonly harmless: RegExp | null;
}

const SEVERITIES = ['low', 'medium', 'high'] as const;
const ACTIONS = ['observe', 'annotate', 'repair', 'block'] as const;
const TESTS = [
  'is',
  'matches',
  'type',
  'path',
  'missing',
  'below',
  'bits',
  'literal',
  'variable',
  'has',
  'secret',
  'receiver',
  'context',
] as const;
const PLACES = ['call', 'assign', 'return', 'compare', 'contains', 'decorator', 'event'] as const;
const TRIGGER_FIELDS = [...PLACES, 'argument', 'shape', 'where', 'unless'] as const;
const RULE_FIELDS = [
  'id',
  'cwe',
  'message',
  'advice',
  'action',
  'severity',
  'label',
  'source',
  'sinks',
  'patterns',
  'sanitisers',
  'harmless',
] as const;

const selector = (field: Field): Selector => (typeof field.value === 'number' ? field.number() : field.text());

function parseTest(fields: Record<(typeof TESTS)[number], Field>, place: Field): Condition['test'] {
  const given = TESTS.filter((name) => !fields[name].isMissing);
  const [kind] = given;
  if (kind === undefined || given.length > 1) return place.fail(`exactly one of ${TESTS.join(', ')}`);
  const field = fields[kind];
  switch (kind) {
    case 'is':
      return { kind, constants: field.list((item) => item.constant()) };
    case 'matches':
    case 'type':
    case 'has':
    case 'path':
    case 'receiver':
    case 'context':
      return { kind, pattern: field.pattern() };
    case 'below':
      return { kind, limit: field.number() };
    case 'bits':
      return { kind, mask: field.number() };
    case 'missing':
    case 'literal':
    case 'variable':
    case 'secret':
      return field.value === true ? { kind } : field.fail('true');
  }
}

function parseCondition(field: Field): Condition {
  const fields = field.fields(['argument', 'key', ...TESTS]);
  return {
    argument: fields.argument.list(selector),
    key: fields.key.optional((key) => key.text()),
    test: parseTest(fields, field),
  };
}

function parsePlace(fields: Record<(typeof TRIGGER_FIELDS)[number], Field>, whole: Field): Place {
  const kinds = PLACES.filter((name) => !fields[name].isMissing);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) return whole.fail(`exactly one of ${PLACES.join(', ')}`);
  switch (kind) {
    case 'call':
      return { kind, callees: fields.call.list((item) => item.text()) };
    case 'decorator':
    case 'event':
      return { kind, names: fields[kind].list((item) => item.text()) };
    case 'assign':
    case 'contains':
    case 'compare':
      return { kind, name: fields[kind].pattern() };
    case 'return': {
      const from = fields.return.text();
      return { kind, from: from === 'handler' || from === 'any' ? from : fields.return.pattern() };
    }
  }
}

function parseTrigger(field: Field, tainted: boolean): Trigger {
  const fields = field.fields(TRIGGER_FIELDS);
  const place = parsePlace(fields, field);
  const shapes = Object.keys(SHAPES) as ShapeName[];
  const shape = fields.shape.optional((item) => item.oneOf(shapes)) ?? 'any';
  const argument = fields.argument.list(selector);
  if (tainted && place.kind === 'call' && argument.length === 0)
    fields.argument.fail('which argument must not be tainted');
  return {
    place,
    taint: tainted ? { argument, shape } : null,
    where: fields.where.list(parseCondition),
    unless: fields.unless.list(parseCondition),
  };
}

function parseSeverity(field: Field): Rule['severity'] {
  if (typeof field.value === 'string') return { remote: field.oneOf(SEVERITIES) };
  return Object.fromEntries(
    field.entries().map(([level, severity]) => {
      if (!LEVELS.some((known) => known === level)) severity.fail(`a level, one of ${LEVELS.join(', ')}`);
      return [level, severity.oneOf(SEVERITIES)];
    }),
  );
}

/** @param place the file's name, for errors. @throws PurpgateError `setting_invalid` that names file and field. */
export function parseRule(value: unknown, place: string): Rule {
  const root = new Field(value, place);
  const fields = root.fields(RULE_FIELDS);
  const id = fields.id.text();
  const cwe = fields.cwe.text();
  if (!/^CWE-\d+$/.test(cwe)) fields.cwe.fail('a CWE id such as CWE-89');
  const sinks = fields.sinks.list((field) => parseTrigger(field, true));
  const patterns = fields.patterns.list((field) => parseTrigger(field, false));
  if (sinks.length + patterns.length === 0) fields.sinks.fail('at least one of sinks and patterns');
  return {
    id,
    cwe,
    message: fields.message.text(),
    advice: fields.advice.text(),
    action: fields.action.oneOf(ACTIONS),
    severity: parseSeverity(fields.severity),
    label: fields.label.optional((field) => field.text()) ?? id,
    source: fields.source.optional((field) => field.text()) ?? 'input',
    triggers: [...sinks, ...patterns],
    sanitisers: fields.sanitisers.list((field) => field.text()),
    harmless: fields.harmless.optional((field) => field.pattern()),
  };
}
