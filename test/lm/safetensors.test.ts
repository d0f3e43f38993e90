import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { fromBfloat16, fromFloat16, toFloat16 } from '../../src/lm/float16.js';
import {
  readModelWeights,
  readSafetensors,
  readSafetensorsMetadata,
  writeModelWeights,
  writeSafetensors,
  type WeightTensor,
} from '../../src/lm/safetensors.js';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'purpgate-safetensors-'));
});
after(() => rm(folder, { recursive: true }));

const tensors = new Map<string, WeightTensor>([
  ['matrix', { shape: [2, 3], data: Float32Array.of(1, -2, 0.5, 1e-3, 70_000, 0) }],
  ['scalar', { shape: [], data: Float32Array.of(3) }],
  ['empty', { shape: [0, 4], data: new Float32Array() }],
]);

/** A file with this header and this many bytes of data. */
async function writeRaw(header: string, dataBytes = 0): Promise<string> {
  const file = join(folder, 'raw.safetensors');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
  await writeFile(file, Buffer.concat([length, Buffer.from(header), Buffer.alloc(dataBytes)]));
  return file;
}

describe('safetensors', () => {
  test('what was written as F32 is read back, with its metadata, and no temporary file stays', async () => {
    const file = join(folder, 'a.safetensors');
    await writeSafetensors(file, tensors, { dtype: 'F32', metadata: { format: 'pt', note: 'ü' } });
    assert.deepEqual(await readSafetensors(file), tensors);
    assert.deepEqual(await readSafetensorsMetadata(file), { format: 'pt', note: 'ü' });
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.includes('tmp')),
      [],
    );
  });

  test('F16 rounds, and what is too large becomes infinite', async () => {
    const file = join(folder, 'half.safetensors');
    await writeSafetensors(file, tensors, { dtype: 'F16' });
    const read = await readSafetensors(file);
    assert.deepEqual(read.get('matrix')?.data, Float32Array.of(1, -2, 0.5, 1049 * 2 ** -20, Infinity, 0));
  });

  test('a file of the reference layout with BF16 is read', async () => {
    const header = JSON.stringify({ x: { dtype: 'BF16', shape: [2], data_offsets: [0, 4] } });
    const file = join(folder, 'bf16.safetensors');
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    // An odd header length: the tensors of other writers need not be aligned.
    await writeFile(file, Buffer.concat([length, Buffer.from(header), Buffer.from([0x80, 0x3f, 0x49, 0xc0])]));
    assert.deepEqual((await readSafetensors(file)).get('x'), { shape: [2], data: Float32Array.of(1, -3.140625) });
  });

  test('a checkpoint in shards is read whole', async () => {
    const [matrix, scalar] = [tensors.get('matrix'), tensors.get('scalar')];
    assert.ok(matrix !== undefined && scalar !== undefined);
    const shards = {
      'model-1.safetensors': new Map([['matrix', matrix]]),
      'model-2.safetensors': new Map([['scalar', scalar]]),
    };
    for (const [name, content] of Object.entries(shards))
      await writeSafetensors(join(folder, name), content, { dtype: 'F32' });
    const index = { weight_map: { matrix: 'model-1.safetensors', scalar: 'model-2.safetensors' } };
    const indexFile = join(folder, 'model.safetensors.index.json');
    await writeFile(indexFile, JSON.stringify(index));
    assert.deepEqual(
      await readModelWeights(folder),
      new Map([
        ['matrix', matrix],
        ['scalar', scalar],
      ]),
    );
    await writeFile(indexFile, JSON.stringify({ weight_map: { matrix: '../elsewhere/model-1.safetensors' } }));
    await assert.rejects(readModelWeights(folder), { code: 'model_unusable' });
    await writeFile(indexFile, '{}');
    await assert.rejects(readModelWeights(folder), { code: 'model_unusable' });
    await rm(indexFile);
    await assert.rejects(readModelWeights(folder), { code: 'model_unusable', message: /can't be opened/ });
  });

  test('a checkpoint is written in shards with an index, or in one file, and files of the earlier layout go', async () => {
    const checkpoint = join(folder, 'sharded');
    await mkdir(checkpoint);
    const written = async (maxShardBytes: number): Promise<string[]> => {
      await writeModelWeights(checkpoint, tensors, { dtype: 'F32', metadata: { format: 'pt' }, maxShardBytes });
      assert.deepEqual(await readModelWeights(checkpoint), tensors);
      return (await readdir(checkpoint)).sort();
    };
    assert.deepEqual(await written(28), ['model.safetensors']);
    const names = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
    // The matrix alone is larger than 10 bytes and has a file of its own.
    for (const bytes of [10, 27]) assert.deepEqual(await written(bytes), [...names, 'model.safetensors.index.json']);
    assert.deepEqual(JSON.parse(await readFile(join(checkpoint, 'model.safetensors.index.json'), 'utf8')), {
      metadata: { total_size: 28 },
      weight_map: { matrix: names[0], scalar: names[1], empty: names[1] },
    });
    assert.deepEqual(await readSafetensorsMetadata(join(checkpoint, names[1] ?? '')), { format: 'pt' });
    assert.deepEqual(await written(28), ['model.safetensors']);
  });

  const broken: Readonly<Record<string, () => Promise<string>>> = {
    'a header that is not JSON': () => writeRaw('{"x"'),
    'a header that is a list': () => writeRaw('[]'),
    'an entry that is no object': () => writeRaw('{"x": 1}'),
    'a type that is not supported': () => writeRaw('{"x":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}', 8),
    'a shape that does not fit the bytes': () => writeRaw('{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}', 8),
    'bytes beyond the end': () => writeRaw('{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', 7),
    'more bytes than any memory has': () =>
      writeRaw(`{"x":{"dtype":"F32","shape":[${2 ** 40}],"data_offsets":[0,${2 ** 42}]}}`),
    'a negative size': () => writeRaw('{"x":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}', 4),
    'a header longer than the file': async () => {
      const file = join(folder, 'short.safetensors');
      await writeFile(file, Buffer.from([200, 0, 0, 0, 0, 0, 0, 0, 123]));
      return file;
    },
    'fewer than eight bytes': async () => {
      const file = join(folder, 'tiny.safetensors');
      await writeFile(file, 'abc');
      return file;
    },
  };
  for (const [name, make] of Object.entries(broken))
    test(`refuses ${name}`, async () => {
      await assert.rejects(readSafetensors(await make()), { code: 'model_unusable' });
    });
});

describe('half precision', () => {
  test('every value survives the way to float32 and back', () => {
    const all = Uint16Array.from({ length: 65_536 }, (_unused, index) => index);
    const back = toFloat16(fromFloat16(all));
    const isNan = (bits: number): boolean => (bits & 0x7fff) > 0x7c00;
    all.forEach((bits, index) => {
      if (isNan(bits)) assert.ok(isNan(back[index] ?? 0));
      else assert.equal(back[index], bits);
    });
  });

  test('a float32 becomes the nearest value, the even one of two', () => {
    const half = (value: number): number => toFloat16(Float32Array.of(value))[0] ?? NaN;
    const finite = fromFloat16(Uint16Array.from({ length: 0x7c00 }, (_unused, index) => index));
    fc.assert(
      fc.property(fc.float({ min: 0, max: 65_504, noNaN: true }), (value) => {
        const bits = half(value);
        const distance = Math.abs((finite[bits] ?? NaN) - value);
        for (const other of [bits - 1, bits + 1]) {
          const otherDistance = Math.abs((finite[other] ?? Infinity) - value);
          assert.ok(distance < otherDistance || (distance === otherDistance && bits % 2 === 0));
        }
        assert.equal(half(-value), bits | 0x8000);
      }),
      { numRuns: 2_000 },
    );
    assert.deepEqual([half(65_519), half(65_520), half(2 ** -25), half(2 ** -25 * 1.0001)], [0x7bff, 0x7c00, 0, 1]);
  });

  test('bfloat16 is the upper half of a float32', () => {
    assert.deepEqual(fromBfloat16(Uint16Array.of(0x3f80, 0xff80, 0x0001)), Float32Array.of(1, -Infinity, 2 ** -133));
  });
});
