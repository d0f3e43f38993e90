import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomWeights } from '../../src/lm/init.js';
import { checkWeights, parameterShapes } from '../../src/lm/parameters.js';
import { Random } from '../../src/lm/random.js';
import { tinyConfig } from '../support/tiny-decoder.js';

const config = { ...tinyConfig, hidden: 64, vocabulary: 500, intermediate: 96, layers: 8 };

function deviation(values: ArrayLike<number> | undefined): number {
  const list = Array.from(values ?? []);
  return Math.sqrt(list.reduce((sum, value) => sum + value * value, 0) / list.length);
}

test('new weights fit the config: norms 1, biases 0, matrices normal, what writes to the residual stream smaller', () => {
  const weights = randomWeights(config, 3);
  checkWeights(parameterShapes(config), weights);
  const data = (name: string): Float32Array | undefined => weights.get(name)?.data;
  assert.ok(data('model.layers.0.input_layernorm.weight')?.every((value) => value === 1));
  assert.ok(data('model.layers.0.self_attn.q_proj.bias')?.every((value) => value === 0));
  assert.ok(Math.abs(deviation(data('model.embed_tokens.weight')) - 0.02) < 5e-4);
  assert.ok(Math.abs(deviation(data('model.layers.7.mlp.down_proj.weight')) - 0.02 / 4) < 3e-4);
});

test('the same seed gives the same weights, another seed others', () => {
  assert.deepEqual(randomWeights(config, 3), randomWeights(config, 3));
  assert.notDeepEqual(randomWeights(config, 3), randomWeights(config, 4));
});

test('random numbers have the moments of their distributions', () => {
  const random = new Random(1);
  const uniform = Array.from({ length: 100_000 }, () => random.uniform());
  const gaussian = Array.from({ length: 100_000 }, () => random.gaussian());
  const mean = (values: readonly number[], power: number): number =>
    values.reduce((sum, value) => sum + value ** power, 0) / values.length;
  assert.ok(uniform.every((value) => value >= 0 && value < 1));
  const close = (actual: number, expected: number, tolerance: number): void => {
    assert.ok(Math.abs(actual - expected) < tolerance, `${actual} instead of ${expected}`);
  };
  close(mean(uniform, 1), 1 / 2, 0.005);
  close(mean(uniform, 2), 1 / 3, 0.005);
  close(mean(gaussian, 1), 0, 0.02);
  close(mean(gaussian, 2), 1, 0.03);
  close(mean(gaussian, 4), 3, 0.2);
});
