import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { completeCEnd } from '../../../src/guard/code/c/statement-end.js';
import { findLanguage, loadRules, ruleFiles } from '../../../src/guard/code/languages.js';
import { Analyser } from '../../../src/guard/code/scan.js';
import { JAVA_PAIRS } from './java-pairs.js';
import { SAFE_JAVA } from './java-safe-programs.js';

const analyser = new Analyser();
before(() => analyser.warm());

async function found(code: string): Promise<string[]> {
  const result = await analyser.scan(code, 'java');
  assert.equal(result.outcome, 'scanned');
  return result.findings.map(({ rule, span }) => `${rule.replace('java/', '')}:${span?.line ?? 0}`);
}

const rulesIn = async (code: string): Promise<string[]> => [
  ...new Set((await found(code)).map((rule) => rule.replace(/:\d+$/, ''))),
];

describe('every Java rule tells vulnerable code from its safe twin', () => {
  for (const [index, { rule, vulnerable, safe }] of JAVA_PAIRS.entries()) {
    test(`${rule} (${index}) flags the vulnerable one`, async () => {
      assert.deepEqual(await rulesIn(vulnerable), [rule.replace('java/', '')]);
    });
    test(`${rule} (${index}) leaves the safe one alone`, async () => {
      assert.deepEqual(await rulesIn(safe), []);
    });
  }

  test('no rule is without a pair, and they cover at least 25 weaknesses', () => {
    const language = findLanguage('java');
    assert.ok(language);
    const rules = loadRules(ruleFiles(language));
    const tested = new Set(JAVA_PAIRS.map(({ rule }) => rule));
    assert.deepEqual(
      rules.filter(({ id }) => !tested.has(id)),
      [],
    );
    assert.ok(new Set(rules.map(({ cwe }) => cwe)).size >= 25);
  });
});

describe('an ordinary Java program raises no alarm', () => {
  for (const { name, code } of SAFE_JAVA)
    test(name, async () => {
      assert.deepEqual(await analyser.scan(code, 'java'), { outcome: 'scanned', findings: [], parse: 'clean' });
    });
});

describe('data is followed in Java', () => {
  const SINK = 'Runtime.getRuntime().exec("ls " + x);';
  for (const [name, code] of Object.entries({
    'through a helper of the class': `class A {\n  void doGet(HttpServletRequest request) throws Exception {\n    run(request.getParameter("a"));\n  }\n  private void run(String x) throws Exception {\n    ${SINK}\n  }\n}\n`,
    'through a loop and a list': `void f(HttpServletRequest request) throws Exception {\n  List<String> all = new ArrayList<>();\n  all.add(request.getParameter("a"));\n\n  for (String x : all)\n    ${SINK}\n}\n`,
    'through a try with its resources': `void f(HttpServletRequest request) throws Exception {\n  try (Reader in = open()) {\n    String x = request.getParameter("a");\n    log();\n    in.read();\n    ${SINK}\n  }\n}\n`,
    'through a field of this': `class A {\n  private String x;\n  void f(HttpServletRequest request) throws Exception {\n    this.x = request.getHeader("a");\n\n    ${SINK}\n  }\n}\n`,
    'without a class or a method': `String x = request.getParameter("a");\n\n\n\n\n${SINK}\n`,
    'in a lambda': `class A {\n  void f(HttpServletRequest request) {\n    String x = request.getParameter("a");\n    pool.submit(() -> {\n\n      ${SINK}\n    });\n  }\n}\n`,
  }))
    test(name, async () => {
      assert.deepEqual(await found(code), ['command-injection:6']);
    });

  test('and not where a switch, a list of names or a number decides', async () => {
    for (const code of [
      'void f(HttpServletRequest request) throws Exception {\n  String x = switch (request.getParameter("a")) { case "b" -> "c"; default -> "d"; };\n  Runtime.getRuntime().exec("ls " + x);\n}\n',
      'void f(HttpServletRequest request) throws Exception {\n  String x = request.getParameter("a");\n  if (!ALLOWED.contains(x)) return;\n  Runtime.getRuntime().exec("ls " + x);\n}\n',
      'void f(HttpServletRequest request) throws Exception {\n  long x = Long.parseLong(request.getParameter("a"));\n  Runtime.getRuntime().exec("ls " + x);\n}\n',
    ])
      assert.deepEqual(await found(code), [], code);
  });

  test('and a tree that is too deep is said not to be understood', async () => {
    const deep = `int a = ${'('.repeat(600)}1${')'.repeat(600)} + ${'-'.repeat(3)}1;\n`;
    assert.equal((await analyser.scan(`${'{'.repeat(400)}${deep}${'}'.repeat(400)}`, 'java')).outcome, 'scanned');
  });
});

describe('the end of the complete statements of Java', () => {
  test('is where the last one begins, and not inside a class', () => {
    assert.equal(completeCEnd('int a = f();\nint b = g(\n'), 13);
    assert.equal(completeCEnd('class A {\n  void f() {\n  }\n'), 0);
  });
});
