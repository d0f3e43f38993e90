/** Functions, parameters and patterns of JavaScript to IR. */
import type { Expression, FunctionNode, Parameter, Range, Statement } from '../ir.js';
import type { Lowering } from '../lowering.js';
import { childByField, childByType, type SyntaxNode } from '../syntax.js';
import { lowerExpression } from './expressions.js';
import { lowerBlock } from './statements.js';

/** A function that gets a request is an entry from outside even where it has no name. */
const REQUEST =
  /^\(?\s*(?:async\s*)?[({\s]*(?:req|request|ctx|context|event|socket|_req|body|query|params|entry|zipEntry|header)\b/;

export function lowerFunction(node: SyntaxNode, given: string, lowering: Lowering): FunctionNode {
  const { start, end } = node;
  const list = childByField(node, 'parameters') ?? childByField(node, 'parameter');
  const own = childByField(node, 'name');
  const isHandler = list !== null && REQUEST.test(lowering.text(list));
  const name = given || (own ? lowering.text(own) : '') || (isHandler ? 'handler' : '');
  return lowering.within(name, () => {
    const prologue: Statement[] = [];
    const nodes = list === null ? [] : list.type === 'formal_parameters' ? list.children : [list];
    const parameters = nodes.map((child) => lowerParameter(child, prologue, lowering));
    const body = childByField(node, 'body');
    const inner: readonly Statement[] =
      body === null
        ? []
        : body.type === 'statement_block'
          ? lowerBlock(body.children, lowering)
          : body.type === 'assignment_expression'
            ? lowerBlock([body], lowering)
            : [{ kind: 'return', value: lowerExpression(body, lowering), start: body.start, end: body.end }];
    return { name, parameters, body: [...prologue, ...inner], decorators: [], start, end };
  });
}

function lowerParameter(outer: SyntaxNode, prologue: Statement[], lowering: Lowering): Parameter {
  // TypeScript wraps a parameter with its type.
  const typed = /_parameter$/.test(outer.type);
  const node = (typed ? childByField(outer, 'pattern') : null) ?? outer;
  const type = typed ? childByField(outer, 'type') : null;
  const value = childByField(outer, 'value') ?? childByField(node, 'right');
  const target = childByField(node, 'left') ?? (node.type === 'rest_pattern' ? (node.children[0] ?? node) : node);
  const isPlain = target.type === 'identifier';
  // `({ body })` of a handler is the request taken apart.
  const isRequest = /\b(?:body|query|params|headers|cookies)\b/.test(lowering.text(target));
  const name = isPlain ? lowering.text(target) : isRequest ? 'req' : `options${target.start}`;
  if (!isPlain)
    prologue.push(...bindPattern(target, { kind: 'name', name, start: target.start, end: target.end }, lowering));
  return {
    name,
    kind: node.type === 'rest_pattern' ? 'rest' : 'plain',
    annotation: type ? lowering.text(type).replace(/^:\s*/, '') : null,
    fallback: value ? lowerExpression(value, lowering) : null,
  };
}

/** The assignments that a pattern such as `{ a, b: { c } = {}, ...d }` stands for. `source` is read once per name: it must be a name or a member. */
export function bindPattern(pattern: SyntaxNode, source: Expression, lowering: Lowering): Statement[] {
  const { start, end } = pattern;
  const assign = (target: Expression, value: Expression): Statement => ({
    kind: 'assign',
    targets: [target],
    value,
    start,
    end,
  });
  if (pattern.type === 'object_pattern')
    return pattern.children.flatMap((child) => {
      if (child.type === 'rest_pattern')
        return child.children[0] ? bindPattern(child.children[0], source, lowering) : [];
      const isPair = child.type === 'pair_pattern';
      const inner = isPair ? childByField(child, 'value') : (childByField(child, 'left') ?? child);
      const key = isPair ? childByField(child, 'key') : inner;
      if (inner === null || key === null) return [];
      const name = lowering.text(key).replace(/^['"]|['"]$/g, '');
      return bindPattern(inner, { kind: 'member', object: source, name, start: child.start, end: child.end }, lowering);
    });
  if (pattern.type === 'array_pattern')
    return pattern.children.flatMap((child, position) => {
      const index: Expression = { kind: 'constant', value: position, start, end };
      return bindPattern(child, { kind: 'index', object: source, index, start, end }, lowering);
    });
  if (pattern.type === 'assignment_pattern') {
    const left = childByField(pattern, 'left');
    const right = lowerExpression(childByField(pattern, 'right'), lowering);
    return left
      ? bindPattern(left, { kind: 'logical', operator: 'or', left: source, right, start, end }, lowering)
      : [];
  }
  return [assign(lowerExpression(pattern, lowering), source)];
}

export function lowerClass(node: SyntaxNode, lowering: Lowering): Statement {
  const { start, end } = node;
  const name = childByField(node, 'name');
  const heritage = childByType(node, 'class_heritage');
  const members = childByField(node, 'body')?.children ?? [];
  const body = members.flatMap((member): Statement[] => lowerMember(member, lowering));
  const bases = (heritage?.children ?? []).map((base) => lowerExpression(base, lowering));
  return { kind: 'class', name: name ? lowering.text(name) : '', bases, decorators: [], body, start, end };
}

/** Methods get the `self` that JavaScript does not write. */
function lowerMember(member: SyntaxNode, lowering: Lowering): Statement[] {
  const { start, end } = member;
  const key = childByField(member, 'name') ?? childByField(member, 'property');
  if (key === null) return [];
  const value = childByField(member, 'value');
  const function_ = member.type === 'method_definition' ? member : isFunction(value) ? value : null;
  if (function_ === null) {
    if (value === null) return [];
    const target: Expression = { kind: 'name', name: lowering.text(key), start: key.start, end: key.end };
    return [{ kind: 'assign', targets: [target], value: lowerExpression(value, lowering), start, end }];
  }
  const written = lowering.text(key);
  const lowered = lowerFunction(function_, written === 'constructor' ? '__init__' : written, lowering);
  const self: Parameter = { name: 'self', kind: 'plain', annotation: null, fallback: null };
  return [{ kind: 'function', function: { ...lowered, parameters: [self, ...lowered.parameters] }, start, end }];
}

export const isFunction = (node: SyntaxNode | null): node is SyntaxNode =>
  node !== null && ['arrow_function', 'function_expression', 'generator_function'].includes(node.type);

export const temporary = (range: Range): Expression => ({
  kind: 'name',
  name: `value${range.start}`,
  start: range.start,
  end: range.end,
});
