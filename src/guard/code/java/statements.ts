/** Java statements to IR. */
import type { Expression, Handler, Statement } from '../ir.js';
import type { Lowering } from '../lowering.js';
import { childByField, childByType, childrenByField, type SyntaxNode } from '../syntax.js';
import { lowerExpression } from './expressions.js';
import { lowerMethod } from './functions.js';
import { lowerType } from './members.js';

export const lowerBlock = (nodes: readonly SyntaxNode[], lowering: Lowering): Statement[] =>
  nodes.flatMap((node) => lowering.nested<Statement[]>(() => lowerStatement(node, lowering), []));

/** The body of a branch or loop, with or without braces. */
const lowerBody = (node: SyntaxNode | null, lowering: Lowering): Statement[] =>
  node === null ? [] : lowerBlock(node.type === 'block' ? node.children : [node], lowering);

function lowerStatement(node: SyntaxNode, lowering: Lowering): Statement[] {
  const { start, end } = node;
  const [first] = node.children;
  switch (node.type) {
    case 'block':
      return [{ kind: 'block', body: lowerBlock(node.children, lowering), start, end }];
    case 'expression_statement':
      return first ? lowerExpressionStatement(first, lowering) : [];
    case 'class_declaration':
    case 'interface_declaration':
    case 'enum_declaration':
    case 'record_declaration':
      return lowerType(node, lowering);
    case 'method_declaration':
    case 'constructor_declaration':
      return [{ kind: 'function', function: lowerMethod(node, lowering), start, end }];
    case 'local_variable_declaration':
    case 'field_declaration':
    case 'constant_declaration':
      return childrenByField(node, 'declarator').flatMap((child) => lowerDeclarator(child, lowering));
    case 'import_declaration':
      return lowerImport(node, lowering);
    case 'package_declaration':
    case 'modifiers':
      return [];
    case 'ERROR':
    case 'labeled_statement':
    case 'class_body':
      return lowerBlock(node.children, lowering);
    case 'return_statement':
    case 'yield_statement':
      return [{ kind: 'return', value: first ? lowerExpression(first, lowering) : null, start, end }];
    case 'throw_statement':
      return [{ kind: 'raise', value: first ? lowerExpression(first, lowering) : null, start, end }];
    case 'break_statement':
    case 'continue_statement':
      return [{ kind: 'jump', start, end }];
    default:
      return lowerCompound(node, lowering);
  }
}

function lowerCompound(node: SyntaxNode, lowering: Lowering): Statement[] {
  const { start, end } = node;
  const field = (name: string): SyntaxNode | null => childByField(node, name);
  switch (node.type) {
    case 'if_statement': {
      const condition = lowerExpression(field('condition'), lowering);
      const branch = { condition, body: lowerBody(field('consequence'), lowering) };
      return [{ kind: 'if', branches: [branch], otherwise: lowerBody(field('alternative'), lowering), start, end }];
    }
    case 'enhanced_for_statement': {
      const each = {
        target: lowerExpression(field('name'), lowering),
        iterable: lowerExpression(field('value'), lowering),
      };
      return [
        { kind: 'loop', each, condition: null, body: lowerBody(field('body'), lowering), otherwise: [], start, end },
      ];
    }
    case 'for_statement':
    case 'while_statement':
    case 'do_statement': {
      const begin = lowerBlock(childrenByField(node, 'init'), lowering);
      const condition = field('condition');
      const test = condition ? lowerExpression(condition, lowering) : null;
      const body = lowerBody(field('body'), lowering);
      return [...begin, { kind: 'loop', each: null, condition: test, body, otherwise: [], start, end }];
    }
    case 'try_statement':
    case 'try_with_resources_statement':
      return [lowerTry(node, lowering)];
    case 'switch_expression':
    case 'switch_statement':
      return [lowerSwitch(node, lowering)];
    case 'synchronized_statement':
      return [{ kind: 'block', body: lowerBody(field('body'), lowering), start, end }];
    case 'assert_statement':
      return [{ kind: 'assert', condition: lowerExpression(node.children[0], lowering), start, end }];
    default:
      return lowerExpressionStatement(node, lowering);
  }
}

function lowerTry(node: SyntaxNode, lowering: Lowering): Statement {
  const { start, end } = node;
  const resources = (childByField(node, 'resources')?.children ?? []).flatMap((child) =>
    lowerDeclarator(child, lowering),
  );
  const handlers = node.children.flatMap((child): Handler[] => {
    if (child.type !== 'catch_clause') return [];
    const parameter = childByType(child, 'catch_formal_parameter');
    const name = parameter ? childByField(parameter, 'name') : null;
    return [{ name: name ? lowering.text(name) : null, body: lowerBody(childByField(child, 'body'), lowering) }];
  });
  const last = childByType(node, 'finally_clause');
  return {
    ...{ kind: 'try', body: [...resources, ...lowerBody(childByField(node, 'body'), lowering)], handlers },
    ...{ otherwise: [], last: lowerBody(last ? childByType(last, 'block') : null, lowering), start, end },
  };
}

/** Each case is a branch on equality; falling through from one to the next is not followed. */
function lowerSwitch(node: SyntaxNode, lowering: Lowering): Statement {
  const { start, end } = node;
  const subject = lowerExpression(childByField(node, 'condition'), lowering);
  const groups = childByField(node, 'body')?.children ?? [];
  const branches = groups.map((group) => {
    const labels = group.children.filter(({ type }) => type === 'switch_label');
    const values = labels.flatMap(({ children }) => children.map((child) => lowerExpression(child, lowering)));
    const body = lowerBlock(
      group.children.filter(({ type }) => type !== 'switch_label' && type !== 'break_statement'),
      lowering,
    );
    const tests = values.map(
      (right): Expression => ({ kind: 'compare', operator: '==', left: subject, right, start, end }),
    );
    return { tests, body };
  });
  const cases = branches.flatMap(({ tests: [first, ...rest], body }) => {
    if (first === undefined) return [];
    const condition = rest.reduce<Expression>(
      (left, right) => ({ kind: 'logical', operator: 'or', left, right, start, end }),
      first,
    );
    return [{ condition, body }];
  });
  const otherwise = branches.find(({ tests }) => tests.length === 0)?.body ?? [];
  return cases.length > 0
    ? { kind: 'if', branches: cases, otherwise, start, end }
    : { kind: 'block', body: otherwise, start, end };
}

function lowerExpressionStatement(node: SyntaxNode, lowering: Lowering): Statement[] {
  const { start, end } = node;
  const left = childByField(node, 'left');
  if (node.type === 'assignment_expression' && left !== null) {
    const sign = childByField(node, 'operator');
    const operator = (sign ? lowering.text(sign) : '=').replace(/=$/, '');
    const target = lowerExpression(left, lowering);
    const value = lowerExpression(childByField(node, 'right'), lowering);
    return operator === ''
      ? [{ kind: 'assign', targets: [target], value, start, end }]
      : [{ kind: 'augment', target, operator, value, start, end }];
  }
  const value = lowerExpression(node, lowering);
  const built = builtUpon(value);
  return built === null
    ? [{ kind: 'expression', value, start, end }]
    : [{ kind: 'assign', targets: [built], value, start, end }];
}

/** The builder that `builder.append(x).append(y);` makes longer. */
function builtUpon(value: Expression): Expression | null {
  let inner = value;
  while (inner.kind === 'binary' && inner.operator === '+') inner = inner.left;
  return inner !== value && inner.kind === 'name' ? inner : null;
}

function lowerDeclarator(node: SyntaxNode, lowering: Lowering): Statement[] {
  const { start, end } = node;
  const name = childByField(node, 'name');
  const value = childByField(node, 'value');
  if (name === null || value === null) return [];
  const target: Expression = { kind: 'name', name: lowering.text(name), start: name.start, end: name.end };
  return [{ kind: 'assign', targets: [target], value: lowerExpression(value, lowering), start, end }];
}

/** A class is known by its last name; a static import names a member of one. */
function lowerImport(node: SyntaxNode, lowering: Lowering): Statement[] {
  const { start, end } = node;
  const [, isStatic, path = ''] = /^import\s+(static\s+)?([\w.$]+)/.exec(lowering.text(node)) ?? [];
  const names = path.split('.');
  const name = names.at(-1) ?? '';
  if (isStatic === undefined || name === '' || childByType(node, 'asterisk') !== null) return [];
  return [{ kind: 'import', bindings: [{ name, path: names.slice(-2).join('.') }], start, end }];
}
