/** A decoder that is small enough for float64 loops, with weights large enough that every term shows. */
import type { Adapter } from '../../src/lm/lora.js';
import { zeroAdapter } from '../../src/lm/lora.js';
import type { DecoderConfig } from '../../src/lm/model-config.js';
import { elementCount, parameterShapes } from '../../src/lm/parameters.js';
import { Random } from '../../src/lm/random.js';
import type { WeightTensor } from '../../src/lm/safetensors.js';

export const tinyConfig: DecoderConfig = {
  layers: 2,
  hidden: 12,
  heads: 4,
  kvHeads: 2,
  headDim: 4,
  intermediate: 20,
  vocabulary: 23,
  rmsNormEpsilon: 1e-6,
  ropeTheta: 10_000,
  maxPositions: 64,
  attentionBias: true,
  tiedEmbeddings: true,
};

/** As Qwen3 is: norms on the heads of q and k, no biases, heads wider than hidden / heads. */
export const tinyQwen3: DecoderConfig = { ...tinyConfig, attentionBias: false, queryKeyNorm: true, headDim: 6 };

/** Normal weights; norms around 1. */
export function tinyWeights(config: DecoderConfig, seed: number): Map<string, WeightTensor> {
  const random = new Random(seed);
  const weights = new Map<string, WeightTensor>();
  for (const [name, shape] of parameterShapes(config)) {
    const mean = name.endsWith('norm.weight') ? 1 : 0;
    const deviation = name.includes('embed') ? 1 : 0.4;
    const data = Float32Array.from({ length: elementCount(shape) }, () => mean + deviation * random.gaussian());
    weights.set(name, { shape, data });
  }
  return weights;
}

/** An adapter both of whose factors are random. */
export function tinyAdapter(config: DecoderConfig, seed: number): Adapter {
  const random = new Random(seed);
  const adapter = zeroAdapter(config, 3, 6);
  for (const { data } of adapter.tensors.values())
    data.forEach((_zero, index) => (data[index] = 0.2 * random.gaussian()));
  return adapter;
}

export const randomIds = (config: DecoderConfig, length: number, seed: number): number[] => {
  const random = new Random(seed);
  return Array.from({ length }, () => Math.floor(random.uniform() * config.vocabulary));
};
