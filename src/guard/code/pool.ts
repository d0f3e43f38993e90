/** A few worker threads with a deadline per job. A thread that overruns or dies is replaced; its job fails, the others do not. */
import { Worker } from 'node:worker_threads';
import { PurpgateError } from '../../errors.js';
import type { Job, Reply } from './protocol.js';
import type { PrefixResult } from './scan.js';

interface Task {
  readonly job: Job;
  resolve(answer: PrefixResult): void;
  reject(error: PurpgateError): void;
}

interface Slot {
  readonly worker: Worker;
  isReady: boolean;
  task: Task | null;
  timer: NodeJS.Timeout | null;
}

interface PoolOptions {
  readonly workers: number;
  /** Milliseconds from the moment a worker takes the job; waiting for a free worker does not count. */
  readonly deadlineMs: number;
}

const failure = (message: string): PurpgateError => new PurpgateError('guard_failed', { message });

export class Pool {
  private readonly slots: Slot[] = [];
  private readonly queue: Task[] = [];
  private readonly endings: Promise<unknown>[] = [];
  private isStopped = false;
  /** Message of a start that failed for good. */
  private unusable: string | null = null;
  private lastId = 0;
  private readonly waiters: { resolve(): void; reject(error: PurpgateError): void }[] = [];

  constructor(private readonly options: PoolOptions) {}

  /** Starts one worker and waits for it. @throws PurpgateError `setting_invalid` where the rules cannot be loaded. */
  async warm(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.waiters.push({ resolve, reject });
      this.addWorker().worker.ref();
    });
  }

  run(code: string, language: string, signal?: AbortSignal): Promise<PrefixResult> {
    return new Promise((resolve, reject) => {
      const refusal = this.refusal(signal);
      if (refusal !== null) {
        reject(refusal);
        return;
      }
      this.lastId += 1;
      const abort = (): void => {
        const position = this.queue.indexOf(task);
        if (position !== -1) this.queue.splice(position, 1);
        // A running job goes on to its end or its deadline; nobody waits for it.
        reject(new PurpgateError('request_aborted'));
      };
      const release = (): void => signal?.removeEventListener('abort', abort);
      const task: Task = {
        job: { id: this.lastId, code, language },
        resolve: (answer) => {
          release();
          resolve(answer);
        },
        reject: (error) => {
          release();
          reject(error);
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.queue.push(task);
      this.dispatch();
    });
  }

  private refusal(signal?: AbortSignal): PurpgateError | null {
    if (signal?.aborted) return new PurpgateError('request_aborted');
    if (this.isStopped) return failure('the code scanner is stopped');
    return this.unusable === null ? null : failure(this.unusable);
  }

  /** Idempotent; waits for the threads to end. Jobs that wait or run fail. */
  async stop(): Promise<void> {
    this.isStopped = true;
    for (const task of this.queue.splice(0)) task.reject(failure('the code scanner was stopped'));
    for (const slot of this.slots.splice(0)) this.drop(slot, 'the code scanner was stopped');
    await Promise.all(this.endings.splice(0));
  }

  private addWorker(): Slot {
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      // Analysis state of the largest accepted input stays far below; a leak must not take the process down.
      resourceLimits: { maxOldGenerationSizeMb: 512, stackSizeMb: 8 },
    });
    const slot: Slot = { worker, isReady: false, task: null, timer: null };
    this.slots.push(slot);
    worker.unref();
    worker.on('message', (message: Reply) => {
      this.receive(slot, message);
    });
    worker.on('error', (error) => {
      this.replace(slot, `the code scanner's thread died: ${error.message}`);
    });
    worker.on('exit', () => {
      this.replace(slot, "the code scanner's thread ended");
    });
    return slot;
  }

  private receive(slot: Slot, message: Reply): void {
    if (!this.slots.includes(slot)) return;
    switch (message.kind) {
      case 'ready':
        slot.isReady = true;
        // An idle worker keeps no process alive.
        slot.worker.unref();
        for (const waiter of this.waiters.splice(0)) waiter.resolve();
        break;
      case 'unusable': {
        this.unusable = message.message;
        const error = new PurpgateError('setting_invalid', { message: message.message });
        for (const waiter of this.waiters.splice(0)) waiter.reject(error);
        for (const task of this.queue.splice(0)) task.reject(failure(message.message));
        break;
      }
      case 'done':
        this.finish(slot, message.id)?.resolve(message.answer);
        break;
      case 'failed':
        this.finish(slot, message.id)?.reject(failure(message.message));
    }
    this.dispatch();
  }

  /** Frees the slot of the job with this id and gives its task; null for an answer that nobody expects any more. */
  private finish(slot: Slot, id: number): Task | null {
    const { task } = slot;
    if (task?.job.id !== id) return null;
    if (slot.timer !== null) clearTimeout(slot.timer);
    slot.timer = null;
    slot.task = null;
    slot.worker.unref();
    return task;
  }

  private dispatch(): void {
    for (const slot of this.slots) {
      if (!slot.isReady || slot.task !== null) continue;
      const task = this.queue.shift();
      if (task === undefined) return;
      slot.task = task;
      slot.worker.ref();
      slot.timer = setTimeout(() => {
        // After a stall of this thread the answer may already lie in the port: look once before the worker pays for it.
        setImmediate(() => {
          if (slot.task === task)
            this.replace(
              slot,
              `scanning ${task.job.code.length} characters took longer than ${this.options.deadlineMs} ms`,
            );
        });
      }, this.options.deadlineMs);
      slot.worker.postMessage(task.job);
    }
    if (this.queue.length > 0 && this.slots.length < this.options.workers && this.unusable === null)
      this.addWorker().worker.ref();
  }

  private replace(slot: Slot, reason: string): void {
    const position = this.slots.indexOf(slot);
    if (position === -1) return;
    this.slots.splice(position, 1);
    const diedEarly = !slot.isReady;
    this.drop(slot, reason);
    if (diedEarly) {
      // A worker that cannot even start would be started for ever.
      this.unusable = reason;
      for (const waiter of this.waiters.splice(0)) waiter.reject(failure(reason));
      for (const task of this.queue.splice(0)) task.reject(failure(reason));
    } else if (!this.isStopped) this.addWorker();
  }

  private drop(slot: Slot, reason: string): void {
    if (slot.timer !== null) clearTimeout(slot.timer);
    slot.task?.reject(failure(reason));
    slot.task = null;
    this.endings.push(slot.worker.terminate().catch(() => undefined));
  }
}
