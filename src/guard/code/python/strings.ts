/** Python string literals: prefixes, escapes, f-strings, implicit concatenation. */
import type { Expression } from '../ir.js';
import { childByField, childByType, type SyntaxNode } from '../syntax.js';
import { lowerExpression } from './expressions.js';
import type { Lowering } from '../lowering.js';

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '0': '\0',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  '\n': '',
  '\r\n': '',
};

function unescape(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|N\{[^}]*\}|(\r\n|[\s\S]))/g,
    (
      whole,
      hex: string | undefined,
      short: string | undefined,
      long: string | undefined,
      simple: string | undefined,
    ) => {
      const digits = hex ?? short ?? long;
      if (digits !== undefined) {
        const point = Number.parseInt(digits, 16);
        return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
      }
      if (simple === undefined) return '?';
      return SIMPLE_ESCAPES[simple] ?? ('\\\'"'.includes(simple) ? simple : whole);
    },
  );
}

const NUMERIC_FORMAT = /^:[^{}]*[dfFeEgGxXobn%,]$|^:[ +0]?\d*\.\d+$/;

type Parts = { value: Expression; numeric: boolean }[];

function addString(node: SyntaxNode, lowering: Lowering, parts: Parts): void {
  const opening = childByType(node, 'string_start');
  const prefix =
    opening === null
      ? ''
      : lowering
          .text(opening)
          .replace(/['"]+$/, '')
          .toLowerCase();
  const raw = prefix.includes('r');
  const interpolated = prefix.includes('f') || prefix.includes('t');
  for (const child of node.children) {
    if (child.type === 'string_content') {
      const text = raw ? lowering.text(child) : unescape(lowering.text(child));
      const value = interpolated ? text.replaceAll('{{', '{').replaceAll('}}', '}') : text;
      parts.push({ value: { kind: 'constant', value, start: child.start, end: child.end }, numeric: false });
    } else if (child.type === 'interpolation') {
      const expression = childByField(child, 'expression') ?? child.children[0];
      if (expression === undefined) continue;
      const format = childByField(child, 'format_specifier');
      const numeric = format !== null && NUMERIC_FORMAT.test(lowering.text(format));
      parts.push({ value: lowerExpression(expression, lowering), numeric });
    }
  }
}

/** A `string` or `concatenated_string` node: a constant where nothing is interpolated. */
export function lowerString(node: SyntaxNode, lowering: Lowering): Expression {
  const parts: Parts = [];
  const pieces = node.type === 'concatenated_string' ? node.children : [node];
  for (const piece of pieces) addString(piece, lowering, parts);
  const { start, end } = node;
  const texts = parts.map(({ value }) => (value.kind === 'constant' ? value.value : null));
  if (texts.every((text) => typeof text === 'string')) return { kind: 'constant', value: texts.join(''), start, end };
  return { kind: 'text', parts, start, end };
}
