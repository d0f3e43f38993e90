import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { completeCEnd } from '../../../src/guard/code/c/statement-end.js';
import { Analyser } from '../../../src/guard/code/scan.js';
import { JAVA_PAIRS } from './java-pairs.js';
import { SAFE_JAVA } from './java-safe-programs.js';
import { describeRules, findingsIn } from './rule-suite.js';

const analyser = new Analyser();
before(() => analyser.warm());

const found = (code: string): Promise<string[]> => findingsIn(analyser, 'java', code);

describeRules(analyser, {
  language: 'java',
  title: 'Java',
  pairs: JAVA_PAIRS,
  safePrograms: SAFE_JAVA,
  weaknesses: 30,
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
