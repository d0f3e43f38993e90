/** Programs of others: installed into a folder of their own, run with a home of their own and no way out, ended with all they started. */
import { spawn } from 'node:child_process';
import { access, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Client } from './clients.js';

interface RunOptions {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export interface Ended {
  /** Null when the time was up. */
  readonly code: number | null;
  readonly output: string;
}

export function runProgram(command: readonly string[], { cwd, environment, timeoutMs }: RunOptions): Promise<Ended> {
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    // A process group of its own: a client leaves servers and shells behind.
    const child = spawn(program, args, { cwd, env: environment, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const endGroup = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // All of it has ended.
      }
    };
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      endGroup();
    }, timeoutMs);
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    child.once('error', reject);
    child.once('exit', endGroup);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code: isLate ? null : code, output });
    });
  });
}

const INSTALL_MS = 600_000;

/** Path of the client's program, installed from npm when it is not there yet. */
export async function installed(
  client: Client,
  cache: string,
  environment: RunOptions['environment'],
): Promise<string> {
  const folder = join(cache, `${client.name}-${client.version}`);
  const program = join(folder, 'node_modules', '.bin', client.program);
  if (await isThere(program)) return program;
  await mkdir(folder, { recursive: true });
  const spec = `${client.package}@${client.version}`;
  const npm = join(dirname(process.execPath), 'npm');
  const command = [(await isThere(npm)) ? npm : 'npm', 'install', '--prefix', folder, '--no-audit', '--no-fund', spec];
  const { code, output } = await runProgram(command, { cwd: folder, environment, timeoutMs: INSTALL_MS });
  if (code !== 0) throw new Error(`${spec} was not installed: ${output.slice(-500)}`);
  return program;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
