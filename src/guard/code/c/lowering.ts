/** What the lowering of one C or C++ file carries along: macros, types, records, and whose body is being read. */
import type { Range } from '../ir.js';
import { Lowering } from '../lowering.js';
import type { SyntaxNode } from '../syntax.js';
import type { CExpression, CRecord, CType } from './ast.js';

export interface Macro {
  /** Null for one without parameters. */
  readonly parameters: readonly string[] | null;
  readonly body: string;
}

/** Reads a piece of code on its own, such as the body of a macro. */
export type Parse = (code: string) => SyntaxNode | null;

/** Macros within macros. */
const MAX_EXPANSION = 12;

/** Shared by a file and the macro bodies that are read for it. */
export interface Definitions {
  readonly macros: Map<string, Macro>;
  readonly types: Map<string, CType>;
  readonly records: Map<string, CRecord>;
  readonly enumerators: Map<string, number>;
  readonly parse: Parse;
}

export class CLowering extends Lowering {
  /** Values of the parameters of the macro whose body is read. */
  substitutions: ReadonlyMap<string, CExpression> = new Map();
  expanding: readonly string[] = [];
  /** Where the macro is used: all of its body stands there. */
  private place: Range | null = null;

  constructor(
    code: string,
    hasErrors: boolean,
    readonly definitions: Definitions,
  ) {
    super(code, hasErrors);
  }

  /** Where a node is reported. */
  range({ start, end }: Range): Range {
    return this.place ?? { start, end };
  }

  macro(name: string): Macro | null {
    if (this.expanding.length >= MAX_EXPANSION || this.expanding.includes(name)) return null;
    return this.definitions.macros.get(name) ?? null;
  }

  /** A lowering for the body of a macro that is used at a place; null where that body is no code of its own. */
  macroBody(
    name: string,
    macro: Macro,
    values: ReadonlyMap<string, CExpression>,
    place: Range,
  ): { readonly lowering: CLowering; readonly body: SyntaxNode } | null {
    const code = `void f(){${macro.body};}`;
    const root = this.definitions.parse(code);
    const body = root?.children[0]?.children.find((child) => child.field === 'body');
    if (body === undefined) return null;
    const lowering = new CLowering(code, false, this.definitions);
    lowering.substitutions = values;
    lowering.expanding = [...this.expanding, name];
    lowering.place = this.range(place);
    return { lowering, body };
  }
}
