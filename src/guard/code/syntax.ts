/** A syntax tree as plain objects, copied out of the parser's memory in one pass so that it can be freed at once. */
import type { Tree } from 'web-tree-sitter';

export interface SyntaxNode {
  readonly type: string;
  /** Name of the parent's field that holds this node; null where it has none. */
  readonly field: string | null;
  readonly start: number;
  readonly end: number;
  /** Named nodes, and unnamed ones that have a field (operators); comments, keywords and punctuation are left out. */
  readonly children: SyntaxNode[];
}

/**
 * One walk with one cursor: five calls into WebAssembly per node, about 0.6 µs in all. Node objects of the binding would cost a
 * call per property and stay alive with the tree.
 */
export function copyTree(tree: Tree): SyntaxNode {
  const cursor = tree.walk();
  try {
    const read = (): SyntaxNode => ({
      type: cursor.nodeType,
      field: cursor.currentFieldName,
      start: cursor.startIndex,
      end: cursor.endIndex,
      children: [],
    });
    const root = read();
    const ancestors: SyntaxNode[] = [];
    let current = root;
    for (;;) {
      if (cursor.gotoFirstChild()) {
        ancestors.push(current);
      } else {
        while (!cursor.gotoNextSibling()) {
          cursor.gotoParent();
          if (ancestors.pop() === undefined || ancestors.length === 0) return root;
        }
      }
      current = read();
      const kept = cursor.nodeIsNamed ? current.type !== 'comment' : current.field !== null;
      if (kept) ancestors.at(-1)?.children.push(current);
    }
  } finally {
    cursor.delete();
  }
}

export function childByField(node: SyntaxNode, field: string): SyntaxNode | null {
  return node.children.find((child) => child.field === field) ?? null;
}

export function childrenByField(node: SyntaxNode, field: string): readonly SyntaxNode[] {
  return node.children.filter((child) => child.field === field);
}

export function childByType(node: SyntaxNode, ...types: readonly string[]): SyntaxNode | null {
  return node.children.find((child) => types.includes(child.type)) ?? null;
}
