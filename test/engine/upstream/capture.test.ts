import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { join } from 'node:path';
import { packageRoot } from '../../../src/config.js';
import type { Engine } from '../../../src/engine/engine.js';
import { loadTokenizer, type Tokenizer } from '../../../src/lm/tokenizer.js';
import { AnswerCollector } from '../../../src/serve/answer.js';
import type { Delta } from '../../../src/types.js';
import { checkOrder, collect, engineRequest, never, textOf } from '../../contracts/engine.js';
import {
  startScriptedUpstream,
  upstreamEngine,
  type Script,
  type ScriptedUpstream,
  type Step,
} from '../../support/scripted-upstream.js';

const TOKENIZER = join(packageRoot, 'models/nano');

/** Chunks as vLLM's chat route streams them with `return_token_ids` and `logprobs` (its documentation, version 0.14). */
const chunk = (choice: object, more: object = {}): Step => ({
  bytes: `data: ${JSON.stringify({ ...more, choices: [{ index: 0, finish_reason: null, ...choice }] })}\n\n`,
});
const told = (ids: readonly number[]) => ({
  token_ids: ids,
  logprobs: {
    content: ids.map((id) => ({ token: `token_id:${id}`, logprob: -id / 1000, bytes: null, top_logprobs: [] })),
  },
});
const usage = (tokens: number): Step => ({
  bytes: `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 3, completion_tokens: tokens, total_tokens: 3 + tokens } })}\n\n`,
});

function tokensOf(deltas: readonly Delta[]) {
  const collector = new AnswerCollector();
  for (const delta of deltas) collector.add(delta);
  return { tokens: collector.tokens(), promptIds: collector.promptIds };
}

describe('an upstream that tells token ids', () => {
  let upstream: ScriptedUpstream;
  let engine: Engine;
  let tokenizer: Tokenizer;
  before(async () => {
    tokenizer = await loadTokenizer(TOKENIZER);
    upstream = await startScriptedUpstream({});
    engine = upstreamEngine(upstream.url, { capture: { tokenizer: TOKENIZER }, cacheSalt: 'on' });
    await engine.start(never());
  });
  after(async () => {
    await engine.stop();
    await upstream.stop();
  });
  const run = (answer: Script, request = engineRequest()): Promise<Delta[]> => {
    upstream.answer = answer;
    return collect(engine.generate(request, never()));
  };
  /** One token per chunk. */
  const answerOf = (text: string, { end = true, lost = 0 } = {}): Step[] => {
    const ids = tokenizer.encode(text);
    const steps = ids.map((id, at) =>
      chunk(
        { delta: { content: tokenizer.decode([id]) }, ...told(at < lost ? [] : [id]) },
        at === 0 ? { prompt_token_ids: [5, 6, 7] } : {},
      ),
    );
    const stop = tokenizer.idOf('<|im_end|>') ?? 0;
    return [
      ...steps,
      chunk({ delta: {}, finish_reason: 'stop', ...told(end ? [stop] : []) }),
      usage(ids.length + (end ? 1 : 0)),
    ];
  };

  test('is asked for them, with one alternative less than none, and with the salt of the tenant', async () => {
    await run({ steps: answerOf('ok') }, { ...engineRequest(), cacheSalt: 'salt' });
    const body = upstream.requests.at(-1)?.body ?? {};
    assert.deepEqual(
      [body['return_token_ids'], body['logprobs'], body['top_logprobs'], body['cache_salt']],
      [true, true, 0, 'salt'],
    );
  });

  test('gives each token once, with its log-probability, also the one that ends the answer', async () => {
    const deltas = await run({ steps: answerOf('def add(a, b):\n    return a + b') });
    checkOrder(deltas, 1);
    const ids = tokenizer.encode('def add(a, b):\n    return a + b');
    const { tokens, promptIds } = tokensOf(deltas);
    assert.deepEqual(promptIds, [5, 6, 7]);
    assert.deepEqual(tokens?.[0]?.ids.slice(0, -1), ids);
    assert.deepEqual(
      tokens[0].logprobs.slice(0, -1),
      ids.map((id) => -id / 1000),
    );
    assert.equal(textOf(deltas), 'def add(a, b):\n    return a + b');
  });

  test('shows clients no log-probabilities that they did not ask for', async () => {
    const deltas = await run({ steps: answerOf('ok') });
    assert.ok(deltas.every((delta) => !('logprobs' in delta)));
  });

  test('whose count is another than that of the ids loses them', async () => {
    assert.equal(tokensOf(await run({ steps: answerOf('one two three', { lost: 1 }) })).tokens, null);
  });

  test('whose ids make another text loses them', async () => {
    const [id = 0] = tokenizer.encode('safe');
    const steps = [chunk({ delta: { content: 'evil' }, finish_reason: 'stop', ...told([id]) }), usage(1)];
    assert.equal(tokensOf(await run({ steps })).tokens, null);
  });

  test('without a log-probability for each id loses them', async () => {
    const [id = 0] = tokenizer.encode('x');
    const steps = [chunk({ delta: { content: 'x' }, finish_reason: 'stop', token_ids: [id] }), usage(1)];
    assert.equal(tokensOf(await run({ steps })).tokens, null);
  });

  test('that tells none is served all the same', async () => {
    const steps = [chunk({ delta: { content: 'hello' }, finish_reason: 'stop' }), usage(1)];
    const deltas = await run({ steps });
    assert.equal(textOf(deltas), 'hello');
    assert.equal(tokensOf(deltas).tokens, null);
  });

  test('keeps those of reasoning and of a tool call on the Deltas of these', async () => {
    const steps = [
      chunk({ delta: { reasoning_content: 'hm' }, ...told([11]) }, { prompt_token_ids: [1] }),
      // A parser of tool calls holds its text back; the ids come with the next piece or with the end.
      chunk({ delta: {}, ...told([12, 13]) }),
      chunk({
        delta: { tool_calls: [{ index: 0, id: 'c', function: { name: 'ls', arguments: '{}' } }] },
        ...told([14]),
      }),
      chunk({ delta: {}, finish_reason: 'tool_calls', ...told([15]) }),
      usage(5),
    ];
    const deltas = await run({ steps });
    checkOrder(deltas, 1);
    assert.deepEqual(tokensOf(deltas).tokens?.[0]?.ids, [11, 12, 13, 14, 15]);
  });

  test('of several choices keeps them apart', async () => {
    const [a = 0] = tokenizer.encode('a');
    const [b = 0] = tokenizer.encode('b');
    const steps = [
      chunk({ delta: { content: 'a' }, finish_reason: 'stop', ...told([a]) }),
      chunk({ index: 1, delta: { content: 'b' }, finish_reason: 'stop', ...told([b]) }),
      usage(2),
    ];
    const { tokens } = tokensOf(await run({ steps }, engineRequest({ choices: 2 })));
    assert.deepEqual(
      tokens?.map(({ ids }) => ids),
      [[a], [b]],
    );
  });
});
