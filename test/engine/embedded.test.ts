import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { packageRoot } from '../../src/config.js';
import { loadTokenizer } from '../../src/lm/tokenizer.js';
import type { Delta } from '../../src/types.js';
import { checkOrder, engineContract, never, textOf } from '../contracts/engine.js';
import { createEngine, engineStarter, generate, idsOf } from '../support/embedded-engine.js';
import { writeTinyModel } from '../support/tiny-model.js';

engineContract('the embedded engine', async ({ pieces, isEndless }) => {
  const model = await writeTinyModel({ script: pieces, endless: isEndless });
  const engine = createEngine(model.folder);
  return {
    engine,
    // That places become free is shown by the requests that find one.
    abandoned: () => Promise.resolve(),
    async close() {
      await engine.stop();
      await model.remove();
    },
  };
});

describe('the embedded engine', () => {
  const start = engineStarter();

  describe('says', () => {
    test('reasoning apart from text, with every token and its log-probability, and counts them', async () => {
      const { engine } = await start({
        format: 'analysis-answer',
        script: ['## Analysis\n', 'Harm', 'less.', '\n## Answer\n', 'Use ', 'this.'],
      });
      const deltas = await generate(engine, { temperature: 1, seed: 1 });
      checkOrder(deltas, 1);
      const reasoning = deltas.map((delta) => (delta.type === 'reasoning' ? delta.text : '')).join('');
      assert.deepEqual([reasoning, textOf(deltas)], ['Harmless.', 'Use this.']);
      const last = deltas.at(-1);
      assert.ok(last?.type === 'usage');
      assert.equal(idsOf(deltas).length, 7);
      assert.deepEqual(last.usage, {
        promptTokens: last.promptIds?.length,
        completionTokens: 7,
        reasoningTokens: last.usage.reasoningTokens,
      });
      assert.ok(last.usage.reasoningTokens >= 3 && last.usage.reasoningTokens < 7);
    });

    test('tool calls as tool calls, where tools were offered', async () => {
      const { engine } = await start({
        script: ['Look:', '\n<tool_call>\n', '{"name": "ls", "arg', 'uments": {"path"', ': "/"}}', '\n</tool_call>'],
      });
      const tools = [{ name: 'ls', parameters: { type: 'object' } }];
      const deltas = await generate(engine, {}, { tools });
      checkOrder(deltas, 1);
      assert.equal(textOf(deltas), 'Look:\n');
      assert.equal(deltas.find((delta) => delta.type === 'tool_start')?.name, 'ls');
      const args = deltas.map((delta) => (delta.type === 'tool_args' ? delta.text : '')).join('');
      assert.deepEqual(JSON.parse(args), { path: '/' });
      assert.equal(deltas.find((delta) => delta.type === 'finish')?.reason, 'tool_calls');
      const plain = await generate(engine, {}, { tools, toolChoice: 'none' });
      assert.match(textOf(plain), /<tool_call>/);
    });

    test('one tool call and nothing behind it, where no more are allowed', async () => {
      const script = ['<tool_call>\n', '{"name": "ls", "arg', 'uments": {}}', '\n</tool_call>', '\n<tool_call>'];
      const { engine } = await start({ script: [...script, '{"name": "rm", "arguments": {}}', '</tool_call>\n'] });
      const tools = [{ name: 'ls' }];
      const all = await generate(engine, {}, { tools });
      assert.equal(all.filter((delta) => delta.type === 'tool_start').length, 2);
      const deltas = await generate(engine, {}, { tools, toolCalls: 'single' });
      checkOrder(deltas, 1);
      assert.equal(deltas.filter((delta) => delta.type === 'tool_start').length, 1);
      assert.equal(deltas.find((delta) => delta.type === 'finish')?.reason, 'tool_calls');
      const last = deltas.at(-1);
      assert.equal(last?.type === 'usage' && last.usage.completionTokens, 3);
    });

    test('what belongs between two texts, to models that have tokens for it; others refuse', async () => {
      const markers = ['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>'];
      const { engine, model } = await start({ script: ['mid', 'dle', ...markers], endless: true });
      const tokenizer = await loadTokenizer(model.folder);
      const textPrompt = { prefix: 'a <|fim_middle|> b', suffix: '<|im_end|>' };
      const deltas = await generate(engine, {}, { textPrompt });
      assert.equal(textOf(deltas), 'middle');
      const usage = deltas.at(-1);
      const ids = (usage?.type === 'usage' ? usage.promptIds : null) ?? [];
      assert.equal(tokenizer.decode(ids), `<|fim_prefix|>a <|fim_middle|> b<|fim_suffix|><|im_end|><|fim_middle|>`);
      const names = [...markers, '<|im_end|>'].map((name) => tokenizer.idOf(name) ?? -1);
      assert.deepEqual(
        names.map((name) => ids.filter((id) => id === name).length),
        [1, 1, 1, 0],
        'texts cannot forge a marker',
      );
      const messages = [{ role: 'user' as const, content: 'x' }];
      assert.equal(await engine.countPromptTokens({ messages, tools: [], textPrompt }, never()), ids.length);
      const { engine: plain } = await start();
      await assert.rejects(generate(plain, {}, { textPrompt }), { code: 'unsupported_parameter', param: 'suffix' });
      const counted = plain.countPromptTokens({ messages, tools: [], textPrompt }, never());
      await assert.rejects(counted, { code: 'unsupported_parameter', param: 'suffix' });
      const empty = generate(plain, {}, { textPrompt: { prefix: '', suffix: null } });
      await assert.rejects(empty, { code: 'invalid_request', param: 'prompt' });
    });

    test('log-probabilities of the answer, and none of the reasoning, of headers and of the end', async () => {
      const script = ['## Analysis\n', 'Harm', 'less.', '\n## Answer\n', 'Use ', 'this.'];
      const { engine } = await start({ format: 'analysis-answer', script });
      const deltas = await generate(engine, { temperature: 1, seed: 1, logprobs: 2 });
      const told = deltas.flatMap((delta) => (delta.type === 'text' ? (delta.logprobs ?? []) : []));
      assert.deepEqual(
        told.map(({ token }) => token),
        ['Use ', 'this.'],
      );
      for (const { token, logprob, alternatives } of told)
        assert.deepEqual([alternatives[0]?.token, alternatives[0]?.logprob], [token, logprob]);
    });

    test('nothing of a stop string, and no more than max_tokens', async () => {
      const { engine } = await start({ script: ['one ', 'two ', 'three ', 'four'] });
      assert.equal(textOf(await generate(engine, { stop: ['o thr'] })), 'one tw');
      const cut = await generate(engine, { maxTokens: 2 });
      assert.equal(textOf(cut), 'one two ');
      assert.equal(cut.find((delta) => delta.type === 'finish')?.reason, 'length');
    });

    test('the same with a seed, and something else with another', async () => {
      const { engine } = await start();
      const ids = async (seed: number) => idsOf(await generate(engine, { temperature: 1, seed, maxTokens: 20 }));
      const [first, again, other] = await Promise.all([ids(1), ids(1), ids(2)]);
      assert.deepEqual(first, again);
      assert.notDeepEqual(first, other);
    });

    test('nothing about reasoning of earlier turns, wherever a client put it', async () => {
      const { engine } = await start({ format: 'analysis-answer', script: ['x'] });
      const promptOf = async (assistant: { content: string; reasoning?: string }) => {
        const messages = [
          { role: 'user', content: 'q' },
          { role: 'assistant', toolCalls: [], ...assistant },
        ] as const;
        const last = (await generate(engine, {}, { messages })).at(-1);
        return last?.type === 'usage' ? last.promptIds : null;
      };
      const plain = await promptOf({ content: 'answer' });
      assert.deepEqual(await promptOf({ content: 'answer', reasoning: 'thought' }), plain);
      assert.deepEqual(await promptOf({ content: '## Analysis\nthought\n## Answer\nanswer' }), plain);
    });
  });

  describe('refuses', () => {
    test('prompts beyond the context, in the words of OpenAI, however long they are', async () => {
      const { engine } = await start({ maxPositions: 128 });
      const content = 'x'.repeat(200);
      await assert.rejects(generate(engine, {}, { messages: [{ role: 'user', content }] }), {
        code: 'context_length_exceeded',
        publicMessage: /maximum context length is 128 tokens\. However, your messages resulted in 2\d\d tokens/,
      });
      const started = performance.now();
      const huge = 'x'.repeat(20 << 20);
      await assert.rejects(generate(engine, {}, { messages: [{ role: 'user', content: huge }] }), {
        code: 'context_length_exceeded',
        publicMessage: /at least \d+ tokens/,
      });
      assert.ok(performance.now() - started < 3000);
      const messages = Array.from({ length: 300_000 }, () => ({ role: 'user' as const, content: '' }));
      await assert.rejects(generate(engine, {}, { messages }), {
        code: 'context_length_exceeded',
        publicMessage: /at least 300000 tokens/,
      });
    });

    test('versions that are not loaded', async () => {
      const { engine } = await start();
      await assert.rejects(generate(engine, {}, { version: 'purp@000000000000' }), { code: 'engine_unavailable' });
      assert.equal((await generate(engine, { maxTokens: 1 }, { version: engine.model.version })).at(-1)?.type, 'usage');
    });

    test('requests beyond its queue', async () => {
      const { engine } = await start({ script: ['a', 'b'], endless: true }, { maxQueued: 1 });
      const outcomes = await Promise.all(
        Array.from({ length: 60 }, () =>
          generate(engine, { maxTokens: 100 }).then(
            (deltas) => textOf(deltas),
            (thrown: unknown) => (thrown as { code: string }).code,
          ),
        ),
      );
      assert.deepEqual(new Set(outcomes), new Set(['ab'.repeat(50), 'overloaded']));
    });

    test('folders that it cannot load, and weights that changed since they were digested', async () => {
      assert.throws(() => createEngine(join(packageRoot, 'no-such-model')), { code: 'model_unusable' });
      const model = await writeTinyModel();
      const changed = createEngine(model.folder);
      const file = join(model.folder, 'model.safetensors');
      const weights = await readFile(file);
      weights.writeUInt8(weights.readUInt8(weights.length - 1) ^ 1, weights.length - 1);
      await writeFile(file, weights);
      await assert.rejects(changed.start(never()), { code: 'model_unusable' });
      assert.equal(changed.processId, null);
      const broken = createEngine(model.folder);
      await rm(join(model.folder, 'tokenizer.json'));
      await assert.rejects(broken.start(never()), { code: 'model_unusable' });
      await assert.rejects(createEngine(model.folder).start(AbortSignal.abort()), { code: 'engine_unavailable' });
      await model.remove();
    });
  });

  test('serves the model that ships with purpgate', async () => {
    const engine = createEngine(join(packageRoot, 'models/nano'));
    after(() => engine.stop());
    await engine.start(never());
    const messages = [
      { role: 'user', content: 'Write a Python function that reads a user by name from SQLite.' },
    ] as const;
    const requests = Array.from({ length: 6 }, (_, seed) => ({
      seed,
      temperature: seed % 2,
      maxTokens: 40,
      choices: 1 + (seed % 2),
    }));
    const alone: Delta[][] = [];
    for (const sampling of requests) alone.push(await generate(engine, sampling, { messages }));
    const together = await Promise.all(requests.map((sampling) => generate(engine, sampling, { messages })));
    for (const [index, deltas] of together.entries()) {
      checkOrder(deltas, requests[index]?.choices ?? 0);
      for (const choice of [0, 1]) {
        const tokens = (list: readonly Delta[] = []) =>
          list.flatMap((delta) => ('tokens' in delta && delta.choice === choice ? [delta.tokens] : []));
        assert.deepEqual(tokens(deltas), tokens(alone[index]));
      }
    }
  });
});
