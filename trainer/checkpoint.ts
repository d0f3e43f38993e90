/** Folders of weights: each is there whole or not at all, and is one only once a manifest names it. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UNFINISHED, syncFolder } from '../src/db/durable.js';
import { PurpgateError } from '../src/errors.js';
import { ADAPTER_FILE } from '../src/release/probe.js';
import type { Learner } from './learner.js';

const NAME = /^step-\d{8}(\.new)?$/;

export interface Checkpoint {
  /** Name of the folder. */
  readonly folder: string;
  readonly adapterSha256: string;
}

/** Saves the learner's state as that of a step, durably. What a killed process left under the name is replaced. */
export async function saveCheckpoint(learner: Learner, parent: string, seq: number): Promise<Checkpoint> {
  const folder = `step-${String(seq).padStart(8, '0')}`;
  await replaceFolder(join(parent, folder), (fresh) => learner.saveWeights(fresh));
  return { folder, adapterSha256: await digestOf(join(parent, folder, ADAPTER_FILE)) };
}

/** Goes on from a checkpoint. @throws PurpgateError `artifact_corrupt` when it is not the one that was saved; `model_unusable`. */
export async function loadCheckpoint(learner: Learner, parent: string, checkpoint: Checkpoint): Promise<void> {
  const path = join(parent, checkpoint.folder);
  const found = await digestOf(join(path, ADAPTER_FILE)).catch((thrown: unknown) => {
    throw new PurpgateError('artifact_corrupt', { message: `the weights in ${path} cannot be read`, cause: thrown });
  });
  if (found !== checkpoint.adapterSha256)
    throw new PurpgateError('artifact_corrupt', { message: `the weights in ${path} are not those of the manifest` });
  await learner.loadWeights(path);
}

/** Removes folders of weights that nothing names, whole or not. */
export async function sweepCheckpoints(parent: string, kept: readonly string[]): Promise<void> {
  for (const name of await readdir(parent))
    if (NAME.test(name) && !kept.includes(name)) await rm(join(parent, name), { recursive: true, force: true });
}

/** Puts a folder in place by a temporary name, sync and rename. Nothing may use the one that is replaced. */
export async function replaceFolder(path: string, write: (fresh: string) => Promise<void>): Promise<void> {
  const fresh = `${path}${UNFINISHED}`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  await write(fresh);
  for (const name of await readdir(fresh)) {
    const file = await open(join(fresh, name), 'r');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }
  await syncFolder(fresh);
  await rm(path, { recursive: true, force: true });
  await rename(fresh, path);
  await syncFolder(join(path, '..'));
}

export async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file) as AsyncIterable<Buffer>) hash.update(part);
  return hash.digest('hex');
}
