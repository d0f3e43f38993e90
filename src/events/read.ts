/** Readers that turn an unknown value into a typed one, or say where it is at fault. Fields that a reader does not name are dropped. */
import { PurpgateError } from '../errors.js';
import type { Json, JsonObject } from '../types.js';

/** `at` is the JSON pointer of the value, for the error. @throws PurpgateError `event_invalid`. */
export type Reader<Value> = (value: unknown, at: string) => Value;

export function invalid(at: string, expected: string): PurpgateError {
  return new PurpgateError('event_invalid', { message: `${at === '' ? '/' : at}: expected ${expected}` });
}

export const text: Reader<string> = (value, at) => {
  if (typeof value !== 'string') throw invalid(at, 'a string');
  return value;
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const uuid: Reader<string> = (value, at) => {
  if (typeof value !== 'string' || !UUID.test(value)) throw invalid(at, 'a lower-case UUID');
  return value;
};

const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/;

export const timestamp: Reader<string> = (value, at) => {
  if (typeof value !== 'string' || !UTC.test(value) || Number.isNaN(Date.parse(value)))
    throw invalid(at, 'an ISO 8601 time in UTC');
  return value;
};

export const number: Reader<number> = (value, at) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(at, 'a number');
  return value;
};

export const count: Reader<number> = (value, at) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw invalid(at, 'a whole number >= 0');
  return value;
};

export const oneOf =
  <const Choice extends string | number>(...choices: readonly Choice[]): Reader<Choice> =>
  (value, at) => {
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw invalid(at, `one of ${choices.join(', ')}`);
    return found;
  };

export const nullable =
  <Value>(read: Reader<Value>): Reader<Value | null> =>
  (value, at) =>
    value === null ? null : read(value, at);

export const list =
  <Value>(read: Reader<Value>): Reader<readonly Value[]> =>
  (value, at) => {
    if (!Array.isArray(value)) throw invalid(at, 'an array');
    return value.map((item, index) => read(item, `${at}/${index}`));
  };

/** Any JSON. Events come out of a JSON parser, so only what JSON has no word for is at fault. */
export const json: Reader<Json> = (value, at) => {
  if (!isJson(value)) throw invalid(at, 'a JSON value');
  return value;
};

function isJson(value: unknown): value is Json {
  return value !== undefined;
}

export const jsonObject: Reader<JsonObject> = (value, at) => {
  if (!isObject(value)) throw invalid(at, 'an object');
  return value;
};

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const shape =
  <Value extends object>(fields: { readonly [Name in keyof Value]-?: Reader<Value[Name]> }): Reader<Value> =>
  (value, at) => {
    const given = jsonObject(value, at);
    const read: Partial<Value> = {};
    for (const name in fields) read[name] = fields[name](given[name], `${at}/${name}`);
    return complete<Value>(read);
  };

/** Every field of `Value` has been read by then: the mapped type of `shape` names each. */
function complete<Value extends object>(read: Partial<Value>): Value {
  return read as Value;
}
