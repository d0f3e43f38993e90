/** What the lowering of one file carries along, whatever its language. */
import type { Expression } from './ir.js';
import type { SyntaxNode } from './syntax.js';

/** Deeper trees are cut and reported as not understood: the lowering recurses, and no code that people write nests this deep. */
const MAX_DEPTH = 250;

export class Lowering {
  hasErrors: boolean;
  readonly callers = new Map<string, Set<string>>();
  private depth = 0;
  private enclosing = '';

  constructor(
    readonly code: string,
    hasErrors: boolean,
  ) {
    this.hasErrors = hasErrors;
  }

  text(node: SyntaxNode): string {
    return this.code.slice(node.start, node.end);
  }

  /** Runs `lower` as part of the function of this name. */
  within<Result>(name: string, lower: () => Result): Result {
    const outer = this.enclosing;
    this.enclosing = name;
    try {
      return lower();
    } finally {
      this.enclosing = outer;
    }
  }

  /** Notes a call of a function, or of a method on `self`. */
  noteCall(callee: Expression): void {
    const onSelf = callee.kind === 'member' && callee.object.kind === 'name' && /^(self|cls)$/.test(callee.object.name);
    if (callee.kind !== 'name' && !onSelf) return;
    const callers = this.callers.get(callee.name) ?? new Set();
    this.callers.set(callee.name, callers.add(this.enclosing));
  }

  /** Runs `lower` one level deeper, or gives `otherwise` where the tree is too deep to follow. */
  nested<Result>(lower: () => Result, otherwise: Result): Result {
    if (this.depth >= MAX_DEPTH) {
      this.hasErrors = true;
      return otherwise;
    }
    this.depth += 1;
    try {
      return lower();
    } finally {
      this.depth -= 1;
    }
  }
}
