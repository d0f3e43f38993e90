/** Java expressions to IR. What Python has in another form is written in that form, so that one analysis reads both. */
import { chainOf, formatted, libraryCall, opaque } from '../building.js';
import type { Argument, Expression, Range } from '../ir.js';
import type { Lowering } from '../lowering.js';
import { childByField, childByType, type SyntaxNode } from '../syntax.js';
import { lowerLambda } from './functions.js';
import { lowerMembers } from './members.js';

const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=']);
const BUILDERS = /^(?:StringBuilder|StringBuffer|StringJoiner)$/;

export function lowerExpression(outer: SyntaxNode | null | undefined, lowering: Lowering): Expression {
  if (!outer) return opaque({ start: 0, end: 0 });
  let node = outer;
  while (node.type === 'parenthesized_expression') {
    const [inner] = node.children;
    if (inner === undefined) break;
    node = inner;
  }
  return lowering.nested<Expression>(() => lowerNode(node, lowering), opaque(node));
}

const lowerAll = (nodes: readonly SyntaxNode[], lowering: Lowering): Expression[] =>
  nodes.map((node) => lowerExpression(node, lowering));

function lowerNode(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  const field = (name: string): Expression => lowerExpression(childByField(node, name), lowering);
  switch (node.type) {
    case 'identifier':
    case 'type_identifier':
      return { kind: 'name', name: lowering.text(node), start, end };
    case 'null_literal':
      return { kind: 'constant', value: null, start, end };
    case 'true':
    case 'false':
      return { kind: 'constant', value: node.type === 'true', start, end };
    case 'decimal_integer_literal':
    case 'hex_integer_literal':
    case 'octal_integer_literal':
    case 'binary_integer_literal':
    case 'decimal_floating_point_literal':
      return { kind: 'constant', value: Number(lowering.text(node).replace(/_|[lLfFdD]$/g, '')), start, end };
    case 'string_literal':
    case 'character_literal':
      return { kind: 'constant', value: plainString(lowering.text(node)), start, end };
    case 'field_access':
      return lowerField(node, lowering);
    case 'array_access':
      return { kind: 'index', object: field('array'), index: field('index'), start, end };
    case 'method_invocation':
      return lowerInvocation(node, lowering);
    case 'object_creation_expression':
      return lowerCreation(node, lowering);
    case 'binary_expression':
      return lowerBinary(node, lowering);
    case 'cast_expression':
      return lowerCast(node, lowering);
    case 'lambda_expression':
      return { kind: 'lambda', function: lowerLambda(node, lowering), start, end };
    default:
      return lowerContainer(node, lowering);
  }
}

function lowerContainer(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  const field = (name: string): Expression => lowerExpression(childByField(node, name), lowering);
  switch (node.type) {
    case 'unary_expression':
      return lowering.code.startsWith('!', start)
        ? { kind: 'not', operand: field('operand'), start, end }
        : opaque(node, [field('operand')]);
    case 'ternary_expression':
      return {
        ...{ kind: 'conditional', condition: field('condition'), then: field('consequence') },
        ...{ otherwise: field('alternative'), start, end },
      };
    case 'assignment_expression': {
      const left = childByField(node, 'left');
      if (left?.type !== 'identifier') return field('right');
      return { kind: 'bind', name: lowering.text(left), value: field('right'), start, end };
    }
    case 'array_creation_expression': {
      const value = childByField(node, 'value');
      return value === null ? opaque(node) : lowerExpression(value, lowering);
    }
    case 'array_initializer':
    case 'element_value_array_initializer': {
      const items = lowerAll(node.children, lowering).map((value) => ({ value, spread: false }));
      return { kind: 'collection', type: 'list', items, start, end };
    }
    case 'instanceof_expression':
      return libraryCall('isinstance', [field('left')], node);
    case 'switch_expression':
      return lowerSwitchValue(node, lowering);
    default:
      return opaque(node, lowerAll(node.children, lowering));
  }
}

/** One of the values that its rules give; what a block yields is not followed. */
function lowerSwitchValue(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  const subject = lowerExpression(childByField(node, 'condition'), lowering);
  const values = (childByField(node, 'body')?.children ?? []).flatMap(({ children }): Expression[] => {
    const last = children.find(({ type }) => type !== 'switch_label');
    return last === undefined
      ? []
      : [lowerExpression(last.type === 'expression_statement' ? last.children[0] : last, lowering)];
  });
  const [first = opaque(node), ...rest] = values;
  return rest.reduce<Expression>(
    (otherwise, then) => ({ kind: 'conditional', condition: subject, then, otherwise, start, end }),
    first,
  );
}

/** `this.x` reads as the name `x`: fields stand where the class stood. */
function lowerField(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  const object = childByField(node, 'object');
  const property = childByField(node, 'field');
  const name = property ? lowering.text(property) : '';
  if (object?.type === 'this') return { kind: 'name', name, start, end };
  // `java.nio.file.Files` is `Files`, as after an import.
  if (/^[A-Z]/.test(name) && object !== null && /^[a-z][\w.]*$/.test(lowering.text(object)))
    return { kind: 'name', name, start, end };
  return { kind: 'member', object: lowerExpression(object, lowering), name, start, end };
}

/** A number that text was turned into cannot carry an attack. */
function lowerCast(node: SyntaxNode, lowering: Lowering): Expression {
  const type = childByField(node, 'type');
  const value = lowerExpression(childByField(node, 'value'), lowering);
  const isNumber =
    type !== null &&
    /^(?:int|long|short|byte|double|float|char|boolean|Integer|Long|Double|Boolean)$/.test(lowering.text(type));
  return isNumber ? libraryCall('Integer.parseInt', [value], node) : value;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0', s: ' ' };
const plainString = (text: string): string =>
  text
    .replace(/^(?:"""[ \t]*\n?|["'])/, '')
    .replace(/(?:"""|["'])$/, '')
    .replace(/\\(?:u+([\da-fA-F]{4})|([\s\S]))/g, (_, code?: string, plain?: string) =>
      plain === undefined ? String.fromCharCode(Number.parseInt(code ?? '0', 16)) : (ESCAPES[plain] ?? plain),
    );

/** Folds long chains from the left without recursing down their left spine. */
function lowerBinary(node: SyntaxNode, lowering: Lowering): Expression {
  const { leftmost, operations } = chainOf(node);
  let left = lowerExpression(leftmost, lowering);
  for (const part of operations) {
    const sign = childByField(part, 'operator');
    const operator = sign ? lowering.text(sign) : '?';
    const right = lowerExpression(childByField(part, 'right'), lowering);
    const range = { left, right, start: node.start, end: part.end };
    if (operator === '&&') left = { kind: 'logical', operator: 'and', ...range };
    else if (operator === '||') left = { kind: 'logical', operator: 'or', ...range };
    else if (COMPARISONS.has(operator)) left = { kind: 'compare', operator, ...range };
    // The modulus of numbers: a percent sign formats text in the analysis.
    else if (operator === '%') left = opaque(part, []);
    else left = { kind: 'binary', operator, ...range };
  }
  return left;
}

const argumentsOf = (node: SyntaxNode, lowering: Lowering): Argument[] =>
  (childByField(node, 'arguments')?.children ?? []).map((child) => ({
    name: null,
    value: lowerExpression(child, lowering),
    spread: false,
  }));

function lowerCreation(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  const type = childByField(node, 'type');
  const name = type ? simpleName(lowering.text(type)) : '';
  const args = argumentsOf(node, lowering);
  const body = childByType(node, 'class_body');
  const callee: Expression = { kind: 'name', name, start: type?.start ?? start, end: type?.end ?? end };
  if (BUILDERS.test(name)) {
    const [first] = args;
    // A number is its capacity.
    const isText =
      first !== undefined && typeof (first.value.kind === 'constant' ? first.value.value : '') === 'string';
    return isText && name !== 'StringJoiner' ? first.value : { kind: 'constant', value: '', start, end };
  }
  // An address is its text.
  if (/^UR[LI]$/.test(name) && args.length === 1 && args[0] !== undefined) return args[0].value;
  const call: Expression = { kind: 'call', callee, arguments: args, start, end };
  if (body === null) return call;
  const members = lowerMembers(body.children, lowering);
  const lambdas = members.flatMap((member): Expression[] =>
    member.kind === 'function' ? [{ kind: 'lambda', function: member.function, start, end }] : [],
  );
  return opaque(node, [call, ...lambdas]);
}

/** Without packages and type arguments. */
export const simpleName = (text: string): string => {
  const plain = text.replace(/<[^]*$/, '').replace(/^[\w$.]*\./, '');
  return plain.trim();
};

function lowerInvocation(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  const range = { start, end };
  const object = childByField(node, 'object');
  const property = childByField(node, 'name');
  const name = property ? lowering.text(property) : '';
  const args = argumentsOf(node, lowering);
  const isOwn = object === null || object.type === 'this' || object.type === 'super';
  if (isOwn) {
    const callee: Expression = { kind: 'name', name, start: property?.start ?? start, end: property?.end ?? end };
    lowering.noteCall(callee);
    return { kind: 'call', callee, arguments: args, ...range };
  }
  const receiver = lowerExpression(object, lowering);
  const known = lowerKnown({ receiver, name, values: args.map(({ value }) => value), range });
  if (known !== null) return known;
  // Up to the arguments: rules look at what stands before the last dot.
  const callee: Expression = { kind: 'member', object: receiver, name, start, end: property?.end ?? end };
  return { kind: 'call', callee, arguments: args, ...range };
}

interface Invocation {
  readonly receiver: Expression;
  readonly name: string;
  readonly values: readonly Expression[];
  readonly range: Range;
}

/** Methods that the analysis knows in Python's form; null for others. */
function lowerKnown({ receiver, name, values, range }: Invocation): Expression | null {
  const [first, ...rest] = values;
  if (first === undefined) {
    // `pattern.matcher(text).matches()`
    if (receiver.kind !== 'call' || receiver.callee.kind !== 'member' || receiver.callee.name !== 'matcher')
      return null;
    const text = receiver.arguments[0]?.value;
    if (text === undefined || (name !== 'matches' && name !== 'find' && name !== 'lookingAt')) return null;
    return libraryCall(name === 'matches' ? 'regexp_fullmatch' : 'regexp_test', [receiver.callee.object, text], range);
  }
  const isString = receiver.kind === 'name' && receiver.name === 'String';
  if (isString && (name === 'format' || name === 'valueOf' || name === 'join')) {
    if (name === 'valueOf') return first;
    return name === 'format' ? formatted(first, rest, range) : null;
  }
  switch (name) {
    case 'create':
      return receiver.kind === 'name' && receiver.name === 'URI' ? first : null;
    case 'resolve':
    case 'resolveSibling':
      return libraryCall('Path.of', [receiver, first], range);
    case 'formatted':
      return formatted(receiver, values, range);
    case 'append':
    case 'concat':
      return values.length === 1 ? { kind: 'binary', operator: '+', left: receiver, right: first, ...range } : null;
    case 'equals':
    case 'equalsIgnoreCase':
    case 'contentEquals': {
      const [left, right] =
        receiver.kind === 'name' && receiver.name === 'Objects' ? [first, rest[0] ?? first] : [receiver, first];
      return { kind: 'compare', operator: '==', left, right, ...range };
    }
    case 'contains':
    case 'containsKey':
      return { kind: 'compare', operator: 'in', left: first, right: receiver, ...range };
    case 'matches':
      return receiver.kind === 'name' && receiver.name === 'Pattern'
        ? libraryCall('regexp_fullmatch', values, range)
        : libraryCall('regexp_fullmatch', [first, receiver], range);
    default:
      return null;
  }
}
