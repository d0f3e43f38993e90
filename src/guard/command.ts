/** `purpgate guard`: judges prompts from standard input, a line each. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { Command, CommandIo } from '../cli/command.js';
import { loadConfig } from '../config.js';
import { toPurpgateError } from '../errors.js';
import { createLogger } from '../telemetry.js';
import type { Verdict } from '../types.js';
import { hashPolicy, type Policy } from './policy.js';
import { readMessages } from './messages.js';
import { loadPolicies, policyNamed } from './policy-file.js';
import { createJudgementCache, InputGuard } from './prompt/input.js';
import { createPromptJudge } from './prompt/combined-judge.js';
import type { PromptJudge } from './prompt/prompt-judge.js';

const HELP = `Usage: purpgate guard [--json]
       purpgate guard replay --help

Reads one JSON object per line from standard input, {"text": "…"} or {"messages": [{"role": "user", "content": "…"}]},
and judges it as a prompt under the policy GUARD_POLICY. Needs no server.

Prints one line per line read, in order:
  --json   {"verdict": "allow" | "annotate" | "block", "score": 0…1, "label": "benign" | "malicious" | "jailbreak" | "injection",
           "rules": ["…"]}, or {"error": "…"} for a line that cannot be read
  else     verdict, score, label and rules for a person
`;

interface Answer {
  readonly verdict: 'allow' | 'annotate' | 'block';
  readonly score: number;
  readonly label: string;
  readonly rules: readonly string[];
}

export const guardCommand: Command = async (args, io) => {
  const { values } = parseArgs({
    args: [...args],
    options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
  });
  if (values.help) {
    io.stdout.write(HELP);
    return 0;
  }
  const config = loadConfig();
  const policies = loadPolicies(config);
  const judge = await createPromptJudge(config.promptModel);
  try {
    const guard = createInputGuard(policyNamed(policies, policies.fallback, 'GUARD_POLICY'), judge);
    const show = values.json ? JSON.stringify : readable;
    const lines = createInterface({ input: io.stdin, crlfDelay: Infinity, signal: io.signal });
    for await (const line of lines) {
      if (line.trim() === '') continue;
      await write(io, `${show(await judgeLine(guard, line, io.signal))}\n`);
    }
  } finally {
    await judge.stop();
  }
  return io.signal.aborted ? 1 : 0;
};

function createInputGuard(policy: Policy, judge: PromptJudge): InputGuard {
  return new InputGuard({
    policy,
    policyHash: hashPolicy(policy, [judge.hash]),
    judge,
    logger: createLogger('silent'),
    deadlineMs: 60_000,
    cache: createJudgementCache(),
  });
}

async function judgeLine(guard: InputGuard, line: string, signal: AbortSignal): Promise<Answer | { error: string }> {
  try {
    const messages = readMessages(JSON.parse(line));
    const { verdicts } = await guard.judge(messages, { requestId: '', tenant: '', keyId: '' }, signal);
    const [verdict] = verdicts;
    // The policy judges no prompts.
    if (verdict === undefined) return { verdict: 'allow', score: 0, label: 'benign', rules: [] };
    if (verdict.label === 'guard_failed') return { error: 'the guard could not judge this line' };
    return toAnswer(verdict);
  } catch (thrown) {
    return { error: thrown instanceof SyntaxError ? thrown.message : toPurpgateError(thrown).publicMessage };
  }
}

function toAnswer({ action, score, label, findings }: Verdict): Answer {
  const verdict = action === 'block' || action === 'allow' ? action : 'annotate';
  return { verdict, score: score ?? 0, label, rules: findings.map(({ rule }) => rule) };
}

function readable(answer: Answer | { error: string }): string {
  if ('error' in answer) return `error     ${answer.error}`;
  return `${answer.verdict.padEnd(9)} ${answer.score.toFixed(3)}  ${answer.label}  ${answer.rules.join(' ')}`.trimEnd();
}

/** Waits for a slow reader. */
async function write({ stdout, signal }: CommandIo, text: string): Promise<void> {
  if (!stdout.write(text) && !signal.aborted) await once(stdout, 'drain', { signal });
}
