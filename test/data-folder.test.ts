import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readRunFile, writeRunFile } from '../src/data-folder.js';
import { temporaryFolder } from './support/folder.js';

const RUN = { url: 'http://127.0.0.1:1', adminUrl: 'http://127.0.0.1:2', databaseUrl: 'postgres://x' };

describe('run.json', () => {
  test('is read as it was written', async (context) => {
    const folder = await temporaryFolder(context);
    await writeRunFile(folder, RUN);
    assert.deepEqual(await readRunFile(folder), { pid: process.pid, ...RUN });
    assert.deepEqual(await readdir(folder), ['run.json']);
  });

  test('that makes no sense, or was left by a process that is gone, says that nothing runs', async (context) => {
    const folder = await temporaryFolder(context);
    const gone = JSON.stringify({ pid: 2 ** 30, ...RUN });
    for (const text of ['', '{"pid": 1', '[]', 'null', '{"pid":"1"}', JSON.stringify({ ...RUN, pid: 1.5 }), gone]) {
      await writeFile(join(folder, 'run.json'), text);
      assert.equal(await readRunFile(folder), null, text);
    }
  });

  test('that cannot be written or read is said to be the fault of the data folder', async (context) => {
    const folder = await temporaryFolder(context);
    await mkdir(join(folder, 'run.json'));
    const fault = { code: 'data_folder_unusable', publicMessage: /PURPGATE_DATA.*run\.json.*EISDIR/ };
    await assert.rejects(writeRunFile(folder, RUN), fault);
    await assert.rejects(readRunFile(folder), fault);
    assert.deepEqual(await readdir(folder), ['run.json']);
  });
});
