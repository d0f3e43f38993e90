import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ChoiceDeltas } from '../../../src/engine/embedded/deltas.js';
import { composeAnalysisAnswer } from '../../../src/text/analysis-answer.js';
import type { Delta } from '../../../src/types.js';
import { checkOrder, textOf } from '../../contracts/engine.js';

type Options = ConstructorParameters<typeof ChoiceDeltas>[1];

/** The Deltas of a text that comes in the given pieces, one token each, and of an end-of-turn token. */
function deltasOf(pieces: readonly string[], options: Options, finish: 'stop' | 'length' = 'stop'): Delta[] {
  const choice = new ChoiceDeltas(0, options);
  const outputs = [...pieces, ''].map((text, id) => ({
    request: 1,
    choice: 0,
    id,
    logprob: -id,
    text,
    finish: id === pieces.length ? finish : null,
  }));
  return outputs.flatMap((output) => choice.add(output));
}

function cutAt(text: string, sizes: readonly number[]): string[] {
  const pieces: string[] = [];
  for (let at = 0, turn = 0; at < text.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(text.slice(at, at + size));
    at += size;
  }
  return pieces;
}

const usage: Delta = { type: 'usage', usage: { promptTokens: 0, completionTokens: 0, reasoningTokens: 0 } };
const reasoningOf = (deltas: readonly Delta[]) =>
  deltas.map((delta) => (delta.type === 'reasoning' ? delta.text : '')).join('');
const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 });

describe('ChoiceDeltas', () => {
  test('gives each token once and in order, on a Delta of its choice, however the text is cut', () => {
    const text = composeAnalysisAnswer(
      'think',
      'Answer <tool_call>{"name": "f", "arguments": {"a": "b"}}</tool_call>\n',
    );
    const options = fc.record({
      format: fc.constantFrom('plain' as const, 'analysis-answer' as const),
      tools: fc.constantFrom('read' as const, 'ignored' as const),
    });
    fc.assert(
      fc.property(fc.nat(text.length), sizes, options, (length, cut, given) => {
        const pieces = cutAt(text.slice(0, length), cut);
        const deltas = deltasOf(pieces, given);
        checkOrder([...deltas, usage], 1);
        const tokens = deltas.flatMap((delta) => ('tokens' in delta ? delta.tokens.ids : []));
        assert.deepEqual(
          tokens,
          Array.from({ length: pieces.length + 1 }, (_, id) => id),
        );
      }),
      { numRuns: 500 },
    );
  });

  test('gives log-probabilities of just the tokens that stand wholly in the text, with their text', () => {
    const text = composeAnalysisAnswer(
      'think 日本',
      'é <tool> 🙂 <tool_call>{"name": "f", "arguments": {}}</tool_call> x',
    );
    const options = fc.record({
      format: fc.constantFrom('plain' as const, 'analysis-answer' as const),
      tools: fc.constantFrom('read' as const, 'ignored' as const),
    });
    fc.assert(
      fc.property(sizes, options, fc.nat(9), (cut, given, delay) => {
        const pieces = cutAt(text, cut);
        const written = pieces.join('');
        const shown = textOf(deltasOf(pieces, given));
        const textStart = written.indexOf(shown);
        const choice = new ChoiceDeltas(0, given);
        const deltas: Delta[] = [];
        let end = 0;
        let sent = 0;
        const expected: string[] = [];
        for (const [id, token] of pieces.entries()) {
          if (end >= textStart && end + token.length <= textStart + shown.length) expected.push(token);
          end += token.length;
          // The text of a token may come later than the token.
          const until = id === pieces.length - 1 ? written.length : Math.max(sent, end - delay);
          const told = { logprob: { token, bytes: [], logprob: -1, alternatives: [] }, length: token.length };
          const finish = id === pieces.length - 1 ? ('stop' as const) : null;
          const output = { request: 1, choice: 0, id, logprob: 0, text: written.slice(sent, until), finish, told };
          sent = until;
          deltas.push(...choice.add(output));
        }
        const tokens = deltas.flatMap((delta) => (delta.type === 'text' ? (delta.logprobs ?? []) : []));
        assert.deepEqual(
          tokens.map(({ token }) => token),
          expected,
        );
        assert.ok(deltas.every((delta) => !('logprobs' in delta) || delta.text !== ''));
      }),
      { numRuns: 300 },
    );
  });

  test('tells reasoning, text and tool calls apart, however they are cut', () => {
    const args = '{"path": "a.py", "code": "x = 1\\n## Answer\\n"}';
    const text = composeAnalysisAnswer(
      'The <tool_call> marker.',
      `I call.\n<tool_call>\n{"name": "write", "arguments": ${args}}\n</tool_call>`,
    );
    fc.assert(
      fc.property(sizes, (cut) => {
        const deltas = deltasOf(cutAt(text, cut), { format: 'analysis-answer', tools: 'read' });
        assert.equal(reasoningOf(deltas), 'The <tool_call> marker.');
        assert.equal(textOf(deltas), 'I call.\n');
        assert.equal(deltas.map((delta) => (delta.type === 'tool_args' ? delta.text : '')).join(''), args);
        assert.equal(deltas.find((delta) => delta.type === 'tool_start')?.name, 'write');
        assert.deepEqual(deltas.at(-1), { type: 'finish', choice: 0, reason: 'tool_calls' });
      }),
    );
  });

  test('counts tokens of the reasoning, and keeps `length` for a call that was cut', () => {
    const choice = new ChoiceDeltas(0, { format: 'analysis-answer', tools: 'ignored' });
    for (const [id, text] of ['## Analysis\n', 'a', 'b', '\n## Answer\n', 'c'].entries())
      choice.add({ request: 1, choice: 0, id, logprob: 0, text, finish: null });
    assert.equal(choice.reasoningTokens, 3);
    const cut = deltasOf(['<tool_call>{"name": "f", "arguments": {"a'], { format: 'plain', tools: 'read' }, 'length');
    assert.deepEqual(cut.at(-1), { type: 'finish', choice: 0, reason: 'length' });
  });

  test('shows markers as text where no tools were offered', () => {
    const deltas = deltasOf(['<tool_call>{"name": "f"}</tool_call>'], { format: 'plain', tools: 'ignored' });
    assert.equal(textOf(deltas), '<tool_call>{"name": "f"}</tool_call>');
    assert.deepEqual(deltas.at(-1), { type: 'finish', choice: 0, reason: 'stop' });
  });
});
