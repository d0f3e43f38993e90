import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  bootstrapInterval,
  gate,
  GATE_METRICS,
  GATE_SETTINGS,
  gateReason,
  gateTable,
  type GateSettings,
  type Outcomes,
} from '../../src/release/gate.js';

/** Fewer resamples than in use where a property needs many gates. */
const QUICK: GateSettings = { ...GATE_SETTINGS, resamples: 200, leastPrompts: 1 };

const outcomesOf = (metrics: Readonly<Record<string, readonly boolean[]>>): Outcomes =>
  new Map(
    Object.entries(metrics).map(([name, values]) => [
      name,
      new Map(values.map((value, index) => [`prompt-${index}`, value])),
    ]),
  );

const first = (count: number, total = 100): boolean[] => Array.from({ length: total }, (_, index) => index < count);

const BASELINE = {
  secure: first(40),
  'malicious refused': first(95),
  'over-refusal': first(5),
  'utility pass@1': first(60),
};

const verdictOf = (changed: Partial<typeof BASELINE>, settings = GATE_SETTINGS) =>
  gate(outcomesOf(BASELINE), outcomesOf({ ...BASELINE, ...changed }), settings);
const failing = (verdict: ReturnType<typeof gate>) =>
  verdict.metrics.filter(({ outcome }) => outcome !== 'passed').map(({ name, outcome }) => `${name} ${outcome}`);

describe('the bootstrap interval', () => {
  test('is that of the binomial distribution where one of ten prompts was gained', () => {
    // The sum of a resample is Binomial(10, 0.1): P(0) = 0.349 > 2.5 %, so the low end is 0; P(<= 2) = 0.930 and P(<= 3) = 0.987, so the
    // 97.5 % quantile is 3 of 10.
    const differences = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for (const seed of [1, 2, 3])
      assert.deepEqual(bootstrapInterval(differences, { seed, resamples: 10_000 }), { low: 0, high: 0.3 });
  });

  test('of two prompts of which one was gained reaches from none to both', () => {
    // 0 and 2 gains have a probability of 1/4 each.
    assert.deepEqual(bootstrapInterval([1, 0], { seed: 1, resamples: 10_000 }), { low: 0, high: 1 });
  });

  test('covers the true mean in about 95 % of the samples', () => {
    // 400 samples of 100 prompts with gains of 30 % and losses of 10 %: the true mean is 0.2.
    let covered = 0;
    for (let sample = 0; sample < 400; sample += 1) {
      let state = sample * 7919 + 1;
      const differences = Array.from({ length: 100 }, () => {
        state = (state * 48271) % 2147483647;
        const draw = state / 2147483647;
        return draw < 0.3 ? 1 : draw < 0.4 ? -1 : 0;
      });
      const { low, high } = bootstrapInterval(differences, { seed: sample, resamples: 500 });
      if (low <= 0.2 && 0.2 <= high) covered += 1;
    }
    assert.ok(covered >= 364 && covered <= 396, `${covered} of 400`);
  });
});

describe('the gate', () => {
  test('passes a candidate that is clearly better and nowhere worse', () => {
    const verdict = verdictOf({ secure: first(55) });
    assert.equal(verdict.outcome, 'passed');
    const [secure] = verdict.metrics;
    assert.deepEqual([secure?.baseline, secure?.candidate, secure?.prompts], [0.4, 0.55, 100]);
    assert.ok(Math.abs((secure?.difference ?? 0) - 0.15) < 1e-12);
    assert.ok((secure?.low ?? 0) > 0 && (secure?.high ?? 1) < 0.25);
    assert.match(gateReason(verdict), /^the gate passed it: secure 40\.0 % -> 55\.0 %, \+15\.0 points \[\+\d/);
  });

  test('stops one that is the same everywhere, since its target is not improved', () => {
    const verdict = verdictOf({});
    assert.equal(verdict.outcome, 'stopped');
    assert.deepEqual(failing(verdict), ['secure not-improved']);
    assert.match(gateReason(verdict), /^the gate stopped it: secure .*not proven to be better$/);
  });

  test('stops one that got worse in any metric, whatever it gained in its target', () => {
    const secure = first(90);
    assert.deepEqual(failing(verdictOf({ secure, 'malicious refused': first(85) })), ['malicious refused regressed']);
    assert.deepEqual(failing(verdictOf({ secure, 'over-refusal': first(15) })), ['over-refusal regressed']);
    assert.deepEqual(failing(verdictOf({ secure, 'utility pass@1': first(50) })), ['utility pass@1 regressed']);
    assert.deepEqual(failing(verdictOf({ secure: first(10) })), ['secure regressed']);
  });

  test('takes fewer over-refusals as better, and one lost prompt of a thousand as within the margin', () => {
    const large = Object.fromEntries(GATE_METRICS.map(({ name }) => [name, first(400, 1000)]));
    const better = gate(
      outcomesOf(large),
      outcomesOf({
        ...large,
        secure: first(500, 1000),
        'over-refusal': first(300, 1000),
        'utility pass@1': first(399, 1000),
      }),
    );
    assert.equal(better.outcome, 'passed');
  });

  test('measures nothing on other prompts, on too few, or on none', () => {
    const without = Object.fromEntries(Object.entries(BASELINE).filter(([name]) => name !== 'secure'));
    assert.deepEqual(failing(gate(outcomesOf(BASELINE), outcomesOf(without))), ['secure unmeasured']);
    assert.deepEqual(failing(verdictOf({ secure: first(99, 99) })), ['secure unmeasured']);
    const few = outcomesOf({ ...BASELINE, secure: first(0, 19) });
    assert.deepEqual(failing(gate(few, outcomesOf({ ...BASELINE, secure: first(19, 19) }))), ['secure unmeasured']);
    assert.deepEqual(gate(new Map(), new Map()).outcome, 'stopped');
  });

  test('stops everything where its target is none of its metrics', () => {
    assert.equal(verdictOf({ secure: first(90) }, { ...GATE_SETTINGS, target: 'speed' }).outcome, 'stopped');
  });

  test('has a row per metric in its table', () => {
    const lines = gateTable(verdictOf({ secure: first(55) }))
      .trimEnd()
      .split('\n');
    assert.equal(lines.length, 1 + GATE_METRICS.length);
    assert.match(lines[1] ?? '', /^secure +100 +40\.0 % +55\.0 % +\+15\.0 +\[\+\d+\.\d, \+\d+\.\d\] +passed$/);
  });

  const pairs = fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 40 });
  const column = (rows: readonly (readonly [boolean, boolean])[], side: 0 | 1) => rows.map((row) => row[side]);
  const judge = (rows: readonly (readonly [boolean, boolean])[]) =>
    gate(
      outcomesOf(Object.fromEntries(GATE_METRICS.map(({ name }) => [name, column(rows, 0)]))),
      outcomesOf(Object.fromEntries(GATE_METRICS.map(({ name }) => [name, column(rows, 1)]))),
      QUICK,
    );

  test('has intervals that lie in [-1, 1] and are the same each time', () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        const verdict = judge(rows);
        assert.deepEqual(judge(rows), verdict);
        for (const { low, high, difference } of verdict.metrics) {
          assert.ok(low !== null && high !== null && difference !== null);
          assert.ok(low >= -1 && high <= 1 && low <= high);
        }
        assert.equal(
          verdict.outcome === 'passed',
          verdict.metrics.every(({ outcome }) => outcome === 'passed'),
        );
      }),
      { numRuns: 100 },
    );
  });

  test('does not depend on the order in which prompts were judged', () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        const named = rows.map(([left, right], index) => [`p${index}`, left, right] as const);
        const maps = (list: typeof named, side: 1 | 2): Outcomes =>
          new Map(GATE_METRICS.map(({ name }) => [name, new Map(list.map((row) => [row[0], row[side]]))]));
        const turned = [...named].reverse();
        assert.deepEqual(gate(maps(turned, 1), maps(named, 2), QUICK), gate(maps(named, 1), maps(named, 2), QUICK));
      }),
      { numRuns: 50 },
    );
  });

  test('never passes a candidate that gained nothing in its target', () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        const lost = rows.map(([left, right]) => [left, left && right] as const);
        assert.equal(judge(lost).outcome, 'stopped');
      }),
      { numRuns: 50 },
    );
  });
});
