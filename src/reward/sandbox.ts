/**
 * Runs generated Python code with its tests under bubblewrap: no network, no file of the host but /usr, no environment, and limits of time,
 * memory, processes, files and output. Without bubblewrap nothing is run.
 *
 * What it bounds is untrusted code that a model wrote, not an attacker who knows this file:
 * - Code and test share an interpreter. A value that claims to equal everything passes `assert target(2) == 4`, code that walks the stack may
 *   change the test, and code that copies the token from its open socket answers for it. Such code has to be written for the purpose;
 *   exiting, printing, writing to open files, forking, killing and replacing builtins alone make no pass.
 * - The kernel is shared with the host: no filter of system calls is set. A fault in the kernel is not stopped.
 * - Code that fills its limits slows down what else runs on the machine, until its time is over.
 */
import { PurpgateError } from '../errors.js';
import { startSandboxProcess, type SandboxProcess } from './sandbox/process.js';

/** How the code of one task is tested, in Python. */
export interface PythonCheck {
  /** Runs before the code, such as what stands in for a library. */
  readonly setup: string;
  /** Raises unless the code does its task; calls it as `target`. */
  readonly functional: string;
  /** Raises unless the code stands an attack; null where there is none to stand. */
  readonly security: string | null;
}

export interface CheckJob {
  readonly code: string;
  /** The function under test; null takes the last public one at the top level of the code. */
  readonly functionName: string | null;
  readonly setup: string;
  readonly test: string;
  /** `node`: memory is bounded as Node.js, which the setup starts, needs it. */
  readonly runtime?: 'node';
}

/** `unavailable` says nothing about the code: it was not run. */
export type CheckOutcome =
  | { readonly outcome: 'passed' }
  | { readonly outcome: 'failed'; readonly reason: string }
  | { readonly outcome: 'unavailable'; readonly reason: string };

export interface Sandbox {
  /** Why nothing can be run here; null when it can. */
  readonly unavailable: string | null;
  /** @throws PurpgateError `request_aborted` when `signal` aborts, and nothing else. */
  check(job: CheckJob, signal: AbortSignal): Promise<CheckOutcome>;
  /** Ends what runs; checks that wait become `unavailable`. Idempotent. */
  stop(): Promise<void>;
}

interface SandboxOptions {
  /** Checks that run at once. */
  readonly workers?: number;
  /** Milliseconds of one check. */
  readonly deadlineMs?: number;
  /** Folders in which bwrap and python3 are looked for, as in PATH. */
  readonly path?: string;
}

const STOPPED: CheckOutcome = { outcome: 'unavailable', reason: 'the sandbox has stopped' };

/** After this many checks a process is replaced, so that nothing adds up in it. */
const CHECKS_PER_PROCESS = 200;

/** Starts one process to see whether it can; the others start when they are needed. Never rejects. */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { workers = 2, deadlineMs = 4_000, path = '/usr/local/bin:/usr/bin:/bin' } = options;
  const start = (): Promise<SandboxProcess> => startSandboxProcess({ deadlineMs, path });
  try {
    const first = new Worker(start);
    await first.ready();
    return new Pool([first, ...Array.from({ length: workers - 1 }, () => new Worker(start))]);
  } catch (thrown) {
    return withoutSandbox(`the sandbox cannot be started: ${describe(thrown)}`);
  }
}

/** Runs nothing. */
export function withoutSandbox(reason: string): Sandbox {
  return {
    unavailable: reason,
    check: () => Promise.resolve({ outcome: 'unavailable', reason }),
    stop: () => Promise.resolve(),
  };
}

class Pool implements Sandbox {
  readonly unavailable = null;
  readonly #workers: readonly Worker[];
  readonly #idle: Worker[];
  readonly #waiting: ((worker: Worker | null) => void)[] = [];
  #stopping: Promise<void> | null = null;

  constructor(workers: readonly Worker[]) {
    this.#workers = workers;
    // The last is taken first: the one that is started.
    this.#idle = workers.toReversed();
  }

  async check(job: CheckJob, signal: AbortSignal): Promise<CheckOutcome> {
    const worker = await this.#take();
    try {
      if (signal.aborted) throw new PurpgateError('request_aborted', { cause: signal.reason });
      if (worker === null || this.#stopping !== null)
        return { outcome: 'unavailable', reason: 'the sandbox has stopped' };
      return await worker.check(job, signal);
    } finally {
      if (worker !== null) this.#give(worker);
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= Promise.all(this.#workers.map((worker) => worker.stop())).then(() => undefined);
    for (const resolve of this.#waiting.splice(0)) resolve(null);
    return this.#stopping;
  }

  #take(): Promise<Worker | null> {
    if (this.#stopping !== null) return Promise.resolve(null);
    const worker = this.#idle.pop();
    if (worker !== undefined) return Promise.resolve(worker);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #give(worker: Worker): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(worker);
    else next(worker);
  }
}

/** Keeps one process, and replaces it when it is worn or in doubt. */
class Worker {
  readonly #start: () => Promise<SandboxProcess>;
  #process: Promise<SandboxProcess> | null = null;
  #ending: Promise<unknown> = Promise.resolve();
  #checks = 0;
  readonly #stopped = new AbortController();

  constructor(start: () => Promise<SandboxProcess>) {
    this.#start = start;
  }

  async ready(): Promise<SandboxProcess> {
    this.#process ??= this.#start();
    try {
      return await this.#process;
    } catch (thrown) {
      this.#process = null;
      throw thrown;
    }
  }

  async check(job: CheckJob, signal: AbortSignal): Promise<CheckOutcome> {
    if (this.#checks >= CHECKS_PER_PROCESS) await this.#discard();
    const abort = (): void => void this.#discard();
    signal.addEventListener('abort', abort, { once: true });
    try {
      const outcome = (await this.#attempt(job)) ?? (signal.aborted ? null : await this.#attempt(job));
      if (signal.aborted) throw new PurpgateError('request_aborted', { cause: signal.reason });
      // Twice in fresh company: it is the code that ends or stalls the server.
      return outcome ?? { outcome: 'failed', reason: 'it ended the sandbox' };
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  stop(): Promise<void> {
    this.#stopped.abort();
    return this.#discard();
  }

  /** Null where the process failed while it ran the job. */
  async #attempt(job: CheckJob): Promise<CheckOutcome | null> {
    if (this.#stopped.signal.aborted) return STOPPED;
    let sandboxed: SandboxProcess;
    try {
      sandboxed = await this.ready();
    } catch (thrown) {
      return { outcome: 'unavailable', reason: `the sandbox cannot be started: ${describe(thrown)}` };
    }
    this.#checks += 1;
    try {
      return await sandboxed.run(job);
    } catch {
      await this.#discard();
      return null;
    }
  }

  async #discard(): Promise<void> {
    const last = this.#process;
    this.#process = null;
    this.#checks = 0;
    // What did not start has nothing to stop. An earlier process may still be ending.
    this.#ending = Promise.all([this.#ending, last?.then((sandboxed) => sandboxed.stop()).catch(() => undefined)]);
    await this.#ending;
  }
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
