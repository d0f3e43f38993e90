import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { PurpgateError } from '../../../src/errors.js';
import { findLanguage, loadModel, loadRules, modelFile, ruleFiles } from '../../../src/guard/code/languages.js';
import { Analyser } from '../../../src/guard/code/scan.js';
import { PAIRS } from './python-pairs.js';

const python = findLanguage('python');
assert.ok(python);
const analyser = new Analyser();
before(() => analyser.warm());

async function findingsIn(code: string) {
  const result = await analyser.scan(code, 'python');
  assert.equal(result.outcome, 'scanned');
  return result.findings;
}

describe('every Python rule tells vulnerable code from its safe twin', () => {
  for (const { rule, vulnerable, safe } of PAIRS) {
    test(`${rule} flags the vulnerable one`, async () => {
      const found = (await findingsIn(vulnerable)).map((finding) => finding.rule);
      assert.ok(found.includes(rule), `found ${found.join(', ') || 'nothing'}`);
    });
    test(`${rule} leaves the safe one alone`, async () => {
      const found = (await findingsIn(safe)).map((finding) => `${finding.rule}:${finding.span?.line ?? 0}`);
      assert.deepEqual(found, []);
    });
  }

  test('no rule is without a pair', () => {
    const tested = new Set(PAIRS.map(({ rule }) => rule));
    const untested = loadRules(ruleFiles(python)).filter(({ id }) => !tested.has(id));
    assert.deepEqual(
      untested.map(({ id }) => id),
      [],
    );
  });

  test('the rules cover at least 20 weaknesses', () => {
    assert.ok(new Set(loadRules(ruleFiles(python)).map(({ cwe }) => cwe)).size >= 20);
  });
});

describe('rule files are checked when they are loaded', () => {
  const valid = {
    id: 'python/x',
    cwe: 'CWE-1',
    message: 'm',
    advice: 'a',
    severity: 'high',
    action: 'annotate',
    patterns: [{ call: ['f'] }],
  };
  const failing = (change: Record<string, unknown>, expected: RegExp): void => {
    const text = JSON.stringify({ ...valid, ...change });
    assert.throws(
      () => loadRules([{ name: 'x.yaml', text }]),
      (thrown) => thrown instanceof PurpgateError && thrown.code === 'setting_invalid' && expected.test(thrown.message),
    );
  };

  test('a valid one loads', () => {
    assert.equal(loadRules([{ name: 'x.yaml', text: JSON.stringify(valid) }])[0]?.id, 'python/x');
  });

  test('an error names the file and the field', () => {
    failing({ cwe: '89' }, /^x\.yaml\.cwe: expected a CWE id/);
    failing({ severity: 'huge' }, /^x\.yaml\.severity: expected one of low, medium, high/);
    failing({ severity: { distant: 'high' } }, /^x\.yaml\.severity\.distant: expected a level/);
    failing({ action: 'explode' }, /^x\.yaml\.action: expected one of/);
    failing({ extra: 1 }, /^x\.yaml\.extra: expected no such field/);
    failing({ patterns: [] }, /^x\.yaml\.sinks: expected at least one/);
    failing({ patterns: [{}] }, /^x\.yaml\.patterns\[0\]: expected exactly one of call/);
    failing({ patterns: [{ call: ['f'], where: [{ argument: 0 }] }] }, /where\[0\]: expected exactly one of/);
    failing({ sinks: [{ call: ['f'] }] }, /^x\.yaml\.sinks\[0\]\.argument: expected which argument/);
    failing({ sinks: [{ call: ['f'], argument: 0, shape: 'round' }] }, /shape: expected one of/);
    failing({ patterns: [{ assign: '(' }] }, /assign: expected a regular expression/);
  });

  test('an id is taken once', () => {
    const text = JSON.stringify(valid);
    assert.throws(
      () =>
        loadRules([
          { name: 'x.yaml', text },
          { name: 'y.yaml', text },
        ]),
      /y\.yaml: id python\/x is taken/,
    );
  });

  test('text that is no YAML is named', () => {
    assert.throws(() => loadRules([{ name: 'x.yaml', text: 'a: [' }]), /x\.yaml: not valid YAML/);
  });

  test('an error of the model names the field', () => {
    const { text } = modelFile(python);
    const broken = text.replace('level: remote', 'level: near');
    assert.throws(
      () => loadModel({ name: 'python.yaml', text: broken }),
      /python\.yaml\.sources\[0\]\.level: expected one of/,
    );
  });
});
