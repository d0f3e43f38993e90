/** Languages whose rules annotate: the code is served as it is, and the verdict says what is wrong with it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Delta } from '../../src/types.js';
import { finish, textDeltas, textOf, toolCall, usage } from '../support/deltas.js';
import { run, useScanner, verdictsOf } from '../support/output-guard.js';

useScanner();

const LANGUAGES = [
  {
    label: 'javascript',
    file: 'run.js',
    cwe: 'CWE-78',
    vulnerable: "const cp = require('child_process');\nfunction ping(host) {\n  cp.exec('ping -c 1 ' + host);\n}\n",
    safe: "const cp = require('child_process');\nfunction ping(host) {\n  cp.execFile('ping', ['-c', '1', host]);\n}\n",
  },
  {
    label: 'typescript',
    file: 'run.ts',
    cwe: 'CWE-89',
    vulnerable: "export const find = (db: Db, name: string) =>\n  db.query(`SELECT a FROM t WHERE b = '${name}'`);\n",
    safe: "export const find = (db: Db, name: string) =>\n  db.query('SELECT a FROM t WHERE b = $1', [name]);\n",
  },
  {
    label: 'go',
    file: 'ping.go',
    cwe: 'CWE-78',
    vulnerable:
      'func ping(w http.ResponseWriter, r *http.Request) {\n\texec.Command("sh", "-c", "ping -c 1 "+r.FormValue("host")).Run()\n}\n',
    safe: 'func ping(w http.ResponseWriter, r *http.Request) {\n\texec.Command("ping", "-c", "1", "example.com").Run()\n}\n',
  },
  {
    label: 'php',
    file: 'ping.php',
    cwe: 'CWE-78',
    vulnerable: '<?php\n$host = $_GET[\'host\'];\nsystem("ping -c 1 $host");\n',
    safe: "<?php\nsystem('ping -c 1 example.com');\n",
  },
  {
    label: 'java',
    file: 'Ping.java',
    cwe: 'CWE-78',
    vulnerable:
      'class Ping {\n  void doGet(HttpServletRequest request) throws Exception {\n    Runtime.getRuntime().exec("ping -c 1 " + request.getParameter("host"));\n  }\n}\n',
    safe: 'class Ping {\n  void doGet(HttpServletRequest request) throws Exception {\n    new ProcessBuilder("ping", "-c", "1", "example.com").start();\n  }\n}\n',
  },
  {
    label: 'c',
    file: 'greet.c',
    cwe: 'CWE-787',
    vulnerable:
      '#include <string.h>\n#include <stdio.h>\n\nvoid greet(void) {\n  char line[8];\n  strcpy(line, "much too long");\n  puts(line);\n}\n',
    safe: '#include <string.h>\n#include <stdio.h>\n\nvoid greet(void) {\n  char line[32];\n  strcpy(line, "short enough");\n  puts(line);\n}\n',
  },
  {
    label: 'c++',
    file: 'greet.cpp',
    cwe: 'CWE-415',
    vulnerable: '#include <cstdlib>\n\nvoid once(int *p) {\n  delete p;\n  delete p;\n}\n',
    safe: '#include <cstdlib>\n\nvoid once(int *p) {\n  delete p;\n}\n',
  },
] as const;

const fence = (label: string, code: string): string => `Here it is:\n\n\`\`\`${label}\n${code}\`\`\`\n\nThat is all.\n`;
const findingsOf = (deltas: readonly Delta[]): (string | null)[] =>
  verdictsOf(deltas).flatMap(({ findings }) => findings.map(({ cwe }) => cwe));

for (const { label, file, cwe, vulnerable, safe } of LANGUAGES)
  describe(`code in ${label}`, () => {
    for (const [name, cut] of [
      ['at once', (text: string) => [text]],
      ['in 1-byte chunks', (text: string) => Array.from(text)],
    ] as const)
      test(`in a fence that comes ${name} is served unchanged, with what is wrong with it`, async () => {
        const text = fence(label, vulnerable);
        const deltas = await run([...textDeltas(cut(text)), finish(), usage]);
        assert.equal(textOf(deltas), text);
        assert.deepEqual(new Set(findingsOf(deltas)), new Set([cwe]));
        const told = verdictsOf(deltas).filter(({ findings }) => findings.length > 0);
        assert.deepEqual(new Set(told.map(({ action }) => action)), new Set(['annotate']));
      });

    test('in a fence that is safe has no finding', async () => {
      const text = fence(label, safe);
      const deltas = await run([...textDeltas(Array.from(text)), finish(), usage]);
      assert.equal(textOf(deltas), text);
      assert.deepEqual(findingsOf(deltas), []);
    });

    for (const cut of [(text: string) => [text], (text: string) => Array.from(text)])
      test(`without a fence is told of (${cut('ab').length} chunks)`, async () => {
        const text = `This is how I would do it.\n\n${vulnerable}\nPut it into ${file}, and run it: that is all.\n`;
        const deltas = await run([...textDeltas(cut(text)), finish(), usage]);
        assert.equal(textOf(deltas), text);
        assert.deepEqual(new Set(findingsOf(deltas)), new Set([cwe]));
      });

    test('that a tool writes into a file is told of', async () => {
      const args = JSON.stringify({ path: `src/${file}`, content: vulnerable });
      const deltas = await run([...toolCall(0, Array.from(args)), finish('tool_calls'), usage]);
      assert.deepEqual(new Set(findingsOf(deltas)), new Set([cwe]));
    });
  });
