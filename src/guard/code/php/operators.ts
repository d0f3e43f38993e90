/** Binary operators of PHP to IR. */
import { chainOf, libraryCall, opaque } from '../building.js';
import type { Expression, Range } from '../ir.js';
import type { Lowering } from '../lowering.js';
import { childByField, type SyntaxNode } from '../syntax.js';
import { lowerExpression } from './expressions.js';

const COMPARISONS: Readonly<Record<string, string>> = {
  ...{ '==': '==', '===': '==', '!=': '!=', '!==': '!=', '<>': '!=', '<': '<', '<=': '<=', '>': '>', '>=': '>=' },
};

/** Folds long chains from the left without recursing down their left spine. */
export function lowerBinary(node: SyntaxNode, lowering: Lowering): Expression {
  const { leftmost, operations } = chainOf(node);
  let left = lowerExpression(leftmost, lowering);
  for (const part of operations) {
    const sign = childByField(part, 'operator');
    const right = lowerExpression(childByField(part, 'right'), lowering);
    left = combined(sign ? lowering.text(sign).toLowerCase() : '?', left, right, { start: node.start, end: part.end });
  }
  return left;
}

function combined(operator: string, left: Expression, right: Expression, range: Range): Expression {
  const both = { left, right, ...range };
  const comparison = COMPARISONS[operator];
  if (comparison !== undefined) return compared(comparison, left, right, range);
  switch (operator) {
    case '&&':
    case 'and':
      return { kind: 'logical', operator: 'and', ...both };
    case '||':
    case 'or':
    case '??':
      return { kind: 'logical', operator: 'or', ...both };
    case '.':
      return { kind: 'binary', operator: '+', ...both };
    // The modulus of numbers: a percent sign formats text in the analysis.
    case '%':
      return opaque(range);
    // Flags that are set together.
    case '|': {
      const flags = left.kind === 'collection' ? left.items : [{ value: left, spread: false }];
      return { kind: 'collection', type: 'set', items: [...flags, { value: right, spread: false }], ...range };
    }
    case 'instanceof':
      return libraryCall('isinstance', [left], range);
    default:
      return { kind: 'binary', operator, ...both };
  }
}

/** `preg_match(…) === 1` is the match itself, and `strpos($path, $root) === 0` the test of a beginning. */
function compared(operator: string, left: Expression, right: Expression, range: Range): Expression {
  const value = right.kind === 'constant' ? right.value : undefined;
  const name = left.kind === 'call' && left.callee.kind === 'name' ? left.callee.name : '';
  const isZero = value === 0;
  if (/^regexp_/.test(name) && (isZero || value === 1)) {
    const isMatch = (operator === '==') !== isZero || operator === '>' || operator === '>=';
    return isMatch ? left : { kind: 'not', operand: left, ...range };
  }
  const [subject, prefix] = left.kind === 'call' ? left.arguments.map((argument) => argument.value) : [];
  if (/^(?:strpos|stripos|strncmp)$/.test(name) && isZero && subject !== undefined && prefix !== undefined) {
    const callee: Expression = {
      kind: 'member',
      object: subject,
      name: 'startsWith',
      start: range.start,
      end: range.start,
    };
    const test: Expression = {
      kind: 'call',
      callee,
      arguments: [{ name: null, value: prefix, spread: false }],
      ...range,
    };
    return operator === '==' ? test : { kind: 'not', operand: test, ...range };
  }
  if (/^(?:strpos|stripos|strstr)$/.test(name) && subject !== undefined && prefix !== undefined && value === false) {
    const contains: Expression = { kind: 'compare', operator: 'in', left: prefix, right: subject, ...range };
    return operator === '!=' ? contains : { kind: 'not', operand: contains, ...range };
  }
  return { kind: 'compare', operator, left, right, ...range };
}
