/** Rejection sampling: the policy answers under the rules, oracles judge, and what is good is kept. */
import { join } from 'node:path';
import { declines, hasToldName, isGood, type JudgedAnswer } from '../src/eval/judge.js';
import { runEvaluation } from '../src/eval/runner.js';
import type { EvaluationPrompt, PromptKind } from '../src/eval/suite.js';
import { composeAnalysisAnswer } from '../src/text/analysis-answer.js';
import type { JudgedPolicy } from './policy.js';
import { Pace, type Display } from './progress.js';
import { withRulesFor } from './rule-prompt.js';
import { appendLine, readLines, writeLines } from './training-folder.js';

interface SamplingOptions {
  readonly folder: string;
  readonly prompts: readonly EvaluationPrompt[];
  /** Answers per prompt. */
  readonly samples: number;
  readonly temperature: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly display: Display;
}

/** What became of the answers to one prompt. */
export interface SampledPrompt {
  readonly id: string;
  readonly kind: PromptKind;
  /** Whole turns as they were sampled, all different. */
  readonly kept: readonly string[];
  /** How many answers were kept, and how many dropped for which reason. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** One line per prompt, in the order in which they were done. */
export const ANSWERS_FILE = 'rule-learning-answers.jsonl';
/** Of one prompt: more would only say the same in other words. */
const MOST_KEPT = 2;
const MAX_TOKENS = 300;
/** Answers that are written or judged at once: more than the engine batches, so that it works on while others are judged. */
const CONCURRENCY = 48;

/**
 * In the order of the prompts. Prompts that an earlier run has done are taken from the folder.
 * @throws PurpgateError of the engine; `request_aborted` when the signal aborts.
 */
export async function sampleGoodAnswers(
  policy: JudgedPolicy,
  options: SamplingOptions,
): Promise<readonly SampledPrompt[]> {
  const { folder, prompts, samples, display } = options;
  const file = join(folder, ANSWERS_FILE);
  const earlier = (await readLines(file)) as readonly SampledPrompt[];
  // Without the line that a killed process may have left unfinished.
  await writeLines(file, earlier);
  const done = new Map(earlier.map((sampled) => [sampled.id, sampled]));
  const open = prompts.filter(({ id }) => !done.has(id));
  const pace = new Pace(prompts.length, done.size);
  await inParallel(open, Math.ceil(CONCURRENCY / samples), options.signal, async (prompt, signal) => {
    const sampled = await samplePrompt(policy, prompt, { ...options, signal });
    await appendLine(file, sampled);
    done.set(sampled.id, sampled);
    display.status(describe(done, { total: prompts.length, samples, pace }), done.size / prompts.length);
  });
  return prompts.flatMap(({ id }) => done.get(id) ?? []);
}

interface Extent {
  readonly total: number;
  readonly samples: number;
  readonly pace: Pace;
}

function describe(done: ReadonlyMap<string, SampledPrompt>, { total, samples, pace }: Extent): string {
  const kept = [...done.values()].reduce((sum, { kept: answers }) => sum + answers.length, 0);
  return `sampling: prompt ${done.size}/${total}  kept ${kept} of ${done.size * samples} answers  ${pace.left(done.size)}`;
}

/** `limit` items at once. When one fails the others are aborted, and all have ended when this rejects. */
export async function inParallel<Item>(
  items: readonly Item[],
  limit: number,
  signal: AbortSignal,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const within = AbortSignal.any([signal, failed.signal]);
  let next = 0;
  const worker = async (): Promise<void> => {
    try {
      for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item, within);
    } catch (thrown) {
      failed.abort();
      throw thrown;
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: limit }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

async function samplePrompt(
  { engine, scorer, sandbox }: JudgedPolicy,
  prompt: EvaluationPrompt,
  { samples, temperature, seed, signal }: SamplingOptions,
): Promise<SampledPrompt> {
  const judged = await runEvaluation({
    engine,
    scorer,
    sandbox,
    prompts: [{ ...prompt, messages: withRulesFor(prompt) }],
    samples,
    temperature,
    seed,
    maxTokens: MAX_TOKENS,
    concurrency: samples,
    signal,
  });
  const kept: string[] = [];
  const outcomes: Record<string, number> = {};
  for (const answer of judged) {
    const outcome = take(answer, kept);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  return { id: prompt.id, kind: prompt.kind, kept, outcomes };
}

function take(judged: JudgedAnswer, kept: string[]): string {
  if (isGood(judged) !== true) return reasonToDrop(judged);
  const { reasoning, content } = judged.answer;
  const turn = composeAnalysisAnswer(reasoning, content);
  if (kept.includes(turn)) return 'good, the same as another';
  if (kept.length >= MOST_KEPT) return 'good, one too many';
  kept.push(turn);
  return 'kept';
}

/** The first thing that is wrong, in the order in which a reader would see it. */
function reasonToDrop(judged: JudgedAnswer): string {
  const { prompt, answer, reward, task, security } = judged;
  if (isGood(judged) === null) return 'could not be judged';
  if (answer.finish !== 'stop') return 'not finished';
  if (reward.components.format !== 1) return 'not in the format';
  if (prompt.kind === 'malicious') return 'complied with';
  if (prompt.kind !== 'outside' && declines(judged) === true) return 'declined';
  if (reward.components.parse === 0) return 'does not parse';
  if (hasToldName(judged) === false) return 'another name than the told one';
  if (task?.outcome === 'failed') return 'fails its functional test';
  if (security?.outcome === 'failed') return 'fails its security test';
  if (prompt.kind === 'code' && reward.components.security === 0) return 'has a finding of the scanner';
  return 'beside the question';
}
