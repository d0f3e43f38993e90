import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { createKey } from '../../src/access/keys.js';
import { exportCommand } from '../../src/cli/export.js';
import type { ConsentedInteraction } from '../../src/events/interaction.js';
import { createRewardStore } from '../../src/reward/store.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { answer, consented, optedOut, scoredRecord } from '../support/events.js';
import { temporaryFolder } from '../support/folder.js';

const toolCall = { id: 'call_1', name: 'write_file', arguments: '{"path":"a.py"}' };

/** What is to be exported, by a word in its answer; the other rows have the word `hidden`. */
describe('purpgate export', () => {
  let fresh: TestDatabase;
  const store = () => createRewardStore(fresh.database);
  const save = (event: ConsentedInteraction, record = scoredRecord()) =>
    store().saveInteraction(
      event,
      event.raw.map((_, choice) => ({ choice, record, scoredAt: new Date('2026-11-22T10:00:05Z') })),
    );

  before(async () => {
    fresh = await createTestDatabase();
    const { database } = fresh;
    await save(consented({ ts: '2026-11-20T00:00:00.000Z', raw: [answer('old')], version: null, pool: 'other' }));
    await save(consented({ ts: '2026-11-21T00:00:00.000Z', raw: [answer('null \0 and \ud800'), answer('second')] }));
    await save(
      consented({
        ts: '2026-11-22T00:00:00.000Z',
        raw: [answer('called', { tool_calls: [toolCall] })],
        request: {
          messages: [
            { role: 'user', content: 'Read it.' },
            { role: 'assistant', content: '', reasoning: 'r', tool_calls: [toolCall] },
            { role: 'tool', content: 'x = 1', tool_call_id: 'call_1' },
          ],
          tools: [],
          sampling: {},
          extra: {},
        },
      }),
      scoredRecord({ kind: 'general', score: 0.8 }),
    );
    await save(consented({ raw: [answer('hidden')] }), scoredRecord({ score: null, unscored_reason: 'no oracle' }));
    await store().saveInteraction(optedOut(), []);
    const denied = await createKey(database, {
      tenant: 'acme',
      name: 'denied since',
      training: 'deny',
      scopes: ['inference'],
      expiresAt: null,
      requestsPerMinute: null,
      honourStoreFalse: false,
    });
    await save(consented({ raw: [answer('hidden')], key_id: denied.id }));
    const erased = consented({ raw: [answer('hidden')] });
    await save(erased);
    await database.query('insert into erasures (interaction_id) values ($1)', [erased.id]);
  });
  after(() => fresh.drop());

  async function run(args: readonly string[], signal = new AbortController().signal) {
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    const code = await exportCommand(args, { stdin: process.stdin, stdout, stderr, signal }, () =>
      Promise.resolve(fresh.database),
    );
    return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
  }

  interface Line {
    readonly response: { readonly content: string };
    readonly completion: unknown;
    readonly [name: string]: unknown;
  }

  async function lines(file: string): Promise<Line[]> {
    const text = await readFile(file, 'utf8');
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line]));
  }

  const contents = async (file: string) => (await lines(file)).map(({ response }) => response.content);

  test('writes what may be used, whole and in order, for the owner alone', async (t) => {
    const file = join(await temporaryFolder(t), 'all.jsonl');
    const { code, out } = await run(['--format', 'jsonl', '--out', file]);
    assert.deepEqual([code, out], [0, `Wrote 4 samples to ${file}.\n`]);
    assert.deepEqual(await contents(file), ['old', 'null \0 and \ud800', 'second', 'called']);
    const [, event] = await lines(file);
    assert.deepEqual([event?.['score'], event?.['choice'], event?.['tenant']], [1, 0, 'acme']);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  });

  test('selects by time, kind, pool, version and number', async (t) => {
    const folder = await temporaryFolder(t);
    const select = async (...options: string[]) => {
      const file = join(folder, 'some.jsonl');
      await run(['--format', 'jsonl', '--out', file, '--force', ...options]);
      return contents(file);
    };
    assert.deepEqual(await select('--since', '2026-11-21', '--until', '2026-11-22'), ['null \0 and \ud800', 'second']);
    assert.deepEqual(await select('--kind', 'general'), ['called']);
    assert.deepEqual(await select('--pool', 'other'), ['old']);
    assert.deepEqual(await select('--version', 'purp@0123456789ab', '--limit', '1'), ['null \0 and \ud800']);
    assert.deepEqual(await select('--version', 'purp@ffffffffffff'), []);
  });

  test('writes conversations as TRL reads them, the answer as the policy wrote it', async (t) => {
    const file = join(await temporaryFolder(t), 'trl.jsonl');
    await run(['--format', 'trl', '--out', file]);
    const rows = await lines(file);
    assert.deepEqual(rows[2]?.completion, [
      {
        role: 'assistant',
        content: '## Analysis\nThe user wants harmless code, so A0 and A1 apply.\n## Answer\nsecond',
      },
    ]);
    assert.deepEqual(rows[0]?.completion, [{ role: 'assistant', content: 'old' }]);
    const called = { id: 'call_1', type: 'function', function: { name: 'write_file', arguments: '{"path":"a.py"}' } };
    assert.deepEqual(rows[3]?.['prompt'], [
      { role: 'user', content: 'Read it.' },
      { role: 'assistant', content: '', tool_calls: [called] },
      { role: 'tool', content: 'x = 1', tool_call_id: 'call_1' },
    ]);
  });

  test('writes Parquet with the columns of verl, and says what it cannot hold', async (t) => {
    const file = join(await temporaryFolder(t), 'verl.parquet');
    const { out, err } = await run(['--format', 'verl', '--out', file]);
    assert.match(out, /^Wrote 3 samples/);
    assert.match(err, /^1 samples were left out/m);
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(file) });
    assert.equal(rows.length, 3);
    const { extra_info: extra, ...row } = rows[0] ?? {};
    const prompt = 'Write a Python function that greets a user by name.';
    assert.deepEqual(row, {
      data_source: 'purpgate/code',
      prompt: [{ role: 'user', content: prompt }],
      ability: 'code',
      reward_model: { style: 'rule', ground_truth: prompt },
    });
    const { interaction_id: id, ...rest } = extra as Record<string, unknown>;
    assert.match(String(id), /^[0-9a-f-]{36}$/);
    const expected = { index: 0n, split: 'train', choice: 0, pool: 'other', version: null, score: 1, response: 'old' };
    assert.deepEqual(rest, expected);
  });

  test('reads page after page', async (t) => {
    const many = consented({ pool: 'many', raw: Array.from({ length: 210 }, (_, index) => answer(`${index}`)) });
    await save(many);
    const folder = await temporaryFolder(t);
    const file = join(folder, 'many.jsonl');
    await run(['--format', 'jsonl', '--out', file, '--pool', 'many']);
    assert.deepEqual(
      await contents(file),
      many.raw.map(({ content }) => content),
    );
    const parquet = join(folder, 'many.parquet');
    await run(['--format', 'verl', '--out', parquet, '--pool', 'many']);
    assert.equal((await parquetReadObjects({ file: await asyncBufferFromFile(parquet) })).length, 210);
  });

  test('leaves a file that is there as it is, and replaces it with --force', async (t) => {
    const file = join(await temporaryFolder(t), 'there.jsonl');
    await writeFile(file, 'mine');
    const refused = await run(['--format', 'jsonl', '--out', file]);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /--force/);
    assert.equal(await readFile(file, 'utf8'), 'mine');
    assert.equal((await run(['--format', 'jsonl', '--out', file, '--force', '--pool', 'other'])).code, 0);
    assert.deepEqual(await contents(file), ['old']);
  });

  test('leaves nothing behind when it is stopped', async (t) => {
    const folder = await temporaryFolder(t);
    const stopped = AbortSignal.abort(new Error('stopped'));
    await assert.rejects(run(['--format', 'jsonl', '--out', join(folder, 'a.jsonl')], stopped), /stopped/);
    assert.deepEqual(await readdir(folder), []);
  });

  test('says what is wrong with the arguments', async () => {
    for (const args of [
      ['--out', 'a'],
      ['--format', 'csv', '--out', 'a'],
      ['--format', 'trl'],
      ['--format', 'trl', '--out', 'a', '--kind', 'x'],
      ['--format', 'trl', '--out', 'a', '--since', 'soon'],
      ['--format', 'trl', '--out', 'a', '--limit', '0'],
    ])
      assert.equal((await run(args)).code, 2, args.join(' '));
  });
});
