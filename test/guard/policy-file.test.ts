import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { BUILT_IN, applyPolicy, policyOf, type Policy } from '../../src/guard/policy.js';
import { choosePolicy, loadPolicies, parsePolicies, policyNamed } from '../../src/guard/policy-file.js';
import type { Finding } from '../../src/types.js';

const SUPPRESSED = 'suppressions: [{ rules: [python/sql-injection], paths: ["tests/**"], reason: planted there }]';

const named = (text: string, name: string): Policy => policyNamed(parsePolicies(text, 'default'), name, '--policy');

const FINDING: Finding = {
  rule: 'python/sql-injection',
  cwe: 'CWE-89',
  severity: 'high',
  message: '',
  advice: '',
  span: null,
  action: 'block',
};

describe('the file of policies', () => {
  test('a policy is its parent but for what it says', () => {
    const text = `policies:
  base: { extends: strict, personal_data: redact, rules: { python/sql-injection: annotate }, ${SUPPRESSED} }
  own:
    extends: base
    code: { low: observe }
    secrets: { tools: block }
    release: by-statement
    prompt: { action: annotate, block_from: { injection: 0.95 }, annotate_from: 0.4 }
    rules: { python/code-injection: block }
    suppressions: [{ paths: [vendor/**], reason: not ours }]
`;
    const { strict } = BUILT_IN;
    assert.deepEqual(named(text, 'own'), {
      ...strict,
      name: 'own',
      code: { ...strict.code, low: 'observe' },
      rules: { 'python/sql-injection': 'annotate', 'python/code-injection': 'block' },
      suppressions: [
        { rules: ['python/sql-injection'], paths: ['tests/**'], reason: 'planted there' },
        { rules: [], paths: ['vendor/**'], reason: 'not ours' },
      ],
      release: 'by-statement',
      secrets: { text: 'redact', tools: 'block' },
      personalData: { text: 'redact', tools: 'redact' },
      prompt: { action: 'annotate', blockFrom: { malicious: 0.8, jailbreak: 0.8, injection: 0.95 }, annotateFrom: 0.4 },
    });
    assert.deepEqual(named('policies: { a: { extends: default } }', 'a'), { ...policyOf('default'), name: 'a' });
  });

  test('an observing policy only records, and what extends it may enforce', () => {
    const text = `policies:
  shadow: { extends: strict, mode: observe, personal_data: block, rules: { python/sql-injection: block } }
  live: { extends: shadow, mode: enforce }`;
    const shadow = named(text, 'shadow');
    assert.deepEqual(
      [shadow.code.high, shadow.rules, shadow.personalData, shadow.secrets.tools],
      ['observe', {}, { text: 'observe', tools: 'observe' }, 'observe'],
    );
    const live = named(text, 'live');
    assert.deepEqual([live.code.high, live.personalData.text, live.mode], ['block', 'block', 'enforce']);
  });

  for (const [what, text, message] of [
    ['an unknown key', 'policies: { a: { cod: {} } }', /^policies\.a\.cod: is not known; known are extends, mode/],
    ['an unknown section', 'policy: {}', /^policy: is not known/],
    [
      'an action that is none',
      'policies: { a: { code: { high: deny } } }',
      /^policies\.a\.code\.high: expected one of/,
    ],
    [
      'a rule that is none',
      'policies: { a: { rules: { python/sql: block } } }',
      /^policies\.a\.rules\.python\/sql: there is no such rule/,
    ],
    [
      'a suppressed rule that is none',
      'policies: { a: { suppressions: [{ rules: [x], paths: [b], reason: c }] } }',
      /^policies\.a\.suppressions\[0\]\.rules\[0\]: there is/,
    ],
    [
      'a suppression without a reason',
      'policies: { a: { suppressions: [{ paths: [b] }] } }',
      /^policies\.a\.suppressions\[0\]\.reason: expected a text/,
    ],
    [
      'a suppression without a path',
      'policies: { a: { suppressions: [{ reason: b }] } }',
      /^policies\.a\.suppressions\[0\]\.paths: expected at least/,
    ],
    [
      'a threshold out of range',
      'policies: { a: { prompt: { block_from: { malicious: 3 } } } }',
      /^policies\.a\.prompt\.block_from\.malicious: expected a number from 0 to 2/,
    ],
    [
      'an unknown label',
      'policies: { a: { prompt: { block_from: { benign: 1 } } } }',
      /^policies\.a\.prompt\.block_from\.benign: is not known/,
    ],
    [
      'an action for personal data that is none',
      'policies: { a: { personal_data: hide } }',
      /^policies\.a\.personal_data: expected one of redact/,
    ],
    [
      'the name of a built-in policy',
      'policies: { strict: {} }',
      /^policies\.strict: is the name of a policy that is built in/,
    ],
    [
      'a parent that is none',
      'policies: { a: { extends: b } }',
      /^policies\.a\.extends: expected one of default, strict/,
    ],
    [
      'a circle',
      'policies: { a: { extends: b }, b: { extends: a } }',
      /^policies\.b\.extends: a extends b extends a: without an end/,
    ],
    ['a use of no policy', 'use: [{ policy: b }]', /^use\[0\]\.policy: expected one of default, strict, observe/],
    [
      'two uses of the same requests',
      'use: [{ policy: strict, tenant: t }, { policy: observe, tenant: t }]',
      /^use\[1\]: another entry/,
    ],
    ['bad YAML', 'policies: [', /^POLICIES_FILE: /],
    ['a list of policies', 'policies: []', /^policies: expected a mapping/],
  ] as const)
    test(`${what} is an error that names its path`, () => {
      assert.throws(() => parsePolicies(text, 'default'), { code: 'setting_invalid', publicMessage: message });
    });

  test('GUARD_POLICY must be a policy, and a file that is not there is named', () => {
    const publicMessage = /^GUARD_POLICY \(is "off"\): expected one of default, strict, observe$/;
    assert.throws(() => loadPolicies({ policiesFile: null, policy: 'off' }), { publicMessage });
    assert.throws(() => loadPolicies({ policiesFile: '/nowhere/x', policy: 'default' }), {
      publicMessage: /^POLICIES_FILE \(is "\/nowhere\/x"\): ENOENT/,
    });
  });

  test('the most specific use wins, whatever the order', () => {
    const uses = [
      { policy: 'any', on: {} },
      { policy: 'model', on: { model: 'm' } },
      { policy: 'tenant', on: { tenant: 't' } },
      { policy: 'both', on: { tenant: 't', model: 'm' } },
      { policy: 'key', on: { key: 'k' } },
      { policy: 'other', on: { tenant: 'u', key: 'k', model: 'n' } },
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(uses, { minLength: uses.length }), (order) => {
        const set = parsePolicies(
          JSON.stringify({
            policies: Object.fromEntries(uses.map(({ policy }) => [policy, {}])),
            use: order.map(({ policy, on }) => ({ policy, ...on })),
          }),
          'default',
        );
        const chosen = (tenant: string, keyId: string, ...models: string[]) =>
          choosePolicy(set, { tenant, keyId, models });
        assert.deepEqual(
          [
            chosen('x', 'y', 'z'),
            chosen('x', 'y', 'z', 'm'),
            chosen('t', 'y', 'z'),
            chosen('t', 'y', 'm'),
            chosen('t', 'k', 'm'),
            chosen('u', 'k', 'n'),
          ],
          ['any', 'model', 'tenant', 'both', 'key', 'other'],
        );
      }),
      { numRuns: 20 },
    );
    const only = parsePolicies('use: [{ policy: strict, tenant: t }]', 'observe');
    assert.equal(choosePolicy(only, { tenant: 'u', keyId: 'k', models: [] }), 'observe');
  });

  test('a suppressed finding is recorded and denies nothing, where every file is meant', () => {
    const policy = named(`policies: { a: { rules: { python/code-injection: annotate }, ${SUPPRESSED} } }`, 'a');
    const action = (paths: readonly string[], rule = FINDING.rule) =>
      applyPolicy(policy, { ...FINDING, rule }, paths).action;
    assert.deepEqual(
      [action([]), action(['/w/tests/a.py']), action(['/w/tests/a.py', 'src/b.py']), action(['tests/../src/b.py'])],
      ['block', 'observe', 'block', 'block'],
    );
    assert.deepEqual(
      [action(['tests/a.py'], 'python/code-injection'), action(['tests/a.py'], 'python/x')],
      ['annotate', 'block'],
    );
  });
});
