/** Builds the guard from a policy and its judges. */
import type { Config } from '../config.js';
import type { Logger, Metrics } from '../telemetry.js';
import type { Delta, Verdict } from '../types.js';
import type { CodeScanner } from './code/scanner.js';
import { CodeJudge } from './code-judge.js';
import type { Guard } from './guard.js';
import { hashPolicy, policyOf } from './policy.js';
import { InputGuard } from './prompt/input.js';
import type { PromptJudge } from './prompt/prompt-judge.js';
import { createRuleJudge } from './prompt/rule-judge.js';
import { enforce, observe } from './stream.js';

interface GuardDeadlines {
  /** Milliseconds for judging one prompt. */
  readonly inputMs: number;
  /** Milliseconds for one scan of code. */
  readonly codeMs: number;
}

const DEADLINES: GuardDeadlines = { inputMs: 10_000, codeMs: 5000 };

interface GuardOptions {
  readonly policy: Config['policy'];
  /** Belongs to the caller, who stops it. */
  readonly scanner: CodeScanner;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly deadlines?: GuardDeadlines;
  readonly promptJudge?: PromptJudge;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
}

export function createGuard(options: GuardOptions): Guard {
  const {
    scanner,
    metrics,
    logger,
    deadlines = DEADLINES,
    promptJudge = createRuleJudge(),
    clock = Date.now,
  } = options;
  const policy = policyOf(options.policy);
  const policyHash = hashPolicy(policy, [scanner.rulesHash, promptJudge.hash]);
  const input = new InputGuard({
    policy,
    policyHash,
    judge: promptJudge,
    logger,
    deadlineMs: deadlines.inputMs,
    clock,
  });
  const judge = new CodeJudge({ policy, scanner, logger, deadlineMs: deadlines.codeMs });
  const count = ({ stage, guard, action, ms }: Verdict): void => {
    metrics.verdicts.inc({ stage, guard, action });
    metrics.guardSeconds.observe({ guard }, ms / 1000);
  };
  return {
    policyHash,
    input: async (messages, context, signal) => {
      const judged = await input.judge(messages, context, signal);
      judged.verdicts.forEach(count);
      return judged;
    },
    output: (deltas, _context, signal) =>
      counted((policy.mode === 'enforce' ? enforce : observe)(deltas, { policy, judge, signal }), count),
    // It holds nothing that outlives a request.
    stop: () => Promise.resolve(),
  };
}

async function* counted(deltas: AsyncIterable<Delta>, count: (verdict: Verdict) => void): AsyncGenerator<Delta> {
  for await (const delta of deltas) {
    if (delta.type === 'verdict') count(delta.verdict);
    yield delta;
  }
}
