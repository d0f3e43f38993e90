/** Streams of Deltas that were begun before they are read. */
import type { Delta, Verdict } from '../types.js';

/** The iterator that goes on behind a first result that was already asked for; leaving it early ends the source. */
export async function* prepend(
  first: Promise<IteratorResult<Delta, void>>,
  rest: AsyncGenerator<Delta, void, undefined>,
): AsyncGenerator<Delta, void, undefined> {
  const result = await first;
  if (result.done === true) return;
  yield result.value;
  yield* rest;
}

/** Verdicts on the prompt stand behind its length and before all else. */
export async function* withVerdicts(
  verdicts: readonly Verdict[],
  deltas: AsyncIterable<Delta>,
): AsyncGenerator<Delta, void, undefined> {
  let untold = verdicts;
  for await (const delta of deltas) {
    if (delta.type !== 'prompt') {
      for (const verdict of untold) yield { type: 'verdict', choice: 0, verdict };
      untold = [];
    }
    yield delta;
  }
}

/** An answer of ours that no engine had a part in: in every choice these verdicts and this text. */
export function* plainAnswer(text: string, verdicts: readonly Verdict[], choices: number): Generator<Delta, void> {
  for (let choice = 0; choice < choices; choice += 1) {
    for (const verdict of verdicts) yield { type: 'verdict', choice, verdict };
    yield { type: 'text', choice, text };
    yield { type: 'finish', choice, reason: 'stop' };
  }
  yield { type: 'usage', usage: { promptTokens: 0, completionTokens: 0, reasoningTokens: 0 } };
}

type Result = IteratorResult<Delta, void>;

/** The first results, up to one that shows that an answer has begun: the length of the prompt and verdicts come before any failure. */
export async function readOpening(deltas: AsyncGenerator<Delta, void, undefined>): Promise<Result[]> {
  const results: Result[] = [];
  for (;;) {
    const result = await deltas.next();
    results.push(result);
    if (result.done === true || (result.value.type !== 'prompt' && result.value.type !== 'verdict')) return results;
  }
}

/** As `prepend`, but leaving it even before its first step ends the source. */
export function resume(opening: Promise<Result[]>, rest: AsyncGenerator<Delta, void, undefined>): AsyncIterable<Delta> {
  return {
    [Symbol.asyncIterator]() {
      return {
        async next() {
          return (await opening).shift() ?? rest.next();
        },
        async return() {
          await rest.return();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
