/** Lowers PHP to the intermediate representation: variables keep their dollar sign, `$this` is `self`, and classes are known by their last name. */
import type { Program } from '../ir.js';
import { Lowering } from '../lowering.js';
import type { SyntaxNode } from '../syntax.js';
import { lowerBlock } from './statements.js';

export function lowerPhp(root: SyntaxNode, code: string, hasErrors: boolean): Program {
  const lowering = new Lowering(code, hasErrors || root.type === 'ERROR');
  const body = lowerBlock(root.children, lowering);
  return { body, parse: lowering.hasErrors ? 'errors' : 'clean', callers: lowering.callers };
}

/** Without namespaces. */
export const simpleName = (text: string): string => text.replace(/^[^]*\\/, '');
