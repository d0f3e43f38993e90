/** `purpgate guard replay`: what another policy would change in the traffic that was logged. */
import { parseArgs } from 'node:util';
import { displayOn } from '../../trainer/progress.js';
import { loadConfig } from '../config.js';
import type { Database } from '../db.js';
import { createCodeScanner } from '../guard/code/scanner.js';
import { createGuard } from '../guard/create.js';
import type { PolicyName } from '../guard/guard.js';
import { loadPolicies, policyNamed } from '../guard/policy-file.js';
import { createPromptJudge } from '../guard/prompt/combined-judge.js';
import { NOT_COMPARED } from '../guard/replay.js';
import { Resources } from '../resources.js';
import { createLogger, createMetrics } from '../telemetry.js';
import type { CommandIo } from './command.js';
import { type PolicyChange, type PolicyReplay, type PolicyReplayOptions, replayPolicy } from './policy-replay.js';
import { parseCount, parseMoment, TIME_HELP, UsageError } from './sample-options.js';

const HELP = `Usage: purpgate guard replay --policy NAME [options]

Judges the logged prompts and answers again by the policy NAME, and prints what it would change: what was done then and would be done now, counts by rule,
examples. Nothing is written. Reads the database DATABASE_URL, or the one of PURPGATE_DATA.
  --policies FILE   the file of policies; default: POLICIES_FILE
  --since TIME      interactions from then on (${TIME_HELP}); default: 7d
  --limit N         the newest N of them; default: 1000
  --only-reported   those whose verdict somebody reported as wrong (POST /v1/feedback, kind wrong_verdict)
  --json            one JSON object
Secrets and personal data are not compared: the log has marks in their place. Webhooks are not asked.
`;

type Selection = Pick<PolicyReplayOptions, 'since' | 'limit' | 'onlyReported'>;

/** Resolves with the exit code: 0 done, 1 stopped before the end, 2 wrong usage. */
export async function guardReplayCommand(
  args: readonly string[],
  io: CommandIo,
  open: () => Promise<Database>,
): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      policy: { type: 'string' },
      policies: { type: 'string' },
      since: { type: 'string', default: '7d' },
      limit: { type: 'string', default: '1000' },
      'only-reported': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help || values.policy === undefined) {
    (values.help ? io.stdout : io.stderr).write(HELP);
    return values.help ? 0 : 2;
  }
  try {
    const since = parseMoment('since', values.since) ?? new Date(0);
    const limit = parseCount('limit', values.limit) ?? Infinity;
    const selection = { since, limit, onlyReported: values['only-reported'] };
    const { policy, replay } = await runReplay({ name: values.policy, file: values.policies, selection }, io, open);
    const shown = values.json ? JSON.stringify(toJson(policy, replay)) : readable(policy, replay, selection);
    io.stdout.write(`${shown}\n`);
    return 0;
  } catch (thrown) {
    if (thrown instanceof UsageError) io.stderr.write(`purpgate guard replay: ${thrown.message}\n`);
    else if (io.signal.aborted) io.stderr.write('Stopped. Nothing was written.\n');
    else throw thrown;
    return thrown instanceof UsageError ? 2 : 1;
  }
}

async function runReplay(
  { name, file, selection }: { name: string; file: string | undefined; selection: Selection },
  io: CommandIo,
  open: () => Promise<Database>,
): Promise<{ policy: PolicyName; replay: PolicyReplay }> {
  const config = loadConfig();
  // Before anything is started.
  const set = loadPolicies(file === undefined ? config : { policiesFile: file, policy: 'default' });
  const policy = policyNamed(set, name, '--policy');
  const resources = new Resources();
  try {
    const database = await open();
    const scanner = resources.own('code scanner', await createCodeScanner());
    const promptJudge = resources.own('prompt judge', await createPromptJudge(config.promptModel));
    const logger = createLogger('silent');
    const guard = createGuard({ policy, scanner, promptJudge, metrics: createMetrics(), logger, webhooks: 'ignored' });
    const display = displayOn(io.stderr);
    const onProgress = (done: number, total: number): void => {
      display.status(`${done} of ${total} interactions`, done / total);
    };
    const replay = await replayPolicy({ database, guard, ...selection, signal: io.signal, onProgress });
    return { policy: guard.policy, replay };
  } finally {
    await resources.stop();
  }
}

function toJson(policy: PolicyName, { withoutText, reported, ...replay }: PolicyReplay): object {
  const { count, rightThen, rightNow } = reported;
  return {
    policy,
    not_compared: NOT_COMPARED,
    without_text: withoutText,
    reported: { count, right_then: rightThen, right_now: rightNow },
    ...replay,
  };
}

function readable(policy: PolicyName, replay: PolicyReplay, { since }: Selection): string {
  const { interactions, changed, failed, withoutText, transitions, rules, reported, examples } = replay;
  const lines = [
    `${policy.name} (${policy.hash.slice(0, 12)}) over ${interactions} interactions since ${since.toISOString()}: ${changed} change.`,
    `Not compared: ${NOT_COMPARED.join(', ')}. Without text: ${withoutText}. Could not be judged: ${failed}.`,
  ];
  if (reported.count > 0)
    lines.push(
      `Of ${reported.count} that were reported as wrong, ${reported.rightThen} are right as they were and ${reported.rightNow} would be.`,
    );
  if (transitions.length > 0) lines.push('', 'then      now       interactions');
  for (const { then, now, count } of transitions) lines.push(`${then.padEnd(9)} ${now.padEnd(9)} ${count}`);
  if (rules.length > 0) lines.push('', 'denied then  now  by rule');
  for (const { rule, then, now } of rules)
    lines.push(`${String(then).padStart(11)} ${String(now).padStart(4)}  ${rule}`);
  if (examples.length > 0) lines.push('', 'Examples');
  return [...lines, ...examples.map(exampleLine)].join('\n');
}

function exampleLine({ id, tenant, model, then, now, reported }: PolicyChange): string {
  const rules = [...new Set([...then.denying, ...now.denying, ...then.told, ...now.told])].join(' ');
  const report = reported === null ? '' : ` (reported: should be ${reported})`;
  return `${id}  ${tenant} ${model}  ${then.action} → ${now.action}${report}  ${rules}`.trimEnd();
}
