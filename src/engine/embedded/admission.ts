/** Which waiting request runs next: within rows and memory, those first whose caller has least. */
import type { Job } from './sequence.js';

/** Sequences that run at once; a decode step costs time in proportion. */
export const MAX_ROWS = 32;
/** Sequences that are held at once. Those of slow consumers are paused and cost memory alone, but may all go on at the same moment. */
const MAX_HELD = 4 * MAX_ROWS;
/** How much of what can be held one caller may have and still be given more: clients that never read must leave some to others. */
const SHARE_OF_ONE_CALLER = 0.75;

export interface Holding {
  /** Sequences that run. */
  readonly rows: number;
  /** Sequences that run or are paused. */
  readonly held: number;
  /** Tokens of cache that they may come to need. */
  readonly tokens: number;
}

const NOTHING: Holding = { rows: 0, held: 0, tokens: 0 };

interface Limits {
  readonly maxTokens: number;
  /** What a request takes now, or would take. */
  readonly holdingOf: (job: Job) => Holding;
}

/** Null when the one whose turn it is does not fit yet: others do not overtake it, since it would starve. */
export function nextJob(waiting: readonly Job[], admitted: Iterable<Job>, limits: Limits): Job | null {
  if (waiting.length === 0) return null;
  const { maxTokens, holdingOf } = limits;
  const callers = new Map<string, Holding>();
  let all = NOTHING;
  for (const job of admitted) {
    const holding = holdingOf(job);
    all = sum(all, holding);
    callers.set(job.caller, sum(callers.get(job.caller) ?? NOTHING, holding));
  }
  let next: Job | null = null;
  let least = Infinity;
  for (const job of waiting) {
    const own = callers.get(job.caller) ?? NOTHING;
    if (own.held >= least) continue;
    const then = sum(own, holdingOf(job));
    const isTooMuch = then.held > MAX_HELD * SHARE_OF_ONE_CALLER || then.tokens > maxTokens * SHARE_OF_ONE_CALLER;
    if (own.held > 0 && isTooMuch) continue;
    next = job;
    least = own.held;
  }
  if (next === null) return null;
  const then = sum(all, holdingOf(next));
  return then.rows <= MAX_ROWS && then.held <= MAX_HELD && then.tokens <= maxTokens ? next : null;
}

function sum(a: Holding, b: Holding): Holding {
  return { rows: a.rows + b.rows, held: a.held + b.held, tokens: a.tokens + b.tokens };
}
