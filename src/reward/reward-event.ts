/** Turns interactions into samples, and scored samples into reward events. */
import { createHash } from 'node:crypto';
import type { LogRecord } from '../events/event-log.js';
import type {
  ConsentedInteraction,
  RecordedAnswer,
  RecordedTokens,
  RewardEvent,
  RewardRecord,
} from '../events/interaction.js';
import { jsonObject } from '../events/read.js';
import { promptTurns } from './prompt.js';
import { testsIn } from './prompt-tests.js';
import type { SampleScorer, UnscoredSample } from './score.js';

/**
 * A UUID of version 8 (RFC 9562) that follows from what it names, so that the same thing has the same id whoever computes it, however
 * often: SHA-256 of the names, with version and variant set.
 */
function derivedId(...names: readonly (string | number)[]): string {
  const hash = createHash('sha256').update(JSON.stringify(names)).digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x80, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

/** @param again the oracles of a score that was given later, by `purpgate score --replay`; absent for the first */
export function rewardEventId(interactionId: string, choice: number, again?: RewardRecord['oracle_versions']): string {
  const oracles = Object.entries(again ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return derivedId('purpgate.rewards', interactionId, choice, ...oracles.flat());
}

/**
 * What is scored: what the model wrote; of a blocked prompt, what the guard answered in its place. Such a prompt is what refusals are learned from:
 * a guard that took all abuse out of the traffic would let the policy behind it forget how to decline.
 */
function answersOf({ status, raw, served }: ConsentedInteraction): readonly RecordedAnswer[] {
  return status === 'blocked' ? served : raw;
}

/** The version whose answer is scored; null for a foreign model and for the guard, neither of which was trained to write the format. */
const writerOf = ({ status, version }: ConsentedInteraction): ConsentedInteraction['version'] =>
  status === 'blocked' ? null : version;

/** One sample per choice. @throws PurpgateError `invalid_request`. */
export function samplesOf(interaction: ConsentedInteraction): UnscoredSample[] {
  const prompt = promptTurns(interaction.request.messages);
  const tests = testsIn(prompt) ?? 'none';
  const format = writerOf(interaction) === null ? 'absent' : 'required';
  return answersOf(interaction).map((response) => ({ prompt, response, format, tests }));
}

export interface ScoredChoice {
  readonly choice: number;
  readonly record: RewardRecord;
  readonly scoredAt: Date;
  /** Absent before it is saved for the first time. */
  readonly eventId?: string;
}

export function buildRewardEvent(interaction: ConsentedInteraction, scored: ScoredChoice): RewardEvent {
  const { choice, record, scoredAt, eventId = rewardEventId(interaction.id, choice) } = scored;
  const response = answersOf(interaction)[choice];
  if (response === undefined) throw new RangeError(`choice ${choice}`);
  return {
    schema: 1,
    id: eventId,
    interaction_id: interaction.id,
    choice,
    ts: scoredAt.toISOString(),
    tenant: interaction.tenant,
    pool: interaction.pool,
    version: writerOf(interaction),
    prompt: interaction.request.messages,
    response,
    ...(interaction.status === 'blocked' ? {} : choiceTokens(interaction.tokens, choice, response)),
    ...record,
  };
}

/** Scores one choice after the other. Rejects as the scorer does. @throws PurpgateError `invalid_request`. */
export async function scoreChoices(
  interaction: ConsentedInteraction,
  scorer: SampleScorer,
  signal: AbortSignal,
): Promise<ScoredChoice[]> {
  const scored: ScoredChoice[] = [];
  for (const [choice, sample] of samplesOf(interaction).entries())
    scored.push({ choice, record: await scorer.score(sample, signal), scoredAt: new Date() });
  return scored;
}

export function toRewardRecord(event: RewardEvent): LogRecord {
  return { id: event.id, key: event.interaction_id, value: jsonObject(event, '') };
}

/** The tokens of one choice; absent where the engine gave none for it. */
function choiceTokens(
  tokens: RecordedTokens | undefined,
  choice: number,
  response: RecordedAnswer,
): { readonly tokens?: RecordedTokens } {
  const ids = tokens?.completion_ids[choice];
  const logprobs = tokens?.logprobs[choice];
  if (tokens === undefined || ids === undefined || logprobs === undefined || ids.length !== logprobs.length) return {};
  if (ids.length === 0 && response.content + response.reasoning !== '') return {};
  return { tokens: { prompt_ids: tokens.prompt_ids, completion_ids: [ids], logprobs: [logprobs] } };
}
