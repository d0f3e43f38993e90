/** C and C++ as the memory analysis reads them: every expression and statement that moves data or memory, the rest as `opaque`. */
import type { Range } from '../ir.js';

export type CType =
  | { readonly kind: 'integer'; readonly size: number; readonly signed: boolean }
  | { readonly kind: 'float'; readonly size: number }
  | { readonly kind: 'void' }
  | { readonly kind: 'pointer'; readonly to: CType }
  /** `count` null where it is left to the initialiser, or is no bound at all. */
  | { readonly kind: 'array'; readonly of: CType; readonly count: CExpression | null }
  | { readonly kind: 'record'; readonly name: string }
  | { readonly kind: 'function'; readonly result: CType }
  /** A type that the file does not define. */
  | { readonly kind: 'unknown'; readonly name: string };

export interface CField {
  readonly name: string;
  readonly type: CType;
}

export interface CRecord {
  readonly name: string;
  readonly fields: readonly CField[];
  readonly isUnion: boolean;
}

export interface InitialItem {
  readonly field: string | null;
  readonly index: CExpression | null;
  readonly value: CExpression;
}

export type CExpression = Range &
  (
    | { readonly kind: 'number'; readonly value: number; readonly type: CType }
    | { readonly kind: 'string'; readonly text: string }
    | { readonly kind: 'null' }
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'unary'; readonly operator: string; readonly operand: CExpression }
    | {
        readonly kind: 'binary';
        readonly operator: string;
        readonly left: CExpression;
        readonly right: CExpression;
      }
    | {
        readonly kind: 'logical';
        readonly operator: '&&' | '||';
        readonly left: CExpression;
        readonly right: CExpression;
      }
    | {
        readonly kind: 'assign';
        /** Empty for a plain assignment. */
        readonly operator: string;
        readonly target: CExpression;
        readonly value: CExpression;
      }
    | { readonly kind: 'update'; readonly step: 1 | -1; readonly isPrefix: boolean; readonly target: CExpression }
    | {
        readonly kind: 'conditional';
        readonly condition: CExpression;
        readonly then: CExpression;
        readonly otherwise: CExpression;
      }
    | { readonly kind: 'comma'; readonly left: CExpression; readonly right: CExpression }
    | { readonly kind: 'call'; readonly callee: CExpression; readonly arguments: readonly CExpression[] }
    | { readonly kind: 'member'; readonly object: CExpression; readonly name: string; readonly isArrow: boolean }
    | { readonly kind: 'index'; readonly object: CExpression; readonly index: CExpression }
    | { readonly kind: 'cast'; readonly type: CType; readonly value: CExpression }
    | { readonly kind: 'sizeof'; readonly type: CType | null; readonly value: CExpression | null }
    | { readonly kind: 'initial'; readonly items: readonly InitialItem[] }
    | {
        readonly kind: 'new';
        readonly type: CType;
        /** Number of elements; null for a single object. */
        readonly count: CExpression | null;
        readonly arguments: readonly CExpression[];
      }
    | { readonly kind: 'delete'; readonly value: CExpression; readonly isArray: boolean }
    | { readonly kind: 'statements'; readonly body: readonly CStatement[] }
    | { readonly kind: 'opaque'; readonly children: readonly CExpression[] }
  );

export interface Declaration extends Range {
  readonly name: string;
  readonly type: CType;
  readonly initial: CExpression | null;
  readonly isReference: boolean;
  readonly isStatic: boolean;
  readonly isExternal: boolean;
}

export interface SwitchCase {
  /** Null for `default`. */
  readonly value: CExpression | null;
  readonly body: readonly CStatement[];
}

export type CStatement = Range &
  (
    | { readonly kind: 'expression'; readonly value: CExpression }
    | { readonly kind: 'declare'; readonly declarations: readonly Declaration[] }
    | {
        readonly kind: 'if';
        readonly condition: CExpression;
        readonly then: readonly CStatement[];
        readonly otherwise: readonly CStatement[];
      }
    | {
        readonly kind: 'loop';
        /** Null for one without end. */
        readonly condition: CExpression | null;
        readonly update: CExpression | null;
        readonly body: readonly CStatement[];
        /** `do … while`. */
        readonly isPost: boolean;
      }
    | { readonly kind: 'switch'; readonly value: CExpression; readonly cases: readonly SwitchCase[] }
    | { readonly kind: 'block'; readonly body: readonly CStatement[] }
    | { readonly kind: 'return'; readonly value: CExpression | null }
    | { readonly kind: 'break' }
    | { readonly kind: 'continue' }
    | { readonly kind: 'goto'; readonly label: string }
    | { readonly kind: 'label'; readonly label: string }
    | { readonly kind: 'throw' }
    | {
        readonly kind: 'try';
        readonly body: readonly CStatement[];
        readonly handlers: readonly (readonly CStatement[])[];
      }
  );

export interface CParameter {
  readonly name: string;
  readonly type: CType;
  readonly isReference: boolean;
}

export interface CFunction extends Range {
  readonly name: string;
  readonly parameters: readonly CParameter[];
  readonly result: CType;
  readonly isVariadic: boolean;
  readonly body: readonly CStatement[];
}

export interface CProgram {
  readonly functions: ReadonlyMap<string, CFunction>;
  readonly records: ReadonlyMap<string, CRecord>;
  readonly globals: readonly Declaration[];
  readonly enumerators: ReadonlyMap<string, number>;
  /** Names of the functions that are called, each with those of its callers. */
  readonly callers: ReadonlyMap<string, ReadonlySet<string>>;
  readonly hasErrors: boolean;
}

/** Calls `visit` with an expression and all within it, but not with statements inside it. */
export function walkExpression(expression: CExpression, visit: (inner: CExpression) => void): void {
  visit(expression);
  for (const child of childrenOf(expression)) walkExpression(child, visit);
}

function childrenOf(expression: CExpression): readonly CExpression[] {
  switch (expression.kind) {
    case 'number':
    case 'string':
    case 'null':
    case 'name':
      return [];
    case 'unary':
      return [expression.operand];
    case 'binary':
    case 'logical':
    case 'comma':
      return [expression.left, expression.right];
    case 'assign':
      return [expression.target, expression.value];
    case 'update':
      return [expression.target];
    case 'conditional':
      return [expression.condition, expression.then, expression.otherwise];
    case 'call':
      return [expression.callee, ...expression.arguments];
    case 'member':
      return [expression.object];
    case 'index':
      return [expression.object, expression.index];
    case 'cast':
    case 'delete':
      return [expression.value];
    case 'sizeof':
      return [];
    case 'initial':
      return expression.items.map(({ value }) => value);
    case 'new':
      return [...(expression.count === null ? [] : [expression.count]), ...expression.arguments];
    case 'opaque':
      return expression.children;
    case 'statements':
      return expression.body.flatMap(expressionsOf);
  }
}

/** Every outermost expression of a statement and of the statements within it. */
export function expressionsOf(statement: CStatement): readonly CExpression[] {
  switch (statement.kind) {
    case 'expression':
      return [statement.value];
    case 'declare':
      return statement.declarations.flatMap(({ initial }) => (initial === null ? [] : [initial]));
    case 'if':
      return [statement.condition, ...[...statement.then, ...statement.otherwise].flatMap(expressionsOf)];
    case 'loop':
      return [
        ...[statement.condition, statement.update].filter((part) => part !== null),
        ...statement.body.flatMap(expressionsOf),
      ];
    case 'switch':
      return [statement.value, ...statement.cases.flatMap(({ body }) => body.flatMap(expressionsOf))];
    case 'block':
      return statement.body.flatMap(expressionsOf);
    case 'try':
      return [...statement.body, ...statement.handlers.flat()].flatMap(expressionsOf);
    case 'return':
      return statement.value === null ? [] : [statement.value];
    case 'break':
    case 'continue':
    case 'goto':
    case 'label':
    case 'throw':
      return [];
  }
}
