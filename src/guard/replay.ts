/** Judges what was logged by another policy, and tells what changes. */
import type { Action, Delta, Message, Verdict } from '../types.js';
import type { Guard, GuardContext } from './guard.js';
import { isDenied, strongest } from './policy.js';
import { PERSONAL_DATA, SECRETS } from './detector.js';
import { WEBHOOK_GUARD } from './webhook.js';

/** What the log holds of a verdict. */
type KnownVerdict = Pick<Verdict, 'guard' | 'action'> & { readonly findings: readonly { readonly rule: string }[] };

/** An answer as the model wrote it. */
interface LoggedAnswer {
  readonly reasoning: string;
  readonly content: string;
  readonly tool_calls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
}

interface LoggedRequest {
  readonly messages: readonly Message[];
  readonly answers: readonly LoggedAnswer[];
  readonly context: GuardContext;
}

/** What all verdicts on an interaction come to. */
export interface Outcome {
  /** The strongest; `block` also where a repair is wanted. */
  readonly action: Action;
  /** Rules of the verdicts that deny something; in order, once. */
  readonly denying: readonly string[];
  /** Rules of all other verdicts. */
  readonly told: readonly string[];
}

/** The log has marks in place of what the first two find, and nobody else's server is asked again. */
export const NOT_COMPARED: readonly string[] = [SECRETS.guard, PERSONAL_DATA.guard, WEBHOOK_GUARD];

export function outcomeOf(verdicts: readonly KnownVerdict[]): Outcome {
  const compared = verdicts.filter(({ guard }) => !NOT_COMPARED.some((name) => guard.startsWith(name)));
  const rulesOf = (those: readonly KnownVerdict[]) => [
    ...new Set(
      those.flatMap(({ guard, findings }) => (findings.length > 0 ? findings.map(({ rule }) => rule) : [guard])),
    ),
  ];
  const denials = compared.filter(({ action }) => isDenied(action));
  const denying = rulesOf(denials).sort();
  const others = compared.filter(({ action }) => action !== 'allow' && !isDenied(action));
  return {
    action: denials.length > 0 ? 'block' : strongest(others.map(({ action }) => action)),
    denying,
    told: rulesOf(others)
      .filter((rule) => !denying.includes(rule))
      .sort(),
  };
}

/** The verdicts that the guard comes to now. An answer to a prompt that it blocks is not judged. @throws PurpgateError `guard_failed`. */
export async function judgeAgain(
  guard: Guard,
  request: LoggedRequest,
  signal: AbortSignal,
): Promise<readonly Verdict[]> {
  const { messages, answers, context } = request;
  const { verdicts, blockedBy } = await guard.input(messages, context, signal);
  if (blockedBy !== null) return verdicts;
  const judged = [...verdicts];
  for await (const delta of guard.output(deltasOf(answers), context, signal))
    if (delta.type === 'verdict') judged.push(delta.verdict);
  return judged;
}

async function* deltasOf(answers: readonly LoggedAnswer[]): AsyncGenerator<Delta> {
  // What judges a stream may be slower than what gives it.
  await Promise.resolve();
  for (const [choice, { reasoning, content, tool_calls }] of answers.entries()) {
    if (reasoning !== '') yield { type: 'reasoning', choice, text: reasoning };
    if (content !== '') yield { type: 'text', choice, text: content };
    for (const [index, { id, name, arguments: text }] of tool_calls.entries()) {
      yield { type: 'tool_start', choice, index, id, name };
      yield { type: 'tool_args', choice, index, text };
    }
    yield { type: 'finish', choice, reason: tool_calls.length > 0 ? 'tool_calls' : 'stop' };
  }
}
