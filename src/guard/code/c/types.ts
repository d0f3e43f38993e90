/** Types and declarators of C and C++. */
import { childByField, childByType, type SyntaxNode } from '../syntax.js';
import type { CField, CParameter, CType } from './ast.js';
import { lowerExpression } from './expressions.js';
import type { CLowering } from './lowering.js';

export const INT: CType = { kind: 'integer', size: 4, signed: true };
export const CHAR: CType = { kind: 'integer', size: 1, signed: true };
export const SIZE: CType = { kind: 'integer', size: 8, signed: false };
export const LONG: CType = { kind: 'integer', size: 8, signed: true };
export const DOUBLE: CType = { kind: 'float', size: 8 };
export const VOID: CType = { kind: 'void' };
export const pointerTo = (to: CType): CType => ({ kind: 'pointer', to });

/** Types of the standard headers, on the usual 64-bit platforms: bytes, and whether it has a sign. */
const NAMED: Readonly<Record<string, readonly [number, boolean]>> = {
  size_t: [8, false],
  ssize_t: [8, true],
  ptrdiff_t: [8, true],
  intptr_t: [8, true],
  uintptr_t: [8, false],
  off_t: [8, true],
  time_t: [8, true],
  int8_t: [1, true],
  uint8_t: [1, false],
  int16_t: [2, true],
  uint16_t: [2, false],
  int32_t: [4, true],
  uint32_t: [4, false],
  int64_t: [8, true],
  uint64_t: [8, false],
  bool: [1, false],
  _Bool: [1, false],
  wchar_t: [4, true],
  pid_t: [4, true],
  socklen_t: [4, false],
  u8: [1, false],
  u16: [2, false],
  u32: [4, false],
  u64: [8, false],
  uint: [4, false],
  BYTE: [1, false],
  WORD: [2, false],
  DWORD: [4, false],
};

function primitive(text: string): CType {
  const words = text.split(/\s+/);
  const has = (word: string): boolean => words.includes(word);
  if (has('void')) return VOID;
  if (has('double')) return { kind: 'float', size: has('long') ? 16 : 8 };
  if (has('float')) return { kind: 'float', size: 4 };
  const signed = !has('unsigned');
  if (has('char')) return { kind: 'integer', size: 1, signed };
  if (has('short')) return { kind: 'integer', size: 2, signed };
  if (has('long')) return { kind: 'integer', size: 8, signed };
  const named = words.map((word) => NAMED[word]).find((entry) => entry !== undefined);
  return named === undefined
    ? { kind: 'integer', size: 4, signed }
    : { kind: 'integer', size: named[0], signed: named[1] };
}

/** The last part of a name such as `std::string`. */
export const plainName = (text: string): string =>
  text
    .replace(/<[\s\S]*$/, '')
    .replace(/^.*::/s, '')
    .trim();

/** The type that a declaration begins with. Records that it defines are noted. */
export function typeOf(node: SyntaxNode | null, lowering: CLowering): CType {
  if (node === null) return INT;
  switch (node.type) {
    case 'primitive_type':
    case 'sized_type_specifier':
      return primitive(lowering.text(node));
    case 'struct_specifier':
    case 'union_specifier':
    case 'class_specifier':
      return recordType(node, lowering);
    case 'enum_specifier':
      noteEnumerators(node, lowering);
      return INT;
    case 'type_descriptor': {
      const declarator = childByField(node, 'declarator');
      const base = typeOf(childByField(node, 'type'), lowering);
      return declarator === null ? base : declared(declarator, base, lowering).type;
    }
    default: {
      const name = plainName(lowering.text(node));
      const named = NAMED[name];
      if (named !== undefined) return { kind: 'integer', size: named[0], signed: named[1] };
      const known = lowering.definitions.types.get(name);
      if (known !== undefined) return known;
      return lowering.definitions.records.has(name) ? { kind: 'record', name } : { kind: 'unknown', name };
    }
  }
}

function recordType(node: SyntaxNode, lowering: CLowering): CType {
  const { records, types } = lowering.definitions;
  const own = childByField(node, 'name');
  const name = own === null ? `record@${lowering.range(node).start}` : plainName(lowering.text(own));
  const body = childByField(node, 'body');
  const type: CType = { kind: 'record', name };
  if (body === null) return records.has(name) || node.type !== 'class_specifier' ? type : { kind: 'unknown', name };
  // Known before its fields, which may point to it.
  types.set(name, type);
  const fields: CField[] = [];
  for (const child of body.children) {
    if (child.type !== 'field_declaration') continue;
    const base = typeOf(childByField(child, 'type'), lowering);
    const declarators = child.children.filter(({ field }) => field === 'declarator');
    for (const declarator of declarators) {
      const { name: field, type: fieldType } = declared(declarator, base, lowering);
      if (fieldType.kind !== 'function') fields.push({ name: field, type: fieldType });
    }
    // The fields of an anonymous record belong to the one around it.
    if (declarators.length === 0 && base.kind === 'record') fields.push(...(records.get(base.name)?.fields ?? []));
  }
  records.set(name, { name, fields, isUnion: node.type === 'union_specifier' });
  return type;
}

function noteEnumerators(node: SyntaxNode, lowering: CLowering): void {
  const { enumerators } = lowering.definitions;
  let next = 0;
  for (const child of childByField(node, 'body')?.children ?? []) {
    const name = childByField(child, 'name');
    if (child.type !== 'enumerator' || name === null) continue;
    const value = childByField(child, 'value');
    const given = value === null ? null : lowerExpression(value, lowering);
    if (given?.kind === 'number') next = given.value;
    enumerators.set(lowering.text(name), next);
    next += 1;
  }
}

interface Declared {
  readonly name: string;
  readonly type: CType;
  readonly isReference: boolean;
  /** The list of a function's parameters. */
  readonly parameters: SyntaxNode | null;
}

/** What a declarator such as `*name[4]` declares on a base type. */
export function declared(node: SyntaxNode, base: CType, lowering: CLowering): Declared {
  const inner =
    childByField(node, 'declarator') ?? node.children.find(({ type }) => /declarator|identifier/.test(type)) ?? null;
  const onward = (type: CType): Declared =>
    inner === null ? { name: '', type, isReference: false, parameters: null } : declared(inner, type, lowering);
  switch (node.type) {
    case 'pointer_declarator':
    case 'abstract_pointer_declarator':
      return onward(pointerTo(base));
    case 'array_declarator':
    case 'abstract_array_declarator': {
      const size = childByField(node, 'size');
      return onward({ kind: 'array', of: base, count: size === null ? null : lowerExpression(size, lowering) });
    }
    case 'function_declarator':
    case 'abstract_function_declarator': {
      const result = onward({ kind: 'function', result: base });
      return { ...result, parameters: result.parameters ?? childByField(node, 'parameters') };
    }
    case 'reference_declarator':
    case 'abstract_reference_declarator':
      return { ...onward(base), isReference: true };
    case 'init_declarator':
    case 'parenthesized_declarator':
    case 'abstract_parenthesized_declarator':
    case 'attributed_declarator':
      return onward(base);
    default:
      return { name: plainName(lowering.text(node)), type: base, isReference: false, parameters: null };
  }
}

export function parametersOf(list: SyntaxNode | null, lowering: CLowering): CParameter[] {
  return (list?.children ?? []).flatMap((child): CParameter[] => {
    if (!child.type.endsWith('parameter_declaration')) return [];
    const base = typeOf(childByField(child, 'type'), lowering);
    const declarator = childByField(child, 'declarator');
    if (declarator === null) return base.kind === 'void' ? [] : [{ name: '', type: base, isReference: false }];
    const { name, type, isReference } = declared(declarator, base, lowering);
    // An array or function that is passed is a pointer to it.
    const passed = type.kind === 'array' ? pointerTo(type.of) : type.kind === 'function' ? pointerTo(type) : type;
    return [{ name, type: passed, isReference }];
  });
}

export const isVariadic = (list: SyntaxNode | null): boolean =>
  list !== null && childByType(list, 'variadic_parameter') !== null;
