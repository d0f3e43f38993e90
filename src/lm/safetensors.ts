/**
 * Reads and writes safetensors: 8 bytes length, a JSON header {name: {dtype, shape, data_offsets}}, then the bytes, little-endian.
 * Each tensor is read straight into its own array, so a checkpoint never lies in memory twice, and files above 2 GiB work.
 */
import { open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { PurpgateError } from '../errors.js';
import { readJson } from './tokenizer.js';
import { fromBfloat16, fromFloat16, toFloat16 } from './float16.js';

export interface WeightTensor {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array;
}

export type Weights = ReadonlyMap<string, WeightTensor>;

type StoredType = 'F32' | 'F16' | 'BF16';

interface Entry {
  readonly name: string;
  readonly dtype: StoredType;
  readonly shape: readonly number[];
  /** Byte range in the file. */
  readonly start: number;
  readonly end: number;
}

interface Header {
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
}

const BYTES: Readonly<Record<StoredType, number>> = { F32: 4, F16: 2, BF16: 2 };
/** The limit of the reference implementation. */
const MAX_HEADER_BYTES = 100_000_000;
/** A single read or write of more than 2^31 - 1 bytes is refused by the operating system. */
const MAX_TRANSFER_BYTES = 2 ** 30;

const SINGLE_FILE = 'model.safetensors';
const INDEX_FILE = 'model.safetensors.index.json';
const WEIGHTS_FILE = /^model(-\d{5}-of-\d{5})?\.safetensors$/;

const unusable = (message: string, cause?: unknown): PurpgateError =>
  new PurpgateError('model_unusable', { message, cause });

/** F32, F16 and BF16 tensors as float32. @throws PurpgateError `model_unusable`. */
export async function readSafetensors(file: string): Promise<Map<string, WeightTensor>> {
  return withHeader(file, async (handle, header) => {
    const tensors = new Map<string, WeightTensor>();
    for (const entry of header.entries)
      tensors.set(entry.name, { shape: entry.shape, data: await readTensor(handle, entry) });
    return tensors;
  });
}

/** The header's `__metadata__`; empty when there is none. @throws PurpgateError `model_unusable`. */
export async function readSafetensorsMetadata(file: string): Promise<Readonly<Record<string, string>>> {
  return withHeader(file, (_handle, header) => Promise.resolve(header.metadata));
}

/** The weights of a checkpoint folder, in one file or in shards. @throws PurpgateError `model_unusable`. */
export async function readModelWeights(folder: string): Promise<Map<string, WeightTensor>> {
  const weights = new Map<string, WeightTensor>();
  for (const file of await readShardNames(folder))
    for (const [name, tensor] of await readSafetensors(join(folder, file))) weights.set(name, tensor);
  return weights;
}

async function readShardNames(folder: string): Promise<ReadonlySet<string>> {
  const index = await readJson(folder, INDEX_FILE);
  if (index === null) return new Set([SINGLE_FILE]);
  const shards = new Set<string>();
  for (const name of Object.values(isRecord(index['weight_map']) ? index['weight_map'] : {})) {
    // A plain file name: a path would let whoever wrote the checkpoint choose a file of this machine.
    if (typeof name !== 'string' || !/^[\w.-]+\.safetensors$/.test(name))
      throw unusable(`${folder} names a shard badly`);
    shards.add(name);
  }
  if (shards.size === 0) throw unusable(`the shard index of ${folder} has no weight_map`);
  return shards;
}

interface ShardOptions {
  readonly dtype: 'F32' | 'F16';
  readonly metadata?: Readonly<Record<string, string>>;
  /** Bytes of tensors per file; a larger tensor gets a file of its own. */
  readonly maxShardBytes: number;
}

/**
 * Writes a checkpoint folder's weights: `model.safetensors`, or shards and their index as transformers names them. The index is
 * replaced after all shards are written, and files of an earlier layout are removed last.
 */
export async function writeModelWeights(folder: string, tensors: Weights, options: ShardOptions): Promise<void> {
  const shards = splitShards(tensors, options);
  const fileOf = (index: number): string =>
    shards.length === 1 ? SINGLE_FILE : `model-${fiveDigits(index + 1)}-of-${fiveDigits(shards.length)}.safetensors`;
  const places: Record<string, string> = {};
  for (const [index, shard] of shards.entries()) {
    await writeSafetensors(join(folder, fileOf(index)), shard, options);
    for (const name of shard.keys()) places[name] = fileOf(index);
  }
  const indexFile = join(folder, INDEX_FILE);
  if (shards.length > 1) {
    const total = [...tensors.values()].reduce((sum, { data }) => sum + data.length * BYTES[options.dtype], 0);
    await replaceFile(indexFile, (handle) =>
      handle.writeFile(`${JSON.stringify({ metadata: { total_size: total }, weight_map: places }, null, 2)}\n`),
    );
  } else await rm(indexFile, { force: true });
  const written = new Set(shards.map((_shard, index) => fileOf(index)));
  for (const name of await readdir(folder))
    if (WEIGHTS_FILE.test(name) && !written.has(name)) await rm(join(folder, name), { force: true });
}

const fiveDigits = (value: number): string => String(value).padStart(5, '0');

/** In their order; at least one shard. */
function splitShards(tensors: Weights, { dtype, maxShardBytes }: ShardOptions): Map<string, WeightTensor>[] {
  let shard = new Map<string, WeightTensor>();
  const shards = [shard];
  let size = 0;
  for (const [name, tensor] of tensors) {
    const bytes = tensor.data.length * BYTES[dtype];
    if (shard.size > 0 && size + bytes > maxShardBytes) {
      shard = new Map();
      shards.push(shard);
      size = 0;
    }
    shard.set(name, tensor);
    size += bytes;
  }
  return shards;
}

/** Writes to a temporary file beside it, flushes to the disk and renames: a reader never sees half a file. */
export async function writeSafetensors(
  file: string,
  tensors: Weights,
  options: { readonly dtype: 'F32' | 'F16'; readonly metadata?: Readonly<Record<string, string>> },
): Promise<void> {
  await replaceFile(file, async (handle) => {
    await writeAll(handle, encodeHeader(tensors, options));
    for (const { data } of tensors.values())
      await writeAll(handle, bytesOf(options.dtype === 'F32' ? data : toFloat16(data)));
  });
}

async function replaceFile(file: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  const temporary = `${file}.tmp-${process.pid}`;
  try {
    const handle = await open(temporary, 'w');
    try {
      await write(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
}

function encodeHeader(
  tensors: Weights,
  options: { readonly dtype: 'F32' | 'F16'; readonly metadata?: Readonly<Record<string, string>> },
): Uint8Array {
  const header: Record<string, unknown> = {};
  if (options.metadata !== undefined) header['__metadata__'] = options.metadata;
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    const end = offset + data.length * BYTES[options.dtype];
    header[name] = { dtype: options.dtype, shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(header));
  // Padded with spaces, so that the tensors are aligned for readers that map the file.
  const encoded = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ');
  encoded.writeBigUInt64LE(BigInt(encoded.length - 8));
  json.copy(encoded, 8);
  return encoded;
}

async function withHeader<Result>(
  file: string,
  use: (handle: FileHandle, header: Header) => Promise<Result>,
): Promise<Result> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (thrown) {
    throw unusable(`${file} can't be opened`, thrown);
  }
  try {
    return await use(handle, await readHeader(handle, file));
  } finally {
    await handle.close();
  }
}

async function readHeader(handle: FileHandle, file: string): Promise<Header> {
  const { size } = await handle.stat();
  const prefix = new Uint8Array(8);
  if (size < 8) throw unusable(`${file} is too short`);
  await readAll(handle, prefix, 0);
  const length = Number(new DataView(prefix.buffer).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES || 8 + length > size) throw unusable(`${file} has a header of ${length} bytes`);
  const json = new Uint8Array(length);
  await readAll(handle, json, 8);
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(json).toString('utf8'));
  } catch (thrown) {
    throw unusable(`${file} has a header that is not JSON`, thrown);
  }
  if (!isRecord(parsed)) throw unusable(`${file} has a header that is not an object`);
  return parseHeader(parsed, { file, dataStart: 8 + length, size });
}

function parseHeader(
  header: Readonly<Record<string, unknown>>,
  place: { readonly file: string; readonly dataStart: number; readonly size: number },
): Header {
  const entries: Entry[] = [];
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') {
      for (const [key, text] of Object.entries(isRecord(value) ? value : {}))
        if (typeof text === 'string') metadata[key] = text;
    } else entries.push(parseEntry(name, value, place));
  }
  return { entries, metadata };
}

function parseEntry(
  name: string,
  value: unknown,
  place: { readonly file: string; readonly dataStart: number; readonly size: number },
): Entry {
  const { dtype, shape, data_offsets: offsets } = isRecord(value) ? value : {};
  if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16')
    throw unusable(`${place.file}: ${name} has type ${JSON.stringify(dtype)}, expected F32, F16 or BF16`);
  if (!isSizes(shape) || !isSizes(offsets)) throw unusable(`${place.file}: ${name} has no valid shape or offsets`);
  const start = place.dataStart + (offsets[0] ?? 0);
  const end = place.dataStart + (offsets[1] ?? 0);
  const expected = shape.reduce((product, size) => product * size, BYTES[dtype]);
  if (end > place.size) throw unusable(`${place.file}: ${name} lies beyond the end of the file`);
  if (offsets.length !== 2 || end - start !== expected)
    throw unusable(`${place.file}: ${name} has ${end - start} bytes in the file, expected ${expected}`);
  return { name, dtype, shape, start, end };
}

async function readTensor(handle: FileHandle, entry: Entry): Promise<Float32Array> {
  const count = (entry.end - entry.start) / BYTES[entry.dtype];
  const stored = entry.dtype === 'F32' ? new Float32Array(count) : new Uint16Array(count);
  await readAll(handle, bytesOf(stored), entry.start);
  if (stored instanceof Float32Array) return stored;
  return entry.dtype === 'F16' ? fromFloat16(stored) : fromBfloat16(stored);
}

async function readAll(handle: FileHandle, target: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < target.length; ) {
    const length = Math.min(target.length - done, MAX_TRANSFER_BYTES);
    const { bytesRead } = await handle.read(target, done, length, position + done);
    if (bytesRead === 0) throw unusable('a weights file ended early');
    done += bytesRead;
  }
}

async function writeAll(handle: FileHandle, source: Uint8Array): Promise<void> {
  for (let done = 0; done < source.length; ) {
    const { bytesWritten } = await handle.write(source, done, Math.min(source.length - done, MAX_TRANSFER_BYTES));
    done += bytesWritten;
  }
}

const bytesOf = (array: Float32Array | Uint16Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSizes = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
