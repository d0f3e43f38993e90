/** What the parent needs to know of a model's folder before anything is loaded. Read at once, when the engine is created. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { PurpgateError } from '../../errors.js';
import type { ModelInfo } from '../engine.js';

export interface ModelFolder {
  readonly info: ModelInfo;
  /** How the model writes: `## Analysis` and `## Answer`, or just text. */
  readonly format: 'analysis-answer' | 'plain';
  /** Hex SHA-256 of the weights. */
  readonly sha256: string;
}

/** @throws PurpgateError `model_unusable` when the folder lacks weights or config, or purpgate.json is not valid. */
export function readModelFolder(folder: string): ModelFolder {
  const card = readCard(folder);
  const sha256 = hashWeights(folder);
  const contextLength = readObject(folder, 'config.json')?.['max_position_embeddings'];
  if (typeof contextLength !== 'number') throw unusable(`${folder} has no config.json with max_position_embeddings`);
  return {
    info: { id: card.id, rules: card.rules, contextLength, version: `purp@${sha256.slice(0, 12)}` },
    format: card.format,
    sha256,
  };
}

/** Hex SHA-256 of model.safetensors, or of its parts in order. Reads piece by piece: a checkpoint may be larger than memory. */
export function hashWeights(folder: string): string {
  const names = listFolder(folder).filter((name) => /^model(-\d+-of-\d+)?\.safetensors$/.test(name));
  const files = names.includes('model.safetensors') ? ['model.safetensors'] : names.sort();
  if (files.length === 0) throw unusable(`${folder} has no model.safetensors`);
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(4 << 20);
  for (const name of files) {
    const file = openSync(join(folder, name), 'r');
    try {
      for (let bytes = readSync(file, buffer); bytes > 0; bytes = readSync(file, buffer))
        hash.update(buffer.subarray(0, bytes));
    } finally {
      closeSync(file);
    }
  }
  return hash.digest('hex');
}

function readCard(folder: string): Pick<ModelInfo, 'id' | 'rules'> & Pick<ModelFolder, 'format'> {
  const card = readObject(folder, 'purpgate.json');
  const { id = basename(folder), rules = 'on', format = 'plain' } = card ?? {};
  if (typeof id !== 'string' || id === '') throw unusable(`purpgate.json in ${folder}: id must be a text`);
  if (rules !== 'on' && rules !== 'off') throw unusable(`purpgate.json in ${folder}: rules must be "on" or "off"`);
  if (format !== 'analysis-answer' && format !== 'plain')
    throw unusable(`purpgate.json in ${folder}: format must be "analysis-answer" or "plain"`);
  return { id, rules, format };
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (thrown) {
    throw unusable(`the model folder ${folder} cannot be read`, thrown);
  }
}

function readObject(folder: string, name: string): Record<string, unknown> | null {
  if (!listFolder(folder).includes(name)) return null;
  try {
    const value: unknown = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch (thrown) {
    throw unusable(`${name} in ${folder} is not JSON`, thrown);
  }
  throw unusable(`${name} in ${folder} is not a JSON object`);
}

function unusable(message: string, cause?: unknown): PurpgateError {
  return new PurpgateError('model_unusable', { message, cause });
}
