/** Operators of JavaScript as calls that rules and models can name. */
import type { Expression, Range } from '../ir.js';
import type { Lowering } from '../lowering.js';
import type { SyntaxNode } from '../syntax.js';

export const libraryCall = (name: string, values: readonly Expression[], { start, end }: Range): Expression => ({
  kind: 'call',
  callee: { kind: 'name', name, start, end },
  arguments: values.map((value) => ({ name: null, value, spread: false })),
  start,
  end,
});

/** `-1` is a constant, `+text` a number. */
export function negated(node: SyntaxNode, operand: Expression): Expression {
  const { start, end } = node;
  return operand.kind === 'constant' && typeof operand.value === 'number'
    ? { kind: 'constant', value: -operand.value, start, end }
    : libraryCall('Number', [operand], node);
}

/** What stands behind `typeof`; null for any other expression. */
export function typeOperand(expression: Expression, lowering: Lowering): Expression | null {
  const isType = expression.kind === 'call' && lowering.code.startsWith('typeof', expression.start);
  return isType ? (expression.arguments[0]?.value ?? null) : null;
}

/** A write such as `object[a][b] = value` as a call that rules can name; null for any other target. */
export function computedWrite(target: Expression): Expression | null {
  if (target.kind !== 'index' || target.index.kind === 'constant') return null;
  const { object, index } = target;
  if (object.kind !== 'index' || object.index.kind === 'constant') return null;
  return libraryCall('computed_write', [object.index, index], target);
}
