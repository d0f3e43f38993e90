/** Answers as engines and guards may yield them, for property tests. */
import fc from 'fast-check';
import type { Delta, TokenLogprob, Verdict } from '../../src/types.js';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  // What breaks streams that are read by lines.
  fc.constantFrom('\n\n', '\r', '\u0085', '\u2028', 'a\u2029b', 'data: [DONE]\n\n', '"}]}'),
);

export const verdict: fc.Arbitrary<Verdict> = fc.record({
  stage: fc.constantFrom('input', 'output'),
  guard: fc.constantFrom('prompt-rules', 'code-scanner'),
  action: fc.constantFrom('allow', 'observe', 'annotate', 'redact', 'repair', 'block'),
  label: fc.constantFrom('benign', 'vulnerable_code'),
  score: fc.option(fc.double({ min: 0, max: 1, noNaN: true, noDefaultInfinity: true }).map(Math.abs)),
  findings: fc.array(
    fc.record({
      rule: fc.constant('python/sql-injection'),
      cwe: fc.constantFrom('CWE-89', null),
      severity: fc.constantFrom('low', 'medium', 'high'),
      message: text,
      advice: text,
      span: fc.constantFrom(null, { start: 0, end: 4, line: 1, endLine: 2 }),
      action: fc.constantFrom('allow', 'observe', 'annotate', 'block'),
    }),
    { maxLength: 2 },
  ),
  scannedBytes: fc.nat(),
  ms: fc.nat(),
});

const token = text.map((said) => ({ token: said, bytes: [...Buffer.from(said)], logprob: -1 }));
const tokenLogprob: fc.Arbitrary<TokenLogprob> = fc
  .tuple(token, fc.array(token, { maxLength: 2 }))
  .map(([chosen, alternatives]) => ({ ...chosen, alternatives }));

const pieces = fc.array(text, { maxLength: 3 });

function choiceOf(choice: number): fc.Arbitrary<Delta[]> {
  const spoken = fc.array(
    fc.oneof(
      fc.record(
        {
          type: fc.constant('text' as const),
          choice: fc.constant(choice),
          text,
          logprobs: fc.array(tokenLogprob, { maxLength: 2 }),
        },
        { requiredKeys: ['type', 'choice', 'text'] },
      ),
      fc.record({ type: fc.constant('reasoning' as const), choice: fc.constant(choice), text }),
      fc.record({ type: fc.constant('verdict' as const), choice: fc.constant(choice), verdict }),
    ),
    { maxLength: 6 },
  );
  const calls = fc.array(fc.record({ id: text, name: text, pieces }), { maxLength: 3 });
  const reason = fc.constantFrom('stop' as const, 'length' as const, 'tool_calls' as const);
  return fc
    .tuple(spoken, calls, reason)
    .map(([said, called, finish]) => [
      ...said,
      ...called.flatMap(({ id, name, pieces: args }, index): Delta[] => [
        { type: 'tool_start', choice, index, id, name },
        ...args.map((piece): Delta => ({ type: 'tool_args', choice, index, text: piece })),
      ]),
      { type: 'finish', choice, reason: finish },
    ]);
}

/** Choices interleave as they may when they are generated side by side. */
function interleave([left, right]: readonly [readonly Delta[], readonly Delta[]], order: readonly boolean[]): Delta[] {
  const queues: [Delta[], Delta[]] = [[...left], [...right]];
  const woven: Delta[] = [];
  for (const isLeft of [...order, ...left.map(() => true), ...right.map(() => false)]) {
    const next = queues[isLeft ? 0 : 1].shift();
    if (next !== undefined) woven.push(next);
  }
  return woven;
}

/** The Deltas of one answer with one or two choices, in an order that is promised. */
export const answer: fc.Arbitrary<Delta[]> = fc
  .tuple(
    choiceOf(0),
    fc.oneof(fc.constant<Delta[]>([]), choiceOf(1)),
    fc.array(fc.boolean(), { maxLength: 12 }),
    fc.nat(),
    fc.nat(),
  )
  .map(([first, second, order, promptTokens, completionTokens]) => [
    ...interleave([first, second], order),
    { type: 'usage', usage: { promptTokens, completionTokens, reasoningTokens: 0 } },
  ]);
