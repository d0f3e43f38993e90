/** Calls of Go to IR: what its standard library does by functions, the analysis knows as methods and operators. */
import { formatted, libraryCall, methodCall, opaque, positional } from '../building.js';
import type { Argument, Expression, Range } from '../ir.js';
import { childByField, type SyntaxNode } from '../syntax.js';
import { lowerExpression } from './expressions.js';
import { type GoLowering } from './lower.js';

export function lowerCall(node: SyntaxNode, lowering: GoLowering): Expression {
  const { start, end } = node;
  const range = { start, end };
  const args = (childByField(node, 'arguments')?.children ?? []).map((child): Argument => {
    const isSpread = child.type === 'variadic_argument';
    return { name: null, value: lowerExpression(isSpread ? child.children[0] : child, lowering), spread: isSpread };
  });
  let target = childByField(node, 'function');
  // `f[int](x)`
  if (
    target?.type === 'index_expression' &&
    /^(?:identifier|selector_expression)$/.test(target.children[0]?.type ?? '')
  )
    target = childByField(target, 'operand');
  if (target?.type === 'selector_expression') return lowerMethodCall(target, args, range, lowering);
  const callee = lowerExpression(target, lowering);
  if (callee.kind === 'name') {
    const built = builtIn(callee.name, args, range);
    if (built !== null) return built;
  }
  lowering.noteCall(callee);
  return { kind: 'call', callee, arguments: args, ...range };
}

/** Functions that need no package, and conversions. */
function builtIn(name: string, args: readonly Argument[], range: Range): Expression | null {
  const [first, ...rest] = args;
  if (first === undefined) return null;
  if (name === 'string' && args.length === 1) return first.value;
  if (name === 'append')
    return {
      kind: 'collection',
      type: 'list',
      items: [{ value: first.value, spread: true }, ...rest.map(({ value, spread }) => ({ value, spread }))],
      ...range,
    };
  return null;
}

function lowerMethodCall(
  target: SyntaxNode,
  args: readonly Argument[],
  range: Range,
  lowering: GoLowering,
): Expression {
  const operand = childByField(target, 'operand');
  const field = childByField(target, 'field');
  const name = field ? lowering.text(field) : '';
  const end = field?.end ?? target.end;
  // A method of the same object: methods stand beside functions.
  if (operand?.type === 'identifier' && lowering.text(operand) === lowering.receiver && lowering.declared.has(name)) {
    const callee: Expression = { kind: 'name', name, start: target.start, end };
    lowering.noteCall(callee);
    return { kind: 'call', callee, arguments: args, ...range };
  }
  const known = operand?.type === 'identifier' ? lowerKnown(`${lowering.text(operand)}.${name}`, args, range) : null;
  if (known !== null) return known;
  const object = lowerExpression(operand, lowering);
  const callee: Expression = { kind: 'member', object, name, start: target.start, end };
  const values = args.map(({ value }) => value);
  const [subject] = values;
  if (/^(?:Match(?:String)?)$/.test(name) && values.length === 1 && subject !== undefined)
    return libraryCall('regexp_test', [object, subject], range);
  return { kind: 'call', callee, arguments: withFormat(name, args, range), ...range };
}

/** `Printf(format, a, b)` prints one text. */
function withFormat(name: string, args: readonly Argument[], range: Range): readonly Argument[] {
  if (!/^(?:[A-Z]\w*)?(?:rintf|rrorf|nfof|arnf|arningf|ebugf|atalf|anicf|racef|ogf)$/.test(name)) return args;
  const position = name === 'Fprintf' ? 1 : 0;
  const format = args[position];
  if (format === undefined) return args;
  return [...args.slice(0, position), positional(printed(format.value, args.slice(position + 1), range))];
}

/** Verbs such as `%v` and `%+v` print as `%s` does, and `%q` quotes in Go's way, which no other language reads as its own. */
function printed(template: Expression, args: readonly Argument[], range: Range): Expression {
  const left: Expression =
    template.kind === 'constant' && typeof template.value === 'string'
      ? { ...template, value: template.value.replace(/%[+#-]*[vqwT]/g, '%s').replace(/%[tU]/g, '%d') }
      : template;
  if (args.some(({ spread }) => spread)) return opaque(range, [left, ...args.map(({ value }) => value)]);
  return formatted(
    left,
    args.map(({ value }) => value),
    range,
  );
}

/** Functions of packages that the analysis knows in Python's form; null for others. */
function lowerKnown(name: string, args: readonly Argument[], range: Range): Expression | null {
  const [first, second, third] = args.map(({ value }) => value);
  if (first === undefined) return null;
  if (name === 'fmt.Sprintf') return printed(first, args.slice(1), range);
  if (name === 'fmt.Sprint' || name === 'fmt.Sprintln')
    return args
      .map(({ value }) => value)
      .reduce((left, right) => ({ kind: 'binary', operator: '+', left, right, ...range }));
  if (name === 'strings.ToLower' || name === 'strings.ToUpper')
    return methodCall(first, name === 'strings.ToLower' ? 'lower' : 'upper', [], range);
  if (/^(?:filepath|path)\.Clean$/.test(name) && isRooted(first))
    return libraryCall('cleaned_below_root', [first], range);
  if (second === undefined) return null;
  switch (name) {
    case 'strings.Contains':
    case 'strings.ContainsAny':
    case 'strings.ContainsRune':
    case 'bytes.Contains':
      return { kind: 'compare', operator: 'in', left: second, right: first, ...range };
    case 'slices.Contains':
    case 'lo.Contains':
      return { kind: 'compare', operator: 'in', left: second, right: first, ...range };
    case 'strings.EqualFold':
      return { kind: 'compare', operator: '==', left: first, right: second, ...range };
    case 'strings.HasPrefix':
      return methodCall(first, 'startsWith', [second], range);
    case 'strings.Split':
    case 'strings.SplitN':
      return methodCall(first, 'split', [second], range);
    case 'strings.Join':
      return methodCall(second, 'join', [first], range);
    case 'strings.Replace':
    case 'strings.ReplaceAll':
      return methodCall(first, 'replaceAll', third === undefined ? [second] : [second, third], range);
    case 'regexp.MatchString':
      return libraryCall('regexp_test', [first, second], range);
    default:
      return null;
  }
}

/** `"/" + name` cannot climb out of the root once it is cleaned. */
function isRooted(value: Expression): boolean {
  let first = value;
  while (first.kind === 'binary' && first.operator === '+') first = first.left;
  return first !== value && first.kind === 'constant' && first.value === '/';
}
