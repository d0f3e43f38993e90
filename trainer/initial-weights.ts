/** Where pretraining starts. */
import { randomWeights } from '../src/lm/init.js';
import type { DecoderConfig } from '../src/lm/model-config.js';
import { linearPath } from '../src/lm/parameters.js';
import type { WeightTensor } from '../src/lm/safetensors.js';

/**
 * Size of a bias in a look-back head. Two of them meet in a score of 16 * 5² / sqrt(32) = 71 at their distance, and 3 less at the
 * distances next to it, which softmax turns into most of the attention.
 */
const STRENGTH = 5;

/**
 * Random weights, save that heads 0 and 1 of the first layer look one and two tokens back. To copy a name, a model must find where it
 * has seen the last token and take what came next; for that, each token must know its predecessor. A model of this size took more than
 * 2M tokens to discover this by itself, and until then copied no unknown name. The keys' and queries' biases alone can point
 * backwards: rotary positions turn a constant key by its position, so a constant query that is turned by `distance` less meets it there.
 */
export function initialWeights(config: DecoderConfig, seed: number): Map<string, WeightTensor> {
  const weights = randomWeights(config, seed);
  const keys = weights.get(`${linearPath(0, 'k')}.bias`)?.data;
  const queries = weights.get(`${linearPath(0, 'q')}.bias`)?.data;
  if (keys === undefined || queries === undefined) return weights;
  const pairs = config.headDim / 2;
  const headsPerKey = config.heads / config.kvHeads;
  for (let pair = 0; pair < pairs; pair += 1) {
    const frequency = config.ropeTheta ** (-pair / pairs);
    keys[pair] = STRENGTH;
    for (let head = 0; head < Math.min(2, headsPerKey); head += 1) {
      const distance = head + 1;
      queries[head * config.headDim + pair] = STRENGTH * Math.cos(distance * frequency);
      queries[head * config.headDim + pair + pairs] = -STRENGTH * Math.sin(distance * frequency);
    }
  }
  return weights;
}
