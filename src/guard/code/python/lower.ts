/** Lowers Python (3, and what is left of 2) to the intermediate representation. */
import type { Program, Statement } from '../ir.js';
import { Lowering } from '../lowering.js';
import type { SyntaxNode } from '../syntax.js';
import { lowerBlock } from './statements.js';

export function lowerPython(root: SyntaxNode, code: string, hasErrors: boolean): Program {
  const lowering = new Lowering(code, hasErrors || root.type === 'ERROR');
  const body: readonly Statement[] = lowerBlock(root, lowering);
  return { body, parse: lowering.hasErrors ? 'errors' : 'clean', callers: lowering.callers };
}
