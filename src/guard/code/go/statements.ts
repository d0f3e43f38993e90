/** Go statements to IR. */
import { opaque } from '../building.js';
import type { Expression, Item, Range, Statement } from '../ir.js';
import { childByField, childByType, childrenByField, type SyntaxNode } from '../syntax.js';
import { lowerCondition, lowerExpression, lowerMembership } from './expressions.js';
import { lowerFunction } from './functions.js';
import { type GoLowering } from './lower.js';
import { lowerSelect, lowerSwitch } from './switches.js';

export const lowerBlock = (nodes: readonly SyntaxNode[], lowering: GoLowering): Statement[] =>
  nodes.flatMap((node) => lowering.nested<Statement[]>(() => lowerStatement(node, lowering), []));

export const lowerBody = (node: SyntaxNode | null, lowering: GoLowering): Statement[] =>
  node === null ? [] : lowerBlock(node.type === 'block' ? node.children : [node], lowering);

function lowerStatement(node: SyntaxNode, lowering: GoLowering): Statement[] {
  const { start, end } = node;
  const [first] = node.children;
  switch (node.type) {
    case 'statement_list':
    case 'labeled_statement':
    case 'var_spec_list':
    case 'const_declaration':
    case 'var_declaration':
    case 'ERROR':
      return lowerBlock(node.children, lowering);
    case 'block':
      return [{ kind: 'block', body: lowerBlock(node.children, lowering), start, end }];
    case 'function_declaration':
    case 'method_declaration':
      return [{ kind: 'function', function: lowerFunction(node, lowering), start, end }];
    case 'import_declaration':
      return lowerImports(node, lowering);
    case 'const_spec':
    case 'var_spec':
      return lowerDeclaration(node, lowering);
    case 'short_var_declaration':
    case 'assignment_statement':
    case 'receive_statement':
      return lowerAssignment(node, lowering);
    case 'expression_statement':
    case 'go_statement':
    case 'defer_statement':
      return first ? lowerExpressionStatement(first, lowering) : [];
    case 'return_statement':
      return [{ kind: 'return', value: lowerReturned(node, lowering), start, end }];
    case 'break_statement':
    case 'continue_statement':
    case 'goto_statement':
      return [{ kind: 'jump', start, end }];
    case 'package_clause':
    case 'type_declaration':
    case 'fallthrough_statement':
    case 'inc_statement':
    case 'dec_statement':
    case 'label_name':
    case 'identifier':
      return [];
    default:
      return lowerCompound(node, lowering);
  }
}

function lowerCompound(node: SyntaxNode, lowering: GoLowering): Statement[] {
  switch (node.type) {
    case 'if_statement':
      return lowerIf(node, lowering);
    case 'for_statement':
      return lowerFor(node, lowering);
    case 'expression_switch_statement':
    case 'type_switch_statement':
      return lowerSwitch(node, lowering);
    case 'select_statement':
      return lowerSelect(node, lowering);
    case 'send_statement':
      return lowerExpressionStatement(node, lowering);
    default:
      return [{ kind: 'expression', value: lowerExpression(node, lowering), start: node.start, end: node.end }];
  }
}

function lowerIf(node: SyntaxNode, lowering: GoLowering): Statement[] {
  const { start, end } = node;
  const begin = childByField(node, 'initializer');
  const test = childByField(node, 'condition');
  const before = begin === null ? [] : lowerBlock([begin], lowering);
  const condition = lowerCondition(test, lowering);
  const [, failure] = /^(\w+)\s*!=\s*nil$/.exec(test ? lowering.text(test) : '') ?? [];
  const isNew = failure !== undefined && !lowering.failures.has(failure);
  if (isNew) lowering.failures.add(failure);
  const body = lowerBody(childByField(node, 'consequence'), lowering);
  if (isNew) lowering.failures.delete(failure);
  const otherwise = lowerBody(childByField(node, 'alternative'), lowering);
  return [...before, { kind: 'if', branches: [{ condition, body }], otherwise, start, end }];
}

function lowerFor(node: SyntaxNode, lowering: GoLowering): Statement[] {
  const { start, end } = node;
  const range = childByType(node, 'range_clause');
  const clause = childByType(node, 'for_clause');
  const body = lowerBody(childByField(node, 'body'), lowering);
  if (range !== null) {
    const iterable = lowerExpression(childByField(range, 'right'), lowering);
    const [key, value] = childByField(range, 'left')?.children ?? [];
    const one = lowerExpression(value ?? key, lowering);
    // The key of a map comes from outside as its values do.
    const element: Expression = { kind: 'index', object: iterable, index: opaque(range), start, end };
    const keyed: Statement[] =
      key === undefined || value === undefined || lowering.text(key) === '_'
        ? []
        : [{ kind: 'assign', targets: [lowerExpression(key, lowering)], value: element, start, end }];
    const each = { target: one, iterable };
    return [{ kind: 'loop', each, condition: null, body: [...keyed, ...body], otherwise: [], start, end }];
  }
  const begin = clause === null ? null : childByField(clause, 'initializer');
  const test =
    clause === null ? node.children.find(({ field }) => field !== 'body') : childByField(clause, 'condition');
  const condition = test ? lowerCondition(test, lowering) : null;
  return [
    ...(begin === null ? [] : lowerBlock([begin], lowering)),
    { kind: 'loop', each: null, condition, body, otherwise: [], start, end },
  ];
}

/** `return value, err` where the error is known: the analysis reads it as true, and nil as false. */
function lowerReturned(node: SyntaxNode, lowering: GoLowering): Expression | null {
  const values = (node.children[0]?.children ?? []).map((child): Expression => {
    const text = lowering.text(child);
    const { start, end } = child;
    const isFailure = lowering.failures.has(text) || /^(?:errors\.New|fmt\.Errorf)\(/.test(text);
    return isFailure ? { kind: 'constant', value: true, start, end } : lowerExpression(child, lowering);
  });
  const [only] = values;
  if (only === undefined || values.length === 1) return only ?? null;
  return tuple(values, node);
}

const tuple = (values: readonly Expression[], { start, end }: Range): Expression => ({
  ...{ kind: 'collection', type: 'tuple', items: values.map((value): Item => ({ value, spread: false })) },
  ...{ start, end },
});

/** `var b strings.Builder` begins as the empty text. */
function lowerDeclaration(node: SyntaxNode, lowering: GoLowering): Statement[] {
  const { start, end } = node;
  const names = childrenByField(node, 'name').filter(({ type }) => type === 'identifier');
  const values = childByField(node, 'value')?.children ?? [];
  if (values.length > 0) return lowerPairs(names, values, node, lowering);
  const type = childByField(node, 'type');
  if (type === null || !/^(?:string|strings\.Builder|bytes\.Buffer)$/.test(lowering.text(type))) return [];
  const empty: Expression = { kind: 'constant', value: '', start, end };
  return names.map((name) => ({
    ...{ kind: 'assign', targets: [lowerExpression(name, lowering)], value: empty, start, end },
  }));
}

function lowerAssignment(node: SyntaxNode, lowering: GoLowering): Statement[] {
  const { start, end } = node;
  const sides = (name: string): readonly SyntaxNode[] => {
    const side = childByField(node, name);
    return side?.type === 'expression_list' ? side.children : side === null ? [] : [side];
  };
  const sign = childByField(node, 'operator');
  const operator = (sign ? lowering.text(sign) : '=').replace(/=$/, '');
  const [target] = sides('left');
  if (operator !== '' && operator !== ':' && target !== undefined) {
    const value = lowerExpression(childByField(node, 'right'), lowering);
    return [{ kind: 'augment', target: lowerExpression(target, lowering), operator, value, start, end }];
  }
  return lowerPairs(sides('left'), sides('right'), node, lowering);
}

/** Names of what a call gives beside its value. */
const OUTCOMES = /^(?:_|err\w*|ok|found|exists|is[A-Z]\w*)$/;

function lowerPairs(
  targets: readonly SyntaxNode[],
  values: readonly SyntaxNode[],
  range: Range,
  lowering: GoLowering,
): Statement[] {
  const { start, end } = range;
  const assigned = (target: SyntaxNode, value: Expression): Statement => ({
    ...{ kind: 'assign', targets: [lowerExpression(target, lowering)], value, start, end },
  });
  const [only] = values;
  if (only === undefined || values.length > 1 || targets.length < 2)
    return targets.flatMap((target, index) => {
      const value = values[index];
      if (value === undefined) return [];
      return [...filledBy(value, lowering), assigned(target, lowerExpression(value, lowering))];
    });
  const value = lowerExpression(only, lowering);
  if (only.type === 'index_expression') {
    const [element, isThere] = targets;
    return [
      ...(element === undefined || lowering.text(element) === '_' ? [] : [assigned(element, value)]),
      ...(isThere === undefined ? [] : [assigned(isThere, lowerMembership(only, lowering))]),
    ];
  }
  const isOwn = value.kind === 'call' && value.callee.kind === 'name' && lowering.declared.has(value.callee.name);
  if (isOwn) {
    const names = targets.map((target) => lowerExpression(target, lowering));
    return [{ kind: 'assign', targets: [tuple(names, range)], value, start, end }];
  }
  // A library gives its result and whether there is one. It is called once, whatever it is assigned to.
  const [first, ...others] = targets.filter((target) => !OUTCOMES.test(lowering.text(target)));
  const outcomes = targets.filter((target) => OUTCOMES.test(lowering.text(target)) && lowering.text(target) !== '_');
  const called: Statement[] =
    first === undefined ? [{ kind: 'expression', value, start, end }] : [assigned(first, value)];
  return [
    ...filledBy(only, lowering),
    ...called,
    ...(first === undefined ? [] : others.map((target) => assigned(target, lowerExpression(first, lowering)))),
    ...outcomes.map((target) => assigned(target, opaque(range))),
  ];
}

function lowerExpressionStatement(node: SyntaxNode, lowering: GoLowering): Statement[] {
  const { start, end } = node;
  const value = lowerExpression(node, lowering);
  return [...filledBy(node, lowering), { kind: 'expression', value, start, end }];
}

/** What a call writes where a pointer leads: `decoder.Decode(&into)`, and the text that a builder gets longer by. */
function filledBy(node: SyntaxNode, lowering: GoLowering): Statement[] {
  const target = node.type === 'call_expression' ? childByField(node, 'function') : null;
  if (target?.type !== 'selector_expression') return [];
  const { start, end } = node;
  const operand = childByField(target, 'operand');
  const field = childByField(target, 'field');
  const name = field ? lowering.text(field) : '';
  const args = childByField(node, 'arguments')?.children ?? [];
  const pointed = args.find((child) => child.type === 'unary_expression' && lowering.code.charAt(child.start) === '&');
  const into = pointed === undefined ? null : childByField(pointed, 'operand');
  if (name === 'WriteString' && operand?.type === 'identifier' && args[0] !== undefined) {
    const added = lowerExpression(args[0], lowering);
    return [{ kind: 'augment', target: lowerExpression(operand, lowering), operator: '+', value: added, start, end }];
  }
  if (into === null) return [];
  const [first, ...rest] = args;
  if (name === 'Fprintf' && first === pointed && rest[0] !== undefined) {
    const call = lowerExpression(node, lowering);
    const text = call.kind === 'call' ? call.arguments.at(-1)?.value : undefined;
    if (text !== undefined)
      return [{ kind: 'augment', target: lowerExpression(into, lowering), operator: '+', value: text, start, end }];
  }
  const isDecoded = /^(?:Decode|BodyParser|QueryParser|(?:Should|Must)?Bind\w*)$/.test(name);
  const source = isDecoded ? operand : /^Unmarshal/.test(name) ? first : undefined;
  if (!source) return [];
  return [
    {
      kind: 'assign',
      targets: [lowerExpression(into, lowering)],
      value: lowerExpression(source, lowering),
      start,
      end,
    },
  ];
}

/** Packages that share the last part of their path with a harmless one keep all of it. */
const WHOLE_PATHS = new Set(['crypto/rand', 'text/template']);

function lowerImports(node: SyntaxNode, lowering: GoLowering): Statement[] {
  const { start, end } = node;
  const list = childByType(node, 'import_spec_list');
  const bindings = (list ?? node).children.flatMap((spec) => {
    const written = childByField(spec, 'path');
    const alias = childByField(spec, 'name');
    if (written === null) return [];
    const path = lowering.text(written).slice(1, -1);
    const parts = path.split('/').filter((part) => !/^v\d+$/.test(part));
    const last = (parts.at(-1) ?? '').replace(/\.v\d+$|^go[.-]|[.-]go$/g, '');
    const name = alias ? lowering.text(alias) : last;
    return name === '_' || name === '.' ? [] : [{ name, path: WHOLE_PATHS.has(path) ? path : last }];
  });
  return [{ kind: 'import', bindings, start, end }];
}
