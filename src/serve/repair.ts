/**
 * Where the guard withheld code, the engine is asked once more, out of the client's sight, with what was found; a second answer in which the
 * guard finds nothing to withhold is served in place of the first. Once, never a loop; whatever goes wrong, the first answer with its notices
 * is what is served.
 */
import type { GenerateRequest } from '../engine/engine.js';
import { toPurpgateError } from '../errors.js';
import { isDenied } from '../guard/policy.js';
import { extractCodeBlocks } from '../text/fences.js';
import type { Guard } from '../guard/guard.js';
import type { Logger } from '../telemetry.js';
import type { CompletionRequest, Delta, Finding, Verdict } from '../types.js';
import { AnswerCollector } from './answer.js';

/** Milliseconds for the second answer. */
const DEADLINE_MS = 30_000;
/** The second answer may have twice the tokens of the first, and so many at least. */
const LEAST_TOKENS = 256;

export interface RepairParts {
  readonly request: CompletionRequest;
  /** What the model wrote; what the second answer costs is added to its usage. */
  readonly raw: AnswerCollector;
  readonly logger: Logger;
  /** Whether the weights are a version that we trained. */
  readonly isOwn: boolean;
  readonly generate: (
    change: Pick<GenerateRequest, 'messages' | 'sampling'>,
    signal: AbortSignal,
  ) => AsyncIterable<Delta>;
  readonly guard: (deltas: AsyncIterable<Delta>, signal: AbortSignal) => AsyncIterable<Delta>;
}

/** Whether an answer to this request is held until it was judged, and repaired: one choice, in free text. */
export function mayRepair({ repairs }: Guard, request: CompletionRequest): boolean {
  if (repairs === 'none' || (repairs === 'whole' && request.delivery !== 'whole')) return false;
  return request.textPrompt === undefined && request.sampling.choices === 1 && request.responseFormat.type === 'text';
}

/** @param first the answer as the guard lets it go. */
export async function* repaired(
  first: AsyncIterable<Delta>,
  parts: RepairParts,
  signal: AbortSignal,
): AsyncGenerator<Delta, void, undefined> {
  const held: Delta[] = [];
  for await (const delta of first) held.push(delta);
  const denials = outputVerdicts(held).filter(({ action }) => isDenied(action));
  const [raw] = parts.raw.answers();
  const isRepairable = denials.length > 0 && denials.every(isToBeRepaired);
  // A tool call that was not made cannot be made in its place by words.
  const second =
    isRepairable && raw?.tool_calls.length === 0 ? await secondAnswer(parts, raw.content, denials, signal) : null;
  const served = second === null ? held : [...held.flatMap(openingOf), ...second];
  const { usage } = parts.raw;
  for (const delta of served) if (delta.type !== 'usage') yield delta;
  if (usage !== null) yield { type: 'usage', usage };
}

/** Code that was withheld for nothing but findings that the policy wants repaired. */
const isToBeRepaired = ({ label, findings }: Verdict): boolean =>
  label === 'vulnerable_code' && findings.every(({ action }) => action !== 'block');

const outputVerdicts = (deltas: readonly Delta[]): Verdict[] =>
  deltas.flatMap((delta) => (delta.type === 'verdict' && delta.verdict.stage === 'output' ? [delta.verdict] : []));

/** What is told of the first answer: the prompt's length, and the verdicts, of which those that withheld now say `repair`. */
function openingOf(delta: Delta): Delta[] {
  if (delta.type === 'prompt') return [delta];
  if (delta.type !== 'verdict') return [];
  const { verdict } = delta;
  if (!isDenied(verdict.action)) return [delta];
  const findings = verdict.findings.map(
    (finding): Finding => (isDenied(finding.action) ? { ...finding, action: 'repair' } : finding),
  );
  return [{ ...delta, verdict: { ...verdict, action: 'repair', findings } }];
}

/** Null where there is none that may be served whole. @throws PurpgateError only where `signal` aborted. */
async function secondAnswer(
  { request, raw, logger, isOwn, generate, guard }: RepairParts,
  content: string,
  denials: readonly Verdict[],
  signal: AbortSignal,
): Promise<readonly Delta[] | null> {
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
  const collected = new AnswerCollector();
  const answer = generate(
    {
      messages: [
        ...request.messages,
        { role: 'assistant', content, toolCalls: [] },
        { role: 'user', content: requestFor(denials, isOwn) },
      ],
      sampling: { ...request.sampling, maxTokens: tokensFor(request, raw) },
    },
    inTime,
  );
  try {
    const deltas: Delta[] = [];
    for await (const delta of guard(noted(answer, collected), inTime))
      if (delta.type !== 'usage' && delta.type !== 'prompt') deltas.push(delta);
    const [own] = collected.answers();
    const isWhole = own?.finish === 'stop' && extractCodeBlocks(own.content).length > 0 && own.tool_calls.length === 0;
    return isWhole && outputVerdicts(deltas).every(({ action }) => !isDenied(action)) ? deltas : null;
  } catch (thrown) {
    signal.throwIfAborted();
    logger.warn({ error: toPurpgateError(thrown), requestId: request.id }, 'withheld code was not repaired');
    return null;
  } finally {
    raw.charge(collected.usage);
  }
}

async function* noted(
  deltas: AsyncIterable<Delta>,
  collector: AnswerCollector,
): AsyncGenerator<Delta, void, undefined> {
  for await (const delta of deltas) {
    collector.add(delta);
    yield delta;
  }
}

function tokensFor({ sampling }: CompletionRequest, { usage }: AnswerCollector): number {
  const most = Math.max(LEAST_TOKENS, 2 * (usage?.completionTokens ?? 0));
  return Math.min(most, sampling.maxTokens ?? most);
}

/** Weights of ours have learned to repair on a short request, and lose their way in a long one; a foreign model is told all that is known. */
function requestFor(denials: readonly Verdict[], isOwn: boolean): string {
  const findings = denials.flatMap((verdict) => verdict.findings.filter(({ action }) => isDenied(action)));
  const kinds = [...new Set(findings.flatMap(({ cwe }) => (cwe === null ? [] : [cwe])))].join(', ');
  const request = `Make it safe (${kinds}).`;
  if (isOwn) return request;
  const reasons = [...new Set(findings.map(({ message, advice }) => `- ${message} ${advice}`))];
  return `${request}\n\n${reasons.join('\n')}\n\nAnswer again in full, with the same names, and change nothing else.`;
}
