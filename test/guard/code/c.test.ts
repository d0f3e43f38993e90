import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { completeCEnd } from '../../../src/guard/code/c/statement-end.js';
import { findLanguage, loadRules, ruleFiles } from '../../../src/guard/code/languages.js';
import { Analyser } from '../../../src/guard/code/scan.js';
import { C_DATA_PAIRS } from './c-data-pairs.js';
import { C_MEMORY_PAIRS } from './c-memory-pairs.js';

const analyser = new Analyser();
before(() => analyser.warm());

const PAIRS = [...C_MEMORY_PAIRS, ...C_DATA_PAIRS];
const isCpp = (code: string): boolean => /<c?(iostream|cstdlib)>/.test(code);

async function rulesIn(code: string, language: string): Promise<string[]> {
  const result = await analyser.scan(code, language);
  assert.equal(result.outcome, 'scanned');
  assert.equal(result.parse, 'clean');
  return result.findings.map(({ rule }) => rule);
}

describe('every C rule tells vulnerable code from its safe twin', () => {
  for (const language of ['c', 'cpp'])
    for (const [index, { rule, vulnerable, safe }] of PAIRS.entries()) {
      if (isCpp(vulnerable) && language === 'c') continue;
      test(`${rule} (${language}, ${index}) flags the vulnerable one`, async () => {
        const found = await rulesIn(vulnerable, language);
        assert.ok(found.includes(rule), `found ${found.join(', ') || 'nothing'}`);
      });
      test(`${rule} (${language}, ${index}) leaves the safe one alone`, async () => {
        assert.deepEqual(await rulesIn(safe, language), []);
      });
    }

  test('no rule is without a pair', () => {
    const language = findLanguage('c');
    assert.ok(language);
    const tested = new Set(PAIRS.map(({ rule }) => rule));
    assert.deepEqual(
      loadRules(ruleFiles(language))
        .map(({ id }) => id)
        .filter((id) => !tested.has(id)),
      [],
    );
  });
});

describe('the end of the complete declarations', () => {
  test('is behind the last of them', () => {
    assert.equal(completeCEnd('int a;\nint b'), 7);
    assert.equal(completeCEnd('#define A 1\nint f(void) {\n  return 1;\n}\nint g('), 40);
  });
  test('is not inside a function, a comment or a macro', () => {
    for (const code of [
      'int f(void) {\n  g();\n',
      '/*\nint a;\n',
      '#define F(x) \\\n  g(x);\\\n',
      'struct a {\n int b;\n',
    ])
      assert.equal(completeCEnd(code), 0, code);
  });
});

describe('the budget of a scan', () => {
  test('may end in the middle of an expression whose ways are still being tried', async () => {
    // What a campaign of damaged sources found, cut down: parentheses that never end call a function over and over.
    const start = "is_plain(){for(s 0e[i]!f(!m(r)i)&e!='_'n 0;n 1;f(x)(x)";
    const end = '#x static d n(o*e){\nr m[];if!is_plain(e)e;f(d)t n(i a c*v)f(c>1n(r])}';
    for (let calls = 44; calls < 58; calls += 1)
      assert.equal((await analyser.scan(start + 'f(x)'.repeat(calls) + end, 'cpp')).outcome, 'scanned');
  });
});
