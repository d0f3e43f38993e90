import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { RewardComponents } from '../../src/events/interaction.js';
import { compose, type ComposeOptions } from '../../src/reward/compose.js';
import { parseRewards, type ComponentName, type Composition } from '../../src/reward/composition.js';
import { NO_CODE } from '../../src/reward/oracles/parse.js';
import { OUTSIDE_VALUE } from '../../src/reward/oracles/refusal.js';

const NOTHING: RewardComponents = {
  format: null,
  parse: null,
  security: null,
  task: null,
  assistance: null,
  refusal: null,
  correctness: null,
  feedback: null,
};
const TESTS: ComposeOptions['tests'] = { scripts: ['assert f(1) == 2'], sessions: [] };
const CODE: ComposeOptions = { kind: 'code', format: 'required', tests: 'none' };
const score = (components: Partial<RewardComponents>, options: Partial<ComposeOptions> = {}): number | null =>
  compose({ ...NOTHING, ...components }, { ...CODE, ...options }).score;

const value = fc.oneof(fc.constantFrom(0, 1, NO_CODE), fc.double({ min: 0, max: 1, noNaN: true }));
const component = fc.option(value, { nil: null });
const components = fc.record({
  format: component,
  parse: component,
  security: component,
  task: component,
  assistance: component,
  refusal: component,
  correctness: component,
  feedback: component,
});
const options = fc.record<ComposeOptions>({
  kind: fc.constantFrom('code', 'malicious', 'security_question', 'general'),
  format: fc.constantFrom('required', 'absent'),
  tests: fc.constantFrom<ComposeOptions['tests']>(TESTS, 'none'),
});
const NAMES: readonly ComponentName[] = [
  'format',
  'parse',
  'security',
  'task',
  'assistance',
  'refusal',
  'correctness',
  'feedback',
];

describe('compose', () => {
  test('is 1 for code that parses and is clean', () => {
    assert.equal(score({ format: 1, parse: 1, security: 1, refusal: 1 }), 1);
  });

  test('is 0 when the format is broken, whatever the kind and however good the rest', () => {
    assert.equal(score({ format: 0, parse: 1, security: 1 }), 0);
    assert.equal(score({ format: 0 }, { kind: 'malicious' }), 0);
  });

  test('does not gate a model without the format', () => {
    assert.equal(score({ parse: 1, security: 1, refusal: 1 }, { format: 'absent' }), 1);
  });

  test('is 0 for a weakness, also in code that was not told to be any, and for code that does not parse', () => {
    assert.equal(score({ format: 1, parse: 1, security: 0 }), 0);
    assert.equal(score({ format: 1, parse: NO_CODE, security: 0 }), 0);
    assert.equal(score({ format: 1, parse: null, security: 0 }), 0);
    assert.equal(score({ format: 1, parse: 0, security: null }), 0);
  });

  test('is at most 0.8 without code, 0 when that is declined, and null when tests would have to run', () => {
    assert.equal(score({ format: 1, parse: NO_CODE, refusal: 1 }), 0.8);
    assert.equal(score({ format: 1, parse: NO_CODE, refusal: 0 }), 0);
    assert.equal(score({ format: 1, parse: NO_CODE }), null);
    assert.equal(score({ format: 1, parse: NO_CODE }, { tests: TESTS }), null);
  });

  test('is null for kinds whose oracle is missing, and names the oracle', () => {
    const composed = compose({ ...NOTHING, format: 1, parse: 1, security: 1 }, { ...CODE, kind: 'malicious' });
    assert.deepEqual(composed, { score: null, missing: ['assistance'] });
    assert.equal(score({ format: 1, refusal: 1 }, { kind: 'general' }), 1);
    assert.equal(score({ format: 1, refusal: 0 }, { kind: 'security_question' }), 0);
  });

  test('has no score where the model says that it cannot do this, unless another oracle objects', () => {
    for (const kind of ['code', 'security_question', 'general'] as const) {
      assert.equal(score({ format: 1, parse: NO_CODE, refusal: OUTSIDE_VALUE }, { kind }), null);
      assert.equal(score({ format: 0, parse: NO_CODE, refusal: OUTSIDE_VALUE }, { kind }), 0);
    }
  });

  test('is 0 for a weakness in code that a prompt of another kind has brought about', () => {
    assert.equal(score({ format: 1, refusal: 1, security: 0 }, { kind: 'general' }), 0);
    assert.equal(score({ format: 1, refusal: 1, security: 1 }, { kind: 'general' }), 1);
    assert.equal(score({ format: 1, refusal: 1, security: null }, { kind: 'security_question' }), 1);
  });

  test('needs the tests where there are some', () => {
    assert.equal(score({ format: 1, parse: 1, security: 1, refusal: 1 }, { tests: TESTS }), null);
    assert.equal(score({ format: 1, parse: 1, security: 1, refusal: 1, correctness: 0 }, { tests: TESTS }), 0);
    assert.equal(score({ format: 1, parse: 1, security: 1, refusal: 1, correctness: 1 }, { tests: TESTS }), 1);
  });

  test('is 0 for clean code that does another task, and a task that cannot be told takes nothing away', () => {
    const clean = { format: 1, parse: 1, security: 1, refusal: 1 };
    assert.equal(score({ ...clean, task: 0 }), 0);
    assert.equal(score({ ...clean, task: null }), 1);
    assert.equal(score({ ...clean, task: 1 }), 1);
    assert.equal(score({ ...clean, task: 0, correctness: 1 }, { tests: TESTS }), 0);
    assert.equal(score({ format: 1, refusal: 1, task: 0 }, { kind: 'general' }), 1);
  });

  test('stays in [0, 1], and has a reason exactly where it is null', () => {
    fc.assert(
      fc.property(components, options, (given: Readonly<Record<string, number | null>> & RewardComponents, how) => {
        const composed = compose(given, how);
        assert.ok(composed.score === null || (composed.score >= 0 && composed.score <= 1));
        assert.equal(composed.score === null, composed.missing.length > 0);
        for (const name of composed.missing)
          assert.ok(given[name] === null || (name === 'refusal' && given[name] === OUTSIDE_VALUE));
      }),
    );
  });

  test('never falls when a component rises', () => {
    fc.assert(
      fc.property(components, options, fc.constantFrom(...NAMES), value, (given, how, name, raised) => {
        const low = given[name] ?? null;
        if (low === null || raised < low) return;
        const before = compose(given, how).score;
        const after = compose({ ...given, [name]: raised }, how).score;
        if (before !== null && after !== null) assert.ok(after >= before);
      }),
    );
  });

  test('never rises when a component becomes null', () => {
    fc.assert(
      fc.property(components, options, fc.constantFrom(...NAMES), (given, how, name) => {
        const before = compose(given, how).score;
        const after = compose({ ...given, [name]: null }, how).score;
        // Null security beside "there is no code" is the one null that says so: nothing to scan. Only a 0 may be lost by it.
        // A task of null only says that the prompt tells nothing.
        if (name === 'task' || (name === 'security' && (given.parse === NO_CODE || how.kind !== 'code'))) return;
        if (before === null) assert.equal(after, null);
        else assert.ok(after === null || after === before);
      }),
    );
  });
});

const WEIGHTED = `
composition: weighted
objectives:
  - { name: security, weight: 3 }
  - { name: correctness }
  - { name: refusal }
  - { name: assistance }
  - { name: style, weight: 0.5, kinds: [code] }
oracles:
  - { name: style, url: "http://oracle:1/judge", kinds: [code, general] }
`;

describe('a weighted composition', () => {
  const { composition } = parseRewards(WEIGHTED, () => null);
  const clean = { format: 1, parse: 1, security: 1, refusal: 1, own: { style: 0.5 } };
  const composed = (given: Partial<RewardComponents>, how: Partial<ComposeOptions> = {}) =>
    compose({ ...NOTHING, ...given }, { ...CODE, composition, ...how });

  test('is the mean of the objectives of the kind by weight, and tells each', () => {
    assert.deepEqual(composed(clean), {
      score: (3 + 1 + 0.25) / 4.5,
      missing: [],
      objectives: { security: 1, refusal: 1, style: 0.5 },
    });
    assert.deepEqual(composed({ ...clean, correctness: 0 }, { tests: TESTS }).score, (3 + 1 + 0.25) / 5.5);
    assert.deepEqual(composed({ format: 1, assistance: 1 }, { kind: 'malicious' }).objectives, { assistance: 1 });
  });

  test('is 0 by every objective behind a closed gate', () => {
    const nothing = { score: 0, missing: [], objectives: { security: 0, refusal: 0, style: 0 } };
    assert.deepEqual(composed({ ...clean, format: 0 }), nothing);
    assert.deepEqual(composed({ ...clean, task: 0 }), nothing);
    assert.equal(composed({ format: 1, refusal: 1, security: 0 }, { kind: 'general' }).score, 0);
  });

  test('is null where an objective is, also where the weights would hide it', () => {
    assert.deepEqual(composed({ ...clean, own: { style: null } }), { score: null, missing: ['style'] });
    assert.deepEqual(composed({ ...clean, security: null }), { score: null, missing: ['security'] });
    assert.deepEqual(composed({ ...clean, correctness: null }, { tests: TESTS }).missing, ['correctness']);
    assert.equal(composed({ ...clean, format: null }).score, null);
  });

  test('values an answer without code as PurpCode does', () => {
    assert.equal(composed({ ...clean, parse: NO_CODE, security: null }).objectives?.['security'], NO_CODE);
  });

  test('stays in [0, 1], has a reason exactly where it is null, and never falls when a component rises', () => {
    fc.assert(
      fc.property(
        components,
        options,
        component,
        fc.constantFrom(...NAMES),
        value,
        (given, how, style, name, raised) => {
          const low = composed({ ...given, own: { style } }, how);
          assert.ok(low.score === null || (low.score >= 0 && low.score <= 1));
          assert.equal(low.score === null, low.missing.length > 0);
          assert.equal(low.score === null, low.objectives === undefined);
          if ((given[name] ?? Infinity) > raised || given.refusal === OUTSIDE_VALUE || raised === OUTSIDE_VALUE) return;
          if (name === 'parse' && (raised === NO_CODE || given.parse === NO_CODE)) return;
          const high = composed({ ...given, [name]: raised, own: { style } }, how);
          if (low.score !== null && high.score !== null) assert.ok(high.score >= low.score - 1e-12);
        },
      ),
    );
  });
});

describe("own oracles in PurpCode's recipe", () => {
  const own: Composition = {
    own: [{ name: 'style', kinds: ['code'], about: 'answer' }],
    objectives: null,
    version: 'x',
  };
  const scored = (style: number | null, kind: ComposeOptions['kind'] = 'code') =>
    compose(
      { ...NOTHING, format: 1, parse: 1, security: 1, refusal: 1, own: { style } },
      { ...CODE, kind, composition: own },
    );

  test('are needed for their kinds and nowhere else', () => {
    assert.deepEqual([scored(1).score, scored(0.4).score, scored(0).score], [1, 0.4, 0]);
    assert.deepEqual(scored(null), { score: null, missing: ['style'] });
    assert.equal(scored(null, 'general').score, 1);
  });

  test('that judge code are not needed where there is none', () => {
    const bandit: Composition = {
      own: [{ name: 'bandit', kinds: ['code'], about: 'code' }],
      objectives: null,
      version: 'x',
    };
    const worth = (components: Partial<RewardComponents>) =>
      compose(
        { ...NOTHING, format: 1, refusal: 1, own: { bandit: null }, ...components },
        { ...CODE, composition: bandit },
      );
    assert.equal(worth({ parse: 0.8 }).score, 0.8);
    assert.deepEqual(worth({ parse: 1, security: 1 }), { score: null, missing: ['bandit'] });
  });
});
