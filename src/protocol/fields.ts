/** What the parsers of all wire formats say of a field that is wrong. */
import { PurpgateError } from '../errors.js';
import type { JsonObject } from '../types.js';

export function unsupported(param: string, reason = 'is not supported'): PurpgateError {
  return new PurpgateError('unsupported_parameter', { publicMessage: `${param}: ${reason}`, param });
}

export function invalid(param: string, reason: string): PurpgateError {
  return new PurpgateError('invalid_request', { publicMessage: `${param}: ${reason}`, param });
}

/** @throws PurpgateError `invalid_request` when there is no value. */
export function required<Value>(value: Value | null | undefined, param: string): Value {
  if (value === undefined || value === null) throw invalid(param, 'is required');
  return value;
}

/** Parts are joined with a line feed, as vLLM joins them. `textOf` is given the part's path. */
export function joinParts<Part>(
  content: string | readonly Part[],
  param: string,
  textOf: (part: Part, param: string) => string,
): string {
  if (typeof content === 'string') return content;
  return content.map((part, index) => textOf(part, `${param}[${index}]`)).join('\n');
}

/** The body came out of JSON.parse, so whatever its schema leaves open is JSON. */
export function parsedJson(value: Readonly<Record<string, unknown>>): JsonObject {
  return value as JsonObject;
}

/**
 * Fields that would be silent lies if they were accepted, each with the test of whether a value asks for more than nothing. Clients send several of
 * them with their neutral value.
 */
export type RefusedFields = Readonly<Record<string, (value: unknown) => boolean>>;

/** @throws PurpgateError `unsupported_parameter`. */
export function refuseUnsupported(body: Readonly<Record<string, unknown>>, refused: RefusedFields): void {
  for (const [field, isUsed] of Object.entries(refused)) {
    const value = body[field];
    if (value !== undefined && value !== null && isUsed(value)) throw unsupported(field);
  }
}

/** The fields of a body that no part of a CompletionRequest has a place for. */
export function extraFields(body: Readonly<Record<string, unknown>>, known: ReadonlySet<string>): JsonObject {
  return parsedJson(Object.fromEntries(Object.entries(body).filter(([field]) => !known.has(field))));
}
