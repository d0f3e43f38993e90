/**
 * The proof that an engine serves the weights that were trained: completions of the candidate, with log-probabilities that the learner
 * computed, are generated again by the engine that is to serve them.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../db/durable.js';
import type { Engine } from '../engine/engine.js';
import { PurpgateError } from '../errors.js';
import type { Message, TokenSpan, VersionName } from '../types.js';

/** The files in the folder of a version's adapter. */
export const ADAPTER_FILE = 'adapter_model.safetensors';
export const PEFT_FILE = 'adapter_config.json';
const PROBE_FILE = 'probe.json';

/**
 * A completion at temperature 1: a greedy one has no log-probabilities in the engine, and reasoning has none but the sampler's. Seeded,
 * so the same weights draw the same tokens.
 */
export interface ProbeEntry {
  /** As the engine reads them, with the rules where the model has rules. */
  readonly messages: readonly Message[];
  readonly seed: number;
  /** Absent in probes of versions from before a server was to score them. */
  readonly promptIds?: readonly number[];
  readonly completionIds: readonly number[];
  /** Of the learner, one per token. */
  readonly logprobs: readonly number[];
}

/** What an engine may do otherwise than the learner, and must do otherwise than the base. */
export interface Tolerance {
  /** Of the log-probability of any token. */
  readonly mostDifference: number;
  /** Of the log-probability of some token, from the base's. */
  readonly leastChange: number;
}

/** Token by token float32 graphs differ by rounding alone (1e-5); any training leaves more. */
const EXACT: Tolerance = { mostDifference: 1e-2, leastChange: 1e-4 };
/** Mean over the tokens of the k3 estimate of KL(learner || engine). */
const MOST_MISMATCH_KL = 0.015;

export type Proof =
  | { readonly outcome: 'proven'; readonly tokens: number; readonly maxDifference: number; readonly mismatchKl: number }
  | { readonly outcome: 'failed'; readonly reason: string };

interface ProbeOptions {
  /** Has loaded the version. */
  readonly engine: Pick<Engine, 'generate'>;
  readonly version: VersionName;
  readonly prompts: readonly (readonly Message[])[];
  /** Length of a completion. */
  readonly maxTokens: number;
  /** The learner: log-probabilities of completions under the weights of the version. */
  readonly score: (
    sequences: readonly { readonly promptIds: readonly number[]; readonly completionIds: readonly number[] }[],
    signal: AbortSignal,
  ) => Promise<readonly ArrayLike<number>[]>;
}

/** Makes the probe of a version. */
export async function buildProbe(options: ProbeOptions, signal: AbortSignal): Promise<readonly ProbeEntry[]> {
  const { engine, version, prompts, maxTokens, score } = options;
  const runs = await Promise.all(
    prompts.map((messages, seed) => sample(engine, { version, messages, seed, maxTokens }, signal)),
  );
  const logprobs = await score(
    runs.map(({ ids, promptIds }) => ({ promptIds, completionIds: ids })),
    signal,
  );
  return prompts.map((messages, seed) => ({
    messages,
    seed,
    promptIds: runs[seed]?.promptIds ?? [],
    completionIds: runs[seed]?.ids ?? [],
    logprobs: Array.from(logprobs[seed] ?? []),
  }));
}

export function writeProbe(folder: string, entries: readonly ProbeEntry[]): Promise<void> {
  return writeDurably(join(folder, PROBE_FILE), JSON.stringify(entries));
}

/** @throws PurpgateError `artifact_corrupt`. */
export async function readProbe(folder: string): Promise<readonly ProbeEntry[]> {
  try {
    const entries: unknown = JSON.parse(await readFile(join(folder, PROBE_FILE), 'utf8'));
    if (Array.isArray(entries) && entries.length > 0 && entries.every(isEntry)) return entries;
  } catch (thrown) {
    throw new PurpgateError('artifact_corrupt', { message: `the probe in ${folder} cannot be read`, cause: thrown });
  }
  throw new PurpgateError('artifact_corrupt', { message: `the probe in ${folder} has no entries, or not valid ones` });
}

function isEntry(value: unknown): value is ProbeEntry {
  if (value === null || typeof value !== 'object') return false;
  const { messages, seed, promptIds, completionIds, logprobs }: Partial<Record<keyof ProbeEntry, unknown>> = value;
  if (promptIds !== undefined && !(Array.isArray(promptIds) && promptIds.every(Number.isSafeInteger))) return false;
  if (!Array.isArray(messages) || messages.length === 0 || !Number.isSafeInteger(seed)) return false;
  if (!Array.isArray(completionIds) || !completionIds.every(Number.isSafeInteger)) return false;
  return (
    Array.isArray(logprobs) &&
    logprobs.every(Number.isFinite) &&
    logprobs.length === completionIds.length &&
    logprobs.length > 0
  );
}

interface ProofOptions {
  /** Has loaded the version. */
  readonly engine: Pick<Engine, 'generate'>;
  readonly version: VersionName;
  readonly base: VersionName;
  readonly entries: readonly ProbeEntry[];
}

/** Generates the probe again. @throws PurpgateError of the engine: then nothing is known of the version. */
export async function proveVersion(options: ProofOptions, signal: AbortSignal): Promise<Proof> {
  const { engine, version, base, entries } = options;
  const scored = await Promise.all(
    entries.map(async ({ messages, seed, completionIds }) => {
      const request = { messages, seed, maxTokens: completionIds.length };
      const [served, untrained] = await Promise.all([
        sample(engine, { ...request, version }, signal),
        sample(engine, { ...request, version: base }, signal),
      ]);
      return { served, untrained };
    }),
  );
  return judgeProbe(entries, scored, EXACT);
}

/** What an engine makes of an entry's completion, with the version and with its base. */
export interface ScoredEntry {
  readonly served: TokenSpan;
  readonly untrained: TokenSpan;
}

/** @param scored one per entry. */
export function judgeProbe(
  entries: readonly ProbeEntry[],
  scored: readonly ScoredEntry[],
  { mostDifference, leastChange }: Tolerance,
): Proof {
  const proofs = scored.flatMap((each, index) => {
    const entry = entries[index];
    return entry === undefined ? [] : [compare(entry, each)];
  });
  const wrong = proofs.flatMap(({ fault }) => fault ?? []);
  if (wrong[0] !== undefined) return { outcome: 'failed', reason: wrong[0] };
  if (!proofs.some(({ change }) => change > leastChange))
    return { outcome: 'failed', reason: 'it answers as its base does: the adapter changes nothing' };
  const tokens = proofs.reduce((sum, proof) => sum + proof.tokens, 0);
  const maxDifference = Math.max(...proofs.map((proof) => proof.maxDifference));
  const mismatchKl = proofs.reduce((sum, proof) => sum + proof.kl, 0) / tokens;
  // Written so that what is no number fails.
  if (!(maxDifference <= mostDifference && mismatchKl <= MOST_MISMATCH_KL))
    return {
      outcome: 'failed',
      reason: `its log-probabilities are not the learner's: they differ by ${maxDifference.toPrecision(3)}${Number.isFinite(mostDifference) ? ` (most ${mostDifference})` : ''}, KL ${mismatchKl.toPrecision(3)} per token (most ${MOST_MISMATCH_KL})`,
    };
  return { outcome: 'proven', tokens, maxDifference, mismatchKl };
}

interface Comparison {
  readonly fault: string | null;
  /** From the base: the largest of a log-probability, infinite where the tokens are others. */
  readonly change: number;
  readonly tokens: number;
  readonly maxDifference: number;
  /** Summed over the tokens. */
  readonly kl: number;
}

function compare({ seed, completionIds, logprobs }: ProbeEntry, { served, untrained }: ScoredEntry): Comparison {
  const place = firstDifference(served.ids, completionIds);
  const differences = served.logprobs.map((logprob, index) => logprob - (logprobs[index] ?? 0));
  return {
    fault: place === null ? null : `it writes other tokens than its probe, from token ${place} of prompt ${seed} on`,
    change: firstDifference(served.ids, untrained.ids) === null ? distance(served, untrained) : Infinity,
    tokens: completionIds.length,
    maxDifference: Math.max(...differences.map(Math.abs)),
    kl: differences.reduce((sum, difference) => sum + Math.exp(difference) - 1 - difference, 0),
  };
}

function firstDifference(left: readonly number[], right: readonly number[]): number | null {
  const length = Math.max(left.length, right.length);
  for (let index = 0; index < length; index += 1) if (left[index] !== right[index]) return index;
  return null;
}

const distance = (left: TokenSpan, right: TokenSpan): number =>
  Math.max(0, ...left.logprobs.map((logprob, index) => Math.abs(logprob - (right.logprobs[index] ?? logprob))));

interface SampleRequest {
  readonly version: VersionName;
  readonly messages: readonly Message[];
  readonly seed: number;
  readonly maxTokens: number;
}

async function sample(
  engine: Pick<Engine, 'generate'>,
  { version, messages, seed, maxTokens }: SampleRequest,
  signal: AbortSignal,
): Promise<TokenSpan & { readonly promptIds: readonly number[] }> {
  const ids: number[] = [];
  const logprobs: number[] = [];
  let promptIds: readonly number[] = [];
  const deltas = engine.generate(
    {
      id: `probe-${version}-${seed}`,
      caller: 'probe',
      version,
      messages,
      tools: [],
      toolChoice: 'none',
      toolCalls: 'parallel',
      responseFormat: { type: 'text' },
      sampling: {
        temperature: 1,
        topP: 1,
        maxTokens,
        stop: [],
        seed,
        choices: 1,
        frequencyPenalty: 0,
        presencePenalty: 0,
      },
      forward: {},
    },
    signal,
  );
  for await (const delta of deltas) {
    if (delta.type === 'usage') promptIds = delta.promptIds ?? [];
    if (!('tokens' in delta)) continue;
    ids.push(...delta.tokens.ids);
    logprobs.push(...delta.tokens.logprobs);
  }
  return { ids, logprobs, promptIds };
}
