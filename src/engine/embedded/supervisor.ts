/** Keeps one engine process alive: starts it, starts another with growing delays when it dies, and ends it. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from '../../config.js';
import { PurpgateError, toPurpgateError } from '../../errors.js';
import type { Logger, Metrics } from '../../telemetry.js';
import type { EngineHealth } from '../engine.js';
import { fromErrorMessage, parseChildMessage, type ChildMessage, type ParentMessage } from './protocol.js';

const ENTRY = fileURLToPath(new URL('./child.js', import.meta.url));
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;
/** A process that lived this long died of something new: delays begin again. */
const HEALTHY_MS = 30_000;
const HEARTBEAT_MS = 5_000;
/** Heartbeats without a sign of life after which a process counts as hung. No step of a model takes nearly as long. */
const SILENT_BEATS = 6;

interface SupervisorOptions {
  readonly first: ParentMessage & { readonly type: 'start' };
  /** Digest that the loaded weights must have. */
  readonly sha256: string;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'engineRestarts'>;
  /** How often the process must show that it lives. */
  readonly heartbeatMs?: number;
  /** What remains to be done before a fresh process may serve. */
  readonly prepare: () => Promise<void>;
  readonly onMessage: (message: ChildMessage) => void;
  readonly onDeath: () => void;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  #child: ChildProcess | null = null;
  #health: EngineHealth = 'starting';
  #starting: Promise<void> | null = null;
  #delayMs = FIRST_DELAY_MS;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  get health(): EngineHealth {
    return this.#health;
  }

  get processId(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Resolves when the first process is ready. @throws PurpgateError `model_unusable` or `engine_unavailable`. */
  async start(): Promise<void> {
    if (this.#health === 'stopped') throw new PurpgateError('engine_unavailable');
    this.#starting ??= this.#spawn();
    try {
      await this.#starting;
    } catch (thrown) {
      await this.stop();
      throw toPurpgateError(thrown);
    }
  }

  /** A message to a process that just died is lost with it; its requests fail when the death is noticed. */
  send(message: ParentMessage): void {
    if (this.#child?.connected === true) this.#child.send(message, () => undefined);
  }

  /** Idempotent; resolves when the process is gone. */
  async stop(): Promise<void> {
    this.#health = 'stopped';
    if (this.#timer !== null) clearTimeout(this.#timer);
    const child = this.#child;
    if (child?.pid === undefined) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async #spawn(): Promise<void> {
    const { first, sha256, prepare } = this.#options;
    const child = fork(ENTRY, [], {
      env: childEnvironment(),
      execArgv: ['--enable-source-maps'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child = child;
    const startedAt = Date.now();
    if (child.stderr !== null)
      createInterface(child.stderr).on('line', (line) => {
        this.#options.logger.warn({ line: line.slice(0, 2000) }, 'engine process');
      });
    const ready = this.#whenReady(child);
    child.once('exit', (code, signal) => {
      if (this.#child === child) this.#child = null;
      this.#onExit({ code, signal, livedMs: Date.now() - startedAt });
    });
    child.send(first, () => undefined);
    const loaded = await ready;
    if (loaded !== sha256)
      throw new PurpgateError('model_unusable', {
        message: `the weights in ${first.folder} changed on disk: ${loaded}, expected ${sha256}`,
      });
    await prepare();
    this.#watch(child);
    if (this.#health === 'starting' && this.#child === child) this.#health = 'ready';
    else throw new PurpgateError('engine_unavailable');
  }

  /** The digest of the loaded weights. Rejects when the process fails or dies before. */
  #whenReady(child: ChildProcess): Promise<string> {
    return new Promise((resolve, reject) => {
      child.on('message', (value) => {
        const message = this.#parse(child, value);
        if (message?.type === 'ready') resolve(message.sha256);
        else if (message?.type === 'failed') reject(fromErrorMessage(message.error));
        else if (message !== null) this.#options.onMessage(message);
      });
      child.once('error', reject);
      child.once('exit', () => {
        reject(new PurpgateError('engine_unavailable', { message: 'the engine process ended while it was starting' }));
      });
    });
  }

  /** Ends a process that hangs, so that its requests fail and another serves the next. Beats are counted, and not time: this machine may sleep. */
  #watch(child: ChildProcess): void {
    let silent = 0;
    child.on('message', () => {
      silent = 0;
    });
    const timer = setInterval(() => {
      silent += 1;
      if (silent <= SILENT_BEATS) {
        child.send({ type: 'ping' } satisfies ParentMessage, () => undefined);
        return;
      }
      this.#options.logger.error({}, 'the engine process hangs; ending it');
      child.kill('SIGKILL');
    }, this.#options.heartbeatMs ?? HEARTBEAT_MS);
    child.once('exit', () => {
      clearInterval(timer);
    });
  }

  /** A process that does not make sense is not to be trusted with the next request either. */
  #parse(child: ChildProcess, value: unknown): ChildMessage | null {
    try {
      return parseChildMessage(value);
    } catch (thrown) {
      this.#options.logger.error({ error: thrown }, 'the engine process sent what is no message; ending it');
      child.kill('SIGKILL');
      return null;
    }
  }

  #onExit({ code, signal, livedMs }: { code: number | null; signal: string | null; livedMs: number }): void {
    const wasReady = this.#health === 'ready';
    if (wasReady) this.#health = 'starting';
    this.#options.onDeath();
    if (!wasReady) return;
    this.#options.logger.error({ code, signal, livedMs }, 'the engine process died; starting another');
    if (livedMs >= HEALTHY_MS) this.#delayMs = FIRST_DELAY_MS;
    this.#restartLater();
  }

  #restartLater(): void {
    const restart = async (): Promise<void> => {
      this.#options.metrics.engineRestarts.inc();
      try {
        await this.#spawn();
      } catch (thrown) {
        if (this.#isStopped()) return;
        this.#options.logger.error({ error: thrown }, 'the engine process could not be started');
        this.#child?.kill('SIGKILL');
        this.#restartLater();
      }
    };
    this.#timer = setTimeout(() => void restart(), this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_DELAY_MS);
  }

  /** A method, since the compiler believes that what it has compared once cannot change while something is awaited. */
  #isStopped(): boolean {
    return this.#health === 'stopped';
  }
}
