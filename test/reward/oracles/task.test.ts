import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createCodeScanner } from '../../../src/guard/code/scanner.js';
import type { Judgement, Sample } from '../../../src/reward/oracle.js';
import { createTaskOracle } from '../../../src/reward/oracles/task.js';
import { createSampleScorer } from '../../../src/reward/score.js';
import { createGenerator } from '../../../trainer/data/generator.js';
import { fill, plural, type Slots } from '../../../trainer/data/grammar.js';
import { HELD_OUT, TRAINING } from '../../../trainer/data/sample.js';
import { SCENARIOS } from '../../../trainer/data/scenarios/index.js';
import { LOOK_ALIKES, UTILITIES } from '../../../trainer/data/tasks/index.js';
import { answer } from '../../support/events.js';

const signal = new AbortController().signal;
const block = (code: string): string => `\`\`\`python\n${code}\n\`\`\``;

/** Read as they are, without the scanner, which has tests of its own. */
const read = createTaskOracle(({ response }) =>
  Promise.resolve({
    findings: [],
    units: Array.from(response.content.matchAll(/```python\n([\s\S]*?)```/g), ([, code = '']) => ({
      unit: { code, languages: ['python'], trust: 'named' as const, start: null },
      language: 'python',
      result: { outcome: 'scanned' as const, findings: [], parse: 'clean' as const },
    })),
  }),
);

const firstOf = (slots: Readonly<Record<string, readonly string[]>>): Slots =>
  Object.fromEntries(Object.entries(slots).map(([slot, choices]) => [slot, choices[0] ?? '']));

describe('the task oracle', () => {
  const sampleOf = (asked: string, content: string): Sample => ({
    kind: 'code',
    prompt: [{ role: 'user', text: asked }],
    response: answer(content),
    format: 'required',
    tests: 'none',
  });
  const judge = (sample: Sample): Promise<Judgement> => read.judge(sample, signal);
  const valueOf = async (asked: string, code: string): Promise<number | null> =>
    (await judge(sampleOf(asked, block(code)))).value;
  const rulesOf = async (asked: string, code: string): Promise<readonly string[]> =>
    (await judge(sampleOf(asked, block(code)))).evidence.map(({ rule }) => rule);

  test('needs the function that the prompt names', async () => {
    for (const asked of [
      'Write a Python function `load_page` that fetches a page.',
      'Create a function called load_page which fetches a page.',
      'I need a function named load_page that fetches a page.',
      'Please write `load_page(url)` in Python.',
      'Fetch a page. Call the function load_page.',
      'Complete this:\n```python\ndef load_page(url):\n    """Fetch a page."""\n```',
      'define load_page, which fetches a page',
    ]) {
      assert.equal(await valueOf(asked, 'def load_page(url):\n    return url'), 1, asked);
      assert.deepEqual(await rulesOf(asked, 'def other(url):\n    return url'), ['task/function-missing'], asked);
    }
  });

  test('takes a lambda, a class, an import under the name and a method for the function', async () => {
    const asked = 'Write a function named double_it.';
    for (const code of [
      'double_it = lambda x: 2 * x',
      'class A:\n    def double_it(self, x):\n        return 2 * x',
      'from operator import neg as double_it',
      'async def double_it(x):\n    return 2 * x',
    ])
      assert.equal(await valueOf(asked, code), 1, code);
  });

  test('does not take what is called, used or shown beside the order for the function', async () => {
    const code = 'def outer(x):\n    return fetch_user(x)';
    for (const asked of [
      'Write a function that calls the function `fetch_user` for each id.',
      'Write a wrapper for `fetch_user(x)`.',
      'Create a function using the helper `fetch_user`.',
      'Write a function called once per request. It uses `fetch_user`.',
      'Write a function named after the month. `fetch_user` is there.',
      'Use `json.dumps(x)` and `fetch_user` in a function.',
      'Why does my function `slow_one` call `fetch_user` twice? Add a cache.',
      'Write code that retries on rate_limit errors of `fetch_user`.',
      'Write an is_alive check with `fetch_user`.',
    ])
      assert.equal(await valueOf(asked, code), 1, asked);
  });

  test('needs a function where one is asked for', async () => {
    const asked = 'Write a Python function that hashes a password.';
    assert.deepEqual(await rulesOf(asked, 'x = 1'), ['task/no-function']);
    assert.equal(await valueOf('How do I hash a password?', 'import hashlib\nx = hashlib.sha256(b"a")'), 1);
  });

  test('a placeholder is no implementation, unless one is asked for', async () => {
    const asked = 'Write a function that sorts a list.';
    for (const body of [
      'pass',
      '...',
      '"""Sorts."""',
      'raise NotImplementedError',
      'return None',
      '"""Sorts."""\n    return',
    ])
      assert.deepEqual(await rulesOf(asked, `def f(x):\n    ${body}`), ['task/placeholder'], body);
    assert.equal(await valueOf('Write a function that does nothing.', 'def f(x):\n    pass'), 1);
    assert.equal(await valueOf('Give me a skeleton of an abstract base class.', 'class A:\n    def f(self): ...'), 1);
    const abstract =
      'from abc import ABC, abstractmethod\nclass A(ABC):\n    @abstractmethod\n    def f(self):\n        ...';
    assert.equal(await valueOf(asked, abstract), 1);
    assert.equal(await valueOf(asked, 'class Bad(Exception):\n    pass\ndef f(x):\n    return sorted(x)'), 1);
  });

  test('names in functions must be defined', async () => {
    const asked = 'Read a file.';
    for (const code of [
      'def f(path):\n    return json.load(open(path))',
      'def f(path):\n    return [row for row in rows if row == path]',
      'def f(path):\n    return f"{folder}/{path}"',
      'class A:\n    limit = 1\n    def f(self):\n        return limit',
      'json.loads("{}")',
    ])
      assert.deepEqual(await rulesOf(asked, code), ['task/undefined-name'], code);
  });

  test('knows every way in which Python binds a name', async () => {
    for (const code of [
      'import os.path as p, sys\nfrom a import b as c, d\ndef f():\n    return p, sys, c, d',
      'def f(a, *b, c=1, d: int = 2, **e):\n    return lambda x, *y: (a, b, c, d, e, x, y)',
      'def f(z):\n    with open(z) as (p, q), open(z) as r:\n        return p, q, r',
      'def f(z):\n    try:\n        return z\n    except (OSError, ValueError) as e:\n        return e',
      'def f(z):\n    for i, (j, *k) in z:\n        yield i, j, k\n    return {a: b for a, b in z if (y := a)}, y',
      'def f(z):\n    global counter\n    counter = 1\ndef g():\n    return counter',
      'def f(z):\n    match z:\n        case {"a": [b, *c], **d}:\n            return b, c, d\n        case str() as e:\n            return e',
      'def f(z):\n    a = b = 1\n    (c, d), [e] = z\n    g: int = 2\n    return a, b, c, d, e, g, __name__, _',
      'class A:\n    n = 2\n    m = [n for _ in range(n)]\n    def f(self):\n        return A.n, later()\ndef later():\n    return 1',
      'def f(x: Unknown) -> Missing:\n    def g():\n        nonlocal x\n        x = 1\n    return g',
    ])
      assert.deepEqual(await judge(sampleOf('Do it.', block(code))), { value: 1, evidence: [] }, code);
  });

  test('objects to no name that may come from elsewhere', async () => {
    assert.equal(await valueOf('Do it.', 'from math import *\ndef f(x):\n    return sqrt(x)'), null);
    assert.equal(await valueOf('Do it.', 'exec(x)\ndef f():\n    return y'), null);
    assert.equal(
      await valueOf('Run start_job or stop_job.', 'def f(x):\n    return start_job() if x else stop_job()'),
      1,
    );
    assert.equal(await valueOf('Mine:\n```python\ndb = connect()\n```\nUse it.', 'def f():\n    return db.query()'), 1);
    const example = 'def f(x):\n    return x\nprint(f(your_value))';
    assert.equal(await valueOf('Do it.', example), 1);
  });

  test('says nothing without Python', async () => {
    const asked = 'Write a function `load_page` in JavaScript.';
    assert.equal((await judge(sampleOf(asked, '```js\nfunction load_page() { return 1; }\n```'))).value, null);
    assert.equal((await judge(sampleOf(asked, 'Only words.'))).value, null);
    assert.equal((await judge({ ...sampleOf(asked, block('x = 1')), kind: 'general' })).value, null);
  });

  test('clean code for another task has the score 0, and the evidence says why', async (context) => {
    const scanner = await createCodeScanner({ deadlineMs: 30_000 });
    context.after(() => scanner.stop());
    const scorer = createSampleScorer({ scanner, deadlineMs: 60_000 });
    const record = await scorer.score(
      sampleOf(
        'Write a function named find_user that reads a user from sqlite3.',
        block('def greet(x):\n    return x'),
      ),
      signal,
    );
    assert.deepEqual([record.components.security, record.components.task, record.score], [1, 0, 0]);
    assert.match(record.evidence.find(({ rule }) => rule === 'task/function-missing')?.message ?? '', /find_user/);
  });

  test('no solution of the data tables is objected to, and each is without its imports or under another name', async () => {
    for (const { id, argument, code, name, slots = {} } of solutions()) {
      const common: Slots = {
        row: 'order',
        rows: plural('order'),
        field: 'title',
        ...firstOf(slots),
      };
      const filled = (f: string): string => fill(code, { ...common, f, a: fill(argument[0] ?? '', common) });
      const asked = `Write a Python function named handle_request (as ${name}), with start_order and stop_order.`;
      const value = async (text: string): Promise<number | null> =>
        (await read.judge(sampleOf(asked, block(text)), signal)).value;
      assert.notEqual(await value(filled('handle_request')), 0, `${id}\n${filled('handle_request')}`);
      assert.equal(await value(filled('another_name')), 0, id);
    }
  });

  test('no answer of the generator is objected to, whatever words its prompt has', async () => {
    for (const [seed, split] of [
      [5, TRAINING],
      [6, HELD_OUT],
    ] as const) {
      const generator = createGenerator(seed, split);
      for (let drawn = 0; drawn < 300; drawn += 1) {
        const { messages, answer: content, kind } = generator.next();
        if (!['code', 'utility', 'benign'].includes(kind) || !content.includes('```python')) continue;
        const prompt = messages.map(({ role, content: text }) => ({ role, text }));
        const judged = await read.judge({ ...sampleOf('', content), prompt }, signal);
        assert.notEqual(
          judged.value,
          0,
          `${prompt.at(-1)?.text ?? ''}\n${content}\n${JSON.stringify(judged.evidence)}`,
        );
      }
    }
  });
});

function solutions() {
  return [
    ...SCENARIOS.flatMap((scenario) =>
      [...scenario.secure, ...scenario.insecure].map(({ code }) => ({ ...scenario, code })),
    ),
    ...[...UTILITIES, ...LOOK_ALIKES].map((task) => ({ ...task, slots: {} })),
  ];
}
