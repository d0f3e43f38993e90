/** Samples rollouts from the policy as it is being trained, through the engine that serves, and scores them with the oracles of the traffic. */
import { createHash } from 'node:crypto';
import type { EmbeddedEngine } from '../src/engine/embedded/engine.js';
import { PurpgateError, unreachable } from '../src/errors.js';
import type { RecordedAnswer, RewardComponents, RewardRecord, SampleKind } from '../src/events/interaction.js';
import { versionName } from '../src/registry/registry.js';
import { testsIn } from '../src/reward/prompt-tests.js';
import type { SampleScorer } from '../src/reward/score.js';
import { withRules } from '../src/text/rules.js';
import type { Delta, FinishReason, Message, VersionName } from '../src/types.js';
import { oddAnswers } from './consensus.js';
import { turnsOf } from './prompts.js';
import type { Rollout, SampledGroup } from './rollout-store.js';

export interface RolloutPrompt {
  readonly kind: SampleKind;
  readonly messages: readonly Message[];
  /** The same seed and weights give the same tokens. */
  readonly seed: number;
}

export interface RolloutSampler {
  /** Samples come from this adapter from now on; the one before is unloaded. */
  use(adapterSha256: string, file: string): Promise<void>;
  /**
   * One group; `unanswerable` when the engine takes no such prompt.
   * @throws PurpgateError of the engine; `request_aborted`.
   */
  sample(prompt: RolloutPrompt, signal: AbortSignal): Promise<SampledGroup | 'unanswerable'>;
}

interface RolloutOptions {
  /** Started, and nobody else's: adapters come and go. */
  readonly engine: EmbeddedEngine;
  readonly scorer: SampleScorer;
  /** G: rollouts of a prompt. */
  readonly groupSize: number;
  readonly maxTokens: number;
}

export function createRolloutSampler({ engine, scorer, groupSize, maxTokens }: RolloutOptions): RolloutSampler {
  let current: VersionName | null = null;
  return {
    async use(adapterSha256, file) {
      const name = versionName(adapterSha256);
      if (name === current) return;
      await engine.loadAdapter(name, file);
      if (current !== null) await engine.unloadAdapter(current);
      current = name;
    },
    async sample({ messages, seed }, signal) {
      const version = current;
      if (version === null) throw new PurpgateError('internal_error', { message: 'no adapter is in use' });
      // A signal of its own: many listeners on one would be reported as a leak.
      const within = AbortSignal.any([signal]);
      const shown = engine.model.rules === 'on' ? withRules(messages) : messages;
      const sampled = await readRollouts(engine, { version, messages: shown, seed, groupSize, maxTokens }, within);
      if (sampled === 'unanswerable') return sampled;
      const prompt = turnsOf(messages);
      const tests = testsIn(prompt) ?? 'none';
      const records = await Promise.all(
        sampled.answers.map(({ answer }) =>
          // The scorer decides the kind anew, and with it how sure that is.
          scorer.score({ prompt, response: answer, format: 'required', tests }, within),
        ),
      );
      const odd_G = oddAnswers(
        sampled.answers.map(({ answer: { content } }, g) => ({ content, passed: hasPassed(records[g]) })),
      );
      const rollouts = sampled.answers.map(({ answer, ids, logprobs }, g): Rollout => {
        const record = records[g];
        if (record === undefined || answer.finish === null) throw incomplete();
        const { score, components } = record;
        const judged =
          odd_G[g] === true ? { reward: 0, components: withObjection(components) } : { reward: score, components };
        return { version, completionIds: ids, logprobs, finish: answer.finish, ...judged };
      });
      return { promptIds: sampled.promptIds, rollouts, oracleVersions: records[0]?.oracle_versions ?? {} };
    },
  };
}

/** Code that no oracle objects to. */
const hasPassed = (record: RewardRecord | undefined): boolean =>
  record !== undefined && record.kind === 'code' && record.score === 1;

/** As compose.ts: what `task` objects to is worth nothing by any objective. */
function withObjection({ objectives, ...components }: RewardComponents): RewardComponents {
  const closed = Object.fromEntries(Object.keys(objectives ?? {}).map((name) => [name, 0]));
  return { ...components, task: 0, ...(objectives === undefined ? {} : { objectives: closed }) };
}

/** A seed for each prompt of each step of a run, so that a prompt is answered alike whatever is sampled beside it. */
export function rolloutSeed(...names: readonly (string | number)[]): number {
  return createHash('sha256').update(JSON.stringify(names)).digest().readUInt32BE(0);
}

interface Request extends Omit<RolloutPrompt, 'kind'>, Pick<RolloutOptions, 'groupSize' | 'maxTokens'> {
  readonly version: VersionName;
}

async function readRollouts(engine: EmbeddedEngine, request: Request, signal: AbortSignal) {
  const { version, messages, seed, groupSize, maxTokens } = request;
  const answers = Array.from({ length: groupSize }, () => new RolloutReader());
  let promptIds: readonly number[] | undefined;
  const deltas = engine.generate(
    {
      id: `rollouts-${seed}`,
      version,
      messages,
      tools: [],
      toolChoice: 'none',
      toolCalls: 'parallel',
      responseFormat: { type: 'text' },
      // The model's own distribution: GRPO's ratios are about what was sampled from.
      sampling: {
        temperature: 1,
        topP: 1,
        maxTokens,
        stop: [],
        seed,
        choices: groupSize,
        frequencyPenalty: 0,
        presencePenalty: 0,
      },
      forward: {},
    },
    signal,
  );
  try {
    for await (const delta of deltas)
      if (delta.type === 'usage') promptIds = delta.promptIds;
      else if (delta.type !== 'prompt') answers[delta.choice]?.add(delta);
  } catch (thrown) {
    if (thrown instanceof PurpgateError && REFUSALS.has(thrown.code)) return 'unanswerable';
    throw thrown;
  }
  if (promptIds === undefined) throw incomplete();
  return { promptIds, answers: answers.map((reader) => reader.result()) };
}

/** What an engine says of a prompt that it can never answer. */
const REFUSALS: ReadonlySet<string> = new Set(['context_length_exceeded', 'unsupported_parameter', 'invalid_request']);

function incomplete(): PurpgateError {
  return new PurpgateError('internal_error', { message: 'the engine told no ids of a rollout, or not all' });
}

type ChoiceDelta = Exclude<Delta, { readonly type: 'usage' | 'prompt' }>;

/** One choice, with the tokens that it was sampled as. */
class RolloutReader {
  readonly #ids: number[] = [];
  readonly #logprobs: number[] = [];
  readonly #calls: { id: string; name: string; arguments: string }[] = [];
  #reasoning = '';
  #content = '';
  #finish: FinishReason | null = null;

  add(delta: ChoiceDelta): void {
    if ('tokens' in delta) {
      this.#ids.push(...delta.tokens.ids);
      this.#logprobs.push(...delta.tokens.logprobs);
    }
    switch (delta.type) {
      case 'reasoning':
        this.#reasoning += delta.text;
        break;
      case 'text':
        this.#content += delta.text;
        break;
      case 'tool_start':
        this.#calls.push({ id: delta.id, name: delta.name, arguments: '' });
        break;
      case 'tool_args': {
        const call = this.#calls.at(-1);
        if (call !== undefined) call.arguments += delta.text;
        break;
      }
      case 'finish':
        this.#finish = delta.reason;
        break;
      case 'verdict':
        break;
      default:
        unreachable(delta);
    }
  }

  result(): { readonly answer: RecordedAnswer; readonly ids: readonly number[]; readonly logprobs: readonly number[] } {
    const answer = {
      reasoning: this.#reasoning,
      content: this.#content,
      tool_calls: this.#calls,
      finish: this.#finish,
    };
    return { answer, ids: this.#ids, logprobs: this.#logprobs };
  }
}
