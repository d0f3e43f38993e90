/** The languages that can be scanned. A further one is a grammar, a lowering to the IR, a splitter, and its rules and model as data. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from '../../config.js';
import { PurpgateError } from '../../errors.js';
import { canonicalLanguage } from '../../text/languages.js';
import { analyseC } from './c/analyse.js';
import { CKnowledge } from './c/knowledge.js';
import { parseCModel } from './c/model.js';
import { completeCEnd } from './c/statement-end.js';
import { lowerGo } from './go/lower.js';
import type { Program } from './ir.js';
import { lowerJava } from './java/lower.js';
import { lowerJavaScript } from './javascript/lower.js';
import { completeJavaScriptEnd } from './javascript/statement-end.js';
import { type Model, parseModel } from './model.js';
import { lowerPhp } from './php/lower.js';
import { programText } from './php/tags.js';
import { lowerPython } from './python/lower.js';
import { completePythonEnd } from './python/statement-end.js';
import { parseRule, type Rule } from './rules.js';
import type { SyntaxNode } from './syntax.js';
import { analyse } from './taint/analyse.js';
import { Knowledge } from './taint/knowledge.js';
import type { RawFinding } from './taint/machine.js';

/** A parsed file. */
export interface Source {
  readonly root: SyntaxNode;
  readonly code: string;
  readonly hasErrors: boolean;
  /** Reads another piece of code in the same language, such as the body of a macro. */
  parse(code: string): SyntaxNode | null;
}

/** Finds what the rules forbid in a file. */
export type Analysis = (source: Source) => {
  readonly findings: readonly RawFinding[];
  readonly parse: 'clean' | 'errors';
};

export interface Language {
  readonly name: string;
  /** Name of its rules and model: two languages may share them. */
  readonly data: string;
  readonly extensions: readonly string[];
  /** A few lines that touch most of the analysis: scanned once at start, so that no request pays for the first run. */
  readonly sample: string;
  /** Module path of the grammar compiled to WebAssembly. */
  readonly grammar: string;
  /** The text that the grammar reads, of the same length; the code itself where there is none. */
  readonly programText?: (code: string) => string;
  /** The analysis with these rules and this model. @throws PurpgateError `setting_invalid` that names file and field. */
  prepare(rules: readonly Rule[], model: RuleFile): Analysis;
  /** Offset up to which the code consists of complete top-level statements. */
  completeEnd(code: string): number;
}

const JAVASCRIPT_SAMPLE = `const cp = require('child_process');\nclass A {\n  f(x, db) {\n    for (const y of [x, ...x]) if (y in { a: 1 } && !y.z) cp.exec('ls ' + y);\n    return db.query(\`SELECT a FROM t WHERE b = '\${x}'\`);\n  }\n}\n`;

/** The analysis of languages whose memory is managed: data flow over the intermediate representation. */
const withTaint =
  (lower: (root: SyntaxNode, code: string, hasErrors: boolean) => Program): Language['prepare'] =>
  (rules, model) => {
    const knowledge = new Knowledge(rules, loadModel(model));
    return ({ root, code, hasErrors }) => {
      const program = lower(root, code, hasErrors);
      return { findings: analyse(program, knowledge), parse: program.parse };
    };
  };

/** The analysis of languages whose memory is not: paths over an abstract memory. */
const withMemory: Language['prepare'] = (rules, model) => {
  const knowledge = new CKnowledge(rules, parseCModel(parseYaml(model), model.name));
  return (source) => analyseC(source, knowledge);
};

const C_SAMPLE = `#include <stdlib.h>\n#define N 4\nstruct s { char a[N]; struct s *next; };\nint f(struct s *p, const char *q) {\n  for (int i = 0; i < N && q[i]; i++) p->a[i] = q[i];\n  char *r = malloc(N);\n  if (!r) return -1;\n  strcpy(r, q);\n  free(r);\n  return p->next ? f(p->next, q + 1) : 0;\n}\n`;

export const LANGUAGES: readonly Language[] = [
  {
    name: 'python',
    data: 'python',
    extensions: ['.py', '.pyw', '.pyi'],
    sample: `import os\nclass A:\n    def f(self, x, db):\n        for y in [x, *x]:\n            if y in {'a': 1} and not y.isalnum():\n                os.system('ls ' + y)\n        return db.execute(f"SELECT a FROM t WHERE b = '{x}'" % (x,))\n`,
    grammar: 'tree-sitter-python/tree-sitter-python.wasm',
    prepare: withTaint(lowerPython),
    completeEnd: completePythonEnd,
  },
  {
    name: 'javascript',
    data: 'javascript',
    extensions: ['.js', '.mjs', '.cjs', '.jsx'],
    sample: JAVASCRIPT_SAMPLE,
    grammar: 'tree-sitter-javascript/tree-sitter-javascript.wasm',
    prepare: withTaint(lowerJavaScript),
    completeEnd: completeJavaScriptEnd,
  },
  {
    name: 'typescript',
    data: 'javascript',
    extensions: ['.ts', '.mts', '.cts', '.tsx'],
    sample: JAVASCRIPT_SAMPLE,
    // The grammar with JSX reads plain TypeScript too, but for casts in angle brackets.
    grammar: 'tree-sitter-typescript/tree-sitter-tsx.wasm',
    prepare: withTaint(lowerJavaScript),
    completeEnd: completeJavaScriptEnd,
  },
  {
    name: 'c',
    data: 'c',
    extensions: ['.c', '.h'],
    sample: C_SAMPLE,
    grammar: 'tree-sitter-c/tree-sitter-c.wasm',
    prepare: withMemory,
    completeEnd: completeCEnd,
  },
  {
    name: 'cpp',
    data: 'c',
    extensions: ['.cpp', '.cc', '.cxx', '.hpp', '.hh', '.hxx'],
    sample: C_SAMPLE,
    grammar: 'tree-sitter-cpp/tree-sitter-cpp.wasm',
    prepare: withMemory,
    completeEnd: completeCEnd,
  },
  {
    name: 'java',
    data: 'java',
    extensions: ['.java'],
    sample: `import java.sql.Statement;\nclass A {\n  String b = "c";\n  void f(String x, Statement s) throws Exception {\n    for (String y : new String[] { x, b }) if (!y.isEmpty()) Runtime.getRuntime().exec("ls " + y);\n    s.executeQuery(String.format("SELECT a FROM t WHERE b = '%s'", x));\n  }\n}\n`,
    grammar: 'tree-sitter-java/tree-sitter-java.wasm',
    prepare: withTaint(lowerJava),
    completeEnd: completeCEnd,
  },
  {
    name: 'go',
    data: 'go',
    extensions: ['.go'],
    sample: `package a\n\nimport "os/exec"\n\nvar b = "c"\n\nfunc f(x string, db *sql.DB) error {\n\tfor _, y := range []string{x, b} {\n\t\tif y != "" {\n\t\t\texec.Command("sh", "-c", "ls "+y).Run()\n\t\t}\n\t}\n\t_, err := db.Query(fmt.Sprintf("SELECT a FROM t WHERE b = '%s'", x))\n\treturn err\n}\n`,
    grammar: 'tree-sitter-go/tree-sitter-go.wasm',
    prepare: withTaint(lowerGo),
    // Both end a statement with its line, and have texts over several lines between backticks.
    completeEnd: completeJavaScriptEnd,
  },
  {
    name: 'php',
    data: 'php',
    extensions: ['.php', '.phtml', '.inc'],
    sample: `<?php\nclass A {\n  private $b = 'c';\n  public function f(PDO $db, $x) {\n    foreach ([$x, $this->b] as $y) if ($y !== '') system("ls $y");\n    return $db->query("SELECT a FROM t WHERE b = '" . $x . "'");\n  }\n}\n`,
    grammar: 'tree-sitter-php/tree-sitter-php_only.wasm',
    programText,
    prepare: withTaint(lowerPhp),
    completeEnd: (code) => completeCEnd(programText(code)),
  },
];

/** @param name canonical, or an alias such as `py` and `tsx`. */
export function findLanguage(name: string): Language | null {
  const canonical = canonicalLanguage(name);
  return LANGUAGES.find((language) => language.name === canonical) ?? null;
}

export function grammarFile(language: Language): string {
  return createRequire(import.meta.url).resolve(language.grammar);
}

/** Files of the rules and models, relative to this folder of the sources: name and text. */
interface RuleFile {
  readonly name: string;
  readonly text: string;
}

const folder = join(packageRoot, 'src', 'guard', 'code');

export function ruleFiles(language: Language): readonly RuleFile[] {
  const names = readdirSync(join(folder, 'rules', language.data))
    .filter((name) => name.endsWith('.yaml'))
    .sort();
  return names.map((name) => ({ name, text: readFileSync(join(folder, 'rules', language.data, name), 'utf8') }));
}

export function modelFile(language: Language): RuleFile {
  const name = `${language.data}.yaml`;
  return { name, text: readFileSync(join(folder, 'models', name), 'utf8') };
}

function parseYaml({ name, text }: RuleFile): unknown {
  try {
    return parse(text);
  } catch (thrown) {
    throw new PurpgateError('setting_invalid', { message: `${name}: not valid YAML`, cause: thrown });
  }
}

/** @throws PurpgateError `setting_invalid` that names file and field. */
export function loadRules(files: readonly RuleFile[]): readonly Rule[] {
  const rules = files.map((file) => parseRule(parseYaml(file), file.name));
  for (const [index, rule] of rules.entries())
    if (rules.findIndex(({ id }) => id === rule.id) !== index)
      throw new PurpgateError('setting_invalid', { message: `${files[index]?.name ?? ''}: id ${rule.id} is taken` });
  return rules;
}

/** Of the rules that ship with purpgate. */
export function hasRule(id: string): boolean {
  const [data] = id.split('/');
  return LANGUAGES.some((language) => language.data === data && rulesOf(language).has(id));
}

const idsOfRules = new Map<string, ReadonlySet<string>>();

function rulesOf(language: Language): ReadonlySet<string> {
  const ids = idsOfRules.get(language.data) ?? new Set(loadRules(ruleFiles(language)).map(({ id }) => id));
  idsOfRules.set(language.data, ids);
  return ids;
}

export function loadModel(file: RuleFile): Model {
  return parseModel(parseYaml(file), file.name);
}
