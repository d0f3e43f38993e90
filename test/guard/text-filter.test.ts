import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Policy } from '../../src/guard/policy.js';
import { parsePolicies, policyNamed } from '../../src/guard/policy-file.js';
import { everythingOf, finish, textDeltas, textOf, toolCall, usage } from '../support/deltas.js';
import { assertNothingLeaked, reasonOf, run, useScanner, verdictsOf, VULNERABLE } from '../support/output-guard.js';
import { SECRET_SAMPLES } from '../support/secret-samples.js';

useScanner();

const policyWith = (fields: string): Policy =>
  policyNamed(parsePolicies(`policies: { p: { ${fields} } }`, 'default'), 'p', '--policy');

const PERSONAL = 'jane.doe@corp.io';
const SECRET = SECRET_SAMPLES[0]?.[1] ?? '';
const ended = [finish(), usage];

describe('personal data in an answer', () => {
  test('is let through unread unless the policy says otherwise', async () => {
    const deltas = await run([...textDeltas([`Write to ${PERSONAL}.\n`]), ...ended]);
    assert.equal(textOf(deltas), `Write to ${PERSONAL}.\n`);
    assert.ok(!verdictsOf(deltas).some(({ guard }) => guard === 'personal-data'));
  });

  for (const pieces of [[`Write to ${PERSONAL}, soon.\n`], Array.from(`Write to ${PERSONAL}, soon.\n`)])
    test(`is replaced in ${pieces.length} pieces`, async () => {
      const deltas = await run([...textDeltas(pieces), ...ended], { policy: policyWith('personal_data: redact') });
      assert.equal(textOf(deltas), 'Write to [REDACTED email-address], soon.\n');
      const [found] = verdictsOf(deltas).filter(({ guard }) => guard === 'personal-data');
      assert.deepEqual(
        [found?.action, found?.label, found?.findings[0]?.rule],
        ['redact', 'personal_data', 'personal-data/email-address'],
      );
      assert.equal(reasonOf(deltas), 'stop');
    });

  test('is replaced beside a secret, in text and in the arguments of a tool', async () => {
    const policy = policyWith('personal_data: redact, secrets: redact');
    const text = `${PERSONAL} has the key ${SECRET} now.\n`;
    const call = toolCall(0, [JSON.stringify({ to: PERSONAL, body: `key ${SECRET}` })]);
    const deltas = await run([...textDeltas([text]), ...call, finish('tool_calls'), usage], { policy });
    const served = everythingOf(deltas);
    assert.ok(!served.includes(PERSONAL) && !served.includes(SECRET), served);
    assert.equal(served.match(/\[REDACTED email-address\]/g)?.length, 2);
    assert.equal(reasonOf(deltas), 'tool_calls');
  });

  test('in a tool call that must not hold it denies the call', async () => {
    const call = toolCall(0, [JSON.stringify({ to: PERSONAL })]);
    const deltas = await run([...call, finish('tool_calls'), usage], {
      policy: policyWith('personal_data: { tools: block }'),
    });
    assert.ok(!everythingOf(deltas).includes(PERSONAL));
    assert.match(
      textOf(deltas),
      /a call of the tool "write_file" holds what the policy keeps back.\n- personal-data\/email-address/,
    );
    assert.equal(reasonOf(deltas), 'stop');
  });
});

describe('a policy that blocks secrets', () => {
  test('withholds the rest of the text, however it is cut, and ends with stop', async () => {
    const text = `The first part. The key is ${SECRET} and there is more.\nMuch more, jane.\n`;
    for (const pieces of [[text], Array.from(text)]) {
      const deltas = await run([...textDeltas(pieces), finish('length'), usage], {
        policy: policyWith('secrets: block'),
      });
      const served = textOf(deltas);
      assert.ok(served.startsWith('The first part. The key is '), served);
      assert.match(served, /the rest of this text holds what the policy keeps back.\n- secrets\//);
      assert.ok(!served.includes(SECRET.slice(0, 12)) && !served.includes('more'));
      assert.equal(reasonOf(deltas), 'stop');
    }
  });
});

describe('a suppression for a path', () => {
  const policy = policyWith('suppressions: [{ paths: [tests/**], reason: planted there }]');
  const write = (path: string) => toolCall(0, [JSON.stringify({ file_path: path, content: VULNERABLE })]);
  const patch = (path: string, file?: string) =>
    toolCall(0, [
      JSON.stringify({
        ...(file !== undefined && { file_path: file }),
        patch: `--- a/${path}\n+++ b/${path}\n@@ -0,0 +1,9 @@\n${VULNERABLE.trimEnd().replace(/^/gm, '+')}\n`,
      }),
    ]);

  test('lets code for such a file pass, and records what is in it', async () => {
    for (const call of [write('/w/tests/test_db.py'), patch('tests/test_db.py')]) {
      const deltas = await run([...call, finish('tool_calls'), usage], { policy });
      assert.equal(reasonOf(deltas), 'tool_calls');
      const findings = verdictsOf(deltas).flatMap((verdict) => verdict.findings);
      assert.ok(findings.some(({ rule, action }) => rule === 'python/sql-injection' && action === 'observe'));
    }
  });

  test('says nothing about the same code in another file, or in none', async () => {
    const code = { content: VULNERABLE };
    const apart = { a: { file_path: 'tests/a.py', ...code }, b: { file_path: 'src/a.py', ...code } };
    const both = [
      { file_path: 'tests/a.py', ...code },
      { file_path: 'src/a.py', ...code },
    ];
    for (const call of [
      write('src/db.py'),
      write('tests/../src/db.py'),
      patch('src/tests.py'),
      patch('tests/a.py', 'src/a.py'),
      toolCall(0, [JSON.stringify({ edits: both })]),
      toolCall(0, [JSON.stringify(apart)]),
    ]) {
      const deltas = await run([...call, finish('tool_calls'), usage], { policy });
      assertNothingLeaked(deltas);
      assert.equal(reasonOf(deltas), 'stop');
    }
  });
});
