/** Sizes and places of types in memory, on the usual 64-bit platforms. */
import type { CField, CRecord, CType } from './ast.js';
import type { CMachine } from './machine.js';

import { type Amount, constant, isConstant, scaleAmount } from './values.js';

/** Records within records. */
const MAX_DEPTH = 12;

/** Bytes of a type; null where unknown. Counts of arrays are evaluated where they stand. */
export function sizeOf(machine: CMachine, type: CType | null, depth = 0): Amount | null {
  if (type === null || depth > MAX_DEPTH) return null;
  switch (type.kind) {
    case 'integer':
    case 'float':
      return constant(type.size);
    case 'pointer':
    case 'function':
      return constant(8);
    case 'void':
      return constant(1);
    case 'array': {
      if (type.count === null) return null;
      const count = machine.evaluate(type.count).amount;
      const size = sizeOf(machine, type.of, depth + 1);
      if (count === null || size === null) return null;
      if (isConstant(size)) return scaleAmount(count, size.offset);
      return isConstant(count) ? scaleAmount(size, count.offset) : null;
    }
    case 'record': {
      const record = machine.program.records.get(type.name);
      return record === undefined ? null : endOf(machine, record, depth + 1);
    }
    case 'unknown':
      return null;
  }
}

export function alignment(machine: CMachine, type: CType): number {
  switch (type.kind) {
    case 'integer':
    case 'float':
      return Math.min(type.size, 8);
    case 'array':
      return alignment(machine, type.of);
    case 'record': {
      const fields = machine.program.records.get(type.name)?.fields ?? [];
      return Math.max(1, ...fields.map((field) => (field.type.kind === 'record' ? 8 : alignment(machine, field.type))));
    }
    default:
      return 8;
  }
}

const rounded = (offset: number, to: number): number => Math.ceil(offset / to) * to;

function endOf(machine: CMachine, record: CRecord, depth: number): Amount | null {
  let end = 0;
  let widest = 1;
  for (const { type } of record.fields) {
    const size = sizeOf(machine, type, depth);
    if (size === null || !isConstant(size)) return null;
    const align = alignment(machine, type);
    widest = Math.max(widest, align);
    end = record.isUnion ? Math.max(end, size.offset) : rounded(end, align) + size.offset;
  }
  return constant(rounded(end, widest));
}

/** Where a field lies in its record, or in one of a type that the file does not define. */
export function fieldPlace(
  machine: CMachine,
  record: CRecord | null,
  name: string,
): { readonly offset: number; readonly field: CField | null } {
  // Fields that are not known lie apart from each other, far behind those that are.
  if (record === null) return { offset: 65_536 + 4096 * (hash(name) % 4096), field: null };
  let end = 0;
  for (const field of record.fields) {
    const offset = record.isUnion ? 0 : rounded(end, alignment(machine, field.type));
    if (field.name === name) return { offset, field };
    const size = sizeOf(machine, field.type);
    end = offset + (size !== null && isConstant(size) ? size.offset : 4096);
  }
  return fieldPlace(machine, null, name);
}

function hash(name: string): number {
  let sum = 7;
  for (const character of name) sum = (sum * 31 + character.charCodeAt(0)) % 1_000_003;
  return sum;
}
