/** One bubblewrap sandbox with a server in it that forks per check (server.py). */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { packageRoot } from '../../config.js';
import type { CheckJob, CheckOutcome } from '../sandbox.js';

const START_MS = 15_000;
/** Least time, beyond what the server gives to a check, for it to notice and to clean up. */
const LEAST_GRACE_MS = 1_000;
const LONGEST_MESSAGE = 4096;
const NOBODY = 65_534;
const NONCE_BYTES = 16;
/** What the file system has for code that looks up users; nothing of the host. */
const PASSWD = 'root:x:0:0:root:/root:/bin/sh\nsandbox:x:1000:1000:sandbox:/tmp:/bin/sh\n';
const PASSWD_DESCRIPTOR = 3;

/** An answer of the sandbox itself that cannot be trusted, or none: the process is of no further use. */
export class SandboxFailure extends Error {
  override readonly name = 'SandboxFailure';
}

export interface SandboxProcess {
  /** One at a time. @throws SandboxFailure when the server dies, hangs or answers out of turn. */
  run(job: CheckJob): Promise<CheckOutcome>;
  /** Kills everything in it and waits for its end. Idempotent. */
  stop(): Promise<void>;
}

interface ProcessOptions {
  readonly deadlineMs: number;
  /** Folders in which bwrap and python3 are looked for, as in PATH. */
  readonly path: string;
}

/** @throws SandboxFailure that says why there can be no sandbox. */
export async function startSandboxProcess({ deadlineMs, path }: ProcessOptions): Promise<SandboxProcess> {
  const program = (name: string): string => {
    const found = path
      .split(delimiter)
      .map((folder) => join(folder, name))
      .find((file) => existsSync(file));
    if (found === undefined) throw new SandboxFailure(`${name} was not found in ${path}`);
    return found;
  };
  const script = readFileSync(join(packageRoot, 'src', 'reward', 'sandbox', 'server.py'), 'utf8');
  const python = [program('python3'), '-s', '-S', '-B', '-c', script, String(deadlineMs / 1000)];
  const child = spawn(program('bwrap'), [...ISOLATION, '--', ...python], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    env: {},
    // A limit of processes does not hold for the real root.
    ...(process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  return connect(child, deadlineMs);
}

/** A file system of /usr and an empty /tmp, no network, namespaces of its own, no capabilities, no environment of ours. */
const ISOLATION: readonly string[] = [
  ...['--unshare-all', '--unshare-user', '--disable-userns', '--uid', '1000', '--gid', '1000', '--cap-drop', 'ALL'],
  ...['--die-with-parent', '--new-session', '--hostname', 'sandbox', '--clearenv'],
  ...['--setenv', 'PATH', '/usr/local/bin:/usr/bin:/bin', '--setenv', 'HOME', '/tmp', '--setenv', 'LANG', 'C.UTF-8'],
  // The order of sets must not differ between two runs; each thread's own heap would count against the limit of memory.
  ...['--setenv', 'PYTHONHASHSEED', '0', '--setenv', 'MALLOC_ARENA_MAX', '1'],
  ...['--ro-bind', '/usr', '/usr'],
  ...['/lib', '/lib64', '/bin', '/etc/ld.so.cache'].flatMap((place) => ['--ro-bind-try', place, place]),
  ...['--ro-bind-data', String(PASSWD_DESCRIPTOR), '/etc/passwd', '--proc', '/proc', '--dev', '/dev'],
  ...['--size', String(64 << 20), '--tmpfs', '/tmp', '--remount-ro', '/dev', '--remount-ro', '/', '--chdir', '/tmp'],
];

async function connect(child: ChildProcess, deadlineMs: number): Promise<SandboxProcess> {
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new SandboxFailure('it has no streams');
  let complaint = '';
  stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-500);
  });
  // `close` also follows a failure to start, and only then `error` is all there is to say.
  const closed = new Promise<void>((resolve) => child.once('close', resolve));
  child.once('error', (error) => {
    complaint ||= error.message;
  });
  const swallow = (): void => undefined;
  stdin.on('error', swallow);
  const passwd = child.stdio[PASSWD_DESCRIPTOR];
  if (passwd instanceof Writable) passwd.on('error', swallow).end(PASSWD);

  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const nextLine = async (withinMs: number): Promise<string> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new SandboxFailure('it gave no answer in time'));
      }, withinMs);
    });
    try {
      const line = await Promise.race([lines.next(), late]);
      if (line.done !== true) return line.value;
    } finally {
      clearTimeout(timer);
    }
    await closed;
    throw new SandboxFailure(complaint.trim() || 'it ended');
  };
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await closed;
  };
  try {
    if ((await nextLine(START_MS)) !== 'ready') throw new SandboxFailure('it did not start as expected');
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return {
    stop,
    async run(job) {
      const nonce = randomBytes(NONCE_BYTES);
      const body = Buffer.from(JSON.stringify(job));
      const length = Buffer.alloc(4);
      length.writeUInt32BE(body.length);
      stdin.write(Buffer.concat([length, body, nonce]));
      return readAnswer(await nextLine(deadlineMs + Math.max(deadlineMs, LEAST_GRACE_MS)), nonce.toString('hex'));
    },
  };
}

function readAnswer(line: string, nonce: string): CheckOutcome {
  const answer: unknown = line.length <= LONGEST_MESSAGE ? parsed(line) : null;
  if (typeof answer !== 'object' || answer === null || !('nonce' in answer) || answer.nonce !== nonce)
    throw new SandboxFailure('it answered out of turn');
  if ('passed' in answer && answer.passed === true) return { outcome: 'passed' };
  const reason = 'reason' in answer && typeof answer.reason === 'string' ? answer.reason : 'it failed';
  return { outcome: 'failed', reason };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
