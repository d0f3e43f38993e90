/** A C or C++ file, as the memory analysis reads it. */
import { childByField, childByType, type SyntaxNode } from '../syntax.js';
import { type CFunction, type CProgram, type Declaration, expressionsOf, walkExpression } from './ast.js';
import { CLowering, type Parse } from './lowering.js';
import { conditionalChildren, define } from './preprocessor.js';
import { lowerBody, lowerDeclaration, noteTypes } from './statements.js';
import { declared, INT, isVariadic, parametersOf, plainName, pointerTo, typeOf } from './types.js';

interface Source {
  readonly root: SyntaxNode;
  readonly code: string;
  readonly hasErrors: boolean;
  readonly parse: Parse;
}

interface Parts {
  readonly functions: Map<string, CFunction>;
  readonly globals: Declaration[];
}

export function lowerC({ root, code, hasErrors, parse }: Source): CProgram {
  const definitions = { macros: new Map(), types: new Map(), records: new Map(), enumerators: new Map(), parse };
  const lowering = new CLowering(code, hasErrors, definitions);
  const parts: Parts = { functions: new Map(), globals: [] };
  lowerTop(root.children, parts, lowering, null);
  return {
    ...parts,
    records: definitions.records,
    enumerators: definitions.enumerators,
    callers: callersIn(parts.functions),
    hasErrors: lowering.hasErrors,
  };
}

function lowerTop(nodes: readonly SyntaxNode[], parts: Parts, lowering: CLowering, owner: string | null): void {
  for (const node of nodes) {
    switch (node.type) {
      case 'preproc_def':
      case 'preproc_function_def':
        define(node, lowering);
        break;
      case 'preproc_ifdef':
      case 'preproc_if':
        lowerTop(conditionalChildren(node, lowering), parts, lowering, owner);
        break;
      case 'function_definition':
        lowerFunction(node, parts, lowering, owner);
        break;
      case 'declaration':
        lowerMembers(childByField(node, 'type'), parts, lowering);
        parts.globals.push(...lowerDeclaration(node, lowering));
        break;
      case 'type_definition':
      case 'struct_specifier':
      case 'union_specifier':
      case 'class_specifier':
      case 'enum_specifier':
        noteTypes(node, lowering);
        lowerMembers(node, parts, lowering);
        break;
      case 'linkage_specification':
      case 'namespace_definition': {
        const body = childByField(node, 'body');
        if (body !== null) lowerTop(body.type === 'declaration_list' ? body.children : [body], parts, lowering, owner);
        break;
      }
      case 'template_declaration':
        lowerTop(node.children, parts, lowering, owner);
        break;
      case 'expression_statement':
      case 'if_statement':
      case 'for_statement':
      case 'while_statement':
      case 'compound_statement':
        // A snippet without a function around it.
        addLoose(node, parts, lowering);
        break;
      default:
        break;
    }
  }
}

function addLoose(node: SyntaxNode, parts: Parts, lowering: CLowering): void {
  const body = lowerBody(node, lowering);
  const known = parts.functions.get('');
  const whole = { start: node.start, end: node.end };
  parts.functions.set(
    '',
    known === undefined
      ? { name: '', parameters: [], result: INT, isVariadic: false, body, ...whole }
      : { ...known, body: [...known.body, ...body] },
  );
}

/** The functions that stand in the body of a class. */
function lowerMembers(node: SyntaxNode | null, parts: Parts, lowering: CLowering): void {
  const body = node === null ? null : childByField(node, 'body');
  const name = node === null ? null : childByField(node, 'name');
  if (body === null || node?.type === 'enum_specifier') return;
  const members = body.children.filter(({ type }) => type === 'function_definition');
  lowerTop(members, parts, lowering, name === null ? null : plainName(lowering.text(name)));
}

function lowerFunction(node: SyntaxNode, parts: Parts, lowering: CLowering, owner: string | null): void {
  const declarator = childByField(node, 'declarator');
  const body = childByField(node, 'body') ?? childByType(node, 'compound_statement');
  if (declarator === null || body === null) return;
  const base = typeOf(childByField(node, 'type'), lowering);
  const { name, type, parameters: list } = declared(declarator, base, lowering);
  const scope = /(\w+)\s*::\s*~?\w+\s*\(/.exec(lowering.text(declarator))?.[1] ?? owner;
  const own = parametersOf(list, lowering);
  const isRecord = scope !== null && lowering.definitions.types.has(scope);
  const self = isRecord
    ? [{ name: 'this', type: pointerTo({ kind: 'record' as const, name: scope }), isReference: false }]
    : [];
  lowering.within(name, () => {
    const lowered: CFunction = {
      name,
      parameters: [...self, ...own],
      result: type.kind === 'function' ? type.result : base,
      isVariadic: isVariadic(list),
      body: lowerBody(body, lowering),
      ...lowering.range(node),
    };
    // Of functions that share a name, as overloads and constructors do, each is looked at, and calls mean the first.
    const key = parts.functions.has(name) ? `${name}@${node.start}` : name;
    parts.functions.set(key, lowered);
  });
}

function callersIn(functions: ReadonlyMap<string, CFunction>): Map<string, Set<string>> {
  const callers = new Map<string, Set<string>>();
  for (const { name, body } of functions.values())
    for (const expression of body.flatMap(expressionsOf))
      walkExpression(expression, (inner) => {
        // A function that is handed over is called by whom it is handed to.
        if (inner.kind !== 'name' || !functions.has(inner.name)) return;
        callers.set(inner.name, (callers.get(inner.name) ?? new Set()).add(name));
      });
  return callers;
}
