/** What stands in a Java class, an interface, an enumeration or a record. */
import type { Statement } from '../ir.js';
import type { Lowering } from '../lowering.js';
import { childByField, type SyntaxNode } from '../syntax.js';
import { lowerMethod } from './functions.js';
import { lowerBlock } from './statements.js';

/** Fields first, since methods read them wherever they stand. */
export function lowerMembers(nodes: readonly SyntaxNode[], lowering: Lowering): Statement[] {
  const isField = (node: SyntaxNode): boolean =>
    node.type === 'field_declaration' || node.type === 'constant_declaration';
  return [...nodes.filter(isField), ...nodes.filter((node) => !isField(node))].flatMap((node) =>
    lowering.nested<Statement[]>(() => lowerMember(node, lowering), []),
  );
}

function lowerMember(node: SyntaxNode, lowering: Lowering): Statement[] {
  const { start, end } = node;
  switch (node.type) {
    case 'method_declaration':
    case 'constructor_declaration':
    case 'compact_constructor_declaration':
      return [{ kind: 'function', function: lowerMethod(node, lowering), start, end }];
    case 'enum_body_declarations':
    case 'static_initializer':
      return lowerMembers(node.children, lowering);
    case 'modifiers':
    case 'enum_constant':
      return [];
    default:
      return lowerBlock([node], lowering);
  }
}

/** The members of a type, as if they stood beside it. */
export const lowerType = (node: SyntaxNode, lowering: Lowering): Statement[] =>
  lowerMembers(childByField(node, 'body')?.children ?? [], lowering);
