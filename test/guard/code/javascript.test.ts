import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { completeJavaScriptEnd } from '../../../src/guard/code/javascript/statement-end.js';
import { findLanguage, loadRules, ruleFiles } from '../../../src/guard/code/languages.js';
import { Analyser } from '../../../src/guard/code/scan.js';
import { JAVASCRIPT_PAIRS } from './javascript-pairs.js';
import { SAFE_PROGRAMS } from './javascript-safe-programs.js';

const analyser = new Analyser();
before(() => analyser.warm());

async function rulesIn(code: string, language: string): Promise<string[]> {
  const result = await analyser.scan(code, language);
  assert.equal(result.outcome, 'scanned');
  return result.findings.map(({ rule }) => rule);
}

describe('every JavaScript rule tells vulnerable code from its safe twin', () => {
  for (const language of ['javascript', 'typescript'])
    for (const [index, { rule, vulnerable, safe }] of JAVASCRIPT_PAIRS.entries()) {
      test(`${rule} (${language}, ${index}) flags the vulnerable one`, async () => {
        const found = await rulesIn(vulnerable, language);
        assert.ok(found.includes(rule), `found ${found.join(', ') || 'nothing'}`);
      });
      test(`${rule} (${language}, ${index}) leaves the safe one alone`, async () => {
        assert.deepEqual(await rulesIn(safe, language), []);
      });
    }

  test('no rule is without a pair', () => {
    const language = findLanguage('javascript');
    assert.ok(language);
    const tested = new Set(JAVASCRIPT_PAIRS.map(({ rule }) => rule));
    assert.deepEqual(
      loadRules(ruleFiles(language)).filter(({ id }) => !tested.has(id)),
      [],
    );
  });

  test('the rules cover at least 20 weaknesses', () => {
    const language = findLanguage('typescript');
    assert.ok(language);
    assert.ok(new Set(loadRules(ruleFiles(language)).map(({ cwe }) => cwe)).size >= 20);
  });
});

describe('an ordinary program raises no alarm', () => {
  for (const { name, language, code } of SAFE_PROGRAMS)
    test(name, async () => {
      const result = await analyser.scan(code, language);
      assert.deepEqual(result, { outcome: 'scanned', findings: [], parse: 'clean' });
    });
});

test('types of TypeScript are read over', async () => {
  const code =
    "import { exec } from 'child_process';\ninterface A { b: string }\nexport function f(this: void, a: string, n: number): void {\n  exec(`ls ${n}`);\n  exec(`ls ${(a as string)!}`);\n}\n";
  const result = await analyser.scan(code, 'ts');
  assert.equal(result.outcome, 'scanned');
  assert.equal(result.parse, 'clean');
  assert.deepEqual(
    result.findings.map(({ rule, span }) => `${rule}:${span?.line ?? 0}`),
    ['javascript/command-injection:5'],
  );
});

describe('the end of the complete statements', () => {
  test('is where the last statement begins', () => {
    assert.equal(completeJavaScriptEnd('f();\ng();\n'), 5);
  });
  test('is not inside a function, a template or a comment', () => {
    for (const code of ['function f() {\n  g();\nh();\n', 'const a = `\nb\nc\n', '/*\na();\nb();\n'])
      assert.equal(completeJavaScriptEnd(code), 0, code);
  });
  test('waits for what may follow an if or a try', () => {
    assert.equal(completeJavaScriptEnd('if (a) {\n}\nelse {\n}\n'), 0);
  });
});
