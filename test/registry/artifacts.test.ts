import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createArtifactStore } from '../../src/registry/artifacts.js';
import { temporaryFolder } from '../support/folder.js';

const parts = [Buffer.from('weights, '), Buffer.alloc(100_000, 7)];
const sha256 = createHash('sha256').update(Buffer.concat(parts)).digest('hex');
const corrupt = { code: 'artifact_corrupt' };

describe('artifact store', () => {
  test('keeps content under its digest, and the same content once', async (t) => {
    const folder = join(await temporaryFolder(t), 'artifacts');
    const store = createArtifactStore(folder);
    const artifact = await store.write(parts);
    assert.equal(artifact.sha256, sha256);
    assert.deepEqual(await store.verify(sha256), artifact);
    assert.deepEqual(await readFile(artifact.path), Buffer.concat(parts));
    await Promise.all([store.write(parts), store.write(parts), store.write([Buffer.from('other')])]);
    assert.equal((await readdir(folder)).length, 4);
  });

  test('finds a changed bit, a cut end, and a content without its marker', async (t) => {
    const folder = await temporaryFolder(t);
    const store = createArtifactStore(folder);
    const { path, bytes } = await store.write(parts);
    const content = await readFile(path);
    content[5_000] = 8;
    await writeFile(path, content);
    await assert.rejects(store.verify(sha256), corrupt);
    await store.write(parts);
    await truncate(path, bytes - 1);
    await assert.rejects(store.verify(sha256), corrupt);
    await store.write(parts);
    await rm(join(folder, `${sha256}.json`));
    await assert.rejects(store.verify(sha256), corrupt);
    await assert.rejects(store.verify('0'.repeat(64)), corrupt);
    await writeFile(join(folder, `${sha256}.json`), 'null');
    await assert.rejects(store.verify(sha256), corrupt);
    await store.write(parts);
    await rm(path);
    await assert.rejects(store.verify(sha256), corrupt);
  });

  test('leaves nothing behind when its source fails', async (t) => {
    const folder = await temporaryFolder(t);
    const source = async function* (): AsyncGenerator<Buffer> {
      yield* parts;
      await Promise.reject(new Error('planted'));
    };
    await assert.rejects(createArtifactStore(folder).write(source()), /planted/);
    assert.deepEqual(await readdir(folder), []);
  });
});
