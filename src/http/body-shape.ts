/** How complex a body may be. Validation, guards and records walk it value by value, some of them by recursion. */
import { PurpgateError } from '../errors.js';

/** Levels of lists and objects. A JSON Schema of a tool takes two per level of its data. */
const MAX_DEPTH = 100;
/** Lists, objects and their members together; a conversation of 5,000 turns with 500 tools has some 60,000. */
const MAX_VALUES = 200_000;

/** @throws PurpgateError `invalid_request`. Takes the body level by level, since one that overflows the stack is what it looks for. */
export function refuseComplexBody(body: unknown): void {
  let values = 0;
  let level: object[] = isContainer(body) ? [body] : [];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) throw tooComplex(`is nested deeper than ${MAX_DEPTH} levels`);
    const next: object[] = [];
    for (const container of level) {
      const members: unknown[] = Array.isArray(container) ? container : Object.values(container);
      values += members.length;
      if (values > MAX_VALUES) throw tooComplex(`has more than ${MAX_VALUES} values`);
      for (const member of members) if (isContainer(member)) next.push(member);
    }
    level = next;
  }
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function tooComplex(reason: string): PurpgateError {
  return new PurpgateError('invalid_request', { publicMessage: `The body ${reason}.` });
}
