/**
 * Picks tokens from logits. Randomness is counter-based: draw t of choice c under a seed is a pure function of (seed, c, t), so neither
 * batching nor the order of requests can change what is sampled.
 */

export interface SamplerOptions {
  /** 0 is greedy. */
  readonly temperature: number;
  /** Nucleus mass in (0, 1]. */
  readonly topP: number;
  /** Keep only the k likeliest tokens; absent means all. */
  readonly topK?: number;
  /** Drop tokens less likely than this share of the likeliest one's probability; absent means none. */
  readonly minP?: number;
  /** A safe integer, negative ones included. */
  readonly seed: number;
  readonly choice: number;
  readonly frequencyPenalty: number;
  readonly presencePenalty: number;
}

interface SampledToken {
  readonly id: number;
  /** Natural logarithm under the distribution that was sampled from: after penalties, temperature and truncation. 0 when greedy. */
  readonly logprob: number;
}

/** One per choice of a request, since it counts what that choice has drawn. */
export class Sampler {
  readonly #options: SamplerOptions;
  /** How often each token was drawn; only filled where a penalty needs it. */
  readonly #counts = new Map<number, number>();
  #drawn = 0;

  constructor(options: SamplerOptions) {
    this.#options = options;
  }

  /** Reads `logits_V` and leaves it as it is, since choices of one prompt share it. @throws RangeError when a logit is not finite. */
  sample(logits_V: Float32Array): SampledToken {
    const { temperature, frequencyPenalty, presencePenalty } = this.#options;
    const penalised_V = this.#counts.size === 0 ? logits_V : this.#penalise(logits_V);
    if (!Number.isFinite(penalised_V[argmax(penalised_V)])) throw new RangeError('logits are not finite');
    const token = temperature === 0 ? { id: argmax(penalised_V), logprob: 0 } : this.#draw(penalised_V);
    this.#drawn += 1;
    if (frequencyPenalty !== 0 || presencePenalty !== 0)
      this.#counts.set(token.id, (this.#counts.get(token.id) ?? 0) + 1);
    return token;
  }

  /** OpenAI's definition: each repetition costs the frequency penalty, having occurred at all costs the presence penalty. */
  #penalise(logits_V: Float32Array): Float32Array {
    const { frequencyPenalty, presencePenalty } = this.#options;
    const penalised_V = logits_V.slice();
    for (const [id, count] of this.#counts)
      penalised_V[id] = (logits_V[id] ?? 0) - count * frequencyPenalty - presencePenalty;
    return penalised_V;
  }

  #draw(logits_V: Float32Array): SampledToken {
    const { temperature, topP, topK, minP, seed, choice } = this.#options;
    const weights_V = new Float64Array(logits_V.length);
    const top = logits_V[argmax(logits_V)] ?? 0;
    for (let id = 0; id < weights_V.length; id++) weights_V[id] = Math.exp(((logits_V[id] ?? 0) - top) / temperature);
    const isWhole = topP >= 1 && (topK === undefined || topK >= weights_V.length) && (minP ?? 0) <= 0;
    const ids = isWhole ? null : keptIds(weights_V, { topP, topK: topK ?? weights_V.length, minP: minP ?? 0 });
    return pick(weights_V, ids, uniform(seed, choice, this.#drawn));
  }
}

export interface LikelyToken {
  readonly id: number;
  /** Natural logarithm. */
  readonly logprob: number;
}

/** Stands for what is less likely than that, as in OpenAI's API; JSON has no infinity. */
const LEAST_LOGPROB = -9999;

/**
 * What the model itself thinks of a token, and its `count` likeliest tokens, the likeliest first: log-softmax of the raw logits, without
 * temperature, penalties and truncation, as vLLM reports it by default. Unlike a sampled token's `logprob`, it is the same whatever the
 * sampling, and tells something of greedy decoding too.
 */
export function modelLogprobs(
  logits_V: Float32Array,
  id: number,
  count: number,
): { readonly logprob: number; readonly alternatives: readonly LikelyToken[] } {
  const top = logits_V[argmax(logits_V)] ?? 0;
  let total = 0;
  for (const logit of logits_V) total += Math.exp(logit - top);
  const normaliser = top + Math.log(total);
  const logprobOf = (of: number) => Math.max(LEAST_LOGPROB, (logits_V[of] ?? 0) - normaliser);
  const alternatives = likeliestIds(logits_V, count).map((of) => ({ id: of, logprob: logprobOf(of) }));
  return { logprob: logprobOf(id), alternatives };
}

/** By insertion: for the few that are asked for, nearly every token is dismissed by one comparison. Of equals, the lower id comes first. */
function likeliestIds(logits_V: Float32Array, count: number): number[] {
  const ids: number[] = [];
  const logitAt = (place: number) => logits_V[ids[place] ?? -1] ?? -Infinity;
  for (let id = 0; id < logits_V.length && count > 0; id++) {
    const logit = logits_V[id] ?? 0;
    if (ids.length === count && logit <= logitAt(count - 1)) continue;
    let place = ids.length;
    while (place > 0 && logit > logitAt(place - 1)) place -= 1;
    ids.splice(place, 0, id);
    if (ids.length > count) ids.pop();
  }
  return ids;
}

function argmax(values: Float32Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) if ((values[index] ?? 0) > (values[best] ?? 0)) best = index;
  return best;
}

interface Truncation {
  readonly topP: number;
  readonly topK: number;
  readonly minP: number;
}

/** Ids that top-k, then min-p, then top-p leave, likeliest first; the likeliest always stays. `weights_V` has its maximum at 1. */
function keptIds(weights_V: Float64Array, { topP, topK, minP }: Truncation): number[] {
  const hasTopK = topK < weights_V.length;
  // With less than this weight, all tokens together weigh less than the share of the mass (at least 1) that top-p may drop.
  const negligible = topP < 1 ? (1 - topP) / weights_V.length : 0;
  let kept = idsAbove(weights_V, Math.max(minP, hasTopK ? topKFloor(weights_V, topK) : negligible));
  // Equal weights keep the order of ids, so the result is a function of the logits alone.
  kept.sort((a, b) => (weights_V[b] ?? 0) - (weights_V[a] ?? 0) || a - b);
  let total = 0;
  if (hasTopK) {
    kept = kept.slice(0, topK);
    for (const id of kept) total += weights_V[id] ?? 0;
  } else for (const weight of weights_V) if (weight >= minP) total += weight;
  let mass = 0;
  const end = kept.findIndex((id) => (mass += weights_V[id] ?? 0) >= topP * total);
  return end === -1 ? kept : kept.slice(0, end + 1);
}

function idsAbove(weights_V: Float64Array, floor: number): number[] {
  const ids: number[] = [];
  for (let id = 0; id < weights_V.length; id++) if ((weights_V[id] ?? 0) >= floor) ids.push(id);
  return ids;
}

/** A weight that at least k tokens reach, and not many more where the distribution is peaked: sorting all of a large vocabulary is slow. */
function topKFloor(weights_V: Float64Array, topK: number): number {
  for (let floor = 1 / 16; floor > Number.MIN_VALUE; floor *= 1 / 16) {
    let count = 0;
    for (const weight of weights_V) if (weight >= floor) count += 1;
    if (count >= topK) return floor;
  }
  return 0;
}

/** The token at `position` in [0, 1) of the cumulative weights; `ids` null means all, in order. */
function pick(weights_V: Float64Array, ids: readonly number[] | null, position: number): SampledToken {
  const count = ids?.length ?? weights_V.length;
  const idAt = (index: number) => (ids === null ? index : (ids[index] ?? 0));
  let total = 0;
  for (let index = 0; index < count; index++) total += weights_V[idAt(index)] ?? 0;
  const target = position * total;
  let cumulative = 0;
  let chosen = -1;
  for (let index = 0; index < count; index++) {
    const weight = weights_V[idAt(index)] ?? 0;
    if (weight === 0) continue;
    chosen = idAt(index);
    cumulative += weight;
    if (cumulative > target) break;
  }
  return { id: chosen, logprob: Math.log((weights_V[chosen] ?? 0) / total) };
}

/** A number in [0, 1) with 53 random bits that depends only on its arguments. */
function uniform(seed: number, choice: number, draw: number): number {
  const [first, second] = philox([draw, choice, 0, 0], [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0]);
  return ((first >>> 5) * 2 ** 26 + (second >>> 6)) / 2 ** 53;
}

type Words4 = readonly [number, number, number, number];

/**
 * Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): four random 32-bit words for a counter of
 * four words and a key of two.
 */
export function philox(counter: Words4, key: readonly [number, number]): Words4 {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0);
    const low0 = Math.imul(0xd2511f53, c0) >>> 0;
    const high1 = multiplyHigh(0xcd9e8d57, c2);
    const low1 = Math.imul(0xcd9e8d57, c2) >>> 0;
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** Upper 32 bits of the product of two unsigned 32-bit words, in steps that a double holds exactly. */
function multiplyHigh(a: number, b: number): number {
  const low = (a & 0xffff) * b;
  const high = (a >>> 16) * b + Math.floor(low / 0x10000);
  return Math.floor(high / 0x10000) >>> 0;
}
