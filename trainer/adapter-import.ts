/**
 * Makes a version of an adapter that was trained elsewhere. All is checked on a copy: who can write to the operator's folder must not change
 * what was checked. The probe is scored by the learner, as that of a version that was trained here.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { createEmbeddedEngine, type EmbeddedEngine } from '../src/engine/embedded/engine.js';
import { PurpgateError } from '../src/errors.js';
import { writeAdapter, type Adapter } from '../src/lm/lora.js';
import { readModelConfig, type DecoderConfig } from '../src/lm/model-config.js';
import { readPeftAdapter, readPeftConfig, writePeftConfig, type PeftConfig } from '../src/lm/peft.js';
import { readModelWeights } from '../src/lm/safetensors.js';
import { readJson } from '../src/lm/tokenizer.js';
import { versionName } from '../src/registry/registry.js';
import { ADAPTER_FILE, PEFT_FILE, proveVersion, writeProbe } from '../src/release/probe.js';
import { createLogger, createMetrics } from '../src/telemetry.js';
import { digestOf, replaceFolder } from './checkpoint.js';
import { GRPO_PURPCODE } from './grpo.js';
import { createOnnxLearner } from './onnx-learner.js';
import { probeOf } from './publish.js';

export interface ImportJob {
  /** Of the operator. */
  readonly root: string;
  /** Below `root`, as the caller names it. */
  readonly folder: string;
  /** Hex, of the adapter's file as it was delivered. */
  readonly sha256: string;
  /** Folder of the model that it was trained on. */
  readonly model: string;
  /** Folder of the artifact store. */
  readonly artifacts: string;
}

export interface ImportedAdapter {
  /** Hex, of the adapter's file as it is served. */
  readonly sha256: string;
  /** Folder with adapter and probe. */
  readonly adapter: string;
}

const MOST_BYTES = { [PEFT_FILE]: 1 << 20, [ADAPTER_FILE]: 2 ** 32 };
/** Neither `..` nor a hidden folder can be named. */
const FOLDER = /^\w[\w.-]*(?:\/\w[\w.-]*)*$/;
const THREADS = 1;
const SCRATCH = 'import-';
/** No import takes as long. */
const ABANDONED_MS = 60 * 60_000;

const refuse = (param: string, reason: string): never => {
  throw new PurpgateError('invalid_request', { publicMessage: `${param}: ${reason}`, param });
};

/** @throws PurpgateError `invalid_request`, which says what does not fit; of the engine and the learner. */
export async function importAdapter(job: ImportJob, signal: AbortSignal): Promise<ImportedAdapter> {
  const source = await folderWithin(job.root, job.folder);
  await mkdir(job.artifacts, { recursive: true });
  await sweep(job.artifacts);
  const scratch = await mkdtemp(join(job.artifacts, SCRATCH));
  try {
    await copy(source, scratch, PEFT_FILE);
    if ((await copy(source, scratch, ADAPTER_FILE)) !== job.sha256)
      refuse('sha256', `it is not the digest of ${ADAPTER_FILE}`);
    const config = await readModelConfig(job.model);
    const adapter = await readCopy(scratch, config, job.model).catch(refuseUnusable);
    const file = join(scratch, 'served.safetensors');
    await writeAdapter(file, adapter, config);
    const sha256 = await digestOf(file);
    const target = join(job.artifacts, sha256);
    if ((await stat(target).catch(() => null)) === null)
      await writeVersion({ job, config, adapter, file, sha256, target }, signal);
    return { sha256, adapter: target };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Removes what imports left that were killed. */
async function sweep(artifacts: string): Promise<void> {
  for (const name of await readdir(artifacts)) {
    if (!name.startsWith(SCRATCH)) continue;
    const path = join(artifacts, name);
    // Another import may have ended meanwhile.
    const found = await stat(path).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > ABANDONED_MS) await rm(path, { recursive: true, force: true });
  }
}

async function folderWithin(root: string, folder: string): Promise<string> {
  if (!FOLDER.test(folder)) refuse('folder', 'expected names of letters, digits, _, . and -, with / between them');
  const top = await realpath(root).catch(() => refuse('folder', 'the folder of ADAPTERS_FOLDER is not there'));
  const found = await realpath(join(top, folder)).catch(() => refuse('folder', 'there is no such folder'));
  // A link may lead out of it.
  return found.startsWith(`${top}${sep}`) ? found : refuse('folder', 'there is no such folder');
}

/** Hex digest of what was copied. */
async function copy(from: string, to: string, name: keyof typeof MOST_BYTES): Promise<string> {
  const refuseFile = (): never => refuse('folder', `it has no file ${name}`);
  // A pipe would be waited for.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const source = await open(join(from, name), flags).catch(refuseFile);
  try {
    const { size } = await source.stat().then((found) => (found.isFile() ? found : refuseFile()));
    if (size > MOST_BYTES[name]) refuse('folder', `${name} is too large`);
    const target = await open(join(to, name), 'wx');
    const hash = createHash('sha256');
    try {
      const content: AsyncIterable<Buffer> = source.createReadStream({ autoClose: false, end: Math.max(size - 1, 0) });
      for await (const part of content) {
        hash.update(part);
        await target.writeFile(part);
      }
    } finally {
      await target.close();
    }
    return hash.digest('hex');
  } finally {
    await source.close();
  }
}

async function readCopy(folder: string, config: DecoderConfig, model: string): Promise<Adapter> {
  const peft = readPeftConfig((await readJson(folder, PEFT_FILE)) ?? {});
  await checkBase(peft, model);
  return readPeftAdapter(join(folder, ADAPTER_FILE), config, peft);
}

/** By the last part of the name: the folder of the model is another one where it was trained. */
async function checkBase({ base, revision }: PeftConfig, model: string): Promise<void> {
  const id = (await readJson(model, 'purpgate.json'))?.['id'];
  const names = [basename(model), ...(typeof id === 'string' ? [id, basename(id)] : [])];
  if (base !== null && !names.includes(basename(base)))
    refuse('folder', `${PEFT_FILE}: base_model_name_or_path is ${basename(base)}, this model is ${names.at(-1)}`);
  // A branch says nothing; the request names the weights.
  if (revision === null || revision === 'main') return;
  const weights = await digestOf(join(model, 'model.safetensors')).catch(() => null);
  if (weights === null || ![weights, versionName(weights)].includes(revision))
    refuse('folder', `${PEFT_FILE}: revision is not that of this model`);
}

/** What is wrong with the delivered files is the caller's affair; their paths are not. */
function refuseUnusable(thrown: unknown): never {
  if (thrown instanceof PurpgateError && thrown.code === 'model_unusable')
    throw new PurpgateError('invalid_request', {
      publicMessage: `folder: ${thrown.message.replaceAll(/\/\S*\//g, '')}`,
      param: 'folder',
      cause: thrown,
    });
  throw thrown;
}

interface VersionParts {
  readonly job: ImportJob;
  readonly config: DecoderConfig;
  readonly adapter: Adapter;
  /** The adapter as it is served. */
  readonly file: string;
  readonly sha256: string;
  readonly target: string;
}

async function writeVersion(parts: VersionParts, signal: AbortSignal): Promise<void> {
  const { job, file } = parts;
  const engine = createEmbeddedEngine({
    folder: job.model,
    threads: THREADS,
    maxQueued: 64,
    logger: createLogger('warn'),
    metrics: createMetrics(),
  });
  try {
    await engine.start(signal);
    await engine.loadAdapter(versionName(parts.sha256), file);
    // A folder is begun only for what has passed.
    const entries = await provenProbe(parts, engine, signal);
    await replaceFolder(parts.target, async (fresh) => {
      await writeProbe(fresh, entries);
      await writePeftConfig(join(fresh, PEFT_FILE), { adapter: file, base: job.model });
      await rename(file, join(fresh, ADAPTER_FILE));
    });
  } finally {
    await engine.stop();
  }
}

async function provenProbe(
  { job, config, adapter, sha256 }: VersionParts,
  engine: EmbeddedEngine,
  signal: AbortSignal,
) {
  const learner = await createOnnxLearner(config, await readModelWeights(job.model), {
    adapter,
    algorithm: GRPO_PURPCODE,
    threads: THREADS,
  });
  try {
    const version = versionName(sha256);
    const entries = await probeOf({ engine, version, learner }, signal);
    const base = engine.model.version;
    // As gateways will judge it: better told now than when it is to serve.
    if (base === null) throw new PurpgateError('internal_error', { message: 'the engine has no version' });
    const proof = await proveVersion({ engine, version, base, entries }, signal);
    return proof.outcome === 'proven' ? entries : refuse('folder', proof.reason);
  } finally {
    await learner.stop();
  }
}
