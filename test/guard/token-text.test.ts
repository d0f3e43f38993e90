import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { TokenText } from '../../src/guard/token-text.js';
import type { TokenLogprob } from '../../src/types.js';
import { finish, tokens, usage } from '../support/deltas.js';
import { run, useScanner, VULNERABLE } from '../support/output-guard.js';

function told(token: string): TokenLogprob {
  return { token, bytes: [...Buffer.from(token)], logprob: -1, alternatives: [] };
}

const steps = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('append' as const), text: fc.string({ minLength: 1, maxLength: 4 }) }),
    fc.record({ type: fc.constantFrom('take' as const, 'drop' as const), length: fc.nat(8) }),
  ),
  { maxLength: 20 },
);

describe('TokenText', () => {
  test('lets tokens and their log-probabilities go with the last character of their text, and drops them with any', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const waiting = new TokenText();
        const fates: ('kept' | 'dropped')[] = [];
        const sources: string[] = [];
        const out = { ids: [] as number[], told: [] as string[] };
        for (const step of list) {
          if (step.type === 'append') {
            waiting.append({
              text: step.text,
              tokens: tokens(sources.length),
              logprobs: [told(String(sources.length))],
            });
            sources.push(step.text);
            continue;
          }
          const length = Math.min(step.length, waiting.length);
          for (let count = 0; count < length; count++) fates.push(step.type === 'take' ? 'kept' : 'dropped');
          if (step.type === 'drop') waiting.drop(length);
          else {
            const piece = waiting.take(length);
            out.ids.push(...(piece.tokens?.ids ?? []));
            out.told.push(...(piece.logprobs ?? []).map(({ token }) => token));
          }
        }
        let at = 0;
        const whole = sources.flatMap((text, id) => {
          const own = fates.slice(at, (at += text.length));
          return own.length === text.length && own.every((fate) => fate === 'kept') ? [id] : [];
        });
        assert.deepEqual(out, { ids: whole, told: whole.map(String) });
      }),
    );
  });

  test('says nothing of log-probabilities that were not there', () => {
    const waiting = new TokenText();
    waiting.append({ text: 'a' });
    assert.deepEqual(waiting.take(1), { text: 'a' });
  });
});

describe('the output guard', () => {
  useScanner();

  test('tells neither log-probabilities of withheld code nor the stop sequence of an answer that it changed', async () => {
    const said = ['Fine. ', `\n\`\`\`python\n${VULNERABLE}\`\`\`\n`, 'Done.'];
    const deltas = said.map((text) => ({ type: 'text' as const, choice: 0, text, logprobs: [told(text)] }));
    const end = { ...finish(), stopSequence: 'END' };
    const served = await run([...deltas, end, usage]);
    const tokensServed = served.flatMap((delta) => (delta.type === 'text' ? (delta.logprobs ?? []) : []));
    assert.deepEqual(
      tokensServed.map(({ token }) => token),
      ['Fine. ', 'Done.'],
    );
    assert.deepEqual(
      served.find((delta) => delta.type === 'finish'),
      finish(),
    );
    const clean = await run([{ type: 'text', choice: 0, text: 'Fine.' }, end, usage]);
    assert.deepEqual(
      clean.find((delta) => delta.type === 'finish'),
      end,
    );
  });
});
