/**
 * What a Python program defines, and what it uses without defining it. Static: no order of statements, no types. Where it is in doubt a name
 * counts as defined. Annotations are not read, since they need not be evaluated.
 */
import { childByField, childByType, type SyntaxNode } from '../guard/code/syntax.js';
import { BUILTINS, MODULES } from './python-builtins.js';

interface PythonFunction {
  readonly name: string;
  /** Whether its body is only a placeholder: a doc string, `pass`, `...`, an empty return or NotImplementedError. */
  readonly body: 'placeholder' | 'abstract' | 'written';
}

interface UnknownName {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

export interface PythonFacts {
  /** Functions, methods, classes, and what modules and classes bind. */
  readonly defined: ReadonlySet<string>;
  readonly functions: readonly PythonFunction[];
  /** Whether anything in it can be called: a function, a class or a lambda. */
  readonly callable: 'something' | 'nothing';
  /** Used and bound nowhere; null where that cannot be told, as after a star import. */
  readonly unknown: readonly UnknownName[] | null;
}

interface Scope {
  readonly kind: 'module' | 'class' | 'function' | 'comprehension';
  readonly parent: Scope | null;
  readonly bound: Set<string>;
}

interface Load extends UnknownName {
  readonly scope: Scope;
}

/** With these, names come from where no reader sees it. */
const OPENING = new Set(['exec', 'globals', 'locals', 'vars', '__builtins__', '__import__', 'NameError']);
const COMPREHENSIONS = new Set([
  'list_comprehension',
  'set_comprehension',
  'dictionary_comprehension',
  'generator_expression',
]);
const PATTERNS = new Set([
  'pattern_list',
  'tuple_pattern',
  'list_pattern',
  'list_splat_pattern',
  'dictionary_splat_pattern',
  'list_splat',
  'as_pattern_target',
  'expression_list',
  'parenthesized_expression',
  'tuple',
  'list',
]);

export function readPython(root: SyntaxNode, code: string): PythonFacts {
  const reader = new Reader(code);
  reader.read(root);
  return reader.facts();
}

class Reader {
  readonly #code: string;
  readonly #module: Scope = { kind: 'module', parent: null, bound: new Set() };
  readonly #defined = new Set<string>();
  readonly #functions: PythonFunction[] = [];
  readonly #loads: Load[] = [];
  #hasCallable = false;
  #isOpen = false;

  constructor(code: string) {
    this.#code = code;
  }

  read(root: SyntaxNode): void {
    this.#walk(root, this.#module);
  }

  facts(): PythonFacts {
    const unknown = this.#isOpen ? null : this.#loads.filter((load) => !isBound(load) && !isOwn(load));
    return {
      defined: this.#defined,
      functions: this.#functions,
      callable: this.#hasCallable ? 'something' : 'nothing',
      unknown: unknown?.map(({ name, start, end }) => ({ name, start, end })) ?? null,
    };
  }

  #walk(node: SyntaxNode, scope: Scope): void {
    if (COMPREHENSIONS.has(node.type)) {
      this.#walkAll(node.children, { kind: 'comprehension', parent: scope, bound: new Set() });
      return;
    }
    switch (node.type) {
      case 'identifier':
        this.#load(node, scope);
        return;
      case 'type':
      case 'type_parameter':
        return;
      case 'attribute':
        this.#walkField(node, 'object', scope);
        return;
      case 'keyword_argument':
        this.#walkField(node, 'value', scope);
        return;
      case 'function_definition':
      case 'lambda':
        this.#function(node, scope);
        return;
      case 'class_definition':
        this.#class(node, scope);
        return;
      case 'assignment':
      case 'for_statement':
      case 'for_in_clause':
      case 'named_expression':
        this.#assign(node, scope);
        return;
      case 'import_statement':
      case 'import_from_statement':
        this.#import(node, scope);
        return;
      case 'future_import_statement':
      case 'nonlocal_statement':
        return;
      case 'global_statement':
        for (const name of node.children) this.#bind(name, this.#module);
        return;
      case 'as_pattern_target':
        this.#target(node, scope);
        return;
      case 'case_pattern':
      case 'type_alias_statement':
        this.#bindAll(node, scope);
        return;
      default:
        this.#walkAll(node.children, scope);
    }
  }

  #walkAll(nodes: readonly SyntaxNode[], scope: Scope): void {
    for (const node of nodes) this.#walk(node, scope);
  }

  #walkField(node: SyntaxNode, field: string, scope: Scope): void {
    const child = childByField(node, field);
    if (child !== null) this.#walk(child, scope);
  }

  #load(node: SyntaxNode, scope: Scope): void {
    const name = this.#text(node);
    if (OPENING.has(name)) this.#isOpen = true;
    this.#loads.push({ name, start: node.start, end: node.end, scope });
  }

  #function(node: SyntaxNode, scope: Scope): void {
    this.#hasCallable = true;
    const name = childByField(node, 'name');
    if (name !== null) {
      this.#bind(name, scope);
      this.#defined.add(this.#text(name));
      this.#functions.push({ name: this.#text(name), body: this.#bodyOf(node) });
    }
    const inner: Scope = { kind: 'function', parent: scope, bound: new Set() };
    for (const parameter of childByField(node, 'parameters')?.children ?? []) {
      this.#walkField(parameter, 'value', scope);
      for (const part of parameter.type === 'identifier' ? [parameter] : parameter.children)
        if (part.field !== 'value' && part.field !== 'type') this.#bindAll(part, inner);
    }
    this.#walkField(node, 'body', inner);
  }

  #class(node: SyntaxNode, scope: Scope): void {
    this.#hasCallable = true;
    const name = childByField(node, 'name');
    if (name !== null) {
      this.#bind(name, scope);
      this.#defined.add(this.#text(name));
    }
    this.#walkField(node, 'superclasses', scope);
    this.#walkField(node, 'body', { kind: 'class', parent: scope, bound: new Set() });
  }

  #assign(node: SyntaxNode, scope: Scope): void {
    let target = scope;
    // A walrus binds beside the comprehension that it stands in.
    if (node.type === 'named_expression')
      while (target.kind === 'comprehension' && target.parent !== null) target = target.parent;
    for (const child of node.children)
      if (child.field === 'left' || child.field === 'name') this.#target(child, target);
      else this.#walk(child, scope);
  }

  /** Binds what is assigned to; an object or index on the left side is used. */
  #target(node: SyntaxNode, scope: Scope): void {
    if (node.type === 'identifier') this.#bind(node, scope);
    else if (PATTERNS.has(node.type)) for (const child of node.children) this.#target(child, scope);
    else this.#walk(node, scope);
  }

  #import(node: SyntaxNode, scope: Scope): void {
    if (childByType(node, 'wildcard_import') !== null) this.#isOpen = true;
    for (const imported of node.children) {
      if (imported.field !== 'name') continue;
      const alias = childByField(imported, 'alias');
      // `import a.b` binds `a`.
      const name = alias ?? imported.children[0];
      if (name !== undefined) this.#bind(name, scope);
    }
  }

  #bind(node: SyntaxNode, scope: Scope): void {
    const name = this.#text(node);
    scope.bound.add(name);
    if (scope.kind === 'module' || scope.kind === 'class') this.#defined.add(name);
  }

  #bindAll(node: SyntaxNode, scope: Scope): void {
    if (node.type === 'identifier') this.#bind(node, scope);
    for (const child of node.children) this.#bindAll(child, scope);
  }

  #bodyOf(node: SyntaxNode): PythonFunction['body'] {
    const statements = childByField(node, 'body')?.children ?? [];
    if (!statements.every((statement) => this.#isPlaceholder(statement))) return 'written';
    const header = this.#code.slice(Math.max(0, node.start - 80), node.start);
    return /@[\w.]*(?:abstract\w*|overload)\s*(?:#.*)?\n\s*(?:async\s+)?$/.test(header) ? 'abstract' : 'placeholder';
  }

  #isPlaceholder(statement: SyntaxNode): boolean {
    switch (statement.type) {
      case 'pass_statement':
        return true;
      case 'expression_statement':
        return statement.children.every(({ type }) => type === 'ellipsis' || type === 'string');
      case 'return_statement':
        return statement.children.every(({ type }) => type === 'none' || type === 'ellipsis');
      case 'raise_statement':
        return /^raise\s+NotImplemented(?:Error)?\b/.test(this.#text(statement));
      default:
        return false;
    }
  }

  #text({ start, end }: SyntaxNode): string {
    return this.#code.slice(start, end);
  }
}

function isBound({ name, scope }: Load): boolean {
  if (BUILTINS.has(name) || /^(?:__\w+__|_)$/.test(name)) return true;
  let isOwnScope = true;
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    // Methods do not see the names of their class; its comprehensions are taken to.
    if ((at.kind !== 'class' || isOwnScope) && at.bound.has(name)) return true;
    if (at.kind === 'function') isOwnScope = false;
  }
  return false;
}

/** At the top level a name may be the reader's own, in a snippet or an example of use; not where it is a module that was not imported. */
function isOwn({ name, scope }: Load): boolean {
  for (let at: Scope | null = scope; at !== null; at = at.parent) if (at.kind === 'function') return false;
  return !MODULES.has(name);
}
