/** JSON Schema without `$ref`, `allOf`, `anyOf` and `oneOf`: a schema becomes the flat schemas of which a value must meet one. */
import { PurpgateError } from '../../errors.js';
import type { Json, JsonObject } from '../../types.js';

/** A schema, and its place as a JSON pointer, for messages. */
export interface Placed {
  readonly schema: Json;
  readonly path: string;
}

const MOST_ALTERNATIVES = 256;
const DEEPEST_NESTING = 64;

/** What says nothing about the value, or (`format`, content*) is a note by the standard's own default. */
const NOTES = new Set(
  '$schema $id $anchor $comment $defs definitions title description default examples example deprecated readOnly writeOnly format contentEncoding contentMediaType discriminator'.split(
    ' ',
  ),
);
const COMBINING = new Set(['$ref', 'allOf', 'anyOf', 'oneOf']);

export function refuse(path: string, reason: string): never {
  throw new PurpgateError('unsupported_parameter', {
    publicMessage: `The JSON schema cannot be kept to at ${path === '' ? 'its root' : path}: ${reason}`,
    param: 'response_format',
  });
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export interface KeywordPolicy {
  readonly kept: ReadonlySet<string>;
  /** Others: an error, or taken for a note. */
  readonly others: 'refuse' | 'relax';
}

export class Flattener {
  constructor(
    private readonly root: Json,
    private readonly policy: KeywordPolicy,
  ) {}

  /** The keywords that say something, notes left out. @throws PurpgateError `unsupported_parameter`. */
  keywords(schema: JsonObject, path: string): string[] {
    return Object.keys(schema).filter((key) => {
      if (schema[key] === undefined || NOTES.has(key) || key.startsWith('x-')) return false;
      const isKept = this.policy.kept.has(key);
      if (!isKept && this.policy.others === 'refuse') refuse(`${path}/${key}`, 'this keyword is not supported');
      return isKept;
    });
  }

  /** @throws PurpgateError `unsupported_parameter` when there is no such place. */
  resolve(reference: Json, path: string): Placed {
    if (typeof reference !== 'string' || !/^#(\/|$)/.test(reference))
      return refuse(`${path}/$ref`, 'only references within the schema (#/…) are supported');
    let schema: Json | undefined = this.root;
    for (const part of reference.split('/').slice(1)) {
      const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
      if (isList(schema)) schema = schema[Number(key)];
      else schema = isObject(schema) && Object.hasOwn(schema, key) ? schema[key] : undefined;
    }
    if (schema === undefined) return refuse(`${path}/$ref`, 'there is nothing at this place');
    return { schema, path: reference };
  }

  /** None where the schema allows no value. `oneOf` is read as `anyOf`. */
  flatten({ schema, path }: Placed, depth = 0): JsonObject[] {
    if (depth > DEEPEST_NESTING) refuse(path, 'schemas are nested too deeply');
    if (schema === true) return [{}];
    if (schema === false) return [];
    if (!isObject(schema)) return refuse(path, 'a schema is an object or a boolean');
    const base = Object.fromEntries(
      this.keywords(schema, path).flatMap((key) => (COMBINING.has(key) ? [] : [[key, schema[key]]])),
    );
    let flat: JsonObject[] = [base];
    const also = (others: JsonObject[]) => {
      flat = flat.flatMap((one) => others.map((other) => merge(one, other, path)).filter((merged) => merged !== null));
      if (flat.length > MOST_ALTERNATIVES) refuse(path, 'it has too many alternatives');
    };
    if (schema['$ref'] !== undefined) also(this.flatten(this.resolve(schema['$ref'], path), depth + 1));
    for (const part of this.parts(schema, 'allOf', path)) also(this.flatten(part, depth + 1));
    for (const keyword of ['anyOf', 'oneOf'])
      if (schema[keyword] !== undefined)
        also(this.parts(schema, keyword, path).flatMap((part) => this.flatten(part, depth + 1)));
    return flat;
  }

  parts(schema: JsonObject, keyword: string, path: string): Placed[] {
    const list = schema[keyword] ?? [];
    if (!isList(list)) return refuse(`${path}/${keyword}`, 'it is a list of schemas');
    return list.map((part, index) => ({ schema: part, path: `${path}/${keyword}/${index}` }));
  }
}

/** Both at once; null where no value can meet both. */
function merge(one: JsonObject, other: JsonObject, path: string): JsonObject | null {
  const merged: Record<string, Json | undefined> = { ...one };
  for (const [key, value] of Object.entries(other)) {
    const known = one[key];
    if (known === undefined || value === undefined || JSON.stringify(known) === JSON.stringify(value)) {
      // Not `??`: null is a value of `const`.
      merged[key] = value === undefined ? known : value;
      continue;
    }
    const both = mergeKeyword(key, known, value);
    if (both === undefined) return refuse(`${path}/${key}`, 'it has different values in schemas that apply together');
    if (both === null) return null;
    merged[key] = both;
  }
  mergeMembers(merged, one, other);
  return merged;
}

/** Undefined where two values cannot be combined; null where they exclude each other. */
function mergeKeyword(key: string, one: Json, other: Json): Json | undefined {
  switch (key) {
    case 'type': {
      const types = intersection(asList(one), asList(other));
      return types.length === 0 ? null : types;
    }
    case 'enum': {
      const texts = new Set(asList(other).map((value) => JSON.stringify(value)));
      return asList(one).filter((value) => texts.has(JSON.stringify(value)));
    }
    case 'const':
      return null;
    case 'required':
      return [...asList(one), ...asList(other)];
    case 'minLength':
    case 'minItems':
    case 'minimum':
    case 'exclusiveMinimum':
      return Math.max(Number(one), Number(other));
    case 'maxLength':
    case 'maxItems':
    case 'maximum':
    case 'exclusiveMaximum':
      return Math.min(Number(one), Number(other));
    case 'items':
      return { allOf: [one, other] };
    case 'properties':
    case 'additionalProperties':
      // Done together, in mergeMembers.
      return one;
    default:
      return undefined;
  }
}

/** `additionalProperties` of one schema speaks about the members that only the other one names. */
function mergeMembers(merged: Record<string, Json | undefined>, one: JsonObject, other: JsonObject): void {
  const speaks = (schema: JsonObject) => isObject(schema['properties']) || schema['additionalProperties'] !== undefined;
  if (!speaks(one) || !speaks(other)) return;
  const rest = (schema: JsonObject): Json => schema['additionalProperties'] ?? true;
  const of = (schema: JsonObject, name: string): Json => {
    const { properties } = schema;
    return isObject(properties) && Object.hasOwn(properties, name) ? (properties[name] ?? null) : rest(schema);
  };
  const names = [one, other].flatMap(({ properties }) => (isObject(properties) ? Object.keys(properties) : []));
  merged['properties'] = Object.fromEntries(
    Array.from(new Set(names), (name) => [name, both(of(one, name), of(other, name))]),
  );
  merged['additionalProperties'] = both(rest(one), rest(other));
}

function both(one: Json, other: Json): Json {
  if (one === true || JSON.stringify(one) === JSON.stringify(other)) return other;
  if (other === true) return one;
  return one === false || other === false ? false : { allOf: [one, other] };
}

function asList(value: Json): readonly Json[] {
  return isList(value) ? value : [value];
}

/** An integer is a number. */
function intersection(one: readonly Json[], other: readonly Json[]): Json[] {
  const meets = (type: Json, types: readonly Json[]) =>
    types.includes(type) || (type === 'integer' && types.includes('number'));
  return [...new Set([...one.filter((type) => meets(type, other)), ...other.filter((type) => meets(type, one))])];
}
