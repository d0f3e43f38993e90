/** Calls of PHP to IR: what its functions do, the analysis knows as methods and operators. */
import { formatted, libraryCall, methodCall, opaque } from '../building.js';
import type { Argument, Expression, Range } from '../ir.js';
import type { Lowering } from '../lowering.js';
import { childByField, childByType, type SyntaxNode } from '../syntax.js';
import { lowerClass } from './classes.js';
import { lowerExpression } from './expressions.js';
import { simpleName } from './lower.js';

export const argumentsOf = (list: SyntaxNode | null, lowering: Lowering): Argument[] =>
  (list?.children ?? [])
    .filter(({ type }) => type === 'argument')
    .map((node) => {
      const name = childByField(node, 'name');
      const written = node.children.at(-1);
      return {
        // Parameters are known with their dollar sign.
        name: name === null ? null : `$${lowering.text(name)}`,
        value: lowerExpression(written, lowering),
        spread: written?.type === 'variadic_unpacking',
      };
    });

export function lowerCall(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  const range = { start, end };
  const target = childByField(node, 'function');
  const args = argumentsOf(childByField(node, 'arguments'), lowering);
  const callee = lowerExpression(target, lowering);
  if (callee.kind !== 'name') return { kind: 'call', callee, arguments: args, ...range };
  // A function whose name a variable holds.
  const isVariable = callee.name.startsWith('$');
  const call: Expression = { kind: 'call', callee, arguments: args, ...range };
  if (isVariable) return opaque(node, [libraryCall('call_user_func', [callee, ...valuesOf(args)], node), call]);
  lowering.noteCall(callee);
  return args.some(({ spread }) => spread) ? call : (lowerKnown(callee.name.toLowerCase(), args, range) ?? call);
}

const valuesOf = (args: readonly Argument[]): Expression[] => args.map(({ value }) => value);

export function lowerMethodCall(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  const named = childByField(node, 'name');
  const args = argumentsOf(childByField(node, 'arguments'), lowering);
  const object = lowerExpression(childByField(node, 'object'), lowering);
  if (named?.type !== 'name')
    return opaque(node, [libraryCall('call_user_func', [lowerExpression(named, lowering), ...valuesOf(args)], node)]);
  // Up to the arguments: rules look at what stands before the last dot.
  const callee: Expression = { kind: 'member', object, name: lowering.text(named), start, end: named.end };
  lowering.noteCall(callee);
  return { kind: 'call', callee, arguments: args, start, end };
}

/** `Model::find($id)`, and `self::helper()` or `parent::helper()` of the same object. */
export function lowerStaticCall(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  const named = childByField(node, 'name');
  const args = argumentsOf(childByField(node, 'arguments'), lowering);
  const scope = childByField(node, 'scope');
  const object = lowerExpression(scope, lowering);
  const name = named ? lowering.text(named) : '';
  const callee: Expression = { kind: 'member', object, name, start, end: named?.end ?? end };
  lowering.noteCall(callee);
  return { kind: 'call', callee, arguments: args, start, end };
}

export function lowerCreation(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  const anonymous = childByType(node, 'anonymous_class');
  const args = argumentsOf(childByType(node, 'arguments'), lowering);
  if (anonymous !== null) {
    const made = lowerClass(anonymous, lowering);
    const methods = made.kind === 'class' ? made.body : [];
    const lambdas = methods.flatMap((member): Expression[] =>
      member.kind === 'function' ? [{ kind: 'lambda', function: member.function, start, end }] : [],
    );
    return opaque(node, lambdas);
  }
  const [type] = node.children;
  if (type?.type === 'variable_name')
    return libraryCall('call_user_func', [lowerExpression(type, lowering), ...valuesOf(args)], node);
  const name = type ? simpleName(lowering.text(type)) : '';
  const callee: Expression = { kind: 'name', name, start: type?.start ?? start, end: type?.end ?? end };
  return { kind: 'call', callee, arguments: args, start, end };
}

/** Functions that the analysis knows in Python's form; null for others. */
function lowerKnown(name: string, args: readonly Argument[], range: Range): Expression | null {
  const [first, second, third] = valuesOf(args);
  if (first === undefined) return null;
  switch (name) {
    case 'isset':
      // `isset($allowed[$name])` asks whether the array has the name.
      return first.kind === 'index' && args.length === 1
        ? { kind: 'compare', operator: 'in', left: first.index, right: first.object, ...range }
        : null;
    case 'strtolower':
    case 'mb_strtolower':
      return methodCall(first, 'lower', [], range);
    case 'strtoupper':
      return methodCall(first, 'upper', [], range);
    case 'sprintf':
      return formatted(first, valuesOf(args).slice(1), range);
    case 'printf':
      return libraryCall('echo', [formatted(first, valuesOf(args).slice(1), range)], range);
    case 'header': {
      const target = redirectTarget(first);
      return target === null ? null : libraryCall('redirect', [target], range);
    }
    default:
      return second === undefined ? null : lowerWithTwo(name, [first, second, third], range);
  }
}

const LOCATION = /^location:\s*/i;

/** What `header('Location: …')` names; null for any other header. */
function redirectTarget(header: Expression): Expression | null {
  // Down the left spine, and up again without its first text: chains are long.
  const chain: Extract<Expression, { kind: 'binary' }>[] = [];
  let first = header;
  while (first.kind === 'binary' && first.operator === '+') {
    chain.push(first);
    first = first.left;
  }
  const beginning = withoutLocation(first);
  if (beginning === null) return null;
  return chain.reverse().reduce<Expression>((left, part) => ({ ...part, left }), beginning);
}

function withoutLocation(text: Expression): Expression | null {
  if (text.kind === 'constant' && typeof text.value === 'string')
    return LOCATION.test(text.value) ? { ...text, value: text.value.replace(LOCATION, '') } : null;
  const [first, ...rest] = text.kind === 'text' ? text.parts : [];
  if (text.kind !== 'text' || first?.value.kind !== 'constant') return null;
  const value = withoutLocation(first.value);
  return value === null ? null : { ...text, parts: [{ value, numeric: false }, ...rest] };
}

type Values = readonly [Expression, Expression, Expression | undefined];

function lowerWithTwo(name: string, [first, second, third]: Values, range: Range): Expression | null {
  const contains = (left: Expression, right: Expression): Expression => ({
    ...{ kind: 'compare', operator: 'in', left, right },
    ...range,
  });
  switch (name) {
    case 'in_array':
    case 'array_key_exists':
    case 'array_search':
      return contains(first, second);
    case 'str_contains':
      return contains(second, first);
    case 'str_starts_with':
      return methodCall(first, 'startsWith', [second], range);
    case 'preg_match':
      return libraryCall('regexp_test', [withoutDelimiters(first), second], range);
    case 'preg_replace':
      return third === undefined
        ? null
        : libraryCall('regexp_replace', [withoutDelimiters(first), second, third], range);
    case 'str_replace':
    case 'str_ireplace':
      return third === undefined ? null : methodCall(third, 'replace', [lastOf(first), second], range);
    case 'array_map':
      return lowerMapping(first, second, range);
    case 'implode':
    case 'join':
      return methodCall(first, 'join', [second], range);
    case 'explode':
      return methodCall(second, 'split', [first], range);
    case 'hash_equals':
    case 'strcmp':
      return { kind: 'compare', operator: '==', left: first, right: second, ...range };
    case 'filter_var':
      return lowerFilter(first, second, range);
    default:
      return null;
  }
}

/** `array_map('intval', $ids)` is `intval` of each. */
function lowerMapping(change: Expression, list: Expression, range: Range): Expression {
  if (change.kind === 'constant' && typeof change.value === 'string') return libraryCall(change.value, [list], range);
  return methodCall(list, 'map', [change], range);
}

/** Of a list of texts to replace, the one that matters most to the analysis is as good as any. */
const lastOf = (value: Expression): Expression =>
  value.kind === 'collection' ? (value.items[0]?.value ?? value) : value;

/** A filter that leaves no room for an attack accepts the value; the others hand it on. */
function lowerFilter(value: Expression, filter: Expression, range: Range): Expression {
  const name = filter.kind === 'name' ? filter.name : '';
  if (/^FILTER_VALIDATE_(?:INT|FLOAT|IP|BOOL|BOOLEAN|DOMAIN|MAC)$/.test(name))
    return libraryCall('filter_is_valid', [value], range);
  if (/^FILTER_SANITIZE_(?:SPECIAL_CHARS|FULL_SPECIAL_CHARS|NUMBER_INT|ENCODED)$/.test(name))
    return libraryCall('htmlspecialchars', [value], range);
  return libraryCall('filter_value', [value], range);
}

/** `/^[a-z]+$/i` */
function withoutDelimiters(pattern: Expression): Expression {
  if (pattern.kind !== 'constant' || typeof pattern.value !== 'string') return pattern;
  const [, inner = pattern.value] = /^[^\w\s\\]([^]*)[^\w\s\\][a-zA-Z]*$/.exec(pattern.value) ?? [];
  return { ...pattern, value: inner };
}
