/** C and C++ expressions, as the memory analysis reads them. Macros are put in where they are used. */
import { chainOf } from '../building.js';
import type { Range } from '../ir.js';
import { childByField, childByType, type SyntaxNode } from '../syntax.js';
import type { CExpression, CType, InitialItem } from './ast.js';
import type { CLowering, Macro } from './lowering.js';
import { lowerBody } from './statements.js';
import { CHAR, DOUBLE, INT, LONG, plainName, typeOf } from './types.js';

export const opaque = (range: Range, children: readonly CExpression[] = []): CExpression => ({
  kind: 'opaque',
  children,
  start: range.start,
  end: range.end,
});

const numberAt = (value: number, range: Range, type: CType = INT): CExpression => ({
  kind: 'number',
  value,
  type,
  ...range,
});

export function lowerExpression(outer: SyntaxNode | null | undefined, lowering: CLowering): CExpression {
  if (!outer) return opaque({ start: 0, end: 0 });
  let node = outer;
  while (node.type === 'parenthesized_expression' || node.type === 'condition_clause') {
    const inner = childByField(node, 'value') ?? node.children[0];
    if (inner === undefined) break;
    node = inner;
  }
  return lowering.nested<CExpression>(() => lowerNode(node, lowering), opaque(lowering.range(node)));
}

const lowerAll = (nodes: readonly SyntaxNode[], lowering: CLowering): CExpression[] =>
  nodes.map((node) => lowerExpression(node, lowering));

function lowerNode(node: SyntaxNode, lowering: CLowering): CExpression {
  const range = lowering.range(node);
  const field = (name: string): CExpression => lowerExpression(childByField(node, name), lowering);
  const sign = childByField(node, 'operator');
  const operator = sign === null ? '' : lowering.text(sign);
  switch (node.type) {
    case 'number_literal':
      return lowerNumber(lowering.text(node), range);
    case 'char_literal':
      return numberAt(decoded(lowering.text(node).replace(/^[LuU8]*'|'$/g, '')).charCodeAt(0) || 0, range, CHAR);
    case 'string_literal':
    case 'raw_string_literal':
    case 'concatenated_string':
      return { kind: 'string', text: stringText(node, lowering), ...range };
    case 'true':
    case 'false':
      return lowerName(node, lowering) ?? numberAt(node.type === 'true' ? 1 : 0, range);
    case 'null':
      if (lowering.text(node) === 'NULL') return lowerName(node, lowering) ?? { kind: 'null', ...range };
      // Not a keyword in C before C23.
      return lowerName(node, lowering) ?? { kind: 'name', name: 'nullptr', ...range };
    case 'identifier':
    case 'field_identifier':
    case 'qualified_identifier':
    case 'this':
    case 'type_identifier':
      return lowerName(node, lowering) ?? { kind: 'name', name: plainName(lowering.text(node)), ...range };
    case 'unary_expression':
    case 'pointer_expression':
      return { kind: 'unary', operator, operand: field('argument'), ...range };
    case 'binary_expression':
      return lowerBinary(node, lowering);
    case 'assignment_expression':
      return {
        kind: 'assign',
        operator: operator.replace(/=$/, ''),
        target: field('left'),
        value: field('right'),
        ...range,
      };
    case 'update_expression':
      return {
        kind: 'update',
        step: operator === '--' ? -1 : 1,
        isPrefix: sign !== null && sign.start === node.start,
        target: field('argument'),
        ...range,
      };
    case 'conditional_expression': {
      const [condition, then, otherwise] = [field('condition'), field('consequence'), field('alternative')];
      return { kind: 'conditional', condition, then, otherwise, ...range };
    }
    case 'comma_expression':
      return { kind: 'comma', left: field('left'), right: field('right'), ...range };
    case 'field_expression': {
      const name = childByField(node, 'field');
      return {
        kind: 'member',
        object: field('argument'),
        name: name === null ? '' : lowering.text(name),
        isArrow: operator === '->',
        ...range,
      };
    }
    case 'call_expression':
      return lowerCall(node, lowering);
    default:
      return lowerRest(node, lowering);
  }
}

function lowerRest(node: SyntaxNode, lowering: CLowering): CExpression {
  const range = lowering.range(node);
  const field = (name: string): CExpression => lowerExpression(childByField(node, name), lowering);
  switch (node.type) {
    case 'subscript_expression': {
      const index = childByField(node, 'index') ?? childByField(node, 'indices')?.children[0] ?? node.children[1];
      return { kind: 'index', object: field('argument'), index: lowerExpression(index, lowering), ...range };
    }
    case 'cast_expression':
      return { kind: 'cast', type: typeOf(childByField(node, 'type'), lowering), value: field('value'), ...range };
    case 'sizeof_expression': {
      const type = childByField(node, 'type');
      const value = childByField(node, 'value');
      const inner = value?.type === 'parenthesized_expression' ? (value.children[0] ?? value) : value;
      // `sizeof(Name)` reads like a variable in parentheses.
      const named = inner?.type === 'identifier' ? lowering.definitions.types.get(lowering.text(inner)) : undefined;
      if (named !== undefined) return { kind: 'sizeof', type: named, value: null, ...range };
      return type === null
        ? { kind: 'sizeof', type: null, value: lowerExpression(inner, lowering), ...range }
        : { kind: 'sizeof', type: typeOf(type, lowering), value: null, ...range };
    }
    case 'initializer_list':
      return { kind: 'initial', items: node.children.map((child) => lowerItem(child, lowering)), ...range };
    case 'compound_literal_expression':
      return {
        kind: 'cast',
        type: typeOf(childByField(node, 'type'), lowering),
        value: field('value'),
        ...range,
      };
    case 'new_expression':
      return lowerNew(node, lowering);
    case 'delete_expression': {
      const isArray = /^(::)?\s*delete\s*\[/.test(lowering.text(node));
      return { kind: 'delete', value: lowerExpression(node.children.at(-1), lowering), isArray, ...range };
    }
    case 'compound_statement':
      return { kind: 'statements', body: lowerBody(node, lowering), ...range };
    case 'expression_statement':
      return lowerExpression(node.children[0], lowering);
    case 'lambda_expression':
      return opaque(range);
    default:
      return opaque(range, lowerAll(node.children, lowering));
  }
}

function lowerItem(node: SyntaxNode, lowering: CLowering): InitialItem {
  if (node.type !== 'initializer_pair') return { field: null, index: null, value: lowerExpression(node, lowering) };
  const designator = childByField(node, 'designator');
  const [key] = designator?.children ?? [];
  const isField = designator?.type === 'field_designator';
  return {
    field: isField && key !== undefined ? lowering.text(key) : null,
    index: isField ? null : lowerExpression(key, lowering),
    value: lowerExpression(childByField(node, 'value'), lowering),
  };
}

function lowerNew(node: SyntaxNode, lowering: CLowering): CExpression {
  const declarator = childByField(node, 'declarator');
  const length = declarator === null ? null : childByField(declarator, 'length');
  const list = childByField(node, 'arguments');
  return {
    kind: 'new',
    type: typeOf(childByField(node, 'type'), lowering),
    count: length === null ? null : lowerExpression(length, lowering),
    arguments: lowerAll(list?.children ?? [], lowering),
    ...lowering.range(node),
  };
}

function lowerNumber(written: string, range: Range): CExpression {
  const text = written.replaceAll("'", '').toLowerCase();
  const isHex = /^-?0x/.test(text);
  if (!isHex && /[.e]|\df$/.test(text)) return numberAt(Number.parseFloat(text), range, DOUBLE);
  const digits = text.replace(/[ul]+$/, '');
  const negative = digits.startsWith('-');
  const plain = negative ? digits.slice(1) : digits;
  const value = /^0[0-7]+$/.test(plain) ? Number.parseInt(plain, 8) : Number(plain);
  const isLong = /l/.test(text.replace(/^-?0x[\da-f]+/, '')) || value > 0xffff_ffff;
  const isUnsigned = /u[l]*$|lu$/.test(text) || (isHex && value > 0x7fff_ffff);
  const type: CType = {
    kind: 'integer',
    size: isLong ? 8 : value > 0x7fff_ffff && !isUnsigned ? 8 : 4,
    signed: !isUnsigned,
  };
  return numberAt(negative ? -value : value, range, Number.isNaN(value) ? LONG : type);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v' };

function decoded(text: string): string {
  return text.replace(
    /\\(?:x([\da-f]{1,4})|([0-7]{1,3})|u([\da-f]{4})|([\s\S]))/gi,
    (_, x?: string, octal?: string, u?: string, plain?: string) => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      if (plain === undefined) return String.fromCharCode(Number.parseInt(x ?? u ?? '0', 16));
      return plain === '\n' ? '' : (ESCAPES[plain] ?? plain);
    },
  );
}

function stringText(node: SyntaxNode, lowering: CLowering): string {
  if (node.type === 'concatenated_string')
    return node.children
      .map((child) => {
        const part = lowerExpression(child, lowering);
        return part.kind === 'string' ? part.text : '';
      })
      .join('');
  const text = lowering.text(node);
  if (node.type === 'raw_string_literal') return text.replace(/^[LuU8]*R"[^(]*\(|\)[^)"]*"$/g, '');
  return decoded(text.replace(/^[LuU8]*"|"$/g, ''));
}

/** What a name stands for that is a macro, or a macro's parameter; null for any other. */
function lowerName(node: SyntaxNode, lowering: CLowering): CExpression | null {
  const name = lowering.text(node);
  const substituted = lowering.substitutions.get(name);
  if (substituted !== undefined) return substituted;
  const macro = lowering.macro(name);
  return macro === null || macro.parameters !== null ? null : expanded(name, macro, [], lowering.range(node), lowering);
}

function expanded(
  name: string,
  macro: Macro,
  args: readonly CExpression[],
  range: Range,
  outer: CLowering,
): CExpression | null {
  const values = new Map((macro.parameters ?? []).map((parameter, index) => [parameter, args[index] ?? opaque(range)]));
  const found = outer.macroBody(name, macro, values, range);
  if (found === null) return opaque(range, args);
  const { lowering, body } = found;
  const statements = body.children.filter(({ type, start, end }) => type !== 'expression_statement' || end - start > 1);
  const [only] = statements;
  if (only === undefined) return opaque(range, args);
  if (statements.length === 1 && only.type === 'expression_statement')
    return lowerExpression(only.children[0], lowering);
  return { kind: 'statements', body: lowerBody(body, lowering), ...range };
}

const COMPARABLE = new Set(['&&', '||']);

/** Folds long chains from the left without recursing down their left spine. */
function lowerBinary(node: SyntaxNode, lowering: CLowering): CExpression {
  const { leftmost, operations } = chainOf(node);
  let left = lowerExpression(leftmost, lowering);
  for (const inner of operations) {
    const sign = childByField(inner, 'operator');
    const operator = sign === null ? '?' : lowering.text(sign);
    const right = lowerExpression(childByField(inner, 'right'), lowering);
    const range = { ...lowering.range(inner), left, right };
    left = COMPARABLE.has(operator)
      ? { kind: 'logical', operator: operator === '&&' ? '&&' : '||', ...range }
      : { kind: 'binary', operator, ...range };
  }
  return left;
}

const CASTS = new Set(['static_cast', 'reinterpret_cast', 'const_cast', 'dynamic_cast']);

function lowerCall(node: SyntaxNode, lowering: CLowering): CExpression {
  const range = lowering.range(node);
  const callee = childByField(node, 'function');
  const list = childByField(node, 'arguments');
  const args = lowerAll(list?.children ?? [], lowering);
  const name = callee === null ? '' : lowering.text(callee);
  if (callee?.type === 'template_function') {
    const type = childByType(callee, 'template_argument_list')?.children[0] ?? null;
    const [value] = args;
    if (CASTS.has(plainName(name)) && value !== undefined)
      return { kind: 'cast', type: typeOf(type, lowering), value, ...range };
  }
  const macro = callee?.type === 'identifier' ? lowering.macro(name) : null;
  if (macro?.parameters) return expanded(name, macro, args, range, lowering) ?? opaque(range, args);
  // `offsetof` and the like take types, which are no values.
  if (/^(offsetof|va_arg|_Alignof|alignof|__builtin_\w+)$/.test(name)) return opaque(range, []);
  const target =
    callee?.type === 'template_function'
      ? ({ kind: 'name', name: plainName(name), ...lowering.range(callee) } as const)
      : lowerExpression(callee, lowering);
  // `sizeof (type)` of an unusual form, and functional casts such as `int(x)`.
  if (callee?.type === 'primitive_type' && args[0] !== undefined)
    return { kind: 'cast', type: typeOf(callee, lowering), value: args[0], ...range };
  return { kind: 'call', callee: target, arguments: args, ...range };
}
