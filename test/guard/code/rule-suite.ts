/** What holds for every language whose rules are tested by pairs. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findLanguage, loadRules, ruleFiles } from '../../../src/guard/code/languages.js';
import type { Analyser } from '../../../src/guard/code/scan.js';
import type { Pair } from './javascript-pairs.js';

export interface RuleSuite {
  /** Canonical name, which is also that of its rules. */
  readonly language: string;
  readonly title: string;
  readonly pairs: readonly Pair[];
  readonly safePrograms: readonly { readonly name: string; readonly code: string }[];
  /** CWEs that its rules cover at least. */
  readonly weaknesses: number;
}

/** `rule:line` of each finding. */
export async function findingsIn(analyser: Analyser, language: string, code: string): Promise<string[]> {
  const result = await analyser.scan(code, language);
  assert.equal(result.outcome, 'scanned');
  return result.findings.map(({ rule, span }) => `${rule.replace(/^\w+\//, '')}:${span?.line ?? 0}`);
}

export function describeRules(analyser: Analyser, suite: RuleSuite): void {
  const { language, title, pairs, safePrograms, weaknesses } = suite;
  const rulesIn = async (code: string): Promise<string[]> => [
    ...new Set((await findingsIn(analyser, language, code)).map((rule) => rule.replace(/:\d+$/, ''))),
  ];

  describe(`every ${title} rule tells vulnerable code from its safe twin`, () => {
    for (const [index, { rule, vulnerable, safe }] of pairs.entries()) {
      test(`${rule} (${index}) flags the vulnerable one`, async () => {
        assert.deepEqual(await rulesIn(vulnerable), [rule.replace(`${language}/`, '')]);
      });
      test(`${rule} (${index}) leaves the safe one alone`, async () => {
        assert.deepEqual(await rulesIn(safe), []);
      });
    }

    test(`no rule is without a pair, and they cover at least ${weaknesses} weaknesses`, () => {
      const known = findLanguage(language);
      assert.ok(known);
      const rules = loadRules(ruleFiles(known));
      const tested = new Set(pairs.map(({ rule }) => rule));
      assert.deepEqual(
        rules.filter(({ id }) => !tested.has(id)),
        [],
      );
      assert.ok(new Set(rules.map(({ cwe }) => cwe)).size >= weaknesses);
    });
  });

  describe(`an ordinary ${title} program raises no alarm`, () => {
    for (const { name, code } of safePrograms)
      test(name, async () => {
        assert.deepEqual(await analyser.scan(code, language), { outcome: 'scanned', findings: [], parse: 'clean' });
      });
  });
}
