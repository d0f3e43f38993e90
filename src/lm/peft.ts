/** Adapters as PEFT writes them: `adapter_config.json` beside the tensors. What this decoder cannot serve exactly is refused, never approximated. */
import { writeFile } from 'node:fs/promises';
import { PurpgateError } from '../errors.js';
import { loraShapes, zeroAdapter, type Adapter } from './lora.js';
import type { DecoderConfig } from './model-config.js';
import { LINEAR_MODULES, linearPath, type LinearModule } from './parameters.js';
import { readSafetensors, readSafetensorsMetadata, type WeightTensor } from './safetensors.js';

/** https://huggingface.co/docs/peft, LoraConfig: what is read of it. */
export interface PeftConfig {
  readonly rank: number;
  readonly alpha: number;
  /** Name or folder of the model that it was trained on; null where the file does not say. */
  readonly base: string | null;
  readonly revision: string | null;
}

const MOST_RANK = 512;
/** Fields that change what an adapter means, and the values that do not. */
const PLAIN: Readonly<Record<string, readonly unknown[]>> = {
  bias: ['none'],
  use_dora: [false],
  use_rslora: [false],
  fan_in_fan_out: [false],
  lora_bias: [false],
  use_qalora: [false],
};
/** The same of fields that hold lists or mappings: empty. */
const EMPTY = ['rank_pattern', 'alpha_pattern', 'modules_to_save', 'layer_replication', 'trainable_token_indices'];

const refuse = (message: string): never => {
  throw new PurpgateError('model_unusable', { message });
};

/** @throws PurpgateError `model_unusable`, which names the field. */
export function readPeftConfig(value: Readonly<Record<string, unknown>>): PeftConfig {
  const { peft_type: type, r: rank, lora_alpha: alpha } = value;
  if (type !== 'LORA') refuse('adapter_config.json: peft_type must be "LORA"');
  if (typeof rank !== 'number' || !Number.isSafeInteger(rank) || rank < 1 || rank > MOST_RANK)
    return refuse(`adapter_config.json: r must be a whole number from 1 to ${MOST_RANK}`);
  if (typeof alpha !== 'number' || !(alpha > 0)) return refuse('adapter_config.json: lora_alpha must be above 0');
  for (const [name, plain] of Object.entries(PLAIN))
    if (value[name] !== undefined && value[name] !== null && !plain.includes(value[name]))
      refuse(`adapter_config.json: ${name} must be ${JSON.stringify(plain[0])}`);
  for (const name of EMPTY) {
    const given = value[name] ?? [];
    if (typeof given !== 'object' || Object.keys(given).length > 0)
      refuse(`adapter_config.json: ${name} must be empty`);
  }
  return { rank, alpha, base: textOf(value, 'base_model_name_or_path'), revision: textOf(value, 'revision') };
}

/** What servers that load PEFT's form need beside an adapter's file as `writeAdapter` makes it. `base`: name or folder of the model. */
export async function writePeftConfig(
  file: string,
  { adapter, base }: { readonly adapter: string; readonly base: string },
): Promise<void> {
  const metadata = await readSafetensorsMetadata(adapter);
  const config = {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: base,
    r: Number(metadata['lora_rank']),
    lora_alpha: Number(metadata['lora_alpha']),
    lora_dropout: 0,
    bias: 'none',
    target_modules: LINEAR_MODULES.map((module) => linearPath(0, module).split('.').at(-1)),
  };
  await writeFile(file, JSON.stringify(config));
}

function textOf(value: Readonly<Record<string, unknown>>, name: string): string | null {
  const text = value[name] ?? null;
  if (text !== null && typeof text !== 'string') refuse(`adapter_config.json: ${name} must be a text`);
  return typeof text === 'string' && text !== '' ? text : null;
}

/** Linear maps that the adapter leaves out are zero. @throws PurpgateError `model_unusable`, which names the tensor. */
export async function readPeftAdapter(
  file: string,
  config: DecoderConfig,
  { rank, alpha }: Pick<PeftConfig, 'rank' | 'alpha'>,
): Promise<Adapter> {
  const stored = await readSafetensors(file);
  if (stored.size === 0) refuse('the adapter has no tensors');
  const names = peftNames(config);
  const shapes: ReadonlyMap<string, readonly number[]> = loraShapes(config, rank);
  const tensors = new Map<string, WeightTensor>(zeroAdapter(config, rank, alpha).tensors);
  for (const [peftName, tensor] of stored) {
    const { name, partner } = names.get(peftName) ?? refuse(`${peftName} is no tensor of an adapter of this model`);
    const expected = shapes.get(name)?.join();
    if (tensor.shape.join() !== expected)
      refuse(`${peftName} is [${tensor.shape.join()}], expected [${expected}] at rank ${rank}`);
    if (!stored.has(partner)) refuse(`${peftName} is there without ${partner}`);
    if (!tensor.data.every(Number.isFinite)) refuse(`${peftName} holds a number that is not finite`);
    tensors.set(name, tensor);
  }
  return { rank, alpha, tensors };
}

interface PeftTensor {
  /** In memory. */
  readonly name: string;
  /** The other one of A and B, as PEFT names it. */
  readonly partner: string;
}

function peftNames(config: DecoderConfig): ReadonlyMap<string, PeftTensor> {
  const names = new Map<string, PeftTensor>();
  const add = (layer: number, module: LinearModule): void => {
    const path = `base_model.model.${linearPath(layer, module)}`;
    const [a, b] = [`${path}.lora_A.weight`, `${path}.lora_B.weight`];
    names.set(a, { name: `lora.${layer}.${module}.a`, partner: b });
    names.set(b, { name: `lora.${layer}.${module}.b`, partner: a });
  };
  for (let layer = 0; layer < config.layers; layer += 1) for (const module of LINEAR_MODULES) add(layer, module);
  return names;
}
