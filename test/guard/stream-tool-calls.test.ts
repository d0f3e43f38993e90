import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { everythingOf, finish, textDeltas, textOf, toolCall, usage } from '../support/deltas.js';
import {
  SAFE,
  VULNERABLE,
  assertNothingLeaked,
  assertNotice,
  fenced,
  reasonOf,
  run,
  useScanner,
} from '../support/output-guard.js';
import { SECRET_SAMPLES } from '../support/secret-samples.js';

useScanner();

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
    const patch = `*** Begin Patch\n*** Update File: a.py\n@@\n${VULNERABLE.trimEnd().replace(/^/gm, '+')}\n*** End Patch`;
    const calls: unknown[] = [
      { path: 'src/a.py', edits: [{ old_string: 'pass', new_string: VULNERABLE }] },
      { code: VULNERABLE },
      { patch },
      { command: `cat > a.py <<'EOF'\n${VULNERABLE}EOF\npython a.py` },
      { command: ['bash', '-lc', `python3 - <<'PY'\n${VULNERABLE}PY`] },
      { file: 'README.md', content: fenced(VULNERABLE) },
      { path: 'a.py', lines: VULNERABLE.split('\n') },
      { path: 'a.txt', content: VULNERABLE },
    ];
    for (const json of [
      ...calls.map((call) => JSON.stringify(call)),
      patch,
      vulnerableCall.slice(0, -2),
      `{"content":"","content":${JSON.stringify(VULNERABLE)}}`,
    ]) {
      const deltas = await run([...toolCall(0, [json]), finish('tool_calls'), usage]);
      assertNothingLeaked(deltas);
      assertNotice(textOf(deltas));
    }
  });

  test('an edit that takes a weakness away is let through', async () => {
    const json = JSON.stringify({ file_path: 'a.py', old_string: VULNERABLE, new_string: SAFE });
    const deltas = await run([...toolCall(0, [json]), finish('tool_calls'), usage]);
    assert.ok(everythingOf(deltas).includes('old_string'));
  });

  test('secrets in arguments are redacted, and the arguments stay JSON', async () => {
    for (const [kind, secret] of SECRET_SAMPLES) {
      const json = JSON.stringify({ file_path: '.env', content: `KEY="${secret}"\n`, n: 1 });
      const deltas = await run([...toolCall(0, Array.from(json)), finish('tool_calls'), usage]);
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
