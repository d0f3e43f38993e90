/** One choice of a request while it is generated, and the request itself. */
import { ConstrainedAnswer, type AllowedTokens } from '../../lm/constraint/constraint.js';
import { modelLogprobs, Sampler } from '../../lm/sampler.js';
import type { Tokenizer } from '../../lm/tokenizer.js';
import type { Sampling, TokenLogprob, VersionName } from '../../types.js';
import type { StepOutput, ToldToken } from './protocol.js';
import { AnswerReader, type Reading } from './reading.js';
import { TextStream } from './text-stream.js';

export interface Job {
  /** Number of the request on the channel to the parent. */
  readonly request: number;
  /** Who asked; callers share the engine evenly. */
  readonly caller: string;
  readonly adapter: VersionName | null;
  readonly promptIds: readonly number[];
  readonly sampling: Sampling;
  /** New tokens per choice, within the context. */
  readonly maxTokens: number;
  readonly sequences: readonly Sequence[];
  /** Tokens handed to the parent, of all choices. */
  sent: number;
  /** How many of those the consumer has taken. */
  consumed: number;
}

interface JobInput extends Pick<Job, 'request' | 'caller' | 'adapter' | 'promptIds' | 'sampling'> {
  readonly contextLength: number;
  readonly reading: Reading;
  /** What the answers are held to; null where they are free. */
  readonly allowed: AllowedTokens | null;
  readonly stopIds: ReadonlySet<number>;
  readonly tokenizer: Tokenizer;
  /** Where the request names no seed. */
  readonly randomSeed: number;
}

export function createJob(input: JobInput): Job {
  const { request, caller, adapter, promptIds, sampling, reading, allowed, stopIds, tokenizer } = input;
  const room = input.contextLength - promptIds.length;
  const maxTokens = Math.min(room, sampling.maxTokens ?? room);
  const { temperature, topP, topK, frequencyPenalty, presencePenalty } = sampling;
  const sequences: Sequence[] = [];
  const job: Job = { request, caller, adapter, promptIds, sampling, maxTokens, sequences, sent: 0, consumed: 0 };
  for (let choice = 0; choice < sampling.choices; choice++) {
    const seed = sampling.seed ?? input.randomSeed;
    const options = { temperature, topP, ...(topK === undefined ? {} : { topK }), frequencyPenalty, presencePenalty };
    const sampler = new Sampler({ ...options, seed, choice });
    const text = new TextStream(tokenizer.createDecoder(), sampling.stop);
    const calls = reading.tools === 'first' ? new AnswerReader(reading) : null;
    const constraint = allowed === null ? null : new ConstrainedAnswer(allowed);
    sequences.push(new Sequence(job, { choice, sampler, constraint, text, calls, stopIds, tokenizer }));
  }
  return job;
}

interface SequenceParts {
  readonly choice: number;
  readonly sampler: Sampler;
  readonly constraint: ConstrainedAnswer | null;
  readonly text: TextStream;
  /** Where the choice ends with its first tool call. */
  readonly calls: AnswerReader | null;
  readonly stopIds: ReadonlySet<number>;
  readonly tokenizer: Tokenizer;
}

export class Sequence {
  /** The last token drawn: input of the next step. */
  lastId = -1;
  isFinished = false;
  #drawn = 0;
  readonly #parts: SequenceParts;

  constructor(
    readonly job: Job,
    parts: SequenceParts,
  ) {
    this.#parts = parts;
  }

  /** Draws the next token. */
  advance(logits_V: Float32Array): StepOutput {
    const { choice, sampler, constraint, text, calls, stopIds, tokenizer } = this.#parts;
    const { id, logprob } = sampler.sample(constraint?.restrict(logits_V) ?? logits_V);
    constraint?.take(id);
    this.lastId = id;
    this.#drawn += 1;
    this.job.sent += 1;
    const isLast = stopIds.has(id);
    let shown = isLast ? '' : text.push(id);
    calls?.push(shown);
    const isStopped = isLast || text.isStopped || calls?.isComplete === true;
    const finish = isStopped ? 'stop' : this.#drawn >= this.job.maxTokens ? 'length' : null;
    if (finish !== null && !text.isStopped) shown += text.end();
    this.isFinished = finish !== null;
    const output = { request: this.job.request, choice, id, logprob, text: shown, finish } as const;
    const { logprobs } = this.job.sampling;
    const isText = !isLast && !tokenizer.specialIds.has(id);
    const told = logprobs === undefined || !isText ? null : this.#told(id, { logits_V, alternatives: logprobs });
    if (told === null && text.stopSequence === null) return output;
    return {
      ...output,
      ...(text.stopSequence !== null && { stopSequence: text.stopSequence }),
      ...(told !== null && { told }),
    };
  }

  #told(id: number, of: { readonly logits_V: Float32Array; readonly alternatives: number }): ToldToken {
    const { text, tokenizer } = this.#parts;
    const { logprob, alternatives } = modelLogprobs(of.logits_V, id, of.alternatives);
    const tokenOf = (token: number): Pick<TokenLogprob, 'token' | 'bytes'> => {
      const bytes = tokenizer.bytesOf(token);
      return { token: Buffer.from(bytes).toString('utf8'), bytes: [...bytes] };
    };
    const others = alternatives.map((other) => ({ ...tokenOf(other.id), logprob: other.logprob }));
    return { logprob: { ...tokenOf(id), logprob, alternatives: others }, length: text.decodedLength };
  }
}
