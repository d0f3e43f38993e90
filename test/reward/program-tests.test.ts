import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { testsFrom, testsIn } from '../../src/reward/prompt-tests.js';

const programs = (text: string) => testsIn([{ role: 'user', text }])?.programs;
const SUM = { input: '1 2\n', output: '3' };

describe('the examples of a program', () => {
  for (const [name, text] of Object.entries({
    fenced:
      'Read two numbers from standard input and print the sum.\n\n**Sample Input 1:**\n```\n1 2\n```\n**Sample Output 1:**\n```\n3\n```',
    headed: 'Print the sum to stdout.\n\n-----Input-----\n1 2\n\n-----Output-----\n3\n\n-----Note-----\n1 + 2 = 3',
    inline: 'The program reads two numbers from the console.\nInput: 1 2\nOutput: 3\nExplanation: 1 + 2 = 3',
    listed: 'Use input().\n### Example 1\n#### Input\n1 2\n#### Output\n3\n### Constraints\nNone',
  }))
    test(`are read where they are ${name}`, () => {
      assert.deepEqual(
        programs(text)?.map(({ input, output }) => ({ input, output: output.trim() })),
        [SUM],
      );
    });

  test('are several, over several lines, with empty lines where they are fenced', () => {
    const text =
      'Read from stdin.\nInput:\n```\n2\n\na\n```\nOutput:\n```\na\n\n2\n```\nThe last line is no example.\n\nInput\n1\nOutput\n2\n\nGood luck!';
    assert.deepEqual(programs(text), [
      { input: '2\n\na\n', output: 'a\n\n2' },
      { input: '1\n', output: '2' },
    ]);
  });

  test('are not what a function gets, nor examples without an output', () => {
    assert.equal(programs('Write two_sum.\nInput: nums = [2, 7], target = 9\nOutput: [0, 1]'), undefined);
    assert.equal(programs('Read from stdin.\nInput: 1'), undefined);
    assert.equal(programs('Read from stdin.\nInput: 1\nOutput:\n\n'), undefined);
    assert.equal(programs('Explain what standard input is.'), undefined);
  });

  test('can be given beside the prompt', () => {
    assert.deepEqual(testsFrom([SUM, 'assert f(1) == 2']), {
      ...{ scripts: ['assert f(1) == 2'], sessions: [] },
      programs: [SUM],
    });
    assert.equal(testsFrom([{ input: '1', output: ' \n' }]), null);
  });
});
