import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { packageRoot } from '../../src/config.js';
import { createSandbox } from '../../src/reward/sandbox.js';
import { parseAnalysisAnswer } from '../../src/text/analysis-answer.js';
import { RULES } from '../../src/text/rules.js';
import { RULE_LEARNING, trainingPrompts } from '../../trainer/data/heldout.js';
import { encodeTurn } from '../../trainer/data/encoding.js';
import { loadCodec } from '../../trainer/pretrain.js';
import { learnRules, type RuleLearningOptions } from '../../trainer/rule-learning.js';
import { withRulesFor } from '../../trainer/rule-prompt.js';
import type { SampledPrompt } from '../../trainer/rule-sampling.js';
import { runTraining, SILENT } from '../support/training.js';

const probe = await createSandbox();
const missing = probe.unavailable;
await probe.stop();
/** Without a sandbox no answer can be told to be good. In CI there must be one. */
const skip = missing === null || process.env['CI'] === 'true' ? false : `no sandbox: ${missing}`;

const PROMPTS = 6;
const SAMPLES = 2;

describe('rule learning', { skip }, () => {
  let root = '';
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'purpgate-rules-'));
    await learnRules(options('whole'));
  });
  after(() => rm(root, { recursive: true, force: true }));

  const options = (name: string, changes: Partial<RuleLearningOptions> = {}): RuleLearningOptions => ({
    model: join(packageRoot, 'models', 'nano'),
    folder: join(root, name),
    prompts: PROMPTS,
    samples: SAMPLES,
    temperature: 0.8,
    seed: 3,
    batchTokens: 512,
    threads: 1,
    checkpointSteps: 1,
    evaluationSteps: 10,
    mode: 'fresh',
    signal: new AbortController().signal,
    display: SILENT,
    ...changes,
  });
  const answers = async (name: string): Promise<SampledPrompt[]> => {
    const text = await readFile(join(root, name, 'rule-learning-answers.jsonl'), 'utf8');
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as SampledPrompt)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  };
  const weights = (name: string): Promise<Buffer> => readFile(join(root, name, 'model.safetensors'));

  test('every answer is accounted for, and what is kept is in the format and different', async () => {
    const sampled = await answers('whole');
    assert.equal(sampled.length, trainingPrompts({ seed: 3, count: PROMPTS, shares: RULE_LEARNING }).length);
    for (const { kept, outcomes } of sampled) {
      assert.equal(
        Object.values(outcomes).reduce((sum, count) => sum + count, 0),
        SAMPLES,
      );
      assert.equal(outcomes['kept'] ?? 0, kept.length);
      assert.ok(kept.length <= 2);
      assert.equal(new Set(kept).size, kept.length);
      for (const turn of kept) assert.notEqual(parseAnalysisAnswer(turn), null);
    }
    const summary = JSON.parse(await readFile(join(root, 'whole', 'rule-learning.json'), 'utf8')) as {
      answers: { trained: number; heldBack: number };
      kinds: Record<string, { sampled: number }>;
    };
    const kept = sampled.reduce((sum, prompt) => sum + prompt.kept.length, 0);
    assert.ok(kept > 0);
    assert.equal(summary.answers.trained + summary.answers.heldBack, kept);
    const counted = Object.values(summary.kinds).reduce((sum, kind) => sum + kind.sampled, 0);
    assert.equal(counted, sampled.length * SAMPLES);
  });

  test('the weights change, and the loss on kept answers without the rules falls', async () => {
    assert.notDeepEqual(
      await weights('whole'),
      await readFile(join(packageRoot, 'models', 'nano', 'model.safetensors')),
    );
    const text = await readFile(join(root, 'whole', 'training-losses.jsonl'), 'utf8');
    const losses = text.trim().split('\n');
    const seen = [losses[0], losses.at(-1)].map((line) => (JSON.parse(line ?? '') as { seen: number }).seen);
    assert.ok((seen[1] ?? NaN) < (seen[0] ?? NaN), seen.join(' to '));
  });

  test('a run that is killed while it samples or trains ends, resumed, with the same weights', async (context) => {
    const lines = randomInt(1, PROMPTS + 4);
    context.diagnostic(`killed after ${lines} lines`);
    await runTraining('rule-learning', options('killed'), lines);
    await learnRules(options('killed', { mode: 'resume' }));
    assert.deepEqual(await answers('killed'), await answers('whole'));
    assert.deepEqual(await weights('killed'), await weights('whole'));
  });

  test('a line that a killed process left unfinished is sampled again', async () => {
    await cp(join(root, 'whole'), join(root, 'torn'), { recursive: true });
    const file = join(root, 'torn', 'rule-learning-answers.jsonl');
    await truncate(file, (await readFile(file)).length - 3);
    await learnRules(options('torn', { mode: 'resume' }));
    assert.deepEqual(await answers('torn'), await answers('whole'));
  });

  test('a run is resumed with its own model and options only', async () => {
    await assert.rejects(learnRules(options('whole', { mode: 'resume', temperature: 0.7 })), {
      code: 'setting_invalid',
    });
    await assert.rejects(learnRules(options('whole', { mode: 'resume', model: join(root, 'whole') })), {
      code: 'setting_invalid',
    });
  });

  test('the model is only read', async () => {
    const same = join(root, 'same');
    await cp(join(packageRoot, 'models', 'nano'), same, { recursive: true });
    await assert.rejects(learnRules(options('same', { model: join(same, '.') })), {
      code: 'setting_invalid',
      message: /^--out: .* is the folder of the policy that is to learn/,
    });
    assert.deepEqual(await weights('same'), await readFile(join(packageRoot, 'models', 'nano', 'model.safetensors')));
    await assert.rejects(learnRules(options('none', { model: join(root, 'nowhere') })), { code: 'model_unusable' });
  });

  test('the answer is trained byte for byte, behind the prompt without the rules', async () => {
    const codec = await loadCodec(join(root, 'whole'));
    const prompts = new Map(
      trainingPrompts({ seed: 3, count: PROMPTS, shares: RULE_LEARNING }).map((prompt) => [prompt.id, prompt]),
    );
    for (const { id, kept } of await answers('whole'))
      for (const turn of kept) {
        const messages = prompts.get(id)?.messages ?? [];
        const { ids, promptLength } = encodeTurn(codec, { messages, tools: [] }, turn);
        assert.equal(codec.tokenizer.decode(ids.slice(promptLength)), `${turn}<|im_end|>`);
        assert.ok(!codec.tokenizer.decode(ids.slice(0, promptLength)).includes('Rule of this request'));
      }
  });
});

describe('the prompt under the rules', () => {
  const user = { role: 'user', content: 'hi' } as const;

  test('the rules come first, then the rule of the weakness, then what the client said', () => {
    const messages = withRulesFor({ messages: [{ role: 'system', content: 'Be brief.' }, user], cwe: 'CWE-89' });
    assert.deepEqual(messages, [
      { role: 'system', content: `${RULES}\n\nRule of this request: avoid CWE-89.\n\nBe brief.` },
      user,
    ]);
  });

  test('without a weakness only the rules are added', () => {
    assert.deepEqual(withRulesFor({ messages: [user], cwe: null }), [{ role: 'system', content: RULES }, user]);
  });
});
