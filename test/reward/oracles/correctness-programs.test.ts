import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Judgement } from '../../../src/reward/oracle.js';
import { createCorrectnessOracle } from '../../../src/reward/oracles/correctness.js';
import { testsFrom } from '../../../src/reward/prompt-tests.js';
import type { ProgramCase } from '../../../src/reward/program-tests.js';
import { createSandbox, type Sandbox } from '../../../src/reward/sandbox.js';
import { answer } from '../../support/events.js';
import { skipWithoutSandbox } from '../../support/sandbox.js';

const never = new AbortController().signal;
const fenced = (language: string, code: string): string => `\`\`\`${language}\n${code}\n\`\`\``;
const python = (code: string): string => fenced('python', code);
const SUM: readonly ProgramCase[] = [
  { input: '1 2\n', output: '3\n' },
  { input: '-4 4\n', output: '0' },
];
const THIRD: readonly ProgramCase[] = [{ input: '1\n', output: '0.333333\n' }];

const PASSING: readonly (readonly [readonly ProgramCase[], string])[] = [
  [SUM, python('a, b = map(int, input().split())\nprint(a + b)')],
  [
    SUM,
    python(
      'import sys\n\ndef main():\n    print(sum(map(int, sys.stdin.buffer.read().split())), end="")\n\nif __name__ == "__main__":\n    main()',
    ),
  ],
  [SUM, python('print(sum(map(int, input().split())), " \\n\\n")')],
  [THIRD, python('print(int(input()) / 3)')],
  [
    SUM,
    fenced(
      'javascript',
      'const [a, b] = require("fs").readFileSync(0, "utf8").split(" ").map(Number);\nconsole.log(a + b);',
    ),
  ],
  [
    SUM,
    fenced(
      'js',
      'import { readFileSync } from "node:fs";\nconst [a, b] = readFileSync(0, "utf8").split(" ").map(Number);\nconsole.log(a + b);',
    ),
  ],
];

const FAILING: readonly (readonly [string, RegExp])[] = [
  [python('print(3)'), /printed '3' instead of '0'/],
  [python('total = 1 + 2'), /printed '' instead of '3'/],
  [python('def add(a, b):\n    return a + b'), /printed ''/],
  [python('print(3'), /never closed|EOF|no code/],
  [python('print(3)\nraise SystemExit(1)'), /ended with 1/],
  [python('a, b = map(int, input().split())\nprint("The sum is", a + b)'), /printed 'The sum is 3'/],
  [python('while True:\n    print("x" * 65536)'), /ended with|ran out of time/],
  [python('import os, signal\nos.kill(os.getppid(), signal.SIGKILL)'), /without an answer/],
  [
    python(
      'import os, re\nwith open(f"/proc/{os.getppid()}/maps") as maps:\n    print("3" if maps.read() else "0")\nprint(open(f"/proc/{os.getppid()}/mem", "rb").read(1))',
    ),
    /ended with 1/,
  ],
  ['Add them.', /no code/],
];

const UNDECIDED: readonly (readonly [string, RegExp])[] = [
  [python('import numpy\nprint(numpy.array(input().split(), int).sum())'), /module numpy/],
  [fenced('javascript', 'const _ = require("lodash");\nconsole.log(3);'), /module lodash/],
  [fenced('rust', 'fn main() { println!("3"); }'), /tests are of Python/],
];

describe('the correctness of programs', { skip: skipWithoutSandbox }, () => {
  /** A busy machine is no failure. */
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await createSandbox({ workers: 2, deadlineMs: 10_000 });
  });
  after(() => sandbox.stop());
  const judge = (cases: readonly ProgramCase[], content: string): Promise<Judgement> =>
    createCorrectnessOracle(sandbox).judge(
      {
        kind: 'code',
        prompt: [{ role: 'user', text: 'Add two numbers.' }],
        response: answer(content),
        format: 'absent',
        tests: testsFrom(cases) ?? 'none',
      },
      never,
    );

  test('is 1 where every example prints what it must', async () => {
    for (const [cases, content] of PASSING)
      assert.deepEqual(await judge(cases, content), { value: 1, evidence: [] }, content);
  });

  test('is 0 where one does not, or the program fails, floods, or looks for the answer', async () => {
    for (const [content, message] of FAILING) {
      const { value, evidence } = await judge(SUM, content);
      assert.equal(value, 0, content);
      assert.match(evidence[0]?.message ?? '', message, content);
    }
  });

  test('has no value where the program cannot run here', async () => {
    for (const [content, expected] of UNDECIDED) {
      const { value, reason } = await judge(SUM, content);
      assert.equal(value, null, content);
      assert.match(reason ?? '', expected);
    }
  });
});
