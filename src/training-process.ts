/**
 * The trainer beside a gateway, in a process of its own. Serving has priority: it pauses as soon as a request is in flight, and goes on when
 * there has been none for a moment. It is started again, with growing delays, when it dies, and ends with this process.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { packageRoot, roleEnvironment, type Config } from './config.js';
import { PurpgateError } from './errors.js';
import type { Logger } from './telemetry.js';

export interface TrainingProcess {
  /** Id of the process; null while there is none. */
  readonly processId: number | null;
  /** Idempotent; resolves when the process is gone. What it has not finished is taken up at the next start. */
  stop(): Promise<void>;
}

interface TrainingProcessOptions {
  /** Entry file and arguments of the trainer. */
  readonly command: readonly [entry: string, ...args: string[]];
  readonly environment: Readonly<Record<string, string>>;
  /** Whether requests are being served. */
  readonly isBusy: () => boolean;
  readonly logger: Logger;
}

/** How often is looked whether requests are served. */
const LOOK_MS = 50;
/** Without a request before training goes on: turns of an agent follow each other closely. */
const QUIET_MS = 1_000;
/** For the generation or batch that runs, after which it is killed: its rows are saved. */
const STOP_MS = 2_000;
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;
/** A process that lived this long died of something new: delays begin again. */
const HEALTHY_MS = 60_000;

/** The pool of the keys that a start makes. */
const LOCAL_POOL = 'local';
/** Held-out prompts that a trained version is judged on: enough to tell 2 points. */
const GATE_PROMPTS = 3000;

interface TrainerOptions extends Pick<TrainingProcessOptions, 'isBusy' | 'logger'> {
  readonly config: Pick<Config, 'dataFolder'>;
  /** Which the gateway follows. */
  readonly servedPool: string;
  /** Of `purpgate train grpo`. */
  readonly options: readonly string[];
}

/** Trains on the traffic of the keys that a start makes; what passes the gate becomes live in the served pool. */
export function startTrainer({ config, servedPool, options, isBusy, logger }: TrainerOptions): TrainingProcess {
  const entry = join(packageRoot, 'dist', 'src', 'cli', 'main.js');
  const plan = ['--pool', LOCAL_POOL, '--serve-pool', servedPool, '--release', String(GATE_PROMPTS)];
  return startTrainingProcess({
    command: [entry, 'train', 'grpo', ...plan, ...options],
    environment: { ...roleEnvironment(), PURPGATE_DATA: config.dataFolder },
    isBusy,
    logger,
  });
}

/** @see startTrainer; apart so that any command can be kept. */
export function startTrainingProcess(options: TrainingProcessOptions): TrainingProcess {
  const kept = new KeptTrainer(options);
  let stopped: Promise<void> | undefined;
  return {
    get processId() {
      return kept.processId;
    },
    stop: () => (stopped ??= kept.stop()),
  };
}

class KeptTrainer {
  readonly #stopping = new AbortController();
  readonly #keeping: Promise<void>;
  #child: ChildProcess | null = null;

  constructor(private readonly options: TrainingProcessOptions) {
    this.#keeping = this.#keep();
  }

  get processId(): number | null {
    return this.#child?.pid ?? null;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const child = this.#child;
    child?.kill('SIGTERM');
    const killed = setTimeout(() => child?.kill('SIGKILL'), STOP_MS);
    await this.#keeping;
    clearTimeout(killed);
  }

  async #keep(): Promise<void> {
    const { logger } = this.options;
    const { signal } = this.#stopping;
    let delay = FIRST_DELAY_MS;
    for (;;) {
      const started = performance.now();
      const reason = await this.#run();
      if (signal.aborted) return;
      if (performance.now() - started > HEALTHY_MS) delay = FIRST_DELAY_MS;
      logger.error({ reason, delay }, 'the trainer ended; it is started again');
      await pause(delay, undefined, { signal }).catch(() => undefined);
      delay = Math.min(2 * delay, LONGEST_DELAY_MS);
    }
  }

  /** Until it ends. @returns why. */
  async #run(): Promise<string> {
    const { command, environment, logger } = this.options;
    const [entry, ...args] = command;
    const child = fork(entry, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.#child = child;
    const { stdout, stderr } = child;
    if (stdout === null || stderr === null)
      throw new PurpgateError('internal_error', { message: 'the trainer has no output' });
    createInterface(stdout).on('line', (line) => {
      logger.info({ line }, 'training');
    });
    createInterface(stderr).on('line', (line) => {
      logger.warn({ line }, 'training');
    });
    const looking = this.#giveWay(child);
    try {
      const [code, killer] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      return killer === null ? `it exited with ${code}` : `it was ended by ${killer}`;
    } catch (thrown) {
      return `it could not be started: ${String(thrown)}`;
    } finally {
      clearInterval(looking);
      this.#child = null;
    }
  }

  #giveWay(child: ChildProcess): NodeJS.Timeout {
    let [isPaused, busyAt] = [false, -Infinity];
    return setInterval(() => {
      if (this.options.isBusy()) busyAt = performance.now();
      const shouldPause = performance.now() - busyAt < QUIET_MS;
      if (shouldPause === isPaused || !child.connected) return;
      isPaused = shouldPause;
      child.send({ type: isPaused ? 'pause' : 'resume' }, () => undefined);
    }, LOOK_MS);
  }
}
