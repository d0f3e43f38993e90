/** Functions, closures and classes of PHP to IR. */
import type { Expression, FunctionNode, Parameter, Range, Statement } from '../ir.js';
import type { Lowering } from '../lowering.js';
import { childByField, childByType, type SyntaxNode } from '../syntax.js';
import { argumentsOf } from './calls.js';
import { lowerExpression } from './expressions.js';
import { simpleName } from './lower.js';
import { lowerBlock, lowerBody } from './statements.js';

export function lowerFunction(node: SyntaxNode, lowering: Lowering): FunctionNode {
  const { start, end } = node;
  const written = childByField(node, 'name');
  const name = written ? lowering.text(written) : '';
  return lowering.within(name, () => ({
    name,
    parameters: parametersOf(node, lowering),
    body: lowerBody(childByField(node, 'body'), lowering),
    decorators: attributesOf(node, lowering),
    start,
    end,
  }));
}

/** A closure, or an arrow function, whose body is what it returns. */
export function lowerClosure(node: SyntaxNode, lowering: Lowering): FunctionNode {
  const { start, end } = node;
  const body = childByField(node, 'body');
  const statements: Statement[] =
    node.type === 'arrow_function' && body !== null
      ? [{ kind: 'return', value: lowerExpression(body, lowering), start: body.start, end: body.end }]
      : lowerBody(body, lowering);
  return { name: '', parameters: parametersOf(node, lowering), body: statements, decorators: [], start, end };
}

const parametersOf = (node: SyntaxNode, lowering: Lowering): Parameter[] =>
  (childByField(node, 'parameters')?.children ?? []).flatMap((child): Parameter[] => {
    const name = childByField(child, 'name');
    if (name === null) return [];
    const type = childByField(child, 'type');
    const fallback = childByField(child, 'default_value');
    return [
      {
        name: lowering.text(name).replace(/^[&.]+/, ''),
        kind: child.type === 'variadic_parameter' ? 'rest' : 'plain',
        annotation: type ? simpleName(lowering.text(type).replace(/^\?/, '')) : null,
        fallback: fallback ? lowerExpression(fallback, lowering) : null,
      },
    ];
  });

/** Attributes such as `#[Route('/orders')]`. */
const attributesOf = (node: SyntaxNode, lowering: Lowering): Expression[] =>
  (childByField(node, 'attributes')?.children ?? [])
    .flatMap(({ children }) => children)
    .flatMap((attribute): Expression[] => {
      const [name] = attribute.children;
      if (name === undefined) return [];
      const { start, end } = attribute;
      const callee: Expression = { kind: 'name', name: simpleName(lowering.text(name)), start, end };
      const given = argumentsOf(childByField(attribute, 'parameters'), lowering);
      // With any path: a handler is one wherever it is mounted.
      const path: Expression = { kind: 'constant', value: '', start, end };
      return [
        {
          kind: 'call',
          callee,
          arguments: [{ name: null, value: path, spread: false }, ...given.slice(1)],
          start,
          end,
        },
      ];
    });

export function lowerClass(node: SyntaxNode, lowering: Lowering): Statement {
  const { start, end } = node;
  const name = childByField(node, 'name');
  const members = childByField(node, 'body')?.children ?? [];
  const bases = (childByType(node, 'base_clause')?.children ?? []).map(
    (base): Expression => ({ kind: 'name', name: simpleName(lowering.text(base)), start: base.start, end: base.end }),
  );
  const body = members.flatMap((member) => lowering.nested<Statement[]>(() => lowerMember(member, lowering), []));
  return { kind: 'class', name: name ? lowering.text(name) : '', bases, decorators: [], body, start, end };
}

function lowerMember(member: SyntaxNode, lowering: Lowering): Statement[] {
  const { start, end } = member;
  switch (member.type) {
    case 'method_declaration':
      return [{ kind: 'function', function: lowerMethod(member, lowering), start, end }];
    case 'property_declaration':
      return member.children
        .flatMap((child) => {
          const name = childByField(child, 'name');
          const value = childByField(child, 'default_value');
          if (name === null) return [];
          return [attribute(lowering.text(name).slice(1), value ? lowerExpression(value, lowering) : null, child)];
        })
        .filter((statement) => statement !== null);
    case 'const_declaration':
    case 'enum_case':
      return lowerBlock([member], lowering);
    default:
      return [];
  }
}

/** A field of a class; one without a value is anything. */
function attribute(name: string, value: Expression | null, { start, end }: Range): Statement | null {
  if (value === null) return null;
  return { kind: 'assign', targets: [{ kind: 'name', name, start, end }], value, start, end };
}

/** Methods get the `self` that PHP does not write, and constructors the fields that their parameters declare. */
function lowerMethod(node: SyntaxNode, lowering: Lowering): FunctionNode {
  const lowered = lowerFunction(node, lowering);
  const { start, end } = node;
  const isStatic = childByType(node, 'static_modifier') !== null;
  const self: Parameter = { name: 'self', kind: 'plain', annotation: null, fallback: null };
  const promoted = (childByField(node, 'parameters')?.children ?? []).flatMap((child): Statement[] => {
    const name = childByField(child, 'name');
    if (child.type !== 'property_promotion_parameter' || name === null) return [];
    const text = lowering.text(name);
    const object: Expression = { kind: 'name', name: 'self', start, end };
    const target: Expression = { kind: 'member', object, name: text.slice(1), start: child.start, end: child.end };
    const value: Expression = { kind: 'name', name: text, start: name.start, end: name.end };
    return [{ kind: 'assign', targets: [target], value, start: child.start, end: child.end }];
  });
  const staticMark: Expression = { kind: 'name', name: 'staticmethod', start, end: start };
  return {
    ...lowered,
    name: lowered.name === '__construct' ? '__init__' : lowered.name,
    parameters: isStatic ? lowered.parameters : [self, ...lowered.parameters],
    body: [...promoted, ...lowered.body],
    decorators: isStatic ? [staticMark, ...lowered.decorators] : lowered.decorators,
  };
}
