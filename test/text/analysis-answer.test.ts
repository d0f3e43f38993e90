import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  AnalysisAnswerSplitter,
  composeAnalysisAnswer,
  parseAnalysisAnswer,
  type ChannelText,
} from '../../src/text/analysis-answer.js';
import { cutAt } from '../support/chunks.js';

function split(chunks: readonly string[]): { reasoning: string; text: string } {
  const splitter = new AnalysisAnswerSplitter();
  const parts: ChannelText[] = [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
  const join = (channel: string): string => parts.map((part) => (part.channel === channel ? part.text : '')).join('');
  return { reasoning: join('reasoning'), text: join('text') };
}

const fragments = fc
  .array(
    fc.constantFrom(
      '## Analysis',
      '\n',
      '\r\n',
      '## Answer',
      ' ',
      '#',
      '## ',
      'A',
      'think',
      '\n## Answer\n',
      '## Analysis\n',
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('the Analysis/Answer format', () => {
  test('parses both parts exactly', () => {
    assert.deepEqual(parseAnalysisAnswer('## Analysis\nIs it safe?\n\n## Answer\nYes.\n'), {
      analysis: 'Is it safe?\n',
      answer: 'Yes.\n',
    });
    assert.deepEqual(parseAnalysisAnswer('\n## Analysis \r\na\r\n## Answer\r\nb'), { analysis: 'a\r', answer: 'b' });
    assert.deepEqual(parseAnalysisAnswer('## Analysis\n## Answer\nb'), { analysis: '', answer: 'b' });
  });

  test('a missing header is null', () => {
    for (const text of ['', 'Yes.', '## Analysis\nonly', '## Answer\nonly', '## Analysis\nx\n## Answers\ny'])
      assert.equal(parseAnalysisAnswer(text), null, text);
  });

  test('text without the first header is all text', () => {
    assert.deepEqual(split(['## Anal', 'ogy\n## Answer\nx']), { reasoning: '', text: '## Analogy\n## Answer\nx' });
    assert.deepEqual(split(['  ', 'hi']), { reasoning: '', text: '  hi' });
  });

  test('an analysis that is cut short stays reasoning', () => {
    assert.deepEqual(split(['## Analysis\nabc\n## Ans']), { reasoning: 'abc\n## Ans', text: '' });
  });

  test('reasoning flows before the answer begins', () => {
    const splitter = new AnalysisAnswerSplitter();
    assert.deepEqual(splitter.push('## Analysis\nfirst'), [{ channel: 'reasoning', text: 'first' }]);
    assert.deepEqual(splitter.push('\nsecond'), [{ channel: 'reasoning', text: '\nsecond' }]);
  });

  test('any chunking splits alike', () => {
    fc.assert(
      fc.property(fragments, fc.array(fc.nat(60)), (text, cuts) => {
        assert.deepEqual(split(cutAt(text, cuts)), split([text]));
        assert.deepEqual(split(Array.from(text)), split([text]));
      }),
    );
  });

  test('composing and parsing are inverse', () => {
    const part = fragments.filter((text) => !text.includes('## A'));
    fc.assert(
      fc.property(part, part, (analysis, answer) => {
        assert.deepEqual(parseAnalysisAnswer(composeAnalysisAnswer(analysis, answer)), { analysis, answer });
      }),
    );
  });
});
