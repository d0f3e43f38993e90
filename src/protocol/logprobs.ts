/** Log-probabilities as OpenAI's formats write them. */
import type { TokenLogprob } from '../types.js';
import type { WireTokenLogprob } from './wire.js';

/** OpenAI's number for what is as good as impossible; JSON has no infinity. */
const LOWEST = -9999;

export function toWireLogprob(value: number): number {
  return Math.max(value, LOWEST);
}

export function toWireLogprobs(tokens: readonly TokenLogprob[]): WireTokenLogprob[] {
  return tokens.map(({ alternatives, ...token }) => ({
    ...toWireToken(token),
    top_logprobs: alternatives.map(toWireToken),
  }));
}

function toWireToken({ token, bytes, logprob }: Omit<TokenLogprob, 'alternatives'>) {
  return { token, logprob: toWireLogprob(logprob), bytes: [...bytes] };
}
