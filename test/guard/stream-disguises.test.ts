/** Ways to show vulnerable Python so that it is not read as Python, or not as one piece. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Delta } from '../../src/types.js';
import { finish, textDeltas, textOf, usage } from '../support/deltas.js';
import {
  SAFE,
  SINK,
  VULNERABLE,
  assertNothingLeaked,
  assertNotice,
  run,
  runText,
  useScanner,
} from '../support/output-guard.js';
import { SECRET_SAMPLES } from '../support/secret-samples.js';

useScanner();

const FENCE = '```';
const fenced = (label: string, code: string): string => `${FENCE}${label}\n${code}${FENCE}\n`;
const indented = (margin: string): string => VULNERABLE.trimEnd().replace(/^/gm, margin);
const lines = VULNERABLE.split(/(?<=\n)/);
const FOREIGN = {
  javascript: 'const a = 1;\nconst b = require("b");\nconsole.log(a);\n',
  php: '<?php\n$a = 1;\n?>\n',
  go: 'package main\n\nfunc main() {\n}\n',
  html: '<html>\n<body>\n<py-script>\n',
  bash: '$ cat app.py\n',
  yaml: 'apiVersion: v1\ndata:\n  app.py: |\n',
} as const;

async function assertWithheld(text: string): Promise<void> {
  for (const pieces of [[text], Array.from(text)]) {
    const deltas = await run([...textDeltas(pieces), finish(), usage]);
    assertNothingLeaked(deltas);
    assertNotice(textOf(deltas));
  }
}

describe('vulnerable Python is withheld', () => {
  test('below code of the language that its label names', async () => {
    for (const [label, before] of Object.entries(FOREIGN))
      for (const text of [fenced(label, before + VULNERABLE), fenced('', before + VULNERABLE)])
        await assertWithheld(text);
  });

  test('inside a string of another language or of Python', async () => {
    await assertWithheld(
      fenced('javascript', `const fs = require('fs');\nfs.writeFileSync('a.py', \`\n${VULNERABLE}\`);\n`),
    );
    await assertWithheld(fenced('toml', `[a]\nx = """\n${VULNERABLE}"""\n`));
    await assertWithheld(
      fenced('python', `from pathlib import Path\nPath("a.py").write_text('''\n${VULNERABLE}''')\nx = 1\n`),
    );
    await assertWithheld(fenced('json', `${JSON.stringify({ file: 'a.py', content: VULNERABLE })}\n`));
    await assertWithheld(fenced('ipynb', `${JSON.stringify({ cells: [{ source: lines }] }, null, 1)}\n`));
    await assertWithheld(fenced('bash', `echo ${Buffer.from(VULNERABLE).toString('base64')} | base64 -d > a.py\n`));
    await assertWithheld(fenced('bash', `echo '${VULNERABLE.replace(/'/g, `'\\''`)}' > a.py\n`));
  });

  test('in patches, with and without their headers, in a fence and without one', async () => {
    await assertWithheld(fenced('diff', ` import sqlite3\n \n def find(conn, name):\n-    pass\n+    ${SINK}\n`));
    await assertWithheld(fenced('diff', `${indented('+ ')}\n`));
    await assertWithheld(fenced('diff', `--- a/x.py\n+++ b/x.py\n@@ -1,5 +1,5 @@\n${indented(' ')}\n`));
    await assertWithheld(fenced('python', `@@ -1,2 +1,2 @@\n def find(conn, name):\n-    pass\n+    ${SINK}\n`));
    await assertWithheld(`*** Begin Patch\n*** Add File: a.py\n${indented('+')}\n*** End Patch\n`);
  });

  test('in listings with line numbers and in sessions', async () => {
    for (const numbered of [
      (n: number) => `${n}  `,
      (n: number) => `${String(n).padStart(3)} | `,
      (n: number) => `${n}\t`,
    ])
      await assertWithheld(fenced('', lines.map((line, index) => numbered(index + 1) + line).join('')));
    await assertWithheld(
      fenced('', `In [1]: import sqlite3\n\nIn [2]: def find(conn, name):\n   ...:     ${SINK}\n   ...:\n`),
    );
    await assertWithheld(`${indented('> ')}\n`);
  });

  test('with characters that look like a space or like nothing, and with old line ends', async () => {
    await assertWithheld(fenced('python', VULNERABLE.replace(/ /g, '\u00A0')));
    await assertWithheld(fenced('python', VULNERABLE.replace(/ /g, ' \u200B')));
    await assertWithheld(VULNERABLE.replace(/^/gm, '\u200B'));
    await assertWithheld(fenced('python', VULNERABLE).replaceAll('\n', '\r'));
    await assertWithheld(`Look:\r${fenced('python', VULNERABLE.replaceAll('\n', '\r'))}`);
  });

  test('when its halves stand in two fences', async () => {
    const [query, call] = [`q = "SELECT * FROM users WHERE name = '" + name + "'"`, 'return conn.execute(q)'];
    for (const [first, second, secret] of [
      ['def find(conn, name):\n', `    ${SINK}\n`, SINK.slice(8)],
      [`def find(conn, name):\n    ${query}\n`, `    ${call}\n`, call],
      [
        'def find(conn, name):\n    return conn.execute(\n',
        `        "SELECT * FROM users WHERE name = '" + name + "'")\n`,
        'FROM users',
      ],
    ] as const)
      for (const between of ['then\n', '']) {
        const text = `${fenced('python', first)}${between}${fenced('python', second)}End.\n`;
        for (const pieces of [[text], Array.from(text)]) {
          const served = await runText(pieces);
          assert.ok(served.includes('Withheld by the safety policy') && !served.includes(secret), served);
          assert.ok(served.startsWith(fenced('python', first)) && served.endsWith('End.\n'), served);
        }
      }
  });

  test('below lines that would spoil its indentation or its syntax', async () => {
    for (const before of ['    import os\n', '>>> import os\n', 'x = (\n', "x = '\nelse:\n", '"""\n', '{"a": "'])
      for (const label of ['python', '']) await assertWithheld(fenced(label, before + VULNERABLE));
    await assertWithheld(`12 | ${fenced('js', VULNERABLE)}`);
    await assertWithheld(`~~~\n-*** Begin Patch\n${fenced('python', VULNERABLE)}\\\n@@ -1 +1 @@\n`);
    await assertWithheld(fenced('diff', `*** Begin Patch\nconst a = 1;\n${VULNERABLE}`));
  });

  test('when an earlier block would hide it, as one whose string never ends', async () => {
    await assertWithheld(`${fenced('python', "x = '''\n")}${fenced('python', VULNERABLE)}`);
    await assertWithheld(`${fenced('python', 'x = (\n')}${fenced('python', VULNERABLE)}`);
  });

  test('when the prose behind a denied block quotes it', async () => {
    for (const quote of [`The line \`${SINK}\` is bad.\n`, `That is ${SINK} so`, `| 1 | ${SINK} |\n`, `${SINK}\n`]) {
      const text = `${fenced('python', VULNERABLE)}\n${quote}`;
      await assertWithheld(text);
      const served = await runText([text]);
      assert.ok(served.endsWith(quote.replace(SINK, '[withheld]')), served);
    }
  });

  test('when the other channel speaks in the middle of a line', async () => {
    const bare = VULNERABLE.slice(VULNERABLE.indexOf('def'));
    for (let at = 1; at < bare.length; at += 7) {
      const deltas = await run([
        { type: 'text', choice: 0, text: bare.slice(0, at) },
        { type: 'reasoning', choice: 0, text: 'Hm. ' },
        { type: 'text', choice: 0, text: bare.slice(at) },
        finish(),
        usage,
      ]);
      assertNothingLeaked(deltas);
      assertNotice(textOf(deltas));
    }
  });
});

describe('what is withheld does not spread', () => {
  test('to a safe block behind a vulnerable one', async () => {
    const text = `${fenced('python', VULNERABLE)}Better:\n\n${fenced('python', SAFE)}Call it:\n\n${fenced('python', 'rows = find(db, "x")\n')}`;
    const served = await runText(Array.from(text));
    assert.ok(served.includes(SAFE) && served.endsWith(fenced('python', 'rows = find(db, "x")\n')), served);
  });

  test('to other languages, whose code is never said to be scanned as Python', async () => {
    for (const [label, code] of [
      ['swift', 'import Foundation\nimport UIKit\n\nclass A: NSObject {\n}\n'],
      ['kotlin', 'import java.io.File\nimport java.util.Scanner\n\nfun main() {\n}\n'],
      ['scala', 'import scala.io.Source\nobject A {\n}\n'],
      ['nim', 'import os, strutils\nproc f(x: string) =\n  discard execShellCmd("ping " & x)\n'],
      ['haskell', 'import Data.List\nmain = getLine >>= print\n'],
    ] as const) {
      const deltas = await run([...textDeltas([fenced(label, code)]), finish(), usage]);
      assert.equal(textOf(deltas), fenced(label, code));
      const [verdict] = deltas.flatMap((delta) => (delta.type === 'verdict' ? [delta.verdict] : []));
      assert.deepEqual([verdict?.label, verdict?.scannedBytes], ['unsupported_language', 0], label);
    }
  });
});

describe('when a choice changes its channel', () => {
  const split = (before: string, after: string): Promise<Delta[]> =>
    run([
      { type: 'text', choice: 0, text: before },
      { type: 'reasoning', choice: 0, text: 'Hm. ' },
      { type: 'text', choice: 0, text: after },
      finish(),
      usage,
    ]);

  test('a secret that the change cuts is redacted', async () => {
    for (const [kind, secret] of SECRET_SAMPLES.filter(([, sample]) => !sample.includes('\n')))
      for (const at of [1, 3, 6, 12, secret.length - 3]) {
        const served = textOf(await split(`The key is ${secret.slice(0, at)}`, `${secret.slice(at)} ok\n`));
        assert.ok(served.includes(`[REDACTED ${kind}]`), `${kind} at ${at}: ${served}`);
        assert.ok(!served.includes(secret.slice(6)), served);
      }
  });

  test('text that is no secret goes before the other channel speaks', async () => {
    const deltas = await split('So it is 42', ' and more\n');
    const texts = deltas.flatMap((delta) => (delta.type === 'text' || delta.type === 'reasoning' ? [delta.text] : []));
    assert.equal(texts.join(''), 'So it is 42Hm.  and more\n');
  });
});
