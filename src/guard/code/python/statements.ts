/** Python statements to IR. */
import type { Expression, FunctionNode, Handler, Statement } from '../ir.js';
import { childByField, childByType, childrenByField, type SyntaxNode } from '../syntax.js';
import { lowerArguments, lowerExpression, lowerParameters } from './expressions.js';
import type { Lowering } from '../lowering.js';

export function lowerBlock(node: SyntaxNode | null, lowering: Lowering): Statement[] {
  if (node === null) return [];
  return lowering.nested(() => node.children.flatMap((child) => lowerStatement(child, lowering)), []);
}

function lowerStatement(node: SyntaxNode, lowering: Lowering): Statement[] {
  const { start, end } = node;
  switch (node.type) {
    case 'expression_statement':
      return node.children.flatMap((child) => lowerSimple(child, lowering));
    case 'if_statement':
      return [lowerIf(node, lowering)];
    case 'for_statement':
    case 'while_statement':
      return [lowerLoop(node, lowering)];
    case 'try_statement':
      return [lowerTry(node, lowering)];
    case 'with_statement':
      return [{ kind: 'block', body: lowerWith(node, lowering), start, end }];
    case 'match_statement':
      return [lowerMatch(node, lowering)];
    case 'function_definition':
      return [{ kind: 'function', function: lowerFunction(node, [], lowering), start, end }];
    case 'class_definition':
      return [lowerClass(node, [], lowering)];
    case 'decorated_definition':
      return lowerDecorated(node, lowering);
    case 'import_statement':
    case 'import_from_statement':
    case 'future_import_statement':
      return [{ kind: 'import', bindings: lowerImport(node, lowering), start, end }];
    case 'return_statement':
    case 'raise_statement': {
      const value = node.children[0];
      const kind = node.type === 'return_statement' ? 'return' : 'raise';
      return [{ kind, value: value ? lowerExpression(value, lowering) : null, start, end }];
    }
    case 'break_statement':
    case 'continue_statement':
      return [{ kind: 'jump', start, end }];
    case 'assert_statement': {
      const condition = node.children[0];
      return condition ? [{ kind: 'assert', condition: lowerExpression(condition, lowering), start, end }] : [];
    }
    case 'global_statement':
      return [{ kind: 'global', names: node.children.map((child) => lowering.text(child)), start, end }];
    case 'print_statement':
    case 'exec_statement':
      return [lowerKeywordCall(node, lowering)];
    case 'ERROR':
    case 'block':
    case 'module':
      // What the grammar could not place is still read: half a file must not hide the other half.
      return lowerBlock(node, lowering);
    default:
      return lowerSimple(node, lowering);
  }
}

const IGNORED = new Set([
  'pass_statement',
  'delete_statement',
  'type_alias_statement',
  'nonlocal_statement',
  'line_continuation',
]);

function lowerSimple(node: SyntaxNode, lowering: Lowering): Statement[] {
  const { start, end } = node;
  if (IGNORED.has(node.type)) return [];
  if (node.type === 'augmented_assignment') {
    const target = childByField(node, 'left');
    const value = childByField(node, 'right');
    const operator = childByField(node, 'operator');
    if (target === null || value === null) return [];
    const sign = operator ? lowering.text(operator).replace(/=$/, '') : '?';
    return [
      {
        kind: 'augment',
        target: lowerExpression(target, lowering),
        operator: sign,
        value: lowerExpression(value, lowering),
        start,
        end,
      },
    ];
  }
  if (node.type !== 'assignment') return [{ kind: 'expression', value: lowerExpression(node, lowering), start, end }];
  const targets: Expression[] = [];
  let current: SyntaxNode | null = node;
  while (current?.type === 'assignment') {
    const left = childByField(current, 'left');
    if (left !== null) targets.push(lowerExpression(left, lowering));
    current = childByField(current, 'right');
  }
  // `name: type` declares and assigns nothing.
  return current === null ? [] : [{ kind: 'assign', targets, value: lowerExpression(current, lowering), start, end }];
}

function lowerIf(node: SyntaxNode, lowering: Lowering): Statement {
  const alternatives = childrenByField(node, 'alternative');
  const branches = [node, ...alternatives.filter((child) => child.type === 'elif_clause')].flatMap((branch) => {
    const condition = childByField(branch, 'condition');
    if (condition === null) return [];
    const body = lowerBlock(childByField(branch, 'consequence'), lowering);
    return [{ condition: lowerExpression(condition, lowering), body }];
  });
  const otherwise = alternatives.find((child) => child.type === 'else_clause');
  return {
    kind: 'if',
    branches,
    otherwise: otherwise ? lowerBlock(childByField(otherwise, 'body'), lowering) : [],
    start: node.start,
    end: node.end,
  };
}

function lowerLoop(node: SyntaxNode, lowering: Lowering): Statement {
  const target = childByField(node, 'left');
  const iterable = childByField(node, 'right');
  const condition = childByField(node, 'condition');
  const otherwise = childByField(node, 'alternative');
  return {
    kind: 'loop',
    each:
      target && iterable
        ? { target: lowerExpression(target, lowering), iterable: lowerExpression(iterable, lowering) }
        : null,
    condition: condition ? lowerExpression(condition, lowering) : null,
    body: lowerBlock(childByField(node, 'body'), lowering),
    otherwise: otherwise ? lowerBlock(childByField(otherwise, 'body'), lowering) : [],
    start: node.start,
    end: node.end,
  };
}

function lowerTry(node: SyntaxNode, lowering: Lowering): Statement {
  const blockOf = (clause: SyntaxNode | undefined): Statement[] =>
    clause ? lowerBlock(childByField(clause, 'body') ?? childByType(clause, 'block'), lowering) : [];
  const handlers = node.children
    .filter((child) => child.type === 'except_clause' || child.type === 'except_group_clause')
    .map((clause): Handler => {
      const [value] = childrenByField(clause, 'value');
      const alias = (value ? childByField(value, 'alias') : null) ?? childByField(clause, 'alias');
      return { name: alias ? lowering.text(alias) : null, body: blockOf(clause) };
    });
  return {
    kind: 'try',
    body: lowerBlock(childByField(node, 'body'), lowering),
    handlers,
    otherwise: blockOf(node.children.find((child) => child.type === 'else_clause')),
    last: blockOf(node.children.find((child) => child.type === 'finally_clause')),
    start: node.start,
    end: node.end,
  };
}

function lowerWith(node: SyntaxNode, lowering: Lowering): Statement[] {
  const items = (childByType(node, 'with_clause')?.children ?? []).flatMap((item): Statement[] => {
    const value = childByField(item, 'value');
    if (value === null) return [];
    const { start, end } = item;
    const source = value.type === 'as_pattern' ? value.children[0] : value;
    const alias = value.type === 'as_pattern' ? childByField(value, 'alias') : null;
    if (source === undefined) return [];
    const opened = lowerExpression(source, lowering);
    if (alias === null) return [{ kind: 'expression', value: opened, start, end }];
    return [{ kind: 'assign', targets: [lowerExpression(alias, lowering)], value: opened, start, end }];
  });
  return [...items, ...lowerBlock(childByField(node, 'body'), lowering)];
}

/** A `match` becomes the chain of comparisons that it means; a pattern that is no plain value matches anything. */
function lowerMatch(node: SyntaxNode, lowering: Lowering): Statement {
  const { start, end } = node;
  const subjectNode = childByField(node, 'subject');
  const subject: Expression = subjectNode
    ? lowerExpression(subjectNode, lowering)
    : { kind: 'opaque', children: [], start, end };
  const branches: { condition: Expression; body: Statement[] }[] = [];
  let otherwise: Statement[] = [];
  const body = childByField(node, 'body');
  for (const clause of body?.children.filter((child) => child.type === 'case_clause') ?? []) {
    const block = lowerBlock(childByField(clause, 'consequence'), lowering);
    const pattern = childByType(clause, 'case_pattern')?.children[0];
    const guard = childByField(clause, 'guard');
    if (pattern === undefined && guard === null) {
      otherwise = block;
      continue;
    }
    const options = pattern?.type === 'union_pattern' ? pattern.children : pattern ? [pattern] : [];
    const values = options.map((option) => lowerExpression(option, lowering));
    const condition: Expression = values.every((value) => value.kind === 'constant')
      ? { kind: 'compare', operator: 'in', left: subject, right: tupleOf(values, clause), start, end }
      : { kind: 'opaque', children: [subject], start, end };
    branches.push({ condition, body: block });
  }
  return { kind: 'if', branches, otherwise, start, end };
}

function tupleOf(values: readonly Expression[], { start, end }: SyntaxNode): Expression {
  return { kind: 'collection', type: 'tuple', items: values.map((value) => ({ value, spread: false })), start, end };
}

function lowerFunction(node: SyntaxNode, decorators: readonly Expression[], lowering: Lowering): FunctionNode {
  const nameNode = childByField(node, 'name');
  const name = nameNode ? lowering.text(nameNode) : '';
  return {
    name,
    parameters: lowerParameters(childByField(node, 'parameters'), lowering),
    body: lowering.within(name, () => lowerBlock(childByField(node, 'body'), lowering)),
    decorators,
    start: node.start,
    end: node.end,
  };
}

function lowerClass(node: SyntaxNode, decorators: readonly Expression[], lowering: Lowering): Statement {
  const name = childByField(node, 'name');
  const bases = lowerArguments(childByField(node, 'superclasses'), lowering).filter((base) => base.name === null);
  return {
    kind: 'class',
    name: name ? lowering.text(name) : '',
    bases: bases.map((base) => base.value),
    decorators,
    body: lowerBlock(childByField(node, 'body'), lowering),
    start: node.start,
    end: node.end,
  };
}

function lowerDecorated(node: SyntaxNode, lowering: Lowering): Statement[] {
  const { start, end } = node;
  const decorators = node.children
    .filter((child) => child.type === 'decorator')
    .flatMap((decorator) => decorator.children.map((child) => lowerExpression(child, lowering)));
  const definition = childByField(node, 'definition');
  if (definition?.type === 'class_definition') return [lowerClass(definition, decorators, lowering)];
  if (definition?.type !== 'function_definition') return [];
  return [{ kind: 'function', function: lowerFunction(definition, decorators, lowering), start, end }];
}

function lowerImport(node: SyntaxNode, lowering: Lowering): { name: string; path: string }[] {
  const module = childByField(node, 'module_name');
  const prefix = module ? `${lowering.text(module).replace(/\s+/g, '')}.` : '';
  return childrenByField(node, 'name').map((child) => {
    const named = child.type === 'aliased_import' ? childByField(child, 'name') : child;
    const alias = childByField(child, 'alias');
    const path = (named ? lowering.text(named) : '').replace(/\s+/g, '');
    if (alias !== null) return { name: lowering.text(alias), path: prefix + path };
    // `import a.b` binds `a`; `from a import b` binds `b`.
    if (module === null) return { name: path.split('.')[0] ?? path, path: path.split('.')[0] ?? path };
    return { name: path, path: prefix + path };
  });
}

/** Python 2's `print x` and `exec x` as calls of the functions that Python 3 made of them. */
function lowerKeywordCall(node: SyntaxNode, lowering: Lowering): Statement {
  const { start, end } = node;
  const name = node.type === 'print_statement' ? 'print' : 'exec';
  const nodes = name === 'exec' ? childrenByField(node, 'code') : node.children;
  const value: Expression = {
    kind: 'call',
    callee: { kind: 'name', name, start, end: start + name.length },
    arguments: nodes.map((child) => ({ name: null, value: lowerExpression(child, lowering), spread: false })),
    start,
    end,
  };
  return { kind: 'expression', value, start, end };
}
