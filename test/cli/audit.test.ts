import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { keyStore } from '../../src/access/keys.js';
import { auditCommand } from '../../src/cli/audit.js';
import type { Command } from '../../src/cli/command.js';
import { eraseCommand } from '../../src/cli/erase.js';
import { exportCommand } from '../../src/cli/export.js';
import type { Database } from '../../src/db.js';
import { readAudit, recordAction } from '../../src/db/audit.js';
import { createRegistry } from '../../src/registry/registry.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { tablesWith } from '../support/dump.js';
import { temporaryFolder } from '../support/folder.js';

const NEW_KEY = {
  tenant: 'acme',
  name: 'ci',
  training: 'deny',
  scopes: ['inference'],
  expiresAt: null,
  requestsPerMinute: null,
  honourStoreFalse: false,
} as const;

describe('the audit trail', () => {
  let fresh: TestDatabase;
  before(async () => {
    fresh = await createTestDatabase();
  });
  after(() => fresh.drop());

  type DatabaseCommand = (...given: [...Parameters<Command>, () => Promise<Database>]) => Promise<number>;

  async function run(command: DatabaseCommand, ...args: readonly string[]) {
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    const io = { stdin: new PassThrough(), stdout, stderr, signal: new AbortController().signal };
    const code = await command(args, io, () => Promise.resolve(fresh.database));
    return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
  }

  const actions = async (action?: string) => {
    const selected = { limit: 100, ...(action !== undefined && { action }) };
    return (await readAudit(fresh.database, selected)).map((entry) => `${entry.actor}: ${entry.action}`).reverse();
  };

  test('tells who made and revoked keys, once, and never the key', async () => {
    const keys = keyStore(fresh.database);
    const { id, key } = await keys.create(NEW_KEY, 'key 0123');
    assert.equal(await keys.revoke(id, 'key 4567'), true);
    assert.equal(await keys.revoke(id, 'key 89ab'), true);
    assert.equal(await keys.revoke('ffffffffffff', 'key 4567'), false);
    assert.deepEqual(await actions('key'), ['key 0123: key.create', 'key 4567: key.revoke']);
    const [created] = await readAudit(fresh.database, { limit: 1, action: 'key.create' });
    assert.equal(created?.subject, id);
    assert.deepEqual(created.details, { tenant: 'acme', name: 'ci', training: 'deny', scopes: ['inference'] });
    assert.deepEqual(await tablesWith(fresh.database, key.slice(-40)), []);
  });

  test('tells of every change of a version, with its reason', async () => {
    const registry = createRegistry(fresh.database);
    const version = { sha256: 'ab'.repeat(32), base: 'base', adapter: null, parent: null, pool: 'acme' };
    const { name } = await registry.register(version, { actor: 'trainer', reason: 'learned' });
    await registry.promote({ name, actor: 'key 0123', reason: 'looked at it' });
    assert.deepEqual(await actions('version.live'), ['key 0123: version.live']);
    const { out } = await run(auditCommand, '--action', 'version', '--limit', '1');
    assert.match(
      out,
      /^\d{4}-\S+Z {2}key 0123 +version\.\w+ +purp@abababababab {2}from="\w+" {2}reason="looked at it"\n$/,
    );
  });

  test('tells of exports and erasures, and names no end user', async (t) => {
    const out = join(await temporaryFolder(t), 'a.jsonl');
    await run(exportCommand, '--format', 'jsonl', '--out', out, '--pool', 'acme', '--since', '2026-01-01');
    await run(eraseCommand, '--tenant', 'acme', '--user', 'alice@example.org');
    assert.deepEqual(await actions('export'), ['command line: export']);
    assert.deepEqual(await actions('erase'), ['command line: erase', 'command line: erase.report']);
    const [exported] = await readAudit(fresh.database, { limit: 1, action: 'export' });
    assert.equal(exported?.subject, out);
    assert.deepEqual(exported.details, {
      format: 'jsonl',
      samples: 0,
      since: '2026-01-01T00:00:00.000Z',
      pool: 'acme',
    });
    assert.deepEqual(await tablesWith(fresh.database, 'alice'), []);
  });

  test('lets no export through that it cannot tell of', async (t) => {
    const out = join(await temporaryFolder(t), 'a.jsonl');
    const deaf: Database = {
      ...fresh.database,
      query: (sql, values) =>
        sql.startsWith('INSERT INTO admin_actions')
          ? Promise.reject(new Error('no trail'))
          : fresh.database.query(sql, values),
    };
    const io = {
      stdin: new PassThrough(),
      stdout: new PassThrough(),
      stderr: new PassThrough(),
      signal: new AbortController().signal,
    };
    const args = ['--format', 'jsonl', '--out', out];
    await assert.rejects(
      exportCommand(args, io, () => Promise.resolve(deaf)),
      /no trail/,
    );
    assert.equal(existsSync(out), false);
  });

  test('cannot be changed', async () => {
    for (const sql of ["update admin_actions set actor = 'x'", 'delete from admin_actions', 'truncate admin_actions'])
      await assert.rejects(fresh.database.query(sql), /only added/);
  });

  test('is printed by time, one JSON object per line where asked, and without control characters', async () => {
    await recordAction(fresh.database, { actor: 'a', action: 'export', subject: 'x\u001b[2J', details: { n: 1 } });
    assert.ok(!(await run(auditCommand)).out.includes('\u001b'));
    const { out } = await run(auditCommand, '--json', '--since', '1h', '--limit', '1');
    const entry = JSON.parse(out) as Record<string, unknown>;
    assert.deepEqual([entry['actor'], entry['details']], ['a', { n: 1 }]);
    assert.equal((await run(auditCommand, '--until', '1d')).out, '');
    assert.equal((await run(auditCommand, '--since', 'soon')).code, 2);
  });
});
