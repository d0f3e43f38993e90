/** A syntax tree as plain objects, copied out of the parser's memory in one pass so that it can be freed at once. */
import type { Language, Tree } from 'web-tree-sitter';

export interface SyntaxNode {
  readonly type: string;
  /** Name of the parent's field that holds this node; null where it has none. */
  readonly field: string | null;
  readonly start: number;
  readonly end: number;
  /** Named nodes, and unnamed ones that have a field (operators); comments, keywords and punctuation are left out. */
  readonly children: SyntaxNode[];
}

const COMMENTS: ReadonlySet<string> = new Set(['comment', 'line_comment', 'block_comment']);

/** For each type of a grammar whether its nodes are named; a type that is not listed is that of an error, which is. */
const namedTypes = new WeakMap<Language, readonly boolean[]>();

function namedTypesOf(language: Language): readonly boolean[] {
  const known = namedTypes.get(language) ?? language.types.map((_, type) => language.nodeTypeIsNamed(type));
  namedTypes.set(language, known);
  return known;
}

/**
 * One walk with one cursor: six calls into WebAssembly for a node that is kept, three for one that is not. Node objects of the binding would
 * cost a call per property and stay alive with the tree.
 */
export function copyTree(tree: Tree): SyntaxNode {
  const { types, fields } = tree.language;
  const isNamed = namedTypesOf(tree.language);
  const cursor = tree.walk();
  try {
    const read = (type: string, field: string | null): SyntaxNode => ({
      type,
      field,
      start: cursor.startIndex,
      end: cursor.endIndex,
      children: [],
    });
    const root = read(cursor.nodeType, null);
    const ancestors: SyntaxNode[] = [];
    let current: SyntaxNode | null = root;
    for (;;) {
      if (current !== null && cursor.gotoFirstChild()) ancestors.push(current);
      else
        while (!cursor.gotoNextSibling()) {
          cursor.gotoParent();
          if (ancestors.pop() === undefined || ancestors.length === 0) return root;
        }
      const typeId = cursor.nodeTypeId;
      const type = types[typeId] ?? 'ERROR';
      const field = fields[cursor.currentFieldId] ?? null;
      const isKept = (isNamed[typeId] ?? true) ? !COMMENTS.has(type) : field !== null;
      current = isKept ? read(type, field) : null;
      if (current !== null) ancestors.at(-1)?.children.push(current);
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
