/** Evaluates one model: starts what that needs, and stops it. */
import { createEmbeddedEngine } from '../engine/embedded/engine.js';
import { createCodeScanner } from '../guard/code/scanner.js';
import type { Sandbox } from '../reward/sandbox.js';
import { createSampleScorer } from '../reward/score.js';
import { createLogger, createMetrics } from '../telemetry.js';
import type { VersionName } from '../types.js';
import type { JudgedAnswer } from './judge.js';
import { runEvaluation } from './runner.js';
import type { EvaluationPrompt } from './suite.js';

/** A base checkpoint, and the adapter on it where there is one. */
export interface EvaluatedModel {
  /** Hugging Face folder. */
  readonly folder: string;
  readonly adapter: { readonly version: VersionName; readonly file: string } | null;
}

interface EvaluateOptions {
  readonly samples: number;
  readonly temperature: number;
  readonly seed: number;
  readonly threads: number;
  readonly sandbox: Sandbox;
  readonly signal: AbortSignal;
  readonly stderr: NodeJS.WritableStream;
}

export interface Evaluation {
  /** Null for a foreign model. */
  readonly version: VersionName | null;
  readonly judged: readonly JudgedAnswer[];
}

const MAX_TOKENS = 300;
const CONCURRENCY = 24;
const QUEUED_REQUESTS = 64;

/** @throws PurpgateError `model_unusable` and those of the engine and the scanner. */
export async function evaluate(
  { folder, adapter }: EvaluatedModel,
  prompts: readonly EvaluationPrompt[],
  { threads, stderr, ...options }: EvaluateOptions,
): Promise<Evaluation> {
  const engine = createEmbeddedEngine({
    folder,
    threads,
    maxQueued: QUEUED_REQUESTS,
    logger: createLogger('error'),
    metrics: createMetrics(),
  });
  try {
    const scanner = await createCodeScanner();
    try {
      await engine.start(options.signal);
      if (adapter !== null) await engine.loadAdapter(adapter.version, adapter.file);
      const judged = await runEvaluation({
        ...options,
        engine,
        ...(adapter !== null && { version: adapter.version }),
        scorer: createSampleScorer({ scanner }),
        prompts,
        maxTokens: MAX_TOKENS,
        concurrency: CONCURRENCY,
        ...('isTTY' in stderr && stderr.isTTY === true ? { onProgress: progressLine(stderr) } : {}),
      });
      return { version: adapter?.version ?? engine.model.version, judged };
    } finally {
      await scanner.stop();
    }
  } finally {
    await engine.stop();
  }
}

/** Overwrites itself; ends the line with the last answer. */
function progressLine(stderr: NodeJS.WritableStream): (judged: number, total: number) => void {
  return (judged, total) => {
    stderr.write(`\r${judged}/${total} answers${judged === total ? '\n' : ''}`);
  };
}
