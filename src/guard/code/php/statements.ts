/** PHP statements to IR. */
import { libraryCall, opaque } from '../building.js';
import type { Expression, Handler, Statement } from '../ir.js';
import type { Lowering } from '../lowering.js';
import { childByField, childByType, childrenByField, type SyntaxNode } from '../syntax.js';
import { lowerClass, lowerFunction } from './classes.js';
import { lowerExpression, lowerTarget } from './expressions.js';
import { simpleName } from './lower.js';

export const lowerBlock = (nodes: readonly SyntaxNode[], lowering: Lowering): Statement[] =>
  nodes.flatMap((node) => lowering.nested<Statement[]>(() => lowerStatement(node, lowering), []));

/** The body of a branch, a loop or a function, with braces, with a colon, or bare. */
export const lowerBody = (node: SyntaxNode | null, lowering: Lowering): Statement[] =>
  node === null ? [] : lowerBlock(isBlock(node) ? node.children : [node], lowering);

const isBlock = ({ type }: SyntaxNode): boolean => type === 'compound_statement' || type === 'colon_block';

function lowerStatement(node: SyntaxNode, lowering: Lowering): Statement[] {
  const { start, end } = node;
  const [first] = node.children;
  switch (node.type) {
    case 'compound_statement':
    case 'colon_block':
      return [{ kind: 'block', body: lowerBlock(node.children, lowering), start, end }];
    case 'expression_statement':
      return first ? lowerExpressionStatement(first, lowering) : [];
    case 'echo_statement':
      return node.children.flatMap((child) => echoed(child, lowering));
    case 'function_definition':
      return [{ kind: 'function', function: lowerFunction(node, lowering), start, end }];
    case 'class_declaration':
    case 'trait_declaration':
    case 'interface_declaration':
    case 'enum_declaration':
      return [lowerClass(node, lowering)];
    case 'namespace_definition':
      return lowerBody(childByField(node, 'body'), lowering);
    case 'namespace_use_declaration':
      return lowerUse(node, lowering);
    case 'const_declaration':
      return childrenByType(node, 'const_element').flatMap((child) => {
        const [name, value] = child.children;
        return name && value ? [assigned({ ...nameOf(name, lowering) }, lowerExpression(value, lowering), child)] : [];
      });
    case 'function_static_declaration':
      return node.children.flatMap((child) => {
        const name = childByField(child, 'name');
        const value = childByField(child, 'value');
        return name && value
          ? [assigned(lowerExpression(name, lowering), lowerExpression(value, lowering), child)]
          : [];
      });
    case 'global_declaration':
      return [{ kind: 'global', names: node.children.map((child) => lowering.text(child)), start, end }];
    case 'return_statement':
      return [{ kind: 'return', value: first ? lowerExpression(first, lowering) : null, start, end }];
    case 'exit_statement':
      return [...(first ? echoed(first, lowering) : []), { kind: 'raise', value: null, start, end }];
    case 'break_statement':
    case 'continue_statement':
    case 'goto_statement':
      return [{ kind: 'jump', start, end }];
    case 'ERROR':
      return lowerBlock(node.children, lowering);
    default:
      return lowerCompound(node, lowering);
  }
}

const IGNORED = new Set([
  ...['php_tag', 'text_interpolation', 'empty_statement', 'declare_statement', 'unset_statement'],
  ...['named_label_statement', 'visibility_modifier', 'enum_case', 'use_declaration'],
]);

function lowerCompound(node: SyntaxNode, lowering: Lowering): Statement[] {
  const { start, end } = node;
  const field = (name: string): SyntaxNode | null => childByField(node, name);
  switch (node.type) {
    case 'if_statement':
      return [lowerIf(node, lowering)];
    case 'foreach_statement':
      return [lowerForeach(node, lowering)];
    case 'for_statement':
    case 'while_statement':
    case 'do_statement': {
      const begin = childrenByField(node, 'initialize').flatMap((child) => lowerExpressionStatement(child, lowering));
      const test = field('condition');
      const condition = test ? lowerExpression(test, lowering) : null;
      const body = childrenByField(node, 'body').flatMap((child) => lowerBody(child, lowering));
      return [...begin, { kind: 'loop', each: null, condition, body, otherwise: [], start, end }];
    }
    case 'try_statement':
      return [lowerTry(node, lowering)];
    case 'switch_statement':
      return [lowerSwitch(node, lowering)];
    default:
      return IGNORED.has(node.type) ? [] : lowerExpressionStatement(node, lowering);
  }
}

function lowerIf(node: SyntaxNode, lowering: Lowering): Statement {
  const { start, end } = node;
  const branchOf = (branch: SyntaxNode): { condition: Expression; body: Statement[] } => ({
    condition: lowerExpression(childByField(branch, 'condition'), lowering),
    body: lowerBody(childByField(branch, 'body'), lowering),
  });
  const alternatives = childrenByField(node, 'alternative');
  const branches = [node, ...alternatives.filter(({ type }) => type === 'else_if_clause')].map(branchOf);
  const last = alternatives.find(({ type }) => type === 'else_clause');
  const otherwise = last === undefined ? [] : lowerBody(childByField(last, 'body'), lowering);
  return { kind: 'if', branches, otherwise, start, end };
}

function lowerForeach(node: SyntaxNode, lowering: Lowering): Statement {
  const { start, end } = node;
  const [first, second] = node.children;
  const iterable = lowerExpression(first, lowering);
  const [key, value] = second?.type === 'pair' ? second.children : [undefined, second];
  // A key of what comes from outside does too.
  const element: Expression = { kind: 'index', object: iterable, index: opaque(node), start, end };
  const keyed = key === undefined ? [] : [assigned(lowerTarget(key, lowering), element, key)];
  const each = { target: lowerTarget(value, lowering), iterable };
  const body = [...keyed, ...lowerBody(childByField(node, 'body'), lowering)];
  return { kind: 'loop', each, condition: null, body, otherwise: [], start, end };
}

function lowerTry(node: SyntaxNode, lowering: Lowering): Statement {
  const { start, end } = node;
  const handlers = childrenByType(node, 'catch_clause').map((child): Handler => {
    const name = childByField(child, 'name');
    return { name: name ? lowering.text(name) : null, body: lowerBody(childByField(child, 'body'), lowering) };
  });
  const last = childByType(node, 'finally_clause');
  return {
    ...{ kind: 'try', body: lowerBody(childByField(node, 'body'), lowering), handlers, otherwise: [] },
    ...{ last: lowerBody(last ? childByField(last, 'body') : null, lowering), start, end },
  };
}

/** Each case is a branch on equality; falling through is followed only over cases without a body. */
function lowerSwitch(node: SyntaxNode, lowering: Lowering): Statement {
  const { start, end } = node;
  const subject = lowerExpression(childByField(node, 'condition'), lowering);
  const branches: { condition: Expression; body: Statement[] }[] = [];
  let otherwise: Statement[] = [];
  let tests: Expression[] = [];
  for (const group of childByField(node, 'body')?.children ?? []) {
    const value = childByField(group, 'value');
    const right = value === null ? null : lowerExpression(value, lowering);
    if (right !== null) tests.push({ kind: 'compare', operator: '==', left: subject, right, start, end });
    const written = group.children.filter((child) => child !== value);
    if (written.length === 0) continue;
    const body = lowerBlock(
      written.filter(({ type }) => type !== 'break_statement'),
      lowering,
    );
    const [first, ...rest] = tests;
    if (first === undefined || value === null) otherwise = body;
    else {
      const condition = rest.reduce<Expression>(
        (left, test) => ({ kind: 'logical', operator: 'or', left, right: test, start, end }),
        first,
      );
      branches.push({ condition, body });
    }
    tests = [];
  }
  return branches.length > 0
    ? { kind: 'if', branches, otherwise, start, end }
    : { kind: 'block', body: otherwise, start, end };
}

const childrenByType = (node: SyntaxNode, type: string): SyntaxNode[] =>
  node.children.filter((child) => child.type === type);

const nameOf = (node: SyntaxNode, lowering: Lowering): Expression => ({
  ...{ kind: 'name', name: lowering.text(node), start: node.start, end: node.end },
});

const assigned = (target: Expression, value: Expression, { start, end }: SyntaxNode): Statement => ({
  ...{ kind: 'assign', targets: [target], value, start, end },
});

/** `echo a, b` writes both. */
function echoed(node: SyntaxNode, lowering: Lowering): Statement[] {
  const { start, end } = node;
  const parts = node.type === 'sequence_expression' ? node.children : [node];
  return parts.map((part) => ({
    ...{ kind: 'expression', value: libraryCall('echo', [lowerExpression(part, lowering)], part), start, end },
  }));
}

function lowerExpressionStatement(node: SyntaxNode, lowering: Lowering): Statement[] {
  const { start, end } = node;
  // `<?= $title ?>`
  if (/<\?=\s*$/.test(lowering.code.slice(Math.max(0, start - 40), start))) return echoed(node, lowering);
  switch (node.type) {
    case 'assignment_expression':
    case 'reference_assignment_expression': {
      const value = lowerExpression(childByField(node, 'right'), lowering);
      return lowerAssignment(childByField(node, 'left'), value, node, lowering);
    }
    case 'augmented_assignment_expression':
      return lowerAugmented(node, lowering);
    case 'sequence_expression':
      return node.children.flatMap((child) => lowerExpressionStatement(child, lowering));
    case 'print_intrinsic':
      return echoed(node.children[0] ?? node, lowering);
    case 'throw_expression':
      return [{ kind: 'raise', value: lowerExpression(node.children[0], lowering), start, end }];
    case 'function_call_expression': {
      const callee = childByField(node, 'function');
      const isExit = callee !== null && /^(?:exit|die)$/i.test(lowering.text(callee));
      const [said] = childByField(node, 'arguments')?.children ?? [];
      if (isExit) return [...(said ? echoed(said, lowering) : []), { kind: 'raise', value: null, start, end }];
      return [{ kind: 'expression', value: lowerExpression(node, lowering), start, end }];
    }
    default:
      return [{ kind: 'expression', value: lowerExpression(node, lowering), start, end }];
  }
}

/** `$list[] = x` adds to it. */
function lowerAssignment(
  left: SyntaxNode | null,
  value: Expression,
  node: SyntaxNode,
  lowering: Lowering,
): Statement[] {
  if (left === null) return [];
  const { start, end } = node;
  if (left.type === 'subscript_expression' && left.children.length === 1) {
    const object = lowerExpression(left.children[0], lowering);
    const callee: Expression = { kind: 'member', object, name: 'array_push', start, end: start };
    const call: Expression = { kind: 'call', callee, arguments: [{ name: null, value, spread: false }], start, end };
    return [{ kind: 'expression', value: call, start, end }];
  }
  return [assigned(lowerTarget(left, lowering), value, node)];
}

function lowerAugmented(node: SyntaxNode, lowering: Lowering): Statement[] {
  const { start, end } = node;
  const sign = childByField(node, 'operator');
  const operator = (sign ? lowering.text(sign) : '=').replace(/=$/, '');
  const left = childByField(node, 'left');
  const value = lowerExpression(childByField(node, 'right'), lowering);
  const target = lowerTarget(left, lowering);
  if (operator === '??') {
    const either: Expression = { kind: 'logical', operator: 'or', left: target, right: value, start, end };
    return [assigned(target, either, node)];
  }
  return [
    {
      kind: 'augment',
      target,
      operator: operator === '.' ? '+' : operator === '%' ? '-' : operator,
      value,
      start,
      end,
    },
  ];
}

/** A class is known by its last name, whatever its namespace. */
function lowerUse(node: SyntaxNode, lowering: Lowering): Statement[] {
  const { start, end } = node;
  const group = childByField(node, 'body');
  const bindings = childrenByType(group ?? node, 'namespace_use_clause').flatMap((clause) => {
    const alias = childByField(clause, 'alias');
    const [written] = clause.children;
    if (written === undefined) return [];
    const path = simpleName(lowering.text(written));
    return [{ name: alias ? lowering.text(alias) : path, path }];
  });
  return [{ kind: 'import', bindings, start, end }];
}
