/** Measures a policy as `purpgate eval` does, on held-out and on hand-written prompts. */
import type { JudgedAnswer } from '../src/eval/judge.js';
import { summarise, type MetricRow } from '../src/eval/metrics.js';
import { runEvaluation } from '../src/eval/runner.js';
import { handwrittenPrompts } from './data/handwritten.js';
import { heldOutPrompts } from './data/heldout.js';
import { withPolicy } from './policy.js';
import { Pace, type Display } from './progress.js';

export interface Measurement {
  readonly version: string | null;
  readonly metrics: readonly MetricRow[];
}

interface MeasureOptions {
  /** Hugging Face folder. */
  readonly model: string;
  /** Held-out prompts. */
  readonly count: number;
  readonly seed: number;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly display: Display;
}

const MAX_TOKENS = 300;
const CONCURRENCY = 48;

/** Greedy, one answer per prompt. Answers stand in the order of the prompts, held-out ones first. */
export async function measure(
  options: MeasureOptions,
): Promise<Measurement & { readonly judged: readonly JudgedAnswer[] }> {
  const { model, count, seed, threads, signal, display } = options;
  const prompts = [...heldOutPrompts({ seed, count }), ...handwrittenPrompts];
  const pace = new Pace(prompts.length, 0);
  return withPolicy({ folder: model, threads, signal }, async (policy) => {
    const judged = await runEvaluation({
      ...policy,
      prompts,
      samples: 1,
      temperature: 0,
      seed,
      maxTokens: MAX_TOKENS,
      concurrency: CONCURRENCY,
      signal,
      onProgress: (done, total) => {
        display.status(`evaluation: answer ${done}/${total}  ${pace.left(done)}`, done / total);
      },
    });
    return { version: policy.engine.model.version, metrics: summarise(judged), judged };
  });
}
