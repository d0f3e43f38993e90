/** The parameters of a decoder: Hugging Face names, shapes, and the order in which they lie in flat buffers. */
import { PurpgateError } from '../errors.js';
import type { DecoderConfig } from './model-config.js';
import type { Weights } from './safetensors.js';

export type Shape = readonly number[];

export const EMBEDDING = 'model.embed_tokens.weight';
export const FINAL_NORM = 'model.norm.weight';
const UNTIED_HEAD = 'lm_head.weight';

/** The linear maps of a layer, by the short names that adapters use. */
export const LINEAR_MODULES = ['q', 'k', 'v', 'o', 'gate', 'up', 'down'] as const;
export type LinearModule = (typeof LINEAR_MODULES)[number];

const MODULE_PATHS: Readonly<Record<LinearModule, string>> = {
  q: 'self_attn.q_proj',
  k: 'self_attn.k_proj',
  v: 'self_attn.v_proj',
  o: 'self_attn.o_proj',
  gate: 'mlp.gate_proj',
  up: 'mlp.up_proj',
  down: 'mlp.down_proj',
};

/** Such as `model.layers.0.self_attn.q_proj`; parameters are named below it. */
export const linearPath = (layer: number, module: LinearModule): string =>
  `model.layers.${layer}.${MODULE_PATHS[module]}`;

export const normName = (layer: number, place: 'input' | 'post_attention'): string =>
  `model.layers.${layer}.${place}_layernorm.weight`;

/** RMSNorm [headDim] of each head of q or k, of a config with `queryKeyNorm`. */
export const headNormName = (layer: number, module: 'q' | 'k'): string =>
  `model.layers.${layer}.self_attn.${module}_norm.weight`;

/** The matrix [vocabulary, hidden] that turns hidden states to logits. */
export const outputMatrix = (config: DecoderConfig): string => (config.tiedEmbeddings ? EMBEDDING : UNTIED_HEAD);

export const hasBias = (config: DecoderConfig, module: LinearModule): boolean =>
  config.attentionBias && (module === 'q' || module === 'k' || module === 'v');

/** [out, in], as Hugging Face stores a linear map. */
export function linearShape(config: DecoderConfig, module: LinearModule): readonly [number, number] {
  const query = config.heads * config.headDim;
  const keyValue = config.kvHeads * config.headDim;
  switch (module) {
    case 'q':
      return [query, config.hidden];
    case 'k':
    case 'v':
      return [keyValue, config.hidden];
    case 'o':
      return [config.hidden, query];
    case 'gate':
    case 'up':
      return [config.intermediate, config.hidden];
    case 'down':
      return [config.hidden, config.intermediate];
  }
}

/** All parameters, in the order of the layers. */
export function parameterShapes(config: DecoderConfig): Map<string, Shape> {
  const shapes = new Map<string, Shape>([[EMBEDDING, [config.vocabulary, config.hidden]]]);
  for (let layer = 0; layer < config.layers; layer += 1) {
    shapes.set(normName(layer, 'input'), [config.hidden]);
    shapes.set(normName(layer, 'post_attention'), [config.hidden]);
    if (config.queryKeyNorm === true)
      for (const module of ['q', 'k'] as const) shapes.set(headNormName(layer, module), [config.headDim]);
    for (const module of LINEAR_MODULES) {
      const shape = linearShape(config, module);
      shapes.set(`${linearPath(layer, module)}.weight`, shape);
      if (hasBias(config, module)) shapes.set(`${linearPath(layer, module)}.bias`, [shape[0]]);
    }
  }
  shapes.set(FINAL_NORM, [config.hidden]);
  if (!config.tiedEmbeddings) shapes.set(UNTIED_HEAD, [config.vocabulary, config.hidden]);
  return shapes;
}

export const elementCount = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);

/** @throws PurpgateError `model_unusable` unless each of `shapes` is among the weights with that shape. */
export function checkWeights(shapes: ReadonlyMap<string, Shape>, weights: Weights): void {
  for (const [name, shape] of shapes) {
    const found = weights.get(name)?.shape;
    if (found === undefined || found.join() !== shape.join())
      throw new PurpgateError('model_unusable', {
        message: `${name} is ${found === undefined ? 'missing' : `[${found.join()}]`}, expected [${shape.join()}]`,
      });
  }
}
