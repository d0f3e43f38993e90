/** Reads and writes `config.json` of a Hugging Face checkpoint of the Qwen2, Qwen3 or Llama family. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PurpgateError } from '../errors.js';
import { readJson } from './tokenizer.js';

/** A decoder-only transformer: RMSNorm, rotary positions, grouped-query attention, SwiGLU. */
export interface DecoderConfig {
  readonly layers: number;
  /** Width of the residual stream. */
  readonly hidden: number;
  readonly heads: number;
  /** Divides `heads`. */
  readonly kvHeads: number;
  /** Even: rotary positions turn pairs. */
  readonly headDim: number;
  readonly intermediate: number;
  readonly vocabulary: number;
  readonly rmsNormEpsilon: number;
  readonly ropeTheta: number;
  /** Prompt and completion together. */
  readonly maxPositions: number;
  /** Whether q, k and v have a bias (Qwen2 has, Llama and Qwen3 have not). */
  readonly attentionBias: boolean;
  /** Whether each head of q and k passes an RMSNorm before the rotary positions (Qwen3 only). Default false. */
  readonly queryKeyNorm?: boolean;
  /** Whether the output projection is the embedding matrix. */
  readonly tiedEmbeddings: boolean;
}

const MODEL_TYPES = ['qwen2', 'qwen3', 'llama'] as const;
type ModelType = (typeof MODEL_TYPES)[number];
const ARCHITECTURES: Readonly<Record<ModelType, string>> = {
  qwen2: 'Qwen2ForCausalLM',
  qwen3: 'Qwen3ForCausalLM',
  llama: 'LlamaForCausalLM',
};
/** What transformers assumes where a Qwen3 config leaves `head_dim` out. */
const QWEN3_HEAD_DIM = 128;

/** Reads fields of one parsed JSON file; every complaint names the file and the field. */
class Fields {
  constructor(
    private readonly file: string,
    private readonly values: Readonly<Record<string, unknown>>,
  ) {}

  fail(field: string, expected: string): never {
    const found = JSON.stringify(this.values[field]);
    throw new PurpgateError('model_unusable', { message: `${this.file}: ${field} is ${found}, expected ${expected}` });
  }

  has(field: string): boolean {
    return this.values[field] !== undefined && this.values[field] !== null;
  }

  positive(field: string, fallback?: number): number {
    const value = this.has(field) ? this.values[field] : fallback;
    return typeof value === 'number' && value > 0 ? value : this.fail(field, 'a positive number');
  }

  count(field: string, fallback?: number): number {
    const value = this.positive(field, fallback);
    return Number.isSafeInteger(value) ? value : this.fail(field, 'a whole number');
  }

  flag(field: string, fallback: boolean): boolean {
    const value = this.has(field) ? this.values[field] : fallback;
    return typeof value === 'boolean' ? value : this.fail(field, 'true or false');
  }

  choice<const Choice extends string>(field: string, choices: readonly Choice[]): Choice {
    const found = choices.find((choice) => choice === this.values[field]);
    return found ?? this.fail(field, `one of ${choices.join(', ')}`);
  }

  object(field: string): Fields | null {
    const value = this.values[field];
    if (value === undefined || value === null) return null;
    if (typeof value !== 'object') return this.fail(field, 'an object');
    return new Fields(`${this.file} ${field}`, { ...value });
  }

  /** Refuses a field whose presence with another value would change the arithmetic. */
  only(field: string, ...allowed: readonly unknown[]): void {
    if (this.has(field) && !allowed.includes(this.values[field])) this.fail(field, `one of ${JSON.stringify(allowed)}`);
  }
}

/** @throws PurpgateError `model_unusable` when config.json is missing, not valid, or describes what the decoder can't compute. */
export async function readModelConfig(folder: string): Promise<DecoderConfig> {
  const values = await readJson(folder, 'config.json');
  if (values === null) throw new PurpgateError('model_unusable', { message: `${folder} has no config.json` });
  return parseModelConfig(new Fields(join(folder, 'config.json'), values));
}

function parseModelConfig(fields: Fields): DecoderConfig {
  refuseUnsupported(fields);
  const hidden = fields.count('hidden_size');
  const heads = fields.count('num_attention_heads');
  const kvHeads = fields.count('num_key_value_heads', heads);
  if (heads % kvHeads !== 0) fields.fail('num_key_value_heads', `a divisor of ${heads}`);
  const modelType = fields.choice('model_type', MODEL_TYPES);
  const headDim = fields.count('head_dim', modelType === 'qwen3' ? QWEN3_HEAD_DIM : hidden / heads);
  if (headDim % 2 !== 0) fields.fail('head_dim', 'an even number');
  return {
    layers: fields.count('num_hidden_layers'),
    hidden,
    heads,
    kvHeads,
    headDim,
    intermediate: fields.count('intermediate_size'),
    vocabulary: fields.count('vocab_size'),
    rmsNormEpsilon: fields.positive('rms_norm_eps', 1e-6),
    ropeTheta: (fields.object('rope_parameters') ?? fields).positive('rope_theta', 10_000),
    maxPositions: fields.count('max_position_embeddings'),
    attentionBias: modelType === 'qwen2',
    ...(modelType === 'qwen3' && { queryKeyNorm: true }),
    tiedEmbeddings: fields.flag('tie_word_embeddings', false),
  };
}

/** What would load, and compute something else than the model's authors meant. */
function refuseUnsupported(fields: Fields): void {
  fields.only('hidden_act', 'silu');
  fields.only('use_sliding_window', false);
  fields.only('mlp_bias', false);
  // The switch of Llama and Qwen3 puts a bias on the output projection too.
  fields.only('attention_bias', false);
  fields.object('rope_scaling')?.only('rope_type', 'default');
  fields.object('rope_scaling')?.only('type', 'default');
  fields.object('rope_parameters')?.only('rope_type', 'default');
}

/** The family whose decoder this is. @throws PurpgateError `internal_error` for biases together with norms, which no family has. */
function modelTypeOf({ attentionBias, queryKeyNorm = false }: DecoderConfig): ModelType {
  if (attentionBias && queryKeyNorm)
    throw new PurpgateError('internal_error', { message: 'no model family has both biases and norms on q and k' });
  if (queryKeyNorm) return 'qwen3';
  return attentionBias ? 'qwen2' : 'llama';
}

/**
 * Writes config.json so that `readModelConfig`, transformers and vLLM read the same model.
 * @throws PurpgateError `internal_error` when no family has such a decoder.
 */
export async function writeModelConfig(folder: string, config: DecoderConfig): Promise<void> {
  const modelType = modelTypeOf(config);
  const content = {
    architectures: [ARCHITECTURES[modelType]],
    model_type: modelType,
    hidden_size: config.hidden,
    intermediate_size: config.intermediate,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.headDim,
    vocab_size: config.vocabulary,
    hidden_act: 'silu',
    rms_norm_eps: config.rmsNormEpsilon,
    rope_theta: config.ropeTheta,
    max_position_embeddings: config.maxPositions,
    tie_word_embeddings: config.tiedEmbeddings,
    use_sliding_window: false,
    torch_dtype: 'float32',
  };
  await writeFile(join(folder, 'config.json'), `${JSON.stringify(content, null, 2)}\n`);
}
