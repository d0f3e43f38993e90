/** What a new user does: start it, ask it, stop it, start it again; and what goes wrong at a start. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import OpenAI from 'openai';
import { childEnvironment, packageRoot } from '../../src/config.js';
import { readRunFile } from '../../src/data-folder.js';
import { openDatabase } from '../../src/db.js';
import { createLogger } from '../../src/telemetry.js';
import { makeFolder } from '../support/folder.js';
import { type StartedInstance, endProcess, processesOn, startInstanceProcess } from '../support/instance.js';

const PROMPT = 'Write a Python function find_user that looks up a user by name in SQLite.';

/** Runs `purpgate start` that is expected to fail. */
async function failedStart(
  environment: Readonly<Record<string, string>>,
): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [join(packageRoot, 'dist/src/cli/main.js'), 'start'], {
    env: { ...childEnvironment(), ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  return { code, stderr };
}

function assertOneClearLine({ code, stderr }: { code: number | null; stderr: string }, setting: RegExp): void {
  assert.equal(code, 1, stderr);
  assert.match(stderr, setting);
  assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
  assert.doesNotMatch(stderr, /\n\s+at /);
}

describe('purpgate start', () => {
  let folder: string;
  let instance: StartedInstance;
  let client: OpenAI;

  const connect = () => {
    client = new OpenAI({ baseURL: `${instance.url}/v1`, apiKey: instance.clientKey, maxRetries: 0 });
  };

  before(async () => {
    folder = await makeFolder();
    instance = await startInstanceProcess({ folder });
    connect();
  });

  after(async () => {
    await endProcess(instance.process, 'SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  test('is ready soon and prints a request that works', async () => {
    // 2 to 3 s on a quiet machine (docs/campaigns.md); here others compete for it.
    assert.ok(instance.seconds < 30, `${instance.seconds} s`);
    const command = /curl [\s\S]*?'\n/.exec(instance.output())?.[0];
    assert.ok(command !== undefined, instance.output());
    const shell = spawn('sh', ['-c', command.replace('curl ', 'curl -sf ')], { stdio: ['ignore', 'pipe', 'inherit'] });
    let body = '';
    shell.stdout.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    const code = await new Promise((resolve) => shell.once('exit', resolve));
    assert.equal(code, 0);
    assert.match(body, /"object": ?"chat.completion"/);
  });

  test('keeps its keys and its address for the owner alone', async () => {
    for (const name of ['client.key', 'admin.key', 'run.json'])
      assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600, name);
  });

  test('answers the official client: a completion, a stream, the models, an error', async () => {
    const models = await client.models.list();
    assert.deepEqual(
      models.data.map(({ id }) => id),
      ['purpgate-nano'],
    );

    const request = { model: 'purpgate-nano', messages: [{ role: 'user' as const, content: PROMPT }], temperature: 0 };
    const whole = await client.chat.completions.create(request);
    const content = whole.choices[0]?.message.content ?? '';
    assert.ok(content.length > 0);
    assert.ok((whole.usage?.completion_tokens ?? 0) > 0);
    assert.match(JSON.stringify(whole), /"system_fingerprint":"purp@[0-9a-f]{12}"/);

    let streamed = '';
    for await (const chunk of await client.chat.completions.create({ ...request, stream: true }))
      streamed += chunk.choices[0]?.delta.content ?? '';
    assert.equal(streamed, content);

    await assert.rejects(client.chat.completions.create({ ...request, model: 'gpt-4' }), (error) => {
      assert.ok(error instanceof OpenAI.NotFoundError);
      assert.equal(error.code, 'model_not_found');
      return true;
    });
    const stranger = new OpenAI({ baseURL: `${instance.url}/v1`, apiKey: 'pg-wrong-wrong', maxRetries: 0 });
    await assert.rejects(stranger.models.list(), OpenAI.AuthenticationError);
  });

  test('stops generating when the client leaves', async () => {
    const metric = async () => {
      const response = await fetch(`${instance.adminUrl}/metrics`, {
        headers: { authorization: `Bearer ${instance.adminKey}` },
      });
      return Number(/^purpgate_requests_in_flight (\d+)/m.exec(await response.text())?.[1]);
    };
    const leavers = Array.from({ length: 40 }, async () => {
      const stream = await client.chat.completions.create({
        model: 'purpgate-nano',
        messages: [{ role: 'user', content: PROMPT }],
        stream: true,
        n: 4,
      });
      for await (const chunk of stream) if (chunk.choices.length > 0) break;
      stream.controller.abort();
    });
    await Promise.all(leavers);
    for (let waited = 0; (await metric()) > 0; waited += 50) {
      assert.ok(waited < 3000, 'requests of clients that left are still in flight');
      await delay(50);
    }
    // The engine is free: a short request does not queue behind what was abandoned.
    const startedAt = performance.now();
    await client.chat.completions.create({
      model: 'purpgate-nano',
      messages: [{ role: 'user', content: 'Hello!' }],
      max_completion_tokens: 4,
    });
    assert.ok(performance.now() - startedAt < 3000);
  });

  test('writes what it served to the database and scores it', async () => {
    const { data, response } = await client.chat.completions
      .create({ model: 'purpgate-nano', messages: [{ role: 'user', content: PROMPT }] })
      .withResponse();
    assert.ok(data.choices.length === 1);
    const id = response.headers.get('x-request-id');
    const database = await openDatabase(instance.databaseUrl, createLogger('silent'));
    const rows = () =>
      database.query<{ kind: string; score: number | null; status: string }>(
        'SELECT r.kind, r.score, i.status FROM rewards r JOIN interactions i ON i.id = r.interaction_id WHERE i.id = $1',
        [id],
      );
    for (let waited = 0; (await rows()).length === 0; waited += 100) {
      assert.ok(waited < 10_000, 'no reward row');
      await delay(100);
    }
    const [row] = await rows();
    assert.equal(row?.kind, 'code');
    await database.close();
  });

  test('refuses a second instance on the same folder', async () => {
    const result = await failedStart({ PURPGATE_DATA: folder, PORT: '0' });
    assertOneClearLine(result, /PURPGATE_DATA|data folder/i);
    assert.match(result.stderr, new RegExp(String(instance.process.pid)));
  });

  test('ends within 5 s of Ctrl-C, leaves no process, and keeps all data for the next start', async () => {
    const startedAt = performance.now();
    assert.equal(await endProcess(instance.process, 'SIGINT'), 0, instance.output());
    assert.ok(performance.now() - startedAt < 5000);
    assert.deepEqual(processesOn(folder), []);
    const key = instance.clientKey;
    instance = await startInstanceProcess({ folder });
    connect();
    assert.equal(instance.clientKey, key);
    const database = await openDatabase(instance.databaseUrl, createLogger('silent'));
    const [row] = await database.query<{ count: string }>('SELECT count(*) FROM interactions');
    await database.close();
    assert.ok(Number(row?.count) > 0);
  });

  test('ends in order when nobody reads any more what it prints', async () => {
    instance.process.stdout?.destroy();
    instance.process.stderr?.destroy();
    assert.equal(await endProcess(instance.process, 'SIGINT'), 0);
    assert.equal(await readRunFile(folder), null);
    await assert.rejects(stat(join(folder, 'run.json')), { code: 'ENOENT' });
    assert.deepEqual(processesOn(folder), []);
  });
});

describe('purpgate start fails with one clear line', () => {
  let folder: string;
  before(async () => {
    folder = await makeFolder();
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test('when the port is in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const result = await failedStart({ PURPGATE_DATA: folder, PORT: String(port) });
    server.close();
    assertOneClearLine(result, /PORT/);
  });

  test('when the data folder cannot be written', async () => {
    // A file in the place of the folder stops root too.
    const file = join(folder, 'file');
    await writeFile(file, '');
    await chmod(file, 0o400);
    assertOneClearLine(await failedStart({ PURPGATE_DATA: join(file, 'data'), PORT: '0' }), /PURPGATE_DATA/);
  });

  test('when a setting is not valid', async () => {
    assertOneClearLine(await failedStart({ PURPGATE_DATA: folder, PORT: 'http' }), /PORT/);
  });

  test('when the database cannot be reached', async () => {
    const result = await failedStart({
      PURPGATE_DATA: join(folder, 'd'),
      PORT: '0',
      DATABASE_URL: 'postgres://nobody:hunter2@127.0.0.1:9/none',
    });
    assertOneClearLine(result, /DATABASE_URL/);
    assert.doesNotMatch(result.stderr, /hunter2/);
  });

  test('when the model folder holds no model', async () => {
    assertOneClearLine(
      await failedStart({ PURPGATE_DATA: join(folder, 'm'), PORT: '0', PURPGATE_MODEL: folder }),
      /PURPGATE_MODEL|model/,
    );
  });
});
