/** C and C++ statements, as the memory analysis reads them. */
import type { Range } from '../ir.js';
import { childByField, childrenByField, type SyntaxNode } from '../syntax.js';
import type { CExpression, CStatement, Declaration, SwitchCase } from './ast.js';
import { lowerExpression, opaque } from './expressions.js';
import type { CLowering } from './lowering.js';
import { conditionalChildren, define } from './preprocessor.js';
import { declared, typeOf } from './types.js';

/** The statements of a block, or the one statement that stands in its place. */
export function lowerBody(node: SyntaxNode | null, lowering: CLowering): CStatement[] {
  if (node === null) return [];
  const isList = node.type === 'compound_statement' || node.type === 'else_clause';
  return isList ? lowerAll(node.children, lowering) : lowerAll([node], lowering);
}

const lowerAll = (nodes: readonly SyntaxNode[], lowering: CLowering): CStatement[] =>
  nodes.flatMap((node) => lowering.nested<readonly CStatement[]>(() => lowerStatement(node, lowering), []));

function lowerStatement(node: SyntaxNode, lowering: CLowering): readonly CStatement[] {
  const range = lowering.range(node);
  const field = (name: string): SyntaxNode | null => childByField(node, name);
  const value = (name: string): CExpression => lowerExpression(field(name), lowering);
  switch (node.type) {
    case 'compound_statement':
      return [{ kind: 'block', body: lowerBody(node, lowering), ...range }];
    case 'declaration': {
      const declarations = lowerDeclaration(node, lowering);
      return declarations.length > 0 ? [{ kind: 'declare', declarations, ...range }] : [];
    }
    case 'type_definition':
    case 'struct_specifier':
    case 'enum_specifier':
    case 'union_specifier':
      noteTypes(node, lowering);
      return [];
    case 'if_statement': {
      const begin = conditionDeclaration(field('condition'), lowering);
      const [then, otherwise] = [lowerBody(field('consequence'), lowering), lowerBody(field('alternative'), lowering)];
      return [...begin.before, { kind: 'if', condition: begin.condition, then, otherwise, ...range }];
    }
    case 'while_statement':
    case 'do_statement': {
      const begin = conditionDeclaration(field('condition'), lowering);
      const body = lowerBody(field('body'), lowering);
      const isPost = node.type === 'do_statement';
      return [...begin.before, { kind: 'loop', condition: begin.condition, update: null, body, isPost, ...range }];
    }
    case 'for_statement':
      return [lowerFor(node, lowering)];
    case 'for_range_loop':
      return [lowerRangeLoop(node, lowering)];
    case 'switch_statement':
      return [{ kind: 'switch', value: value('condition'), cases: lowerCases(field('body'), lowering), ...range }];
    case 'return_statement': {
      const [returned] = node.children;
      return [{ kind: 'return', value: returned ? lowerExpression(returned, lowering) : null, ...range }];
    }
    case 'break_statement':
      return [{ kind: 'break', ...range }];
    case 'continue_statement':
      return [{ kind: 'continue', ...range }];
    default:
      return lowerRest(node, lowering);
  }
}

function lowerRest(node: SyntaxNode, lowering: CLowering): readonly CStatement[] {
  const range = lowering.range(node);
  switch (node.type) {
    case 'goto_statement':
    case 'labeled_statement': {
      const name = childByField(node, 'label');
      const label = name === null ? '' : lowering.text(name);
      if (node.type === 'goto_statement') return [{ kind: 'goto', label, ...range }];
      return [
        { kind: 'label', label, ...range },
        ...lowerAll(
          node.children.filter(({ field }) => field === null),
          lowering,
        ),
      ];
    }
    case 'throw_statement':
      return [...lowerAll(node.children, lowering), { kind: 'throw', ...range }];
    case 'try_statement': {
      const handlers = node.children
        .filter(({ type }) => type === 'catch_clause')
        .map((clause) => lowerBody(childByField(clause, 'body'), lowering));
      return [{ kind: 'try', body: lowerBody(childByField(node, 'body'), lowering), handlers, ...range }];
    }
    case 'preproc_def':
    case 'preproc_function_def':
      define(node, lowering);
      return [];
    case 'preproc_ifdef':
    case 'preproc_if':
      return lowerAll(conditionalChildren(node, lowering), lowering);
    case 'expression_statement':
      return node.children.slice(0, 1).map((child) => expressionStatement(lowerExpression(child, lowering), range));
    case 'function_definition':
    case 'using_declaration':
    case 'preproc_call':
    case 'preproc_include':
      return [];
    default:
      return [expressionStatement(lowerExpression(node, lowering), range)];
  }
}

const expressionStatement = (value: CExpression, range: Range): CStatement => ({
  kind: 'expression',
  value,
  start: range.start,
  end: range.end,
});

/** The records, enumerators and names that a definition of types makes known. */
export function noteTypes(node: SyntaxNode, lowering: CLowering): void {
  if (node.type !== 'type_definition') {
    typeOf(node, lowering);
    return;
  }
  const base = typeOf(childByField(node, 'type'), lowering);
  for (const declarator of childrenByField(node, 'declarator')) {
    const { name, type } = declared(declarator, base, lowering);
    if (name !== '') lowering.definitions.types.set(name, type);
  }
}

/** `if (T *p = f())`: the declaration before, and its variable as the condition. */
function conditionDeclaration(
  clause: SyntaxNode | null,
  lowering: CLowering,
): { readonly before: readonly CStatement[]; readonly condition: CExpression } {
  const value = clause === null ? null : childByField(clause, 'value');
  if (value?.type !== 'declaration') return { before: [], condition: lowerExpression(clause, lowering) };
  const range = lowering.range(value);
  const base = typeOf(childByField(value, 'type'), lowering);
  const declarator = childByField(value, 'declarator');
  if (declarator === null) return { before: [], condition: opaque(range) };
  const { name, type, isReference } = declared(declarator, base, lowering);
  const initial = lowerExpression(childByField(value, 'value'), lowering);
  const declaration: Declaration = {
    name,
    type,
    initial,
    isReference,
    isStatic: false,
    isExternal: false,
    ...range,
  };
  return {
    before: [{ kind: 'declare', declarations: [declaration], ...range }],
    condition: { kind: 'name', name, ...range },
  };
}

export function lowerDeclaration(node: SyntaxNode, lowering: CLowering): Declaration[] {
  const base = typeOf(childByField(node, 'type'), lowering);
  const storage = node.children
    .filter(({ type }) => type === 'storage_class_specifier')
    .map((specifier) => lowering.text(specifier));
  return childrenByField(node, 'declarator').flatMap((declarator): Declaration[] => {
    const { name, type, isReference } = declared(declarator, base, lowering);
    const value = childByField(declarator, 'value');
    if (type.kind === 'function' || name === '') return [];
    // `Type name(arguments)` runs a constructor.
    const initial =
      value === null
        ? null
        : value.type === 'argument_list'
          ? opaque(
              lowering.range(value),
              value.children.map((child) => lowerExpression(child, lowering)),
            )
          : lowerExpression(value, lowering);
    return [
      {
        name,
        type,
        initial,
        isReference,
        isStatic: storage.includes('static'),
        isExternal: storage.includes('extern'),
        ...lowering.range(declarator),
      },
    ];
  });
}

function lowerFor(node: SyntaxNode, lowering: CLowering): CStatement {
  const range = lowering.range(node);
  const initializer = childByField(node, 'initializer');
  const begin = initializer === null ? [] : lowerAll([initializer], lowering);
  const condition = childByField(node, 'condition');
  const update = childByField(node, 'update');
  const loop: CStatement = {
    kind: 'loop',
    condition: condition === null ? null : lowerExpression(condition, lowering),
    update: update === null ? null : lowerExpression(update, lowering),
    body: lowerBody(childByField(node, 'body'), lowering),
    isPost: false,
    ...range,
  };
  return { kind: 'block', body: [...begin, loop], ...range };
}

/** The elements of a collection are not told apart: the body runs on one that stands for all. */
function lowerRangeLoop(node: SyntaxNode, lowering: CLowering): CStatement {
  const range = lowering.range(node);
  const base = typeOf(childByField(node, 'type'), lowering);
  const declarator = childByField(node, 'declarator');
  const element = opaque(range, [lowerExpression(childByField(node, 'right'), lowering)]);
  const body = lowerBody(childByField(node, 'body'), lowering);
  if (declarator === null) return { kind: 'block', body, ...range };
  const { name, type } = declared(declarator, base, lowering);
  const declaration: Declaration = {
    name,
    type,
    initial: element,
    isReference: false,
    isStatic: false,
    isExternal: false,
    ...range,
  };
  const before: CStatement = { kind: 'declare', declarations: [declaration], ...range };
  return { kind: 'loop', condition: opaque(range), update: null, body: [before, ...body], isPost: false, ...range };
}

function lowerCases(body: SyntaxNode | null, lowering: CLowering): SwitchCase[] {
  return (body?.children ?? []).flatMap((clause): SwitchCase[] => {
    if (clause.type !== 'case_statement') return [];
    const value = childByField(clause, 'value');
    const statements = clause.children.filter(({ field }) => field !== 'value');
    return [
      {
        value: value === null ? null : lowerExpression(value, lowering),
        body: lowerAll(statements, lowering),
      },
    ];
  });
}
