/** JavaScript expressions to IR. What Python has in another form is written in that form, so that one analysis reads both. */
import { chainOf, libraryCall, opaque } from '../building.js';
import type { Argument, Entry, Expression } from '../ir.js';
import type { Lowering } from '../lowering.js';
import { childByField, type SyntaxNode } from '../syntax.js';
import { lowerFunction } from './functions.js';
import { negated, typeOperand } from './library-calls.js';
import { requiredModule } from './lower.js';

/** Wrappers of one expression: parentheses, `await`, and what TypeScript says of types. */
const TRANSPARENT = new Set([
  'parenthesized_expression',
  'await_expression',
  'as_expression',
  'satisfies_expression',
  'non_null_expression',
  'yield_expression',
  'computed_property_name',
  'jsx_expression',
  'spread_element',
]);

/** Operators that mean the same. The loose comparisons of JavaScript differ from the strict ones in nothing that matters here. */
const COMPARISONS: Readonly<Record<string, string>> = {
  '===': '==',
  '==': '==',
  '!==': '!=',
  '!=': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

export function lowerExpression(outer: SyntaxNode | null | undefined, lowering: Lowering): Expression {
  if (!outer) return opaque({ start: 0, end: 0 });
  let node = outer;
  while (TRANSPARENT.has(node.type)) {
    const [inner] = node.children;
    if (inner === undefined) break;
    node = inner;
  }
  return lowering.nested<Expression>(() => lowerNode(node, lowering), opaque(node));
}

const lowerAll = (nodes: readonly SyntaxNode[], lowering: Lowering): Expression[] =>
  nodes.map((node) => lowerExpression(node, lowering));

function lowerNode(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  const field = (name: string): Expression => lowerExpression(childByField(node, name), lowering);
  switch (node.type) {
    case 'identifier':
    case 'shorthand_property_identifier':
    case 'shorthand_property_identifier_pattern':
      return { kind: 'name', name: lowering.text(node), start, end };
    case 'undefined':
    case 'null':
      return { kind: 'constant', value: null, start, end };
    case 'this':
      return { kind: 'name', name: 'self', start, end };
    case 'true':
    case 'false':
      return { kind: 'constant', value: node.type === 'true', start, end };
    case 'number':
      return { kind: 'constant', value: Number(lowering.text(node).replaceAll('_', '')), start, end };
    case 'string':
    case 'property_identifier':
      return { kind: 'constant', value: plainString(lowering.text(node)), start, end };
    case 'regex': {
      const value = lowering.text(node).replace(/^\/|\/[a-z]*$/g, '');
      return libraryCall('regular_expression', [{ kind: 'constant', value, start, end }], node);
    }
    case 'import':
      return { kind: 'name', name: 'import', start, end };
    case 'template_string':
      return lowerTemplate(node, lowering);
    case 'member_expression': {
      const property = childByField(node, 'property');
      return { kind: 'member', object: field('object'), name: property ? lowering.text(property) : '', start, end };
    }
    case 'subscript_expression':
      return { kind: 'index', object: field('object'), index: field('index'), start, end };
    case 'call_expression':
    case 'new_expression':
      return lowerCall(node, lowering);
    case 'binary_expression':
      return lowerBinary(node, lowering);
    case 'unary_expression':
      if (lowering.code.startsWith('!', start)) return { kind: 'not', operand: field('argument'), start, end };
      return /^[-+~]/.test(lowering.code.charAt(start))
        ? negated(node, field('argument'))
        : libraryCall('Boolean', [field('argument')], node);
    case 'ternary_expression':
      return {
        kind: 'conditional',
        condition: field('condition'),
        then: field('consequence'),
        otherwise: field('alternative'),
        start,
        end,
      };
    case 'assignment_expression': {
      const left = childByField(node, 'left');
      if (left?.type !== 'identifier') return field('right');
      return { kind: 'bind', name: lowering.text(left), value: field('right'), start, end };
    }
    default:
      return lowerContainer(node, lowering);
  }
}

function lowerContainer(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  switch (node.type) {
    case 'array':
    case 'array_pattern': {
      const items = node.children.map((child) => ({
        value: lowerExpression(child, lowering),
        spread: child.type === 'spread_element',
      }));
      return { kind: 'collection', type: 'list', items, start, end };
    }
    case 'object':
      return { kind: 'record', entries: node.children.flatMap((child) => lowerEntry(child, lowering)), start, end };
    case 'arrow_function':
    case 'function_expression':
    case 'generator_function':
      return { kind: 'lambda', function: lowerFunction(node, '', lowering), start, end };
    case 'jsx_attribute': {
      // `<div dangerouslySetInnerHTML={…}>` reads as a record with that key.
      const [name, value] = node.children;
      if (name === undefined || value === undefined) return opaque(node);
      const key: Expression = { kind: 'constant', value: lowering.text(name), start: name.start, end: name.end };
      return { kind: 'record', entries: [{ key, value: lowerExpression(value, lowering) }], start, end };
    }
    default:
      return opaque(node, lowerAll(node.children, lowering));
  }
}

function lowerEntry(node: SyntaxNode, lowering: Lowering): Entry[] {
  if (node.type === 'spread_element') return [{ key: null, value: lowerExpression(node, lowering) }];
  if (node.type.startsWith('shorthand')) {
    const { start, end } = node;
    const key: Expression = { kind: 'constant', value: lowering.text(node), start, end };
    return [{ key, value: lowerExpression(node, lowering) }];
  }
  const key = childByField(node, node.type === 'pair' ? 'key' : 'name');
  if (key === null) return [];
  if (node.type === 'pair') {
    const value = childByField(node, 'value');
    return value ? [{ key: lowerExpression(key, lowering), value: lowerExpression(value, lowering) }] : [];
  }
  const { start, end } = node;
  const method: Expression = {
    kind: 'lambda',
    function: lowerFunction(node, lowering.text(key), lowering),
    start,
    end,
  };
  return [{ key: lowerExpression(key, lowering), value: method }];
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0' };
const plainString = (text: string): string =>
  text
    .replace(/^(['"`])([\s\S]*)\1$/, '$2')
    .replace(/\\(?:x([\da-f]{2})|u([\da-f]{4})|([\s\S]))/gi, (_, x?: string, u?: string, plain?: string) =>
      plain === undefined ? String.fromCharCode(Number.parseInt(x ?? u ?? '0', 16)) : (ESCAPES[plain] ?? plain),
    );

/** The text between holes is read from the source: older grammars give it no node. */
function lowerTemplate(node: SyntaxNode, lowering: Lowering): Expression {
  const parts: { value: Expression; numeric: boolean }[] = [];
  let at = node.start + 1;
  const text = (end: number): void => {
    if (end <= at) return;
    const value = plainString(lowering.code.slice(at, end));
    parts.push({ value: { kind: 'constant', value, start: at, end }, numeric: false });
  };
  for (const child of node.children) {
    if (child.type !== 'template_substitution') continue;
    text(child.start);
    parts.push({ value: lowerExpression(child.children[0], lowering), numeric: false });
    at = child.end;
  }
  text(node.end - 1);
  return { kind: 'text', parts, start: node.start, end: node.end };
}

/** Folds long chains from the left without recursing down their left spine. */
function lowerBinary(node: SyntaxNode, lowering: Lowering): Expression {
  const { leftmost, operations } = chainOf(node);
  let left = lowerExpression(leftmost, lowering);
  for (const { children, end } of operations) {
    const sign = children.find((child) => child.field === 'operator');
    const right = lowerExpression(
      children.find((child) => child.field === 'right'),
      lowering,
    );
    const operator = sign ? lowering.text(sign) : '?';
    const range = { left, right, start: node.start, end };
    const type = right.kind === 'constant' ? right.value : null;
    const subject = typeOperand(left, lowering);
    if (subject !== null && typeof type === 'string' && /^[!=]==?$/.test(operator)) {
      // `typeof x === 'number'` asks what `isinstance(x, number)` asks.
      const test = libraryCall('isinstance', [subject, { kind: 'name', name: type, start: right.start, end }], range);
      left = operator.startsWith('!') ? { kind: 'not', operand: test, start: node.start, end } : test;
      continue;
    }
    const comparison = COMPARISONS[operator];
    if (operator === '&&') left = { kind: 'logical', operator: 'and', ...range };
    else if (operator === '||' || operator === '??') left = { kind: 'logical', operator: 'or', ...range };
    else if (comparison !== undefined) left = { kind: 'compare', operator: comparison, ...range };
    else if (operator === 'in') left = { kind: 'compare', operator, ...range };
    else left = { kind: 'binary', operator, ...range };
  }
  return left;
}

function lowerCall(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  const required = requiredModule(node, lowering);
  if (required !== null) {
    // `require('a/b').c` reads as the name a.b.c.
    const [first = '', ...rest] = required.split('.');
    return rest.reduce<Expression>((object, name) => ({ kind: 'member', object, name, start, end }), {
      kind: 'name',
      name: first,
      start,
      end,
    });
  }
  const function_ = childByField(node, 'function') ?? childByField(node, 'constructor');
  const list = childByField(node, 'arguments');
  if (list?.type === 'template_string') {
    // A tag gets text and values apart, as a parameterised query does.
    const values = list.children.map((child) => lowerExpression(child.children[0], lowering));
    return opaque(node, [
      lowerExpression(function_, lowering),
      opaque(list, []),
      ...(/sql/i.test(function_ ? lowering.text(function_) : '') ? [] : values),
    ]);
  }
  const args = (list?.children ?? []).map(
    (child): Argument => ({
      name: null,
      value: lowerExpression(child, lowering),
      spread: child.type === 'spread_element',
    }),
  );
  const callee = lowerExpression(function_, lowering);
  if (callee.kind === 'index' && callee.index.kind !== 'constant')
    return opaque(node, [
      libraryCall('computed_call', [callee.index], node),
      plainCall(callee, args, lowering, { start, end }),
    ]);
  return callee.kind === 'member' && args[0] !== undefined && args.length === 1
    ? lowerMethod(callee, args[0], { start, end })
    : plainCall(callee, args, lowering, { start, end });
}

function plainCall(
  callee: Expression,
  args: readonly Argument[],
  lowering: Lowering,
  range: { start: number; end: number },
): Expression {
  lowering.noteCall(callee);
  return { kind: 'call', callee, arguments: args, ...range };
}

/** Methods that ask something of text, a list or a set: the analysis knows the question in Python's form. */
function lowerMethod(
  callee: Extract<Expression, { kind: 'member' }>,
  argument: Argument,
  range: { start: number; end: number },
): Expression {
  const { object, name } = callee;
  if (name === 'includes' || name === 'has')
    return { kind: 'compare', operator: 'in', left: argument.value, right: object, ...range };
  const isExpression =
    object.kind === 'call' && object.callee.kind === 'name' && object.callee.name === 'regular_expression';
  if (name === 'match' && argument.value.kind !== 'lambda')
    return libraryCall('regexp_test', [argument.value, object], range);
  if (name === 'test' || (name === 'exec' && isExpression)) {
    const search: Expression = { kind: 'name', name: 'regexp_test', ...range };
    return { kind: 'call', callee: search, arguments: [{ ...argument, value: object }, argument], ...range };
  }
  if (name === 'concat') return { kind: 'binary', operator: '+', left: object, right: argument.value, ...range };
  return { kind: 'call', callee, arguments: [argument], ...range };
}
