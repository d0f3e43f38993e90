/**
 * Runs the tests of a prompt against the JavaScript of an answer, in a process of its own inside the sandbox (correctness_node.py).
 * Started with --frozen-intrinsics: what the code does to builtins does not reach the tests. Its means of answering are bound before the
 * code runs, and the token with which it answers is in no place that the code can reach.
 */
'use strict';
const { readFileSync, writeSync } = require('node:fs');
const vm = require('node:vm');
const { exit } = process;

/** Modules that neither read files, nor start processes, nor lead to the internals of this one. */
const MODULES = ['assert', 'assert/strict', 'buffer', 'crypto', 'events', 'path', 'querystring', 'string_decoder', 'url', 'util'];
const modules = new Map(MODULES.map((name) => [name, frozen(require(`node:${name}`))]));
const SOLUTION = /^\.{0,2}\/[\w./-]*$/;
/** Bound by test frameworks, which are not here. */
const FRAMEWORK = /\b(describe|it|test|expect|beforeEach|QUnit|chai|jest|vi)\s*[.(]/;
const DEFINED = /^(?:export\s+(?:default\s+)?)?(?:async\s+)?(?:function\s*\*?|class|const|let|var)\s+([A-Za-z_$][\w$]*)/gm;

class Undecidable extends Error {}

/** The value and what hangs on it cannot be changed. Prototypes of builtins are frozen already. */
function frozen(value, seen = new Set()) {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  if (!isObject || seen.has(value) || ArrayBuffer.isView(value)) return value;
  seen.add(value);
  for (const key of Reflect.ownKeys(value)) {
    const { value: inner } = Object.getOwnPropertyDescriptor(value, key) ?? {};
    frozen(inner, seen);
  }
  try {
    Object.freeze(value);
  } catch {
    // An object of the runtime that cannot be.
  }
  return value;
}

function requireFor(solution) {
  return Object.freeze((name) => {
    const plain = String(name).replace(/^node:/, '');
    if (modules.has(plain)) return modules.get(plain);
    if (solution !== null && SOLUTION.test(plain)) return solution();
    missing ??= plain;
    throw new Undecidable(`the module ${plain} is not here`);
  });
}
/** A module that was asked for in vain. */
let missing = null;

const nothing = () => undefined;
const silent = Object.freeze(
  Object.fromEntries(Object.keys(console).map((name) => [name, nothing])),
);
const assert = modules.get('assert');
const strictConsole = Object.freeze({ ...silent, assert: (value, ...rest) => assert.ok(value, ...rest) });

/** No signal, no exit and no descriptor: what is left of it for code that looks at its surroundings. */
const process_ = frozen({
  argv: ['node', 'solution.js'],
  env: {},
  platform: process.platform,
  version: process.version,
  versions: { node: process.versions.node },
  nextTick: (callback, ...given) => queueMicrotask(() => callback(...given)),
  hrtime: Object.assign((since) => process.hrtime(since), { bigint: () => process.hrtime.bigint() }),
  cwd: () => '/tmp',
  on: nothing,
  stdout: { write: () => true },
  stderr: { write: () => true },
  exit: () => {
    throw new Error('it calls process.exit');
  },
});

/** Scripts have no import and no export: the names are there anyway. */
const asScript = (code) =>
  code
    .replace(/^export\s+default\s+(?=(?:async\s+)?function\s*\*?\s*[A-Za-z_$]|class\s+[A-Za-z_$])/gm, '')
    .replace(/^export\s+(?=async\b|function\b|class\b|const\b|let\b|var\b)/gm, '')
    .replace(/^export\s+default\s+/gm, 'module.exports = ')
    .replace(/^export\s*\{[^}]*\};?[ \t]*$/gm, '')
    .replace(/^import\s+\*\s+as\s+([\w$]+)\s+from\s+(['"][^'"]+['"])/gm, 'const $1 = require($2)')
    .replace(/^import\s+([\w$]+)\s+from\s+(['"][^'"]+['"])/gm, 'const $1 = require($2)')
    .replace(/^import\s+(\{[^}]*\})\s+from\s+(['"][^'"]+['"])/gm, (_, names, from) => `const ${names.replace(/\bas\b/g, ':')} = require(${from})`);

/** In functions of their own, behind parameters that hide whatever the code has called `assert` or `JSON`. */
async function runTests(tests, names) {
  for (const text of tests) {
    const body = `'use strict'; return (async () => {\n${withoutOwn(text, names.own)}\n})();`;
    await vm.compileFunction(body, Object.keys(names.all), { filename: 'test.js' })(...Object.values(names.all));
  }
}

/** What brings the answer in stands for the answer. */
const withoutOwn = (text, own) =>
  asScript(text).replace(/^(?:const|let|var)\s+(\{[^}]*\}|[\w$]+)\s*=\s*require\(\s*['"]\.{0,2}\/[^'"]*['"]\s*\)(\.\w+)?;?[ \t]*$/gm, (line, bound) =>
    (bound.match(/[A-Za-z_$][\w$]*/g) ?? []).every((name) => own.includes(name)) ? '' : line,
  );

/** What the tests must find as it was, whatever the code has declared under these names. */
const INTRINSICS = (
  'Object Array JSON Math Number String Boolean BigInt Symbol RegExp Date Map Set WeakMap WeakSet Promise Reflect Proxy Error TypeError RangeError ' +
  'SyntaxError EvalError URIError ReferenceError AggregateError Uint8Array Int32Array Float64Array parseInt parseFloat isNaN isFinite structuredClone'
).split(' ');
const GLOBALS = Object.freeze(Object.fromEntries(INTRINSICS.map((name) => [name, globalThis[name]])));

function namesFor(own, solution) {
  return {
    own: Object.keys(own),
    all: { ...own, ...GLOBALS, assert, console: strictConsole, require: requireFor(solution), process: process_ },
  };
}

class Stub {
  constructor() {
    return new Proxy(this, { get: (_, name) => (typeof name === 'symbol' || name === 'then' ? undefined : nothing) });
  }
}

/** @throws Undecidable unless the tests can tell code that does something from code that does not. */
async function checkTests(tests, defined, classes) {
  const framework = tests.map((text) => FRAMEWORK.exec(text)?.[1]).find((name) => name !== undefined && !defined.includes(name));
  if (framework !== undefined) throw new Undecidable(`the tests need ${framework}, which is not here`);
  const stubs = Object.fromEntries(defined.map((name) => [name, classes.includes(name) ? class extends Stub {} : nothing]));
  try {
    await runTests(tests, namesFor(stubs, () => stubs));
  } catch (error) {
    if (error instanceof Undecidable) throw error;
    if (error instanceof SyntaxError) throw new Undecidable('the tests do not parse');
    return;
  }
  throw new Undecidable('the tests pass for functions that return undefined');
}

async function main() {
  const { token, code, tests } = JSON.parse(readFileSync(0, 'utf8'));
  const answer = (verdict) => {
    writeSync(1, token + verdict);
    exit(0);
  };
  const fail = (error) => {
    let text = 'it failed';
    try {
      text = `${error?.name ?? 'Error'}: ${error?.message ?? error}`.slice(0, 300);
    } catch {
      // What was thrown does not want to be read.
    }
    answer(missing === null ? `-${text}` : `?the code needs the module ${missing}, which is not here`);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  process.on('beforeExit', () => fail(new Error('the tests wait for what never happens')));
  try {
    const defined = [...code.matchAll(DEFINED)].map(([, name]) => name);
    const classes = [...code.matchAll(/^(?:export\s+(?:default\s+)?)?class\s+([\w$]+)/gm)].map(([, name]) => name);
    await checkTests(tests, defined, classes);
    missing = null;
    const module = { exports: {} };
    for (const [name, value] of Object.entries({ process: process_, console: silent, require: requireFor(null) }))
      Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
    for (const name of Object.keys(GLOBALS))
      Object.defineProperty(globalThis, name, { value: GLOBALS[name], writable: false, configurable: false });
    Object.assign(globalThis, { module, exports: module.exports });
    vm.runInThisContext(asScript(code), { filename: 'solution.js' });
    const own = {};
    for (const name of defined) {
      const value = vm.runInThisContext(`typeof ${name} === 'undefined' ? undefined : ${name}`);
      if (value !== undefined) own[name] = value;
    }
    const exported = typeof module.exports === 'object' && module.exports !== null ? module.exports : {};
    await runTests(tests, namesFor({ ...exported, ...own }, () => (typeof module.exports === 'function' ? module.exports : { ...exported, ...own })));
  } catch (error) {
    if (error instanceof Undecidable && missing === null) answer(`?${error.message}`);
    fail(error);
  }
  answer(missing === null ? '+' : `?the code needs the module ${missing}, which is not here`);
}

void main();
