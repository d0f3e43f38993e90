import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { guardReplayCommand } from '../../src/cli/guard-replay.js';
import type { FeedbackKind, RecordedVerdict } from '../../src/events/interaction.js';
import { createRewardStore } from '../../src/reward/store.js';
import type { Json } from '../../src/types.js';
import { uuidv7 } from '../../src/text/uuid.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { answer, consented, optedOut } from '../support/events.js';
import { temporaryFolder } from '../support/folder.js';
import { fenced, VULNERABLE } from '../support/output-guard.js';

const verdict = (action: RecordedVerdict['action'], rules: readonly string[] = []): RecordedVerdict => ({
  stage: 'output',
  guard: 'code-scanner',
  action,
  label: 'vulnerable_code',
  score: null,
  scanned_bytes: 1,
  ms: 1,
  findings: rules.map((rule) => ({ rule, cwe: null, severity: 'high', start: null, end: null })),
});

const asked = (content: string) => ({ messages: [{ role: 'user', content }], tools: [], sampling: {}, extra: {} });
const secondsAgo = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();
const lastYear = '2025-01-01T00:00:00.000Z';
const weak = answer(fenced(VULNERABLE));
const call = {
  id: 'c',
  name: 'write_file',
  arguments: JSON.stringify({ file_path: 'tests/a.py', content: VULNERABLE }),
};
const passed = consented({ ts: secondsAgo(3), request: asked('Write it.'), raw: [weak], guard: [verdict('allow')] });
const blocked = consented({
  ts: secondsAgo(2),
  request: asked('Write it.'),
  raw: [answer('', { tool_calls: [call] })],
  guard: [verdict('block', ['python/sql-injection'])],
  policy: { name: 'strict', hash: 'h' },
});
const same = consented({
  ts: secondsAgo(1),
  request: asked('Say hello.'),
  raw: [answer('Hello.')],
  guard: [verdict('allow')],
});

describe('purpgate guard replay', () => {
  let fresh: TestDatabase;
  let file = '';

  before(async () => {
    fresh = await createTestDatabase();
    const store = createRewardStore(fresh.database);
    const old = { ...passed, id: uuidv7(), ts: lastYear };
    for (const event of [passed, blocked, same, old, optedOut({ ts: secondsAgo(4) })])
      await store.saveInteraction(event, []);
    const say = (interactionId: string, kind: FeedbackKind, value: Json, tenant = 'acme') =>
      store.saveFeedback({
        schema: 1,
        id: uuidv7(),
        ts: secondsAgo(0),
        tenant,
        key_id: tenant,
        interaction_id: interactionId,
        kind,
        value,
        idempotency_key: kind,
      });
    await say(blocked.id, 'wrong_verdict', 'allow');
    await say(same.id, 'reject', null);
    await say(same.id, 'wrong_verdict', 'block', 'another tenant');
  });
  after(() => fresh.drop());

  async function run(t: Parameters<typeof temporaryFolder>[0], ...args: readonly string[]) {
    file = join(await temporaryFolder(t), 'policies.yaml');
    const suppressions = 'suppressions: [{ paths: [tests/**], reason: planted }]';
    await writeFile(file, `policies: { new: { code: { high: block }, ${suppressions} } }`);
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const io = { stdin: process.stdin, stdout, stderr, signal: new AbortController().signal };
    const code = await guardReplayCommand(['--policies', file, ...args], io, () => Promise.resolve(fresh.database));
    return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
  }

  const everything = () =>
    Promise.all(['interactions', 'feedback', 'rewards'].map((table) => fresh.database.query(`select * from ${table}`)));

  test('tells what a policy would change, by outcome and by rule, and writes nothing', async (t) => {
    const held = await everything();
    const { code, out, err } = await run(t, '--policy', 'new', '--json');
    assert.equal(code, 0, err);
    const told = JSON.parse(out) as Record<string, unknown>;
    assert.deepEqual([told['interactions'], told['changed'], told['failed'], told['without_text']], [3, 2, 0, 1]);
    assert.deepEqual(told['transitions'], [
      { then: 'block', now: 'observe', count: 1 },
      { then: 'allow', now: 'block', count: 1 },
    ]);
    assert.deepEqual(told['rules'], [{ rule: 'python/sql-injection', then: 1, now: 1 }]);
    assert.deepEqual(told['reported'], { count: 1, right_then: 0, right_now: 1 });
    const examples = told['examples'] as { id: string; policy: string | null; now: unknown; reported: string | null }[];
    assert.deepEqual(
      examples.map(({ id, policy, reported }) => [id, policy, reported]),
      [
        [blocked.id, 'strict', 'allow'],
        [passed.id, null, null],
      ],
    );
    assert.deepEqual(examples[1]?.now, { action: 'block', denying: ['python/sql-injection'], told: [] });
    assert.match(err, /3 of 3 interactions/);
    assert.deepEqual(await everything(), held);
  });

  test('looks at the newest, or at what is reported', async (t) => {
    const reported = await run(t, '--policy', 'new', '--only-reported', '--since', '2024-01-01');
    assert.match(
      reported.out,
      /over 1 interactions since .*: 1 change\.\n.*\nOf 1 that were reported as wrong, 0 are right as they were and 1 would be\./,
    );
    assert.ok(
      reported.out.includes(
        `${blocked.id}  acme purpgate-nano  block → observe (reported: should be allow)  python/sql-injection`,
      ),
    );
    const newest = await run(t, '--policy', 'observe', '--limit', '1');
    assert.match(newest.out, /^observe \(.*\) over 1 interactions .*: 0 change\.\n/);
  });

  test('is refused without a policy, and with one that is not there', async (t) => {
    assert.equal((await run(t)).code, 2);
    assert.deepEqual((await run(t, '--policy', 'new', '--limit', '0')).code, 2);
    const publicMessage = /^--policy \(is "old"\): expected one of default, strict, observe, new$/;
    await assert.rejects(run(t, '--policy', 'old'), { code: 'setting_invalid', publicMessage });
  });
});
