/** Starts purpgate as a user would, as a process of its own, and finds its parts. Linux only: process trees are read from /proc. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { childEnvironment, packageRoot } from '../../src/config.js';
import { readRunFile } from '../../src/data-folder.js';

export interface StartedInstance {
  readonly process: ChildProcess;
  readonly url: string;
  readonly adminUrl: string;
  readonly databaseUrl: string;
  readonly clientKey: string;
  readonly adminKey: string;
  /** Seconds from spawn to the banner. */
  readonly seconds: number;
  readonly output: () => string;
}

export interface StartOptions {
  readonly folder: string;
  /** `start` where it is absent. */
  readonly command?: 'start' | 'serve';
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** Resolves when the banner is there; rejects with what was printed when the process ends first. */
export async function startInstanceProcess({
  folder,
  command = 'start',
  environment = {},
  timeoutMs = 60_000,
}: StartOptions): Promise<StartedInstance> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [join(packageRoot, 'dist/src/cli/main.js'), command], {
    env: { ...childEnvironment(), PURPGATE_DATA: folder, PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  while (!output.includes('purpgate is ready')) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`purpgate ended with ${child.exitCode ?? child.signalCode}: ${output}`);
    if (performance.now() - startedAt > timeoutMs) {
      child.kill('SIGKILL');
      throw new Error(`purpgate was not ready in time: ${output}`);
    }
    await delay(20);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const run = await readRunFile(folder);
  if (run === null) throw new Error(`no run.json in ${folder}`);
  const key = async (name: string) => (await readFile(join(folder, `${name}.key`), 'utf8')).trim();
  return {
    process: child,
    ...run,
    clientKey: await key('client'),
    adminKey: await key('admin'),
    seconds,
    output: () => output,
  };
}

/** Sends the signal and waits for the end; gives the exit code, or the signal's name. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
  const over = child.exitCode ?? child.signalCode;
  if (over !== null) return over;
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', (code, killedBy) => {
      resolve(code ?? killedBy ?? 'SIGKILL');
    });
  });
  child.kill(signal);
  return ended;
}

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** All processes below one, children first. */
export function descendants(pid: number): ProcessRow[] {
  const rows = processTable();
  const below = (parent: number): ProcessRow[] =>
    rows.filter((row) => row.parent === parent).flatMap((row) => [...below(row.pid), row]);
  return below(pid);
}

/** The engine's process and the PostgreSQL postmaster below an instance. */
export function engineProcess(pid: number): number | null {
  return descendants(pid).find(({ command }) => command.includes('embedded/child'))?.pid ?? null;
}

export function postmaster(pid: number): number | null {
  // Its supervising shell names it too, in the middle of its command line.
  return descendants(pid).find(({ command }) => /^\S*\/postgres -D /.test(command))?.pid ?? null;
}

/** Processes whose command line names the folder; what is still there after a stop is an orphan. */
export function processesOn(folder: string): ProcessRow[] {
  return processTable().filter(({ pid, command }) => pid !== process.pid && command.includes(folder));
}

function processTable(): ProcessRow[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        const status = readFileSync(`/proc/${name}/status`, 'utf8');
        const parent = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1] ?? 0);
        return [{ pid: Number(name), parent, command }];
      } catch {
        // It ended while the table was read.
        return [];
      }
    });
}
