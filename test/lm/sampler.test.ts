import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { modelLogprobs, Sampler, philox, type SamplerOptions } from '../../src/lm/sampler.js';

const plain: SamplerOptions = {
  temperature: 1,
  topP: 1,
  seed: 1,
  choice: 0,
  frequencyPenalty: 0,
  presencePenalty: 0,
};

const logits = fc
  .array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 60 })
  .map((values) => Float32Array.from(values));

/** Probabilities as the definition says, without any short cut. */
function reference(logits_V: Float32Array, options: SamplerOptions): Map<number, number> {
  const top = Math.max(...logits_V);
  let tokens = [...logits_V]
    .map((logit, id) => ({ id, weight: Math.exp((logit - top) / options.temperature) }))
    .sort((a, b) => b.weight - a.weight || a.id - b.id);
  tokens = tokens.slice(0, options.topK ?? tokens.length);
  tokens = tokens.filter(({ weight }) => weight >= (options.minP ?? 0));
  const sum = (list: typeof tokens) => list.reduce((total, { weight }) => total + weight, 0);
  const mass = sum(tokens);
  let kept = tokens.length;
  for (let count = tokens.length; count >= 1; count--)
    if (sum(tokens.slice(0, count)) >= options.topP * mass) kept = count;
  tokens = tokens.slice(0, kept);
  const total = sum(tokens);
  return new Map(tokens.map(({ id, weight }) => [id, weight / total]));
}

describe('philox', () => {
  test('matches the known answers of the Random123 library', () => {
    assert.deepEqual(philox([0, 0, 0, 0], [0, 0]), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    const ones = 0xffffffff;
    assert.deepEqual(philox([ones, ones, ones, ones], [ones, ones]), [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
    assert.deepEqual(
      philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]),
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    );
  });
});

describe('Sampler', () => {
  test('takes the likeliest token at temperature 0, with certainty, whatever the seed', () => {
    fc.assert(
      fc.property(logits, fc.maxSafeInteger(), (logits_V, seed) => {
        const { id, logprob } = new Sampler({ ...plain, temperature: 0, seed }).sample(logits_V);
        assert.ok((logits_V[id] ?? -Infinity) >= Math.max(...logits_V));
        assert.equal(logprob, 0);
      }),
    );
  });

  test('gives the log-probability of the distribution that top-k, min-p, top-p and temperature leave', () => {
    const options = fc.record({
      temperature: fc.double({ min: 0.1, max: 2, noNaN: true }),
      topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
      topK: fc.integer({ min: 1, max: 80 }),
      minP: fc.double({ min: 0, max: 0.5, noNaN: true }),
      seed: fc.maxSafeInteger(),
    });
    fc.assert(
      fc.property(logits, options, fc.boolean(), (logits_V, drawn, all) => {
        const { topK, ...rest } = drawn;
        const given = { ...plain, ...rest, ...(all ? {} : { topK }) };
        const { id, logprob } = new Sampler(given).sample(logits_V);
        const probability = reference(logits_V, given).get(id);
        assert.ok(probability !== undefined, `token ${id} should have been cut off`);
        assert.ok(Math.abs(logprob - Math.log(probability)) < 1e-9);
      }),
      { numRuns: 1000 },
    );
  });

  test('draws with the frequencies of the distribution', () => {
    const logits_V = Float32Array.from([1, 0, -1, 2, -30]);
    const expected = reference(logits_V, plain);
    const sampler = new Sampler(plain);
    const draws = 20_000;
    const counts = new Map<number, number>();
    for (let draw = 0; draw < draws; draw++) {
      const { id } = sampler.sample(logits_V);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    for (const [id, probability] of expected) {
      const deviation = Math.sqrt(probability * (1 - probability) * draws);
      assert.ok(Math.abs((counts.get(id) ?? 0) - probability * draws) < 5 * deviation + 1);
    }
  });

  test('is a function of seed, choice and position alone', () => {
    fc.assert(
      fc.property(
        fc.array(logits, { minLength: 1, maxLength: 8 }),
        fc.maxSafeInteger(),
        fc.nat(7),
        (rows, seed, choice) => {
          const alone = new Sampler({ ...plain, seed, choice });
          const beside = new Sampler({ ...plain, seed, choice });
          const other = new Sampler({ ...plain, seed: seed - 1, choice });
          for (const row of rows) {
            const expected = alone.sample(row);
            other.sample(row);
            assert.deepEqual(beside.sample(row), expected);
          }
        },
      ),
    );
  });

  test('gives different choices and seeds different draws', () => {
    const flat = new Float32Array(4096);
    const draw = (seed: number, choice: number) => new Sampler({ ...plain, seed, choice }).sample(flat).id;
    const ids = [draw(1, 0), draw(1, 1), draw(2, 0), draw(-1, 0), draw(2 ** 40 + 1, 0)];
    assert.equal(new Set(ids).size, ids.length);
  });

  test('subtracts the penalties of what was drawn before, and leaves the logits as they are', () => {
    const logits_V = Float32Array.from([3, 2.5, 0]);
    const sampler = new Sampler({ ...plain, temperature: 0, frequencyPenalty: 0.4, presencePenalty: 0.3 });
    const ids = Array.from({ length: 4 }, () => sampler.sample(logits_V).id);
    // 3 | 2.3 < 2.5 | 2.3 > 1.8 | 1.9 > 1.8
    assert.deepEqual(ids, [0, 1, 0, 0]);
    assert.deepEqual([...logits_V], [3, 2.5, 0]);
  });

  test('refuses logits that are no numbers', () => {
    for (const temperature of [0, 1])
      for (const bad of [NaN, Infinity])
        assert.throws(() => new Sampler({ ...plain, temperature }).sample(Float32Array.of(bad, 1)), RangeError);
  });
});

describe('modelLogprobs', () => {
  const logits = fc
    .array(fc.integer({ min: -40, max: 40 }), { minLength: 1, maxLength: 40 })
    .map((values) => Float32Array.from(values, (value) => value / 4));

  test('is the log-softmax of the logits, with the likeliest tokens in order', () => {
    fc.assert(
      fc.property(logits, fc.nat(60), fc.nat(20), (logits_V, pick, count) => {
        const id = pick % logits_V.length;
        const total = logits_V.reduce((sum, logit) => sum + Math.exp(logit), 0);
        const expected = [...logits_V.keys()]
          .sort((a, b) => (logits_V[b] ?? 0) - (logits_V[a] ?? 0) || a - b)
          .slice(0, count);
        const { logprob, alternatives } = modelLogprobs(logits_V, id, count);
        assert.ok(Math.abs(logprob - ((logits_V[id] ?? 0) - Math.log(total))) < 1e-9);
        assert.deepEqual(
          alternatives.map((token) => token.id),
          expected,
        );
        for (const token of alternatives) assert.equal(token.logprob, modelLogprobs(logits_V, token.id, 0).logprob);
      }),
    );
  });

  test('has a floor, since JSON has no infinity', () => {
    assert.equal(modelLogprobs(Float32Array.of(0, -Infinity), 1, 0).logprob, -9999);
  });
});
