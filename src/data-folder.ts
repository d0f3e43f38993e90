/** Small files of the data folder: key files and run.json. All are for the owner alone (0600). */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Authenticator } from './access/authenticator.js';
import { createKey } from './access/keys.js';
import type { Queryable } from './db.js';
import { PurpgateError } from './errors.js';
import type { Scope } from './types.js';

/** How the CLI finds a running instance. */
export interface RunFile {
  readonly pid: number;
  readonly url: string;
  readonly adminUrl: string;
  /** Holds the password of the embedded server. */
  readonly databaseUrl: string;
}

type KeyFileName = 'client' | 'admin';

const SCOPES: Readonly<Record<KeyFileName, readonly Scope[]>> = {
  client: ['inference', 'feedback'],
  admin: ['admin'],
};

/** Whoever starts purpgate for the first time gets keys that work; they train on their own traffic, on their own machine. */
export async function ensureKeyFile(options: {
  readonly folder: string;
  readonly name: KeyFileName;
  readonly database: Queryable;
  readonly authenticator: Authenticator;
}): Promise<void> {
  const file = keyFile(options.folder, options.name);
  const existing = await readIfThere(file);
  if (existing !== null && (await isValid(options.authenticator, existing.trim()))) return;
  const { key } = await createKey(
    options.database,
    {
      tenant: 'local',
      name: options.name,
      training: 'allow',
      scopes: SCOPES[options.name],
      expiresAt: null,
      requestsPerMinute: null,
      honourStoreFalse: false,
    },
    'start',
  );
  await writePrivate(file, `${key}\n`);
}

export function keyFile(folder: string, name: KeyFileName): string {
  return join(folder, `${name}.key`);
}

const REDACTION_KEY_BYTES = 32;

/** Of the marks in place of what is redacted from the log: made once, so that equal secrets have equal marks from one start to the next. */
export async function ensureRedactionKey(folder: string): Promise<Uint8Array> {
  const file = join(folder, 'redaction.key');
  const existing = Buffer.from((await readIfThere(file)) ?? '', 'hex');
  if (existing.length === REDACTION_KEY_BYTES) return existing;
  const key = randomBytes(REDACTION_KEY_BYTES);
  await writePrivate(file, `${key.toString('hex')}\n`);
  return key;
}

/** A key file may belong to another database, or its key may have been revoked; then a new key is made. */
async function isValid(authenticator: Authenticator, key: string): Promise<boolean> {
  try {
    await authenticator.authenticate({ key, address: 'key file' });
    return true;
  } catch (thrown) {
    if (thrown instanceof PurpgateError && thrown.code === 'invalid_api_key') return false;
    throw thrown;
  }
}

export async function writeRunFile(folder: string, run: Omit<RunFile, 'pid'>): Promise<void> {
  await writePrivate(runFile(folder), `${JSON.stringify({ pid: process.pid, ...run }, null, 2)}\n`);
}

export async function removeRunFile(folder: string): Promise<void> {
  await rm(runFile(folder), { force: true });
}

/** Null when no instance runs on the folder, or the file is a left-over of one that was killed. */
export async function readRunFile(folder: string): Promise<RunFile | null> {
  const text = await readIfThere(runFile(folder));
  if (text === null) return null;
  const run = parseRunFile(text);
  return run !== null && isAlive(run.pid) ? run : null;
}

function parseRunFile(text: string): RunFile | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const { pid, url, adminUrl, databaseUrl } = value as Record<string, unknown>;
    if (typeof pid !== 'number' || typeof url !== 'string') return null;
    if (typeof adminUrl !== 'string' || typeof databaseUrl !== 'string') return null;
    return { pid, url, adminUrl, databaseUrl };
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
}

function runFile(folder: string): string {
  return join(folder, 'run.json');
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return null;
    throw unusable(file, thrown);
  }
}

/** Whole or not at all, and never readable by others in between. */
async function writePrivate(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(temporary, text, { mode: 0o600 });
    await rename(temporary, file);
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw unusable(file, thrown);
  }
}

function unusable(file: string, thrown: unknown): PurpgateError {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new PurpgateError('data_folder_unusable', {
    publicMessage: `PURPGATE_DATA: ${file} cannot be used (${reason}).`,
    cause: thrown,
  });
}
