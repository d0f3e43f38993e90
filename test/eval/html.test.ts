import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { reportPage } from '../../src/eval/html.js';
import { CODE_PROMPT, judgedAnswer, PASSED } from '../support/judged.js';

const page = (
  content: string,
  extra: { comparison?: string; id?: string; suite?: string; asked?: string } = {},
): string =>
  reportPage({
    model: 'purp@0123456789ab',
    comparison: extra.comparison ?? null,
    judged: [
      judgedAnswer({
        prompt: {
          ...CODE_PROMPT,
          ...(extra.id !== undefined && { id: extra.id }),
          ...(extra.suite !== undefined && { suite: extra.suite }),
          messages: [{ role: 'user', content: extra.asked ?? 'Do it.' }],
        },
        content,
        task: PASSED,
        security: { outcome: 'failed', reason: content },
      }),
    ],
  });

/** Names of the elements, in order. */
const tags = (html: string): string[] => Array.from(html.matchAll(/<[^>]*>/g), ([tag]) => tag.split(/[\s>]/)[0] ?? '');

test('a hostile prompt, answer, verdict or comparison adds no element', () => {
  const plain = tags(page('x', { comparison: 'x' }));
  const attacks = [
    '</pre><script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '"><svg onload=alert(1)>',
    '</style></title><b>',
  ];
  for (const attack of attacks)
    assert.deepEqual(tags(page(attack, { comparison: attack, id: attack, suite: attack, asked: attack })), plain);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.deepEqual(tags(page(text, { comparison: text, id: text, asked: text })), plain);
    }),
  );
});

test('the page has nothing from elsewhere and no script', () => {
  const html = page('print(1)');
  assert.doesNotMatch(html, /https?:|<script|<link|@import|url\(/);
  assert.match(html, /default-src 'none'/);
  assert.match(html, /prefers-color-scheme: dark/);
  assert.match(html, /name="viewport"/);
});

test('the page tells the shares, the weaknesses, the paired differences and the first thirty answers', () => {
  const judged = Array.from({ length: 40 }, (_unused, index) =>
    judgedAnswer({
      prompt: { ...CODE_PROMPT, id: `task-${index}`, cwe: index % 2 === 0 ? 'CWE-89' : 'CWE-22' },
      content: '```python\ndef f():\n    return 1\n```',
      components: { parse: 1, security: index < 20 ? 1 : 0, refusal: 1 },
      task: PASSED,
      security: PASSED,
    }),
  );
  const html = reportPage({ model: null, judged, comparison: 'secure +10 points' });
  assert.match(html, /<td>secure<small>.*?<\/small><\/td><td class="number">50 %<\/td>.*35 % to 65 %.*20\/40/);
  assert.match(html, /CWE-22<\/td><td>right task[\s\S]*CWE-89<\/td><td>right task/);
  assert.match(html, /secure \+10 points/);
  assert.equal(html.match(/<details>/g)?.length, 30);
  assert.match(html, /The first 30 of 40 answers/);
  assert.match(html, /<svg viewBox="0 0 100 12".*?aria-label="35 % to 65 %"/);
});
