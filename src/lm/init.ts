/** Random weights for a model that is trained from scratch. */
import type { DecoderConfig } from './model-config.js';
import { elementCount, parameterShapes } from './parameters.js';
import { Random } from './random.js';
import type { WeightTensor } from './safetensors.js';

const STANDARD_DEVIATION = 0.02;

/** Normal with deviation 0.02; what writes to the residual stream is scaled by 1/sqrt(2 layers), as in GPT-2. Norms 1, biases 0. */
export function randomWeights(config: DecoderConfig, seed: number): Map<string, WeightTensor> {
  const random = new Random(seed);
  const weights = new Map<string, WeightTensor>();
  for (const [name, shape] of parameterShapes(config)) {
    const data = new Float32Array(elementCount(shape));
    if (name.endsWith('norm.weight')) data.fill(1);
    else if (!name.endsWith('.bias')) {
      const writesResidual = name.endsWith('o_proj.weight') || name.endsWith('down_proj.weight');
      const deviation = STANDARD_DEVIATION / (writesResidual ? Math.sqrt(2 * config.layers) : 1);
      for (let index = 0; index < data.length; index += 1) data[index] = deviation * random.gaussian();
    }
    weights.set(name, { shape, data });
  }
  return weights;
}
