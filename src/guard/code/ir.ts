/**
 * The intermediate representation that every language is lowered to and that the analysis reads. It keeps what matters for where
 * values come from and go to: names, strings, calls, branches, loops. What a language has beyond that becomes `opaque`.
 */

/** Half-open range in UTF-16 code units of the scanned text. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export type Constant = string | number | boolean | null;

export interface Argument {
  /** Keyword; null for a positional argument. */
  readonly name: string | null;
  readonly value: Expression;
  /** `*args` and `**kwargs` stand for an unknown number of arguments. */
  readonly spread: boolean;
}

export interface Clause {
  readonly target: Expression;
  readonly iterable: Expression;
  readonly conditions: readonly Expression[];
}

export type Expression = Range &
  (
    | { readonly kind: 'constant'; readonly value: Constant }
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'member'; readonly object: Expression; readonly name: string }
    | { readonly kind: 'index'; readonly object: Expression; readonly index: Expression }
    | { readonly kind: 'slice'; readonly object: Expression; readonly bounds: readonly Expression[] }
    | { readonly kind: 'call'; readonly callee: Expression; readonly arguments: readonly Argument[] }
    /** An interpolated string; `numeric` where the format leaves nothing but a number. */
    | { readonly kind: 'text'; readonly parts: readonly { readonly value: Expression; readonly numeric: boolean }[] }
    | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
    | {
        readonly kind: 'logical';
        readonly operator: 'and' | 'or';
        readonly left: Expression;
        readonly right: Expression;
      }
    | { readonly kind: 'not'; readonly operand: Expression }
    | { readonly kind: 'compare'; readonly operator: string; readonly left: Expression; readonly right: Expression }
    | {
        readonly kind: 'conditional';
        readonly condition: Expression;
        readonly then: Expression;
        readonly otherwise: Expression;
      }
    | { readonly kind: 'collection'; readonly type: 'list' | 'tuple' | 'set'; readonly items: readonly Item[] }
    | { readonly kind: 'record'; readonly entries: readonly Entry[] }
    | { readonly kind: 'lambda'; readonly function: FunctionNode }
    | {
        readonly kind: 'comprehension';
        readonly clauses: readonly Clause[];
        readonly key: Expression | null;
        readonly body: Expression;
      }
    | { readonly kind: 'bind'; readonly name: string; readonly value: Expression }
    | { readonly kind: 'opaque'; readonly children: readonly Expression[] }
  );

export interface Item {
  readonly value: Expression;
  readonly spread: boolean;
}

export interface Entry {
  /** Null for a spread (`**other`). */
  readonly key: Expression | null;
  readonly value: Expression;
}

export interface Parameter {
  readonly name: string;
  readonly kind: 'plain' | 'rest' | 'keywords';
  /** Type as written; null where none is. */
  readonly annotation: string | null;
  readonly fallback: Expression | null;
}

export interface FunctionNode extends Range {
  /** Empty for a lambda. */
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
  readonly decorators: readonly Expression[];
}

export interface Handler {
  readonly name: string | null;
  readonly body: readonly Statement[];
}

export type Statement = Range &
  (
    | { readonly kind: 'expression'; readonly value: Expression }
    | { readonly kind: 'assign'; readonly targets: readonly Expression[]; readonly value: Expression }
    | {
        readonly kind: 'augment';
        readonly target: Expression;
        readonly operator: string;
        readonly value: Expression;
      }
    | {
        readonly kind: 'if';
        readonly branches: readonly { readonly condition: Expression; readonly body: readonly Statement[] }[];
        readonly otherwise: readonly Statement[];
      }
    | {
        readonly kind: 'loop';
        /** Null for a loop on a condition. */
        readonly each: { readonly target: Expression; readonly iterable: Expression } | null;
        readonly condition: Expression | null;
        readonly body: readonly Statement[];
        readonly otherwise: readonly Statement[];
      }
    | {
        readonly kind: 'try';
        readonly body: readonly Statement[];
        readonly handlers: readonly Handler[];
        readonly otherwise: readonly Statement[];
        readonly last: readonly Statement[];
      }
    | { readonly kind: 'block'; readonly body: readonly Statement[] }
    | { readonly kind: 'return'; readonly value: Expression | null }
    | { readonly kind: 'raise'; readonly value: Expression | null }
    | { readonly kind: 'jump' }
    | { readonly kind: 'assert'; readonly condition: Expression }
    | { readonly kind: 'function'; readonly function: FunctionNode }
    | {
        readonly kind: 'class';
        readonly name: string;
        readonly bases: readonly Expression[];
        readonly decorators: readonly Expression[];
        readonly body: readonly Statement[];
      }
    | { readonly kind: 'import'; readonly bindings: readonly { readonly name: string; readonly path: string }[] }
    | { readonly kind: 'global'; readonly names: readonly string[] }
  );

/** The IR of a file, and whether the grammar understood all of it. */
export interface Program {
  readonly body: readonly Statement[];
  readonly parse: 'clean' | 'errors';
  /** Names of functions that are called, each with the names of the functions that call it ('' outside any). */
  readonly callers: ReadonlyMap<string, ReadonlySet<string>>;
}
