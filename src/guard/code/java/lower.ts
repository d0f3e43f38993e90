/** Lowers Java to the intermediate representation: classes dissolve into their fields and methods, and names are those of their last part. */
import type { Expression, Program, Range } from '../ir.js';
import { Lowering } from '../lowering.js';
import type { SyntaxNode } from '../syntax.js';
import { lowerBlock } from './statements.js';

export function lowerJava(root: SyntaxNode, code: string, hasErrors: boolean): Program {
  const lowering = new Lowering(code, hasErrors || root.type === 'ERROR');
  const body = lowerBlock(root.children, lowering);
  return { body, parse: lowering.hasErrors ? 'errors' : 'clean', callers: lowering.callers };
}

export const opaque = ({ start, end }: Range, children: readonly Expression[] = []): Expression => ({
  kind: 'opaque',
  children,
  start,
  end,
});

/** A call of a function that only the model knows. */
export const libraryCall = (name: string, values: readonly Expression[], { start, end }: Range): Expression => ({
  kind: 'call',
  callee: { kind: 'name', name, start, end: start },
  arguments: values.map((value) => ({ name: null, value, spread: false })),
  start,
  end,
});
