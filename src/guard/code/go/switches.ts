/** The `switch` and `select` statements of Go to IR. */
import { opaque } from '../building.js';
import type { Expression, Statement } from '../ir.js';
import { childByField, type SyntaxNode } from '../syntax.js';
import { lowerCondition, lowerExpression } from './expressions.js';
import { type GoLowering } from './lower.js';
import { lowerBlock } from './statements.js';

/** Each case is a branch on equality; falling through from one to the next is not followed. */
export function lowerSwitch(node: SyntaxNode, lowering: GoLowering): Statement[] {
  const { start, end } = node;
  const begin = childByField(node, 'initializer');
  const alias = childByField(node, 'alias');
  const written = childByField(node, 'value');
  const subject = written === null ? null : lowerExpression(written, lowering);
  const before = begin === null ? [] : lowerBlock([begin], lowering);
  if (alias !== null && subject !== null)
    before.push({ kind: 'assign', targets: [lowerExpression(alias, lowering)], value: subject, start, end });
  const cases = node.children.filter(({ type }) => type === 'expression_case' || type === 'type_case');
  const branches = cases.map((each) => ({
    condition: conditionOf(each, subject, lowering),
    body: lowerBlock(bodyOf(each), lowering),
  }));
  const last = node.children.find(({ type }) => type === 'default_case');
  const otherwise = last === undefined ? [] : lowerBlock(bodyOf(last), lowering);
  return branches.length > 0
    ? [...before, { kind: 'if', branches, otherwise, start, end }]
    : [...before, { kind: 'block', body: otherwise, start, end }];
}

/** A `break` ends the case, not the loop around the switch. */
const bodyOf = (node: SyntaxNode): SyntaxNode[] =>
  node.children
    .filter(({ type }) => type === 'statement_list')
    .flatMap(({ children }) => children.filter(({ type }) => type !== 'break_statement'));

function conditionOf(node: SyntaxNode, subject: Expression | null, lowering: GoLowering): Expression {
  const { start, end } = node;
  const values = childByField(node, 'value')?.children ?? [];
  if (node.type === 'type_case') return opaque(node);
  const tests = values.map(
    (value): Expression =>
      subject === null
        ? lowerCondition(value, lowering)
        : { kind: 'compare', operator: '==', left: subject, right: lowerExpression(value, lowering), start, end },
  );
  const [first = opaque(node), ...rest] = tests;
  return rest.reduce<Expression>(
    (left, right) => ({ kind: 'logical', operator: 'or', left, right, start, end }),
    first,
  );
}

/** Any of its cases may run. */
export function lowerSelect(node: SyntaxNode, lowering: GoLowering): Statement[] {
  const { start, end } = node;
  const branches = node.children.map((each) => {
    const communication = childByField(each, 'communication');
    const before = communication === null ? [] : lowerBlock([communication], lowering);
    return { condition: opaque(each), body: [...before, ...lowerBlock(bodyOf(each), lowering)] };
  });
  return [{ kind: 'if', branches, otherwise: [], start, end }];
}
