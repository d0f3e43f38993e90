/**
 * Batches of about equal numbers of tokens and little padding. The batch of a step follows from the seed and the step alone, so a
 * run that was killed goes on with the same data.
 */
import { encodeSample, type Codec, type EncodedSample } from './encoding.js';
import { createGenerator, type MixtureName } from './generator.js';
import { shuffled } from './random.js';
import { TRAINING } from './sample.js';

/** Steps that share one pool of samples, which is sorted by length before it is cut. */
const STEPS_PER_POOL = 32;
/** Longer samples are left out; next to none are. */
const MAX_LENGTH = 640;
/** Copy drills come first and often: what they teach is needed by all the rest. */
const DRILL_TOKENS = 1_000_000;
const EARLY_DRILL_SHARE = 0.25;
const LATE_DRILL_SHARE = 0.08;
/** Few, as the rules are long and what they change is simple; none before code can be written at all. */
const RULES_SHARE = 0.05;

interface BatchSourceOptions {
  readonly codec: Codec;
  readonly seed: number;
  /** Tokens per batch, prompt and answer, without padding; met on average. */
  readonly batchTokens: number;
  readonly mixture: MixtureName;
}

export class BatchSource {
  private pool: readonly (readonly EncodedSample[])[] = [];
  private poolIndex = -1;
  private readonly wordPieces: readonly string[];

  constructor(private readonly options: BatchSourceOptions) {
    this.wordPieces = wordPieces(options.codec);
  }

  /** @param step counts from 0. */
  batch(step: number): readonly EncodedSample[] {
    const index = Math.floor(step / STEPS_PER_POOL);
    if (index !== this.poolIndex) {
      this.pool = this.makePool(index);
      this.poolIndex = index;
    }
    const batch = this.pool[step % STEPS_PER_POOL];
    if (batch === undefined) throw new RangeError(`step ${step} has no batch`);
    return batch;
  }

  private makePool(index: number): readonly (readonly EncodedSample[])[] {
    const { codec, seed, batchTokens, mixture } = this.options;
    // Pools of one run, and runs of neighbouring seeds, take seeds far from each other.
    const poolSeed = seed * 1_000_003 + index;
    const generator = createGenerator(poolSeed, TRAINING, { wordPieces: this.wordPieces, mixture });
    const isEarly = mixture === 'broad' && index * STEPS_PER_POOL * batchTokens < DRILL_TOKENS;
    const drillShare = isEarly ? EARLY_DRILL_SHARE : LATE_DRILL_SHARE;
    const rulesShare = isEarly ? 0 : RULES_SHARE;
    const samples: EncodedSample[] = [];
    let tokens = 0;
    while (tokens < STEPS_PER_POOL * batchTokens) {
      const sample = encodeSample(codec, generator.next(drillShare, rulesShare));
      if (sample.ids.length > MAX_LENGTH) continue;
      samples.push(sample);
      tokens += sample.ids.length;
    }
    return shuffled(cutByTokens(samples, STEPS_PER_POOL), poolSeed);
  }
}

/** Tokens that are a beginning, a middle or an end of a word. */
function wordPieces({ tokenizer }: Codec): string[] {
  return Array.from({ length: tokenizer.vocabularySize }, (_, id) => tokenizer.decode([id])).filter((text) =>
    /^[a-z]+$/.test(text),
  );
}

/** Groups of neighbouring lengths with about the same number of tokens each; none is empty where there are samples enough. */
function cutByTokens(samples: readonly EncodedSample[], groups: number): EncodedSample[][] {
  const sorted = [...samples].sort((a, b) => a.ids.length - b.ids.length);
  const total = sorted.reduce((sum, { ids }) => sum + ids.length, 0);
  const cut: EncodedSample[][] = Array.from({ length: groups }, () => []);
  let before = 0;
  let group = 0;
  for (const [at, sample] of sorted.entries()) {
    const wanted = Math.floor((before * groups) / total);
    // A sample that is longer than a batch would leave a gap, and enough samples must be left for the groups that follow.
    group = Math.max(Math.min(wanted, at === 0 ? 0 : group + 1), groups - (sorted.length - at));
    cut[group]?.push(sample);
    before += sample.ids.length;
  }
  return cut;
}
