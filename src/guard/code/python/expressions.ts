/** Python expressions to IR. */
import { chainOf } from '../building.js';
import type { Argument, Clause, Entry, Expression, FunctionNode, Item, Parameter } from '../ir.js';
import { childByField, childByType, childrenByField, type SyntaxNode } from '../syntax.js';
import type { Lowering } from '../lowering.js';
import { lowerString } from './strings.js';

/** Wraps as many levels as it likes: unwrapped without recursion, so that `((((x))))` hides nothing. */
const TRANSPARENT = new Set([
  'parenthesized_expression',
  'await',
  'parenthesized_list_splat',
  'type',
  'as_pattern_target',
]);

export function lowerExpression(outer: SyntaxNode, lowering: Lowering): Expression {
  let node = outer;
  while (TRANSPARENT.has(node.type)) {
    const inner = node.children[0];
    if (inner === undefined || node.children.length > 1) break;
    node = inner;
  }
  const { start, end } = node;
  return lowering.nested<Expression>(() => lowerNode(node, lowering), { kind: 'opaque', children: [], start, end });
}

const lowerAll = (nodes: readonly SyntaxNode[], lowering: Lowering): Expression[] =>
  nodes.map((node) => lowerExpression(node, lowering));

function lowerNode(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  const lower = (child: SyntaxNode | null | undefined): Expression =>
    child ? lowerExpression(child, lowering) : { kind: 'opaque', children: [], start, end };
  switch (node.type) {
    case 'identifier':
      return { kind: 'name', name: lowering.text(node), start, end };
    case 'string':
    case 'concatenated_string':
      return lowerString(node, lowering);
    case 'integer':
    case 'float':
      return { kind: 'constant', value: parseNumber(lowering.text(node)), start, end };
    case 'true':
    case 'false':
      return { kind: 'constant', value: node.type === 'true', start, end };
    case 'none':
      return { kind: 'constant', value: null, start, end };
    case 'attribute': {
      const name = childByField(node, 'attribute');
      return {
        kind: 'member',
        object: lower(childByField(node, 'object')),
        name: name ? lowering.text(name) : '',
        start,
        end,
      };
    }
    case 'subscript':
      return lowerSubscript(node, lowering);
    case 'call':
      return lowerCall(node, lowering);
    case 'binary_operator':
      return lowerBinary(node, lowering);
    case 'unary_operator': {
      const operand = lower(childByField(node, 'argument'));
      const negative = lowering.code.startsWith('-', start);
      if (operand.kind === 'constant' && typeof operand.value === 'number')
        return { kind: 'constant', value: negative ? -operand.value : operand.value, start, end };
      return operand;
    }
    case 'boolean_operator': {
      const operator = lowering.text(childByField(node, 'operator') ?? node) === 'and' ? 'and' : 'or';
      const left = lower(childByField(node, 'left'));
      return { kind: 'logical', operator, left, right: lower(childByField(node, 'right')), start, end };
    }
    case 'not_operator':
      return { kind: 'not', operand: lower(childByField(node, 'argument')), start, end };
    case 'comparison_operator':
      return lowerComparison(node, lowering);
    case 'conditional_expression': {
      const [then, condition, otherwise] = node.children;
      return {
        kind: 'conditional',
        condition: lower(condition),
        then: lower(then),
        otherwise: lower(otherwise),
        start,
        end,
      };
    }
    case 'named_expression': {
      const name = childByField(node, 'name');
      return {
        kind: 'bind',
        name: name ? lowering.text(name) : '',
        value: lower(childByField(node, 'value')),
        start,
        end,
      };
    }
    case 'lambda':
      return { kind: 'lambda', function: lowerLambda(node, lowering), start, end };
    default:
      return lowerContainer(node, lowering);
  }
}

function lowerContainer(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  switch (node.type) {
    case 'list':
    case 'list_pattern':
      return { kind: 'collection', type: 'list', items: lowerItems(node, lowering), start, end };
    case 'tuple':
    case 'tuple_pattern':
    case 'pattern_list':
    case 'expression_list':
      return { kind: 'collection', type: 'tuple', items: lowerItems(node, lowering), start, end };
    case 'set':
      return { kind: 'collection', type: 'set', items: lowerItems(node, lowering), start, end };
    case 'dictionary':
      return { kind: 'record', entries: node.children.flatMap((child) => lowerEntry(child, lowering)), start, end };
    case 'list_comprehension':
    case 'set_comprehension':
    case 'generator_expression':
    case 'dictionary_comprehension':
      return lowerComprehension(node, lowering);
    case 'assignment': {
      // `a = b = c`: the inner assignment stands for its value; the statement lowers the targets.
      const right = childByField(node, 'right');
      return right ? lowerExpression(right, lowering) : { kind: 'opaque', children: [], start, end };
    }
    default:
      return { kind: 'opaque', children: lowerAll(node.children, lowering), start, end };
  }
}

function parseNumber(text: string): number {
  const digits = text.replaceAll('_', '').replace(/[lLjJ]$/, '');
  // Python 2 octal: 0777.
  return /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
}

function lowerSubscript(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  const value = childByField(node, 'value');
  const object: Expression = value ? lowerExpression(value, lowering) : { kind: 'opaque', children: [], start, end };
  const [first, ...more] = childrenByField(node, 'subscript');
  if (first?.type === 'slice') return { kind: 'slice', object, bounds: lowerAll(first.children, lowering), start, end };
  if (first === undefined || more.length > 0) return { kind: 'slice', object, bounds: [], start, end };
  return { kind: 'index', object, index: lowerExpression(first, lowering), start, end };
}

export function lowerArguments(list: SyntaxNode | null, lowering: Lowering): Argument[] {
  if (list === null) return [];
  // `f(x for x in y)` has the generator itself where the list would be.
  if (list.type !== 'argument_list') return [{ name: null, value: lowerExpression(list, lowering), spread: false }];
  return list.children.map((child) => {
    if (child.type === 'keyword_argument') {
      const name = childByField(child, 'name');
      const value = childByField(child, 'value') ?? child;
      return { name: name ? lowering.text(name) : null, value: lowerExpression(value, lowering), spread: false };
    }
    const spread = child.type === 'list_splat' || child.type === 'dictionary_splat';
    const value = spread ? (child.children[0] ?? child) : child;
    return { name: null, value: lowerExpression(value, lowering), spread };
  });
}

function lowerCall(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  const function_ = childByField(node, 'function');
  const callee: Expression = function_
    ? lowerExpression(function_, lowering)
    : { kind: 'opaque', children: [], start, end };
  lowering.noteCall(callee);
  return {
    kind: 'call',
    callee,
    arguments: lowerArguments(childByField(node, 'arguments'), lowering),
    start,
    end,
  };
}

/** Folds `a + b + c + …` from the left without recursing down its left spine: such chains run to thousands of terms. */
function lowerBinary(node: SyntaxNode, lowering: Lowering): Expression {
  const { leftmost, operations } = chainOf(node);
  let result = lowerExpression(leftmost, lowering);
  for (const parent of operations) {
    const operator = childByField(parent, 'operator');
    const right = childByField(parent, 'right');
    if (right === null) continue;
    result = {
      kind: 'binary',
      operator: operator ? lowering.text(operator) : '?',
      left: result,
      right: lowerExpression(right, lowering),
      start: parent.start,
      end: parent.end,
    };
  }
  return result;
}

function lowerComparison(node: SyntaxNode, lowering: Lowering): Expression {
  const operators = childrenByField(node, 'operators').map((child) => lowering.text(child).replace(/\s+/g, ' '));
  const operands = node.children
    .filter((child) => child.field !== 'operators')
    .map((child) => lowerExpression(child, lowering));
  let result: Expression | null = null;
  for (const [index, operator] of operators.entries()) {
    const left = operands[index];
    const right = operands[index + 1];
    if (left === undefined || right === undefined) break;
    const { start, end } = node;
    const step: Expression = { kind: 'compare', operator, left, right, start, end };
    result = result === null ? step : { kind: 'logical', operator: 'and', left: result, right: step, start, end };
  }
  return result ?? { kind: 'opaque', children: operands, start: node.start, end: node.end };
}

function lowerItems(node: SyntaxNode, lowering: Lowering): Item[] {
  return node.children.map((child) => {
    const spread = child.type === 'list_splat' || child.type === 'list_splat_pattern';
    return { value: lowerExpression(spread ? (child.children[0] ?? child) : child, lowering), spread };
  });
}

function lowerEntry(node: SyntaxNode, lowering: Lowering): Entry[] {
  if (node.type === 'pair') {
    const key = childByField(node, 'key');
    const value = childByField(node, 'value');
    if (key === null || value === null) return [];
    return [{ key: lowerExpression(key, lowering), value: lowerExpression(value, lowering) }];
  }
  return [{ key: null, value: lowerExpression(node.children[0] ?? node, lowering) }];
}

function lowerComprehension(node: SyntaxNode, lowering: Lowering): Expression {
  const clauses: (Clause & { conditions: Expression[] })[] = [];
  for (const child of node.children) {
    if (child.type === 'for_in_clause') {
      const left = childByField(child, 'left');
      const right = childByField(child, 'right');
      if (left === null || right === null) continue;
      clauses.push({
        target: lowerExpression(left, lowering),
        iterable: lowerExpression(right, lowering),
        conditions: [],
      });
    } else if (child.type === 'if_clause') {
      clauses.at(-1)?.conditions.push(...lowerAll(child.children, lowering));
    }
  }
  const body = childByField(node, 'body');
  const isPair = body?.type === 'pair';
  const key = isPair ? childByField(body, 'key') : null;
  const value = isPair ? childByField(body, 'value') : body;
  const { start, end } = node;
  return {
    kind: 'comprehension',
    clauses,
    key: key ? lowerExpression(key, lowering) : null,
    body: value ? lowerExpression(value, lowering) : { kind: 'opaque', children: [], start, end },
    start,
    end,
  };
}

export function lowerParameters(list: SyntaxNode | null, lowering: Lowering): Parameter[] {
  return (list?.children ?? []).flatMap((child): Parameter[] => {
    const kind = /dictionary_splat/.test(child.type) ? 'keywords' : /list_splat/.test(child.type) ? 'rest' : 'plain';
    const nameNode =
      child.type === 'identifier'
        ? child
        : (childByField(child, 'name') ??
          childByType(child, 'identifier', 'list_splat_pattern', 'dictionary_splat_pattern'));
    if (nameNode === null) return [];
    const type = childByField(child, 'type');
    const fallback = childByField(child, 'value');
    return [
      {
        name: lowering.text(nameNode).replace(/^\*+/, ''),
        kind: nameNode.type.startsWith('dictionary') ? 'keywords' : nameNode.type.startsWith('list') ? 'rest' : kind,
        annotation: type ? lowering.text(type) : null,
        fallback: fallback ? lowerExpression(fallback, lowering) : null,
      },
    ];
  });
}

function lowerLambda(node: SyntaxNode, lowering: Lowering): FunctionNode {
  const body = childByField(node, 'body');
  const { start, end } = node;
  const value = body ? lowerExpression(body, lowering) : null;
  return {
    name: '',
    parameters: lowerParameters(childByField(node, 'parameters'), lowering),
    body: [{ kind: 'return', value, start, end }],
    decorators: [],
    start,
    end,
  };
}
