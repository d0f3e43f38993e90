import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { policyOf } from '../../src/guard/policy.js';
import { everythingOf, finish, textDeltas, textOf, toolCall, usage } from '../support/deltas.js';
import {
  SAFE,
  SINK,
  VULNERABLE,
  assertNothingLeaked,
  assertNotice,
  fenced,
  reasonOf,
  run,
  useScanner,
  verdictsOf,
} from '../support/output-guard.js';
import { SECRET_SAMPLES } from '../support/secret-samples.js';

useScanner();

const escaped = (text: string): string =>
  Array.from(text, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

describe('tool calls', () => {
  const safeCall = JSON.stringify({ file_path: 'a.py', content: SAFE });
  const vulnerableCall = JSON.stringify({ file_path: 'a.py', content: VULNERABLE });

  test('a vulnerable one vanishes and a safe one keeps its place and its reason', async () => {
    const deltas = await run([
      ...textDeltas(['I write the file.\n']),
      ...toolCall(0, Array.from(vulnerableCall)),
      ...toolCall(1, [safeCall.slice(0, 30), safeCall.slice(30)]),
      finish('tool_calls'),
      usage,
    ]);
    assertNothingLeaked(deltas);
    assertNotice(textOf(deltas));
    assert.equal(reasonOf(deltas), 'tool_calls');
    assert.deepEqual(
      deltas.filter((delta) => delta.type === 'tool_start' || delta.type === 'tool_args'),
      [
        { type: 'tool_start', choice: 0, index: 0, id: 'call_1', name: 'write_file' },
        { type: 'tool_args', choice: 0, index: 0, text: safeCall },
      ],
    );
    const lastText = deltas.findLastIndex((delta) => delta.type === 'text');
    assert.ok(lastText < deltas.findIndex((delta) => delta.type === 'tool_start'));
  });

  test('when none is left the reason is stop', async () => {
    const deltas = await run([...toolCall(0, [vulnerableCall]), finish('tool_calls'), usage]);
    assert.equal(reasonOf(deltas), 'stop');
    assert.ok(!deltas.some((delta) => delta.type === 'tool_start' || delta.type === 'tool_args'));
  });

  test('code is found wherever an agent puts it', async () => {
    const added = VULNERABLE.trimEnd().replace(/^/gm, '+');
    const patch = `*** Begin Patch\n*** Update File: a.py\n@@\n${added}\n*** End Patch`;
    const hunk = ` def find(conn, name):\n-    pass\n+    ${SINK}\n`;
    const headed = `*** Begin Patch\n*** Update File: a.py\n@@ def find(conn, name):\n-    pass\n+    ${SINK}\n*** End Patch`;
    const lines = VULNERABLE.split(/(?<=\n)/);
    const base64 = Buffer.from(VULNERABLE).toString('base64');
    const quoted = VULNERABLE.replace(/'/g, `'"'"'`);
    const calls: unknown[] = [
      { path: 'src/a.py', edits: [{ old_string: 'pass', new_string: VULNERABLE }] },
      { code: VULNERABLE },
      { patch },
      { command: `cat > a.py <<'EOF'\n${VULNERABLE}EOF\npython a.py` },
      { command: ['bash', '-lc', `python3 - <<'PY'\n${VULNERABLE}PY`] },
      { file: 'README.md', content: fenced(VULNERABLE) },
      { path: 'a.py', lines: VULNERABLE.split('\n') },
      { path: 'a.txt', content: VULNERABLE },
      // One inside of another.
      { arguments: JSON.stringify({ path: 'a.py', content: VULNERABLE }) },
      { path: 'a.ipynb', content: JSON.stringify({ cells: [{ cell_type: 'code', source: lines }] }) },
      { command: `apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: a.py\n${added}\n*** End Patch\nEOF` },
      { path: 'gen.py', content: `from pathlib import Path\nPath("a.py").write_text('''\n${VULNERABLE}''')\n` },
      { path: 'a.js', content: `const fs = require('fs');\nfs.writeFileSync('a.py', \`\n${VULNERABLE}\`);\n` },
      { path: 'a.toml', content: `x = """\n${VULNERABLE}"""` },
      // Patches whose added line is harmless without the lines around it.
      { patch: headed },
      { diff: `--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n${hunk}` },
      { command: `git apply <<'EOF'\n--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n${hunk}EOF` },
      // Harmless parts that make one file.
      { notebook_path: 'a.ipynb', cells: [{ source: ['def find(conn, name):\n'] }, { source: [`    ${SINK}`] }] },
      { path: 'a.py', edits: [{ new_string: 'def find(conn, name):\n' }, { new_string: `    ${SINK}` }] },
      { path: 'a.py', lines: VULNERABLE.split('\n').map((text, number) => ({ number, text })) },
      // Disguises of a shell.
      { command: `python3 -uc '${quoted}'` },
      { command: `python3 -c "${VULNERABLE.replace(/"/g, '\\"')}"` },
      { command: `python3 -c $'${VULNERABLE.replace(/'/g, "\\'").replace(/\n/g, '\\n')}'` },
      { command: `printf '%s\\n' 'def find(conn, name):' '    ${SINK.replace(/'/g, `'"'"'`)}' > a.py` },
      { command: `echo -e "${VULNERABLE.replace(/"/g, '\\"').replace(/\n/g, '\\n')}" > a.py` },
      { command: `cat <<\\END-OF-FILE | tee a.py\n${VULNERABLE}END-OF-FILE` },
      { command: `echo ${base64} | base64 -d > a.py` },
      { command: `python3 -c "import base64;exec(base64.b64decode('${base64}'))"` },
      // Disguises of a listing.
      { path: 'a.py', content: VULNERABLE.replace(/ /g, '\u00A0') },
      { path: 'a.py', content: VULNERABLE.replace(/\n/g, '\r') },
      { path: 'a.py', content: lines.map((line, index) => `${index + 1}\t${line}`).join('') },
    ];
    for (const json of [
      ...calls.map((call) => JSON.stringify(call)),
      patch,
      vulnerableCall.slice(0, -2),
      `{"content":"","content":${JSON.stringify(VULNERABLE)}}`,
      `{"content":"${escaped(VULNERABLE)}"}`,
      `{'content': '''${VULNERABLE}'''}`,
      `[${VULNERABLE}]`,
    ]) {
      const deltas = await run([...toolCall(0, [json]), finish('tool_calls'), usage]);
      assertNothingLeaked(deltas);
      assertNotice(textOf(deltas));
    }
  });

  test('a patch is not denied for what stood there before', async () => {
    const context = ` def find(conn, name):\n     ${SINK}\n`;
    for (const diff of [
      `--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,3 @@\n${context}+# end\n`,
      `--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n def find(conn, name):\n-    ${SINK}\n+    return None\n`,
    ]) {
      const deltas = await run([...toolCall(0, [JSON.stringify({ diff })]), finish('tool_calls'), usage]);
      assert.equal(reasonOf(deltas), 'tool_calls');
    }
  });

  test('an edit that takes a weakness away is let through', async () => {
    const json = JSON.stringify({ file_path: 'a.py', old_string: VULNERABLE, new_string: SAFE });
    const deltas = await run([...toolCall(0, [json]), finish('tool_calls'), usage]);
    assert.ok(everythingOf(deltas).includes('old_string'));
  });

  test('secrets in arguments are told of and left, so that no file gets a hole', async () => {
    for (const [, secret] of SECRET_SAMPLES) {
      const json = JSON.stringify({ file_path: '.env', content: `KEY="${secret}"\n`, n: 1 });
      const deltas = await run([...toolCall(0, Array.from(json)), finish('tool_calls'), usage]);
      const call = deltas.find((delta) => delta.type === 'tool_args') ?? assert.fail();
      assert.equal(call.text, json);
      assert.ok(verdictsOf(deltas).some(({ guard, action }) => guard === 'secrets' && action === 'annotate'));
    }
  });

  test('under the strict policy secrets in arguments are redacted, and the arguments stay JSON', async () => {
    for (const [kind, secret] of SECRET_SAMPLES) {
      const json = JSON.stringify({ file_path: '.env', content: `KEY="${secret}"\n`, n: 1 });
      const deltas = await run([...toolCall(0, Array.from(json)), finish('tool_calls'), usage], {
        policy: policyOf('strict'),
      });
      const call = deltas.find((delta) => delta.type === 'tool_args') ?? assert.fail(kind);
      const parsed: unknown = JSON.parse(call.text);
      assert.deepEqual(parsed, { file_path: '.env', content: `KEY="[REDACTED ${kind}]"\n`, n: 1 });
    }
  });

  test('arguments that are too large are withheld', async () => {
    const deltas = await run([
      ...toolCall(
        0,
        Array.from({ length: 12 }, () => 'x'.repeat(100_000)),
      ),
      finish('tool_calls'),
      usage,
    ]);
    assert.match(textOf(deltas), /too large/);
    assert.equal(reasonOf(deltas), 'stop');
  });
});
