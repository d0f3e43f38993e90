/**
 * Which upstream of a pool a request goes to. A conversation prefers one upstream, which then still has its prefix in the KV cache, by weighted
 * rendezvous hashing (Thaler and Ravishankar, 1998): upstreams that come and go move only their own conversations. The preference
 * ends where the upstream is loaded beyond its share (consistent hashing with bounded loads, arXiv 1608.01350); without one the least
 * outstanding tokens decide, each by weight.
 */
import { createHash } from 'node:crypto';

export interface Candidate {
  /** Stable over restarts, such as the URL. */
  readonly id: string;
  readonly weight: number;
  /** Estimated tokens of the requests in flight, prompts and completions together. */
  readonly outstanding: number;
}

interface Choice {
  /** Estimate for the new request, at least 1. */
  readonly tokens: number;
  /** Requests with the same text prefer the same upstream; undefined: no preference. */
  readonly affinity: string | undefined;
}

/** A preferred upstream may bear so much more than its share by weight. */
const BOUND = 1.25;
/** Outstanding tokens that never count as too many: two requests of a conversation at once are no reason to read its prompt twice. */
const SLACK_TOKENS = 8192;

/** null where there is no candidate. */
export function choose<Each extends Candidate>(candidates: readonly Each[], { tokens, affinity }: Choice): Each | null {
  const load = ({ outstanding, weight }: Each) => (outstanding + tokens) / weight;
  const least = candidates.reduce<Each | null>(
    (best, candidate) => (best === null || load(candidate) < load(best) ? candidate : best),
    null,
  );
  if (affinity === undefined || candidates.length < 2) return least;
  const weights = sum(candidates, ({ weight }) => weight);
  const share = (sum(candidates, ({ outstanding }) => outstanding) + tokens) / weights;
  const hasRoom = ({ outstanding, weight }: Each) => outstanding <= Math.max(BOUND * share * weight, SLACK_TOKENS);
  const preferred = candidates
    .filter(hasRoom)
    .map((candidate) => ({ candidate, score: score(candidate, affinity) }))
    .sort((a, b) => b.score - a.score);
  return preferred[0]?.candidate ?? least;
}

/** Each upstream wins in proportion to its weight. */
function score({ id, weight }: Candidate, affinity: string): number {
  const digest = createHash('sha256').update(`${id}\0${affinity}`).digest();
  // In (0, 1): a logarithm of neither end is of use.
  const uniform = (digest.readUIntBE(0, 6) + 0.5) / 2 ** 48;
  return -weight / Math.log(uniform);
}

function sum<Each>(list: readonly Each[], number: (each: Each) => number): number {
  return list.reduce((total, each) => total + number(each), 0);
}
