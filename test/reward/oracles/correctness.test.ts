import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Judgement, Sample } from '../../../src/reward/oracle.js';
import { createCorrectnessOracle } from '../../../src/reward/oracles/correctness.js';
import { testsIn } from '../../../src/reward/prompt-tests.js';
import { createSandbox, withoutSandbox, type Sandbox } from '../../../src/reward/sandbox.js';
import { answer } from '../../support/events.js';
import { skipWithoutSandbox } from '../../support/sandbox.js';

const never = new AbortController().signal;
const python = (code: string): string => `\`\`\`python\n${code}\n\`\`\``;

function sample(asked: string, content: string, rest: Partial<Sample> = {}): Sample {
  const prompt = [{ role: 'user' as const, text: asked }];
  return {
    kind: 'code',
    prompt,
    response: answer(content),
    format: 'absent',
    tests: testsIn(prompt) ?? 'none',
    ...rest,
  };
}

const DOUBLE = 'Write double(x), which doubles. It must pass\nassert double(2) == 4\nassert double(-1) == -2';
const FENCED = `Write double(x). Tests:\n${python('from solution import double\n\nn = 2\nassert double(n) == 4\nassert double(\n    [1],\n) == [1, 1]')}`;
const LISTED = 'Write double(x) so that\n- `assert double(2) == 4`\n- assert double(0) == 0';
const SESSION =
  'Write double(x):\n\n>>> double(2)\n4\n>>> double("a")\n\'aa\'\n>>> for i in range(2):\n...     print(double(i))\n0\n2\n\nThanks!';
const DOC = python('def double(x):\n    """Doubles.\n\n    >>> double(2)\n    4\n    """').replace(
  'python\n',
  'python\n# complete this\n',
);
const PYTEST = `Make this pass:\n${python('def test_double():\n    assert double(2) == 4\n\ndef test_zero():\n    assert double(0) == 0')}`;
const ERROR =
  'Write root(x):\n>>> root(4)\n2.0\n>>> root(-1)\nTraceback (most recent call last):\n    ...\nValueError: negative';
const STACK = `A class Stack:\n${python('s = Stack()\ns.push(1)\ns.push(2)\nassert s.pop() == 2\nassert len(s) == 1')}`;
const HELPER = `Write total(node).\n${python('class Node:\n    def __init__(self, value, rest=None):\n        self.value, self.rest = value, rest\n\nassert total(Node(1, Node(2))) == 3')}`;
const ASYNC = `Write an async fetch(x):\n${python('import asyncio\nassert asyncio.run(fetch(1)) == 2')}`;

const EMPTIED = `Write double(x).\n${python('cases = [(1, 2), (3, 6)]\nfor given, wanted in cases:\n    assert double(given) == wanted\nassert double(0) == 0')}`;

const double = python('def double(x):\n    return x + x');

type Row = readonly [asked: string, content: string];

const PASSING: readonly Row[] = [
  [DOUBLE, double],
  [DOUBLE, python('def double(x):\n    return 2 * x')],
  [DOUBLE, python('double = lambda x: x * 2')],
  [DOUBLE, `Constants:\n${python('TWO = 2')}\nand\n${python('def double(x):\n    return TWO * x')}`],
  [DOUBLE, double.replaceAll('\n', '\r\n')],
  [DOUBLE, double.replaceAll('```', '~~~')],
  [DOUBLE, '```python\ndef double(x):\n    return x + x'],
  [DOUBLE, '1. So:\n\n   ```python\n   def double(x):\n       return x + x\n   ```'],
  [DOUBLE, python('from operator import add\ndef double(x):\n    return add(x, x)')],
  [DOUBLE, `${double}\nIt is used so:\n${python('print(double(4))')}`],
  [DOUBLE, python('def double(x):\n    return x + x\n\nif __name__ == "__main__":\n    raise SystemExit(input())')],
  [FENCED, double],
  [LISTED, double],
  [SESSION, double],
  [DOC, double],
  [PYTEST, double],
  [
    ERROR,
    python('import math\ndef root(x):\n    if x < 0:\n        raise ValueError("negative")\n    return math.sqrt(x)'),
  ],
  [STACK, python('class Stack(list):\n    push = list.append')],
  [HELPER, python('def total(node):\n    return node.value + (total(node.rest) if node.rest else 0)')],
  [ASYNC, python('async def fetch(x):\n    return x + 1')],
];

const FAILING: readonly Row[] = [
  [EMPTIED, python('cases = []\ndef double(x):\n    return 0')],
  [DOUBLE, python('def double(x):\n    return x * x')],
  [DOUBLE, python('def double(x):\n    return 4')],
  [DOUBLE, python('def double(x):\n    pass')],
  [DOUBLE, python('def twice(x):\n    return x + x')],
  [DOUBLE, python('def double(x)\n    return x + x')],
  [DOUBLE, 'Multiply it by two.'],
  [DOUBLE, "I can't help with that."],
  [DOUBLE, python('import sys\nsys.exit(0)\ndef double(x):\n    return 0')],
  [DOUBLE, python('import os\ndef double(x):\n    os._exit(0)')],
  [DOUBLE, python('def double(x):\n    raise SystemExit(0)')],
  [DOUBLE, python('class Yes:\n    def __eq__(self, other):\n        return True\n\ndef double(x):\n    return Yes()')],
  [
    SESSION,
    python('class Yes:\n    def __eq__(self, other):\n        return True\n\ndef double(x):\n    return Yes()'),
  ],
  [
    FENCED,
    python(
      'class Yes(int):\n    def __eq__(self, other):\n        return True\n    def __ne__(self, other):\n        return False\n\ndef double(x):\n    return Yes(3)',
    ),
  ],
  [PYTEST, python('def test_double():\n    pass\n\ndef test_zero():\n    pass\n\ndef double(x):\n    return 1')],
  [
    DOUBLE,
    python(
      'import builtins\nbuiltins.AssertionError = builtins.Exception = StopIteration\ndef double(x):\n    return 1',
    ),
  ],
  [
    SESSION,
    python('import doctest, io, sys\nio.StringIO = None\nsys.displayhook = print\ndef double(x):\n    return 1'),
  ],
  [SESSION, python('def double(x):\n    print(4)\n    return 5')],
  [ERROR, python('def root(x):\n    return x ** 0.5')],
  [ERROR, python('def root(x):\n    if x < 0:\n        raise KeyError("negative")\n    return x ** 0.5')],
  [STACK, python('class Stack:\n    def push(self, x):\n        pass\n    def pop(self):\n        return 2')],
  [DOUBLE, python('def double(x):\n    raise RuntimeError("check.Undecidable: the tests do not parse")')],
  [DOUBLE, python('def double(x):\n    while True:\n        pass')],
];

const UNDECIDED: readonly (readonly [...Row, RegExp])[] = [
  ['Write double(x).', double, /no tests/],
  ['What does assert double(2) == 4 mean in Python?', double, /no tests/],
  [`Explain:\n${python('def double(x):\n    assert isinstance(x, int)\n    return x')}`, double, /no tests/],
  ['Write double(x).\nassert double(2) is None', double, /return None/],
  ['Write double(x).\nassert double(2) or True', double, /return None/],
  ['Write double(x).\nassert not double(0)', double, /return None/],
  [`Make it faster:\n${python('def quick(x):\n    return x\n\nassert quick(1) == 1')}`, double, /return None/],
  ['Write double(x).\n>>> print(double(2))\nNone', double, /return None/],
  ['Write double(x).\nassert double(2 == 4', double, /do not parse/],
  [`Tests:\n${python('import numpy as np\nassert double(np.ones(1)) == 2')}`, double, /module numpy/],
  [DOUBLE, python('import numpy\ndef double(x):\n    return numpy.add(x, x)'), /module numpy/],
  ['Write double(x).\nassert double(sample) == 4', double, /need sample/],
  [DOUBLE, '```javascript\nconst double = (x) => x + x;\n```', /tests are of Python, and the code is not/],
];

describe('the correctness oracle', { skip: skipWithoutSandbox }, () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await createSandbox({ workers: 2, deadlineMs: 2000 });
  });
  after(() => sandbox.stop());

  const judge = (given: Sample): Promise<Judgement> => createCorrectnessOracle(sandbox).judge(given, never);
  async function expectAll(rows: readonly Row[], value: number): Promise<void> {
    const wrong: string[] = [];
    await Promise.all(
      rows.map(async ([asked, content]) => {
        const judged = await judge(sample(asked, content));
        const why = judged.reason ?? judged.evidence[0]?.message ?? '';
        if (judged.value !== value) wrong.push(`${String(judged.value)} ${why}: ${asked} / ${content}`);
      }),
    );
    assert.deepEqual(wrong, []);
  }

  test('gives 1 when all tests of the prompt pass', () => expectAll(PASSING, 1));
  test('gives 0 when one fails, and to what only looks as if they passed', () => expectAll(FAILING, 0));

  test('gives null with the reason where the tests prove nothing or cannot run', async () => {
    for (const [asked, content, reason] of UNDECIDED) {
      const judged = await judge(sample(asked, content));
      assert.equal(judged.value, null, `${asked} / ${content}`);
      assert.match(judged.reason ?? '', reason);
    }
  });

  test('a failure says which', async () => {
    const { evidence } = await judge(sample(DOUBLE, python('def double(x):\n    return x * x')));
    assert.match(evidence[0]?.message ?? '', /AssertionError/);
  });

  test('tests are bounded as code is', async () => {
    const hostile = `Write double(x).\n${python('import os\nos.kill(-1, 9)\nassert double(2) == 4')}`;
    assert.notEqual((await judge(sample(hostile, double))).value, 1);
    const endless = `Write double(x).\n${python('while double(2):\n    pass\nassert double(2) == 4')}`;
    assert.equal((await judge(sample(endless, double))).value, 0);
    assert.equal((await judge(sample(DOUBLE, double))).value, 1);
  });

  test('an abort rejects', async () => {
    const judging = createCorrectnessOracle(sandbox).judge(sample(DOUBLE, double), AbortSignal.abort());
    await assert.rejects(judging, { code: 'request_aborted' });
  });
});

test('without a sandbox there is no value, and the reason says why', async () => {
  const oracle = createCorrectnessOracle(withoutSandbox('bwrap was not found'));
  const judged = await oracle.judge(sample(DOUBLE, double), never);
  assert.deepEqual(judged, { value: null, evidence: [], reason: 'bwrap was not found' });
});

test('code in tool calls is not run', async () => {
  const response = answer('', { tool_calls: [{ id: 'a', name: 'write', arguments: '{"path":"a.py"}' }] });
  const judged = await createCorrectnessOracle(withoutSandbox('none')).judge(sample(DOUBLE, '', { response }), never);
  assert.match(judged.reason ?? '', /tool calls/);
});
