/** Streams of Deltas for tests of what consumes them. */
import type { Delta, FinishReason, TokenSpan, Usage } from '../../src/types.js';

const USAGE: Usage = { promptTokens: 1, completionTokens: 1, reasoningTokens: 0 };

export async function* streamOf(deltas: readonly Delta[]): AsyncGenerator<Delta> {
  for (const delta of deltas) {
    await Promise.resolve();
    yield delta;
  }
}

/** One text Delta for each piece; its token ids are its place in the list. */
export function textDeltas(pieces: readonly string[], choice = 0): Delta[] {
  return pieces.map((text, index) => ({ type: 'text', choice, text, tokens: tokens(index) }));
}

export function tokens(...ids: number[]): TokenSpan {
  return { ids, logprobs: ids.map(() => -0.5) };
}

export function toolCall(index: number, argumentPieces: readonly string[], choice = 0): Delta[] {
  return [
    { type: 'tool_start', choice, index, id: `call_${index}`, name: 'write_file' },
    ...argumentPieces.map((text): Delta => ({ type: 'tool_args', choice, index, text })),
  ];
}

export function finish(reason: FinishReason = 'stop', choice = 0): Delta {
  return { type: 'finish', choice, reason };
}

export const usage: Delta = { type: 'usage', usage: USAGE };

export async function collect(deltas: AsyncIterable<Delta>): Promise<Delta[]> {
  const collected: Delta[] = [];
  for await (const delta of deltas) collected.push(delta);
  return collected;
}

export function textOf(deltas: readonly Delta[], choice = 0, type: 'text' | 'reasoning' = 'text'): string {
  return deltas.map((delta) => (delta.type === type && delta.choice === choice ? delta.text : '')).join('');
}

/** Every character that left in any form, and nothing of the verdicts. */
export function everythingOf(deltas: readonly Delta[]): string {
  return JSON.stringify(deltas.filter((delta) => delta.type !== 'verdict'));
}

/** Deltas of several choices, one after the other in turn. */
export function interleave(...streams: readonly (readonly Delta[])[]): Delta[] {
  const longest = Math.max(...streams.map((stream) => stream.length));
  return Array.from({ length: longest }, (_, index) => streams.flatMap((stream) => stream[index] ?? [])).flat();
}
