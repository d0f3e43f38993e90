import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { EmbeddedEngine } from '../../../src/engine/embedded/engine.js';
import { encodeChat, loadChatTemplate } from '../../../src/lm/chat-template.js';
import { randomWeights } from '../../../src/lm/init.js';
import { initialAdapter, writeAdapter, zeroAdapter, type Adapter } from '../../../src/lm/lora.js';
import { writeModelConfig, type DecoderConfig } from '../../../src/lm/model-config.js';
import { Random } from '../../../src/lm/random.js';
import { writeSafetensors, type WeightTensor } from '../../../src/lm/safetensors.js';
import { loadTokenizer } from '../../../src/lm/tokenizer.js';
import { createTrainer, type Trainer } from '../../../src/lm/trainer.js';
import { createBatch } from '../../../src/lm/training-batch.js';
import { engineRequest, never } from '../../contracts/engine.js';
import { createEngine, generate } from '../../support/embedded-engine.js';
import { writeTinyModel, type TinyModel } from '../../support/tiny-model.js';

const version = 'purp@0123456789ab';
const CHOICES = 3;

/** Values large enough that the distributions are far from uniform. */
function scatter(tensors: Iterable<readonly [string, WeightTensor]>, deviation: number): void {
  const random = new Random(5);
  for (const [name, { data }] of tensors)
    for (const index of data.keys())
      data[index] = (name.endsWith('norm.weight') ? 1 : 0) + deviation * random.gaussian();
}

const families: Readonly<Record<string, Partial<DecoderConfig>>> = {
  Qwen2: {},
  Qwen3: { attentionBias: false, queryKeyNorm: true, headDim: 24 },
};

for (const [family, changes] of Object.entries(families))
  describe(`log-probabilities of ${family}, sampled with a cache by the engine, against the trainer's`, () => {
    let model: TinyModel;
    let engine: EmbeddedEngine;
    let trainer: Trainer;
    let adapter: Adapter;
    before(async () => {
      model = await writeTinyModel();
      const config = { ...model.config, ...changes };
      const weights = randomWeights(config, 1);
      scatter(weights, 0.2);
      await writeModelConfig(model.folder, config);
      await writeSafetensors(join(model.folder, 'model.safetensors'), weights, { dtype: 'F32' });
      adapter = initialAdapter(config, { rank: 4, alpha: 8, seed: 3 });
      scatter(adapter.tensors, 0.15);
      const file = join(model.folder, 'adapter_model.safetensors');
      await writeAdapter(file, adapter, config);
      engine = createEngine(model.folder);
      await engine.start(never());
      await engine.loadAdapter(version, file);
      const learningRate = { peak: 1e-3, warmupSteps: 0, totalSteps: 0, minimum: 1e-3 };
      const options = { loss: { type: 'supervised' }, optimizer: { learningRate }, threads: 1 } as const;
      trainer = await createTrainer(config, weights, { ...options, trainable: { adapter } });
    });
    after(async () => {
      await trainer.stop();
      await engine.stop();
      await model.remove();
    });

    for (const [name, named] of [
      ['the base model', null],
      ['an adapter', version],
    ] as const)
      test(name, async () => {
        const sampling = { temperature: 1, seed: 7, maxTokens: 60, choices: CHOICES };
        const deltas = await generate(engine, sampling, { version: named });
        const template = await loadChatTemplate(model.folder);
        const tokenizer = await loadTokenizer(model.folder);
        const { messages } = engineRequest();
        const prompt = encodeChat({ template, tokenizer }, messages, { tools: [], addGenerationPrompt: true });
        const base =
          named === null ? zeroAdapter({ ...model.config, ...changes }, adapter.rank, adapter.alpha) : undefined;
        let compared = 0;
        for (let choice = 0; choice < CHOICES; choice += 1) {
          const spans = deltas.flatMap((delta) => ('tokens' in delta && delta.choice === choice ? [delta.tokens] : []));
          const sampled = spans.flatMap(({ ids }) => ids);
          const logprobs = spans.flatMap((span) => span.logprobs);
          const ids = [...prompt, ...sampled];
          const batch = createBatch([{ ids, weights: ids.map(() => 1) }]);
          const result = await trainer.evaluate(batch, base);
          for (const [t, logprob] of logprobs.entries()) {
            const expected = result.logprobs[prompt.length - 1 + t] ?? NaN;
            const difference = Math.abs(logprob - expected);
            assert.ok(difference <= 1e-4, `token ${t} of choice ${choice}: ${logprob} instead of ${expected}`);
            compared += 1;
          }
        }
        assert.ok(compared > 60, `only ${compared} tokens`);
      });
  });
