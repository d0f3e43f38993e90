/** Macros and conditional parts. There is no compiler's command line: a name that the file does not define is not defined. */
import { childByField, type SyntaxNode } from '../syntax.js';
import type { CLowering } from './lowering.js';

export function define(node: SyntaxNode, lowering: CLowering): void {
  const name = childByField(node, 'name');
  const value = childByField(node, 'value');
  if (name === null) return;
  const parameters = childByField(node, 'parameters');
  lowering.definitions.macros.set(lowering.text(name), {
    parameters: parameters === null ? null : parameters.children.map((child) => lowering.text(child)),
    body:
      value === null
        ? ''
        : lowering
            .text(value)
            .replace(/\\\r?\n/g, ' ')
            .replace(/\/\/.*$/, ''),
  });
}

/** What a conditional part leaves. One without an alternative is read whatever its condition, but for `#if 0`. */
export function conditionalChildren(node: SyntaxNode, lowering: CLowering): readonly SyntaxNode[] {
  const alternative = childByField(node, 'alternative');
  const own = node.children.filter(({ field }) => field === null);
  const condition = childByField(node, 'condition');
  const name = childByField(node, 'name');
  const written = condition === null ? '' : lowering.text(condition).trim();
  const isNegated = /^#\s*ifndef/.test(lowering.text(node));
  const isDefined = name !== null && lowering.definitions.macros.has(lowering.text(name));
  const holds = condition === null ? isDefined !== isNegated : /^[1-9]/.test(written);
  if (alternative === null) return written === '0' ? [] : own;
  if (holds) return own;
  return alternative.type === 'preproc_else' ? alternative.children : conditionalChildren(alternative, lowering);
}
