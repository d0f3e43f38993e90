/** One choice of a request while it is generated, and the request itself. */
import { Sampler } from '../../lm/sampler.js';
import type { Tokenizer } from '../../lm/tokenizer.js';
import type { Sampling, VersionName } from '../../types.js';
import type { StepOutput } from './protocol.js';
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
  readonly stopIds: ReadonlySet<number>;
  readonly tokenizer: Tokenizer;
  /** Where the request names no seed. */
  readonly randomSeed: number;
}

export function createJob(input: JobInput): Job {
  const { request, caller, adapter, promptIds, sampling } = input;
  const room = input.contextLength - promptIds.length;
  const maxTokens = Math.min(room, sampling.maxTokens ?? room);
  const { temperature, topP, topK, frequencyPenalty, presencePenalty } = sampling;
  const sequences: Sequence[] = [];
  const job: Job = { request, caller, adapter, promptIds, sampling, maxTokens, sequences, sent: 0, consumed: 0 };
  for (let choice = 0; choice < sampling.choices; choice++) {
    const seed = sampling.seed ?? input.randomSeed;
    const options = { temperature, topP, ...(topK === undefined ? {} : { topK }), frequencyPenalty, presencePenalty };
    const sampler = new Sampler({ ...options, seed, choice });
    const text = new TextStream(input.tokenizer.createDecoder(), sampling.stop);
    sequences.push(new Sequence(job, { choice, sampler, text, stopIds: input.stopIds }));
  }
  return job;
}

interface SequenceParts {
  readonly choice: number;
  readonly sampler: Sampler;
  readonly text: TextStream;
  readonly stopIds: ReadonlySet<number>;
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
    const { choice, sampler, text, stopIds } = this.#parts;
    const { id, logprob } = sampler.sample(logits_V);
    this.lastId = id;
    this.#drawn += 1;
    this.job.sent += 1;
    const isLast = stopIds.has(id);
    let shown = isLast ? '' : text.push(id);
    const finish = isLast || text.isStopped ? 'stop' : this.#drawn >= this.job.maxTokens ? 'length' : null;
    if (finish !== null && !text.isStopped) shown += text.end();
    this.isFinished = finish !== null;
    return { request: this.job.request, choice, id, logprob, text: shown, finish };
  }
}
