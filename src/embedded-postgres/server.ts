/** One run of the embedded PostgreSQL's server, from its start to its end. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../telemetry.js';
import { spawnOptions, unusable, type Places } from './places.js';

const START_MS = 30_000;
/** Fast shutdown ends clients and writes a checkpoint; beyond this the server is told to quit at once, which is as durable. */
const STOP_MS = 2_500;

/**
 * Arguments: the server's command line. Descriptor 3 tells us the server's process id. `read` waits for the end of our pipe (and,
 * other than `cat`, leaves no process behind when its shell is killed); the status is the server's.
 */
const SUPERVISOR = `
exec 4<&0
"$@" </dev/null >&2 3>&- 4<&- & server=$!
echo $server >&3
exec 3>&-
(read -r line <&4; kill -INT $server) >/dev/null 2>&1 & watcher=$!
exec 4<&-
wait $server; status=$?
kill $watcher 2>/dev/null
exit $status`;

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '100',
  // One machine, no replicas: less to write for the same durability.
  wal_level: 'minimal',
  max_wal_senders: '0',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  jit: 'off',
  log_checkpoints: 'off',
  log_min_messages: 'warning',
};

export interface RunningServer {
  readonly pid: number;
  /** Resolves when the server is gone. */
  readonly ended: Promise<void>;
  readonly lastLines: readonly string[];
  stop(): Promise<void>;
}

/** Resolves when the server accepts connections. Tries again while the remains of an earlier server are still going down. */
export async function startServer(
  places: Places,
  { logger, signal }: { logger: Logger; signal: AbortSignal },
): Promise<RunningServer> {
  const deadline = AbortSignal.timeout(START_MS);
  for (;;) {
    await clearStaleLocks(places);
    const server = await launch(places, logger);
    if (await isReady(server, places.data, AbortSignal.any([signal, deadline]))) return server;
    await server.stop();
    const remains = /postmaster\.pid|shared memory block|lock file|already in use/;
    if (signal.aborted || deadline.aborted || !server.lastLines.some((line) => remains.test(line)))
      throw unusable(`it does not start: ${server.lastLines.join(' ')}.`);
    await pause(100);
  }
}

async function launch({ binaries, data, sockets, user }: Places, logger: Logger): Promise<RunningServer> {
  const settings = Object.entries({ ...SETTINGS, unix_socket_directories: sockets });
  const child = spawn(
    'sh',
    ['-c', SUPERVISOR, 'sh', join(binaries.folder, 'bin', 'postgres'), '-D', data].concat(
      settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ),
    { ...spawnOptions(user), detached: true, stdio: ['pipe', 'ignore', 'pipe', 'pipe'] },
  );
  // Only the shell was killed: its watcher stops the server when our end closes.
  child.once('exit', () => child.stdin?.destroy());
  // `close` comes when the last process of the server has let go of the standard error that they all share.
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => {
      resolve();
    });
    child.once('close', () => {
      resolve();
    });
  });
  const lastLines = collectLines(child.stderr, (line) => {
    if (/ (WARNING|ERROR|FATAL|PANIC): /.test(line)) logger.debug({ line }, 'embedded PostgreSQL');
  });
  const pid = await readPid(child, ended);
  let stopping: Promise<void> | undefined;
  return { pid, ended, lastLines, stop: () => (stopping ??= stopServer({ child, pid, ended })) };
}

async function readPid(child: ChildProcess, ended: Promise<void>): Promise<number> {
  const pipe = child.stdio[3];
  if (pipe === null || pipe === undefined) throw unusable('no process could be started.');
  const line = new Promise<string>((resolve) => {
    pipe.once('data', (bytes: Buffer) => {
      resolve(bytes.toString());
    });
  });
  const pid = Number(await Promise.race([line, ended]));
  if (!Number.isInteger(pid)) throw unusable('its process could not be started; is /bin/sh there?');
  return pid;
}

async function stopServer(server: { child: ChildProcess; pid: number; ended: Promise<void> }): Promise<void> {
  server.child.stdin?.destroy();
  const late = setTimeout(() => {
    signal(server.pid, 'SIGQUIT');
  }, STOP_MS);
  await server.ended;
  clearTimeout(late);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone, which is what was asked for.
  }
}

/** The server itself writes into its lock file that it is ready: line 1 is its process id, line 8 its status. */
async function isReady(server: RunningServer, data: string, signal: AbortSignal): Promise<boolean> {
  const gone = new AbortController();
  void server.ended.then(() => {
    gone.abort();
  });
  while (!gone.signal.aborted && !signal.aborted) {
    const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
    if (Number(lines[0]) === server.pid && lines[7]?.trim() === 'ready') return true;
    await pause(10);
  }
  return false;
}

/**
 * Removes the lock files of a dead server whose process id was given to another process, which happens at every start of a
 * container: the server would see that a process of that id lives, and refuse to start.
 */
async function clearStaleLocks({ data, sockets }: Places): Promise<void> {
  const lock = join(data, 'postmaster.pid');
  const pid = Number((await readFile(lock, 'utf8').catch(() => '')).split('\n')[0]);
  if (pid > 0 && (await mayBeServerOf(pid, await realpath(data)))) return;
  for (const path of [lock, join(sockets, '.s.PGSQL.5432'), join(sockets, '.s.PGSQL.5432.lock')])
    await rm(path, { force: true });
}

/** Servers work in their data folder. Where that cannot be seen, for lack of /proc, the answer is yes. */
async function mayBeServerOf(pid: number, data: string): Promise<boolean> {
  return readlink(`/proc/${String(pid)}/cwd`).then(
    (folder) => folder === data,
    () => !existsSync('/proc/self'),
  );
}

const KEPT_LINES = 10;

/** The last lines of a stream, kept up to date. */
export function collectLines(stream: NodeJS.ReadableStream | null, onLine?: (line: string) => void): readonly string[] {
  const lines: string[] = [];
  if (stream === null) return lines;
  createInterface({ input: stream }).on('line', (line) => {
    if (lines.push(line) > KEPT_LINES) lines.shift();
    onLine?.(line);
  });
  return lines;
}
