import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { BatchSource } from '../../trainer/data/batches.js';
import { encodeSample, weighted, type Codec } from '../../trainer/data/encoding.js';
import { createGenerator } from '../../trainer/data/generator.js';
import { TRAINING } from '../../trainer/data/sample.js';
import { NANO_CONFIG, writeModelFolder } from '../../trainer/model-folder.js';
import { loadCodec } from '../../trainer/pretrain.js';

describe('batches', () => {
  let folder = '';
  let codec: Codec;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'purpgate-batches-'));
    await writeModelFolder({ folder, config: NANO_CONFIG, seed: 3 });
    codec = await loadCodec(folder);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const source = (seed: number): BatchSource => new BatchSource({ codec, seed, batchTokens: 2048, mixture: 'broad' });

  test('a sample is a rendered prompt, then analysis, answer and the end of the turn', () => {
    const sample = createGenerator(1, TRAINING).next();
    const { ids, promptLength } = encodeSample(codec, sample);
    const prompt = codec.tokenizer.decode(ids.slice(0, promptLength));
    assert.ok(prompt.startsWith('<|im_start|>'));
    assert.ok(prompt.endsWith('<|im_end|>\n<|im_start|>assistant\n'));
    const completion = codec.tokenizer.decode(ids.slice(promptLength));
    assert.equal(completion, `## Analysis\n${sample.analysis}\n## Answer\n${sample.answer}<|im_end|>`);
  });

  test('earlier answers are rendered without their analysis', () => {
    const answer = '## Analysis\nsome secret thought\n## Answer\nthe answer';
    const content = codec.template.render(
      [
        { role: 'user', content: 'hello' },
        { role: 'assistant', content: answer, toolCalls: [] },
        { role: 'user', content: 'thanks' },
      ],
      { tools: [], addGenerationPrompt: true },
    );
    const turns = ['user\nhello', 'assistant\nthe answer', 'user\nthanks'];
    const expected = turns.map((turn) => `<|im_start|>${turn}<|im_end|>\n`).join('');
    assert.equal(content, `${expected}<|im_start|>assistant\n`);
  });

  test('the batch of a step follows from seed and step, in any order of asking', () => {
    const straight = source(5);
    const batches = Array.from({ length: 12 }, (_, step) => straight.batch(step));
    const later = source(5);
    assert.deepEqual(later.batch(11), batches[11]);
    assert.deepEqual(later.batch(3), batches[3]);
    assert.notDeepEqual(source(6).batch(3), batches[3]);
  });

  test('batches hold about the asked number of tokens, and little padding', () => {
    const batches = Array.from(
      { length: 24 },
      (
        (from) => (_: unknown, step: number) =>
          from.batch(step)
      )(source(9)),
    );
    let real = 0;
    let padded = 0;
    for (const batch of batches) {
      const lengths = batch.map(({ ids }) => ids.length);
      const tokens = lengths.reduce((sum, length) => sum + length, 0);
      assert.ok(tokens > 1400 && tokens < 2700, `${tokens} tokens`);
      real += tokens;
      padded += Math.max(...lengths) * lengths.length;
    }
    assert.ok(Math.abs(real / batches.length - 2048) < 40, `${real / batches.length} tokens on average`);
    assert.ok(real / padded > 0.9, `${real / padded} of a batch is tokens`);
  });

  test('loss weights of a batch add up to 1; answers weigh ten times as much as prompts', () => {
    const samples = source(2).batch(0);
    const rows = weighted(samples, 0.1);
    const total = rows.reduce(
      (sum, { weights }) =>
        sum +
        Array.from(weights)
          .slice(1)
          .reduce((a, b) => a + b, 0),
      0,
    );
    assert.ok(Math.abs(total - 1) < 1e-9);
    const [first] = samples;
    const weights = rows[0]?.weights;
    assert.ok(first !== undefined && weights !== undefined);
    const answer = weights[first.promptLength] ?? 0;
    const prompt = weights[first.promptLength - 1] ?? 0;
    assert.ok(Math.abs(answer / prompt - 10) < 1e-9);
  });
});
