/** Lowers Go to the intermediate representation: methods stand beside functions, and packages are known by the last part of their path. */
import type { Program } from '../ir.js';
import { Lowering } from '../lowering.js';
import { childByField, type SyntaxNode } from '../syntax.js';
import { lowerBlock } from './statements.js';

/** What the lowering of one Go file carries along. */
export class GoLowering extends Lowering {
  /** Functions and methods that the file declares. */
  readonly declared: ReadonlySet<string>;
  /** Name of the receiver of the method being lowered; null in a function. */
  receiver: string | null = null;
  /** Errors that are known not to be nil where the lowering is. */
  readonly failures = new Set<string>();

  constructor(code: string, hasErrors: boolean, root: SyntaxNode) {
    super(code, hasErrors);
    this.declared = new Set(
      root.children.flatMap((node) => {
        const name = /^(?:function|method)_declaration$/.test(node.type) ? childByField(node, 'name') : null;
        return name === null ? [] : [this.text(name)];
      }),
    );
  }
}

export function lowerGo(root: SyntaxNode, code: string, hasErrors: boolean): Program {
  const lowering = new GoLowering(code, hasErrors || root.type === 'ERROR', root);
  // Variables of the package first: functions read them wherever they stand.
  const isVariable = ({ type }: SyntaxNode): boolean => /^(?:import|const|var)_declaration$/.test(type);
  const first = root.children.filter(isVariable);
  const rest = root.children.filter((node) => !isVariable(node));
  const body = lowerBlock([...first, ...rest], lowering);
  return { body, parse: lowering.hasErrors ? 'errors' : 'clean', callers: lowering.callers };
}
