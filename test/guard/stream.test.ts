import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Delta } from '../../src/types.js';
import { cutAt } from '../support/chunks.js';
import { finish, interleave, textDeltas, textOf, tokens, usage } from '../support/deltas.js';
import * as guard from '../support/output-guard.js';
import { SECRET_SAMPLES } from '../support/secret-samples.js';

const {
  SAFE,
  SINK,
  VULNERABLE,
  assertNothingLeaked,
  assertNotice,
  fenced,
  firstServed,
  reasonOf,
  run,
  runText,
  verdictsOf,
} = guard;
guard.useScanner();

describe('a vulnerable code block', () => {
  for (const [name, cut] of [
    ['at once', (text: string) => [text]],
    ['in 1-byte chunks', (text: string) => Array.from(text)],
  ] as const)
    test(`is replaced by a notice when it comes ${name}`, async () => {
      const deltas = await run([...textDeltas(cut(fenced(VULNERABLE))), finish('length'), usage]);
      assertNothingLeaked(deltas);
      assertNotice(textOf(deltas));
      assert.match(textOf(deltas), /^Here is the function:\n\n```python\nimport sqlite3\n\n\n```\n\n\[Withheld/);
      assert.match(textOf(deltas), /It runs on sqlite\.\n$/);
      assert.equal(reasonOf(deltas), 'stop');
      assert.deepEqual(deltas.at(-1), usage);
      const [verdict] = verdictsOf(deltas);
      assert.deepEqual(
        [verdict?.action, verdict?.label, verdict?.findings[0]?.cwe],
        ['block', 'vulnerable_code', 'CWE-89'],
      );
    });

  test('is found under every spelling of its fence', async () => {
    const spellings = [
      `\`\`\`Python title="a.py"\r\n${VULNERABLE.replaceAll('\n', '\r\n')}\`\`\`\r\n`,
      `~~~py\n${VULNERABLE}~~~\n`,
      `- item\n\n  \`\`\`python\n${VULNERABLE.replace(/^(?=.)/gm, '  ')}  \`\`\`\n`,
      `> \`\`\`python\n${VULNERABLE.replace(/^/gm, '> ')}\`\`\`\n`,
      `Like so: \`\`\`python\n${VULNERABLE}\`\`\`\n`,
      `\`\`\`\n${VULNERABLE}\`\`\`\n`,
      `\`\`\`text\n${VULNERABLE}\`\`\`\n`,
      `\`\`\`javascript\n${VULNERABLE}\`\`\`\n`,
      `\`\`\`klingon\n${VULNERABLE}\`\`\`\n`,
      `\`\`\`python\n${VULNERABLE}`,
      `\`\`\`pycon\n${VULNERABLE.trimEnd().replace(/^/gm, '>>> ')}\n\`\`\`\n`,
      `\`\`\`diff\n--- a/x.py\n+++ b/x.py\n@@ -0,0 +1,5 @@\n${VULNERABLE.trimEnd().replace(/^/gm, '+')}\n\`\`\`\n`,
      `\`\`\`bash\ncat > app.py <<'EOF'\n${VULNERABLE}EOF\n\`\`\`\n`,
      `\`\`\`\`markdown\n# Title\n\`\`\`python\n${VULNERABLE}\`\`\`\n\`\`\`\`\n`,
      `Put this in a file:\n\n${VULNERABLE}\nThat is all.\n`,
      `Put this in a file:\n${VULNERABLE}`,
    ];
    for (const text of spellings)
      for (const pieces of [[text], Array.from(text)]) {
        const deltas = await run([...textDeltas(pieces), finish(), usage]);
        assertNotice(textOf(deltas));
        assertNothingLeaked(deltas);
      }
  });

  test('is withheld in reasoning as in text', async () => {
    const deltas = await run([
      ...Array.from(fenced(VULNERABLE), (text): Delta => ({ type: 'reasoning', choice: 0, text })),
      { type: 'text', choice: 0, text: 'Done.' },
      finish(),
      usage,
    ]);
    assertNothingLeaked(deltas);
    assertNotice(textOf(deltas, 0, 'reasoning'));
    assert.equal(textOf(deltas), 'Done.');
  });

  test('is withheld in one choice and leaves the other alone', async () => {
    const safe = fenced(SAFE);
    const deltas = await run([
      ...interleave(textDeltas(Array.from(fenced(VULNERABLE)), 0), textDeltas(Array.from(safe), 1)),
      finish('stop', 0),
      finish('length', 1),
      usage,
    ]);
    assertNothingLeaked(deltas);
    assertNotice(textOf(deltas, 0));
    assert.equal(textOf(deltas, 1), safe);
    assert.deepEqual([reasonOf(deltas, 0), reasonOf(deltas, 1)], ['stop', 'length']);
  });

  test('keeps its token ids to itself', async () => {
    const pieces = ['Code:\n', '```python\n', VULNERABLE, '```\n', 'End.'];
    const deltas = await run([...textDeltas(pieces), finish(), usage]);
    const ids = deltas.flatMap((delta) => (delta.type === 'text' ? (delta.tokens?.ids ?? []) : []));
    assert.deepEqual(ids, [0, 1, 4]);
  });

  test('too large to be judged is withheld', async () => {
    const line = `x = "${'a'.repeat(100_000)}"\n`;
    const text = await runText(['```python\n', ...Array.from({ length: 12 }, () => line), '```\nEnd.\n']);
    assert.match(text, /too large to be checked/);
    assert.match(text, /End\.\n$/);
    const endless = await runText([
      '```python\n',
      ...Array.from({ length: 12 }, () => '"'.repeat(100_000)),
      '\n```\nEnd.\n',
    ]);
    assert.match(endless, /too large/);
    assert.ok(endless.length < 1000);
  });
});

describe('what is harmless', () => {
  test('flows unchanged, with every token, in order', async () => {
    const pieces = ['Safe:', '\n``', '`py', 'thon\n', ...(SAFE.match(/.{1,7}/gs) ?? []), '```', '\nBye', '!'];
    const deltas = await run([
      ...textDeltas(pieces),
      { type: 'text', choice: 0, text: '', tokens: tokens(99) },
      finish('length'),
      usage,
    ]);
    assert.equal(textOf(deltas), pieces.join(''));
    const ids = deltas.flatMap((delta) => (delta.type === 'text' ? (delta.tokens?.ids ?? []) : []));
    assert.deepEqual(ids, [...pieces.map((_, index) => index), 99]);
    assert.equal(reasonOf(deltas), 'length');
    assert.deepEqual(
      verdictsOf(deltas).map(({ guard, action }) => [guard, action]),
      [
        ['code-scanner', 'allow'],
        ['secrets', 'allow'],
      ],
    );
    assert.ok(verdictsOf(deltas).every(({ scannedBytes }) => scannedBytes > 0));
  });

  test('is prose that looks a little like code', async () => {
    for (const text of [
      'from here on, it is easy:\nimport taxes are high.\nif you want, try: it\nwith care = good\nfor example(this)\n',
      'Use `x` and ``y`` or ```z``` here.\n1. one\n2. two\n- - -\n* * *\n> quote\n    indented\n',
      'email @someone\n@someone wrote\nclass is over: go home\nreturn to sender\n',
      '~~strike~~ and ~ and 100% = all\n``` a ` b\n',
      'line\r\nline\r\n\r\n```js\r\nlet x = 1;\r\n```\r\n',
      'x = 1\ny = [2,\n3]\n\nSo x is 1.',
      '\u00A0+os.getcwd()\n+1 for that\n> + item\n',
      '',
      '\n\n',
    ])
      for (const pieces of [[text], Array.from(text)]) assert.equal(await runText(pieces), text);
  });

  test('prose is given at once, but for the word that may be a secret', async () => {
    const served = await firstServed(['The quick ', 'brown fox'], 2);
    assert.equal(served, 'The quick brown ');
  });

  test('safe code is released statement by statement, before its block ends', async () => {
    const [first = '', second = '', third = ''] = SAFE.split(/(?<=\n\n\n)/);
    const served = await firstServed(['```python\n', first, second, third, '# still open\n'], 4);
    assert.equal(served, `\`\`\`python\n${first}${second}`);
  });

  test('a docstring that shows how not to do it is no code', async () => {
    const text = `\`\`\`python\ndef help():\n    """Never do this:\n\n    ${VULNERABLE.replaceAll('\n', '\n    ')}"""\n\`\`\`\n`;
    assert.equal(await runText([text]), text);
  });

  test('another language flows line by line once it is known', async () => {
    const served = await firstServed(['```rust\n', 'use std::fs;\n', 'use std::io;\n'], 3);
    assert.equal(served, '```rust\nuse std::fs;\nuse std::io;\n');
  });

  test('a record never claims a scan that was not made', async () => {
    const deltas = await run([...textDeltas(['```rust\nuse std::fs;\n\nfn main() {\n}\n```\n']), finish(), usage]);
    const [verdict] = verdictsOf(deltas);
    assert.deepEqual([verdict?.label, verdict?.scannedBytes], ['unsupported_language', 0]);
  });
});

describe('secrets', () => {
  test('are redacted wherever they are cut, in prose and in code', async () => {
    for (const [kind, secret] of SECRET_SAMPLES)
      for (const text of [
        `My key is ${secret} ok?\n`,
        `\`\`\`python\nx = "${secret.replaceAll('\n', '\\n')}"\n\`\`\`\n`,
      ])
        for (const pieces of [[text], Array.from(text), cutAt(text, [20, 25, 40])]) {
          const deltas = await run([...textDeltas(pieces), finish(), usage]);
          assert.match(textOf(deltas), new RegExp(`\\[REDACTED ${kind}\\]`));
          assert.ok(!textOf(deltas).includes(secret.slice(-12)));
          assert.ok(verdictsOf(deltas).some(({ guard, action }) => guard === 'secrets' && action === 'redact'));
          const ids = new Set(deltas.flatMap((delta) => (delta.type === 'text' ? (delta.tokens?.ids ?? []) : [])));
          assert.ok(ids.size < pieces.length);
        }
  });
});

describe('the cost of a stream', () => {
  test('grows with its length, also in one line that never ends', async () => {
    const seconds = async (words: number): Promise<number> => {
      const started = performance.now();
      await runText(Array.from({ length: words }, () => 'word '));
      return performance.now() - started;
    };
    await seconds(3_000);
    const short = Math.min(await seconds(3_000), await seconds(3_000), await seconds(3_000));
    // Linear work gives 8; work per Delta that grows with the line gave more than 60.
    assert.ok((await seconds(24_000)) < 30 * short);
  });
});

describe('any cutting of a stream', () => {
  const part = fc.constantFrom(
    'Some prose. ',
    '\n',
    '```',
    '```python\n',
    '```\n',
    '~~~',
    '`',
    'import os\n',
    VULNERABLE,
    SAFE,
    `${SINK}\n`,
    'x = (\n',
    ')\n',
    '"""',
    '- ',
    '> ',
    '    ',
    'def f(x):\n    return x\n',
    'os.system(input())\n',
    'from x import y\n',
    'const a = 1;\n',
    '\u00A0',
    '\u200B',
    '\r',
    '+',
    '@@ -1 +1 @@\n',
    '1\t',
    '```js\n',
    '```diff\n',
    '```json\n{"a": "',
    '    return x\n',
    ...SECRET_SAMPLES.slice(0, 3).map(([, secret]) => secret),
    '\r\n',
  );
  test('serves the same text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 9 }),
        fc.array(fc.nat(600), { maxLength: 5 }),
        async (parts, cuts) => {
          const text = parts.join('');
          const whole = await runText([text]);
          assert.equal(await runText(cutAt(text, cuts)), whole);
          assert.equal(await runText(Array.from(text)), whole);
        },
      ),
      { numRuns: 60 },
    );
  });
});
