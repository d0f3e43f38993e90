import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { RecordedAnswer } from '../../../src/events/interaction.js';
import { formatOracle, hasRepetition } from '../../../src/reward/oracles/format.js';
import { answer } from '../../support/events.js';

const judge = (response: RecordedAnswer, format: 'required' | 'absent' = 'required') =>
  formatOracle.judge({ kind: 'code', prompt: [], response, format, tests: 'none' }, new AbortController().signal);

const rule = async (response: RecordedAnswer): Promise<string | null> => {
  const { value, evidence } = await judge(response);
  assert.equal(value, evidence.length === 0 ? 1 : 0);
  return evidence[0]?.rule ?? null;
};

describe('the format gate', () => {
  test('passes an analysis and an answer', async () => {
    assert.equal(await rule(answer('Here is the function you asked for.')), null);
  });

  test('wants 16 characters of analysis and 8 of answer, and spaces do not count', async () => {
    assert.equal(await rule(answer('12345678', { reasoning: '1234567890123456' })), null);
    assert.equal(await rule(answer('12345678', { reasoning: '123456789012345' })), 'format/analysis');
    assert.equal(await rule(answer('12345678', { reasoning: ' '.repeat(30) })), 'format/analysis');
    assert.equal(await rule(answer('1234567')), 'format/answer');
    assert.equal(await rule(answer(`${' '.repeat(9)}1234567`)), 'format/answer');
  });

  test('counts calls of tools as part of the answer', async () => {
    const calls = [{ id: '1', name: 'write_file', arguments: '{}' }];
    assert.equal(await rule(answer('', { tool_calls: calls })), null);
  });

  test('refuses a second heading, wherever it stands and with either line end', async () => {
    assert.equal(await rule(answer('long enough\n## Answer\nagain')), 'format/heading');
    assert.equal(await rule(answer('long enough\r\n## Analysis\r\nagain')), 'format/heading');
    assert.equal(
      await rule(answer('long enough', { reasoning: 'long enough to pass\n## Analysis\nx' })),
      'format/heading',
    );
    assert.equal(await rule(answer('See ## Answer above, or ### Answer\n## Answers')), null);
  });

  test('refuses 32 characters that occur 8 times, and lets 7 pass', async () => {
    const line = 'The quick brown fox jumps over a lazy dog. ';
    const distinct = (times: number): string =>
      Array.from({ length: times }, (_, index) => `${line.slice(0, 32)}${String.fromCharCode(65 + index)}`).join('');
    assert.equal(await rule(answer(distinct(7))), null);
    assert.equal(await rule(answer(distinct(8))), 'format/repetition');
  });

  test('does not gate a model that has no format', async () => {
    const { value, reason } = await judge(answer('x', { reasoning: '' }), 'absent');
    assert.equal(value, null);
    assert.match(reason ?? '', /no format/);
  });
});

/** The definition, word for word; quadratic in the worst case. */
function repeatsByDefinition(text: string): boolean {
  const seen = new Map<string, number>();
  for (let start = 0; start + 32 <= text.length; start++) {
    const window = text.slice(start, start + 32);
    const times = (seen.get(window) ?? 0) + 1;
    if (times >= 8) return true;
    seen.set(window, times);
  }
  return false;
}

describe('hasRepetition', () => {
  test('agrees with the definition', () => {
    const piece = fc.oneof(fc.constantFrom('ab', ' ', '\n', 'x = 1\n'), fc.string({ maxLength: 6 }));
    const text = fc
      .array(fc.tuple(piece, fc.integer({ min: 1, max: 40 })), { maxLength: 6 })
      .map((parts) => parts.map(([part, times]) => part.repeat(times)).join(''));
    fc.assert(
      fc.property(text, (given) => {
        assert.equal(hasRepetition(given), repeatsByDefinition(given));
      }),
      { numRuns: 500 },
    );
  });

  test('takes time linear in the text, also when everything nearly repeats', () => {
    const cost = (length: number): number => {
      const text = Array.from(
        { length: length / 40 },
        (_, index) => `${String(index % 7)}${String(index).padStart(39)}`,
      ).join('');
      const start = performance.now();
      hasRepetition(text);
      return performance.now() - start;
    };
    cost(100_000);
    const small = Math.min(cost(100_000), cost(100_000), cost(100_000));
    const large = Math.min(cost(1_600_000), cost(1_600_000));
    assert.ok(large < 16 * 8 * Math.max(small, 1), `${small} ms for 100k, ${large} ms for 1.6M`);
  });
});
