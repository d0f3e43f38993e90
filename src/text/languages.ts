/** Names of programming languages: canonical name by alias, by file path and by content. */

/** canonical name: aliases. A name is its own alias. */
const ALIASES: Readonly<Record<string, string>> = {
  python: 'py py2 py3 python2 python3 ipython ipython3 pycon pyi python-repl pyw cpython sage',
  javascript: 'js jsx node nodejs mjs cjs ecmascript es6 react',
  typescript: 'ts tsx mts cts',
  java: 'jsp',
  c: 'h ansi-c c99 c11',
  cpp: 'c++ cc cxx hpp hh hxx cplusplus h++',
  csharp: 'c# cs dotnet c-sharp',
  go: 'golang',
  rust: 'rs',
  php: 'php3 php4 php5 php7 php8 phtml',
  ruby: 'rb irb erb',
  kotlin: 'kt kts',
  swift: '',
  scala: 'sc',
  perl: 'pl pm',
  lua: '',
  dart: '',
  haskell: 'hs',
  julia: 'jl',
  nim: '',
  elixir: 'ex exs',
  erlang: 'erl',
  clojure: 'clj cljs',
  elm: '',
  fsharp: 'f# fs',
  ocaml: 'ml',
  zig: '',
  groovy: 'gradle',
  solidity: 'sol',
  objectivec: 'objc objective-c',
  vb: 'vbnet visual-basic',
  assembly: 'asm nasm',
  matlab: 'octave',
  latex: 'tex',
  graphql: 'gql',
  protobuf: 'proto',
  terraform: 'hcl tf',
  mermaid: '',
  csv: 'tsv',
  r: 'rscript',
  bash: 'sh shell zsh ksh console shell-session shellscript terminal',
  powershell: 'ps1 pwsh posh',
  batch: 'bat cmd',
  sql: 'mysql postgresql postgres plsql tsql sqlite pgsql',
  html: 'htm xhtml html5',
  css: 'scss sass less',
  xml: 'svg xsd xslt',
  json: 'jsonl json5 jsonc ipynb',
  yaml: 'yml',
  toml: '',
  ini: 'cfg conf',
  dockerfile: 'docker containerfile',
  makefile: 'make mk',
  diff: 'patch udiff',
  markdown: 'md mdx',
  text: 'txt plaintext plain none output log',
};

const CANONICAL: ReadonlyMap<string, string> = new Map(
  Object.entries(ALIASES).flatMap(([name, aliases]) =>
    [name, ...aliases.split(' ')].filter((alias) => alias !== '').map((alias) => [alias, name] as const),
  ),
);

/** `Py3` → `python`, `C++` → `cpp`; null for a name that is no language we know. */
export function canonicalLanguage(name: string): string | null {
  const key = name.trim().toLowerCase();
  return CANONICAL.get(key) ?? CANONICAL.get(key.replace(/^(?:lang|language)-/, '')) ?? null;
}

/** By the file name of a path with `/` or `\` separators; null when the name tells nothing. */
export function languageOfPath(path: string): string | null {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1).toLowerCase();
  const whole = canonicalLanguage(name);
  if (name === 'dockerfile' || name === 'makefile' || name === 'containerfile') return whole;
  const dot = name.lastIndexOf('.');
  return dot < 0 ? null : canonicalLanguage(name.slice(dot + 1));
}

interface Sign {
  readonly language: string;
  readonly weight: number;
  /** Tested on one trimmed line of at most LINE_LIMIT characters. */
  readonly line: RegExp;
}

const sign = (language: string, weight: number, line: RegExp): Sign => ({ language, weight, line });

// Each expression is anchored or a short literal, so that a line costs time linear in its (bounded) length.
const SIGNS: readonly Sign[] = [
  sign('python', 3, /^(?:async )?def [A-Za-z_]\w*\s*\(.*\)\s*(?:->.{1,80})?:/),
  sign('python', 2, /^(?:async )?def [A-Za-z_]\w*\s*\($/),
  sign('python', 3, /^from [\w.]+ import [\w*(]/),
  sign('python', 2, /^import [a-zA-Z_][\w.]*(?: as \w+)?(?:, ?[\w. ]+)?$/),
  sign('python', 2, /^class [A-Za-z_]\w*(?:\([\w., =[\]]*\))?:(?:\s*#.*)?$/),
  sign('python', 2, /^(?:elif|if|while|for|with|except|async for|async with)\b.*:(?:\s*#.*)?$/),
  sign('python', 2, /^(?:try|else|finally|except):(?:\s*#.*)?$/),
  sign('python', 2, /^@[A-Za-z_][\w.]*(?:\(.*\))?$/),
  sign('python', 3, /^if __name__ ?== ?['"]__main__['"]:/),
  sign('python', 2, /^>>> \S/),
  sign('python', 1, /^(?:print|len|open|eval|exec|input)\(.*\)$/),
  sign('python', 2, /\b(?:cursor|cur|conn|connection|db|c)\.execute(?:many|script)?\(\s*(?:[frb]{0,2}["']|\w)/),
  sign('python', 2, /\b(?:os\.system|os\.popen|subprocess\.\w+|pickle\.loads?|yaml\.load)\(/),
  sign('python', 1, /^[A-Za-z_][\w.]*\s*=\s*(?:[frbu]{1,2}["']|None\b|True\b|False\b|\w+\(.*\)$)/),
  sign('python', 1, /\b(?:self\.\w|lambda \w+:|is not None|not in )/),
  sign('javascript', 3, /^(?:const|let) [\w${[][^=]*= ?(?:await |async |require\(|function|\(|\w)/),
  sign('javascript', 3, /^(?:export )?(?:default )?(?:async )?function\*? ?[\w$]*\(.*\{$/),
  sign('javascript', 2, /\b(?:console\.(?:log|error)|document\.|window\.|module\.exports|require\(['"])/),
  sign('javascript', 2, /=> ?[{(]?/),
  sign('javascript', 2, /^import .* from ['"].*['"];?$/),
  sign('typescript', 3, /^(?:export )?(?:interface|type|enum) \w+(?:<.*>)?(?: extends \w+)? ?[={]/),
  sign(
    'typescript',
    3,
    /^(?:export )?(?:const|let|async function|function) .*: ?(?:string|number|boolean|void|Promise<)/,
  ),
  sign(
    'java',
    3,
    /^(?:public|private|protected) (?:static |final |abstract )*(?:class|interface|void|int|String|[A-Z]\w*)\b/,
  ),
  sign(
    'java',
    3,
    /^import (?:static )?(?:java|javax|jakarta|kotlin|kotlinx|android|androidx|scala|org|com|io)\.[\w.*{}, ]+;?$/,
  ),
  sign('swift', 3, /^import (?:Foundation|UIKit|SwiftUI|AppKit|Combine|XCTest)$/),
  sign('haskell', 3, /^import (?:qualified )?[A-Z]\w*(?:\.[A-Z]\w*)+/),
  sign('java', 3, /\) throws [A-Z]\w*(?:, ?[A-Z]\w*)* ?[{;]$|^@Override$/),
  sign('java', 2, /\bSystem\.out\.print|\bnew [A-Z]\w*(?:<.*>)?\(.*\);$/),
  sign('csharp', 3, /^using [A-Z][\w.]*;$/),
  sign('csharp', 3, /^namespace [A-Z][\w.]*/),
  sign('csharp', 2, /\bConsole\.Write|\bstring\[\] args/),
  sign('c', 3, /^#include ?[<"]\w+\.h[>"]/),
  sign('c', 2, /^(?:static )?(?:int|void|char|unsigned|size_t|float|double)\s+\*?\w+\(.*\)\s*\{?$/),
  sign('c', 1, /\b(?:printf|malloc|strcpy|sizeof|scanf|free)\(/),
  sign('cpp', 3, /^#include ?<(?:iostream|vector|string|map|memory|algorithm|fstream)>/),
  sign('cpp', 3, /^#include ?<c?[a-z_]+>$/),
  sign('cpp', 3, /\bstd::|^using namespace \w+;|^template ?</),
  sign('go', 3, /^package \w+$/),
  sign('go', 3, /^func (?:\(\w+ \*?\w+\) )?\w+\(.*\{$/),
  sign('go', 2, /:= |\bfmt\.(?:Print|Sprint|Errorf)/),
  sign('rust', 3, /^(?:pub )?(?:async )?fn \w+(?:<.*>)?\(.*\{$/),
  sign('rust', 2, /^let mut |^use (?:std|crate)::|\bprintln!\(|^impl\b.*\{$/),
  sign('php', 4, /^<\?php\b/),
  sign('php', 2, /^\$\w+\s*=.*;$/),
  sign('ruby', 2, /^def [a-z_]\w*[?!]?(?:\(.*\)|)$|^end$|^require ['"]/),
  sign('ruby', 2, /\bdo \|\w+(?:, ?\w+)*\|$|^puts /),
  sign('bash', 4, /^#!\/(?:usr\/)?bin\/(?:env )?(?:ba|z|k)?sh\b/),
  sign('bash', 2, /^(?:\$ |sudo |apt(?:-get)? |npm |pip3? install|cd |echo |curl |chmod |export \w+=|fi$|done$|if \[)/),
  sign('python', 4, /^#!\/.*\bpython[\d.]*$/),
  sign('sql', 3, /^(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE|ALTER TABLE|DROP TABLE)\b/i),
  sign('html', 4, /^<!doctype html|^<html\b/i),
  sign('html', 2, /^<\/?(?:div|p|body|head|script|form|input|table|ul|span)\b[^>]*>/i),
  sign(
    'diff',
    4,
    /^(?:diff --git |@@ -\d+(?:,\d+)? \+\d+|--- a\/|\+\+\+ b\/|\*\*\* (?:Begin Patch|Update File:|Add File:))/,
  ),
];

const LINE_LIMIT = 400;
/** Least weight of evidence. One weak sign, such as a call, is not enough: prose has those too. */
const LEAST_EVIDENCE = 2;

/** By content; null when nothing speaks clearly for one language. Linear in the length of `code`. */
export function detectLanguage(code: string): string | null {
  const evidence = new Map<string, number>();
  for (const raw of code.split('\n')) {
    const line = raw.slice(0, LINE_LIMIT).trim();
    if (line === '') continue;
    for (const { language, weight, line: pattern } of SIGNS)
      if (pattern.test(line)) evidence.set(language, (evidence.get(language) ?? 0) + weight);
  }
  let best: string | null = null;
  let most = LEAST_EVIDENCE - 1;
  for (const [language, weight] of evidence) {
    if (weight > most) {
      best = language;
      most = weight;
    }
  }
  return best;
}

/** Collects, line by line, what speaks for Python inside code that is said to be in another language. */
export class PythonEvidence {
  /** Sum over the lines so far; 3 is a function, or an import and a call of what it imported. */
  weight = 0;
  private hasImport = false;

  add(raw: string): void {
    const line = raw.slice(0, LINE_LIMIT).trim();
    const python = weightOn(line, (language) => language === 'python');
    if (python === 0 || weightOn(line, (language) => language !== 'python') >= python) return;
    // Many languages write `import name`.
    const isImport = /^import /.test(line);
    if (!isImport || !this.hasImport) this.weight += python;
    this.hasImport ||= isImport;
  }
}

function weightOn(line: string, wanted: (language: string) => boolean): number {
  let sum = 0;
  for (const { language, weight, line: pattern } of SIGNS) if (wanted(language) && pattern.test(line)) sum += weight;
  return sum;
}
