import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createRegistry, versionName } from '../../src/registry/registry.js';
import { createVersionControl, type AdapterSource } from '../../src/release/control.js';
import { proveVersion, readProbe } from '../../src/release/probe.js';
import { initialAdapter, loraFeeds, readAdapter, writeAdapter, type Adapter } from '../../src/lm/lora.js';
import { Random } from '../../src/lm/random.js';
import { readSafetensors, writeSafetensors, type Weights } from '../../src/lm/safetensors.js';
import { importAdapter, type ImportJob } from '../../trainer/adapter-import.js';
import { createAdapterImporter } from '../../trainer/adapter-import-process.js';
import { digestOf } from '../../trainer/checkpoint.js';
import { never } from '../contracts/engine.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { engineStarter } from '../support/embedded-engine.js';
import type { TinyModel } from '../support/tiny-model.js';
import type { EmbeddedEngine } from '../../src/engine/embedded/engine.js';
import type { VersionName } from '../../src/types.js';

const FILE = 'adapter_model.safetensors';
const CONFIG = { peft_type: 'LORA', r: 4, lora_alpha: 8, bias: 'none', target_modules: ['q_proj', 'v_proj'] };

describe('an adapter that was trained elsewhere', () => {
  const start = engineStarter();
  let engine: EmbeddedEngine;
  let model: TinyModel;
  let root = '';
  let own: TestDatabase;
  const jobOf = (folder: string, sha256: string): ImportJob => ({
    ...{ root, folder, sha256, model: model.folder },
    artifacts: join(root, '..', 'artifacts'),
  });

  before(async () => {
    ({ engine, model } = await start());
    root = join(await mkdtemp(join(tmpdir(), 'adapter-import-')), 'adapters');
    await mkdir(root);
    own = await createTestDatabase();
  });
  after(async () => {
    await own.drop();
    await rm(join(root, '..'), { recursive: true });
  });

  function trained(): Adapter {
    const adapter = initialAdapter(model.config, { rank: 4, alpha: 8, seed: 1 });
    const random = new Random(7);
    for (const { data } of adapter.tensors.values())
      for (const index of data.keys()) data[index] = 0.3 * random.gaussian();
    return adapter;
  }

  interface Delivery {
    readonly config?: object;
    /** From the tensors of queries and values. */
    readonly change?: (tensors: Map<string, { shape: readonly number[]; data: Float32Array }>) => void;
  }

  /** As PEFT saves it: no rank in the file, and only the maps that were trained. */
  async function deliver(folder: string, { config = {}, change }: Delivery = {}): Promise<string> {
    const path = join(root, folder);
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'adapter_config.json'), JSON.stringify({ ...CONFIG, ...config }));
    const file = join(path, FILE);
    await writeAdapter(file, trained(), model.config);
    const tensors = new Map([...(await readSafetensors(file))].filter(([name]) => /[qv]_proj/.test(name)));
    change?.(tensors);
    const written: Weights = tensors;
    await writeSafetensors(file, written, { dtype: 'F32', metadata: { format: 'pt' } });
    return digestOf(file);
  }

  test('is a candidate with a probe that an engine proves, and has its place in the audit trail', async () => {
    const sha256 = await deliver('acme/run-7');
    const importer = createAdapterImporter(jobOf('', ''));
    const registry = createRegistry(own.database);
    const base = engine.model.version ?? assert.fail('no version');
    const live = { sha256: await digestOf(join(model.folder, 'model.safetensors')), base: model.folder };
    await registry.ensureLive({ ...live, adapter: null, parent: null, pool: 'shared' }, { actor: 'a', reason: 'b' });
    const adapters: AdapterSource = { base, model: model.folder, pool: 'shared', fetch: importer.fetch };
    const control = createVersionControl({ database: own.database, registry, adapters });
    const request = { folder: 'acme/run-7', sha256, base, actor: 'key k', reason: 'better' };

    const first = control.register(request);
    await assert.rejects(control.register(request), { code: 'overloaded' });
    const version = await first;
    assert.deepEqual([version.state, version.parent, version.pool], ['candidate', base, 'shared']);
    const folder = version.adapter ?? assert.fail('no adapter');
    assert.equal(await digestOf(join(folder, FILE)), version.sha256);
    const served = await readAdapter(join(folder, FILE), model.config);
    const isServed = (name: string): boolean => served.tensors.get(name)?.data.some((value) => value !== 0) ?? false;
    assert.deepEqual(['lora.0.q.b', 'lora.0.k.b'].map(isServed), [true, false]);
    assert.ok(loraFeeds(served));

    await engine.loadAdapter(version.name, join(folder, FILE));
    const proof = await proveVersion(
      { engine, version: version.name, base, entries: await readProbe(folder) },
      never(),
    );
    assert.equal(proof.outcome, 'proven');
    const trail = await own.database.query<{ actor: string; details: { reason: string } }>(
      "SELECT actor, details FROM audit_trail WHERE subject = $1 AND action = 'version.candidate'",
      [version.name],
    );
    assert.deepEqual([trail.length, trail[0]?.actor], [1, 'key k']);
    assert.match(trail[0]?.details.reason ?? '', new RegExp(`better .*acme/run-7, .*${sha256}`));
    // The gate has not judged it.
    await assert.rejects(control.promote({ name: version.name, force: false, actor: 'key k', reason: 'now' }), {
      code: 'invalid_request',
    });

    const other: VersionName = versionName('f'.repeat(64));
    await assert.rejects(control.register({ ...request, base: other }), { param: 'base' });
    const closed = createVersionControl({ database: own.database, registry, adapters: null });
    await assert.rejects(closed.register(request), { code: 'invalid_request' });
    await importer.stop();
    await importer.stop();
    await assert.rejects(importer.fetch(request), { code: 'request_aborted' });
  });

  test('is refused with what does not fit, without a path of the server', async () => {
    const refused = async (delivery: Delivery, expected: RegExp): Promise<void> => {
      const sha256 = await deliver('wrong', delivery);
      await assert.rejects(importAdapter(jobOf('wrong', sha256), never()), (thrown: Error & { code?: string }) => {
        assert.equal(thrown.code, 'invalid_request');
        assert.match(thrown.message, expected);
        assert.doesNotMatch(thrown.message, /\/tmp|import-/);
        return true;
      });
    };
    await refused({ config: { peft_type: 'IA3' } }, /peft_type must be "LORA"/);
    await refused({ config: { r: 0 } }, /r must be a whole number/);
    await refused({ config: { r: 8 } }, /is \[4,64\], expected \[8,64\] at rank 8/);
    await refused({ config: { lora_alpha: -1 } }, /lora_alpha must be above 0/);
    await refused({ config: { use_dora: true } }, /use_dora must be false/);
    await refused({ config: { modules_to_save: ['lm_head'] } }, /modules_to_save must be empty/);
    await refused({ config: { base_model_name_or_path: '/data/other-model' } }, /is other-model, this model is tiny/);
    await refused({ config: { revision: 'purp@ffffffffffff' } }, /revision is not that of this model/);
    const first = 'base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight';
    await refused({ change: (tensors) => tensors.delete(first) }, /is there without .*q_proj\.lora_B/);
    const stranger = { shape: [1], data: new Float32Array(1) };
    await refused({ change: (tensors) => tensors.set('lm_head.weight', stranger) }, /lm_head\.weight is no tensor/);
    await refused({ change: (tensors) => tensors.get(first)?.data.fill(NaN) }, /is not finite/);
    const clear: Delivery['change'] = (tensors) => {
      tensors.clear();
    };
    await refused({ change: clear }, /has no tensors/);
    const zero: Delivery['change'] = (tensors) => {
      for (const { data } of tensors.values()) data.fill(0);
    };
    await refused({ change: zero }, /the adapter changes nothing/);
    await deliver('wrong');
    await assert.rejects(importAdapter(jobOf('wrong', '0'.repeat(64)), never()), { param: 'sha256' });
    await writeFile(join(root, 'wrong', FILE), 'no tensors');
    const broken = await digestOf(join(root, 'wrong', FILE));
    await assert.rejects(importAdapter(jobOf('wrong', broken), never()), { code: 'invalid_request' });
    // Nothing half made stays.
    const left = await readdir(join(root, '..', 'artifacts')).catch(() => []);
    assert.deepEqual(
      left.filter((name) => name.startsWith('import-') || name.includes('.new')),
      [],
    );
  });

  test('leaves nothing behind, nor what an import left that was killed an hour ago', async () => {
    const sha256 = await deliver('swept');
    const { artifacts } = jobOf('', '');
    const [old, young] = [join(artifacts, 'import-killed'), join(artifacts, 'import-running')];
    for (const folder of [old, young]) await mkdir(folder, { recursive: true });
    const hoursAgo = new Date(Date.now() - 2 * 60 * 60_000);
    await utimes(old, hoursAgo, hoursAgo);
    await importAdapter(jobOf('swept', sha256), never());
    assert.deepEqual(
      (await readdir(artifacts)).filter((name) => name.startsWith('import-')),
      ['import-running'],
    );
    await rm(young, { recursive: true });
  });

  test('is taken from nowhere but the folder of the operator', async () => {
    const sha256 = await deliver('../outside');
    await symlink(join(root, '..', 'outside'), join(root, 'link'));
    await mkdir(join(root, 'files'));
    for (const name of [FILE, 'adapter_config.json'])
      await symlink(join(root, '..', 'outside', name), join(root, 'files', name));
    for (const folder of ['../outside', 'link', 'files', '/etc', '.', '', 'absent', 'wrong/../../outside', 'a\u0000b'])
      await assert.rejects(
        importAdapter(jobOf(folder, sha256), never()),
        { code: 'invalid_request', param: 'folder' },
        folder,
      );
  });
});
