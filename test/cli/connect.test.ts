import assert from 'node:assert/strict';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, describe, test, type TestContext } from 'node:test';
import { connectCommand } from '../../src/cli/connect.js';
import { CLIENT_NAMES, configurationOf } from '../../src/cli/connect/clients.js';
import { mergeInto } from '../../src/cli/connect/merge.js';
import { makeFolder } from '../support/folder.js';

const ENDPOINT = { url: 'http://127.0.0.1:8080', key: 'pg-k', model: 'nano' };

describe('purpgate connect', () => {
  let url = '';
  const server = createServer((request, response) => {
    const isAllowed = request.headers.authorization === 'Bearer pg-good';
    const status = request.url !== '/v1/models' ? 404 : isAllowed ? 200 : 401;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ object: 'list', data: [{ id: 'nano' }] }));
  });
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  async function run(context: TestContext, args: readonly string[]) {
    const home = await makeFolder();
    context.after(() => rm(home, { recursive: true, force: true }));
    const io = { stdout: new PassThrough(), stderr: new PassThrough(), home };
    const again = (more: readonly string[]) => connectCommand(more, io);
    const code = await again(args);
    return { code, home, again, out: String(io.stdout.read() ?? ''), err: String(io.stderr.read() ?? '') };
  }

  for (const client of CLIENT_NAMES)
    test(`prints URL, key and model for ${client}`, async (context) => {
      const { code, out } = await run(context, [client, '--url', `${url}/v1/`, '--key', 'pg-good']);
      assert.equal(code, 0);
      for (const part of [url, 'pg-good', 'nano']) assert.ok(out.includes(part), out);
      assert.ok(!out.includes('/v1/v1'));
    });

  test('writes beside other settings, keeps a backup, and changes nothing the second time', async (context) => {
    const { home, again } = await run(context, []);
    const file = join(home, '.claude/settings.json');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, '{"theme":"dark","env":{"OTHER":"1"}}');
    const write = ['claude', '--url', url, '--key', 'pg-good', '--write'];
    assert.equal(await again(write), 0);
    const settings = JSON.parse(await readFile(file, 'utf8')) as { theme: string; env: Record<string, string> };
    assert.deepEqual([settings.theme, settings.env['OTHER'], settings.env['ANTHROPIC_BASE_URL']], ['dark', '1', url]);
    assert.equal(await again(write), 0);
    const backups = (await readdir(dirname(file))).filter((name) => name.endsWith('.bak'));
    assert.equal(backups.length, 1);
    assert.equal(await readFile(join(dirname(file), backups[0] ?? ''), 'utf8'), '{"theme":"dark","env":{"OTHER":"1"}}');
  });

  test('leaves a file alone that it cannot read', async (context) => {
    const { home, again } = await run(context, []);
    const file = join(home, '.claude/settings.json');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, '{ // a comment\n}');
    assert.equal(await again(['claude', '--url', url, '--key', 'pg-good', '--write']), 1);
    assert.equal(await readFile(file, 'utf8'), '{ // a comment\n}');
  });

  for (const [what, args, code, reason] of [
    ['a wrong key', ['--key', 'pg-bad'], 1, 'does not accept this key'],
    ['no key', [], 1, 'purpgate keys create'],
    ['a wrong URL', ['--url', 'URL/other', '--key', 'pg-good'], 1, 'check --url'],
    ['a closed port', ['--url', 'http://127.0.0.1:64999'], 1, 'Nothing listens'],
    ['--write without a key', ['--write'], 1, 'Nothing is written'],
  ] as const)
    test(`tells the remedy for ${what}`, async (context) => {
      const given = ['pi', '--url', url, ...args].map((part) => part.replace('URL', url));
      const result = await run(context, given);
      assert.equal(result.code, code);
      assert.ok(result.err.includes(reason), result.err);
    });

  test('replaces its own tables and keys in TOML and keeps the rest', () => {
    const [file] = configurationOf('codex', ENDPOINT).files;
    assert.ok(file !== undefined);
    const present = 'model = "gpt"\nsandbox_mode = "read-only"\n\n[tools]\nmodel = "kept"\n';
    const once = mergeInto(present, file.content);
    assert.match(
      once,
      /^model = "nano"\nmodel_provider = "purpgate"\n\nsandbox_mode = "read-only"\n\n\[tools\]\nmodel = "kept"\n/,
    );
    assert.equal(mergeInto(once, file.content), once);
  });

  test('replaces the model of its name in a YAML list', () => {
    const [file] = configurationOf('continue', ENDPOINT).files;
    assert.ok(file !== undefined);
    const once = mergeInto('models:\n  - name: mine\n    provider: x\n', file.content);
    assert.match(once, /name: mine/);
    assert.equal(mergeInto(once, file.content), once);
  });
});
