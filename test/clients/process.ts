/** Programs of others: installed into a folder of their own, run with a home of their own and no way out, ended with all they started. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from './clients.js';

interface RunOptions {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Ends the program and all it started; it resolves as if its time were up. */
  readonly signal: AbortSignal;
  /** A home folder that only this program has: whatever it started is known by it. */
  readonly ownHome?: string;
}

export interface Ended {
  /** Null when the time was up. */
  readonly code: number | null;
  readonly output: string;
}

export async function runProgram(command: readonly string[], options: RunOptions): Promise<Ended> {
  const { cwd, environment, timeoutMs, signal, ownHome = null } = options;
  const [program = '', ...args] = command;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  // A process group of its own: a client leaves servers and shells behind.
  const child = spawn(program, args, { cwd, env: environment, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const endGroup = () => {
    if (child.pid !== undefined) end(-child.pid);
  };
  if (limit.aborted) endGroup();
  else limit.addEventListener('abort', endGroup);
  try {
    const ended = once(child, 'exit').then(async ([code]: unknown[]) => {
      endGroup();
      // What left the group may hold the pipes, which then do not close.
      if (ownHome !== null) await endByHome(ownHome);
      return typeof code === 'number' ? code : null;
    });
    const [code] = await Promise.all([ended, once(child, 'close')]);
    return { code: limit.aborted ? null : code, output };
  } finally {
    limit.removeEventListener('abort', endGroup);
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Between two looks at all processes. One that is becoming another program shows no environment for a moment. */
const LOOK_AGAIN_MS = 20;
const LOOKS_IN_VAIN = 3;

/** Ends every process whose home is this one, whatever group it went to; only Linux tells the environment of a process. */
async function endByHome(home: string): Promise<void> {
  if (process.platform !== 'linux') return;
  for (let inVain = 0; inVain < LOOKS_IN_VAIN; inVain += 1) {
    if (inVain > 0) await pause(LOOK_AGAIN_MS);
    const found = await processesOf(home);
    for (const pid of found) end(pid);
    if (found.length > 0) inVain = -1; // Once more from the start.
  }
}

async function processesOf(home: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const environment = await readFile(join('/proc', name, 'environ'), 'utf8').catch(() => '');
    if (environment.split('\0').includes(`HOME=${home}`)) found.push(Number(name));
  }
  return found;
}

const INSTALL_MS = 600_000;

/** Path of the client's program, installed from npm when it is not there yet. */
export async function installed(
  client: Client,
  cache: string,
  options: Pick<RunOptions, 'environment' | 'signal'>,
): Promise<string> {
  const folder = join(cache, `${client.name}-${client.version}`);
  const program = join(folder, 'node_modules', '.bin', client.program);
  if (await isThere(program)) return program;
  await mkdir(folder, { recursive: true });
  const spec = `${client.package}@${client.version}`;
  const npm = join(dirname(process.execPath), 'npm');
  const command = [(await isThere(npm)) ? npm : 'npm', 'install', '--prefix', folder, '--no-audit', '--no-fund', spec];
  const { code, output } = await runProgram(command, { ...options, cwd: folder, timeoutMs: INSTALL_MS });
  if (code !== 0) throw new Error(`${spec} was not installed: ${output.slice(-500)}`);
  return program;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
