import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { oddAnswers } from '../../trainer/consensus.js';

const fenced = (code: string): string => `\`\`\`python\n${code}\n\`\`\`\nDone.`;
const passed = (code: string) => ({ content: fenced(code), passed: true });
const failed = (code: string) => ({ content: fenced(code), passed: false });

const INSERT =
  'def add(conn, street):\n    conn.execute("INSERT INTO houses (street) VALUES (?)", (street,))\n    conn.commit()';
const INSERT_TOO =
  'def add(db, street):\n    db.execute("INSERT INTO houses (street) VALUES (?)", [street])\n    db.commit()';
const UNSAFE =
  'def add(conn, street):\n    conn.execute(f"INSERT INTO houses (street) VALUES (\'{street}\')")\n    conn.commit()';
const REVERSE = 'def add(size):\n    return size[::-1]';
const DIGEST = 'import hashlib\ndef add(data):\n    return hashlib.sha256(data).hexdigest()';

describe('answers that do another task', () => {
  test('are those that share little with what most of the group says', () => {
    const group = [passed(INSERT), passed(INSERT_TOO), passed(REVERSE), passed(INSERT), passed(DIGEST)];
    assert.deepEqual(oddAnswers(group), [false, false, true, false, true]);
  });

  test('are not told by the answers that failed: few secure answers among insecure ones are not odd', () => {
    const insecure = Array.from({ length: 5 }, () => failed(DIGEST));
    assert.deepEqual(oddAnswers([...insecure, passed(INSERT), passed(INSERT_TOO), passed(REVERSE)]), [
      ...insecure.map(() => false),
      false,
      false,
      true,
    ]);
    assert.deepEqual(oddAnswers([failed(UNSAFE), failed(REVERSE), passed(INSERT)]), [false, false, false]);
  });

  test('cannot be told of two, nor where nobody agrees', () => {
    assert.deepEqual(oddAnswers([passed(INSERT), passed(REVERSE)]), [false, false]);
    const nothing = ['def f(a):\n  return x', 'def f(a):\n  return y', 'def f(a):\n  return z'].map(passed);
    assert.deepEqual(oddAnswers(nothing), [false, false, false]);
  });

  test('never are all, and equal answers share one fate', () => {
    const code = fc.array(fc.constantFrom('alpha', 'beta', 'gamma', 'delta'), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(fc.record({ code, passed: fc.boolean() }), { maxLength: 8 }), (group) => {
        const odd = oddAnswers(group.map(({ code, passed }) => ({ content: fenced(code.join('\n')), passed })));
        assert.equal(odd.length, group.length);
        if (group.some((answer) => answer.passed)) assert.ok(group.some((answer, g) => answer.passed && !odd[g]));
        for (const [g, one] of group.entries())
          for (const [h, other] of group.entries())
            if (one.passed && other.passed && one.code.join() === other.code.join()) assert.equal(odd[g], odd[h]);
      }),
    );
  });
});
