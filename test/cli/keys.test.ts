import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { findKey, publicPart } from '../../src/access/keys.js';
import { KEYS_HELP, keysCommand } from '../../src/cli/keys.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

describe('purpgate keys', () => {
  let server: TestDatabase;
  before(async () => {
    server = await createTestDatabase();
  });
  after(() => server.drop());

  async function run(line: string): Promise<Run> {
    const written = { out: '', err: '' };
    const io = {
      stdout: { write: (text: string) => (written.out += text) },
      stderr: { write: (text: string) => (written.err += text) },
    };
    const code = await keysCommand(line === '' ? [] : line.split(' '), io, server.database);
    return { code, ...written };
  }

  test('creates a key and prints it alone on standard output', async () => {
    const { code, out } = await run(
      'create --tenant acme --name ci --training deny --rpm 9 --expires 30d --honour-store-false',
    );
    assert.equal(code, 0);
    const id = publicPart(out.trimEnd());
    assert.ok(id !== null);
    const key = await findKey(server.database, id);
    assert.deepEqual(
      [key?.tenant, key?.name, key?.training, key?.scopes, key?.requestsPerMinute, key?.honourStoreFalse],
      ['acme', 'ci', 'deny', ['inference', 'feedback'], 9, true],
    );
    const days = ((key?.expiresAt?.getTime() ?? 0) - Date.now()) / 86_400_000;
    assert.ok(days > 29.9 && days <= 30);
  });

  test('reads scopes and a date', async () => {
    const { out } = await run(
      'create --tenant a --name b --training allow --scopes admin,inference --expires 2100-01-31',
    );
    const key = await findKey(server.database, publicPart(out.trimEnd()) ?? '');
    assert.deepEqual(key?.scopes, ['admin', 'inference']);
    assert.equal(key.expiresAt?.toISOString(), '2100-01-31T00:00:00.000Z');
  });

  test('lists keys for people and for programs, and revokes them', async () => {
    const { out } = await run('create --tenant listed --name n --training allow');
    const id = publicPart(out.trimEnd()) ?? '';
    const table = await run('list --tenant listed');
    assert.match(table.out, new RegExp(`^ID +TENANT.*\n${id}  listed  n +allow +inference,feedback +- +active\n$`));
    const revoked = await run(`revoke ${id} ffffffffffff`);
    assert.deepEqual([revoked.code, revoked.err], [1, `Revoked key ${id}.\nThere is no key ffffffffffff.\n`]);
    const [line = ''] = (await run('list --tenant listed --json')).out.split('\n');
    const { id: listed, revokedAt } = JSON.parse(line) as { id: string; revokedAt: string };
    assert.equal(listed, id);
    assert.match((await run('list --tenant listed')).out, new RegExp(`revoked ${revokedAt}`));
  });

  test('sets budgets of a key and of its tenant, shows what is left, and removes them', async () => {
    const id = publicPart((await run('create --tenant spender --name n --training deny')).out.trimEnd()) ?? '';
    assert.equal((await run(`budget ${id} --day --tokens 5000 --cost 1.25`)).code, 0);
    await run('budget --tenant spender --month --cost 100');
    await server.database.query(
      `INSERT INTO budget_usage SELECT id, (now() AT TIME ZONE 'UTC')::date, 1200 FROM budgets WHERE subject = $1 AND unit = 'tokens'`,
      [id],
    );
    const table = (await run('list --tenant spender')).out.split('\n').slice(3);
    assert.deepEqual(
      table.map((line) => line.replace(/\S+Z$/, 'TIME').replace(/ {2,}/g, ' | ')),
      [
        'BUDGET OF | AMOUNT | USED | LEFT | RESETS',
        `key ${id} | $1.25 a day | $0.00 | $1.25 | TIME`,
        `key ${id} | 5000 tokens a day | 1200 tokens | 3800 tokens | TIME`,
        'tenant spender | $100.00 a month | $0.00 | $100.00 | TIME',
        '',
      ],
    );
    const [line = ''] = (await run('list --tenant spender --json')).out.split('\n');
    assert.equal((JSON.parse(line) as { budgets: unknown[] }).budgets.length, 3);
    const { out } = await run(`budget ${id} --day --tokens none --cost none`);
    assert.equal(out.split('\n').length, 2, 'only the head');
    assert.deepEqual((await run('budget ffffffffffff --day --tokens 1')).err, 'There is no key ffffffffffff.\n');
  });

  for (const [line, reason] of [
    ['', 'say create, list, revoke or budget'],
    ['delete', 'there is no `keys delete`'],
    ['create --name n --training allow', '--tenant is required'],
    ['create --tenant t --training allow', '--name is required'],
    ['create --tenant t --name n', '--training must be allow or deny'],
    ['create --tenant t --name n --training yes', '--training must be allow or deny'],
    ['create --tenant t --name n --training allow --scopes root', '--scopes: "root" is none of'],
    ['create --tenant t --name n --training allow --expires 2001-01-01', 'is no time in the future'],
    ['create --tenant t --name n --training allow --expires soon', 'is no time in the future'],
    ['create --tenant t --name n --training allow --rpm 0', '--rpm must be a whole number'],
    ['create --tenant t --name n --training allow --rpm 1e300', '--rpm must be a whole number'],
    ['create --tenant t --name n --training allow --unknown', '--unknown'],
    ['revoke', 'revoke needs the id'],
    ['budget', 'budget needs the id of a key'],
    ['budget ffffffffffff --tenant t', 'budget needs the id of a key'],
    ['budget --tenant t --tokens 5', '--tokens: say --day or --month'],
    ['budget --tenant t --tokens 5 --day --month', 'say --day or --month'],
    ['budget --tenant t --day --tokens 5.5', '--tokens must be a whole number'],
    ['budget --tenant t --day --tokens -5', '--tokens'],
    ['budget --tenant t --day --cost 1e99', '--cost must be an amount'],
    ['budget --tenant t --day --cost 99999999999', '--cost must be an amount'],
  ] as const) {
    test(`explains what is wrong with "keys ${line}"`, async () => {
      const { code, out, err } = await run(line);
      assert.deepEqual([code, out], [2, '']);
      assert.ok(err.includes(reason) && err.endsWith(KEYS_HELP), err);
    });
  }
});
