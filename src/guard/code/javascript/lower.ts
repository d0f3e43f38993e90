/** Lowers JavaScript and TypeScript to the intermediate representation. */
import type { Program } from '../ir.js';
import { Lowering } from '../lowering.js';
import type { SyntaxNode } from '../syntax.js';
import { lowerBlock } from './statements.js';

export function lowerJavaScript(root: SyntaxNode, code: string, hasErrors: boolean): Program {
  const lowering = new Lowering(code, hasErrors || root.type === 'ERROR');
  const body = lowerBlock(root.children, lowering);
  return { body, parse: lowering.hasErrors ? 'errors' : 'clean', callers: lowering.callers };
}

/** `node:fs/promises` as the qualified name `fs.promises`. */
export const modulePath = (text: string): string =>
  text
    .replace(/^node:/, '')
    .replace(/^@/, '')
    .replaceAll('/', '.');

/** The module that `require('x')` or `await import('x')` gives; null for anything else. */
export function requiredModule(node: SyntaxNode, lowering: Lowering): string | null {
  const match = /^(?:await\s+)?(?:require|import)\(\s*(['"`])([^'"`\\$]+)\1\s*\)$/.exec(lowering.text(node));
  return match?.[2] === undefined ? null : modulePath(match[2]);
}
