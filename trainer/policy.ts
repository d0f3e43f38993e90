/** A policy that answers and what judges its answers, for as long as they are needed. */
import { createEmbeddedEngine } from '../src/engine/embedded/engine.js';
import type { Engine } from '../src/engine/engine.js';
import { PurpgateError } from '../src/errors.js';
import { createCodeScanner } from '../src/guard/code/scanner.js';
import { Resources } from '../src/resources.js';
import { createSandbox, type Sandbox } from '../src/reward/sandbox.js';
import { createSampleScorer, type SampleScorer } from '../src/reward/score.js';
import { createLogger, createMetrics } from '../src/telemetry.js';

interface PolicyOptions {
  /** Hugging Face folder. */
  readonly folder: string;
  readonly threads: number;
  readonly signal: AbortSignal;
}

export interface JudgedPolicy {
  readonly engine: Engine;
  readonly scorer: SampleScorer;
  readonly sandbox: Sandbox;
}

const QUEUED_REQUESTS = 64;

/** @throws PurpgateError `model_unusable`, or `setting_invalid` where no sandbox can run: untested code is never taken for good. */
export async function withPolicy<Result>(
  { folder, threads, signal }: PolicyOptions,
  use: (policy: JudgedPolicy) => Promise<Result>,
): Promise<Result> {
  const resources = new Resources();
  try {
    const engine = createEmbeddedEngine({
      folder,
      threads,
      maxQueued: QUEUED_REQUESTS,
      logger: createLogger('error'),
      metrics: createMetrics(),
    });
    resources.own('engine', engine);
    const sandbox = resources.own('sandbox', await createSandbox());
    if (sandbox.unavailable !== null)
      throw new PurpgateError('setting_invalid', {
        publicMessage: `The sandbox that tests generated code is not available: ${sandbox.unavailable}`,
      });
    const scanner = resources.own('code scanner', await createCodeScanner());
    await engine.start(signal);
    return await use({ engine, sandbox, scorer: createSampleScorer({ scanner }) });
  } finally {
    await resources.stop();
  }
}
