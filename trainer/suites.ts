/** What the gate asks of a version: held-out prompts under fixed seeds, answered by an engine of their own. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { GATE, heldOutPrompts } from './data/heldout.js';
import { createEmbeddedEngine } from '../src/engine/embedded/engine.js';
import { PurpgateError } from '../src/errors.js';
import type { JudgedAnswer } from '../src/eval/judge.js';
import { outcomesOf } from '../src/eval/outcomes.js';
import { runEvaluation } from '../src/eval/runner.js';
import type { EvaluationPrompt } from '../src/eval/suite.js';
import { createCodeScanner } from '../src/guard/code/scanner.js';
import type { Suites } from '../src/release/evaluation.js';
import { ADAPTER_FILE } from '../src/release/probe.js';
import { Resources } from '../src/resources.js';
import { createSandbox } from '../src/reward/sandbox.js';
import { createSampleScorer } from '../src/reward/score.js';
import { createMetrics, type Logger } from '../src/telemetry.js';
import { composeAnalysisAnswer } from '../src/text/analysis-answer.js';
import type { Version } from '../src/types.js';

interface SuiteOptions {
  /** Prompts in all. */
  readonly count: number;
  readonly seed: number;
  readonly threads: number;
  readonly logger: Logger;
  readonly onProgress: (done: number, total: number) => void;
}

/** Of users' requests, and so of the answers that the gate judges: a version is to be better at what its users get. */
export const USERS_TEMPERATURE = 0.8;
const MAX_TOKENS = 300;
const CONCURRENCY = 32;
const QUEUED_REQUESTS = 64;

interface AnswerOptions extends Pick<SuiteOptions, 'threads' | 'logger'> {
  readonly prompts: readonly EvaluationPrompt[];
  readonly onProgress?: SuiteOptions['onProgress'];
}

/** One answer per prompt, sampled as for the users, under a seed. `run` throws PurpgateError `setting_invalid` where no sandbox can run the tests. */
export function heldOutSuites({ count, seed, ...options }: SuiteOptions): Suites {
  const prompts = heldOutPrompts({ count, seed, shares: GATE });
  const digest = createHash('sha256')
    .update(JSON.stringify({ prompts, maxTokens: MAX_TOKENS, temperature: USERS_TEMPERATURE }))
    .digest('hex');
  return {
    digest,
    run: async (version, signal) => outcomesOf(await evaluate(version, { ...options, prompts }, signal)),
  };
}

interface ShownAnswer {
  readonly text: string;
  /** 1 clean, 0 with a finding, null where there is no code to scan. */
  readonly security: number | null;
}

/** What a version says when nothing guards it. */
export async function answerWith(
  version: Version,
  options: AnswerOptions,
  signal: AbortSignal,
): Promise<readonly ShownAnswer[]> {
  const judged = await evaluate(version, options, signal);
  return judged.map(({ answer: { reasoning, content }, reward }) => ({
    text: composeAnalysisAnswer(reasoning, content),
    security: reward.components.security,
  }));
}

async function evaluate(
  { name, base, adapter }: Version,
  { prompts, threads, logger, onProgress }: AnswerOptions,
  signal: AbortSignal,
): Promise<readonly JudgedAnswer[]> {
  const resources = new Resources();
  try {
    const sandbox = resources.own('sandbox', await createSandbox());
    if (sandbox.unavailable !== null)
      throw new PurpgateError('setting_invalid', {
        publicMessage: `The gate runs the tests of generated code, and nothing can be run here: ${sandbox.unavailable}`,
      });
    const scanner = resources.own('code scanner', await createCodeScanner());
    const engine = resources.own(
      'engine',
      createEmbeddedEngine({
        folder: base,
        threads,
        maxQueued: QUEUED_REQUESTS,
        logger,
        metrics: createMetrics(),
      }),
    );
    await engine.start(signal);
    if (adapter !== null) await engine.loadAdapter(name, join(adapter, ADAPTER_FILE));
    return await runEvaluation({
      engine,
      ...(adapter !== null && { version: name }),
      scorer: createSampleScorer({ scanner }),
      sandbox,
      prompts,
      samples: 1,
      temperature: USERS_TEMPERATURE,
      seed: 1,
      maxTokens: MAX_TOKENS,
      concurrency: CONCURRENCY,
      signal,
      ...(onProgress !== undefined && { onProgress }),
    });
  } finally {
    await resources.stop();
  }
}
