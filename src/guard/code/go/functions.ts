/** Functions, methods and function literals of Go to IR. */
import type { FunctionNode, Parameter } from '../ir.js';
import { childByField, childrenByField, type SyntaxNode } from '../syntax.js';
import type { GoLowering } from './lower.js';
import { lowerBody } from './statements.js';

export function lowerFunction(node: SyntaxNode, lowering: GoLowering): FunctionNode {
  const { start, end } = node;
  const written = childByField(node, 'name');
  const name = written ? lowering.text(written) : '';
  const [owner] = parametersOf(childByField(node, 'receiver'), lowering);
  const outer = lowering.receiver;
  lowering.receiver = owner?.name ?? null;
  try {
    return lowering.within(name, () => ({ name, ...signature(node, lowering), decorators: [], start, end }));
  } finally {
    lowering.receiver = outer;
  }
}

export function lowerLiteral(node: SyntaxNode, lowering: GoLowering): FunctionNode {
  const { start, end } = node;
  return { name: '', ...signature(node, lowering), decorators: [], start, end };
}

const signature = (node: SyntaxNode, lowering: GoLowering): Pick<FunctionNode, 'parameters' | 'body'> => ({
  parameters: parametersOf(childByField(node, 'parameters'), lowering),
  body: lowerBody(childByField(node, 'body'), lowering),
});

/** `a, b string` are two parameters of one type. */
const parametersOf = (list: SyntaxNode | null, lowering: GoLowering): Parameter[] =>
  (list?.children ?? []).flatMap((node) => {
    const type = childByField(node, 'type');
    const annotation = type ? lowering.text(type) : null;
    const kind = node.type === 'variadic_parameter_declaration' ? 'rest' : 'plain';
    return childrenByField(node, 'name')
      .filter((name) => name.type === 'identifier')
      .map((name): Parameter => ({ name: lowering.text(name), kind, annotation, fallback: null }));
  });
