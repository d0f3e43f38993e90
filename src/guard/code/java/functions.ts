/** Methods and lambdas of Java to IR. */
import type { Expression, FunctionNode, Parameter, Statement } from '../ir.js';
import type { Lowering } from '../lowering.js';
import { childByField, childByType, type SyntaxNode } from '../syntax.js';
import { lowerExpression, simpleName } from './expressions.js';
import { lowerBlock } from './statements.js';

/** A constructor has the name of its class, and calls of it are not followed. */
export function lowerMethod(node: SyntaxNode, lowering: Lowering): FunctionNode {
  const { start, end } = node;
  const written = childByField(node, 'name');
  const name = written ? lowering.text(written) : '';
  return lowering.within(name, () => ({
    name,
    parameters: parametersOf(childByField(node, 'parameters'), lowering),
    body: lowerBlock(childByField(node, 'body')?.children ?? [], lowering),
    decorators: annotationsOf(node, lowering),
    start,
    end,
  }));
}

export function lowerLambda(node: SyntaxNode, lowering: Lowering): FunctionNode {
  const { start, end } = node;
  const body = childByField(node, 'body');
  const statements = (): Statement[] => {
    if (body === null) return [];
    if (body.type === 'block') return lowerBlock(body.children, lowering);
    return [{ kind: 'return', value: lowerExpression(body, lowering), start: body.start, end: body.end }];
  };
  const parameters = parametersOf(childByField(node, 'parameters'), lowering);
  return { name: '', parameters, body: statements(), decorators: [], start, end };
}

function parametersOf(list: SyntaxNode | null, lowering: Lowering): Parameter[] {
  if (list === null) return [];
  if (list.type === 'identifier') return [plain(lowering.text(list), null)];
  return list.children.flatMap((node): Parameter[] => {
    if (node.type === 'identifier') return [plain(lowering.text(node), null)];
    const name = childByField(node, 'name') ?? childByField(childByType(node, 'variable_declarator') ?? node, 'name');
    const type = childByField(node, 'type');
    if (name === null) return [];
    return [plain(lowering.text(name), type ? simpleName(lowering.text(type)) : null)];
  });
}

const plain = (name: string, annotation: string | null): Parameter => ({
  ...{ name, kind: 'plain', annotation, fallback: null },
});

function annotationsOf(node: SyntaxNode, lowering: Lowering): Expression[] {
  return (childByType(node, 'modifiers')?.children ?? []).flatMap((child): Expression[] => {
    const name = childByField(child, 'name');
    if (name === null || !child.type.endsWith('annotation')) return [];
    const { start, end } = child;
    const callee: Expression = { kind: 'name', name: simpleName(lowering.text(name)), start, end };
    // With any path: a handler is one wherever it is mounted.
    const path: Expression = { kind: 'constant', value: '', start, end };
    return [{ kind: 'call', callee, arguments: [{ name: null, value: path, spread: false }], start, end }];
  });
}
