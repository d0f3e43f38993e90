/** JavaScript statements to IR. */
import type { Expression, Handler, Range, Statement } from '../ir.js';
import type { Lowering } from '../lowering.js';
import { childByField, childByType, type SyntaxNode } from '../syntax.js';
import { lowerExpression } from './expressions.js';
import { bindPattern, isFunction, lowerClass, lowerFunction, temporary } from './functions.js';
import { computedWrite } from './library-calls.js';
import { modulePath, requiredModule } from './lower.js';

export const lowerBlock = (nodes: readonly SyntaxNode[], lowering: Lowering): Statement[] =>
  nodes.flatMap((node) => lowering.nested<Statement[]>(() => lowerStatement(node, lowering), []));

/** The body of a branch or loop, with or without braces. */
const lowerBody = (node: SyntaxNode | null, lowering: Lowering): Statement[] =>
  node === null ? [] : lowerBlock(node.type === 'statement_block' ? node.children : [node], lowering);

function lowerStatement(node: SyntaxNode, lowering: Lowering): Statement[] {
  const { start, end } = node;
  const [first] = node.children;
  switch (node.type) {
    case 'statement_block':
      return [{ kind: 'block', body: lowerBlock(node.children, lowering), start, end }];
    case 'expression_statement':
      return first ? lowerExpressionStatement(first, lowering) : [];
    case 'lexical_declaration':
    case 'variable_declaration':
    case 'export_statement':
    case 'else_clause':
    case 'labeled_statement':
    case 'ERROR':
      return lowerBlock(node.children, lowering);
    case 'variable_declarator':
      return lowerDeclarator(node, lowering);
    case 'function_declaration':
    case 'generator_function_declaration':
      return [{ kind: 'function', function: lowerFunction(node, '', lowering), start, end }];
    case 'class_declaration':
    case 'abstract_class_declaration':
      return [lowerClass(node, lowering)];
    case 'import_statement':
      return [{ kind: 'import', bindings: importBindings(node, lowering), start, end }];
    case 'return_statement':
      return [{ kind: 'return', value: first ? lowerExpression(first, lowering) : null, start, end }];
    case 'throw_statement':
      return [{ kind: 'raise', value: first ? lowerExpression(first, lowering) : null, start, end }];
    case 'break_statement':
    case 'continue_statement':
      return [{ kind: 'jump', start, end }];
    case 'interface_declaration':
    case 'type_alias_declaration':
      return [];
    default:
      return lowerCompound(node, lowering);
  }
}

function lowerCompound(node: SyntaxNode, lowering: Lowering): Statement[] {
  const { start, end } = node;
  const field = (name: string): SyntaxNode | null => childByField(node, name);
  switch (node.type) {
    case 'if_statement': {
      const branch = {
        condition: lowerExpression(field('condition'), lowering),
        body: lowerBody(field('consequence'), lowering),
      };
      return [{ kind: 'if', branches: [branch], otherwise: lowerBody(field('alternative'), lowering), start, end }];
    }
    case 'for_in_statement': {
      const left = field('left');
      const each = { target: lowerExpression(left, lowering), iterable: lowerExpression(field('right'), lowering) };
      const unpack =
        left !== null && left.type.endsWith('_pattern') ? bindPattern(left, temporary(left), lowering) : [];
      const target = unpack.length > 0 && left !== null ? temporary(left) : each.target;
      const body = [...unpack, ...lowerBody(field('body'), lowering)];
      return [{ kind: 'loop', each: { ...each, target }, condition: null, body, otherwise: [], start, end }];
    }
    case 'for_statement':
    case 'while_statement':
    case 'do_statement': {
      const condition = field('condition');
      const body = lowerBody(field('body'), lowering);
      const begin = lowerBody(field('initializer'), lowering);
      const test = condition
        ? lowerExpression(condition.type === 'expression_statement' ? condition.children[0] : condition, lowering)
        : null;
      return [...begin, { kind: 'loop', each: null, condition: test, body, otherwise: [], start, end }];
    }
    case 'try_statement': {
      const clause = field('handler');
      const parameter = clause ? childByField(clause, 'parameter') : null;
      const handler = clause ? childByField(clause, 'body') : null;
      const handlers: Handler[] = clause
        ? [{ name: parameter ? lowering.text(parameter) : null, body: lowerBody(handler, lowering) }]
        : [];
      const finalizer = field('finalizer');
      const last = lowerBody(finalizer ? childByField(finalizer, 'body') : null, lowering);
      return [{ kind: 'try', body: lowerBody(field('body'), lowering), handlers, otherwise: [], last, start, end }];
    }
    case 'switch_statement':
      return [lowerSwitch(node, lowering)];
    default:
      return lowerExpressionStatement(node, lowering);
  }
}

/** Each case is a branch on equality; falling through from one to the next is not followed. */
function lowerSwitch(node: SyntaxNode, lowering: Lowering): Statement {
  const { start, end } = node;
  const subject = lowerExpression(childByField(node, 'value'), lowering);
  const cases = childByField(node, 'body')?.children ?? [];
  const bodyOf = (clause: SyntaxNode): Statement[] =>
    lowerBlock(
      clause.children.filter((child) => child.field !== 'value' && child.type !== 'break_statement'),
      lowering,
    );
  const branches = cases.flatMap((clause) => {
    if (clause.type !== 'switch_case') return [];
    const right = lowerExpression(childByField(clause, 'value'), lowering);
    const condition: Expression = { kind: 'compare', operator: '==', left: subject, right, start, end };
    return [{ condition, body: bodyOf(clause) }];
  });
  const fallback = cases.find((clause) => clause.type === 'switch_default');
  const otherwise = fallback ? bodyOf(fallback) : [];
  return branches.length > 0
    ? { kind: 'if', branches, otherwise, start, end }
    : { kind: 'block', body: otherwise, start, end };
}

function lowerExpressionStatement(node: SyntaxNode, lowering: Lowering): Statement[] {
  const { start, end } = node;
  const left = childByField(node, 'left');
  const right = childByField(node, 'right');
  if (left !== null && right !== null) {
    if (node.type === 'assignment_expression') return bind(left, right, lowering);
    if (node.type === 'augmented_assignment_expression') {
      const sign = childByField(node, 'operator');
      const operator = sign ? lowering.text(sign).replace(/=$/, '') : '?';
      const target = lowerExpression(left, lowering);
      return [{ kind: 'augment', target, operator, value: lowerExpression(right, lowering), start, end }];
    }
  }
  return [{ kind: 'expression', value: lowerExpression(node, lowering), start, end }];
}

function lowerDeclarator(node: SyntaxNode, lowering: Lowering): Statement[] {
  const { start, end } = node;
  const name = childByField(node, 'name');
  const value = childByField(node, 'value');
  if (name === null || value === null) return [];
  const module = requiredModule(value, lowering);
  if (module === null) return bind(name, value, lowering);
  if (name.type === 'identifier')
    return [{ kind: 'import', bindings: [{ name: lowering.text(name), path: module }], start, end }];
  const bindings = name.children.flatMap((child) => {
    const inner = childByField(child, 'value') ?? childByField(child, 'left') ?? child;
    const key = childByField(child, 'key') ?? inner;
    return [{ name: lowering.text(inner), path: `${module}.${lowering.text(key)}` }];
  });
  return [{ kind: 'import', bindings, start, end }];
}

function bind(left: SyntaxNode, right: SyntaxNode, lowering: Lowering): Statement[] {
  const { start, end } = { start: left.start, end: right.end };
  if (isFunction(right)) {
    const written = lowering.text(left);
    const name = written.slice(written.lastIndexOf('.') + 1);
    return [{ kind: 'function', function: lowerFunction(right, name, lowering), start, end }];
  }
  const value = lowerExpression(right, lowering);
  if (!left.type.endsWith('_pattern')) return assignment(lowerExpression(left, lowering), value, { start, end });
  if (value.kind === 'name' || value.kind === 'member') return bindPattern(left, value, lowering);
  const whole = temporary(right);
  return [{ kind: 'assign', targets: [whole], value, start, end }, ...bindPattern(left, whole, lowering)];
}

function assignment(target: Expression, value: Expression, { start, end }: Range): Statement[] {
  const write = computedWrite(target);
  const written: Statement[] = write === null ? [] : [{ kind: 'expression', value: write, start, end }];
  return [...written, { kind: 'assign', targets: [target], value, start, end }];
}

function importBindings(node: SyntaxNode, lowering: Lowering): { name: string; path: string }[] {
  const source = childByField(node, 'source');
  const clause = childByType(node, 'import_clause');
  if (source === null || clause === null) return [];
  const module = modulePath(lowering.text(source).slice(1, -1));
  return clause.children.flatMap((child) => {
    if (child.type === 'identifier') return [{ name: lowering.text(child), path: module }];
    if (child.type === 'namespace_import')
      return child.children.map((name) => ({ name: lowering.text(name), path: module }));
    return child.children.flatMap((specifier) => {
      const name = childByField(specifier, 'name');
      const alias = childByField(specifier, 'alias') ?? name;
      return name && alias ? [{ name: lowering.text(alias), path: `${module}.${lowering.text(name)}` }] : [];
    });
  });
}
