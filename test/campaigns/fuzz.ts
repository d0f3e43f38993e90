/**
 * Damaged streams of model servers through the parsers of the upstream engine, and damaged requests of every wire format through the HTTP application:
 * always an answer or an error of the protocol's shape, never a crash, never a wait without end.
 *
 *   npm run campaign:fuzz [-- cases] [-- first-seed]
 *
 * Half of the cases are streams, half are requests. A case that fails prints its seed and ends the campaign.
 */
import { availableParallelism } from 'node:os';
import { fuzzRequest, openFuzzedApp } from '../support/fuzz-request.js';
import { fuzzStream } from '../support/fuzz-stream.js';
import { Mutation } from '../support/mutation.js';

const cases = Number(process.argv[2] ?? 100_000);
const firstSeed = Number(process.argv[3] ?? 1_000_000);
/** More than any case takes, on a machine that does other work. */
const HANG_MS = 60_000;
const PROGRESS_MS = 5_000;

class Tally {
  private readonly outcomes = new Map<string, number>();
  private readonly startedAt = performance.now();
  private told = this.startedAt;
  private slowest = { ms: 0, seed: 0 };
  private done = 0;

  constructor(private readonly name: string) {}

  add(outcome: string, seed: number, ms: number): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    if (ms > this.slowest.ms) this.slowest = { ms, seed };
    this.done += 1;
    if (performance.now() - this.told < PROGRESS_MS) return;
    this.told = performance.now();
    console.log(this.line());
  }

  print(): void {
    console.log(this.line());
    for (const [outcome, count] of [...this.outcomes].sort(([, left], [, right]) => right - left))
      console.log(`  ${String(count).padStart(7)}  ${outcome}`);
  }

  private line(): string {
    const seconds = (performance.now() - this.startedAt) / 1000;
    const { ms, seed } = this.slowest;
    return `${this.name}: ${this.done} cases, ${Math.round(this.done / seconds)}/s, the slowest ${Math.round(ms)} ms (seed ${seed})`;
  }
}

async function campaign(name: string, runCase: (mutation: Mutation) => string | Promise<string>): Promise<void> {
  const tally = new Tally(name);
  for (let seed = firstSeed; seed < firstSeed + cases / 2; seed += 1) {
    const startedAt = performance.now();
    const timer = setTimeout(() => {
      console.error(`${name}: seed ${seed} did not end within ${HANG_MS} ms`);
      process.exit(1);
    }, HANG_MS);
    try {
      tally.add(await runCase(new Mutation(seed)), seed, performance.now() - startedAt);
    } catch (thrown) {
      console.error(`${name}: seed ${seed} failed`);
      throw thrown;
    } finally {
      clearTimeout(timer);
    }
  }
  tally.print();
}

console.log(`${cases} cases from seed ${firstSeed}, Node ${process.version}, ${availableParallelism()} cores`);
await campaign('streams', fuzzStream);
const target = await openFuzzedApp();
await campaign('requests', (mutation) => fuzzRequest(target, mutation));
await target.app.close();
