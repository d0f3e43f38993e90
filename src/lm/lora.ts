/**
 * LoRA adapters: y = W x + (alpha / rank) B A x for each linear map of each layer.
 * In memory the tensors bear the names of the graphs' inputs (`lora.0.q.a`); in files those of PEFT, so that other servers load them.
 */
import { PurpgateError } from '../errors.js';
import type { DecoderConfig } from './model-config.js';
import { checkWeights, elementCount, LINEAR_MODULES, linearPath, linearShape } from './parameters.js';
import type { LinearModule, Shape } from './parameters.js';
import { Random } from './random.js';
import { float32, type Feeds, type Tensor } from './runtime.js';
import { readSafetensors, readSafetensorsMetadata, writeSafetensors } from './safetensors.js';
import type { Weights, WeightTensor } from './safetensors.js';

export interface Adapter {
  readonly rank: number;
  readonly alpha: number;
  /** `lora.{layer}.{module}.a` [rank, in] and `.b` [out, rank], unscaled. */
  readonly tensors: Weights;
}

export type LoraName = `lora.${number}.${LinearModule}.${'a' | 'b'}`;

export const loraName = (layer: number, module: LinearModule, side: 'a' | 'b'): LoraName =>
  `lora.${layer}.${module}.${side}`;

interface AdapterTensor {
  readonly name: LoraName;
  readonly side: 'a' | 'b';
  readonly peftName: string;
  readonly shape: Shape;
}

function adapterTensors(config: DecoderConfig, rank: number): readonly AdapterTensor[] {
  const tensors: AdapterTensor[] = [];
  for (let layer = 0; layer < config.layers; layer += 1)
    for (const module of LINEAR_MODULES) {
      const [output, input] = linearShape(config, module);
      const path = `base_model.model.${linearPath(layer, module)}`;
      tensors.push(
        { name: loraName(layer, module, 'a'), side: 'a', peftName: `${path}.lora_A.weight`, shape: [rank, input] },
        { name: loraName(layer, module, 'b'), side: 'b', peftName: `${path}.lora_B.weight`, shape: [output, rank] },
      );
    }
  return tensors;
}

/** Names and shapes of all tensors of an adapter, in the order of the layers. */
export const loraShapes = (config: DecoderConfig, rank: number): Map<LoraName, Shape> =>
  new Map(adapterTensors(config, rank).map(({ name, shape }) => [name, shape]));

/** Changes nothing: what is fed when the base model answers. */
export function zeroAdapter(config: DecoderConfig, rank: number, alpha: number): Adapter {
  const tensors = new Map<string, WeightTensor>();
  for (const [name, shape] of loraShapes(config, rank))
    tensors.set(name, { shape, data: new Float32Array(elementCount(shape)) });
  return { rank, alpha, tensors };
}

/** Where training starts: A random with variance 1 / in (so that A x is of the size of x), B zero. */
export function initialAdapter(
  config: DecoderConfig,
  options: { readonly rank: number; readonly alpha: number; readonly seed: number },
): Adapter {
  const adapter = zeroAdapter(config, options.rank, options.alpha);
  const random = new Random(options.seed);
  for (const [name, { shape, data }] of adapter.tensors) {
    if (!name.endsWith('.a')) continue;
    const deviation = 1 / Math.sqrt(shape[1] ?? 1);
    for (let index = 0; index < data.length; index += 1) data[index] = deviation * random.gaussian();
  }
  return adapter;
}

/** The inputs of an inference graph, with alpha / rank folded into B. Make them once per version. */
export function loraFeeds(adapter: Adapter): Feeds {
  const scale = adapter.alpha / adapter.rank;
  const feeds: Record<string, Tensor> = {};
  for (const [name, { shape, data }] of adapter.tensors)
    feeds[name] = float32(name.endsWith('.b') ? data.map((value) => value * scale) : data, shape);
  return feeds;
}

/** @throws PurpgateError `model_unusable` when the file is not an adapter of a model with this config. */
export async function readAdapter(file: string, config: DecoderConfig): Promise<Adapter> {
  const metadata = await readSafetensorsMetadata(file);
  const rank = Number(metadata['lora_rank']);
  const alpha = Number(metadata['lora_alpha']);
  if (!Number.isSafeInteger(rank) || rank < 1 || !(alpha > 0))
    throw new PurpgateError('model_unusable', { message: `${file} does not say lora_rank and lora_alpha` });
  const stored = await readSafetensors(file);
  const expected = adapterTensors(config, rank);
  checkWeights(new Map(expected.map(({ peftName, shape }) => [peftName, shape])), stored);
  if (stored.size !== expected.length)
    throw new PurpgateError('model_unusable', { message: `${file} has tensors of another model` });
  const tensors = new Map<string, WeightTensor>();
  for (const { name, peftName } of expected) {
    const tensor = stored.get(peftName);
    if (tensor !== undefined) tensors.set(name, tensor);
  }
  return { rank, alpha, tensors };
}

/** float32, with rank and alpha in the metadata. */
export async function writeAdapter(file: string, adapter: Adapter, config: DecoderConfig): Promise<void> {
  const tensors = new Map<string, WeightTensor>();
  for (const { name, peftName } of adapterTensors(config, adapter.rank)) {
    const tensor = adapter.tensors.get(name);
    if (tensor === undefined) throw new PurpgateError('internal_error', { message: `the adapter lacks ${name}` });
    tensors.set(peftName, tensor);
  }
  const metadata = { format: 'pt', lora_rank: String(adapter.rank), lora_alpha: String(adapter.alpha) };
  await writeSafetensors(file, tensors, { dtype: 'F32', metadata });
}
