/**
 * From JSON Schema to a grammar of the JSON texts that meet it. What the grammar allows always meets the schema; it allows less:
 * members come in the order of `properties`, then further ones; values of `enum` and `const` are written without blanks; where a schema
 * names no type, its other keywords do. `oneOf` is read as `anyOf`, and `format` is a note.
 *
 * Kept: type, enum, const, properties, required, additionalProperties, items, prefixItems, minItems, maxItems, minLength, maxLength,
 * minimum, maximum, exclusiveMinimum, exclusiveMaximum, allOf, anyOf, oneOf, and $ref within the schema, recursion included. A keyword
 * outside this list is refused with its place, unless the caller has it relaxed.
 */
import type { Json, JsonObject } from '../../types.js';
import { Flattener, isList, isObject, refuse, type Placed } from './flat-schema.js';
import { choice, literal, NOTHING, openRule, type Grammar } from './grammar.js';
import {
  ARRAY,
  arrayOf,
  BOOLEAN,
  INTEGER,
  member,
  NULL,
  NUMBER,
  OBJECT,
  objectOf,
  STRING,
  stringExcept,
  stringOf,
  VALUE,
} from './json-grammar.js';
import { integerWithin, numberWithin } from './number-range.js';

const TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'] as const;
type Type = (typeof TYPES)[number];

const KEYWORDS: Readonly<Record<Type, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'prefixItems', 'minItems', 'maxItems'],
  string: ['minLength', 'maxLength'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  boolean: [],
  null: [],
};
const KEPT = new Set(['type', 'enum', 'const', '$ref', 'allOf', 'anyOf', 'oneOf', ...Object.values(KEYWORDS).flat()]);

/** Schemas compiled for one request: beyond it, somebody tries what the process can bear. */
const MOST_SCHEMAS = 2000;
const DEEPEST_NESTING = 64;
const MOST_NAME_CHARACTERS = 200;

interface SchemaOptions {
  /** Keywords outside the subset: an error, or taken for a note. */
  readonly unknownKeywords: 'refuse' | 'relax';
}

/** @throws PurpgateError `unsupported_parameter`, with the place in the schema. */
export function schemaGrammar(schema: Json, options: SchemaOptions): Grammar {
  return new Compiler(schema, options).compile({ schema, path: '#' }, 0);
}

class Compiler {
  readonly #flattener: Flattener;
  /** By the place that a reference names. */
  readonly #rules = new Map<string, Grammar>();
  #compiled = 0;

  constructor(root: Json, options: SchemaOptions) {
    this.#flattener = new Flattener(root, { kept: KEPT, others: options.unknownKeywords });
  }

  compile(placed: Placed, depth: number): Grammar {
    const { schema, path } = placed;
    this.#compiled += 1;
    if (this.#compiled > MOST_SCHEMAS) refuse(path, 'it is too large');
    if (depth > DEEPEST_NESTING) refuse(path, 'schemas are nested too deeply');
    if (isObject(schema)) {
      const keywords = this.#flattener.keywords(schema, path);
      // Where nothing stands beside them, they need no merging, and may be recursive.
      if (keywords.length === 1 && schema['$ref'] !== undefined) return this.#reference(schema['$ref'], path, depth);
      for (const keyword of ['anyOf', 'oneOf', 'allOf'])
        if (keywords.length === 1 && keywords[0] === keyword) {
          const parts = this.#flattener.parts(schema, keyword, path);
          if (keyword !== 'allOf' || parts.length === 1)
            return choice(...parts.map((part) => this.compile(part, depth + 1)));
        }
    }
    const flat = this.#flattener.flatten(placed);
    return choice(...flat.map((one) => this.#flat({ schema: one, path }, depth)));
  }

  #reference(reference: Json, path: string, depth: number): Grammar {
    const target = this.#flattener.resolve(reference, path);
    const known = this.#rules.get(target.path);
    if (known !== undefined) return known;
    const rule = openRule();
    this.#rules.set(target.path, rule);
    rule.body = this.compile(target, depth + 1);
    return rule;
  }

  /** A schema without combining keywords. */
  #flat({ schema, path }: { schema: JsonObject; path: string }, depth: number): Grammar {
    const types = typesOf(schema, path);
    if (schema['enum'] !== undefined || schema['const'] !== undefined) return enumeration(schema, types, path);
    if (types === null) return VALUE;
    return choice(...types.map((type) => this.#ofType(type, schema, { path, depth: depth + 1 })));
  }

  #ofType(type: Type, schema: JsonObject, place: Place): Grammar {
    const isPlain = KEYWORDS[type].every((key) => schema[key] === undefined);
    switch (type) {
      case 'object':
        return isPlain ? OBJECT : this.#object(schema, place);
      case 'array':
        return isPlain ? ARRAY : this.#array(schema, place);
      case 'string':
        if (isPlain) return STRING;
        return stringOf(count(schema, 'minLength', place) ?? 0, count(schema, 'maxLength', place) ?? Infinity);
      case 'integer':
        return isPlain ? INTEGER : integerWithin(rangeOf(schema, place));
      case 'number':
        return isPlain ? NUMBER : numberWithin(rangeOf(schema, place));
      case 'boolean':
        return BOOLEAN;
      case 'null':
        return NULL;
    }
  }

  #object(schema: JsonObject, { path, depth }: Place): Grammar {
    const { properties = {}, required = [], additionalProperties = true } = schema;
    if (!isObject(properties)) return refuse(`${path}/properties`, 'it is an object of schemas');
    if (!isList(required) || !required.every((name) => typeof name === 'string'))
      return refuse(`${path}/required`, 'it is a list of names');
    const isKnown = (name: string) => Object.hasOwn(properties, name);
    const names = [...new Set([...Object.keys(properties), ...required])];
    if (names.some((name) => name.length > MOST_NAME_CHARACTERS))
      refuse(`${path}/properties`, `names have at most ${MOST_NAME_CHARACTERS} characters`);
    const further = this.compile({ schema: additionalProperties, path: `${path}/additionalProperties` }, depth);
    const elements = names.map((name) => {
      const schemaOfName: Placed = { schema: properties[name] ?? null, path: `${path}/properties/${name}` };
      const value = isKnown(name) ? this.compile(schemaOfName, depth) : further;
      return { grammar: member(literal(JSON.stringify(name)), value), isRequired: required.includes(name) };
    });
    return objectOf({
      elements,
      further: { grammar: member(stringExcept(names), further), least: 0, most: further === NOTHING ? 0 : Infinity },
    });
  }

  #array(schema: JsonObject, place: Place): Grammar {
    const { path, depth } = place;
    const { items = true, prefixItems = [] } = schema;
    if (isList(items)) return refuse(`${path}/items`, 'lists of schemas are written as prefixItems');
    if (!isList(prefixItems)) return refuse(`${path}/prefixItems`, 'it is a list of schemas');
    const least = count(schema, 'minItems', place) ?? 0;
    const most = count(schema, 'maxItems', place) ?? Infinity;
    if (most < least) return NOTHING;
    const elements = prefixItems.slice(0, Math.min(most, prefixItems.length)).map((item, index) => ({
      grammar: this.compile({ schema: item, path: `${path}/prefixItems/${index}` }, depth),
      isRequired: index < least,
    }));
    const further = this.compile({ schema: items, path: `${path}/items` }, depth);
    const places = elements.length;
    return arrayOf({
      elements,
      further: { grammar: further, least: Math.max(0, least - places), most: further === NOTHING ? 0 : most - places },
    });
  }
}

interface Place {
  readonly path: string;
  readonly depth: number;
}

/** Null where any type will do. */
function typesOf(schema: JsonObject, path: string): readonly Type[] | null {
  const { type } = schema;
  if (type === undefined) {
    const spoken = TYPES.filter(
      (one) => one !== 'integer' && KEYWORDS[one].some((keyword) => schema[keyword] !== undefined),
    );
    return spoken.length === 0 ? null : spoken;
  }
  const given = isList(type) ? type : [type];
  const types = TYPES.filter((one) => given.includes(one));
  if (types.length < new Set(given).size) return refuse(`${path}/type`, 'there is no such type');
  return types;
}

function enumeration(schema: JsonObject, types: readonly Type[] | null, path: string): Grammar {
  const other = Object.values(KEYWORDS)
    .flat()
    .find((keyword) => schema[keyword] !== undefined);
  if (other !== undefined) return refuse(`${path}/${other}`, 'it stands beside enum or const');
  const { enum: values = [schema['const'] ?? null] } = schema;
  if (!isList(values)) return refuse(`${path}/enum`, 'it is a list of values');
  const constant = schema['const'] === undefined ? null : JSON.stringify(schema['const']);
  const texts = values
    .filter((value) => types === null || types.some((type) => isOfType(value, type)))
    .map((value) => JSON.stringify(value))
    .filter((text) => constant === null || text === constant);
  return choice(...texts.map((text) => literal(text)));
}

function isOfType(value: Json, type: Type): boolean {
  switch (type) {
    case 'object':
      return isObject(value);
    case 'array':
      return isList(value);
    case 'integer':
      return Number.isInteger(value);
    case 'null':
      return value === null;
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === type;
  }
}

function count(schema: JsonObject, keyword: string, { path }: Place): number | null {
  const value = schema[keyword];
  if (value === undefined) return null;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  return refuse(`${path}/${keyword}`, 'it is a whole number');
}

function rangeOf(schema: JsonObject, { path }: Place): Parameters<typeof numberWithin>[0] {
  const bound = (keyword: string): number | null => {
    const value = schema[keyword];
    if (value === undefined || typeof value === 'number') return value ?? null;
    return refuse(`${path}/${keyword}`, 'it is a number');
  };
  const [least, above] = [bound('minimum'), bound('exclusiveMinimum')];
  const [most, below] = [bound('maximum'), bound('exclusiveMaximum')];
  const isLowExcluded = above !== null && (least === null || above >= least);
  const isHighExcluded = below !== null && (most === null || below <= most);
  return {
    low: isLowExcluded ? above : least,
    high: isHighExcluded ? below : most,
    isLowExcluded,
    isHighExcluded,
  };
}
