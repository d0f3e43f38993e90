/**
 * Continuous batching. Requests wait for their turn; one at a time is prefilled, in chunks; between two chunks, one slab of running sequences
 * does a decode step. Sequences join and leave between steps. Everything happens on the child's one thread, and only `#loop` moves rows:
 * what the parent says meanwhile is noted and taken up between two runs, since a run reads the slabs in place.
 */
import { PurpgateError } from '../../errors.js';
import type { VersionName } from '../../types.js';
import { MAX_ROWS, nextJob, type Holding } from './admission.js';
import { KvSlab, bytesPerToken, capacityFor, type CacheShape } from './kv-cache.js';
import type { Model } from './model.js';
import type { StepOutput } from './protocol.js';
import type { Job, Sequence } from './sequence.js';

/** Bytes of keys and values that running sequences may come to need. */
const CACHE_BYTES = 1 << 30;
/** Tokens of a request that the consumer has not taken, at which it pauses, and at which it goes on. */
export const PAUSE_AT = 256;
const RESUME_AT = PAUSE_AT / 2;

interface SchedulerOptions {
  readonly model: Pick<Model, 'step' | 'prefillChunk' | 'config' | 'hasAdapter'>;
  readonly maxQueued: number;
  readonly onStep: (outputs: readonly StepOutput[]) => void;
  readonly onRefused: (request: number, error: PurpgateError) => void;
}

interface Group {
  readonly adapter: VersionName | null;
  readonly slab: KvSlab<Sequence>;
}

export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #shape: CacheShape;
  readonly #maxTokens: number;
  /** All that is not over, by number. */
  readonly #jobs = new Map<number, Job>();
  readonly #waiting: Job[] = [];
  readonly #admitted = new Set<Job>();
  #prefill: { readonly job: Job; readonly slab: KvSlab<Sequence | null> } | null = null;
  /** Slabs with running sequences; the next to step is first. */
  readonly #groups: Group[] = [];
  /** Sequences of slow consumers, each in a slab of its own, so that they cost no time. */
  readonly #paused = new Map<Sequence, KvSlab<Sequence>>();
  /** What the parent asked for meanwhile. */
  readonly #tasks: (() => void)[] = [];
  #isRunning = false;
  /** Whether something came since the loop last looked. */
  #hasNews = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#shape = options.model.config;
    // One request of full length always fits.
    this.#maxTokens = Math.max(
      Math.floor(CACHE_BYTES / bytesPerToken(this.#shape)),
      capacityFor(options.model.config.maxPositions),
    );
  }

  /** @throws PurpgateError `overloaded` or `unsupported_parameter`, without a trace left. */
  submit(job: Job): void {
    if (job.sequences.length > MAX_ROWS || this.#needOf(job) > this.#maxTokens)
      throw new PurpgateError('unsupported_parameter', {
        publicMessage: `The model cannot generate ${job.sequences.length} choices of this length at once.`,
        param: 'n',
      });
    if (this.#waiting.length >= this.#options.maxQueued) throw new PurpgateError('overloaded');
    this.#jobs.set(job.request, job);
    this.#waiting.push(job);
    this.#wake();
  }

  cancel(request: number): void {
    this.#between(() => {
      const job = this.#jobs.get(request);
      if (job !== undefined) this.#remove(job);
    });
  }

  consumed(request: number, tokens: number): void {
    this.#between(() => {
      const job = this.#jobs.get(request);
      if (job === undefined) return;
      job.consumed = tokens;
      if (job.sent - tokens <= RESUME_AT) this.#resume(job);
    });
  }

  /** Ends what runs or waits on an adapter, then calls back: nothing uses it any more. */
  releaseAdapter(adapter: VersionName, onReleased: () => void): void {
    this.#between(() => {
      for (const job of this.#jobs.values())
        if (job.adapter === adapter) {
          this.#remove(job);
          this.#options.onRefused(job.request, new PurpgateError('engine_unavailable'));
        }
      onReleased();
    });
  }

  /** For tests: what takes memory now. */
  get load(): { readonly jobs: number; readonly rows: number; readonly paused: number; readonly slabs: number } {
    const rows = this.#groups.reduce((sum, { slab }) => sum + slab.size, 0);
    return { jobs: this.#jobs.size, rows, paused: this.#paused.size, slabs: this.#groups.length };
  }

  #between(task: () => void): void {
    this.#tasks.push(task);
    this.#wake();
  }

  #wake(): void {
    this.#hasNews = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    // A run that throws leaves slabs in an unknown state: the process ends, and the parent starts another.
    setImmediate(() => void this.#loop());
  }

  async #loop(): Promise<void> {
    for (let isBusy = true; isBusy || this.#hasNews; ) {
      this.#hasNews = false;
      this.#doTasks();
      const hasPrefilled = await this.#prefillStep();
      this.#doTasks();
      const hasDecoded = await this.#decodeStep();
      isBusy = hasPrefilled || hasDecoded;
    }
    this.#isRunning = false;
  }

  #doTasks(): void {
    for (const task of this.#tasks.splice(0)) task();
  }

  /** Returns whether there was something to do. */
  async #prefillStep(): Promise<boolean> {
    this.#prefill ??= this.#admit();
    if (this.#prefill === null) return false;
    const { job, slab } = this.#prefill;
    const start = slab.length(0);
    const ids = job.promptIds.slice(start, start + this.#options.model.prefillChunk);
    const isLast = start + ids.length === job.promptIds.length;
    const input = { slab, ids_BS: [ids], adapter: job.adapter };
    const logits_V = await this.#options.model.step(input, isLast ? 'wanted' : 'unwanted');
    if (!isLast || logits_V === null) return true;
    this.#prefill = null;
    const outputs = job.sequences.map((sequence) => sequence.advance(logits_V));
    for (const sequence of job.sequences) if (!sequence.isFinished) this.#place(sequence, slab, 0);
    this.#deliver(outputs, [job]);
    return true;
  }

  async #decodeStep(): Promise<boolean> {
    const group = this.#groups.shift();
    if (group === undefined) return false;
    this.#groups.push(group);
    const { slab, adapter } = group;
    const sequences = Array.from({ length: slab.size }, (_, row) => slab.owner(row));
    const input = { slab, ids_BS: sequences.map(({ lastId }) => [lastId]), adapter };
    const logits_BV = await this.#options.model.step(input, 'wanted');
    if (logits_BV === null) throw new Error('the graph returned no logits');
    const width = logits_BV.length / sequences.length;
    const outputs = sequences.map((sequence, row) =>
      sequence.advance(logits_BV.subarray(row * width, (row + 1) * width)),
    );
    // From the last row on, so that the row that fills a gap has been dealt with.
    for (const [row, sequence] of [...sequences.entries()].reverse()) {
      if (sequence.isFinished) slab.remove(row);
      else if (slab.length(row) === slab.capacity) this.#move(sequence, slab, row);
    }
    this.#deliver(outputs, new Set(sequences.map(({ job }) => job)));
    return true;
  }

  #admit(): { job: Job; slab: KvSlab<null> } | null {
    const job = nextJob(this.#waiting, this.#admitted, {
      maxTokens: this.#maxTokens,
      holdingOf: (other) => this.#holdingOf(other),
    });
    if (job === null) return null;
    this.#waiting.splice(this.#waiting.indexOf(job), 1);
    this.#admitted.add(job);
    const slab = new KvSlab<null>(this.#shape, capacityFor(job.promptIds.length));
    slab.add(null);
    return { job, slab };
  }

  #holdingOf(job: Job): Holding {
    const { length } = job.sequences;
    const paused = job.sequences.filter((sequence) => this.#paused.has(sequence)).length;
    return { rows: length - paused, held: length, tokens: this.#needOf(job) };
  }

  /** Tokens of cache that a request may come to need. */
  #needOf({ promptIds, maxTokens, sequences }: Job): number {
    return sequences.length * capacityFor(promptIds.length + maxTokens);
  }

  /** Copies a row to the slab that its next token needs. */
  #place(sequence: Sequence, from: KvSlab<Sequence | null>, row: number): void {
    const capacity = capacityFor(from.length(row) + 1);
    const { adapter } = sequence.job;
    let group = this.#groups.find((open) => open.adapter === adapter && open.slab.capacity === capacity);
    if (group === undefined) {
      group = { adapter, slab: new KvSlab<Sequence>(this.#shape, capacity) };
      this.#groups.push(group);
    }
    group.slab.addCopy(sequence, from, row);
  }

  #move(sequence: Sequence, from: KvSlab<Sequence>, row: number): void {
    this.#place(sequence, from, row);
    from.remove(row);
  }

  /** Reports a step, forgets requests that are complete, pauses those that are not taken, and drops empty slabs. */
  #deliver(outputs: readonly StepOutput[], jobs: Iterable<Job>): void {
    this.#options.onStep(outputs);
    for (const job of jobs) {
      if (job.sequences.every(({ isFinished }) => isFinished)) this.#remove(job);
      else if (job.sent - job.consumed >= PAUSE_AT) this.#pause(job);
    }
    this.#dropEmpty();
  }

  #pause(job: Job): void {
    for (const sequence of job.sequences)
      this.#take(sequence, (slab, row) => {
        const own = new KvSlab<Sequence>(this.#shape, slab.capacity);
        own.addCopy(sequence, slab, row);
        this.#paused.set(sequence, own);
      });
  }

  #resume({ sequences }: Job): void {
    for (const sequence of sequences) {
      const slab = this.#paused.get(sequence);
      if (slab === undefined) continue;
      this.#paused.delete(sequence);
      this.#place(sequence, slab, 0);
    }
  }

  #remove(job: Job): void {
    this.#jobs.delete(job.request);
    this.#admitted.delete(job);
    const place = this.#waiting.indexOf(job);
    if (place !== -1) this.#waiting.splice(place, 1);
    if (this.#prefill?.job === job) this.#prefill = null;
    for (const sequence of job.sequences) {
      this.#paused.delete(sequence);
      this.#take(sequence, () => undefined);
    }
    this.#dropEmpty();
  }

  /** Removes a running sequence from its slab, after `use` has seen its row. */
  #take(sequence: Sequence, use: (slab: KvSlab<Sequence>, row: number) => void): void {
    for (const { slab } of this.#groups) {
      const row = slab.rowOf(sequence);
      if (row === -1) continue;
      use(slab, row);
      slab.remove(row);
      return;
    }
  }

  #dropEmpty(): void {
    for (let index = this.#groups.length - 1; index >= 0; index--)
      if (this.#groups[index]?.slab.size === 0) this.#groups.splice(index, 1);
  }
}
