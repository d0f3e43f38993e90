import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readModelConfig, writeModelConfig } from '../../src/lm/model-config.js';
import { parameterShapes } from '../../src/lm/parameters.js';
import { tinyConfig, tinyQwen3 } from '../support/tiny-decoder.js';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'purpgate-config-'));
});
after(() => rm(folder, { recursive: true }));

/** The config.json of Qwen/Qwen2.5-0.5B, shortened to what matters. */
const qwen = {
  model_type: 'qwen2',
  hidden_act: 'silu',
  hidden_size: 896,
  intermediate_size: 4864,
  max_position_embeddings: 32_768,
  num_attention_heads: 14,
  num_hidden_layers: 24,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-6,
  rope_theta: 1_000_000,
  sliding_window: 32_768,
  tie_word_embeddings: true,
  use_sliding_window: false,
  vocab_size: 151_936,
};

/** The same of Qwen/Qwen3-0.6B. */
const qwen3 = {
  model_type: 'qwen3',
  hidden_act: 'silu',
  attention_bias: false,
  head_dim: 128,
  hidden_size: 1024,
  intermediate_size: 3072,
  max_position_embeddings: 40_960,
  num_attention_heads: 16,
  num_hidden_layers: 28,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-6,
  rope_scaling: null,
  rope_theta: 1_000_000,
  sliding_window: null,
  tie_word_embeddings: true,
  use_sliding_window: false,
  vocab_size: 151_936,
};

async function read(content: unknown): ReturnType<typeof readModelConfig> {
  await writeFile(join(folder, 'config.json'), typeof content === 'string' ? content : JSON.stringify(content));
  return readModelConfig(folder);
}

describe('model config', () => {
  test('reads Qwen2, and its parameters are those of the checkpoint', async () => {
    const config = await read(qwen);
    assert.deepEqual(config, {
      layers: 24,
      hidden: 896,
      heads: 14,
      kvHeads: 2,
      headDim: 64,
      intermediate: 4864,
      vocabulary: 151_936,
      rmsNormEpsilon: 1e-6,
      ropeTheta: 1_000_000,
      maxPositions: 32_768,
      attentionBias: true,
      tiedEmbeddings: true,
    });
    const shapes = parameterShapes(config);
    const count = [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((size, edge) => size * edge, 1), 0);
    assert.equal(count, 494_032_768);
    assert.deepEqual(shapes.get('model.layers.23.self_attn.k_proj.bias'), [128]);
  });

  test('reads Llama with its defaults, and the rotary base where newer files put it', async () => {
    const llama = {
      ...qwen,
      model_type: 'llama',
      num_key_value_heads: undefined,
      rope_theta: undefined,
      tie_word_embeddings: undefined,
      rope_parameters: { rope_type: 'default', rope_theta: 500_000 },
    };
    const config = await read(llama);
    assert.deepEqual(
      [config.kvHeads, config.attentionBias, config.tiedEmbeddings, config.ropeTheta],
      [14, false, false, 500_000],
    );
  });

  test('reads Qwen3, and its parameters are those of the checkpoint', async () => {
    const config = await read(qwen3);
    assert.deepEqual(
      [config.headDim, config.attentionBias, config.queryKeyNorm, config.tiedEmbeddings],
      [128, false, true, true],
    );
    const shapes = parameterShapes(config);
    const count = [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((size, edge) => size * edge, 1), 0);
    assert.equal(count, 596_049_920);
    assert.deepEqual(shapes.get('model.layers.27.self_attn.q_norm.weight'), [128]);
    assert.deepEqual(shapes.get('model.layers.27.self_attn.q_proj.weight'), [2048, 1024]);
    assert.equal((await read({ ...qwen3, head_dim: undefined })).headDim, 128);
  });

  const llama = { ...tinyConfig, attentionBias: false, tiedEmbeddings: false, headDim: 6 };
  for (const [name, config] of Object.entries({ qwen2: tinyConfig, qwen3: tinyQwen3, llama }))
    test(`what was written is read back: ${name}`, async () => {
      await writeModelConfig(folder, config);
      assert.deepEqual(await readModelConfig(folder), config);
      const stored: unknown = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
      assert.ok(typeof stored === 'object' && stored !== null && 'model_type' in stored);
      assert.equal(stored.model_type, name);
    });

  test('biases together with norms on queries and keys are written by no family', async () => {
    await assert.rejects(writeModelConfig(folder, { ...tinyQwen3, attentionBias: true }), { code: 'internal_error' });
  });

  const refused: Readonly<Record<string, unknown>> = {
    'another architecture': { ...qwen, model_type: 'gpt2' },
    'a scaled rotary base': { ...qwen, rope_scaling: { rope_type: 'llama3', factor: 8 } },
    'the older name of a scaled base': { ...qwen, rope_scaling: { type: 'yarn' } },
    'a sliding window in use': { ...qwen, use_sliding_window: true },
    'a bias on the output projection': { ...qwen, model_type: 'llama', attention_bias: true },
    'a bias of Qwen3': { ...qwen3, attention_bias: true },
    'another activation': { ...qwen, hidden_act: 'gelu' },
    'heads that do not divide': { ...qwen, num_key_value_heads: 3 },
    'an odd head width': { ...qwen, head_dim: 63 },
    'a missing size': { ...qwen, hidden_size: undefined },
    'a size that is no whole number': { ...qwen, num_hidden_layers: 1.5 },
    'a flag that is no flag': { ...qwen, tie_word_embeddings: 'yes' },
    'a section that is no object': { ...qwen, rope_scaling: 'yarn' },
    'a file that is no JSON': '{',
  };
  for (const [name, content] of Object.entries(refused))
    test(`refuses ${name}`, async () => {
      await assert.rejects(read(content), { code: 'model_unusable' });
    });

  test('refuses a folder without config.json', async () => {
    await assert.rejects(readModelConfig(join(folder, 'nowhere')), {
      code: 'model_unusable',
      message: /no config\.json/,
    });
  });
});
