/** What every engine owes (src/engine/engine.ts). Run over each implementation by its own test file. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Engine, GenerateRequest } from '../../src/engine/engine.js';
import type { Delta, Sampling } from '../../src/types.js';

interface EngineHarness {
  readonly engine: Engine;
  /** Resolves when the engine's source knows that a generation was given up. */
  abandoned(): Promise<void>;
  /** Stops the engine and what serves it. */
  close(): Promise<void>;
}

/** What the model behind the engine says to any prompt, piece by piece. */
interface ScriptedModel {
  readonly pieces: readonly string[];
  /** Whether it says it over and over. */
  readonly isEndless: boolean;
}

const PIECES = ['It', ' is', ' "quoted"', ' and', '\n日本 🙂'];

export function engineRequest(
  sampling: Partial<Sampling> = {},
  request: Partial<Omit<GenerateRequest, 'sampling'>> = {},
): GenerateRequest {
  return {
    id: '0190b6f0-0000-7000-8000-000000000000',
    version: null,
    messages: [{ role: 'user', content: 'What is it?' }],
    tools: [],
    toolChoice: 'auto',
    toolCalls: 'parallel',
    responseFormat: { type: 'text' },
    forward: {},
    ...request,
    sampling: {
      temperature: 0,
      topP: 1,
      stop: [],
      choices: 1,
      frequencyPenalty: 0,
      presencePenalty: 0,
      ...sampling,
    },
  };
}

export const never = (): AbortSignal => new AbortController().signal;

export async function collect(deltas: AsyncIterable<Delta>): Promise<Delta[]> {
  const all: Delta[] = [];
  for await (const delta of deltas) all.push(delta);
  return all;
}

/** Text of a choice, without its reasoning and its tool calls. */
export function textOf(deltas: readonly Delta[], choice = 0): string {
  return deltas.map((delta) => (delta.type === 'text' && delta.choice === choice ? delta.text : '')).join('');
}

/** Throws unless the Deltas stand in the order that `Delta` documents. */
export function checkOrder(deltas: readonly Delta[], choices: number): void {
  const stages = Array.from({ length: choices }, () => ({ calls: 0, isFinished: false }));
  for (const [position, delta] of deltas.entries()) {
    if (delta.type === 'prompt') {
      assert.equal(position, 0, 'prompt is first');
      continue;
    }
    if (delta.type === 'usage') {
      assert.equal(position, deltas.length - 1, 'usage is last');
      continue;
    }
    const stage = stages[delta.choice];
    assert.ok(stage !== undefined && !stage.isFinished, `${delta.type} of choice ${delta.choice} after its finish`);
    if (delta.type === 'text' || delta.type === 'reasoning') assert.equal(stage.calls, 0, 'text before tool calls');
    if (delta.type === 'tool_start') assert.equal(delta.index, stage.calls++);
    if (delta.type === 'tool_args') assert.equal(delta.index, stage.calls - 1);
    if (delta.type === 'finish') stage.isFinished = true;
    if ('tokens' in delta) assert.equal(delta.tokens.ids.length, delta.tokens.logprobs.length);
  }
  assert.ok(
    stages.every(({ isFinished }) => isFinished),
    'every choice finishes',
  );
  assert.equal(deltas.at(-1)?.type, 'usage');
}

/** What an engine's wire has no words for; all but the length of the prompt must then be refused. */
export type Lack = 'choices' | 'logprobs' | 'promptLength' | 'stop' | 'text';

export function engineContract(
  name: string,
  open: (model: ScriptedModel) => Promise<EngineHarness>,
  lacks: readonly Lack[] = [],
): void {
  const testUnless = (lack: Lack, what: string, run: () => Promise<void>): void => {
    if (!lacks.includes(lack)) void test(what, run);
  };
  const most = (choices: number): number => (lacks.includes('choices') ? 1 : choices);
  describe(`${name} keeps the contract of an engine`, () => {
    const text = PIECES.join('');
    let finite: EngineHarness;
    let endless: EngineHarness;
    before(async () => {
      [finite, endless] = await Promise.all([
        open({ pieces: PIECES, isEndless: false }),
        open({ pieces: PIECES, isEndless: true }),
      ]);
    });
    after(async () => {
      await Promise.all([finite.close(), endless.close()]);
    });

    test('refuses requests before it has started', async () => {
      await assert.rejects(collect(finite.engine.generate(engineRequest(), never())), { code: 'engine_unavailable' });
      const counted = finite.engine.countPromptTokens({ messages: [], tools: [] }, never());
      await assert.rejects(counted, { code: 'engine_unavailable' });
      assert.equal(finite.engine.health(), 'starting');
      await Promise.all([finite.engine.start(never()), endless.engine.start(never())]);
      assert.equal(finite.engine.health(), 'ready');
    });

    test('yields what the model says, in the documented order, and one usage at the end', async () => {
      for (const choices of [1, most(3)]) {
        const deltas = await collect(finite.engine.generate(engineRequest({ choices }), never()));
        checkOrder(deltas, choices);
        for (let choice = 0; choice < choices; choice++) assert.equal(textOf(deltas, choice), text);
        const finishes = deltas.filter((delta) => delta.type === 'finish');
        assert.deepEqual(
          finishes.map(({ reason }) => reason),
          Array<string>(choices).fill('stop'),
        );
      }
    });

    testUnless('promptLength', 'tells the length of the prompt before the answer', async () => {
      const deltas = await collect(finite.engine.generate(engineRequest({ choices: most(2) }), never()));
      const usage = deltas.at(-1);
      assert.ok(usage?.type === 'usage');
      const { promptTokens } = usage.usage;
      assert.deepEqual(deltas[0], { type: 'prompt', promptTokens });
    });

    test('counts the tokens of a prompt without generating', async () => {
      const count = (...texts: string[]) => {
        const messages = texts.map((content) => ({ role: 'user' as const, content }));
        return finite.engine.countPromptTokens({ messages, tools: [] }, never());
      };
      const [short, long, text] = await Promise.all([
        count('What is it?'),
        count('What is it?', 'And why? '.repeat(20)),
        finite.engine.countPromptTokens(
          { messages: [], tools: [], textPrompt: { prefix: 'What is it?\n', suffix: null } },
          never(),
        ),
      ]);
      assert.ok(text > 0 && short > 0 && long > short + 20);
      const aborted = finite.engine.countPromptTokens({ messages: [], tools: [] }, AbortSignal.abort());
      await assert.rejects(aborted, { code: 'request_aborted' });
    });

    testUnless('stop', 'names the stop sequence that ended an answer, and none that did not', async () => {
      const finishOf = async (stop: string[]) => {
        const deltas = await collect(finite.engine.generate(engineRequest({ stop }), never()));
        return { said: textOf(deltas), finish: deltas.find((delta) => delta.type === 'finish') };
      };
      const finish = { type: 'finish', choice: 0, reason: 'stop' };
      assert.deepEqual(await finishOf(['nowhere', ' and']), {
        said: 'It is "quoted"',
        finish: { ...finish, stopSequence: ' and' },
      });
      assert.deepEqual(await finishOf(['nowhere']), { said: text, finish });
    });

    testUnless(
      'logprobs',
      'tells log-probabilities of the text and the likeliest alternatives, where they are asked for',
      async () => {
        for (const logprobs of [0, 3]) {
          const deltas = await collect(finite.engine.generate(engineRequest({ logprobs, choices: 2 }), never()));
          for (const choice of [0, 1]) {
            const told = deltas.flatMap((delta) =>
              delta.type === 'text' && delta.choice === choice ? (delta.logprobs ?? []) : [],
            );
            assert.equal(Buffer.from(told.flatMap(({ bytes }) => bytes)).toString(), text);
            for (const { logprob, alternatives } of told) {
              assert.ok(logprob <= 0);
              assert.equal(alternatives.length, logprobs);
              const order = alternatives.map((token) => token.logprob);
              assert.deepEqual(
                order,
                order.toSorted((a, b) => b - a),
              );
            }
          }
        }
        const deltas = await collect(finite.engine.generate(engineRequest(), never()));
        assert.ok(deltas.every((delta) => !('logprobs' in delta)));
      },
    );

    testUnless('text', 'completes text as it stands, with neither roles nor tools', async () => {
      const textPrompt = { prefix: 'What is it?\n', suffix: null };
      const request = engineRequest({ choices: 2 }, { textPrompt, tools: [{ name: 'f' }] });
      const deltas = await collect(finite.engine.generate(request, never()));
      checkOrder(deltas, 2);
      assert.equal(textOf(deltas, 1), text);
    });

    const refused: Readonly<Record<Exclude<Lack, 'promptLength'>, GenerateRequest>> = {
      choices: engineRequest({ choices: 2 }),
      logprobs: engineRequest({ logprobs: 1 }),
      stop: engineRequest({ stop: ['END'] }),
      text: engineRequest({}, { textPrompt: { prefix: 'What', suffix: null } }),
    };
    for (const lack of lacks)
      if (lack !== 'promptLength')
        test(`refuses what it has no words for: ${lack}`, async () => {
          const expected = { code: 'unsupported_parameter' };
          await assert.rejects(collect(finite.engine.generate(refused[lack], never())), expected);
        });

    test('keeps requests apart that run side by side', async () => {
      const runs = await Promise.all(
        Array.from({ length: 12 }, () => collect(finite.engine.generate(engineRequest({ choices: most(2) }), never()))),
      );
      for (const deltas of runs) {
        checkOrder(deltas, most(2));
        assert.equal(textOf(deltas, most(2) - 1), text);
      }
    });

    test('starts nothing for a caller that has already left', async () => {
      const generation = finite.engine.generate(engineRequest(), AbortSignal.abort());
      await assert.rejects(collect(generation), { code: 'request_aborted' });
    });

    test('ends a generation when its caller aborts', async () => {
      const controller = new AbortController();
      const abandoned = endless.abandoned();
      const read = async () => {
        let seen = 0;
        for await (const delta of endless.engine.generate(engineRequest(), controller.signal))
          if (delta.type === 'text' && ++seen === 3) controller.abort();
      };
      await assert.rejects(read(), { code: 'request_aborted' });
      await abandoned;
    });

    test('ends a generation while its caller waits for the next Delta', async () => {
      const controller = new AbortController();
      const abandoned = endless.abandoned();
      const iterator = endless.engine.generate(engineRequest(), controller.signal)[Symbol.asyncIterator]();
      await iterator.next();
      const waiting = (async () => {
        for (;;) if ((await iterator.next()).done === true) return;
      })();
      setImmediate(() => {
        controller.abort();
      });
      await assert.rejects(waiting, { code: 'request_aborted' });
      await abandoned;
    });

    test('ends a generation when its caller leaves the loop, however often, and frees its place', async () => {
      for (let round = 0; round < 40; round++) {
        const abandoned = endless.abandoned();
        for await (const delta of endless.engine.generate(engineRequest({ choices: most(2) }), never()))
          if (delta.type === 'text') break;
        await abandoned;
      }
    });

    test('fails what is in flight when it is stopped, and what comes after', async () => {
      const generation = endless.engine.generate(engineRequest(), never())[Symbol.asyncIterator]();
      await generation.next();
      const rest = (async () => {
        for (;;) if ((await generation.next()).done === true) return;
      })();
      const failed = assert.rejects(rest, { code: 'engine_unavailable' });
      await Promise.all([endless.engine.stop(), endless.engine.stop()]);
      await failed;
      assert.equal(endless.engine.health(), 'stopped');
      await assert.rejects(collect(endless.engine.generate(engineRequest(), never())), { code: 'engine_unavailable' });
      await assert.rejects(endless.engine.start(never()), { code: 'engine_unavailable' });
      await endless.engine.stop();
    });
  });
}
