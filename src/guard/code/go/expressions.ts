/** Go expressions to IR. What Python has in another form is written in that form, so that one analysis reads both. */
import { chainOf, opaque } from '../building.js';
import type { Entry, Expression, Item } from '../ir.js';
import { childByField, type SyntaxNode } from '../syntax.js';
import { lowerCall } from './calls.js';
import { lowerLiteral } from './functions.js';
import { type GoLowering } from './lower.js';

const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=']);

export function lowerExpression(outer: SyntaxNode | null | undefined, lowering: GoLowering): Expression {
  if (!outer) return opaque({ start: 0, end: 0 });
  let node = outer;
  while (WRAPPERS.has(node.type) && node.children.length === 1) {
    const [inner] = node.children;
    if (inner === undefined) break;
    node = inner;
  }
  return lowering.nested<Expression>(() => lowerNode(node, lowering), opaque(node));
}

const WRAPPERS: ReadonlySet<string> = new Set(['parenthesized_expression', 'literal_element', 'expression_list']);

function lowerNode(node: SyntaxNode, lowering: GoLowering): Expression {
  const { start, end } = node;
  const field = (name: string): Expression => lowerExpression(childByField(node, name), lowering);
  switch (node.type) {
    case 'identifier':
    case 'type_identifier':
    case 'field_identifier':
    case 'blank_identifier':
      return { kind: 'name', name: lowering.text(node), start, end };
    case 'nil':
      return { kind: 'constant', value: null, start, end };
    case 'true':
    case 'false':
      return { kind: 'constant', value: node.type === 'true', start, end };
    case 'int_literal':
    case 'float_literal':
      return { kind: 'constant', value: numberOf(lowering.text(node)), start, end };
    case 'interpreted_string_literal':
    case 'raw_string_literal':
    case 'rune_literal':
      return { kind: 'constant', value: plainString(lowering.text(node)), start, end };
    case 'selector_expression':
      return { kind: 'member', object: field('operand'), name: nameOf(node, 'field', lowering), start, end };
    case 'qualified_type': {
      const object = { kind: 'name', name: nameOf(node, 'package', lowering), start, end: start } as const;
      return { kind: 'member', object, name: nameOf(node, 'name', lowering), start, end };
    }
    case 'index_expression':
      return { kind: 'index', object: field('operand'), index: field('index'), start, end };
    case 'slice_expression': {
      const bounds = node.children.filter((child) => child.field !== 'operand');
      return {
        kind: 'slice',
        object: field('operand'),
        bounds: bounds.map((child) => lowerExpression(child, lowering)),
        start,
        end,
      };
    }
    case 'call_expression':
      return lowerCall(node, lowering);
    default:
      return lowerCompound(node, lowering);
  }
}

function lowerCompound(node: SyntaxNode, lowering: GoLowering): Expression {
  const { start, end } = node;
  switch (node.type) {
    case 'binary_expression':
      return lowerBinary(node, lowering);
    case 'unary_expression': {
      const operand = childByField(node, 'operand');
      if (lowering.code.startsWith('!', start))
        return { kind: 'not', operand: lowerCondition(operand, lowering), start, end };
      // A pointer to a value is that value.
      return /^[&*]/.test(lowering.code.charAt(start))
        ? lowerExpression(operand, lowering)
        : opaque(node, [lowerExpression(operand, lowering)]);
    }
    case 'type_conversion_expression':
    case 'type_assertion_expression':
      return lowerExpression(childByField(node, 'operand'), lowering);
    case 'func_literal':
      return { kind: 'lambda', function: lowerLiteral(node, lowering), start, end };
    case 'composite_literal':
      return lowerComposite(node, lowering);
    case 'literal_value':
      return isKeyed(node) ? lowerRecord(node, lowering) : lowerList(node, lowering);
    default:
      return opaque(
        node,
        node.children.map((child) => lowerExpression(child, lowering)),
      );
  }
}

/** What is asked for its truth: `allowed[name]` asks whether the map has the name. */
export function lowerCondition(outer: SyntaxNode | null, lowering: GoLowering): Expression {
  let node = outer;
  while (node?.type === 'parenthesized_expression') node = node.children[0] ?? null;
  if (node?.type !== 'index_expression') return lowerExpression(node, lowering);
  return { ...lowerMembership(node, lowering), start: node.start, end: node.end };
}

/** Whether the map of an index expression has the key. */
export const lowerMembership = (node: SyntaxNode, lowering: GoLowering): Expression => ({
  kind: 'compare',
  operator: 'in',
  left: lowerExpression(childByField(node, 'index'), lowering),
  right: lowerExpression(childByField(node, 'operand'), lowering),
  start: node.start,
  end: node.end,
});

const nameOf = (node: SyntaxNode, field: string, lowering: GoLowering): string => {
  const child = childByField(node, field);
  return child ? lowering.text(child) : '';
};

/** An octal may lack its `o`: `0777`. */
function numberOf(text: string): number {
  const plain = text.replaceAll('_', '');
  return /^0\d+$/.test(plain) ? Number.parseInt(plain, 8) : Number(plain);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0' };

function plainString(text: string): string {
  const inner = text.slice(1, -1);
  return text.startsWith('`')
    ? inner
    : inner.replace(
        /\\(?:u([\da-fA-F]{4})|x([\da-fA-F]{2})|([\s\S]))/g,
        (_, code?: string, byte?: string, plain?: string) =>
          plain === undefined
            ? String.fromCharCode(Number.parseInt(code ?? byte ?? '0', 16))
            : (ESCAPES[plain] ?? plain),
      );
}

/** Folds long chains from the left without recursing down their left spine. */
function lowerBinary(node: SyntaxNode, lowering: GoLowering): Expression {
  const { leftmost, operations } = chainOf(node);
  let left = lowerCondition(leftmost, lowering);
  if (left.kind === 'compare' && !isLogical(operations[0], lowering)) left = lowerExpression(leftmost, lowering);
  for (const part of operations) {
    const operator = nameOf(part, 'operator', lowering);
    const second = childByField(part, 'right');
    const right = isLogical(part, lowering) ? lowerCondition(second, lowering) : lowerExpression(second, lowering);
    const range = { left, right, start: node.start, end: part.end };
    if (operator === '&&') left = { kind: 'logical', operator: 'and', ...range };
    else if (operator === '||') left = { kind: 'logical', operator: 'or', ...range };
    else if (COMPARISONS.has(operator)) left = { kind: 'compare', operator, ...range };
    // The modulus of numbers: a percent sign formats text in the analysis.
    else if (operator === '%') left = opaque(part, []);
    else left = { kind: 'binary', operator, ...range };
  }
  return left;
}

const isLogical = (node: SyntaxNode | undefined, lowering: GoLowering): boolean =>
  node !== undefined && /^(?:&&|\|\|)$/.test(nameOf(node, 'operator', lowering));

const isKeyed = (body: SyntaxNode): boolean => body.children.some(({ type }) => type === 'keyed_element');

/** A map or a struct of the file is a record, and one of a package a call with keywords, as in `http.Cookie{Secure: true}`. */
function lowerComposite(node: SyntaxNode, lowering: GoLowering): Expression {
  const { start, end } = node;
  const type = childByField(node, 'type');
  const body = childByField(node, 'body');
  if (type === null || body === null) return opaque(node);
  // `gin.H` is a map by another name.
  const isMap = type.type === 'map_type' || /^(?:gin\.H|bson\.M|fiber\.Map|echo\.Map)$/.test(lowering.text(type));
  if (isMap || /^(?:type_identifier|struct_type|generic_type)$/.test(type.type))
    return isKeyed(body) || isMap ? lowerRecord(body, lowering) : lowerList(body, lowering);
  if (type.type !== 'qualified_type') return lowerList(body, lowering);
  const values = body.children.map((child) => ({
    name: child.type === 'keyed_element' ? keyOf(child, lowering) : null,
    value: lowerExpression(child.type === 'keyed_element' ? childByField(child, 'value') : child, lowering),
    spread: false,
  }));
  return { kind: 'call', callee: lowerExpression(type, lowering), arguments: values, start, end };
}

function keyOf(element: SyntaxNode, lowering: GoLowering): string {
  const key = childByField(element, 'key');
  return key ? lowering.text(key) : '';
}

function lowerList(body: SyntaxNode, lowering: GoLowering): Expression {
  const items = body.children.map((child): Item => {
    const value = child.type === 'keyed_element' ? childByField(child, 'value') : child;
    return { value: lowerExpression(value, lowering), spread: false };
  });
  return { kind: 'collection', type: 'list', items, start: body.start, end: body.end };
}

function lowerRecord(body: SyntaxNode, lowering: GoLowering): Expression {
  const entries = body.children.map((child): Entry => {
    const key = childByField(child, 'key');
    const [inner] = key?.children ?? [];
    const value = lowerExpression(childByField(child, 'value') ?? child, lowering);
    if (key === null) return { key: null, value };
    // The name of a field; the key of a map that is no text is evaluated.
    const isField = inner?.type === 'identifier';
    const name: Expression = isField
      ? { kind: 'constant', value: lowering.text(inner), start: key.start, end: key.end }
      : lowerExpression(key, lowering);
    return { key: name, value };
  });
  return { kind: 'record', entries, start: body.start, end: body.end };
}
