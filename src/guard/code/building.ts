/** Expressions of the IR that the lowerings of several languages build. */
import type { Argument, Expression, Range } from './ir.js';
import { childByField, type SyntaxNode } from './syntax.js';

/** What the IR has no form for; only the flows of what stands in it count. */
export const opaque = ({ start, end }: Range, children: readonly Expression[] = []): Expression => ({
  kind: 'opaque',
  children,
  start,
  end,
});

export const positional = (value: Expression): Argument => ({ name: null, value, spread: false });

/** A call of a function that only the model knows. */
export const libraryCall = (name: string, values: readonly Expression[], { start, end }: Range): Expression => ({
  kind: 'call',
  callee: { kind: 'name', name, start, end: start },
  arguments: values.map(positional),
  start,
  end,
});

/** A call of a method that the language writes as a function. */
export const methodCall = (
  object: Expression,
  name: string,
  values: readonly Expression[],
  { start, end }: Range,
): Expression => ({
  kind: 'call',
  callee: { kind: 'member', object, name, start, end: start },
  arguments: values.map(positional),
  start,
  end,
});

/** Text made of a template with percent signs. */
export function formatted(template: Expression, values: readonly Expression[], range: Range): Expression {
  const items = values.map((value) => ({ value, spread: false }));
  const right: Expression = { kind: 'collection', type: 'tuple', items, start: range.start, end: range.end };
  return { kind: 'binary', operator: '%', left: template, right, start: range.start, end: range.end };
}

/**
 * A chain such as `a + b + c`: its leftmost operand, and its operations from the left. Lowerings fold it in a loop, since such chains run to thousands
 * of terms and recursion down their left spine would not hold them.
 */
export function chainOf(node: SyntaxNode): {
  readonly leftmost: SyntaxNode;
  readonly operations: readonly SyntaxNode[];
} {
  const operations: SyntaxNode[] = [];
  let leftmost = node;
  while (leftmost.type === node.type) {
    operations.push(leftmost);
    const left = childByField(leftmost, 'left');
    if (left === null) break;
    leftmost = left;
  }
  return { leftmost, operations: operations.reverse() };
}
