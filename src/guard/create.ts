/** Builds the guard from a policy and its judges. */
import type { Logger, Metrics } from '../telemetry.js';
import type { Delta, Verdict } from '../types.js';
import type { CodeScanner } from './code/scanner.js';
import { CodeJudge } from './code-judge.js';
import type { Guard } from './guard.js';
import { hashPolicy, type Policy, wantsRepair } from './policy.js';
import { createJudgementCache, InputGuard, type JudgementCache } from './prompt/input.js';
import type { PromptJudge } from './prompt/prompt-judge.js';
import { createRuleJudge } from './prompt/rule-judge.js';
import { enforce, observe } from './stream.js';
import { Webhook } from './webhook.js';
import { RequestWebhooks } from './webhooks.js';

interface GuardDeadlines {
  /** Milliseconds for judging one prompt. */
  readonly inputMs: number;
  /** Milliseconds for one scan of code. */
  readonly codeMs: number;
}

const DEADLINES: GuardDeadlines = { inputMs: 10_000, codeMs: 5000 };

export interface GuardOptions {
  readonly policy: Policy;
  /** Belongs to the caller, who stops it. */
  readonly scanner: CodeScanner;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly deadlines?: GuardDeadlines;
  readonly promptJudge?: PromptJudge;
  /** `ignored`: those of the policy are not asked. */
  readonly webhooks?: 'asked' | 'ignored';
  /** Absent: one of its own. */
  readonly cache?: JudgementCache;
}

export function createGuard(options: GuardOptions): Guard {
  const {
    policy,
    scanner,
    metrics,
    logger,
    deadlines = DEADLINES,
    promptJudge = createRuleJudge(),
    cache = createJudgementCache(),
  } = options;
  const policyHash = hashPolicy(policy, [scanner.rulesHash, promptJudge.hash]);
  const input = new InputGuard({
    policy,
    policyHash,
    judge: promptJudge,
    logger,
    deadlineMs: deadlines.inputMs,
    cache,
  });
  const codeOptions = { policy, scanner, logger, deadlineMs: deadlines.codeMs };
  const scanJudge = new CodeJudge(codeOptions);
  const webhooks =
    options.webhooks === 'ignored'
      ? []
      : policy.webhooks.map((settings) => new Webhook(settings, { logger, mode: policy.mode }));
  const count = ({ stage, guard, action, ms }: Verdict): void => {
    metrics.verdicts.inc({ stage, guard, action });
    metrics.guardSeconds.observe({ guard }, ms / 1000);
  };
  return {
    policy: { name: policy.name, hash: policyHash },
    blockedPrompt: policy.prompt.action === 'refuse' ? 'refuse' : 'answer',
    repairs: repairsOf(policy),
    input: async (messages, context, signal) => {
      const judged = await Promise.all([
        input.judge(messages, context, signal),
        new RequestWebhooks(webhooks, context).prompt(messages, signal),
      ]);
      const verdicts = judged.flatMap((each) => each.verdicts);
      verdicts.forEach(count);
      return { verdicts, blockedBy: judged.find(({ blockedBy }) => blockedBy !== null)?.blockedBy ?? null };
    },
    output: (deltas, context, signal) => {
      const asked = new RequestWebhooks(webhooks, context);
      const judge = asked.askAbout('code') ? new CodeJudge({ ...codeOptions, webhooks: asked }) : scanJudge;
      const judged = (policy.mode === 'enforce' ? enforce : observe)(deltas, { policy, judge, signal });
      if (!asked.askAbout('answer')) return counted(judged, count);
      const answers = policy.mode === 'enforce' ? asked.answers(judged, signal) : asked.observedAnswers(judged, signal);
      return counted(answers, count);
    },
  };
}

/** What was let go statement by statement cannot be taken back. */
function repairsOf(policy: Policy): Guard['repairs'] {
  if (policy.mode === 'observe' || !wantsRepair(policy)) return 'none';
  return policy.release === 'by-block' ? 'all' : 'whole';
}

async function* counted(deltas: AsyncIterable<Delta>, count: (verdict: Verdict) => void): AsyncGenerator<Delta> {
  for await (const delta of deltas) {
    if (delta.type === 'verdict') count(delta.verdict);
    yield delta;
  }
}
