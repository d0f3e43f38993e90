/** Imports adapters in a process of their own, one at a time. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from '../src/config.js';
import { fromErrorMessage, isErrorMessage, type ErrorMessage } from '../src/engine/embedded/protocol.js';
import { PurpgateError } from '../src/errors.js';
import type { ImportedAdapter, ImportJob } from './adapter-import.js';

export type ImportReply =
  | ({ readonly type: 'imported' } & ImportedAdapter)
  | { readonly type: 'refused'; readonly error: ErrorMessage };

export interface AdapterImporter {
  /** @throws PurpgateError as `importAdapter`; `overloaded` while another one is imported; `request_aborted` once stopped. */
  readonly fetch: (wanted: Pick<ImportJob, 'folder' | 'sha256'>) => Promise<ImportedAdapter>;
  /** Idempotent. */
  stop(): Promise<void>;
}

const ENTRY = fileURLToPath(new URL('./adapter-import-child.js', import.meta.url));
const LONGEST_MS = 600_000;

export function createAdapterImporter(place: Pick<ImportJob, 'root' | 'model' | 'artifacts'>): AdapterImporter {
  const stopped = new AbortController();
  let running: Promise<ImportedAdapter> | null = null;
  return {
    fetch: async (wanted) => {
      if (running !== null)
        throw new PurpgateError('overloaded', {
          publicMessage: 'Another adapter is being registered. Try again later.',
        });
      running = importInChild({ ...place, ...wanted }, stopped.signal);
      try {
        return await running;
      } finally {
        running = null;
      }
    },
    async stop() {
      stopped.abort();
      await running?.catch(() => undefined);
    },
  };
}

function importInChild(job: ImportJob, stopped: AbortSignal): Promise<ImportedAdapter> {
  return new Promise((resolve, reject) => {
    const child = fork(ENTRY, [], {
      env: childEnvironment(),
      execArgv: ['--enable-source-maps'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    let reply: unknown = null;
    const end = (): void => void child.kill('SIGKILL');
    const timer = setTimeout(end, LONGEST_MS);
    stopped.addEventListener('abort', end, { once: true });
    if (stopped.aborted) end();
    child.once('message', (message) => (reply = message));
    child.once('error', (cause) => {
      reject(new PurpgateError('internal_error', { message: 'the import cannot be started', cause }));
    });
    child.once('exit', (code, killer) => {
      clearTimeout(timer);
      stopped.removeEventListener('abort', end);
      if (isReply(reply) && reply.type === 'imported') resolve({ sha256: reply.sha256, adapter: reply.adapter });
      else if (isReply(reply) && reply.type === 'refused') reject(fromErrorMessage(reply.error));
      else if (stopped.aborted) reject(new PurpgateError('request_aborted'));
      else reject(new PurpgateError('internal_error', { message: `the import ended with ${code ?? killer}` }));
    });
    child.send(job, () => undefined);
  });
}

const hasTexts = <const Name extends string>(
  value: unknown,
  names: readonly Name[],
): value is Readonly<Record<Name, string>> =>
  typeof value === 'object' &&
  value !== null &&
  names.every((name) => typeof Object.getOwnPropertyDescriptor(value, name)?.value === 'string');

export const isImportJob = (value: unknown): value is ImportJob =>
  hasTexts(value, ['root', 'folder', 'sha256', 'model', 'artifacts']);

const isReply = (value: unknown): value is ImportReply =>
  hasTexts(value, ['type']) &&
  (value.type === 'imported'
    ? hasTexts(value, ['sha256', 'adapter'])
    : value.type === 'refused' && isErrorMessage(Object.getOwnPropertyDescriptor(value, 'error')?.value));
