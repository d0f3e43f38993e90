/** PHP expressions to IR. What Python has in another form is written in that form, so that one analysis reads both. */
import { libraryCall, opaque } from '../building.js';
import type { Entry, Expression, Item } from '../ir.js';
import type { Lowering } from '../lowering.js';
import { childByField, type SyntaxNode } from '../syntax.js';
import { lowerCall, lowerCreation, lowerMethodCall, lowerStaticCall } from './calls.js';
import { lowerClosure } from './classes.js';
import { simpleName } from './lower.js';
import { lowerBinary } from './operators.js';

export function lowerExpression(outer: SyntaxNode | null | undefined, lowering: Lowering): Expression {
  if (!outer) return opaque({ start: 0, end: 0 });
  let node = outer;
  while (WRAPPERS.has(node.type)) {
    const inner = node.children.at(-1);
    if (inner === undefined) break;
    node = inner;
  }
  return lowering.nested<Expression>(() => lowerNode(node, lowering), opaque(node));
}

const WRAPPERS: ReadonlySet<string> = new Set([
  ...['parenthesized_expression', 'argument', 'error_suppression_expression', 'clone_expression', 'by_ref'],
  ...['reference_assignment_expression', 'variadic_unpacking'],
]);

const lowerAll = (nodes: readonly SyntaxNode[], lowering: Lowering): Expression[] =>
  nodes.map((node) => lowerExpression(node, lowering));

function lowerNode(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  const text = (): string => lowering.text(node);
  switch (node.type) {
    case 'variable_name':
      return { kind: 'name', name: text() === '$this' ? 'self' : text(), start, end };
    case 'name':
    case 'qualified_name':
    case 'relative_scope':
      return { kind: 'name', name: /^(?:static|parent)$/.test(text()) ? 'self' : simpleName(text()), start, end };
    case 'null':
      return { kind: 'constant', value: null, start, end };
    case 'boolean':
      return { kind: 'constant', value: /^true$/i.test(text()), start, end };
    case 'integer':
    case 'float':
      return { kind: 'constant', value: numberOf(text()), start, end };
    case 'string':
      return {
        kind: 'constant',
        value: text()
          .slice(1, -1)
          .replace(/\\(['\\])/g, '$1'),
        start,
        end,
      };
    case 'nowdoc':
      return { kind: 'constant', value: lowering.text(childByField(node, 'value') ?? node), start, end };
    case 'encapsed_string':
    case 'heredoc':
      return lowerText(childByField(node, 'value') ?? node, lowering);
    case 'shell_command_expression':
      return libraryCall('shell_exec', [lowerText(node, lowering)], node);
    case 'member_access_expression':
    case 'nullsafe_member_access_expression':
    case 'scoped_property_access_expression':
    case 'class_constant_access_expression':
      return lowerMember(node, lowering);
    case 'subscript_expression':
      return lowerSubscript(node, lowering);
    case 'function_call_expression':
      return lowerCall(node, lowering);
    case 'member_call_expression':
    case 'nullsafe_member_call_expression':
      return lowerMethodCall(node, lowering);
    case 'scoped_call_expression':
      return lowerStaticCall(node, lowering);
    case 'object_creation_expression':
      return lowerCreation(node, lowering);
    case 'binary_expression':
      return lowerBinary(node, lowering);
    default:
      return lowerContainer(node, lowering);
  }
}

function lowerContainer(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  const field = (name: string): Expression => lowerExpression(childByField(node, name), lowering);
  switch (node.type) {
    case 'unary_op_expression':
      return lowering.code.startsWith('!', start)
        ? { kind: 'not', operand: field('argument'), start, end }
        : opaque(node, [field('argument')]);
    case 'conditional_expression': {
      const condition = field('condition');
      const then = childByField(node, 'body');
      const otherwise = field('alternative');
      // `$a ?: $b`
      if (then === null) return { kind: 'logical', operator: 'or', left: condition, right: otherwise, start, end };
      return { kind: 'conditional', condition, then: lowerExpression(then, lowering), otherwise, start, end };
    }
    case 'cast_expression':
      return lowerCast(node, lowering);
    case 'array_creation_expression':
      return lowerArray(node, lowering);
    case 'assignment_expression': {
      const left = childByField(node, 'left');
      if (left?.type !== 'variable_name') return field('right');
      return { kind: 'bind', name: lowering.text(left), value: field('right'), start, end };
    }
    case 'augmented_assignment_expression':
      return field('right');
    case 'anonymous_function':
    case 'arrow_function':
      return { kind: 'lambda', function: lowerClosure(node, lowering), start, end };
    case 'match_expression':
      return lowerMatch(node, lowering);
    case 'include_expression':
    case 'include_once_expression':
    case 'require_expression':
    case 'require_once_expression':
      return libraryCall('include', lowerAll(node.children, lowering), node);
    case 'print_intrinsic':
      return libraryCall('echo', lowerAll(node.children, lowering), node);
    default:
      return opaque(node, lowerAll(node.children, lowering));
  }
}

/** What is assigned to: a variable, an element, a field, or several in a list. */
export function lowerTarget(node: SyntaxNode | null | undefined, lowering: Lowering): Expression {
  if (node?.type !== 'list_literal') return lowerExpression(node, lowering);
  const { start, end } = node;
  const items = node.children
    .filter(({ type }) => type !== 'string' && type !== 'integer')
    .map((child): Item => {
      const value = lowering.nested(() => lowerTarget(child, lowering), opaque(child));
      return { value, spread: false };
    });
  return { kind: 'collection', type: 'tuple', items, start, end };
}

function numberOf(text: string): number {
  const plain = text.replaceAll('_', '');
  return /^0\d+$/.test(plain) ? Number.parseInt(plain, 8) : Number(plain);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0', e: '\x1b' };

/** A text with variables in it. */
function lowerText(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  const parts = node.children
    .filter(({ type }) => type !== 'heredoc_start' && type !== 'heredoc_end')
    .map((child) => ({ value: lowerTextPart(child, lowering), numeric: false }));
  const [only] = parts;
  if (only === undefined) return { kind: 'constant', value: '', start, end };
  return parts.length === 1 && only.value.kind === 'constant'
    ? { ...only.value, start, end }
    : { kind: 'text', parts, start, end };
}

function lowerTextPart(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  const text = lowering.text(node);
  switch (node.type) {
    case 'string_content':
      return { kind: 'constant', value: text, start, end };
    case 'escape_sequence': {
      const [, code] = /^\\(?:u\{|x)([\da-f]+)\}?$/i.exec(text) ?? [];
      const plain = code === undefined ? (ESCAPES[text.charAt(1)] ?? text.charAt(1)) : readCode(code);
      return { kind: 'constant', value: plain, start, end };
    }
    // `"${name}"`
    case 'dynamic_variable_name':
      return node.children[0]?.type === 'name'
        ? { kind: 'name', name: `$${lowering.text(node.children[0])}`, start, end }
        : lowerExpression(node.children[0], lowering);
    default:
      return lowerExpression(node, lowering);
  }
}

function readCode(hexadecimal: string): string {
  const code = Number.parseInt(hexadecimal, 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : '';
}

function lowerMember(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  const [first, last] = node.children;
  const object = lowerExpression(childByField(node, 'object') ?? childByField(node, 'scope') ?? first, lowering);
  const named = childByField(node, 'name') ?? last;
  const isKnown = named?.type === 'name' || node.type === 'scoped_property_access_expression';
  const name = named ? lowering.text(named).replace(/^\$/, '') : '';
  return isKnown
    ? { kind: 'member', object, name, start, end }
    : { kind: 'index', object, index: lowerExpression(named, lowering), start, end };
}

/** `$_SERVER['REQUEST_URI']` is a name of its own: the client chooses some of its elements, and the server the others. */
function lowerSubscript(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  const [first, second] = node.children;
  if (first !== undefined && second?.type === 'string' && lowering.text(first) === '$_SERVER')
    return { kind: 'name', name: `$_SERVER[${lowering.text(second).slice(1, -1)}]`, start, end };
  const object = lowerExpression(first, lowering);
  if (second === undefined) return { kind: 'index', object, index: opaque(node), start, end };
  // In a text, `$a[key]` names the key.
  const index: Expression =
    second.type === 'name' && /^[a-z]/.test(lowering.text(second))
      ? { kind: 'constant', value: lowering.text(second), start, end }
      : lowerExpression(second, lowering);
  return { kind: 'index', object, index, start, end };
}

/** A number that text was turned into cannot carry an attack. */
function lowerCast(node: SyntaxNode, lowering: Lowering): Expression {
  const type = childByField(node, 'type');
  const value = lowerExpression(childByField(node, 'value'), lowering);
  const isNumber = type !== null && /^(?:int|integer|float|double|bool|boolean)$/i.test(lowering.text(type));
  if (isNumber) return libraryCall('intval', [value], node);
  return type !== null && /^string$/i.test(lowering.text(type)) ? libraryCall('strval', [value], node) : value;
}

function lowerArray(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  const elements = node.children.filter(({ type }) => type === 'array_element_initializer');
  const isSpread = (element: SyntaxNode): boolean => element.children[0]?.type === 'variadic_unpacking';
  if (!elements.some(({ children }) => children.length === 2)) {
    const items = elements.map(
      (element): Item => ({ value: lowerExpression(element.children[0], lowering), spread: isSpread(element) }),
    );
    return { kind: 'collection', type: 'list', items, start, end };
  }
  const entries = elements.map((element, position): Entry => {
    const [first, second] = element.children;
    if (isSpread(element)) return { key: null, value: lowerExpression(first, lowering) };
    if (second !== undefined)
      return { key: lowerExpression(first, lowering), value: lowerExpression(second, lowering) };
    return { key: { kind: 'constant', value: position, start, end }, value: lowerExpression(first, lowering) };
  });
  return { kind: 'record', entries, start, end };
}

function lowerMatch(node: SyntaxNode, lowering: Lowering): Expression {
  const { start, end } = node;
  const subject = lowerExpression(childByField(node, 'condition'), lowering);
  const arms = childByField(node, 'body')?.children ?? [];
  const valueOf = (arm: SyntaxNode): Expression => lowerExpression(childByField(arm, 'return_expression'), lowering);
  const last = arms.find(({ type }) => type === 'match_default_expression');
  return arms
    .filter((arm) => arm !== last)
    .reverse()
    .reduce<Expression>(
      (otherwise, arm) => {
        const [first, ...rest] = (childByField(arm, 'conditional_expressions')?.children ?? []).map((child) =>
          subject.kind === 'constant' && subject.value === true
            ? lowerExpression(child, lowering)
            : ({
                ...{ kind: 'compare', operator: '==', left: subject, right: lowerExpression(child, lowering) },
                ...{ start, end },
              } satisfies Expression),
        );
        const condition = rest.reduce<Expression>(
          (left, right) => ({ kind: 'logical', operator: 'or', left, right, start, end }),
          first ?? opaque(arm),
        );
        return { kind: 'conditional', condition, then: valueOf(arm), otherwise, start, end };
      },
      last === undefined ? { kind: 'constant', value: null, start, end } : valueOf(last),
    );
}
