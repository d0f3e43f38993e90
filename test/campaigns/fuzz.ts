/**
 * Damaged streams of model servers through the parsers of the upstream engine, and damaged requests of every wire format through the HTTP application:
 * always an answer or an error of the protocol's shape, never a crash, never a wait without end.
 *
 *   npm run campaign:fuzz [-- cases] [-- first-seed]
 *
 * Half of the cases are streams, half are requests. Each core has a thread with an application of its own, which takes every n-th seed. A case that fails
 * prints its seed and ends the campaign.
 */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { fuzzRequest, openFuzzedApp } from '../support/fuzz-request.js';
import { fuzzStream } from '../support/fuzz-stream.js';
import { Mutation } from '../support/mutation.js';

/** More than any case takes, on a machine that does other work. */
const HANG_MS = 60_000;
const PROGRESS_MS = 10_000;
const PHASES = ['streams', 'requests'] as const;

type Phase = (typeof PHASES)[number];

interface Share {
  readonly phase: Phase;
  readonly first: number;
  readonly end: number;
  readonly step: number;
  /** The seed of the case that runs. It is shared since a thread that hangs sends no message. */
  readonly current: Int32Array;
}

interface Result {
  readonly outcomes: ReadonlyMap<string, number>;
  readonly slowest: { readonly ms: number; readonly seed: number };
}

/** In a thread: runs its cases one after another. */
async function runShare({ phase, first, end, step, current }: Share): Promise<Result> {
  const target = phase === 'requests' ? await openFuzzedApp() : null;
  const outcomes = new Map<string, number>();
  let slowest = { ms: 0, seed: first };
  for (let seed = first; seed < end; seed += step) {
    Atomics.store(current, 0, seed);
    const startedAt = performance.now();
    const mutation = new Mutation(seed);
    try {
      const outcome = target === null ? fuzzStream(mutation) : await fuzzRequest(target, mutation);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    } catch (thrown) {
      throw new Error(`${phase}: seed ${seed} failed`, { cause: thrown });
    }
    const ms = performance.now() - startedAt;
    if (ms > slowest.ms) slowest = { ms, seed };
  }
  await target?.app.close();
  return { outcomes, slowest };
}

class Thread {
  readonly result: Promise<Result>;
  private readonly current: Int32Array;
  private isDone = false;
  private seen: number;
  private seenAt = performance.now();

  constructor(
    private readonly phase: Phase,
    private readonly first: number,
    { end, step }: { readonly end: number; readonly step: number },
  ) {
    this.current = new Int32Array(new SharedArrayBuffer(4)).fill(first);
    this.seen = first;
    const share: Share = { phase, first, end, step, current: this.current };
    const worker = new Worker(new URL(import.meta.url), { workerData: share });
    // `once` rejects with what the thread threw.
    this.result = once(worker, 'message').then(([result]) => {
      this.isDone = true;
      return result as Result;
    });
  }

  /** Offset of the seed that runs from the first. @throws Error when it has been running for too long. */
  progress(): number {
    const seed = Atomics.load(this.current, 0);
    const now = performance.now();
    if (seed !== this.seen) {
      this.seen = seed;
      this.seenAt = now;
    } else if (!this.isDone && now - this.seenAt > HANG_MS)
      throw new Error(`${this.phase}: seed ${seed} did not end within ${HANG_MS} ms`);
    return seed - this.first;
  }
}

async function campaign(phase: Phase, firstSeed: number, cases: number): Promise<void> {
  const startedAt = performance.now();
  const step = availableParallelism();
  const range = { end: firstSeed + cases, step };
  const threads = Array.from({ length: step }, (_, offset) => new Thread(phase, firstSeed + offset, range));
  const tell = (done: number): void => {
    const seconds = (performance.now() - startedAt) / 1000;
    console.log(`${phase}: ${done} cases in ${Math.round(seconds)} s, ${Math.round(done / seconds)}/s`);
  };
  const running = Promise.all(threads.map(({ result }) => result));
  let results: readonly Result[] | null = null;
  while (results === null) {
    results = await Promise.race([running, setTimeout(PROGRESS_MS, null, { ref: false })]);
    const progress = threads.map((thread) => thread.progress());
    if (results === null) tell(Math.min(...progress));
  }
  const outcomes = new Map<string, number>();
  for (const [outcome, count] of results.flatMap((result) => [...result.outcomes]))
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + count);
  tell([...outcomes.values()].reduce((sum, count) => sum + count, 0));
  for (const { slowest } of results)
    console.log(`  the slowest of a thread: ${Math.round(slowest.ms)} ms (seed ${slowest.seed})`);
  for (const [outcome, count] of [...outcomes].sort(([, left], [, right]) => right - left))
    console.log(`  ${String(count).padStart(7)}  ${outcome}`);
}

if (isMainThread) {
  const cases = Number(process.argv[2] ?? 100_000);
  const firstSeed = Number(process.argv[3] ?? 1_000_000);
  console.log(`${cases} cases from seed ${firstSeed}, Node ${process.version}, ${availableParallelism()} cores`);
  try {
    for (const phase of PHASES) await campaign(phase, firstSeed, cases / 2);
  } catch (thrown) {
    console.error(thrown);
    // A thread that hangs would keep the process.
    process.exit(1);
  }
} else parentPort?.postMessage(await runShare(workerData as Share));
