/** Lowers Java to the intermediate representation: classes dissolve into their fields and methods, and names are those of their last part. */
import type { Program } from '../ir.js';
import { Lowering } from '../lowering.js';
import type { SyntaxNode } from '../syntax.js';
import { lowerBlock } from './statements.js';

export function lowerJava(root: SyntaxNode, code: string, hasErrors: boolean): Program {
  const lowering = new Lowering(code, hasErrors || root.type === 'ERROR');
  const body = lowerBlock(root.children, lowering);
  return { body, parse: lowering.hasErrors ? 'errors' : 'clean', callers: lowering.callers };
}
