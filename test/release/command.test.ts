import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { versionsCommand } from '../../src/release/command.js';
import { gate } from '../../src/release/gate.js';
import { writeProof, writeVerdict } from '../../src/release/store.js';
import { createRegistry } from '../../src/registry/registry.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const audit = { actor: 'tester', reason: 'a reason' };

describe('purpgate versions', () => {
  let own: TestDatabase;
  before(async () => {
    own = await createTestDatabase();
  });
  after(() => own.drop());

  async function run(...args: string[]): Promise<{ code: number; out: string; err: string; opened: boolean }> {
    const result = { out: '', err: '', opened: false };
    const io = {
      stdout: { write: (text: string) => (result.out += text) },
      stderr: { write: (text: string) => (result.err += text) },
    };
    const code = await versionsCommand(args, io, () => {
      result.opened = true;
      return Promise.resolve(own.database);
    });
    return { code, ...result };
  }

  test('explains itself without a database, and refuses what it does not know', async () => {
    const help = await run('--help');
    assert.equal(help.code, 0);
    assert.match(help.out, /purpgate versions list/);
    for (const args of [
      [],
      ['drop'],
      ['list', 'x'],
      ['show'],
      ['show', 'a', 'b'],
      ['list', '--state', 'x'],
      ['list', '--x'],
      ['list', '--force'],
      ['promote'],
      ['promote', 'a', '--to', 'b'],
      ['rollback', 'a'],
    ]) {
      const { code, err, opened } = await run(...args);
      assert.deepEqual({ code, opened }, { code: 2, opened: false });
      assert.match(err, /^purpgate versions: .+\n\nUsage:/);
    }
    assert.equal(help.opened, false);
  });

  test('lists and shows versions, as text and as JSON lines', async () => {
    assert.equal((await run('list')).out, 'There is no version.\n');
    assert.equal((await run('list', '--json')).out, '');
    const registry = createRegistry(own.database);
    const first = await registry.ensureLive(
      { sha256: 'a'.repeat(64), base: 'models/nano', adapter: null, parent: null, pool: 'default' },
      audit,
    );
    await registry.register(
      { sha256: 'b'.repeat(64), base: 'models/nano', adapter: '/a', parent: first.name, pool: 'team' },
      audit,
    );
    const lines = (text: string): string[] => text.trimEnd().split('\n');
    assert.equal(lines((await run('list')).out).length, 2);
    const listed = lines((await run('list', '--json')).out).map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      listed.map(({ name, state }) => [name, state]),
      [
        ['purp@aaaaaaaaaaaa', 'live'],
        ['purp@bbbbbbbbbbbb', 'candidate'],
      ],
    );
    assert.match((await run('list', '--state', 'live', '--pool', 'default')).out, /^purp@a{12} {2}live .*\n$/);
    assert.equal((await run('list', '--state', 'canary')).out, 'There is no version.\n');
    assert.match((await run('show', first.name)).out, /History\n.* - -> candidate {2}tester: a reason\n/);
    const shown = JSON.parse((await run('show', first.name, '--json')).out) as Record<string, unknown>;
    assert.equal(shown['sha256'], 'a'.repeat(64));
    assert.equal(Array.isArray(shown['history']) && shown['history'].length, 3);
    for (const name of ['purp@000000000000', 'nonsense']) {
      const missing = await run('show', name);
      assert.equal(missing.code, 1);
      assert.match(missing.err, /There is no version/);
    }
  });

  test('promotes and rolls back, and says why it refuses', async () => {
    const registry = createRegistry(own.database);
    const weights = (digit: string) => ({ sha256: digit.repeat(64), base: 'models/nano', pool: 'shared' });
    const base = await registry.ensureLive({ ...weights('c'), adapter: null, parent: null }, audit);
    const { name } = await registry.register({ ...weights('d'), adapter: '/d', parent: base.name }, audit);
    const refused = await run('promote', name);
    assert.deepEqual([refused.code, refused.out], [1, '']);
    assert.match(
      refused.err,
      /^purpgate versions: Version purp@d+ may not become live: the gate has not judged it\. .*\n$/,
    );
    assert.equal(
      (await run('promote', name, '--force', '--reason', 'an outage')).out,
      `${name} is live in the pool shared.\n`,
    );
    assert.match((await run('show', name)).out, /command line: an outage \(forced past the gate\)\n/);
    await writeProof(own.database, name, { outcome: 'failed', reason: 'a wrong file' });
    assert.match((await run('show', name)).out, /Proofs by gateways\n.* failed: a wrong file\n$/);
    const back = JSON.parse((await run('rollback', '--json')).out) as Record<string, unknown>;
    assert.deepEqual([back['name'], back['state']], [base.name, 'live']);
    const stuck = await run('rollback');
    assert.deepEqual([stuck.code, /has no parent/.test(stuck.err)], [1, true]);
    assert.equal((await run('promote', 'latest')).code, 1);
  });

  test('shows what the gate said', async () => {
    const registry = createRegistry(own.database);
    const { name } = await registry.register(
      { sha256: 'e'.repeat(64), base: 'models/nano', adapter: '/e', parent: null, pool: 'shared' },
      audit,
    );
    const verdict = gate(new Map(), new Map());
    const baseline = 'purp@cccccccccccc';
    await writeVerdict(own.database, { candidate: name, baseline, suites: 'digest', verdict });
    assert.match((await run('show', name)).out, /Gate: stopped against purp@c+\nmetric .*\nsecure .* unmeasured\n/);
    const shown = JSON.parse((await run('show', name, '--json')).out) as { verdict: { verdict: unknown } };
    assert.deepEqual(shown.verdict.verdict, verdict);
  });
});
