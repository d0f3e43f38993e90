import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Random } from '../../src/lm/random.js';
import {
  INITIAL_SAMPLING,
  isEffective,
  multiWaveSampler,
  singleStepSampler,
  type GroupSampler,
  type KindCounts,
  type SamplingState,
  type Wave,
} from '../../trainer/groups.js';

const KINDS = ['code', 'malicious', 'security_question', 'general'] as const;
const total = (counts: KindCounts | null): number => Object.values(counts ?? {}).reduce((sum, count) => sum + count, 0);
const near = (actual: number | undefined, expected: number): void => {
  assert.ok(Math.abs((actual ?? NaN) - expected) < 1e-12, `${actual} instead of ${expected}`);
};

const counts = fc
  .dictionary(fc.constantFrom(...KINDS), fc.nat(64))
  .map((dictionary): KindCounts => ({ ...dictionary }));
const wave = fc.record({ drawn: counts, share: fc.double({ min: 0, max: 1, noNaN: true }) }).map(
  ({ drawn, share }): Wave => ({
    drawn,
    effective: Object.fromEntries(Object.entries(drawn).map(([kind, count]) => [kind, Math.floor(share * count)])),
  }),
);
const steps = fc.array(fc.array(wave, { maxLength: 3 }), { maxLength: 12 });
const options = fc.record({
  wanted: counts,
  floor: fc.double({ min: 0.01, max: 1, noNaN: true }),
  recency: fc.double({ min: 0, max: 1, noNaN: true }),
  mostDrawn: fc.integer({ min: 1, max: 8 }),
});

function stateAfter(sampler: GroupSampler, taken: readonly (readonly Wave[])[]): SamplingState {
  return taken.reduce((state, waves) => sampler.after(state, waves), INITIAL_SAMPLING);
}

describe('an effective group', () => {
  test('has rewards whose standard deviation is above 1e-5', () => {
    assert.ok(isEffective([0, 1]));
    assert.ok(isEffective([0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 1]));
    assert.ok(isEffective([0, 2.002e-5]));
    assert.ok(!isEffective([0, 1.998e-5]));
  });

  test('is none whose rewards differ by rounding alone, nor one that is empty, single or not a number', () => {
    for (const rewards of [[0.1 + 0.2, 0.3, 0.3], [1, 1], [0, 0, 0], [], [1], [NaN, 1]])
      assert.ok(!isEffective(rewards));
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 64 }), (reward, size) => {
        assert.ok(!isEffective(Array<number>(size).fill(reward)));
      }),
    );
  });
});

describe('single-step sampling', () => {
  test('draws B / u of each kind, at most 4 B, and B of a kind that it does not know', () => {
    const sampler = singleStepSampler({ wanted: { code: 8, malicious: 6, general: 4 } });
    assert.deepEqual(sampler.nextWave(INITIAL_SAMPLING, []), { code: 8, malicious: 6, general: 4 });
    const state = { utilisation: { code: 0.3, malicious: 0.1 } };
    assert.deepEqual(sampler.nextWave(state, []), { code: 27, malicious: 24, general: 4 });
  });

  test('takes one wave, and trains on all of its effective groups', () => {
    const sampler = singleStepSampler({ wanted: { code: 4 } });
    const waves = [{ drawn: { code: 9, general: 3 }, effective: { code: 7, general: 1 } }];
    assert.equal(sampler.nextWave(INITIAL_SAMPLING, waves), null);
    assert.equal(sampler.trained(waves), 8);
  });

  test('moves the utilisation of each kind that was drawn towards its share of effective groups', () => {
    const waves = [{ drawn: { code: 10, malicious: 4, general: 0 }, effective: { code: 2 } }];
    const before = { utilisation: { code: 0.6, security_question: 0.4 } };
    const { utilisation } = singleStepSampler({ wanted: {} }).after(before, waves);
    near(utilisation['code'], 0.4);
    near(utilisation['malicious'], 0.5);
    near(utilisation['security_question'], 0.4);
    assert.ok(!('general' in utilisation));
    const likePurpCode = singleStepSampler({ wanted: {}, recency: 1, floor: 0.05 }).after(before, waves);
    near(likePurpCode.utilisation['code'], 0.2);
    near(likePurpCode.utilisation['malicious'], 0.05);
  });

  test('always draws whole prompts between B and 4 B, with the utilisation between its floor and 1', () => {
    fc.assert(
      fc.property(options, steps, (given, taken) => {
        const sampler = singleStepSampler(given);
        const state = stateAfter(sampler, taken);
        for (const utilisation of Object.values(state.utilisation))
          assert.ok(utilisation >= given.floor && utilisation <= 1, `${utilisation}`);
        const drawn = sampler.nextWave(state, []) ?? assert.fail();
        assert.deepEqual(Object.keys(drawn), Object.keys(given.wanted));
        for (const [kind, wanted] of Object.entries(given.wanted)) {
          const count = drawn[kind] ?? NaN;
          assert.ok(Number.isInteger(count) && count >= wanted && count <= given.mostDrawn * wanted, `${count}`);
          const expected = count * (state.utilisation[kind] ?? 1);
          // Enough are expected, but where the bound forbids it.
          assert.ok(count === given.mostDrawn * wanted || expected >= wanted - 1e-9);
        }
      }),
    );
  });

  test('never draws fewer of a kind of which fewer groups were effective', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.nat(64), fc.nat(64), (drawn, first, second) => {
        const sampler = singleStepSampler({ wanted: { code: 8 } });
        const [fewer = 0, more = 0] = [Math.min(first, drawn), Math.min(second, drawn)].sort((a, b) => a - b);
        const next = (effective: number): number =>
          total(
            sampler.nextWave(
              sampler.after(INITIAL_SAMPLING, [{ drawn: { code: drawn }, effective: { code: effective } }]),
              [],
            ),
          );
        assert.ok(next(fewer) >= next(more));
      }),
    );
  });
});

describe('multi-wave sampling', () => {
  const sampler = multiWaveSampler({ wanted: { code: 3, general: 1 }, mostWaves: 4 });
  const wanted = { code: 3, general: 1 };
  const brings = (effective: number): Wave => ({ drawn: wanted, effective: { code: effective } });

  test('draws B prompts again until B groups are effective, and trains on no more', () => {
    assert.deepEqual(sampler.nextWave(INITIAL_SAMPLING, []), wanted);
    assert.deepEqual(sampler.nextWave(INITIAL_SAMPLING, [brings(3)]), wanted);
    assert.equal(sampler.trained([brings(3)]), 3);
    assert.equal(sampler.nextWave(INITIAL_SAMPLING, [brings(3), brings(2)]), null);
    assert.equal(sampler.trained([brings(3), brings(2)]), 4);
  });

  test('makes do with what there is after the last wave, or where no prompts are left', () => {
    const fruitless = [brings(0), brings(0), brings(1), brings(0)];
    assert.deepEqual(sampler.nextWave(INITIAL_SAMPLING, fruitless.slice(1)), wanted);
    assert.equal(sampler.nextWave(INITIAL_SAMPLING, fruitless), null);
    assert.equal(sampler.trained(fruitless), 1);
    assert.equal(sampler.nextWave(INITIAL_SAMPLING, [brings(2), { drawn: {}, effective: {} }]), null);
    assert.equal(sampler.nextWave(INITIAL_SAMPLING, [brings(2), { drawn: { code: 0 }, effective: {} }]), null);
  });

  test('ends, with at most B groups, whatever the waves bring', () => {
    fc.assert(
      fc.property(options, fc.array(wave, { minLength: 12, maxLength: 12 }), (given, all) => {
        const bounded = multiWaveSampler(given);
        const taken: Wave[] = [];
        for (const next of all) if (bounded.nextWave(INITIAL_SAMPLING, taken) !== null) taken.push(next);
        assert.ok(taken.length <= 10);
        assert.ok(bounded.trained(taken) <= total(given.wanted));
      }),
    );
  });
});

test('both follow from the state and the waves alone, which survive JSON', () => {
  fc.assert(
    fc.property(options, steps, fc.boolean(), (given, taken, isSingle) => {
      const make = (): GroupSampler => (isSingle ? singleStepSampler(given) : multiWaveSampler(given));
      const state = stateAfter(make(), taken);
      assert.deepEqual(stateAfter(make(), taken), state);
      const split = Math.floor(taken.length / 2);
      const saved = JSON.parse(JSON.stringify(stateAfter(make(), taken.slice(0, split)))) as SamplingState;
      const resumed = taken.slice(split).reduce((last, waves) => make().after(last, waves), saved);
      assert.deepEqual(resumed, state);
      assert.deepEqual(make().nextWave(resumed, []), make().nextWave(state, []));
    }),
  );
});

interface Simulation {
  readonly steps: number;
  readonly waves: number;
  /** Groups of rollouts. */
  readonly generated: number;
  readonly trained: number;
  /** Effective, and thrown away. */
  readonly surplus: number;
}

/** Shares of effective groups by kind that fall while the policy learns, as they did in the first experiments with nano. */
const shareAt = (kind: number, progress: number): number =>
  [0.9, 0.6, 0.35, 0.75].map((share) => share * (1 - 0.6 * progress))[kind] ?? 0;

/** Trains until so many effective groups have been trained on; each group is effective by chance. */
function simulate(sampler: GroupSampler, goal: number, seed: number): Simulation {
  const random = new Random(seed);
  let state = INITIAL_SAMPLING;
  let result: Simulation = { steps: 0, waves: 0, generated: 0, trained: 0, surplus: 0 };
  while (result.trained < goal) {
    const progress = result.trained / goal;
    const waves: Wave[] = [];
    for (let plan = sampler.nextWave(state, waves); plan !== null; plan = sampler.nextWave(state, waves)) {
      const drawn = plan;
      const chance = (kind: string): number =>
        shareAt(
          KINDS.findIndex((known) => known === kind),
          progress,
        );
      const hits = (kind: string): number =>
        Array.from({ length: drawn[kind] ?? 0 }, () => random.uniform()).filter((draw) => draw < chance(kind)).length;
      waves.push({ drawn, effective: Object.fromEntries(Object.keys(drawn).map((kind) => [kind, hits(kind)])) });
    }
    const trained = sampler.trained(waves);
    const sum = (countsOf: (wave: Wave) => KindCounts): number =>
      waves.reduce((accumulated, one) => accumulated + total(countsOf(one)), 0);
    state = sampler.after(state, waves);
    result = {
      steps: result.steps + 1,
      waves: result.waves + waves.length,
      generated: result.generated + sum(({ drawn }) => drawn),
      trained: result.trained + trained,
      surplus: result.surplus + sum(({ effective }) => effective) - trained,
    };
  }
  return result;
}

describe('single-step against multi-wave, to the same number of effective groups', () => {
  const GOAL = 1600;
  const wanted = { code: 4, malicious: 4, security_question: 4, general: 4 };
  const samplers = { 'single-step': singleStepSampler({ wanted }), 'multi-wave': multiWaveSampler({ wanted }) };
  const seeds = [1, 2, 3, 4, 5];
  const runs = (name: keyof typeof samplers): Simulation[] => seeds.map((seed) => simulate(samplers[name], GOAL, seed));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

  test('one wave per step instead of two to four, and no effective group thrown away', (t) => {
    const [single, multi] = [runs('single-step'), runs('multi-wave')];
    for (const [name, all] of Object.entries({ 'single-step': single, 'multi-wave': multi })) {
      const per = (valueOf: (run: Simulation) => number): string => mean(all.map(valueOf)).toFixed(2);
      t.diagnostic(
        `${name}: waves per step ${per(({ waves, steps: taken }) => waves / taken)}, generated per trained group ${per(({ generated, trained }) => generated / trained)}, surplus per trained group ${per(({ surplus, trained }) => surplus / trained)}, trained per step ${per(({ trained, steps: taken }) => trained / taken)}`,
      );
    }
    single.forEach((run, index) => {
      const other = multi[index] ?? assert.fail();
      assert.equal(run.waves, run.steps);
      assert.equal(run.surplus, 0);
      assert.ok(other.waves > 2 * other.steps);
      assert.ok(other.surplus > 0.1 * other.trained);
      assert.ok(run.waves < 0.6 * other.waves, `${run.waves} waves against ${other.waves}`);
    });
  });

  test('the number of groups per step stays near B while the shares fall', (t) => {
    for (const run of runs('single-step')) {
      const perStep = run.trained / run.steps;
      t.diagnostic(`trained per step: ${perStep.toFixed(2)}`);
      assert.ok(perStep > 0.8 * 16 && perStep < 1.6 * 16);
    }
  });
});
