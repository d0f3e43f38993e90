import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Judgement, Sample } from '../../../src/reward/oracle.js';
import { createCorrectnessOracle } from '../../../src/reward/oracles/correctness.js';
import { testsFrom, testsIn } from '../../../src/reward/prompt-tests.js';
import { createSandbox, type Sandbox } from '../../../src/reward/sandbox.js';
import { answer } from '../../support/events.js';
import { skipWithoutSandbox } from '../../support/sandbox.js';

const never = new AbortController().signal;
const js = (code: string): string => `\`\`\`javascript\n${code}\n\`\`\``;

function sample(asked: string, content: string): Sample {
  const prompt = [{ role: 'user' as const, text: asked }];
  return { kind: 'code', prompt, response: answer(content), format: 'absent', tests: testsIn(prompt) ?? 'none' };
}

const DOUBLE =
  'Write a JavaScript function double(x). It must pass\nassert.strictEqual(double(2), 4);\nassert.strictEqual(double(-1), -2);';
const FENCED = `Write double(x) in JavaScript.\n${js("const assert = require('assert');\nconst { double } = require('./double');\nassert.deepStrictEqual([1, 2].map(double), [2, 4]);")}`;
const LOGGED =
  'Write double(x) in JavaScript so that\n- `console.assert(double(2) === 4)`\n- `console.assert(double(0) === 0)`';
const AWAITED = `Write an async function later(x) that doubles.\n${js("import assert from 'node:assert';\nassert.equal(await later(2), 4);")}`;
const STACK = `A class Stack:\n${js('const s = new Stack();\ns.push(1);\ns.push(2);\nassert.equal(s.pop(), 2);\nassert.equal(s.size(), 1);')}`;
const THROWS = `root(x) in JavaScript:\n${js('assert.equal(root(4), 2);\nassert.throws(() => root(-1), RangeError);')}`;

const PRINTED = `Write double(x) in JavaScript:\n${js("assert.equal(JSON.stringify([1, 2].map((x) => double(x))), '[2,4]');")}`;

const double = js('function double(x) {\n  return x + x;\n}');

type Row = readonly [asked: string, content: string];

const PASSING: readonly Row[] = [
  [DOUBLE, double],
  [DOUBLE, js('const double = (x) => 2 * x;\nmodule.exports = { double };')],
  [DOUBLE, js('export const double = (x) => 2 * x;')],
  [DOUBLE, js('export default function double(x) {\n  return 2 * x;\n}')],
  [
    DOUBLE,
    js("const util = require('node:util');\nfunction double(x) {\n  console.log(util.inspect(x));\n  return 2 * x;\n}"),
  ],
  [FENCED, double],
  [FENCED, js("import path from 'node:path';\nexport function double(x) { return path.sep.length * 2 * x; }")],
  [LOGGED, double],
  [PRINTED, double],
  [DOUBLE, js("const { Buffer } = require('buffer');\nconst { URL } = require('url');\nconst double = (x) => 2 * x;")],
  [DOUBLE, js('function Pair() {}\nPair.prototype.toString = () => "";\nconst double = (x) => 2 * x;')],
  [
    AWAITED,
    js('async function later(x) {\n  return new Promise((resolve) => setTimeout(() => resolve(2 * x), 5));\n}'),
  ],
  [
    STACK,
    js(
      'class Stack {\n  #items = [];\n  push(x) { this.#items.push(x); }\n  pop() { return this.#items.pop(); }\n  size() { return this.#items.length; }\n}',
    ),
  ],
  [
    THROWS,
    js(
      'class Negative extends RangeError {\n  constructor() { super("negative"); this.name = "Negative"; }\n}\nfunction root(x) {\n  if (x < 0) throw new Negative();\n  return Math.sqrt(x);\n}',
    ),
  ],
];

/** Each would pass if the code could reach the tests, or if an end were taken for a pass. */
const FAILING: Readonly<Record<string, string>> = {
  'a wrong value': 'function double(x) { return x * x * x; }',
  'code that does not parse': 'function double(x) { return x +',
  'an error of its own': 'function double(x) { throw new Error("Undecidable: no"); }',
  'a value that is not there': 'const triple = 3;',
  'process.exit(0) before the assertions': 'process.exit(0);',
  'process.exit(0) in the function': 'function double(x) { process.exit(0); }',
  'process.reallyExit': 'function double(x) { process.reallyExit(0); }',
  'an own assert': 'const assert = { strictEqual() {} };\nfunction double(x) { return 0; }',
  'a changed assert': 'try { require("assert").strictEqual = () => {}; } catch {}\nfunction double(x) { return 0; }',
  'a changed assert, strictly':
    '"use strict";\ntry { Object.defineProperty(require("assert"), "strictEqual", { value() {} }); } catch {}\nfunction double(x) { return 0; }',
  'a changed prototype':
    'try { Object.prototype.valueOf = () => 4; Number.prototype.valueOf = () => 4; Object.is = () => true; } catch {}\nfunction double(x) { return 0; }',
  'a changed error':
    'try { globalThis.Error = class {}; require("assert").AssertionError = class {}; } catch {}\nfunction double(x) { return 0; }',
  'a changed console':
    'try { console.assert = () => {}; globalThis.console = {}; } catch {}\nfunction double(x) { return 0; }',
  'a changed promise':
    'try { Promise.prototype.then = function (f) { return f(); }; Promise.prototype.catch = () => {}; } catch {}\nfunction double(x) { return 0; }',
  'a handler of failures':
    'try { process.on("uncaughtException", () => {}); } catch {}\nfunction double(x) { return 0; }',
  'printing what a pass looks like': 'process.stdout.write("+");\nconsole.log("+");\nfunction double(x) { return 0; }',
  'a way to the process':
    'const p = (0, eval)("this").constructor.constructor("return process")();\np.exit(0);\nfunction double(x) { return 0; }',
  'an endless loop': 'function double(x) { for (;;); }',
  'an endless loop of promises': 'function double(x) { const f = () => Promise.resolve().then(f); f(); return 0; }',
  'endless memory': 'const all = [];\nfor (;;) all.push(new Array(1e6).fill(1));\nfunction double(x) { return 0; }',
  'endless buffers': 'const all = [];\nfor (;;) all.push(Buffer.alloc(1 << 26, 1));\nfunction double(x) { return 0; }',
};

/** Not the code's fault, or nothing that can be run. */
const UNDECIDED: readonly (readonly [asked: string, content: string, reason: RegExp])[] = [
  [
    DOUBLE,
    js('const fs = require("fs");\nfs.writeSync(1, "+");\nfunction double(x) { return 0; }'),
    /needs the module fs/,
  ],
  [
    DOUBLE,
    js('import express from "express";\nexport function double(x) { return 2 * x; }'),
    /needs the module express/,
  ],
  [DOUBLE, '```python\ndef double(x):\n    return 2 * x\n```', /the tests are of JavaScript/],
  [
    `double(x) in JavaScript:\n${js('assert.ok(true || double(1));')}`,
    double,
    /pass for functions that return undefined/,
  ],
  [`double(x):\n${js("test('it', () => { assert.equal(double(1), 2); });")}`, double, /the tests need test/],
  [`double(x):\n${js('assert.equal(double(1), 2')}`, double, /do not parse/],
];

describe('the correctness of JavaScript', { skip: skipWithoutSandbox }, () => {
  /** A busy machine is no failure; what hangs on purpose is not waited for so long. */
  let sandbox: Sandbox;
  let impatient: Sandbox;
  before(async () => {
    sandbox = await createSandbox({ workers: 2, deadlineMs: 10_000 });
    impatient = await createSandbox({ workers: 1, deadlineMs: 1_000 });
  });
  after(async () => {
    await sandbox.stop();
    await impatient.stop();
  });
  const judge = (asked: string, content: string, runner = sandbox): Promise<Judgement> =>
    createCorrectnessOracle(runner).judge(sample(asked, content), never);

  test('right code passes', async () => {
    await Promise.all(
      PASSING.map(async ([asked, content]) => {
        assert.deepEqual(await judge(asked, content), { value: 1, evidence: [] }, content);
      }),
    );
  });

  test('neither wrong code passes, nor what ends, hangs, fills memory or changes what judges it', async () => {
    await Promise.all(
      Object.entries(FAILING).map(async ([name, code]) => {
        const { value, reason } = await judge(DOUBLE, js(code), name.includes('endless') ? impatient : sandbox);
        assert.equal(value, 0, `${name}: ${reason}`);
      }),
    );
    assert.equal((await judge(LOGGED, js('console.assert = () => {};\nfunction double() { return 1; }'))).value, 0);
    for (const forged of [
      'const JSON = { stringify: () => "[2,4]" };',
      'try { JSON.stringify = () => "[2,4]"; } catch {}',
      'try { Array.prototype.map = () => [2, 4]; } catch {}',
      'try { Array.prototype.toJSON = () => [2, 4]; } catch {}',
      'module.exports = { JSON: { stringify: () => "[2,4]" } };',
    ])
      assert.equal((await judge(PRINTED, js(`${forged}\nfunction double() { return 0; }`))).value, 0, forged);
    assert.equal((await judge(AWAITED, js('function later() { return new Promise(() => {}); }'))).value, 0);
    assert.equal((await judge(DOUBLE, 'Use a loop.')).value, 0);
  });

  test('there is no way to the network', async (t) => {
    let seen = 0;
    const server = createServer((socket) => {
      seen += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const asked = `An async function get(url):\n${js("assert.equal(await get('/'), 'refused');")}`;
    const code = `async function get() {\n  try { await fetch('http://127.0.0.1:${port}/'); return 'there'; } catch { return 'refused'; }\n}`;
    assert.equal((await judge(asked, js(code))).value, 1);
    assert.equal(seen, 0);
  });

  test('tests that prove nothing here, and code that cannot be run, have no value', async () => {
    await Promise.all(
      UNDECIDED.map(async ([asked, content, expected]) => {
        const { value, reason = '' } = await judge(asked, content);
        assert.deepEqual([value, expected.test(reason)], [null, true], `${content}: ${reason}`);
      }),
    );
  });
});

describe('tests of JavaScript in a prompt', () => {
  test('are told from those of Python', () => {
    const found = (text: string) => testsIn([{ role: 'user', text }]);
    assert.deepEqual(found(DOUBLE)?.javascript?.length, 1);
    assert.deepEqual(found(DOUBLE)?.scripts, []);
    assert.deepEqual(found('assert(f(1) == 2)'), { scripts: ['assert(f(1) == 2)'], sessions: [] });
    assert.deepEqual(found('assert f(1) == 2, g(";")'), { scripts: ['assert f(1) == 2, g(";")'], sessions: [] });
    assert.deepEqual(testsFrom(['assert.equal(f(1), 2)', 'assert f(1) == 2']), {
      ...{ scripts: ['assert f(1) == 2'], sessions: [] },
      javascript: ['assert.equal(f(1), 2)'],
    });
  });
});
